"""The shape of the knowledge files. Frozen; an unknown key is refused.

A value belongs to a day (`since`), may belong to a country (`where`), and carries the source it was
read in with a mark whether anyone saw it there (`verified`). Before a value's first day its earliest
entry applies, because records may be older than the knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    """What is asked for: low dose (0.5 to 4.5 mg a day) or ultra-low dose (1 microgram twice a day)."""

    LDN = "ldn"
    ULDN = "uldn"


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
    overridable: bool = False
    text: dict[str, Text] = {}
    """The reason as shown, by language, with {named} places. The rule's id is the message id."""
    question: dict[str, Text] = {}
    """What to ask so that the answer becomes known, by language."""
    parameters: dict[str, Parameter] = {}
    reviewed: Text | None = None

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


class Claim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement of the guide, in our words, and how it stands in the literature."""

    id: Text
    says: Text
    at: Text
    kind: Literal["dose", "mech", "SE", "form", "prec", "evid", "cond", "proc", "hist"]
    status: Status
    literature: Text
    verified: bool = False


class Reference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source, once: what to look for and where."""

    title: Text
    year: Text | None = None
    doi: Text | None = None
    pmid: Text | None = None
    url: Text | None = None
    note: Text | None = None


class DrugKind(StrEnum):
    """What the drug does at the opioid receptor, in the words of the screening report."""

    FULL = "full"
    PARTIAL = "partial"
    PERIPHERAL = "peripheral"
    ANTITUSSIVE = "antitussive"
    PLANT = "plant"
    MIXED = "mixed"
    ANTAGONIST = "antagonist"
    OTHER = "other"


class Role(StrEnum):
    """What finding this drug on a record means for naltrexone."""

    EXPOSURE = "exposure"
    """An opioid: blocks LDN until washed out."""
    LOSS_OF_EFFECT = "loss-of-effect"
    """Works through opioid receptors at a label dose; asked for misuse, does not block."""
    DUPLICATE = "duplicate"
    """An antagonist that reaches the brain: LDN would be a second one."""
    CLUE = "clue"
    """Given because of an opioid: look for it."""
    NOT_AN_OPIOID = "not-an-opioid"
    """Sounds like one."""


class Form(StrEnum):
    """How a drug is released, as far as its name tells; decides which washout row fits."""

    IMMEDIATE = "immediate"
    EXTENDED = "extended"
    PATCH = "patch"
    DEPOT = "depot"


class Washout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days from the last dose to the first naltrexone, for one form or for any (null: no interval known)."""

    form: Form | None = None
    minimum: int | None
    prudent: int | None
    challenge: bool = False
    """Whether a naloxone challenge is advised besides."""
    source: Source

    @property
    def longest_first(self) -> tuple[float, float]:
        """Sort key: no known interval counts as the longest."""
        endless = float("inf")
        minimum = endless if self.minimum is None else self.minimum
        return (minimum, self.prudent if self.prudent is not None else minimum)


class Names(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of one drug from one source: substance names match in any spelling, brands to the letter."""

    kind: Literal["substance", "brand", "native-script", "spoken"]
    """spoken: slang or a short form too common to be read in a drug list, understood in an interview."""
    where: Text | None = None
    source: Source
    names: Annotated[tuple[Text, ...], Meta(min_length=1)]


class Drug(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ingredient that matters for an opioid antagonist, and every name it goes by."""

    name: Text
    kind: DrugKind
    role: Role
    mu_activity: Text
    rxnorm: Text | None = None
    atc: tuple[Text, ...] = ()
    names: tuple[Names, ...] = ()
    long_acting_forms: Text | None = None
    washout: tuple[Washout, ...] = ()
    note: Text | None = None
    source: Text

    @property
    def blocks_ldn(self) -> bool:
        """Whether taking it forbids LDN until it is washed out."""
        return self.role is Role.EXPOSURE

    def washout_for(self, form: Form | None) -> Washout | None:
        """The row for this form; when the form is not known, the longest row that fits."""
        rows: Iterable[Washout] = self.washout
        if form is not None:
            exact = [w for w in self.washout if w.form is form]
            rows = exact or [w for w in self.washout if w.form is None] or self.washout
        return max(rows, key=lambda w: w.longest_first, default=None)
