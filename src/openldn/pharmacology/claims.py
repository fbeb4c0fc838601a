"""The guide's three accounts of how it works, asked of the model; and which single assumption overturns each.

They hold at the default set because its assumed constants were chosen so: that is no evidence for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations, islice
from typing import Final

import numpy as np

from openldn.pharmacology.parameter_sets import Basis, ParameterSet, default_set
from openldn.pharmacology.simulate import Array, Course, Engine, daily, simulate
from openldn.quantities import Dose

_DAYS: Final = 14
"""Receptors have their new level after two weeks (tR 72 h)."""


Values = Mapping[str, float | Array]
"""Parameters by name: a number, or one a lane."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of what an account says, and by what it is asked."""

    measured: str
    holds_above: float
    measure: Callable[[Course], Array]
    """Of the last day: a number a lane."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the guide says, clause by clause, and what has to be known of it; all clauses have to hold."""

    key: str
    says: str
    claims: tuple[str, ...]
    last_day: Callable[[Values], Course]
    clauses: tuple[Clause, ...]
    caveat: str
    """Each is a hypothesis; what else speaks against it."""


def _last_day(values: Values, dose: Dose, every: float = 24.0) -> Course:
    hours = np.arange(24 * (_DAYS - 1), 24 * _DAYS, 0.5).tolist()
    return simulate(daily(dose, _DAYS, every=every), hours, values=values, engine=Engine.NUMPY)


def _more(course: Course) -> Array:
    found: Array = course.of("S").mean(axis=0) - 1
    return found


def _less(course: Course) -> Array:
    return -_more(course)


def _hours_of_less(course: Course) -> Array:
    found: Array = (course.of("S") < 1).mean(axis=0) * 24
    return found


def _mean(output: str) -> Callable[[Course], Array]:
    def of(course: Course) -> Array:
        found: Array = course.of(output).mean(axis=0)
        return found

    return of


def rebound(values: Values, dose: Dose, every: float) -> Array:
    """Opioid signalling over a day in the second week, more than without the drug, as a part; one a lane.

    Args:
        values: parameters by name, one value or one a lane.
        dose: one dose.
        every: hours from dose to dose.
    """
    return _more(_last_day(values, dose, every))


ACCOUNTS: Final = (
    Account(
        "low-dose-rebound",
        "4.5 mg block for a few hours; for the rest of the day there is more signalling than before",
        ("G-012", "G-017"),
        partial(_last_day, dose=Dose.mg("4.5")),
        (
            Clause("signalling over a day above that without the drug", 0.0, _more),
            Clause("hours of a day with less signalling than without the drug", 0.0, _hours_of_less),
        ),
        "Hypothesis: nobody has measured a rebound in people; in the brain PET shows a block that stays.",
    ),
    Account(
        "full-dose-block",
        "50 mg block all day: there is less signalling than before",
        ("G-024",),
        partial(_last_day, dose=Dose.mg(50)),
        (Clause("signalling over a day below that without the drug", 0.0, _less),),
        "Hypothesis: it rests on naltrexol at the fast site, whose constant (Km) is assumed.",
    ),
    Account(
        "ultra-low-dose",
        "1 microgram beside an opioid adds to its analgesia and takes nothing of it away",
        ("G-027", "G-028", "G-029"),
        partial(_last_day, dose=Dose.mcg(1), every=12),
        (
            Clause("net analgesia above that of the opioid alone", 0.0, _mean("net")),
            Clause("share of the opioid's effect that is left", 0.998, _mean("agonist")),
        ),
        "Hypothesis: the papers that named the site (2008, 2009) are retracted, and whether a picomolar site"
        " exists is put in (x0), not found. The model's best dose is near 100 microgram; in mice it scales to"
        " 0.6, and trials did better with 2 microgram a day than with 4. That naltrexone throws an opioid off"
        " its receptors (precipitated withdrawal) is not in the model.",
    ),
)


