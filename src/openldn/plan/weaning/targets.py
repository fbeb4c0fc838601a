"""The course that a taper follows, before anything is rounded: which dose is aimed at after each interval.

Three readings of "10 %": of the dose at the beginning (`baseline`), of the dose before (`current`), or the
one and then the other (`hybrid`, CDC 2022: of the beginning until about 30 % of it is left, then of the
rest).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from itertools import count


class Basis(StrEnum):
    """What a reduction in percent is a percentage of."""

    BASELINE = "baseline"
    CURRENT = "current"
    HYBRID = "hybrid"


def targets(baseline: int, rate: Fraction, basis: Basis, switch: Fraction) -> Iterator[Fraction]:
    """The dose aimed at, interval by interval, from the beginning on; ends only where it is zero.

    Args:
        baseline: the daily dose at the beginning, in whole base units.
        rate: the part that goes at each interval, above 0 and below 1.
        basis: of what.
        switch: the part of the baseline at which `hybrid` changes over.

    Source: facts/opioids.md 2.4
    """
    now = Fraction(baseline)
    for n in count(1):
        yield now
        linear = baseline * (1 - rate * n)
        if basis is Basis.BASELINE:
            now = max(linear, Fraction(0))
            if not now:
                yield now
                return
        elif basis is Basis.HYBRID and linear >= switch * baseline:
            now = linear
        else:
            now *= 1 - rate
