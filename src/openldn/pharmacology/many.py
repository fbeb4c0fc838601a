"""Many people, piece by piece: memory stays bounded, pieces may run in processes, the answer is the same.

What a person shows does not depend on who else is simulated, in which piece, or by which process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openldn.pharmacology.model import Standing
from openldn.pharmacology.parameter_sets import default_set
from openldn.pharmacology.simulate import Engine, Event, simulate, standing_of

Array = NDArray[np.float64]
PIECE = 512
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


_TRIES: Final = 3
"""Pools that a run goes through before it gives up: a killed process takes its pool with it."""
Pools = Callable[[], AbstractContextManager[Executor]]
"""Opens something that runs functions elsewhere."""


def processes(workers: int) -> Pools:
    """Processes of this machine."""
    # Spawned, not forked: a compiled kernel and threads of a numeric library do not survive a fork.
    return lambda: ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def elsewhere(executor: Executor) -> Pools:
    """A pool that is already there and stays: `dask.distributed.Client(address).get_executor()`, say."""
    return lambda: nullcontext(executor)


def per_person(
    events: Sequence[Event],
    hours: Sequence[float],
    people: Mapping[str, Array],
    *,
    pools: Pools | None = None,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> PerPerson:
    """Simulate people and keep of each only least, mean and greatest.

    Args:
        events: doses, the same for all.
        hours: over which they are looked at.
        people: parameters by name, one a person (`population`).
        pools: where pieces are simulated (`processes`, `elsewhere`); None: here. The answer does not depend
            on it, nor on processes that are killed on the way.
        tell: called with the number of pieces done, and of all, after each.

    Raises:
        BrokenProcessPool: processes were killed again and again.
    """
    pieces = list(_pieces(people))
    work = partial(_piece, tuple(events), tuple(hours))
    done: dict[int, tuple[tuple[str, ...], Array]] = {}
    if pools is None or len(pieces) == 1:
        for n, piece in enumerate(pieces):
            done[n] = work(piece)
            tell(len(done), len(pieces))
    else:
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                _gather(work, pieces, done, pools, tell)
                break
            except BrokenProcessPool:
                if last:
                    raise
    found = [done[n] for n in range(len(pieces))]  # in the order of the people, whoever was ready first
    outputs, values = found[0][0], np.concatenate([part for _, part in found])
    return PerPerson(outputs, values, standing_of(events, default_set(), values=people, until=hours[-1]))


_Piece = dict[str, Array]


def _gather(
    work: Callable[[_Piece], tuple[tuple[str, ...], Array]],
    pieces: Sequence[_Piece],
    done: dict[int, tuple[tuple[str, ...], Array]],
    pools: Pools,
    tell: Callable[[int, int], None],
) -> None:
    """Simulate what is not done yet in a pool; what was done stays when the pool breaks."""
    with pools() as pool:
        waiting: dict[Future[tuple[tuple[str, ...], Array]], int] = {
            pool.submit(work, piece): n for n, piece in enumerate(pieces) if n not in done
        }
        for future in as_completed(waiting):
            done[waiting[future]] = future.result()
            tell(len(done), len(pieces))


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