@dataclass(frozen=True, slots=True)
class Overturned:
    """A value within its range at which a clause of an account no longer holds."""

    parameter: str
    value: float
    measure: float
    basis: Basis
    clause: Clause


@dataclass(frozen=True, slots=True)
class Answer:
    """An account at the default set, and what overturns it alone."""

    account: Account
    measures: tuple[float, ...]
    """One a clause."""
    overturned_by: tuple[Overturned, ...]
    by_two: tuple[tuple[Overturned, Overturned], ...]
    """Where no single one does: pairs that do together, the strongest first, at most five."""
    by_variant: Mapping[str, tuple[float, ...]]

    @property
    def holds(self) -> bool:
        """At the default set."""
        return self.of(self.measures)

    def of(self, measures: Sequence[float]) -> bool:
        """Whether every clause holds."""
        return all(m > c.holds_above for m, c in zip(measures, self.account.clauses, strict=True))


def asked(account: Account, of: ParameterSet | None = None) -> Answer:
    """Ask an account at the default set, at each end of each range alone, and in each rival hypothesis.

    Where no end alone overturns it, two at a time are tried. Between the ends nothing is tried.
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
    default, *alone = _at_ends(account, chosen, [(), *((end,) for end in ends)])
    found = [
        _overturned(end, m, c)
        for end, measures in zip(ends, alone, strict=True)
        for m, c in _broken(account, measures)
    ]
    two: list[tuple[Overturned, Overturned]] = []
    if not found:
        pairs = [(one, other) for one, other in combinations(ends, 2) if one[0] != other[0]]
        broken = [
            (m, c, pair)
            for pair, measures in zip(pairs, _at_ends(account, chosen, list(pairs)), strict=True)
            for m, c in _broken(account, measures)
        ]
        strongest = sorted(broken, key=lambda row: row[0] - row[1].holds_above)[:5]
        two = [(_overturned(a, m, c), _overturned(b, m, c)) for m, c, (a, b) in strongest]
    variants = {name: _measured(account, chosen.of_variant(name))[0] for name in chosen.variants}
    return Answer(account, default, tuple(found), tuple(two), variants)


_End = tuple[str, float, Basis]


def _at_ends(
    account: Account, of: ParameterSet, changes: Sequence[tuple[_End, ...]]
) -> list[tuple[float, ...]]:
    """What every clause measures with so many values changed, one a change."""
    lanes = {name: np.full(len(changes), value) for name, value in of.values.items()}
    for n, change in enumerate(changes):
        for name, end, _ in change:
            lanes[name][n] = end
    return _measured(account, lanes)


def _measured(account: Account, values: Values) -> list[tuple[float, ...]]:
    """What every clause measures, lane by lane."""
    course = account.last_day(values)
    return list(zip(*(clause.measure(course).tolist() for clause in account.clauses), strict=True))


def _overturned(end: _End, measure: float, clause: Clause) -> Overturned:
    name, value, basis = end
    return Overturned(name, value, measure, basis, clause)


def _broken(account: Account, measures: Sequence[float]) -> Iterator[tuple[float, Clause]]:
    """The first clause that does not hold, if there is one."""
    pairs = zip(measures, account.clauses, strict=True)
    yield from islice(((m, c) for m, c in pairs if m <= c.holds_above), 1)


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
        account: whose first clause is measured.
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
        course = account.last_day({name: sample[n] for n, name in enumerate(names)})
        return account.clauses[0].measure(course)[None, :]

    spread = [uniform(low, high - low) for low, high in ranged.values()]
    generator = np.random.Generator(np.random.PCG64(seed))
    found = sobol_indices(func=measure, n=size, dists=spread, rng=generator)
    rows = [
        Decides(n, float(f), float(t))
        for n, f, t in zip(names, found.first_order.ravel(), found.total_order.ravel(), strict=True)
    ]
    return tuple(sorted(rows, key=lambda d: -d.total))
