"""A simulation as a pharmacometrician asks for it: doses in, courses out, with version, units and standing.

The compiled kernel and the NumPy path give the same; the first is taken for many lanes, or once it is loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, inf
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openldn import __version__
from openldn.pharmacology import numpy_path
from openldn.pharmacology.ldn_model import LDN_MODEL
from openldn.pharmacology.model import Model, Standing
from openldn.pharmacology.numpy_path import Jump, Task, ticks
from openldn.pharmacology.parameter_sets import ParameterSet, default_set
from openldn.quantities import Dose

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]
SALT: Final = 0.9035
"""Micrograms of the base in a microgram of the hydrochloride (facts/pharmacology.md)."""
_TRANSMUCOSAL: Final = 0.2
"""Part of a dose under the tongue that does not pass the liver first: not found in any source, assumed."""
_TAKEN_UP: Final = 0.95
NOTE: Final = (
    "A simulation explains and never decides. Nobody's symptoms are simulated; what is extrapolated or a "
    "hypothesis is marked so."
)


class Route(StrEnum):
    """How a dose is taken."""

    ORAL = "oral"
    SUBLINGUAL = "sublingual"
    """A part bypasses the liver: nobody has measured how much."""
    SKIN = "skin"
    """Nothing was ever seen in plasma: nothing is taken up here."""


class Engine(StrEnum):
    """Which way it is computed; all give the same."""

    KERNEL = "kernel"
    NUMPY = "numpy"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Event:
    """A dose of labelled naltrexone hydrochloride at an hour."""

    hour: float
    dose: Dose
    route: Route = Route.ORAL


def daily(dose: Dose, days: int, *, route: Route = Route.ORAL, every: float = 24.0) -> tuple[Event, ...]:
    """The same dose again and again, from hour 0 on, before the end of the last day.

    Raises:
        ValueError: no day, or no time between doses.
    """
    if days < 1 or not every > 0:
        raise ValueError(f"{days} days, a dose every {every:g} hours: both have to be above 0")
    return tuple(Event(n * every, dose, route) for n in range(ceil(days * 24 / every)))


def hours_around(doses: Iterable[Event], until: float, *, every: float = 1.0) -> list[float]:
    """When to look: every so often, and each quarter of the two hours after a dose, where plasma peaks.

    Args:
        doses: whose peaks are not to be missed.
        until: the last hour.
        every: hours, otherwise.
    """
    often = {event.hour + n / 4 for event in doses for n in range(9)}
    seldom = {n * every for n in range(int(until / every) + 1)}
    return sorted(hour for hour in often | seldom | {until} if hour <= until)


@dataclass(frozen=True, slots=True)
class Course:
    """What was simulated: every output over time, of every lane."""

    model: Model
    hours: Array
    values: Array
    """(hours, outputs, lanes)"""
    standing: Mapping[str, Standing]
    engine: Engine
    parameters: str
    """Fingerprint of the typical values."""
    version: str = __version__

    def of(self, output: str) -> Array:
        """One output, (hours, lanes)."""
        found: Array = self.values[:, list(self.model.outputs).index(output)]
        return found

    def to_xarray(self) -> xarray.Dataset:
        """The course as a dataset with units, for whoever has xarray.

        Raises:
            ImportError: xarray is not installed.
        """
        import xarray as xr  # noqa: PLC0415 - brought by whoever wants it

        data = {
            name: (("hour", "lane"), self.of(name), {"units": o.unit, "long_name": o.title,
                                                    "standing": str(self.standing[name])})
            for name, o in self.model.outputs.items()
        }  # fmt: skip
        about = {
            "engine": str(self.engine),
            "parameters": self.parameters,
            "openldn": self.version,
            "note": NOTE,
        }
        return xr.Dataset(data, {"hour": ("hour", self.hours, {"units": "h"})}, about | {"note": NOTE})


def simulate(
    events: Iterable[Event],
    hours: Sequence[float],
    *,
    values: Mapping[str, float | Array] | None = None,
    engine: Engine | None = None,
    finer: int = 0,
    of: ParameterSet | None = None,
) -> Course:
    """Simulate doses.

    Args:
        events: doses, at whole ticks (1/256 h).
        hours: when something is shown, rising, whole ticks.
        values: parameters by name, a number for all lanes or one a lane; what is not named is of the set.
        engine: which way; None: the kernel for many lanes or where it is loaded, if rates are common.
        finer: how many times each step is halved (self-check).
        of: the parameter set; None: the default one.

    Raises:
        ValueError: a time between two ticks, no hour, an unknown parameter, or a value that is no quantity.
    """
    chosen = of or default_set()
    given = dict(values or {})
    if unknown := given.keys() - LDN_MODEL.parameters.keys():
        raise ValueError(
            f"no parameter {', '.join(sorted(unknown))}: there are {', '.join(LDN_MODEL.parameters)}"
        )
    for name, value in given.items():
        if not (np.isfinite(value).all() and (np.asarray(value) >= 0).all()):
            raise ValueError(f"{name}: 0 or more is expected, and a number")
    parameters = _lanes({**chosen.values, **given})
    doses = sorted(events, key=lambda e: e.hour)
    shown = ticks(hours)
    if not shown or list(shown) != sorted(set(shown)) or shown[0] < 0:
        raise ValueError("hours have to rise from 0 on")
    task = Task(tuple(jumps_of(doses)), shown, finer)
    way = engine or _best(given, len(next(iter(parameters.values()))))
    typical = {name: float(np.median(v)) for name, v in parameters.items()}
    return Course(
        LDN_MODEL,
        np.asarray(hours, dtype=float),
        _path(way)(LDN_MODEL, parameters, task),
        standing_of(doses, chosen, values=given, until=hours[-1]),
        way,
        chosen.fingerprint(typical),
    )


def side_by_side(
    doses: Sequence[Dose], days: int, hours: Sequence[float], *, values: Mapping[str, float] | None = None
) -> dict[str, Course]:
    """Regimens of a dose a day in one pass, each a lane: as fast as one of them.

    Args:
        doses: one a regimen.
        days: how long.
        hours: when something is shown.
        values: parameters that differ from the default set.
    """
    chosen = default_set()
    amounts = np.array([dose.base / 1000 * SALT for dose in doses])
    jumps = tuple(Jump(ticks([24.0 * day])[0], "G", amounts) for day in range(days))
    each = {name: np.full(len(doses), v) for name, v in {**chosen.values, **dict(values or {})}.items()}
    parameters, way = _lanes(each), _best({}, len(doses))
    found = _path(way)(LDN_MODEL, parameters, Task(jumps, ticks(hours)))
    fingerprint = chosen.fingerprint({name: float(v[0]) for name, v in parameters.items()})
    return {
        str(dose): Course(
            LDN_MODEL,
            np.asarray(hours, dtype=float),
            found[..., n : n + 1],
            standing_of(daily(dose, days), chosen, values=values or {}, until=hours[-1]),
            way,
            fingerprint,
        )
        for n, dose in enumerate(doses)
    }


def warm_up() -> None:
    """Load the compiled kernel, compiling it where this machine has not yet: before a server is asked."""
    simulate([Event(0, Dose.mg(1))], [0.0, 1.0], engine=Engine.KERNEL)


def _lanes(values: Mapping[str, float | Array]) -> dict[str, Array]:
    lanes = max(np.size(v) for v in values.values())
    return {name: np.broadcast_to(np.asarray(v, dtype=float), lanes).copy() for name, v in values.items()}


_MANY: Final = 256
"""Lanes from which on loading the compiled kernel is worth while."""


def _best(given: Mapping[str, Any], lanes: int) -> Engine:
    loaded = "openldn.pharmacology.kernel" in sys.modules
    return Engine.KERNEL if _common_rates(given) and (loaded or lanes >= _MANY) else Engine.NUMPY


def _path(engine: Engine) -> Callable[[Model, Mapping[str, Array], Task], Array]:
    """The function of an engine; compilers and solvers take a second to load, only where they are used."""
    if engine is Engine.KERNEL:
        from openldn.pharmacology import kernel  # noqa: PLC0415 - see above

        return kernel.simulate
    if engine is Engine.REFERENCE:
        from openldn.pharmacology import reference_path  # noqa: PLC0415 - see above

        return reference_path.simulate
    return numpy_path.simulate


_RATES: Final = ("tau_z", "kE", "tR", "tau_N", "k_IL6", "k_IL10", "k_TNF")


def _common_rates(given: Mapping[str, Any]) -> bool:
    return all(np.size(given[name]) == 1 for name in _RATES if name in given)


def jumps_of(doses: Iterable[Event]) -> Iterator[Jump]:
    """Doses as amounts of states."""
    for event in doses:
        (tick,) = ticks([event.hour])
        micrograms = event.dose.base / 1000 * SALT
        if event.route is Route.ORAL:
            yield Jump(tick, "G", micrograms)
        elif event.route is Route.SUBLINGUAL:
            yield Jump(tick, "G", micrograms * (1 - _TRANSMUCOSAL))
            yield Jump(tick, "Bm", micrograms * _TRANSMUCOSAL * _TAKEN_UP)


def standing_of(
    doses: Sequence[Event], of: ParameterSet, *, values: Mapping[str, float | Array], until: float
) -> dict[str, Standing]:
    """How far each output may be trusted: what was compared with measurements was the set as it is.

    Args:
        doses: of a regimen.
        of: the set.
        values: what differs from it, in somebody or by hypothesis: then nobody measured what follows from it.
        until: the last hour that is shown.
    """
    found = {name: output.standing for name, output in LDN_MODEL.outputs.items()}
    milligrams = [event.dose.base / 1e6 for event in doses]
    hours = sorted(event.hour for event in doses)
    apart = min(np.diff(hours), default=inf)
    swallowed = bool(doses) and all(event.route is Route.ORAL for event in doses)
    other = {name for name, value in values.items() if np.any(np.asarray(value) != of.values[name])}
    for name, standing in found.items():
        measured = swallowed and any(
            domain.output == name and domain.covers(milligrams, apart=apart, after=until - hours[-1])
            for domain in of.domains
        )
        if standing is Standing.VALIDATED and (not measured or other & LDN_MODEL.rests_on(name)):
            found[name] = Standing.EXTRAPOLATED
    return found


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What halving every step changes, at most: (output, hour) and by which part of its greatest value."""

    worst: float
    output: str
    hour: float

    @property
    def passes(self) -> bool:
        """Whether it is below what is promised, a ten-thousandth."""
        return self.worst <= 1e-4


def self_check(
    events: Sequence[Event], hours: Sequence[float], values: Mapping[str, float | Array]
) -> SelfCheck:
    """Simulate again with half the steps, for a sample of lanes."""
    lanes = max((np.size(v) for v in values.values()), default=1)
    sample = np.linspace(0, lanes - 1, min(lanes, 16)).astype(int)
    few = {n: v if np.size(v) == 1 else np.asarray(v)[sample] for n, v in values.items()}
    one = simulate(events, hours, values=few, engine=Engine.NUMPY)
    other = simulate(events, hours, values=few, engine=Engine.NUMPY, finer=1)
    scale = np.maximum(np.abs(other.values), 1e-3 * np.abs(other.values).max(axis=0, keepdims=True) + 1e-300)
    off = np.abs(one.values - other.values) / scale
    hour, output, _ = np.unravel_index(int(off.argmax()), off.shape)
    return SelfCheck(float(off.max()), list(one.model.outputs)[output], float(one.hours[hour]))
