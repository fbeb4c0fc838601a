"""The shape of what a diary may complain of: an effect, its names, and what follow-up takes it for."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from openldn.knowledge.schema import Text


class Complaint(StrEnum):
    """What follow-up takes an effect for: each has its own rule."""

    WITHDRAWAL = "withdrawal"
    SUICIDAL_THOUGHTS = "suicidal-thoughts"
    OVERDOSE = "overdose"
    """An opioid in the body, and too much of it."""
    LIVER = "liver"
    SPASTICITY = "spasticity"
    """Worse in multiple sclerosis; in anyone else like any other effect."""
    FLU_LIKE = "flu-like"
    """Expected in CFS/ME; in anyone else like any other effect."""
    BOWEL = "bowel"
    NAUSEA = "nausea"
    HEADACHE = "headache"
    SLEEP = "sleep"
    MOOD = "mood"
    THYROID = "thyroid"
    OTHER = "other"

    @property
    def red_flag(self) -> bool:
        """Whether it stops the next dose however mild it is."""
        return self in _RED_FLAGS


_RED_FLAGS = (Complaint.WITHDRAWAL, Complaint.SUICIDAL_THOUGHTS, Complaint.OVERDOSE, Complaint.LIVER)


class Effect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One effect: its id is its key, `names` are what a patient may write for it."""

    name: Text
    taken_for: Complaint
    names: tuple[Text, ...] = ()
    claims: tuple[Text, ...] = ()
