"""The shape of the drug files: one ingredient a file, and classes of ingredients that interact.

Frozen; an unknown key is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from openldn.knowledge.schema import Source, Text


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
    INTERACTS = "interacts"
    """No opioid and no antagonist: only the rule of its class reads it."""

    @property
    def at_opioid_receptors(self) -> bool:
        """Whether the drug is part of the opioid report: an opioid, an antagonist, or a sign of one."""
        return self is not Role.INTERACTS


class Form(StrEnum):
    """How a drug is released, as far as its name tells; decides which washout row fits."""

    IMMEDIATE = "immediate"
    EXTENDED = "extended"
    PATCH = "patch"
    DEPOT = "depot"
    IMPLANT = "implant"


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
    """An ingredient that some rule reads, and every name it goes by."""

    name: Text
    kind: DrugKind = DrugKind.OTHER
    role: Role
    mu_activity: Text = "none"
    rxnorm: Text | None = None
    atc: tuple[Text, ...] = ()
    names: tuple[Names, ...] = ()
    long_acting_forms: Text | None = None
    washout: tuple[Washout, ...] = ()
    note: Text | None = None
    source: Text
    classes: tuple[Text, ...] = ()
    """The classes that name it as a member; filled by the loader."""

    @property
    def blocks_ldn(self) -> bool:
        """Whether taking it forbids LDN until it is washed out."""
        return self.role is Role.EXPOSURE

    def washout_for(self, form: Form | None) -> Washout | None:
        """The row for this form; when the form is not known, the longest row that fits."""
        rows: Iterable[Washout] = self.washout
        if form is not None:
            exact = [w for w in self.washout if w.form is form]
            if form is Form.IMPLANT and not exact:
                exact = [w for w in self.washout if w.form is Form.DEPOT]
            rows = exact or [w for w in self.washout if w.form is None] or self.washout
        return max(rows, key=lambda w: w.longest_first, default=None)


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ingredient of a class. `also`: further names and brands, recalled and for a pharmacist to check."""

    name: Text
    rxnorm: Text | None = None
    also: tuple[Text, ...] = ()


class DrugClass(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ingredients that one interaction rule reads alike. Its id is the name of its file."""

    id: Text
    title: Text
    atc: tuple[Text, ...] = ()
    """Beginnings of ATC codes: every code below belongs to the class."""
    source: Source
    members: Annotated[tuple[Member, ...], Meta(min_length=1)]
    note: Text | None = None
