"""What a value may be when each measurement is off by no more than its tolerance: exact, outer bounds.

A product or quotient of independent measurements takes its least and greatest value at ends, so no rounding
and no sampling is needed; a Monte Carlo run over the same factors must lie inside (`dispensing.budget`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self


@dataclass(frozen=True, slots=True)
class Interval:
    """A nominal value and the least and greatest that it may really be; all above zero."""

    low: Fraction
    nominal: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.nominal <= self.high:
            raise ValueError("a tolerance as large as the value itself measures nothing")

    @classmethod
    def within(cls, nominal: Fraction | int, tolerance: Fraction | int) -> Self:
        """A value that may be off by so much either way."""
        exact = Fraction(nominal)
        return cls(exact - tolerance, exact, exact + tolerance)

    @classmethod
    def exactly(cls, value: Fraction | int) -> Self:
        """A value that is known."""
        return cls.within(value, 0)

    def __mul__(self, other: Interval) -> Interval:
        return Interval(self.low * other.low, self.nominal * other.nominal, self.high * other.high)

    def __truediv__(self, other: Interval) -> Interval:
        return Interval(self.low / other.high, self.nominal / other.nominal, self.high / other.low)

    @property
    def below(self) -> Fraction:
        """How far the least lies below the nominal, as a part of it."""
        return 1 - self.low / self.nominal

    @property
    def above(self) -> Fraction:
        """How far the greatest lies above the nominal, as a part of it."""
        return self.high / self.nominal - 1

    @property
    def worst(self) -> Fraction:
        """The greater of both."""
        return max(self.below, self.above)
