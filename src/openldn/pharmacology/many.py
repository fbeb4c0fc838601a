"""Many people, piece by piece: memory stays bounded, pieces may run in processes, the answer is the same.

What a person shows does not depend on who else is simulated, in which piece, or by which process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from openldn.pharmacology.model import Standing
from openldn.pharmacology.parameter_sets import default_set
from openldn.pharmacology.simulate import Engine, Event, simulate, standing_of

Array = NDArray[np.float64]
PIECE = 1024
"""People that are simulated at once."""


@dataclass(frozen=True, slots=True)
class PerPerson:
    """What each person shows over the hours: least, mean and greatest of each output."""

    outputs: tuple[str, ...]
    values: Array
    """(people, outputs, 3)"""
    standing: Mapping[str, Standing]

    def of(self, output: str) -> Array:
        """One output, (people, 3)."""
        found: Array = self.values[:, self.outputs.index(output)]
        return found


@dataclass(frozen=True, slots=True)
class Difference:
    """A virtual trial: how far two arms of the same people differ in the mean of an output."""

    mean: float
    low: float
    high: float
    """Between which 90 of 100 people lie."""
    more: float
    """The part of the people in whom the first arm shows more."""


def per_person(
    events: Sequence[Event],
    hours: Sequence[float],
    people: Mapping[str, Array],
    *,
    workers: int = 1,
) -> PerPerson:
    """Simulate people and keep of each only least, mean and greatest.

    Args:
        events: doses, the same for all.
        hours: over which they are looked at.
        people: parameters by name, one a person (`population`).
        workers: processes; the answer does not depend on it.
    """
    pieces = list(_pieces(people))
    work = partial(_piece, tuple(events), tuple(hours))
    if workers > 1 and len(pieces) > 1:
        # Spawned, not forked: a compiled kernel and threads of a numeric library do not survive a fork.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(work, pieces))
    else:
        found = [work(piece) for piece in pieces]
    outputs, values = found[0][0], np.concatenate([part for _, part in found])
    return PerPerson(outputs, values, standing_of(events, default_set()))


def _pieces(people: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    size = len(next(iter(people.values())))
    for first in range(0, size, PIECE):
        yield {name: values[first : first + PIECE] for name, values in people.items()}


def _piece(
    events: tuple[Event, ...], hours: tuple[float, ...], people: dict[str, Array]
) -> tuple[tuple[str, ...], Array]:
    course = simulate(events, hours, values=people, engine=Engine.KERNEL)
    shown = course.values
    least, mean, most = shown.min(axis=0), shown.mean(axis=0), shown.max(axis=0)
    return tuple(course.model.outputs), np.stack([least.T, mean.T, most.T], axis=-1)


def trial(one: PerPerson, other: PerPerson, output: str) -> Difference:
    """Compare two arms of the same people: each is compared with themselves."""
    apart = one.of(output)[:, 1] - other.of(output)[:, 1]
    low, high = np.percentile(apart, (5, 95))
    return Difference(float(apart.mean()), float(low), float(high), float((apart > 0).mean()))
