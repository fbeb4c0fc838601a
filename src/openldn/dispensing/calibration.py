"""Drops and strokes weighed: what one holds, which doses can be counted, and how far off they are.

A drop of another liquid or from another tip differs by a fifth and more, so nominal drops are not used.

Rules read here: dispensing/calibration, plan/choice-drops, plan/choice-cream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from openldn.dispensing.intervals import Interval
from openldn.knowledge.load import Knowledge
from openldn.quantities import CannotMeasure, Dose, Mass, Strength


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one drop or stroke is, from weighings of several of them."""

    pieces: int
    """In each weighing."""
    weighed: tuple[Mass, ...]
    density: Fraction
    """Grams in a millilitre, measured."""
    strength: Strength

    @property
    def volume(self) -> Fraction:
        """Nanolitres of one, from the mean of the weighings."""
        mean = Fraction(sum(m.base for m in self.weighed), len(self.weighed))
        return mean / self.pieces / (1000 * self.density)

    @property
    def holds(self) -> Fraction:
        """Nanograms of the drug in one."""
        return self.volume * self.strength.dose.base / self.strength.volume.base

    @property
    def spread(self) -> Fraction:
        """How far the weighings lie apart, as a part of their mean."""
        mean = Fraction(sum(m.base for m in self.weighed), len(self.weighed))
        return (max(self.weighed).base - min(self.weighed).base) / mean


@dataclass(frozen=True, slots=True)
class Counted:
    """A dose as so many drops: what they hold, and what they may hold."""

    dose: Dose
    pieces: int
    holds: Interval
    fits: bool
    """Whether the nearest whole number is near enough."""

    @property
    def off(self) -> Fraction:
        """How far it is from the dose, as a part; below zero: less."""
        return self.holds.nominal / self.dose.base - 1


def calibrated(
    pieces: int,
    weighed: Sequence[Mass],
    density: Fraction,
    strength: Strength,
    knowledge: Knowledge,
    *,
    as_of: date,
) -> Calibration:
    """What one drop or stroke holds.

    Args:
        pieces: how many were weighed at once.
        weighed: each weighing, by other hands or at other times.
        density: grams in a millilitre.
        strength: of the product.
        knowledge: how many weighings are asked for, how far they may lie apart.
        as_of: the day.

    Raises:
        CannotMeasure: too few weighings, too far apart, or a density that no such liquid has.
    """
    rule = knowledge.rule("dispensing/calibration")
    least = rule.whole("weighings", as_of)
    if len(weighed) < least:
        raise CannotMeasure(f"{len(weighed)} weighings: at least {least}, by other hands or times")
    light, heavy = rule.number("lightest", as_of), rule.number("heaviest", as_of)
    if not light <= density <= heavy:
        raise CannotMeasure(f"a density of {float(density):g}: grams in a millilitre, like 1.05")
    found = Calibration(pieces, tuple(weighed), density, strength)
    most = rule.number("dropper", as_of) / 100
    if found.spread > 2 * most:
        far = f"{float(100 * found.spread):.0f}"
        raise CannotMeasure(f"the weighings lie {far} % apart: the tip or the hand is not steady enough")
    small, large = rule.number("smallest", as_of), rule.number("largest", as_of)
    if not small <= found.volume / 10**6 <= large:
        raise CannotMeasure(
            f"one would be {float(found.volume) / 1e6:.4f} mL: check the number and the masses"
        )
    return found


def counted(dose: Dose, by: Calibration, knowledge: Knowledge, *, form: str, as_of: date) -> Counted:
    """A dose in whole drops or strokes, the nearest number, half a drop down.

    Raises:
        CannotMeasure: less than half of one.
    """
    rule, own = knowledge.rule(f"plan/choice-{form}"), knowledge.rule("dispensing/calibration")
    pieces = -int((Fraction(1, 2) - dose.base / by.holds) // 1)
    if pieces < 1:
        raise CannotMeasure(f"{dose} is less than half of what one holds: make it weaker")
    within = by.holds * pieces
    holds = Interval.within(within, within * own.number("dropper", as_of) / 100)
    off = abs(within / dose.base - 1)
    fits = off <= rule.number("below", as_of) / 100 and pieces <= rule.whole("most", as_of)
    return Counted(dose, pieces, holds, fits)
