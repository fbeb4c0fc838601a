"""The same model by an adaptive solver of SciPy, restarted at each dose: the oracle of the other paths."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from openldn.pharmacology import compiled
from openldn.pharmacology.grid import TICKS
from openldn.pharmacology.model import Model
from openldn.pharmacology.numpy_path import Task

Array = NDArray[np.float64]


def simulate(model: Model, parameters: Mapping[str, Array], task: Task, *, rtol: float = 1e-10) -> Array:
    """The outputs of every lane, one lane after the other; the arguments are those of `numpy_path.simulate`.

    Returns:
        (shown, outputs, lanes).
    """
    lanes = len(next(iter(parameters.values())))
    each = [{name: values[n] for name, values in parameters.items()} for n in range(lanes)]
    return np.stack([_one(model, values, task, n, rtol) for n, values in enumerate(each)], axis=-1)


def _one(model: Model, values: Mapping[str, float], task: Task, lane: int, rtol: float) -> Array:
    p = [np.float64(values[name]) for name in model.parameters]
    linear, order = len(model.linear), list(model.linear)
    of_linear = compiled.linear_rates(model)
    early, late = compiled.drives(model, late=False), compiled.drives(model, late=True)
    outputs, is_late = compiled.shown(model), np.array(model.late)
    nothing = [np.float64(0)]
    decays = np.array(compiled.turnover_rates(model)(0.0, nothing * linear, nothing * len(model.turnover), p))

    def change(t: float, state: Array) -> Array:
        x, y = list(state[:linear]), list(state[linear:])
        drive = np.empty(len(y))
        drive[~is_late] = early(t, x, y, p)
        drive[is_late] = late(t, x, y, p)
        return np.concatenate([of_linear(t, x, y, p), decays * (drive - state[linear:])])

    def show(tick: int, state: Array) -> None:
        found[places[tick]] = outputs(tick / TICKS, list(state[:linear]), list(state[linear:]), p)

    state = np.array([0.0] * linear + [t.start for t in model.turnover.values()])
    places = {tick: n for n, tick in enumerate(task.shown)}
    found = np.empty((len(task.shown), len(model.outputs)))
    if 0 in places:
        show(0, state)
    for start, end, jumps in task.stretches():
        for jump in jumps:
            amount = jump.amount if np.ndim(jump.amount) == 0 else np.asarray(jump.amount)[lane]
            state[order.index(jump.state)] += amount
        inside = [tick for tick in task.shown if start < tick <= end]
        at = sorted({*inside, end})
        scale = 1e-3 * rtol * np.maximum(np.abs(state), 1e-6)
        solved = solve_ivp(
            change,
            (start / TICKS, end / TICKS),
            state,
            method="DOP853",
            t_eval=[tick / TICKS for tick in at],
            rtol=rtol,
            atol=scale,
        )
        for tick, column in zip(at, solved.y.T, strict=True):
            if tick in places:
                show(tick, column)
        state = solved.y[:, -1].copy()
    return found
