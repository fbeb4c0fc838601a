"""What has to be weighed of a lot of powder so that it holds so much naltrexone hydrochloride, anhydrous.

The salt, the water and the assay of a lot matter: base taken for hydrochloride is 10.7 % off, a dihydrate
weighed as anhydrous 8.7 %. A lot without a certificate is refused.

Source: facts/products.md 1.1 and cases 3 to 5 (USP molar mass 377.86, base 341.41, dihydrate 413.89,
tetrahydrate 449.92).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final

from openldn.quantities import CannotMeasure, Dose, Mass

MOLAR_HYDROCHLORIDE: Final = Fraction("377.86")


class Substance(Enum):
    """What the pot says that it is, with its molar mass in grams."""

    HYDROCHLORIDE = ("naltrexone hydrochloride, anhydrous", Fraction("377.86"))
    DIHYDRATE = ("naltrexone hydrochloride dihydrate", Fraction("413.89"))
    TETRAHYDRATE = ("naltrexone hydrochloride tetrahydrate", Fraction("449.92"))
    BASE = ("naltrexone, the base", Fraction("341.41"))

    @property
    def title(self) -> str:
        """In words."""
        return self.value[0]

    @property
    def for_one(self) -> Fraction:
        """So much of it holds as much as one of the anhydrous hydrochloride."""
        return self.value[1] / MOLAR_HYDROCHLORIDE


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
        own = 1 - MOLAR_HYDROCHLORIDE / self.substance.value[1]
        if own > 0 and self.water >= own / 2:
            raise CannotMeasure(
                "the water of a certificate is mostly the hydrate's own and would be counted twice: take the "
                "substance as anhydrous with all of the water, or as the hydrate with what is beyond it"
            )

    @property
    def holds(self) -> Fraction:
        """The part of the powder that is the substance."""
        return self.assay * (1 - self.water - self.solvent)


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
