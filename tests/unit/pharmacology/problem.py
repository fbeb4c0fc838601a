"""The published test problem: its patients, its doses, and how far off a result is."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openldn.pharmacology.grid import TICKS
from openldn.pharmacology.numpy_path import Jump, Task
from openldn.pharmacology.reference_problem import NANOMOLES_PER_MG, REFERENCE_PROBLEM

Array = NDArray[np.float64]
CASES: Final = Path(__file__).resolve().parents[4] / "shared" / "cases" / "simulation"
DOSES: Final = (0.001, 4.5, 50.0)
OUTPUTS: Final = tuple(REFERENCE_PROBLEM.outputs)
_OMEGA: Final = {"CL": 0.35, "Vc": 0.30, "ka": 0.40, "Ki": 0.25}


def task(dose_mg: float, days: int = 90, *, finer: int = 0) -> Task:
    """A dose a day, every hour shown."""
    jumps = tuple(Jump(24 * TICKS * day, "G", dose_mg * NANOMOLES_PER_MG) for day in range(days))
    return Task(jumps, tuple(range(0, 24 * days * TICKS + 1, TICKS)), finer)


def patients(size: int) -> dict[str, Array]:
    """The patients of the problem: the first are the same for every size."""
    z = np.random.Generator(np.random.PCG64(20250115)).standard_normal((size, 4))
    found = {name: np.full(size, value) for name, value in REFERENCE_PROBLEM.parameters.items()}
    for n, (name, omega) in enumerate(_OMEGA.items()):
        found[name] = found[name] * np.exp(omega * z[:, n])
    found["KiM"] = found["KiM"] * np.exp(_OMEGA["Ki"] * z[:, 3])
    return found


@cache
def published() -> dict[float, Array]:
    """The answers that came with the problem, by dose: (hours, outputs, patients)."""
    rows = np.genfromtxt(CASES / "reference.csv", delimiter=",", names=True)
    return {
        dose: np.stack(
            [
                np.stack(
                    [rows[o][(rows["dose_mg"] == dose) & (rows["patient"] == p)] for o in OUTPUTS], axis=1
                )
                for p in range(5)
            ],
            axis=-1,
        )
        for dose in DOSES
    }


def published_parameters() -> dict[str, Array]:
    """The five patients as they were printed."""
    with (CASES / "parameters.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in REFERENCE_PROBLEM.parameters}


def off(found: Array, reference: Array) -> float:
    """The greatest error, by the formula of the problem."""
    size = np.abs(reference)
    scale = np.maximum(size, 1e-3 * size.max(axis=0, keepdims=True))
    return float((np.abs(found - reference) / np.where(scale > 0, scale, 1)).max())
