"""The error budget of what reaches the patient: factors multiplied, their bounds, and chance inside them.

Interval arithmetic says what cannot be exceeded while each tool keeps its tolerance; the Monte Carlo run,
with a seed that is an argument, says where most of it lies. Both are of the same factors.

Source: facts/products.md cases 11, 14, 15.
"""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from openldn.dispensing.dilution import DilutionPlan
from openldn.dispensing.intervals import Interval
from openldn.dispensing.weighing import Balance
from openldn.quantities import Mass, Volume


@dataclass(frozen=True, slots=True)
class Factor:
    """One measurement; `divides`: what it is made up to."""

    name: str
    value: Interval
    divides: bool = False

    @property
    def relative(self) -> Fraction:
        """How far off it may be, as a part."""
        return self.value.worst


@dataclass(frozen=True, slots=True)
class Spread:
    """What chance makes of it when each measurement is as likely anywhere within its tolerance."""

    sd_percent: float
    low: float
    """Below it lie 2.5 %."""
    high: float
    """Above it lie 2.5 %."""


@dataclass(frozen=True, slots=True)
class Budget:
    """All factors of a result, and its nominal value in the unit of `scale`."""

    factors: tuple[Factor, ...]

    @property
    def interval(self) -> Interval:
        """The least and greatest that the result may be."""

        def grown(so_far: Interval, factor: Factor) -> Interval:
            return so_far / factor.value if factor.divides else so_far * factor.value

        return reduce(grown, self.factors, Interval.exactly(1))

    @property
    def largest(self) -> tuple[Factor, ...]:
        """The factors by what they add, the largest first."""
        return tuple(sorted(self.factors, key=lambda f: f.relative, reverse=True))

    def monte_carlo(self, generator: random.Random, draws: int) -> Spread:
        """The spread of the result over so many draws of uniform errors."""
        bounds = [(float(f.value.low), float(f.value.high), f.divides) for f in self.factors]
        found = []
        for _ in range(draws):
            value = 1.0
            for low, high, divides in bounds:
                drawn = generator.uniform(low, high)
                value = value / drawn if divides else value * drawn
            found.append(value)
        found.sort()
        mean = statistics.fmean(found)
        return Spread(
            100 * statistics.pstdev(found, mean) / mean,
            found[int(0.025 * draws)],
            found[min(int(0.975 * draws), draws - 1)],
        )


def of_solution(
    weighed: Mass, balance: Balance, flask: Factor, plan: DilutionPlan | None, more: tuple[Factor, ...] = ()
) -> Budget:
    """Weighed, dissolved in a flask, diluted; `more`: the substance, the syringe.

    Args:
        weighed: the drug on the balance.
        balance: what it is weighed with.
        flask: the first flask, as a factor that divides (in nanolitres).
        plan: the dilution after it; None: none.
        more: further factors.
    """
    factors = [Factor(f"weighing {weighed}", balance.weighs(weighed)), flask]
    for transfer in plan.transfers if plan else ():
        factors.append(Factor(f"pipette {transfer.pipette.holds}", transfer.pipette.measure))
        factors.append(Factor(f"flask {transfer.flask.holds}", transfer.flask.measure, divides=True))
    return Budget((*factors, *more))


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing done wrong: how many times the strength it makes, and what on the sheet catches it."""

    what: str
    times: Fraction
    caught_by: str


def slips_of(plan: DilutionPlan) -> tuple[Slip, ...]:
    """The single slips of a dilution plan, the worst first.

    Source: facts/products.md case 13 and section 7.
    """
    found = [
        Slip("mg/mL instead of microgram/mL on the label", Fraction(1000), "the label is printed, not typed"),
        Slip("grams weighed instead of milligrams", Fraction(1000), "two readings that have to agree"),
        Slip("a decimal place in the weighing", Fraction(10), "two readings that have to agree"),
    ]
    for n, transfer in enumerate(plan.transfers, 1):
        skipped = f"step {n} left out"
        found.append(Slip(skipped, 1 / transfer.factor, "each flask is scanned before the next step"))
        found.append(
            Slip(f"step {n} done twice", transfer.factor, "each flask is scanned once; volumes must exist")
        )
        found.append(
            Slip(
                f"step {n}: ten times the pipette",
                Fraction(10),
                "the pipette is scanned, its volume typed by two",
            )
        )
    return tuple(sorted(found, key=lambda s: max(s.times, 1 / s.times), reverse=True))


def flask_factor(holds: Volume, within: Volume) -> Factor:
    """A flask that the weighed drug is made up in."""
    return Factor(f"flask {holds}", Interval.within(holds.base, within.base), divides=True)
