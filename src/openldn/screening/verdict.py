"""The four verdicts, their reasons, and the one way in which a prescriber may set a reason aside.

Order by what they allow: suitable > caution > {cannot tell, contraindicated}. The verdict is the
weightiest of its reasons; reasons only ever weigh down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, TypeAlias

from openldn.knowledge.schema import Country, Rule, Severity, Therapy
from openldn.quantities import Dose


@dataclass(frozen=True, slots=True)
class Read:
    """What in the record a reason rests on."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Limit:
    """What a plan may not exceed because of a reason: unset allows no more than there was before.

    `only` is the one dose a day that is possible, without a ladder; `interval` the days that a step lasts
    at least; `last_day` the last day on which it may be taken.
    """

    start: Dose | None = None
    ceiling: Dose | None = None
    interval: int | None = None
    only: Dose | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding of one rule. `values` fill the places of the rule's text; nothing here is prose."""

    rule: Rule
    severity: Severity
    read: tuple[Read, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    clears_on: date | None = None
    limit: Limit | None = None
    set_aside: Override | None = None

    def worded(self, language: str = "en") -> str:
        """The rule's text in a language (English where it is missing) with this finding's values."""
        template = self.rule.text.get(language) or self.rule.text["en"]
        return template.format_map(dict(self.values))

    def asked(self, language: str = "en") -> str:
        """The rule's question in a language, or an empty text."""
        template = self.rule.question.get(language) or self.rule.question.get("en", "")
        return template.format_map(dict(self.values))

    @property
    def weighs(self) -> Severity:
        """What the reason weighs now: one set aside still counts as a caution."""
        return Severity.CAUTION if self.set_aside else self.severity


@dataclass(frozen=True, slots=True)
class Override:
    """A prescriber takes one rule's reason out of the weighing, by name, with a reason, until a day."""

    rule: str
    by: str
    reason: str
    until: date


class CannotOverride(ValueError):
    """An override that is not possible; says why and what is."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the rules say about one therapy on one day. Read the subclass for what it allows."""

    therapy: Therapy
    as_of: date
    where: Country | None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    """What stands in the report and weighs nothing."""

    word: ClassVar[str]
    allows_plan: ClassVar[bool]

    @property
    def missing(self) -> tuple[Reason, ...]:
        """Reasons that a question could settle."""
        return tuple(r for r in self.reasons if r.rule.question)

    @property
    def clears_on(self) -> date | None:
        """The earliest day on which no contraindication of this day stands, open questions apart.

        None when there is none, or when one of them has no such day.
        """
        days = [r.clears_on for r in self.reasons if r.weighs is Severity.CONTRAINDICATED]
        return max((d for d in days if d), default=None) if all(days) else None


@dataclass(frozen=True, slots=True)
class Suitable(_Verdict):
    """Nothing that was looked at speaks against it."""

    word: ClassVar[str] = "suitable"
    allows_plan: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Caution(_Verdict):
    """Possible, with what the reasons ask for."""

    word: ClassVar[str] = "caution"
    allows_plan: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CannotTell(_Verdict):
    """Something that has to be known is not known; `missing` says what to ask."""

    word: ClassVar[str] = "cannot tell"
    allows_plan: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Contraindicated(_Verdict):
    """Not now; `clears_on` says from when on, if a day is known."""

    word: ClassVar[str] = "contraindicated"
    allows_plan: ClassVar[bool] = False


Verdict: TypeAlias = Suitable | Caution | CannotTell | Contraindicated
Allowed: TypeAlias = Suitable | Caution


def weigh(therapy: Therapy, as_of: date, where: Country | None, reasons: Sequence[Reason]) -> Verdict:
    """The verdict that the weightiest reason gives."""
    weightiest = max((r.weighs for r in reasons), key=lambda s: s.weight, default=Severity.NOTE)
    kinds: dict[Severity, type[Verdict]] = {
        Severity.NOTE: Suitable,
        Severity.CAUTION: Caution,
        Severity.CANNOT_TELL: CannotTell,
        Severity.CONTRAINDICATED: Contraindicated,
    }
    ranked = sorted(reasons, key=lambda r: (-r.weighs.weight, r.rule.id))
    return kinds[weightiest](
        therapy,
        as_of,
        where,
        tuple(r for r in ranked if r.weighs is not Severity.NOTE),
        tuple(r for r in ranked if r.weighs is Severity.NOTE),
    )


def override(verdict: Verdict, rule: str, *, by: str, reason: str, until: date) -> Verdict:
    """Take one rule's reason out of the weighing; the others decide, at best caution.

    Args:
        verdict: as screened; it keeps the reason and shows who set it aside.
        rule: the rule's id; only a rule marked `overridable` can be set aside.
        by: the prescriber's name.
        reason: why.
        until: the last day on which it holds; not before the verdict's day.

    Raises:
        CannotOverride: no such reason here, not overridable, no name or reason, or no longer valid.
    """
    found = [r for r in verdict.reasons if r.rule.id == rule]
    if not found:
        given = sorted({r.rule.id for r in verdict.reasons if r.rule.overridable_in(verdict.where)}) or [
            "none"
        ]
        raise CannotOverride(f"{rule} is no reason here; what can be set aside: {', '.join(given)}")
    if not found[0].rule.overridable_in(verdict.where):
        places = found[0].rule.overridable
        where = (
            f" here, only in {', '.join(places)}" if isinstance(places, tuple) and places else " by anyone"
        )
        raise CannotOverride(f"{rule} cannot be set aside{where}: {found[0].rule.because}")
    if not by.strip() or not reason.strip():
        raise CannotOverride("an override needs the prescriber's name and a reason")
    if until < verdict.as_of:
        raise CannotOverride(f"the override ended on {until}, before {verdict.as_of}")
    signed = Override(rule, by.strip(), reason.strip(), until)
    reasons = [replace(r, set_aside=signed) if r.rule.id == rule else r for r in verdict.reasons]
    return weigh(verdict.therapy, verdict.as_of, verdict.where, [*reasons, *verdict.notes])
