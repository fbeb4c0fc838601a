"""A ladder: doses a day and how long each is taken; where it comes from is a profile with its author.

Rules read here: plan/profile-* (proposed from the record), plan/alternative-* (only chosen by name).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.quantities import Dose, NotAnAmount
from openldn.screening.verdict import Allowed

_PROFILE: Final = "plan/profile-"
_ALTERNATIVE: Final = "plan/alternative-"
_STANDARD: Final = "standard"
_CHILD: Final = "crohns-child"


class CannotPlan(ValueError):
    """A plan that may not be made; says what would have worked."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One dose a day for some days; None: until the response is judged."""

    dose: Dose
    days: int | None


Ladder: TypeAlias = tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A published ladder, or one that a prescriber typed (fine titration)."""

    name: str
    rule: Rule | None
    ladder: Ladder
    times_a_day: int = 1
    by_weight: bool = False
    """Its dose comes from a weight: the nearest measurable one at or below is taken."""

    @property
    def said(self) -> str:
        """What it is and whose, for a reader."""
        return self.rule.text["en"] if self.rule else "Steps typed by the prescriber (fine titration)."


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile that the record speaks for, and why."""

    name: str
    because: str


def profile_rules(knowledge: Knowledge) -> dict[str, Rule]:
    """All published ladders by name, those that nothing can be planned from among them."""
    return {
        i.removeprefix(kind): r
        for kind in (_PROFILE, _ALTERNATIVE)
        for i, r in knowledge.rules.items()
        if i.startswith(kind)
    }


def profile_named(name: str, verdict: Allowed, knowledge: Knowledge, *, as_of: date) -> Profile:
    """A published profile for this patient.

    Raises:
        CannotPlan: no such profile; one that nothing can be planned from; by weight without a child's dose.
    """
    rules = profile_rules(knowledge)
    plannable = [n for n, r in rules.items() if _plannable(r)]
    if name not in plannable:
        why = f"not planned from: {rules[name].because}" if name in rules else "no such profile"
        raise CannotPlan(f"profile {name!r}: {why}; there are {', '.join(sorted(plannable))}")
    rule = rules[name]
    if "per_kg" in rule.parameters:
        by_weight = [r.limit.only for r in verdict.reasons if r.limit and r.limit.only]
        if not by_weight:
            raise CannotPlan(f"profile {name!r} is for a child with Crohn's disease whose weight is known")
        return Profile(name, rule, (Rung(min(by_weight), None),), by_weight=True)
    *rising, last = rule.doses("steps", as_of)
    interval = rule.whole("interval", as_of) if rising else None
    times = rule.whole("times_a_day", as_of) if "times_a_day" in rule.parameters else 1
    return Profile(name, rule, (*(Rung(d, interval) for d in rising), Rung(last, None)), times)


def typed(text: str) -> Profile:
    """Fine titration: steps like '0.5 mg x 7, 1 mg x 7, 1.5 mg'; the last may go without days.

    Raises:
        CannotPlan: not understood.
    """
    rungs: list[Rung] = []
    parts = [part.strip() for part in text.split(",")]
    for n, part in enumerate(parts, 1):
        amount, times, days = (p.strip() for p in part.partition(" x "))
        try:
            dose = Dose.parse(amount)
        except NotAnAmount as error:
            raise CannotPlan(f"step {n}, {part!r}: {error}") from error
        open_end = not times and n == len(parts)
        if not dose.base or not (open_end or (days.isdecimal() and 0 < int(days) <= 366)):
            raise CannotPlan(f"step {n}, {part!r}: write a dose and its days, like '1 mg x 7'")
        rungs.append(Rung(dose, None if open_end else int(days)))
    return Profile("typed", None, tuple(rungs))


def proposals(
    conditions: tuple[Condition, ...], verdict: Allowed, knowledge: Knowledge
) -> tuple[Proposal, ...]:
    """Profiles that the record speaks for, the most careful first, and the standard one.

    A ladder stands before a flat dose, what is for a condition on the record before what is for all, the
    lower before the higher: no record tells, say, that there is no spasticity.
    """
    if any(r.limit and r.limit.only for r in verdict.reasons):
        return (Proposal(_CHILD, "a child with Crohn's disease: only the dose of the trial, by weight"),)
    recorded = {c.id: c.name for c in conditions}
    found: list[tuple[tuple[object, ...], Proposal]] = []
    for name, rule in profile_rules(knowledge).items():
        speaking = [recorded[f] for f in rule.findings if f in recorded]
        general = name == _STANDARD
        if rule.id.startswith(_PROFILE) and "steps" in rule.parameters and (speaking or general):
            why = f"{speaking[0]} on the record" if speaking else "for all"
            found.append(((*_pace(rule)[:1], general, *_pace(rule)[1:], name), Proposal(name, why)))
    return tuple(proposal for _, proposal in sorted(found, key=lambda f: f[0]))


def other_authors(profile: Profile, knowledge: Knowledge) -> tuple[Rule, ...]:
    """What others published for the same conditions; for all, where the profile is for all."""
    own = set(profile.rule.findings) if profile.rule else set()
    return tuple(
        rule
        for name, rule in profile_rules(knowledge).items()
        if name != profile.name and (own & set(rule.findings) if own else not rule.findings)
    )


def _pace(rule: Rule) -> tuple[bool, int, int]:
    """How careful it is: a ladder, a low first dose, a low highest one."""
    doses = rule.doses("steps", date.max)
    return len(doses) == 1, doses[0].base, max(doses).base


def _plannable(rule: Rule) -> bool:
    return bool(rule.parameters.keys() & {"steps", "per_kg"})
