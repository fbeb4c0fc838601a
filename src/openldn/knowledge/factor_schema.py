"""The shape of a table of opioid factors: how many mg of oral morphine a dose is counted as.

A factor belongs to a substance, a route and a unit, and has a source of its own: a table called 2022 can
hold numbers of 2016. Frozen; an unknown key is refused.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from openldn.knowledge.schema import Source, Text


class Route(StrEnum):
    """Where an opioid enters the body."""

    ORAL = "oral"
    TRANSDERMAL = "transdermal"
    BUCCAL = "buccal"
    SUBLINGUAL = "sublingual"
    NASAL = "nasal"
    OROMUCOSAL = "oromucosal"
    RECTAL = "rectal"
    PARENTERAL = "parenteral"
    SUBDERMAL = "subdermal"
    TOPICAL = "topical"


class Per(StrEnum):
    """The unit that a factor is multiplied with."""

    MG = "mg"
    MICROGRAM = "microgram"
    MICROGRAM_PER_HOUR = "microgram per hour"
    """As a patch is rated: worn together, not times hours, days or patches a day."""


class Band(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A factor for daily doses above `above`, up to and including `to` (null: without an end)."""

    above: Text
    to: Text | None
    value: Text


class Factor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a unit of one opioid by one route is counted as: one value, or one a band of daily doses."""

    drug: Text
    route: Route
    per: Per
    value: Text | None = None
    bands: tuple[Band, ...] = ()
    source: Source
    note: Text | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (not self.bands):
            raise ValueError("either `value` or `bands`")
        if self.bands:
            edges = [b.to for b in self.bands]
            if self.bands[0].above != "0" or edges[-1] is not None:
                raise ValueError("bands begin above 0 and have no end")
            if any(band.above != before.to for before, band in zip(self.bands, self.bands[1:], strict=False)):
                raise ValueError("bands with a gap or an overlap")

    def at(self, daily: Fraction) -> Fraction:
        """The factor for a daily dose, in this factor's unit."""
        if self.value is not None:
            return Fraction(self.value)
        return next(Fraction(b.value) for b in self.bands if b.to is None or daily <= Fraction(b.to))


class Excluded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A substance that the table leaves out on purpose."""

    drug: Text
    because: Text
    source: Source


class FactorTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One published set of factors; its id is the name of its file and travels with every number."""

    id: Text
    title: Text
    published: Text
    """The year as it is cited."""
    unit: Text
    """What its numbers are called: mg of morphine a day."""
    because: Text
    """Whose convention it is, and what it is for."""
    factors: Annotated[tuple[Factor, ...], Meta(min_length=1)]
    excluded: tuple[Excluded, ...] = ()

    def __post_init__(self) -> None:
        keys = [(f.drug, f.route, f.per) for f in self.factors]
        if len(set(keys)) != len(keys):
            raise ValueError("two factors for one opioid, route and unit")

    def factors_for(self, drug: str, route: Route) -> tuple[Factor, ...]:
        """The factors of one opioid by one route, one a unit."""
        return tuple(f for f in self.factors if f.drug == drug and f.route is route)

    def exclusion(self, drug: str) -> Excluded | None:
        """Why a substance is left out, if it is."""
        return next((e for e in self.excluded if e.drug == drug), None)
