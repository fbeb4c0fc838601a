"""Capsules: how much filler by packing statistics, what a blend must weigh, what a weight check cannot see.

Source: facts/products.md 1.3, 3.6 and cases 10, 16, 17, 22, 25.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import pi, sqrt
from typing import Final

from openldn.quantities import CannotMeasure, Dose, Mass

CRYSTAL_DENSITY: Final = 4 * 377.865 / (0.602214076 * 1815.58)
"""Grams a cubic centimetre of the anhydrous hydrochloride, 1.382: four molecules in a cell of 1815.58 cubic
angstrom (products.md 1.1)."""
_K_TEN: Final = Fraction("2.4")
"""Acceptability constant of ten units (USP <905>)."""
_PASS: Final = Fraction(15)


@dataclass(frozen=True, slots=True)
class Packing:
    """What one shell holds, measured with this filler lot and shell lot: of filler alone, of drug alone."""

    filler_alone: Mass
    drug_alone: Mass


@dataclass(frozen=True, slots=True)
class Fill:
    """What goes into one capsule, in nanograms, exactly."""

    drug: Fraction
    filler: Fraction

    @property
    def total(self) -> Fraction:
        """What a filled capsule weighs more than its shell."""
        return self.drug + self.filler

    @property
    def drug_part(self) -> Fraction:
        """The part of the fill that is drug."""
        return self.drug / self.total

    def blind_up_to(self, limit: Fraction = Fraction(1, 10)) -> Fraction:
        """How many times the drug passes a weight limit (10 %): a weight check cannot see less."""
        return 1 + limit / self.drug_part


def fill_of(dose: Dose, packing: Packing) -> Fill:
    """A capsule of a dose: the drug takes its share of the room, the filler the rest.

    Raises:
        CannotMeasure: the drug alone is more than the shell holds.
    """
    share = Fraction(dose.base, packing.drug_alone.base)
    if share >= 1:
        raise CannotMeasure(f"{dose} does not fit: the shell holds {packing.drug_alone} of drug")
    return Fill(Fraction(dose.base), (1 - share) * packing.filler_alone.base)


@dataclass(frozen=True, slots=True)
class Blend:
    """What is mixed for so many capsules."""

    fill: Fill
    capsules: int

    @property
    def drug(self) -> Fraction:
        """In nanograms."""
        return self.fill.drug * self.capsules

    @property
    def filler(self) -> Fraction:
        """In nanograms."""
        return self.fill.filler * self.capsules

    @property
    def total(self) -> Fraction:
        """What the blend weighs before it is filled: the one check that sees a forgotten drug."""
        return self.drug + self.filler


def particles_in(dose: Dose, diameter_um: float) -> float:
    """How many particles of a diameter (micrometres) make a dose; an explanation, never a dose."""
    each_ng = pi / 6 * (diameter_um * 1e-4) ** 3 * CRYSTAL_DENSITY * 1e9
    return dose.base / each_ng


def spread(dose: Dose, diameter_um: float) -> float:
    """The coefficient of variation of the drug in single doses by chance alone, 1 / sqrt(n), in percent."""
    return float(100 / particles_in(dose, diameter_um) ** 0.5)


def largest_particle(dose: Dose) -> float:
    """The diameter (micrometres) up to which a dry blend can pass: spread 6.25 % (AV 15 with k 2.4)."""
    most = float(_PASS / _K_TEN)
    needed = (100 / most) ** 2
    return float((dose.base / needed / (CRYSTAL_DENSITY * 1e9 * pi / 6)) ** (1 / 3) * 1e4)


def acceptance_value(percents: tuple[Fraction, ...]) -> float:
    """The acceptance value of ten units, in percent of the label (USP <905>, target 100 %).

    Raises:
        ValueError: not ten.
    """
    if len(percents) != 10:
        raise ValueError("the first stage is of ten units")
    mean = sum(percents, Fraction(0)) / 10
    reference = min(max(mean, Fraction("98.5")), Fraction("101.5"))
    variance = sum(((p - mean) ** 2 for p in percents), Fraction(0)) / 9
    return float(abs(reference - mean)) + float(_K_TEN) * sqrt(variance)
