"""The shape of a formulation: what a compounded product holds, how strong it is, how long it keeps.

Frozen; an unknown key is refused. What a source does not say is "ask": never "free of".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from openldn.knowledge.schema import Source, Text


class Form(StrEnum):
    """What it is that the patient takes."""

    LIQUID = "liquid"
    CAPSULE = "capsule"
    TABLET = "tablet"
    DROPS = "drops"
    CREAM = "cream"


class Release(StrEnum):
    """How fast a form gives up the drug."""

    IMMEDIATE = "immediate"
    MODIFIED = "modified"
    NOT_STATED = "not stated"


class Holds(StrEnum):
    """Whether a product holds an excipient, as a source says."""

    YES = "yes"
    TRACE = "trace"
    NO = "no"
    ASK = "ask"
    """The source does not say: ask the supplier."""


class BeyondUse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how many days a batch may be used, the day of making being day 1, and how it is kept."""

    days: Annotated[int, Meta(ge=1, le=3_660)]
    storage: dict[str, Text]
    source: Source


class Formulation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A formulation that pharmacies make. Its id is its file."""

    id: Text
    title: Text
    form: Form
    release: Release
    filler: Text | None = None
    strengths: tuple[Text, ...] = ()
    """Milligrams a piece, or per millilitre. Empty: no source states one, so the product in hand has to."""
    strengths_source: Source
    excipients: dict[Text, Holds] = {}
    """By finding of an intolerance (ids of knowledge/findings); what is not named here is to be asked."""
    excipients_source: Source
    beyond_use: BeyondUse
    stocked: bool = False
    """Whether it is assumed to be at hand where a pharmacy gives no list of its own."""
    claims: tuple[Text, ...] = ()
    note: Text

    def holds(self, finding: str) -> Holds:
        """Whether it holds what the finding names."""
        return self.excipients.get(finding, Holds.ASK)


class Wish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a word that people say means for excipients (ids of knowledge/findings)."""

    findings: Annotated[tuple[Text, ...], Meta(min_length=1)]
