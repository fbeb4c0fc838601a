"""How fast any solver of the published problem could be on this core, by two ways of counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from peers import DAYS, HOURS, measured
from problem import OUTPUTS

from openldn.pharmacology.grid import ORDER
from openldn.pharmacology.kernels.reference_problem import _pow
from openldn.pharmacology.propagators import pattern
from openldn.pharmacology.reference_problem import REFERENCE_PROBLEM

Array = NDArray[np.float64]
QUOTIENTS: Final = 5
"""An hour: one for occupancy and signal, one in each drive of X and R, two in that of T."""
_IN_CACHE: Final = 1024
_CHAIN: Final = 8


@dataclass(frozen=True, slots=True)
class Floor:
    """What one core can do at best, and what the problem needs at least."""

    gigaflops: float
    """Of multiply-adds, each two operations."""
    division: float
    """Nanoseconds a quotient, of a vector of them."""
    power: float
    """Nanoseconds of an x**g, by the kernel's own function."""
    stores: float
    """GB a second, into memory."""

    @property
    def drive(self) -> float:
        """Nanoseconds a patient-day: exact kinetics, one drive and one correction of each state an hour."""
        moved = int(pattern(REFERENCE_PROBLEM).sum()) + (1 + ORDER) * len(REFERENCE_PROBLEM.turnover)
        return 24 * (2 * moved / self.gigaflops + QUOTIENTS * self.division + self.power)

    @property
    def storing(self) -> float:
        """Nanoseconds a patient-day: every output of every hour."""
        return 24 * len(OUTPUTS) * 8 / self.stores

    @property
    def stored(self) -> float:
        """Patient-days a second with all outputs stored."""
        return 1e9 / (self.drive + self.storing)

    @property
    def reduced(self) -> float:
        """Patient-days a second where nothing of them is stored."""
        return 1e9 / self.drive


@njit(fastmath={"contract"})
def _eight(x: float, a: float, b: float) -> float:
    return (((((((x * a + b) * a + b) * a + b) * a + b) * a + b) * a + b) * a + b) * a + b


@njit(fastmath={"contract"})
def _multiply_adds(s: Array, a: float, b: float, times: int) -> None:
    """`_CHAIN` to each number; written out, because a loop inside would not become vectors."""
    for _ in range(times):
        for lane in range(_IN_CACHE):
            s[lane] = _eight(s[lane], a, b)


@njit(error_model="numpy")
def _divisions(out: Array, a: Array, b: Array, times: int) -> None:
    for n in range(times):
        for lane in range(_IN_CACHE):
            out[lane] = (a[lane] + n) / b[lane]


@njit(error_model="numpy")
def _powers(out: Array, a: Array, g: Array, times: int) -> None:
    for n in range(times):
        for lane in range(_IN_CACHE):
            out[lane] = _pow(a[lane] + n, g[lane])


def floor() -> Floor:
    """Measure the parts and add them up, as facts/performance.md does, none done beside another."""
    times, s = 2000, np.ones(_IN_CACHE)
    a, b = np.linspace(0.5, 2, _IN_CACHE), np.linspace(1, 2, _IN_CACHE)
    count, memory = times * _IN_CACHE, np.empty(2**23)
    return Floor(
        2 * _CHAIN * count / measured(lambda: _multiply_adds(s, 0.999, 0.001, times), 9) / 1e9,
        measured(lambda: _divisions(s, a, b, times), 9) * 1e9 / count,
        measured(lambda: _powers(s, a, b, times), 9) * 1e9 / count,
        memory.nbytes / measured(lambda: memory.fill(1.0), 9) / 1e9,
    )


@njit(fastmath=True)
def _least_work(out: Array, matrix: Array, state: Array, new: Array) -> None:
    """What cannot be left out: exact kinetics and one drive an hour, and storing what is shown."""
    for hour in range(out.shape[0]):
        for k in range(6):
            for lane in range(16):
                new[k, lane] = matrix[k, 0] * state[0, lane]
            for j in range(1, 6):
                for lane in range(16):
                    new[k, lane] += matrix[k, j] * state[j, lane]
        for lane in range(16):
            a = new[4, lane] / 1.1 + new[5, lane] / 12.0
            signal = 1.3 / (1.0 + a)
            new[6, lane] = 1.5 / (signal * np.sqrt(signal) + 0.5)
        for k in range(7):
            for lane in range(16):
                state[k, lane] = new[k, lane]
                out[hour, k, lane] = new[k, lane]


def least_work() -> float:
    """Patient-days a second of a loop that does the least and is compiled as the kernel is."""
    out, state = np.zeros((HOURS, 7, 16)), np.ones((7, 16))
    matrix = np.full((6, 6), 0.1)
    return 16 * DAYS / measured(lambda: _least_work(out, matrix, state, np.empty_like(state)), 9)
