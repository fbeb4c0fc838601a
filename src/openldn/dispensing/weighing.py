"""Balances: the least that may be weighed, aliquots in a filler, and triturates in several steps.

Source: facts/products.md 3.3 and cases 6, 7, 8, 16, 18.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Final

from openldn.dispensing.intervals import Interval
from openldn.quantities import CannotMeasure, Mass


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance: its step, how far off one weighing may be, and what it carries at most."""

    readability: Mass
    off: Mass
    capacity: Mass

    def least(self, part: Fraction) -> Mass:
        """The least that may be weighed so that one weighing is off by no more than `part`."""
        base = self.off.base / part
        steps = -(-base // self.readability.base)
        return Mass(int(steps) * self.readability.base)

    def weighs(self, mass: Mass) -> Interval:
        """What lies on it when it shows a mass."""
        return Interval.within(mass.base, self.off.base)


@dataclass(frozen=True, slots=True)
class Mixture:
    """So much weighed, made up with filler to so much, mixed; `taken` of it goes on."""

    weighed: Mass
    made: Mass
    taken: Mass

    @property
    def filler(self) -> Mass:
        """What is added."""
        return Mass(self.made.base - self.weighed.base)

    @property
    def factor(self) -> Fraction:
        """What is taken of what was weighed."""
        return Fraction(self.taken.base, self.made.base)

    def interval(self, balance: Balance, first: Interval) -> Interval:
        """What is taken of the drug: each weighing off the worst way. Mixing is taken as perfect.

        The total does not move: what is missing of the drug is weighed too much of the filler.
        """
        taken = balance.weighs(self.taken)
        part = first / Interval.exactly(self.made.base)
        return part * taken


@dataclass(frozen=True, slots=True)
class Trituration:
    """Mixtures one after the other, each of what was taken from the one before."""

    mixtures: tuple[Mixture, ...]

    @property
    def holds(self) -> Fraction:
        """The nanograms of drug in what is taken last."""
        return self.mixtures[0].weighed.base * prod((m.factor for m in self.mixtures), start=Fraction(1))

    def interval(self, balance: Balance) -> Interval:
        """The same as it may really be."""
        found = balance.weighs(self.mixtures[0].weighed)
        for mixture in self.mixtures:
            found = mixture.interval(balance, found)
        return found

    @property
    def made(self) -> Mass:
        """What is mixed in all."""
        return Mass(sum(m.made.base for m in self.mixtures))

    def rank(self, balance: Balance) -> tuple[Fraction, int, int]:
        """Smaller is better: error, mixtures, what is mixed in all."""
        return (self.interval(balance).worst, len(self.mixtures), self.made.base)


_MOST_MIXTURES: Final = 3
_ROUND: Final = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)
"""Amounts that are weighed: these times powers of ten."""


def triturations(wanted: Mass, balance: Balance, *, part: Fraction, largest: Mass) -> tuple[Trituration, ...]:
    """Every way to so much drug with as few mixtures as can be, the most exact first.

    Args:
        wanted: the drug.
        balance: what it is weighed with.
        part: by how much one weighing may be off.
        largest: the most that is mixed at once.

    Raises:
        CannotMeasure: it can be weighed directly, or there is no way; says which.
    """
    least = balance.least(part)
    if wanted >= least:
        raise CannotMeasure(f"{wanted} can be weighed directly: from {least} on")
    amounts = _amounts(least, min(largest, balance.capacity), balance.readability)
    for steps in range(1, _MOST_MIXTURES + 1):
        if found := [Trituration(mixtures) for mixtures in _ways(wanted, amounts, least, balance, steps)]:
            return tuple(sorted(found, key=lambda t: t.rank(balance)))
    raise CannotMeasure(
        f"{wanted} cannot be reached in {_MOST_MIXTURES} mixtures of at most {largest}: "
        "a finer balance or a larger mixture is needed"
    )


def _amounts(least: Mass, most: Mass, step: Mass) -> tuple[Mass, ...]:
    """Round amounts that the balance shows, from the least that may be weighed on."""
    found = {tenth * 10**power for tenth in _ROUND for power in range(13)}
    return tuple(Mass(a) for a in sorted(found) if least.base <= a <= most.base and a % step.base == 0)


def _ways(
    wanted: Mass, amounts: Sequence[Mass], least: Mass, balance: Balance, steps: int
) -> Iterator[tuple[Mixture, ...]]:
    """Mixtures that end with just so much: the last amount is whatever the arithmetic asks for.

    Between mixtures the least that may be weighed goes on, which wastes the least; it is what the next one
    weighs.
    """
    for begun in _begun(amounts, steps - 1):
        drug = begun[0].weighed.base * prod((m.factor for m in begun), start=Fraction(1)) if begun else None
        for weighed in amounts[:1] if begun else amounts:
            for made in (m for m in amounts if m > weighed):
                # Nanograms of the drug in a nanogram of the last mixture.
                strength = (Fraction(weighed.base) if drug is None else drug) / made.base
                taken = wanted.base / strength
                fits = taken.denominator == 1 and int(taken) % balance.readability.base == 0
                if fits and least.base <= taken < made.base:
                    yield (*begun, Mixture(weighed, made, Mass(int(taken))))


def _begun(amounts: Sequence[Mass], steps: int) -> Iterator[tuple[Mixture, ...]]:
    """Mixtures before the last one: of each the least that may be weighed goes on."""
    if steps == 0:
        yield ()
        return
    for before in _begun(amounts, steps - 1):
        for weighed in amounts[:1] if before else amounts:
            for made in (m for m in amounts if m > weighed):
                yield (*before, Mixture(weighed, made, amounts[0]))
