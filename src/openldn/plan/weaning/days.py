"""What a day can hold: which daily doses the units at hand make, evenly spread, in the fewest units.

A day has a fixed number of doses. It is evenly spread when its largest dose exceeds its smallest by no more
than the smallest unit; a dose of nothing is allowed only so. Patches are worn together: a day has one "dose".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import gcd
from typing import Final

_MOST_AT_ONCE: Final = 8
"""Units of one dose; more tablets at once than that is no plan."""


@dataclass(frozen=True, slots=True)
class DayDose:
    """One daily dose as it is taken: the doses of the day, the largest last, each as units and how many."""

    total: int
    doses: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def units(self) -> int:
        """How many units a day."""
        return sum(n for dose in self.doses for _, n in dose)

    def dispensed(self) -> Counter[int]:
        """Unit -> how many a day."""
        found: Counter[int] = Counter()
        for dose in self.doses:
            for unit, n in dose:
                found[unit] += n
        return found


def days_up_to(most: int, units: Iterable[int], doses_a_day: int) -> Mapping[int, DayDose]:
    """Every daily dose up to `most` that can be made, with the fewest units; nothing at all is one of them.

    Args:
        most: the largest daily dose, in base units.
        units: what one piece holds (or the least step of a liquid), in base units, each above zero.
        doses_a_day: at how many times.

    Raises:
        ValueError: no unit, a unit of nothing, or no time of day.
    """
    kinds = tuple(sorted(set(units)))
    if not kinds or kinds[0] <= 0 or doses_a_day < 1:
        raise ValueError("a day needs units above zero and at least one dose")
    # In multiples of what all units share: nothing else can be made.
    step = gcd(*kinds)
    small = tuple(k // step for k in kinds)
    at_once = _at_once(most // step, small)
    found = {0: DayDose(0, ())}
    for total in range(1, most // step + 1):
        if split := _evenly(total, doses_a_day, small[0], at_once):
            doses = tuple(tuple((unit * step, n) for unit, n in at_once[d]) for d in sorted(split) if d)
            found[total * step] = DayDose(total * step, doses)
    return found


def _at_once(most: int, kinds: tuple[int, ...]) -> Mapping[int, tuple[tuple[int, int], ...]]:
    """Every single dose with its fewest units; of equally many, those of fewer kinds, then larger ones."""
    best: dict[int, tuple[tuple[int, int, tuple[int, ...]], Counter[int]]] = {0: ((0, 0, ()), Counter())}
    for amount in range(1, most + 1):
        ways = []
        for unit in kinds:
            before = best.get(amount - unit)
            if before is not None and before[0][0] < _MOST_AT_ONCE:
                taken = before[1].copy()
                taken[unit] += 1
                key = (before[0][0] + 1, len(taken), tuple(-u for u in sorted(taken, reverse=True)))
                ways.append((key, taken))
        if ways:
            best[amount] = min(ways, key=lambda way: way[0])
    return {a: tuple(sorted(taken.items(), reverse=True)) for a, (_, taken) in best.items()}


def _evenly(
    total: int, doses: int, smallest: int, at_once: Mapping[int, tuple[tuple[int, int], ...]]
) -> tuple[int, ...] | None:
    """The split into doses that differ by no more than the smallest unit, with the fewest units."""
    least_mean = total // doses
    best: tuple[tuple[int, int], tuple[int, ...]] | None = None
    for low in range(max(least_mean - smallest, 0), least_mean + 1):
        if low not in at_once:
            continue
        window = tuple(d for d in range(low, low + smallest + 1) if d in at_once)
        cost = {d: sum(n for _, n in at_once[d]) for d in window}
        split = _fewest(total, doses, window, cost)
        if split is not None:
            key = (sum(cost[d] for d in split), max(split) - min(split))
            if best is None or key < best[0]:
                best = (key, split)
    return None if best is None else best[1]


def _fewest(
    total: int, doses: int, window: tuple[int, ...], cost: Mapping[int, int]
) -> tuple[int, ...] | None:
    """Doses out of `window` that sum to `total`, with the fewest units."""

    @cache
    def rest(left: int, n: int, start: int) -> tuple[int, tuple[int, ...]] | None:
        if n == 0:
            return (0, ()) if left == 0 else None
        ways = []
        for k in range(start, len(window)):
            dose = window[k]
            if dose * n > left:
                break
            further = rest(left - dose, n - 1, k)
            if further is not None:
                ways.append((further[0] + cost[dose], (dose, *further[1])))
        return min(ways, default=None)

    found = rest(total, doses, 0)
    return None if found is None else found[1]
