"""Every published value that the model can be asked for, beside what it says; conflicts are shown.

Source: pk_observations.csv (facts/pharmacology.md, sections A and B).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openldn.pharmacology.claims import rebound
from openldn.pharmacology.ldn_model import LDN_MODEL
from openldn.pharmacology.numpy_path import Jump, Task, simulate, ticks
from openldn.pharmacology.parameter_sets import default_set
from openldn.pharmacology.population import Person, covariates
from openldn.pharmacology.simulate import SALT
from openldn.quantities import Dose

Array = NDArray[np.float64]
_DATA: Final = Path(__file__).with_name("data")
_OBSERVED: Final = _DATA / "pk_observations.csv"
_MICE: Final = _DATA / "mouse_patterns.csv"
_HELD: Final = 0.88
"""Brain occupancy that the label's heroin challenges imply (E, functional threshold)."""
_EXTENDED: Final = {"ka": 0.5}
"""Extended release as first-order uptake (A4)."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A published value, what the model says of it, or why it says nothing."""

    study: str
    what: str
    seen: str
    unit: str
    use: str
    level: str
    said: float | None
    why_not: str = ""

    @property
    def published(self) -> float | None:
        """The value, where it is one number."""
        return _number(self.seen)

    @property
    def off(self) -> float | None:
        """By which part the model is off; below zero: less."""
        if self.said is None or not self.published:
            return None
        return self.said / self.published - 1

    @property
    def is_conflict(self) -> bool:
        """Whether the two differ by more than twofold."""
        return self.off is not None and not -0.5 <= self.off <= 1


def compared() -> tuple[Compared, ...]:
    """All rows of the table, in its order."""
    with _OBSERVED.open(encoding="utf-8") as file:
        return tuple(_compared(row) for row in csv.DictReader(file))


def _compared(row: Mapping[str, str]) -> Compared:
    what = f"{row['dose_mg']} mg {row['route']}, {row['population']}: {row['analyte']} {row['quantity']}"
    at = f" at {row['time_h']} h" if row["time_h"] else ""
    try:
        said, why = _asked(row), ""
    except LookupError as error:
        said, why = None, str(error).strip("'\"")
    return Compared(
        row["study"], what + at, row["value"], row["unit"], row["use"], row["source_level"], said, why
    )


_MODES: Final = {"oral": "G", "iv": "A1", "iv 30 min": "M1"}
_ROWS: Final = {
    "NTX": "NTX",
    "6bN": "M6bN",
    "MOR occupancy": "occ_brain",
    "6bN/NTX": "ratio",
    "IL-6": "IL6",
    "IL-10": "IL10",
    "TNF-alpha": "TNF",
}


def _asked(row: Mapping[str, str]) -> float:
    """What the model says of a row.

    Raises:
        LookupError: it says nothing; why.
    """
    if row["route"] not in _MODES:
        raise LookupError("this route is not in the model")
    if row["study"].startswith("US label") and row["analyte"] == "functional blockade":
        return _held_for(float(row["dose_mg"]))
    if row["analyte"] not in _ROWS:
        raise LookupError("this is no output of the model")
    if row["quantity"].startswith("ED50") and row["analyte"] != "MOR occupancy":
        raise LookupError("morphine in the gut is not in the model")
    if "urine" in row["quantity"]:
        raise LookupError("what is in urine is not in the model")
    quantity = next((name for name in _QUANTITIES if row["quantity"].startswith(name)), None)
    if quantity is None:
        raise LookupError("a parameter, or no value of a course")
    return _QUANTITIES[quantity](row)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@cache
def _course(
    dose_mg: float, state: str, days: int, values: tuple[tuple[str, float], ...]
) -> tuple[Array, Array]:
    """Hours and outputs (hours, outputs) of a dose a day, ten days beyond the last."""
    first = np.arange(0, 24, 1 / 16)
    hours = np.unique(np.concatenate([first, first + 24 * (days - 1), np.arange(0, 24 * (days + 10), 1)]))
    jumps = tuple(Jump(24 * 256 * day, state, dose_mg * 1000 * SALT) for day in range(days))
    parameters = {name: np.array([v]) for name, v in {**default_set().values, **dict(values)}.items()}
    found = simulate(LDN_MODEL, parameters, Task(jumps, ticks(hours.tolist())))
    return hours, found[..., 0]


def _of(row: Mapping[str, str]) -> tuple[Array, Array, int]:
    """Hours since the last dose, the output of a row, and how many days were dosed."""
    dose = _number(row["dose_mg"])
    if dose is None:
        if (
            row["quantity"] not in ("t1/2",)
            and row["study"] != "German-language naltrexone summary (Altmeyers)"
        ):
            raise LookupError("the dose is not one number")
        dose = 50.0
    days = 18 if "daily" in f"{row['formulation']} {row['population']}" else 1
    values: dict[str, float] = {}
    if row["formulation"].startswith("ER"):
        values |= _EXTENDED
    if row["population"] == "decompensated cirrhosis":
        values |= covariates(Person(decompensated=True))
    hours, found = _course(dose, _MODES[row["route"]], days, tuple(sorted(values.items())))
    names = list(LDN_MODEL.outputs)
    analyte = _ROWS[row["analyte"]]
    if analyte == "ratio":
        with np.errstate(divide="ignore", invalid="ignore"):
            of = found[:, names.index("M6bN")] / found[:, names.index("NTX")]
    else:
        of = found[:, names.index(analyte)]
    since = hours - 24 * (days - 1)
    return since[since >= 0], of[since >= 0], days


