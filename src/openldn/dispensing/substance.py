"""What has to be weighed of a lot of powder so that it holds so much naltrexone hydrochloride, anhydrous.

The salt, the water and the assay of a lot matter: base taken for hydrochloride is 10.7 % off, a dihydrate
weighed as anhydrous 8.7 %. A lot without a certificate is refused.

Source: facts/products.md 1.1 and cases 3 to 5 (USP molar mass 377.86, base 341.41, dihydrate 413.89,
tetrahydrate 449.92).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final

from openldn.quantities import CannotMeasure, Dose, Mass

_PERCENTAGE: Final = re.compile(r"\d{1,3}(?:\.\d{1,6})?")
MOLAR_HYDROCHLORIDE: Final = Fraction("377.86")


class Substance(Enum):
    """What the pot says that it is: a word for it, its title, its molar mass in grams."""

    HYDROCHLORIDE = ("anhydrous", "naltrexone hydrochloride, anhydrous", Fraction("377.86"))
    DIHYDRATE = ("dihydrate", "naltrexone hydrochloride dihydrate", Fraction("413.89"))
    TETRAHYDRATE = ("tetrahydrate", "naltrexone hydrochloride tetrahydrate", Fraction("449.92"))
    BASE = ("base", "naltrexone, the base", Fraction("341.41"))

    @property
    def word(self) -> str:
        """As it is typed."""
        return self.value[0]

    @property
    def title(self) -> str:
        """In words."""
        return self.value[1]

    @property
    def molar(self) -> Fraction:
        """Grams a mole."""
        return self.value[2]

    @property
    def for_one(self) -> Fraction:
        """So much of it holds as much as one of the anhydrous hydrochloride."""
        return self.molar / MOLAR_HYDROCHLORIDE


@dataclass(frozen=True, slots=True)
class Lot:
    """A pot of powder, as its certificate says; parts of one, not percent.

    `assay` is on the anhydrous, solvent-free basis. The water of a hydrate is in its molar mass: `water` is
    what the certificate finds beyond it.
    """

    number: str
    assay: Fraction
    water: Fraction
    solvent: Fraction = Fraction(0)
    substance: Substance = Substance.HYDROCHLORIDE

    def __post_init__(self) -> None:
        if not self.number.strip():
            raise CannotMeasure("a lot without a number is not used")
        if not Fraction(1, 2) < self.assay <= Fraction(11, 10):
            raise CannotMeasure("the assay is read as a part: 99.2 % is 0.992; see the certificate")
        if not 0 <= self.water + self.solvent < Fraction(1, 4):
            raise CannotMeasure("water and solvent are read as parts: 5 % is 0.05; see the certificate")
        own = 1 - MOLAR_HYDROCHLORIDE / self.substance.molar
        if own > 0 and self.water >= own / 2:
            raise CannotMeasure(
                "the water of a certificate is mostly the hydrate's own and would be counted twice: take the "
                "substance as anhydrous with all of the water, or as the hydrate with what is beyond it"
            )

    @classmethod
    def parse(cls, text: str) -> Lot:
        """A lot as written: 'A123; assay=99.2; water=5', in percent; also solvent= and substance=.

        Raises:
            CannotMeasure: not of this form; says what would be.
        """
        number, *rest = (part.strip() for part in text.split(";"))
        fields: dict[str, str] = {}
        for part in filter(None, rest):
            name, _, value = (p.strip() for p in part.partition("="))
            if name not in ("assay", "water", "solvent", "substance") or not value or name in fields:
                raise CannotMeasure(f"lot: {part!r} is not understood: write 'A123; assay=99.2; water=5'")
            fields[name] = value
        for needed in ("assay", "water"):
            if needed not in fields:
                raise CannotMeasure(f"lot: {needed} is missing: see the certificate of the lot")
        word = fields.get("substance", Substance.HYDROCHLORIDE.word)
        substance = next((s for s in Substance if s.word == word), None)
        if substance is None:
            known = ", ".join(s.word for s in Substance)
            raise CannotMeasure(f"lot: substance {word!r}: there are {known}")
        assay, water, solvent = (_part(n, fields.get(n, "0")) for n in ("assay", "water", "solvent"))
        return cls(number, assay, water, solvent, substance)

    @property
    def holds(self) -> Fraction:
        """The part of the powder that is the substance."""
        return self.assay * (1 - self.water - self.solvent)


def _part(name: str, text: str) -> Fraction:
    if not _PERCENTAGE.fullmatch(text):
        raise CannotMeasure(f"lot: {name}={text!r}: write a percentage like 99.2")
    return Fraction(text) / 100


def to_weigh(dose: Dose, lot: Lot) -> Fraction:
    """The nanograms of powder that hold a dose, exactly; a balance shows them rounded."""
    return dose.base * lot.substance.for_one / lot.holds


def uncorrected(lot: Lot) -> Fraction:
    """How far off it would be if the powder were weighed as if it were all drug, as a part (below zero)."""
    return lot.holds / lot.substance.for_one - 1


def as_shown(nanograms: Fraction, readability: Mass) -> Mass:
    """What the balance is to show: the nearest of its steps, half a step up."""
    steps = (nanograms / readability.base + Fraction(1, 2)).__floor__()
    return Mass(steps * readability.base)
