"""Dilutions by exact search: every way to a strength within this pharmacy's glassware, the best first.

A step takes a pipette's volume of a liquid and makes it up in a flask. The order of the steps never changes
the result, so a plan is a set of pairs; the one that dilutes most is done first, so that the small flask is
not the one that is kept. Ranked by error, then transfers, then what is made in all: fewest transfers alone
would waste a litre.

Source: facts/products.md decision 15 and cases 11, 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from math import prod

from openldn.dispensing.intervals import Interval
from openldn.knowledge.apparatus_schema import Apparatus, Size
from openldn.quantities import Strength, Volume


@dataclass(frozen=True, slots=True)
class Tool:
    """A pipette or flask of the pharmacy, at its full volume."""

    kind: str
    standard: str
    holds: Volume
    within: Volume

    @property
    def measure(self) -> Interval:
        """What it may really measure, in nanolitres."""
        return Interval.within(self.holds.base, self.within.base)

    @property
    def relative(self) -> Fraction:
        """Its tolerance as a part of its volume."""
        return Fraction(self.within.base, self.holds.base)


@dataclass(frozen=True, slots=True)
class Transfer:
    """So much of a liquid, made up to so much."""

    pipette: Tool
    flask: Tool

    @property
    def factor(self) -> Fraction:
        """What is left of the strength."""
        return Fraction(self.pipette.holds.base, self.flask.holds.base)

    @property
    def off(self) -> Fraction:
        """The tolerances of both, added."""
        return self.pipette.relative + self.flask.relative


@dataclass(frozen=True, slots=True)
class DilutionPlan:
    """Transfers from a strength to another."""

    start: Strength
    transfers: tuple[Transfer, ...]

    @property
    def factor(self) -> Fraction:
        """What is left of the strength."""
        return prod((t.factor for t in self.transfers), start=Fraction(1))

    @property
    def error(self) -> Fraction:
        """All tolerances added: what the plan itself may be off by, to first order."""
        return sum((t.off for t in self.transfers), Fraction(0))

    @property
    def made(self) -> Volume:
        """What is made in all, the last flask with it."""
        return Volume(sum(t.flask.holds.base for t in self.transfers))

    @property
    def ends_with(self) -> Volume:
        """What there is of the last strength."""
        return self.transfers[-1].flask.holds

    @property
    def interval(self) -> Interval:
        """The part of the strength that is left, as it may really be."""
        found = Interval.exactly(1)
        for transfer in self.transfers:
            found = found * (transfer.pipette.measure / transfer.flask.measure)
        return found

    @property
    def rank(self) -> tuple[Fraction, int, int]:
        """Smaller is better."""
        return (self.error, len(self.transfers), self.made.base)

    def strengths(self) -> Iterator[tuple[Transfer, Fraction]]:
        """Each transfer with the nanograms in a millilitre after it, exactly."""
        strength = Fraction(self.start.dose.base * 10**6, self.start.volume.base)
        for transfer in self.transfers:
            strength *= transfer.factor
            yield transfer, strength


def tools_of(apparatus: Iterable[Apparatus], *, largest: Volume | None = None) -> tuple[Tool, ...]:
    """The tools that a pharmacy has.

    Args:
        apparatus: kinds that it has, in all their sizes.
        largest: no flask above this; None: all.
    """
    return tuple(
        _tool(kind, size)
        for kind in apparatus
        for size in kind.sizes
        if largest is None or kind.kind != "flask" or size.holds <= largest
    )


def _tool(kind: Apparatus, size: Size) -> Tool:
    return Tool(kind.kind, kind.standard, size.holds, size.within)


def dilutions(
    start: Strength,
    factor: Fraction,
    tools: Sequence[Tool],
    *,
    at_least: Volume,
    most_made: Volume,
    most_steps: int = 3,
) -> tuple[DilutionPlan, ...]:
    """Every way from a strength to `factor` of it, the best first.

    Args:
        start: what there is.
        factor: what is to be left of it, below 1.
        tools: pipettes and flasks.
        at_least: how much of the last strength is needed.
        most_made: how much may be made in all, what is thrown away with it.
        most_steps: how many transfers at most.
    """
    pairs = sorted(
        {
            Transfer(p, f)
            for p in tools
            for f in tools
            if p.kind == "pipette" and f.kind == "flask" and p.holds < f.holds
        },
        key=lambda t: (t.factor, t.off, t.flask.holds),
    )
    found = []
    for steps in range(1, most_steps + 1):
        for chosen in _reaching(pairs, factor, steps):
            # The largest flask that dilutes least comes last, where what is kept is taken from.
            ordered = tuple(sorted(chosen, key=lambda t: (t.flask.holds, -t.factor)))
            plan = DilutionPlan(start, ordered)
            if plan.ends_with >= at_least and plan.made <= most_made:
                found.append(plan)
    return tuple(sorted(found, key=lambda plan: plan.rank))


def _reaching(pairs: Sequence[Transfer], factor: Fraction, steps: int) -> Iterator[tuple[Transfer, ...]]:
    """All sets of so many transfers whose factors multiply to one."""
    if steps == 1:
        yield from ((t,) for t in pairs if t.factor == factor)
        return
    by_factor: dict[Fraction, list[Transfer]] = {}
    for pair in pairs:
        by_factor.setdefault(pair.factor, []).append(pair)
    seen: set[tuple[Transfer, ...]] = set()
    for begun in combinations_with_replacement(pairs, steps - 1):
        left = factor / prod((t.factor for t in begun), start=Fraction(1))
        for last in by_factor.get(left, ()):
            chosen = tuple(sorted((*begun, last), key=lambda t: (t.factor, t.off, t.flask.holds)))
            if chosen not in seen:
                seen.add(chosen)
                yield chosen
