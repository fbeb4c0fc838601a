"""The engine in NumPy: no compiler, every lane at once; the oracle of the compiled kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from openldn.pharmacology import compiled
from openldn.pharmacology.grid import ORDER, TICKS, steps_between, weights
from openldn.pharmacology.model import Model
from openldn.pharmacology.propagators import propagators

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Jump:
    """A dose: an amount that a linear state rises by at a tick; one for all lanes, or one a lane."""

    tick: int
    state: str
    amount: float | Array


@dataclass(frozen=True, slots=True)
class Task:
    """What is simulated: doses in order, and at which ticks something is shown."""

    jumps: tuple[Jump, ...]
    shown: tuple[int, ...]
    finer: int = 0
    """How many times each step of the grid is halved, for the self-check."""

    def stretches(self) -> list[tuple[int, int, tuple[Jump, ...]]]:
        """From each tick with a dose (or the first) to the next, with its doses."""
        end = max((*self.shown, *(j.tick for j in self.jumps)))
        starts = sorted({0, *(j.tick for j in self.jumps if j.tick < end)})
        bounds = [*starts, end]
        return [
            (one, other, tuple(j for j in self.jumps if j.tick == one)) for one, other in pairwise(bounds)
        ]


def simulate(model: Model, parameters: Mapping[str, Array], task: Task) -> Array:
    """The outputs of every lane.

    Args:
        model: the definition.
        parameters: each (lanes,).
        task: doses, and when something is shown.

    Returns:
        (shown, outputs, lanes); the first of what is shown at a dose is before it (outputs are continuous).
    """
    values = [parameters[name] for name in model.parameters]
    lanes = len(values[0])
    x = np.zeros((len(model.linear), lanes))
    y = np.stack([np.full(lanes, t.start) for t in model.turnover.values()])
    steps_of, outputs = propagators(model, parameters), compiled.shown(model)
    late = np.array(model.late)
    drives = [(~late, compiled.drives(model, late=False)), (late, compiled.drives(model, late=True))]
    rates = np.stack([np.broadcast_to(r, lanes) for r in compiled.turnover_rates(model)(0.0, x, y, values)])
    rates = rates[:, :1] if np.ptp(rates, axis=1).max() == 0 else rates
    order, places = list(model.linear), {tick: n for n, tick in enumerate(task.shown)}
    found = np.empty((len(task.shown), len(model.outputs), lanes))
    known: dict[tuple[int, ...], tuple[Array, Array, Array]] = {}

    def show(tick: int) -> None:
        if tick in places:
            for n, value in enumerate(outputs(tick / TICKS, x, y, values)):
                found[places[tick], n] = value

    def drive(now: Array, which: Array, of: compiled.Function, tick: int) -> None:
        for n, value in zip(np.flatnonzero(which), of(tick / TICKS, x, y, values), strict=True):
            now[n] = value

    show(0)
    for start, end, jumps in task.stretches():
        for jump in jumps:
            x[order.index(jump.state)] += jump.amount
        steps = steps_between(start, end, task.shown, model.grades, task.finer)
        if steps not in known:
            known[steps] = weights(steps, rates)
        decay, predict, correct = known[steps]
        past, tick = [np.empty_like(y)], start
        for which, of in drives:
            drive(past[0], which, of, start)
        for n, exponent in enumerate(steps):
            tick += 2**exponent
            x = np.einsum("ijl,jl->il", steps_of[exponent], x)
            before = decay[n] * y
            y = before + sum(predict[n, j] * f for j, f in enumerate(past))
            now = np.empty_like(y)
            for which, of in drives:
                drive(now, which, of, tick)
                terms = (correct[n, j] * f for j, f in enumerate([now, *past][:ORDER]))
                y = np.where(which[:, None], before + sum(terms), y)
            past = [now, *past][:ORDER]
            show(tick)
    return found


def ticks(hours: Sequence[float]) -> tuple[int, ...]:
    """Hours as ticks.

    Raises:
        ValueError: not a whole number of them.
    """
    found = [round(h * TICKS) for h in hours]
    if any(abs(t / TICKS - h) > 1e-9 for t, h in zip(found, hours, strict=True)):
        raise ValueError(f"times are whole numbers of 1/{TICKS} h, like 0.25")
    return tuple(found)
