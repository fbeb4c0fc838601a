"""How a drug is to be taken, as far as a record says it: how much at a time, how often a day.

Numbers are exact and are ranges, because orders say "1 to 2 tablets every 4 to 6 hours". Nothing is
guessed: what a line does not say stays unknown, and `unread` says what could not be understood.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Unit(StrEnum):
    """What an amount is counted in."""

    MG = "mg"
    ML = "mL"
    PIECE = "piece"
    """A tablet, capsule, patch, film, lozenge, suppository: one of what was ordered."""
    MICROGRAM_PER_HOUR = "microgram per hour"
    SPRAY = "spray"


@dataclass(frozen=True, slots=True)
class Range:
    """From the least to the most, exact."""

    low: Fraction
    high: Fraction

    @classmethod
    def just(cls, value: Fraction | int) -> Range:
        """One value."""
        return cls(Fraction(value), Fraction(value))

    def times(self, other: Range) -> Range:
        """The least times the least, the most times the most."""
        return Range(self.low * other.low, self.high * other.high)

    def plus(self, other: Range) -> Range:
        """Both together."""
        return Range(self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of a unit."""

    range: Range
    unit: Unit


@dataclass(frozen=True, slots=True)
class Direction:
    """One line of an order: so much, so often.

    `amount` is for one time, `times` is administrations a day. `phase` tells lines that follow each other
    from lines that hold together (same phase).
    """

    amount: Amount | None = None
    times: Range | None = None
    as_needed: bool = False
    most: Amount | None = None
    """The most that may be taken in a day."""
    phase: int = 0
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Supply:
    """What was handed out and for how many days; tells a dose where the directions do not."""

    amount: Amount
    days: Fraction
