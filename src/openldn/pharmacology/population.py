"""A virtual population: people who differ as people were seen to differ, and the bands of what they show.

Of the fast site nobody knows the constants, in anybody: they are drawn from their whole ranges, so that a
band of a hypothesis holds what is not known, too. How one person differs from day to day was not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openldn.pharmacology.parameter_sets import ParameterSet, default_set
from openldn.pharmacology.simulate import Course

Array = NDArray[np.float64]
_MOST_F: Final = 0.5
"""Of a dose that passes the liver: no more than this in anybody (A4, liver cap)."""
UNKNOWN: Final = ("Km", "e0", "Smax")
BANDS: Final = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody, for kinetics; None: as the set is, a person of 70 kg (A2)."""

    weight_kg: float | None = None
    age_years: float | None = None
    creatinine_clearance: float | None = None
    """In mL/min."""
    decompensated: bool = False
    """Cirrhosis that is decompensated: the parent rises eightfold."""


_PEOPLE: Final = {
    "weight_kg": (20.0, 300.0),
    "age_years": (18.0, 120.0),
    "creatinine_clearance": (0.0, 250.0),
}
"""Beyond these a linear slope means nothing; ours, wide."""
_WEIGHT, _AGE, _CLEARANCE = 70.0, 40.0, 100.0
"""A typical adult: the centre that the slopes of Dunbar 2007 are taken from; age and clearance are ours."""


def covariates(person: Person, of: ParameterSet | None = None) -> dict[str, float]:
    """Parameters that a person's covariates change (A2: Dunbar 2007; A4: Bertolotti 1997).

    Raises:
        ValueError: nobody is like that: 20 to 300 kg, 18 to 120 years, 0 to 250 mL/min.
    """
    for name, (least, most) in _PEOPLE.items():
        given = getattr(person, name)
        if given is not None and not least <= given <= most:
            raise ValueError(f"{name} {given:g}: {least:g} to {most:g} is expected")
    typical = (of or default_set()).values
    found: dict[str, float] = {}
    clearance, volume = typical["CL"], typical["V1"]
    if person.weight_kg is not None:
        clearance += 0.548 * (person.weight_kg - _WEIGHT)
        volume += 0.655 * (person.weight_kg - _WEIGHT)
    if person.age_years is not None:
        clearance -= 0.108 * (person.age_years - _AGE)
    if person.creatinine_clearance is not None:
        found["CLm"] = max(typical["CLm"] + 0.229 * (person.creatinine_clearance - _CLEARANCE), 5.0)
    if person.decompensated:
        clearance *= 0.6
        found["F"] = min(typical["F"] * 5, _MOST_F)
    if clearance != typical["CL"]:
        found["CL"] = clearance
    if volume != typical["V1"]:
        found["V1"] = volume
    return found


def seeded(seed: int) -> np.random.Generator:
    """The one kind of generator that is used: the same seed draws the same people everywhere."""
    return np.random.Generator(np.random.PCG64(seed))


def population(
    size: int,
    generator: np.random.Generator,
    *,
    of: ParameterSet | None = None,
    around: Mapping[str, float] | None = None,
) -> dict[str, Array]:
    """Parameters of so many people.

    Kinetics are log-normal about the typical values, by the variation that was seen (A4). `UNKNOWN` constants
    of the fast site are drawn evenly on a logarithmic scale from their ranges (pharmacology.md, the section
    on what is validated), unless `around` gives them another value.

    Args:
        size: how many.
        generator: seeded by who calls.
        of: the parameter set.
        around: typical values that differ from the set's.

    Raises:
        ValueError: nobody.
    """
    if size < 1:
        raise ValueError(f"{size} people: at least one is expected")
    chosen = of or default_set()
    centre = chosen.values | dict(around or {})
    found = {}
    for name, parameter in chosen.parameters.items():
        if parameter.cv is not None:
            sd = np.sqrt(np.log1p((float(parameter.cv) / 100) ** 2))
            found[name] = centre[name] * np.exp(sd * generator.standard_normal(size))
    found["F"] = np.minimum(found["F"], _MOST_F)
    for name in UNKNOWN:
        parameter = chosen.parameters[name]
        if centre[name] == chosen.values[name] and parameter.low and parameter.high:
            low, high = np.log(float(parameter.low)), np.log(float(parameter.high))
            found[name] = np.exp(generator.uniform(low, high, size))
    return found


@dataclass(frozen=True, slots=True)
class Bands:
    """Percentiles of an output over people, (percentiles, hours)."""

    output: str
    percentiles: tuple[int, ...]
    values: Array


def bands(course: Course, output: str, percentiles: Iterable[int] = BANDS) -> Bands:
    """The percentiles of an output at every hour."""
    chosen = tuple(percentiles)
    return Bands(output, chosen, np.percentile(course.of(output), chosen, axis=1))
