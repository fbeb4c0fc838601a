"""Every published ladder in every product: which of them follow the same course, and what is taken on it.

Follow-up looks at a ladder's intervals and at which rung somebody stands, not at its milligrams. Ladders that
are alike in that are explored once; the milligrams of each are checked one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from openldn.followup.review import grades_of, setting_of
from openldn.followup.signs import Grades
from openldn.followup.tolerability import Setting
from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Severity, Therapy
from openldn.plan.changes import Change, Move
from openldn.plan.ladders import CannotPlan, profile_named, profile_rules
from openldn.plan.revision import Onward, dose_at, halved_at, revised
from openldn.plan.steps import Plan
from openldn.plan.stock import Article, BadStock, article_of, syringes_on
from openldn.plan.titration import Wanted, titrate
from openldn.quantities import CannotMeasure, Dose
from openldn.screening.verdict import Allowed, Caution, Limit, Reason, Suitable

DAY: Final = date(2026, 1, 1)
_WEIGHED: Final = Dose.mg("2.5")
"""The dose of a child of 25 kg, for the ladder by weight."""
_CALIBRATED: Final = {Form.DROPS: Dose.mg("0.25"), Form.CREAM: Dose.mg("0.5")}
"""An assumed calibration, for forms that have none of their own."""
_STATED: Final = Dose.mg(5)


@dataclass(slots=True)
class Course:
    """One course that ladders follow, with the plans that follow it."""

    setting: Setting
    grades: Grades
    plans: list[Plan] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What tells it from others: its intervals and the conditions that count."""
        days = " / ".join(str(r.days) for r in self.setting.rungs)
        pauses = sum(not r.halvable for r in self.setting.rungs)
        conditions = [
            "MS" if self.grades.multiple_sclerosis else "",
            "CFS/ME" if self.setting.chronic_fatigue else "",
            "" if self.setting.once_at_night else "not only at night",
            "" if not pauses else "no half of the lowest" if pauses == 1 else f"{pauses} without a half",
        ]
        return ", ".join(filter(None, (f"intervals {days}", *conditions)))


def courses(knowledge: Knowledge) -> tuple[Course, ...]:
    """Every course that a published ladder in any product follows."""
    found: dict[tuple[Setting, bool], Course] = {}
    for plan in plans(knowledge):
        setting, grades = (
            shortened(setting_of(plan, knowledge, as_of=DAY)),
            grades_of(plan, knowledge, as_of=DAY),
        )
        course = found.setdefault((setting, grades.multiple_sclerosis), Course(setting, grades))
        course.plans.append(plan)
    return tuple(found.values())


def shortened(setting: Setting) -> Setting:
    """The first rung, one in the middle and the last: those between have the same neighbours as the middle.

    A ladder whose rungs between differ in their days, or in whether they can be halved, is left as it is.
    """
    first, *between, last = (*setting.rungs[:1], *setting.rungs[1:-1], *setting.rungs[-1:])
    if len(between) < 2 or len({(r.days, r.halvable) for r in between}) > 1:
        return setting
    middle = between[0]._replace(milder=0)
    return setting._replace(rungs=(first, middle, last._replace(milder=1)))


def plans(knowledge: Knowledge) -> Iterator[Plan]:
    """Every published ladder in every product that measures it, for the conditions that it is for."""
    for name, rule in sorted(profile_rules(knowledge).items()):
        conditions = [(), *((knowledge.conditions[f],) for f in rule.findings if f in knowledge.conditions)]
        for of in conditions:
            for article in articles(knowledge):
                try:
                    yield _plan(name, of, article, knowledge)
                except (CannotPlan, CannotMeasure):
                    continue


def _plan(name: str, conditions: tuple[Condition, ...], article: Article, knowledge: Knowledge) -> Plan:
    verdict: Allowed = Suitable(Therapy.LDN, DAY, None)
    if "per_kg" in profile_rules(knowledge)[name].parameters:
        rule = knowledge.rule("screening/child-crohns")
        stated = (("age", "10"), ("date", str(DAY)), ("dose", str(_WEIGHED)), ("weight", "25"))
        child = Reason(rule, Severity.CAUTION, values=stated, limit=Limit(only=_WEIGHED))
        verdict = Caution(Therapy.LDN, DAY, None, (child,))
    profile = profile_named(name, verdict, knowledge, as_of=DAY)
    wanted = Wanted(starts=DAY, profile=profile, prescriber="proof")
    return titrate(verdict, wanted, article, knowledge, as_of=DAY, conditions=conditions)


def articles(knowledge: Knowledge) -> Iterator[Article]:
    """Every formulation as a product."""
    syringes = syringes_on(knowledge, DAY)
    for formulation in knowledge.formulations.values():
        each = _CALIBRATED.get(formulation.form)
        strengths = tuple(Dose.mg(s) for s in formulation.strengths) or (_STATED,)
        try:
            yield article_of(
                formulation,
                knowledge,
                syringes,
                as_of=DAY,
                strengths=strengths[:1] if each else strengths,
                each=each,
                calibrated="assumed for the proof" if each else "",
            )
        except BadStock:
            continue


def wrong_doses(plan: Plan, knowledge: Knowledge) -> Iterator[str]:
    """What is wrong with any dose that a change of this plan can lead to: too high, or not measurable."""
    ceilings = [g.limit.ceiling for g in plan.limiters if g.limit.ceiling]
    times = len(plan.times)
    for rung in range(len(plan.ladder)):
        whole, half = dose_at(plan, rung), halved_at(plan, rung, knowledge, as_of=DAY)
        if half is not None and half.base * 2 > whole.base:
            yield f"half of {whole} is {half}"
        for onward in (
            Onward(rung),
            Onward(rung, halved=True),
            Onward(rung, climbs=True),
            Onward(rung, morning=True) if times == 1 else Onward(rung),
        ):
            change = Change(
                plan.began + timedelta(days=7), Move.HALVE if onward.halved else Move.HOLD, "proof"
            )
            try:
                changed = revised(plan, change, onward, knowledge, as_of=change.on)
            except (CannotMeasure, CannotPlan) as error:
                yield f"rung {rung + 1}: {error}"
                continue
            for step in changed.steps:
                most = min((c for c in ceilings), default=whole)
                if step.dose * times > most or (not onward.climbs and step.dose > whole):
                    yield f"rung {rung + 1}: {step.dose} is above what is allowed"
            if not onward.halved and not changed.steps:
                yield f"rung {rung + 1}: nothing is taken"
