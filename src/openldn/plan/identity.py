"""The number of a plan: it changes when anything that the patient takes or the pharmacy makes changes.

It stands in the QR code of the prescription sheet and says nothing about the patient.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from openldn.plan.rounding import Fills, Measured, Pieces

_LETTERS: Final = "BCDFHJKMNPQRSTVX"
"""One a half-byte: no figure that could be read as a dose, no vowel that could make a word."""
_LENGTH: Final = 20


@dataclass(frozen=True, slots=True)
class Identified:
    """What a plan is known by.

    A step is its first day, days, nanograms at once and amounts; a supply is item, day and amount.
    """

    patient: str
    as_of: str
    verdict: str
    profile: str
    prescriber: str
    product: str
    times: tuple[str, ...]
    steps: tuple[tuple[str, int, int, str], ...]
    supply: tuple[tuple[str, str, int], ...]

    @property
    def id(self) -> str:
        """Of all fields."""
        return code_of(asdict(self))


def code_of(stated: Any) -> str:
    """Twenty letters in groups of four, from a SHA-256 of plain values."""
    text = json.dumps(stated, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
    code = "".join(_LETTERS[int(half, 16)] for half in digest)
    return "-".join(code[n : n + 4] for n in range(0, _LENGTH, 4))


def amounts_of(measured: Measured) -> str:
    """What is measured, in whole numbers."""
    if isinstance(measured, Fills):
        return drawn([v.base for v in measured.volumes], measured.syringe.capacity.base)
    if isinstance(measured, Pieces):
        return pieced([s.base for s in measured.strengths])
    return counted(measured.count, measured.product.each.base)


def drawn(nanolitres: list[int], capacity: int) -> str:
    """Fills of a syringe."""
    return f"{'+'.join(map(str, nanolitres))} nL in {capacity}"


def pieced(nanograms: list[int]) -> str:
    """Capsules or tablets."""
    return f"{'+'.join(map(str, nanograms))} ng"


def counted(count: int, nanograms: int) -> str:
    """Drops or strokes."""
    return f"{count} x {nanograms} ng"
