"""The fixed test problem of facts/performance.md: it checks numerics, its constants are no pharmacology."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from openldn.pharmacology.model import Model, Output, Standing, Turnover

NANOMOLES_PER_MG: Final = 1e6 / 377.86
_CONSTANTS: Final = {
    "ka": 1.2, "F": 0.20, "FM": 0.50, "CL": 200.0, "Vc": 500.0, "Q": 150.0, "Vp": 850.0, "fM": 0.35,
    "VM": 300.0, "kM": 0.0533, "ke0": 0.6, "keM": 0.3, "Ki": 1.0, "KiM": 12.0, "KB": 3.0, "gam": 1.5,
    "phi": 0.5, "psi": 1.0, "kX": 0.4, "kB": 0.25, "kR": 0.0096, "kT": 0.05, "ImaxT": 0.6, "IC50T": 8.0,
    "om": 0.5,
}  # fmt: skip


def _shown(expression: str, unit: str = "1") -> Output:
    return Output(expression, unit, expression, Standing.HYPOTHESIS)


REFERENCE_PROBLEM: Final = Model(
    name="reference-problem",
    parameters=MappingProxyType(_CONSTANTS),
    linear=MappingProxyType(
        {
            "G": "-ka * G",
            "A": "F * ka * G - (CL + Q) / Vc * A + Q / Vp * P",
            "P": "Q / Vc * A - Q / Vp * P",
            "M": "FM * ka * G + fM * CL / Vc * A - kM * M",
            "Ce": "ke0 * (A / Vc - Ce)",
            "Me": "keM * (M / VM - Me)",
        }
    ),
    turnover=MappingProxyType(
        {
            "X": Turnover("kX", "(1 + phi) / (sig ** gam + phi)"),
            "B": Turnover("kB", "X"),
            "R": Turnover("kR", "(1 + psi) / (sig + psi)"),
            "T": Turnover("kT", "(1 - ImaxT * Ce / (IC50T + Ce)) * (1 + om) / (1 + om * B)"),
        }
    ),
    algebra=MappingProxyType(
        {
            "a": "Ce / Ki + Me / KiM",
            "b": "B / KB",
            "sig": "R * b / (1 + a + b) * (1 + KB)",
        }
    ),
    outputs=MappingProxyType(
        {
            "C": _shown("A / Vc", "nM"),
            "CM": _shown("M / VM", "nM"),
            "occ": _shown("a / (1 + a + b)"),
            "sig": _shown("sig"),
            "B": _shown("B"),
            "R": _shown("R"),
            "T": _shown("T"),
        }
    ),
)
