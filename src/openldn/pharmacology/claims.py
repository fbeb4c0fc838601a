"""The guide's three accounts of how it works, asked of the model; and which single assumption overturns each.

They hold at the default set because its assumed constants were chosen so: that is no evidence for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final

import numpy as np

from openldn.pharmacology.parameter_sets import Basis, ParameterSet, default_set
from openldn.pharmacology.simulate import Array, Course, Engine, daily, simulate
from openldn.quantities import Dose

_DAYS: Final = 14
"""Receptors have their new level after two weeks (tR 72 h)."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the guide says, the measure it is asked by, and when it holds."""

    key: str
    says: str
    claims: tuple[str, ...]
    measured: str
    holds_above: float
    measure: Callable[[Mapping[str, float | Array]], Array]
    """Of parameters by name: a number a lane."""


def _last_day(dose: Dose, values: Mapping[str, float | Array], every: float = 24.0) -> Course:
    hours = np.arange(24 * (_DAYS - 1), 24 * _DAYS, 0.5).tolist()
    return simulate(daily(dose, _DAYS, every=every), hours, values=values, engine=Engine.NUMPY)


def rebound(values: Mapping[str, float | Array], dose: Dose | None = None, every: float = 24.0) -> Array:
    """Opioid signalling over a day in the second week, more than without the drug, as a part.

    Args:
        values: parameters by name, one value or one a lane.
        dose: 4.5 mg where not given.
        every: hours from dose to dose.
    """
    found: Array = _last_day(dose or Dose.mg("4.5"), values, every).of("S").mean(axis=0) - 1
    return found


def _blocked(values: Mapping[str, float | Array]) -> Array:
    """50 mg: how much less signalling there is over a day."""
    return -rebound(values, Dose.mg(50))


def _unmasked(values: Mapping[str, float | Array]) -> Array:
    """1 microgram twice a day beside an opioid: how much more net analgesia."""
    found: Array = _last_day(Dose.mcg(1), values, every=12).of("net").mean(axis=0)
    return found


ACCOUNTS: Final = (
    Account(
        "low-dose-rebound",
        "4.5 mg block for a few hours; for the rest of the day there is more signalling than before",
        ("G-012", "G-017"),
        "signalling over a day above that without the drug",
        0.0,
        rebound,
    ),
    Account(
        "full-dose-block",
        "50 mg block all day: there is less signalling than before",
        ("G-024",),
        "signalling over a day below that without the drug",
        0.0,
        _blocked,
    ),
    Account(
        "ultra-low-dose",
        "1 microgram beside an opioid adds to its analgesia and takes nothing of it away",
        ("G-027", "G-028", "G-029"),
        "net analgesia above that of the opioid alone",
        0.0,
        _unmasked,
    ),
)


@dataclass(frozen=True, slots=True)
class Overturned:
    """A value within its range at which an account no longer holds."""

    parameter: str
    value: float
    measure: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Answer:
    """An account at the default set, and what overturns it alone."""

    account: Account
    measure: float
    overturned_by: tuple[Overturned, ...]
    by_two: tuple[tuple[Overturned, Overturned], ...]
    """Where no single one does: pairs that do together, the strongest first, at most five."""
    by_variant: Mapping[str, float]

    @property
    def holds(self) -> bool:
        """At the default set."""
        return self.measure > self.account.holds_above


def asked(account: Account, of: ParameterSet | None = None) -> Answer:
    """Ask an account at the default set, at each end of each range alone, and in each rival hypothesis.

    Where no end alone overturns it, two at a time are tried.
    """
    return _asked_of_default(account) if of is None else _asked(account, of)


@cache
def _asked_of_default(account: Account) -> Answer:
    """Some thousand simulations: once a process."""
    return _asked(account, default_set())


def _asked(account: Account, chosen: ParameterSet) -> Answer:
    ends = [
        (name, float(end), p.basis)
        for name, p in chosen.parameters.items()
        if p.basis is not Basis.SWITCH
        for end in (p.low, p.high)
        if end is not None
    ]
    found = _at_ends(account, chosen, [(), *((end,) for end in ends)])
    alone = [_overturned(end, m) for end, m in zip(ends, found[1:], strict=True) if m <= account.holds_above]
    two: list[tuple[Overturned, Overturned]] = []
    if not alone:
        pairs = [(one, other) for one, other in combinations(ends, 2) if one[0] != other[0]]
        measures = _at_ends(account, chosen, list(pairs))
        below = sorted(zip(measures, pairs, strict=True), key=lambda row: row[0])[:5]
        two = [(_overturned(a, m), _overturned(b, m)) for m, (a, b) in below if m <= account.holds_above]
    variants = {name: float(account.measure(chosen.of_variant(name))[0]) for name in chosen.variants}
    return Answer(account, float(found[0]), tuple(alone), tuple(two), variants)


_End = tuple[str, float, Basis]


def _at_ends(account: Account, of: ParameterSet, changes: Sequence[tuple[_End, ...]]) -> Array:
    """The measure with so many values changed in each lane."""
    lanes = {name: np.full(len(changes), value) for name, value in of.values.items()}
    for n, change in enumerate(changes):
        for name, end, _ in change:
            lanes[name][n] = end
    return account.measure(lanes)


def _overturned(end: _End, measure: float) -> Overturned:
    name, value, basis = end
    return Overturned(name, value, float(measure), basis)


@dataclass(frozen=True, slots=True)
class Decides:
    """How much of the spread of a measure an assumption makes, alone (first) and with others (total)."""

    parameter: str
    first: float
    total: float


def decides(
    account: Account, *, size: int = 256, seed: int = 1, of: ParameterSet | None = None
) -> tuple[Decides, ...]:
    """Sobol indices over the ranges of all parameters: which assumption decides this picture.

    Args:
        account: whose measure.
        size: base sample, a power of two.
        seed: of the sample.
        of: the parameter set.
    """
    from scipy.stats import sobol_indices, uniform  # noqa: PLC0415 - two seconds, and asked for rarely

    chosen = of or default_set()
    ranged = {
        name: (float(p.low), float(p.high))
        for name, p in chosen.parameters.items()
        if p.basis is not Basis.SWITCH and p.low is not None and p.high is not None and name != "clock"
    }
    names = list(ranged)

    def measure(sample: Array) -> Array:
        return account.measure({name: sample[n] for n, name in enumerate(names)})[None, :]

    spread = [uniform(low, high - low) for low, high in ranged.values()]
    generator = np.random.Generator(np.random.PCG64(seed))
    found = sobol_indices(func=measure, n=size, dists=spread, rng=generator)
    rows = [
        Decides(n, float(f), float(t))
        for n, f, t in zip(names, found.first_order.ravel(), found.total_order.ravel(), strict=True)
    ]
    return tuple(sorted(rows, key=lambda d: -d.total))
