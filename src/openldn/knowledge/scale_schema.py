"""The shape of a scale: items with their lists of answers, how they add up, and what a total is called.

Frozen; an unknown key is refused. Numbers are whole or decimal text, so that 20.5 stays 20.5. Bands are half
open on the exact total and leave no gap. What a person may read of a scale is governed by its licence.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import chain, pairwise
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from openldn.knowledge.schema import Source, Text

NOT_SHIPPED: Final = "not shipped"
"""The wording of an item that has to be taken from the scale's own form."""

Respondent = Literal["patient", "clinician"]
Ships = Literal["exact wording", "once the licence text is read", "score only"]
"""What the licence lets us show: the items in their own words, or only what they are about."""


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One allowed value of an item; `meaning` in the scale's words where its wording ships, else in ours."""

    value: int
    meaning: Text | None = None
    loinc: Text | None = None


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question or sign of a scale, and the only values that answer it."""

    id: Text
    wording: Text
    """As the scale puts it, or "not shipped"."""
    about: Text | None = None
    """What it is about, in our words; needed where the wording is not shipped."""
    answers: Annotated[tuple[Answer, ...], Meta(min_length=2)]
    safety: bool = False
    """Whether any answer above 0 is looked at by itself, whatever the total."""
    loinc: Text | None = None
    source: Source
    """Where the item and its list of answers were read."""

    def __post_init__(self) -> None:
        if any(a >= b for a, b in pairwise(self.values)):
            raise ValueError(f"{self.id}: the values of the answers have to rise")
        if self.wording == NOT_SHIPPED and self.about is None:
            raise ValueError(f"{self.id}: the wording is not shipped, so `about` is needed")

    @property
    def values(self) -> tuple[int, ...]:
        """The allowed values, the smallest first."""
        return tuple(a.value for a in self.answers)

    @property
    def shown(self) -> str:
        """What may be shown of it: its wording, or what it is about."""
        return self.about if self.about and self.wording == NOT_SHIPPED else self.wording


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked before all items, in the scale's own words."""

    wording: Text
    source: Source


