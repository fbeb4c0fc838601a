"""The times at which turnover is evaluated: fine after each dose, coarse later, on every hour that is shown.

All steps are powers of two of a tick, so that a handful of propagators serves all of them. How fine a grid is
after a dose belongs to the model: the faster it takes up, the finer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

TICKS: Final = 256
"""Ticks in an hour: all times are whole numbers of ticks."""
LONGEST: Final = 8
"""Steps are 2**0 to 2**8 ticks: up to an hour."""
Grades = tuple[tuple[int, int], ...]
"""Up to so many ticks after a dose, steps of so many; then of an hour."""
COARSE: Final[Grades] = ((64, 16), (192, 32), (512, 64), (1280, 128))
"""1/16 h to 0.25 h, 1/8 to 0.75, 1/4 to 2, 1/2 to 5."""
ORDER: Final = 5
"""Points that a polynomial through the drives has at most."""
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def steps_between(
    start: int, end: int, shown: Sequence[int], grades: Grades, finer: int = 0
) -> tuple[int, ...]:
    """The steps of a stretch that begins with a dose, as powers of two of a tick.

    Args:
        start: its first tick, where the dose is.
        end: its last tick.
        shown: ticks at which something is shown, rising.
        grades: of the model.
        finer: how many times each step is halved (down to a tick).

    Returns:
        Exponents: a step of 2**e ticks.
    """
    marks = [*shown[bisect_right(shown, start) : bisect_left(shown, end)], end]
    found, at = [], start
    for mark in marks:
        while at < mark:
            graded = next((step for until, step in grades if at - start < until), 2**LONGEST)
            step = max(graded >> finer, 1)
            while step > mark - at:
                step >>= 1
            found.append(step.bit_length() - 1)
            at += step
    return tuple(found)


def weights(
    steps: tuple[int, ...], rates: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weights of the exponential Adams method for each step of a stretch.

    Between two nodes y(t+h) = exp(-kh) y + k * integral of exp(-k(h-s)) f(t+s); the drive f is taken as the
    polynomial through the newest points. The order grows from 1 after a dose.

    Args:
        steps: exponents as `steps_between` gives them.
        rates: k of each turnover state, (states,) or (states, lanes).

    Returns:
        Decays (steps, states, lanes), and weights of predictor and corrector, (steps, points, states, lanes),
        the newest point first; the corrector's first point is the end of the step.
    """
    k = np.atleast_2d(rates.T).T  # (states, lanes)
    hours = np.array([2.0**e / TICKS for e in steps])
    nodes = np.concatenate([[0.0], np.cumsum(hours)])
    decay = np.exp(-hours[:, None, None] * k[None])
    shape = (len(steps), ORDER, *k.shape)
    predict, correct = np.zeros(shape), np.zeros(shape)
    for n, h in enumerate(hours):
        past = nodes[max(0, n - ORDER + 1) : n + 1][::-1] - nodes[n]  # 0, then earlier ones
        ahead = np.concatenate([[h], past[: ORDER - 1]])
        s = h * (_POINTS + 1) / 2
        kernel = k[..., None] * np.exp(-k[..., None] * (h - s)) * (h * _WEIGHTS / 2)
        for target, points in ((predict, past), (correct, ahead)):
            for j, basis in enumerate(_lagrange(points, s)):
                target[n, j] = kernel @ basis
    return decay, predict, correct


@lru_cache(maxsize=256)
def common_weights(
    steps: tuple[int, ...], rates: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """`weights` of rates that all lanes share, without the axis of lanes; kept, because days repeat."""
    found = weights(steps, np.array(rates))
    for part in found:
        part.flags.writeable = False
    decay, predict, correct = (part[..., 0] for part in found)
    return decay, predict, correct


def _lagrange(points: NDArray[np.float64], at: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The polynomials that are one at a point and zero at the others, evaluated."""
    found = []
    for j, own in enumerate(points):
        others = np.delete(points, j)
        found.append(
            np.prod((at[:, None] - others) / (own - others), axis=1) if len(others) else np.ones_like(at)
        )
    return found
