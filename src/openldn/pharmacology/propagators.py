"""Exact propagators of linear kinetics: exp(A h) for every lane and every step that the grid takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openldn.pharmacology.compiled import linear_rates
from openldn.pharmacology.grid import LONGEST, TICKS
from openldn.pharmacology.model import Model

_SQUARED: Final = 2
"""The series is taken at a part of a tick and squared: no partial fractions, which break for equal rates."""
_TERMS: Final = 12


def propagators(model: Model, parameters: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """exp(A h) for steps of 2**0 to 2**LONGEST ticks.

    Args:
        model: whose linear states.
        parameters: each (lanes,).

    Returns:
        (LONGEST + 1, states, states, lanes).
    """
    matrix = _matrix(model, parameters)  # (lanes, states, states)
    step = matrix / (TICKS * 2**_SQUARED)
    identity = np.broadcast_to(np.eye(matrix.shape[-1]), matrix.shape)
    found, term = identity.copy(), identity.copy()
    for n in range(1, _TERMS + 1):
        term = term @ step / n
        found += term
    for _ in range(_SQUARED):
        found = found @ found
    all_of_them = [found]
    for _ in range(LONGEST):
        all_of_them.append(all_of_them[-1] @ all_of_them[-1])
    return np.ascontiguousarray(np.moveaxis(np.stack(all_of_them), 1, -1))


def _matrix(model: Model, parameters: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """A of x' = A x: the rates of a unit of each state alone."""
    rates, values = linear_rates(model), [parameters[name] for name in model.parameters]
    lanes = len(values[0])
    columns = []
    for unit in np.eye(len(model.linear)):
        found = rates(0.0, [np.full(lanes, u) for u in unit], [np.empty(0)] * len(model.turnover), values)
        columns.append(np.stack([np.broadcast_to(r, lanes) for r in found], axis=-1))
    return np.stack(columns, axis=-1)


def pattern(model: Model) -> NDArray[np.bool_]:
    """Where a propagator of a model can differ from zero: what flows from a state to another at all."""
    generator = np.random.Generator(np.random.PCG64(1))
    parameters = {name: generator.uniform(0.5, 1.5, 1) for name in model.parameters}
    there = np.abs(_matrix(model, parameters)[0]) > 0
    reach = there | np.eye(len(there), dtype=bool)
    for _ in range(len(there)):
        reach = reach | (reach.astype(int) @ reach.astype(int) > 0)
    return np.asarray(reach)
