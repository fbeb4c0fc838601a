"""The shape of the knowledge files. Frozen; an unknown key is refused.

A value belongs to a day (`since`), may belong to a country (`where`), and carries the source it was
read in with a mark whether anyone saw it there (`verified`). Before a value's first day its earliest
entry applies, because records may be older than the knowledge.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

from openldn.quantities import Dose

Text = Annotated[str, Meta(min_length=1)]
Country = Literal["GB", "US", "EU", "NO"]
COUNTRIES: tuple[Country, ...] = ("GB", "US", "EU", "NO")


class Status(StrEnum):
    """How a statement stands in the literature."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    DISPUTED = "disputed"
    OUTDATED = "outdated"
    NO_EVIDENCE = "no-evidence"
    CONSENSUS = "consensus"
    HISTORY = "history"


class Therapy(StrEnum):
    """What is asked for: naltrexone in low (0.5 to 4.5 mg a day) or ultra-low dose (1 microgram twice a day),
    or the taper of an opioid."""

    LDN = "ldn"
    ULDN = "uldn"
    TAPER = "taper"


class Severity(StrEnum):
    """How much a finding of a rule weighs, the lightest first."""

    NOTE = "note"
    """Stands in the report and weighs nothing."""
    CAUTION = "caution"
    CANNOT_TELL = "cannot tell"
    CONTRAINDICATED = "contraindicated"

    @property
    def weight(self) -> int:
        """Place in the order."""
        return list(Severity).index(self)

    @property
    def tier(self) -> str:
        """Where an alert of this weight belongs: it interrupts, stands in the list, or in the report."""
        return {Severity.NOTE: "report", Severity.CAUTION: "list"}.get(self, "interrupt")


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a value was read: a key of references.yaml, the place in it, and whether it was seen there."""

    ref: Text
    at: Text | None = None
    verified: bool = False


class Value(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value from one day on, for one country or for all; null ends the value before it."""

    since: date
    value: Text | tuple[Text, ...] | None
    where: Country | None = None
    source: Source


class Parameter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quantity of a rule through time."""

    unit: Text
    stricter: Literal["higher", "lower"] | None = None
    """Which end is the careful one; needed as soon as countries differ."""
    values: Annotated[tuple[Value, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        if any(v.where for v in self.values) and self.stricter is None:
            raise ValueError("values differ by country: say which end is `stricter`")
        keys = [(v.since, v.where) for v in self.values]
        if len(set(keys)) != len(keys):
            raise ValueError("two values for the same day and country")

    def on(self, day: date, where: Country | None) -> Value:
        """The value in force on `day` in `where`; without a country, the strictest of all."""
        named: set[Country | None] = {v.where for v in self.values if v.where} if where is None else {where}
        found = [v for c in named or {None} if (v := self._latest(day, c)) is not None]
        if not found:
            raise LookupError(f"no value in force on {day} for {where or 'any country'}")
        if len(found) == 1:
            return found[0]
        pick = max if self.stricter == "higher" else min
        return pick(found, key=lambda v: Decimal(str(v.value)))

    def _latest(self, day: date, where: Country | None) -> Value | None:
        of_country = [v for v in self.values if v.where == where] if where else []
        rows = sorted(of_country or [v for v in self.values if v.where is None], key=lambda v: v.since)
        if not rows:
            return None
        begun = [v for v in rows if v.since <= day]
        value = begun[-1] if begun else rows[0]
        return None if value.value is None else value


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One cited piece of knowledge. Its id is the path of its file, everywhere."""

    id: Text
    title: Text
    applies_to: Annotated[tuple[Therapy, ...], Meta(min_length=1)]
    claims: tuple[Text, ...] = ()
    references: tuple[Text, ...] = ()
    status: Status
    because: Text
    severity: Severity | dict[Country, Severity] | None = None
    """What a finding of this rule weighs, or that by country where labels differ (then for all four)."""
    overridable: bool | tuple[Country, ...] = False
    """Whether a prescriber may set the reason aside: everywhere, nowhere, or in these countries."""
    overridable_by: Text = "prescriber"
    """Who has to be named for it."""
    findings: tuple[Text, ...] = ()
    """Diagnoses and states that this rule reads (ids of knowledge/findings and knowledge/conditions)."""
    drug_classes: tuple[Text, ...] = ()
    """Classes of drugs that this rule reads (ids of knowledge/drug_classes)."""
    measures: tuple[Text, ...] = ()
    """Tests that this rule reads (ids of knowledge/measures)."""
    follows: tuple[Text, ...] = ()
    """Rules whose reason calls for this one (ids)."""
    text: dict[str, Text] = {}
    """The reason as shown, by language, with {named} places. The rule's id is the message id."""
    question: dict[str, Text] = {}
    """What to ask so that the answer becomes known, by language."""
    parameters: dict[str, Parameter] = {}
    reviewed: Text | None = None

    def __post_init__(self) -> None:
        if isinstance(self.severity, dict) and set(self.severity) != set(COUNTRIES):
            raise ValueError(f"severity: name all of {', '.join(COUNTRIES)} or one word for all")

    def severity_in(self, where: Country | None) -> Severity:
        """What a finding weighs in a country; without one, where it weighs most."""
        if self.severity is None:
            raise LookupError(f"{self.id} gives no reason")
        if isinstance(self.severity, Severity):
            return self.severity
        return max(self.severity.values(), key=lambda s: s.weight) if where is None else self.severity[where]

    def overridable_in(self, where: Country | None) -> bool:
        """Whether its reason may be set aside in a country; without one, only what all allow."""
        return self.overridable if isinstance(self.overridable, bool) else where in self.overridable

    def value(self, name: str, day: date, where: Country | None = None) -> Value:
        """The value of parameter `name` in force on `day`."""
        return self.parameters[name].on(day, where)

    def number(self, name: str, day: date, where: Country | None = None) -> Fraction:
        """The same as an exact number, in the parameter's unit."""
        return Fraction(str(self.value(name, day, where).value))

    def whole(self, name: str, day: date, where: Country | None = None) -> int:
        """The same as a whole number."""
        number = self.number(name, day, where)
        if number.denominator != 1:
            raise ValueError(f"{self.id}: {name} is not a whole number")
        return int(number)

    def doses(self, name: str, day: date, where: Country | None = None) -> tuple[Dose, ...]:
        """The same as doses, in the parameter's unit."""
        found = self.value(name, day, where).value
        texts = (found,) if isinstance(found, str) else found or ()
        return tuple(Dose.of(text, self.parameters[name].unit) for text in texts)

    def words(self, name: str, day: date, where: Country | None = None) -> tuple[str, ...]:
        """The same as a list of words."""
        found = self.value(name, day, where).value
        return (found,) if isinstance(found, str) else tuple(found or ())


def unverified(rule: Rule) -> tuple[str, ...]:
    """The values of a rule that nobody saw in a source, and where they come from."""
    return tuple(
        f"{name} ({value.source.at or value.source.ref})"
        for name, parameter in rule.parameters.items()
        for value in parameter.values
        if not value.source.verified
    )
