"""The best course through the daily doses that can be made: exact, and a proof that comes with it.

Doses never rise, never lie below the target of their interval, and never fall by more than `max_step` of the
dose before. Of all such courses the one with the fewest nanogram-days above the targets is wanted, then the
one with the fewest units, then with the fewest changes.

A dynamic programme over the doses, from the end: a dose is *open* when the floor can be reached from it. Then
the lowest open dose is taken at each interval. That is the optimum, and the only one: let p be any course
that reaches the floor and g this one, and g(k) <= p(k). If p(k+1) < g(k), the drop from g(k) to it is no
larger a part than that from p(k), so it was allowed here too; if not, g(k+1) <= g(k) <= p(k+1). So g <= p
everywhere, and any other course has more nanogram-days. Units a day depend on the dose alone (`days`), so
the second and third aims are met by each dose being made of the fewest units.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice, repeat

from openldn.plan.weaning.targets import Basis, targets


@dataclass(frozen=True, slots=True)
class Problem:
    """A taper in whole base units, without any name: what a solver and its checker both read.

    `doses` are all daily doses that can be made, in order, zero among them. `max_step` None: no limit.
    `floor` is the lowest dose before the intervals are lengthened; 0: the taper ends at nothing.
    """

    baseline: int
    doses: tuple[int, ...]
    rate: Fraction
    basis: Basis
    switch: Fraction
    max_step: Fraction | None
    floor: int

    def targets(self) -> Iterator[Fraction]:
        """The dose aimed at, interval by interval, without an end; once below the floor, the floor."""
        floor = Fraction(self.floor)
        aims = chain(targets(self.baseline, self.rate, self.basis, self.switch), repeat(Fraction(0)))
        return (max(aim, floor) for aim in aims)

    def allows(self, before: int, after: int) -> bool:
        """Whether a dose may follow another."""
        if after > before:
            return False
        return self.max_step is None or (before - after) <= self.max_step * before


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where no smaller dose may follow: `below` is the next one that can be made, too far down."""

    at: int
    below: int

    @property
    def drop(self) -> Fraction:
        """The part that would go."""
        return Fraction(self.at - self.below, self.at)


@dataclass(frozen=True, slots=True)
class Course:
    """The dose of each interval, the beginning first; with `stuck` it ends before the floor."""

    doses: tuple[int, ...]
    stuck: Stuck | None = None

    def above_target(self, problem: Problem) -> Fraction:
        """Base-unit intervals above the targets, summed."""
        pairs = zip(self.doses, problem.targets(), strict=False)
        return sum((dose - target for dose, target in pairs), Fraction(0))


def best_course(problem: Problem) -> Course:
    """The course with the fewest base-unit intervals above the targets.

    Raises:
        ValueError: the dose at the beginning or the floor cannot be made.
    """
    if problem.baseline not in problem.doses or problem.floor not in problem.doses:
        raise ValueError("the first dose and the floor have to be among the doses that can be made")
    opens = _open(problem, problem.floor)
    if opens[-1] == problem.baseline:
        return Course(_down(problem, opens, problem.floor))
    end = _dead_end(problem)
    below = problem.doses[bisect_left(problem.doses, end) - 1]
    return Course(_down(problem, _open(problem, end), end), Stuck(end, below))


def _down(problem: Problem, opens: Sequence[int], end: int) -> tuple[int, ...]:
    """The lowest open dose of each interval, until the end was taken for one."""
    found: list[int] = []
    dose = problem.baseline
    for target in problem.targets():
        first = bisect_left(opens, target)
        dose = next(d for d in islice(opens, first, None) if problem.allows(dose, d))
        found.append(dose)
        if dose == end:
            break
    return tuple(found)


def _open(problem: Problem, end: int) -> tuple[int, ...]:
    """All doses from which `end` can be reached, in order: a dose is open when the next one below is near."""
    found = [end]
    for dose in islice(problem.doses, bisect_right(problem.doses, end), None):
        if dose > problem.baseline:
            break
        if problem.allows(dose, found[-1]):
            found.append(dose)
    return tuple(found)


def _dead_end(problem: Problem) -> int:
    """The lowest dose that can be come to from the first one."""
    reached = problem.baseline
    for dose in reversed(problem.doses):
        if problem.floor <= dose < reached and problem.allows(reached, dose):
            reached = dose
    return reached
