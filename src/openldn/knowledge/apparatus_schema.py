"""The shape of measuring apparatus: which volumes it measures, and how far off each may be.

Frozen; an unknown key is refused. A tolerance belongs to a standard: flasks of 100 mL differ by a fifth.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

from openldn.knowledge.schema import Source, Text
from openldn.quantities import Volume


class Size(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One nominal volume and its tolerance, in millilitres."""

    volume: Text
    tolerance: Text
    source: Source

    @property
    def holds(self) -> Volume:
        """The nominal volume."""
        return Volume.ml(self.volume)

    @property
    def within(self) -> Volume:
        """How far off it may be, either way."""
        return Volume.ml(self.tolerance)

    @property
    def relative(self) -> Fraction:
        """The tolerance as a part of the volume."""
        return Fraction(self.within.base, self.holds.base)


class Apparatus(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of flask, pipette or cylinder. Its id is its file."""

    id: Text
    title: Text
    kind: Literal["flask", "pipette", "cylinder"]
    standard: Text
    sizes: Annotated[tuple[Size, ...], Meta(min_length=1)]