class Band(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The name of a stretch of totals: from `at_least` on, and below `below` (None: up to the highest)."""

    name: Text
    at_least: Decimal
    below: Decimal | None = None
    source: Source

    def __post_init__(self) -> None:
        if not self.at_least.is_finite() or (self.below is not None and not self.below.is_finite()):
            raise ValueError(f"{self.name}: a limit is not a number")

    def holds(self, total: Fraction) -> bool:
        """Whether the exact total lies in it."""
        return Fraction(self.at_least) <= total and (self.below is None or total < Fraction(self.below))


class Difference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change that means something, in points, in percent of the baseline, or both; and among whom."""

    points: Decimal | None = None
    percent: Decimal | None = None
    means: Text
    population: Text
    source: Source

    def __post_init__(self) -> None:
        sizes = [size for size in (self.points, self.percent) if size is not None]
        if not sizes or not all(size.is_finite() and size > 0 for size in sizes):
            raise ValueError(f"{self.means}: points or percent above 0 are needed")


class PercentRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which baseline on a change may be told in percent; below it is too low to judge."""

    floor: Decimal
    source: Source


class Missing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an unanswered item does: no total, never a zero; and which ones are asked again at once."""

    needed: Literal["all items"]
    ask_again: Literal["no item", "safety items", "all items"]
    source: Source


class Loinc(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Codes of the whole scale; `source` is that of the codes of items and answers too."""

    total: Text | None = None
    panel: Text | None = None
    source: Source


class Licence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may use the scale how, as read by engineers; no legal advice."""

    text: Text
    ships: Ships
    source: Source


class Scale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scale as data. Its id is its file; another wording, language or direction is another version."""

    id: Text
    version: Text
    name: Text
    answered_by: Annotated[tuple[Respondent, ...], Meta(min_length=1)]
    window: Text | None = None
    """The time that the answers are about; None: no source says."""
    better: Literal["lower", "higher"]
    measures: Literal["state", "change"] = "state"
    """Whether a total tells how someone is, or is itself a change, between which no change is computed."""
    question: Question | None = None
    items: Annotated[tuple[Item, ...], Meta(min_length=1)]
    formula: Literal["sum", "itself"]
    lowest: int
    highest: int
    """The range of the total as sources print it; checked against the items."""
    missing: Missing
    bands: tuple[Band, ...] = ()
    """Lowest first; none: no source names any."""
    mid: tuple[Difference, ...] = ()
    """Minimal important differences, of groups of people; none: not found."""
    mdc: tuple[Difference, ...] = ()
    """Minimal detectable changes of one person, beyond the error of measurement; none: not found."""
    percent: PercentRule | None = None
    loinc: Loinc | None = None
    licence: Licence
    references: tuple[Text, ...] = ()
    note: Text | None = None
    reviewed: Text | None = None

    def __post_init__(self) -> None:
        checks = (self._in_items, self._in_bands, self._in_safety, self._in_licence, self._in_percent)
        if problem := next(chain.from_iterable(check() for check in checks), None):
            raise ValueError(problem)

    def band(self, total: Fraction) -> Band | None:
        """The band that holds the exact total; None where the scale has none."""
        return next((b for b in self.bands if b.holds(total)), None)

    @property
    def words_shipped(self) -> bool:
        """Whether items are shown in the scale's own words."""
        return any(i.wording != NOT_SHIPPED for i in self.items)

    @property
    def sources(self) -> Iterator[Source]:
        """The sources of all its values."""
        yield from (i.source for i in self.items)
        yield from (b.source for b in self.bands)
        yield from (d.source for d in (*self.mid, *self.mdc))
        yield from (self.missing.source, self.licence.source)
        yield from (part.source for part in (self.question, self.percent, self.loinc) if part)

    def _in_items(self) -> Iterator[str]:
        ids = [i.id for i in self.items]
        if len(set(ids)) != len(ids):
            yield "items: an id is given twice"
        if (self.formula == "itself") != (len(ids) == 1):
            yield "formula: itself belongs to one item, sum to several"
        lowest, highest = (sum(end(i.values) for i in self.items) for end in (min, max))
        if (self.lowest, self.highest) != (lowest, highest):
            yield f"lowest and highest: the items give {lowest} to {highest}"
        coded = any(i.loinc or any(a.loinc for a in i.answers) for i in self.items)
        if coded and self.loinc is None:
            yield "loinc: items have codes, so their source is needed"

    def _in_bands(self) -> Iterator[str]:
        if not self.bands:
            return
        first, last = self.bands[0], self.bands[-1]
        if first.at_least != self.lowest:
            yield f"bands: {first.name} has to begin at the lowest total, {self.lowest}"
        for band, after in pairwise(self.bands):
            if band.below is None or band.below < after.at_least:
                yield f"bands: a gap between {band.name} and {after.name}"
            elif band.below > after.at_least:
                yield f"bands: {band.name} and {after.name} overlap"
            elif band.below <= band.at_least:
                yield f"bands: {band.name} holds nothing"
        if last.below is not None or last.at_least > self.highest:
            yield f"bands: {last.name} has to reach the highest total, {self.highest}, without `below`"

    def _in_safety(self) -> Iterator[str]:
        guarded = any(i.safety for i in self.items)
        if guarded and self.missing.ask_again == "no item":
            yield "missing: safety items have to be asked again"
        if not guarded and self.missing.ask_again == "safety items":
            yield "missing: there is no safety item"

    def _in_licence(self) -> Iterator[str]:
        if (self.question or self.words_shipped) and self.licence.ships != "exact wording":
            yield f"licence: {self.licence.ships}, yet a wording is shipped"

    def _in_percent(self) -> Iterator[str]:
        # A ratio means nothing where 0 is not "none", and a baseline of 0 has no percent.
        if self.percent is None:
            return
        floor = self.percent.floor
        if self.lowest != 0 or not floor.is_finite() or not 0 < floor <= self.highest:
            yield "percent: needs a scale from 0 and a floor above 0 within it"