def _at(row: Mapping[str, str], hour: float) -> float:
    since, of, _ = _of(row)
    return float(np.interp(hour, since, of))


def _half_life(row: Mapping[str, str]) -> float:
    """From the slope that A5 uses: 6 to 16 h of the parent, 14 to 48 h of the metabolite; iv 2 to 8 h."""
    since, of, _ = _of(row)
    window = {"NTX": (6, 16), "6bN": (14, 48)}[row["analyte"]]
    if row["route"] == "iv":
        window = (2, 8)
    chosen = (since >= window[0]) & (since <= window[1])
    slope, _ = np.polyfit(since[chosen], np.log(of[chosen]), 1)
    return float(np.log(2) / -slope)


def _exposure(row: Mapping[str, str], until: float) -> float:
    since, of, _ = _of(row)
    chosen = since <= until
    return float(np.trapezoid(of[chosen], since[chosen]))


def _occupancy(row: Mapping[str, str]) -> float:
    """Within 8 h after single doses, the mean of a day of repeated ones, in percent."""
    since, of, days = _of(row)
    chosen = (since >= 1) & (since <= (8 if days == 1 else 24))
    return float(100 * of[chosen].mean())


def _change(row: Mapping[str, str]) -> float:
    """Mean of the last two of eight weeks against before, in percent, with the inflammatory layer on."""
    values = default_set().variants["inflammation-follows-signalling"].values
    hours, found = _course(
        float(row["dose_mg"]), "G", 56, tuple((name, float(text)) for name, text in values.items())
    )
    chosen = (hours >= 42 * 24) & (hours <= 56 * 24)
    of = found[chosen, list(LDN_MODEL.outputs).index(_ROWS[row["analyte"]])]
    return float(100 * (np.trapezoid(of, hours[chosen]) / np.ptp(hours[chosen]) - 1))


def _relative(row: Mapping[str, str]) -> float:
    return float(100 * _at(row, float(row["time_h"])) / _at(row, 1.0))


def _held_for(dose_mg: float) -> float:
    hours, found = _course(dose_mg, "G", 1, ())
    held = hours[found[:, list(LDN_MODEL.outputs).index("occ_brain")] >= _HELD]
    return float(held.max()) if len(held) else 0.0


def _half_dose(row: Mapping[str, str]) -> float:
    """The dose that holds half of the receptors within 8 h."""
    low, high = 0.1, 50.0
    for _ in range(14):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if _occupancy({**row, "dose_mg": f"{middle:.6f}"}) < 50 else (low, middle)
    return float((low * high) ** 0.5)


def _half_time(row: Mapping[str, str]) -> float:
    since, of, _ = _of(row)
    below = since[(since > 1) & (of <= np.interp(1.0, since, of) / 2)]
    return float(below.min())


_QUANTITIES: Final[dict[str, Callable[[Mapping[str, str]], float]]] = {
    "Cmax": lambda row: float(_of(row)[1].max()),
    "Tmax": lambda row: float(_of(row)[0][_of(row)[1].argmax()]),
    "t1/2": _half_life,
    "AUC0-24": lambda row: _exposure(row, 24),
    "AUC0-inf": lambda row: _exposure(row, 240),
    "concentration ratio at time": lambda row: _at(row, float(row["time_h"])),
    "occupancy": _occupancy,
    "blockade relative to 1 h scan": _relative,
    "ED50": _half_dose,
    "half-time of blockade": _half_time,
    "mean change baseline to last 2 weeks": _change,
}


def usable() -> Iterator[Compared]:
    """The rows that the model says something of."""
    yield from (row for row in compared() if row.said is not None)


@dataclass(frozen=True, slots=True)
class MousePattern:
    """A pattern of doses in mice with tumours, and the signalling that the model makes of the pattern."""

    study: str
    mouse: str
    """What the mice had."""
    modelled: str
    """What the model was given in its place."""
    block: str
    incidence: float
    """Mice with a tumour, percent."""
    latency: str
    survival: str
    signalling: float
    """Opioid signalling over a day above that without the drug, as a part."""
    citation: str


def mouse_patterns() -> tuple[MousePattern, ...]:
    """Zagon's regimens, the most signalling first. Only their order can be compared: nothing was fitted."""
    with _MICE.open(encoding="utf-8") as file:
        rows = [_pattern(row) for row in csv.DictReader(file)]
    return tuple(sorted(rows, key=lambda row: -row.signalling))


def _pattern(row: Mapping[str, str]) -> MousePattern:
    apart = int(row["hours_apart"])
    often = "daily" if apart == 24 else f"every {apart} h"
    made = float(rebound(default_set().values, Dose.parse(row["dose_in_model"]), apart)[0])
    return MousePattern(
        row["study"],
        f"{row['mg_per_kg']} mg/kg {often}",
        f"{row['dose_in_model']} {often}",
        row["block"],
        float(row["incidence_percent"]),
        row["latency"],
        row["survival"],
        made,
        row["citation"],
    )
