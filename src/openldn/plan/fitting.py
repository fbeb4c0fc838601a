"""Make a ladder up from the products at hand: the fewest, then the least waste, then the lowest price.

By exact search over every choice of strengths and every way to make up each dose; the tests hold it
against brute force (tests/property/test_fitting.py).

Rules read here: plan/choice-fewest, dispensing/beyond-use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import prod
from typing import Final, TypeAlias

from openldn.plan.rounding import Fills, Measured, Pieces, Product, Solids, dose_of, measurable, measure, ways
from openldn.plan.stock import Article
from openldn.plan.supply import Batch, Item, batches_of, nanolitres_of
from openldn.quantities import CannotMeasure, Dose

MOST_WAYS: Final = 100_000
"""How many ways are compared at most: no published ladder comes near it."""
Halved: TypeAlias = tuple[Dose, Measured] | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The same dose at once, so many times a day, for some days."""

    starts: date
    days: int
    dose: Dose
    times_a_day: int


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """What a fit is judged by, the lighter the better, in this order."""

    products: int
    waste: int
    """Nanograms of drug thrown away at beyond-use dates and at the end."""
    unpriced: bool
    cost: Fraction
    pauses: int
    """Days on which half of the dose could not be measured, so that trouble means a pause."""
    at_once: int
    """Pieces or fills taken in all: the fewer, the fewer miscounts."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How every stretch is measured with an article, and what is handed out for it."""

    article: Article
    """With the items that are used, and those only."""
    measured: tuple[Measured, ...]
    halved: tuple[Halved, ...]
    """For each stretch the nearest dose at or below half of it that is in hand, None where there is none."""
    batches: tuple[Batch, ...]
    score: Score


def fit(stretches: Sequence[Stretch], article: Article, half: Fraction) -> Fit:
    """The best way to make up all stretches from one article; `half` is the part left by halving.

    Raises:
        CannotMeasure: a dose that cannot be measured with it, with the nearest below; or more steps in packs
            than can be compared.
    """
    if not isinstance(article.product, Solids):
        return _of_one_item(article, stretches, half)
    for dose in {s.dose for s in stretches}:
        measure(dose, article.product)  # refuses with the nearest below
    sizes = range(1, len(article.items) + 1)
    return next(best for size in sizes if (best := _best_with(size, stretches, article, half)) is not None)


def _best_with(size: int, stretches: Sequence[Stretch], article: Article, half: Fraction) -> Fit | None:
    """The best way with so many strengths; None where they are too few. All together always suffice."""
    choices = (_best_of(chosen, stretches, article, half) for chosen in combinations(article.items, size))
    return min((f for f in choices if f is not None), key=lambda f: f.score, default=None)


def _best_of(
    items: tuple[Item, ...], stretches: Sequence[Stretch], article: Article, half: Fraction
) -> Fit | None:
    """The best way to make up all stretches from just these strengths; None where one cannot be."""
    solids = article.product
    assert isinstance(solids, Solids)
    just = replace(solids, strengths=tuple(i.strength for i in items))
    options = [tuple(ways(s.dose, just)) for s in stretches]
    if not all(options):
        return None
    days_good = article.formulation.beyond_use.days

    @cache  # the same counts of a strength come back in many combinations
    def batches(item: Item, counts: tuple[int, ...]) -> tuple[Batch, ...]:
        return batches_of(item, list(_uses(stretches, counts)), days_good)

    def batches_for(chosen: tuple[Pieces, ...]) -> tuple[Batch, ...]:
        return tuple(
            b for i in items for b in batches(i, tuple(p.strengths.count(i.strength) for p in chosen))
        )

    halved = tuple(_halved(s.dose, half, just) for s in stretches)
    if all(i.pack is None for i in items):
        # Nothing is rounded up, so nothing ties one step to another: the best of each is the best of all.
        best = tuple(min(o, key=lambda way: _alone(way, items)) for o in options)
    elif prod(map(len, options)) > MOST_WAYS:
        raise CannotMeasure(
            f"{article.name}: too many ways to make up so many steps in packs: type fewer steps"
        )
    else:
        best = min(
            product(*options), key=lambda chosen: _score(batches_for(chosen), chosen, halved, stretches)
        )
    found = batches_for(best)
    narrowed = replace(article, product=just, items=items)
    return Fit(narrowed, best, halved, found, _score(found, best, halved, stretches))


def _alone(way: Pieces, items: Sequence[Item]) -> tuple[Fraction, int]:
    """What one dose costs and of how many pieces it is."""
    costs = (i.cost(way.strengths.count(i.strength)) or Fraction(0) for i in items)
    return sum(costs, Fraction(0)), len(way.strengths)


def _of_one_item(article: Article, stretches: Sequence[Stretch], half: Fraction) -> Fit:
    (item,) = article.items
    measured = tuple(measure(s.dose, article.product) for s in stretches)
    halved = tuple(_halved(dose_of(m, article.product), half, article.product) for m in measured)
    counts = tuple(nanolitres_of(m) for m in measured if not isinstance(m, Pieces))
    found = batches_of(item, list(_uses(stretches, counts)), article.formulation.beyond_use.days)
    return Fit(article, measured, halved, found, _score(found, measured, halved, stretches))


def _halved(dose: Dose, half: Fraction, product: Product) -> Halved:
    """The nearest dose at or below the half that the product in hand measures; None: pause."""
    try:
        less = measurable(Dose(int(dose.base * half)), product)
        return less, measure(less, product)
    except CannotMeasure:
        return None


def _uses(stretches: Sequence[Stretch], counts: tuple[int, ...]) -> Iterator[tuple[date, int]]:
    for stretch, count in zip(stretches, counts, strict=True):
        for n in range(stretch.days):
            yield stretch.starts + timedelta(days=n), count * stretch.times_a_day


def _score(
    batches: Sequence[Batch],
    measured: Sequence[Measured],
    halved: Sequence[Halved],
    stretches: Sequence[Stretch],
) -> Score:
    costs = [b.item.cost(b.dispensed) for b in batches]
    known = [c for c in costs if c is not None]
    return Score(
        products=len({b.item.name for b in batches}),
        waste=sum(b.item.dose_in(b.left_over) for b in batches),
        unpriced=len(known) < len(costs),
        cost=sum(known, Fraction(0)),
        pauses=sum(s.days for s, less in zip(stretches, halved, strict=True) if less is None),
        at_once=sum(_at_once(m) * s.days * s.times_a_day for m, s in zip(measured, stretches, strict=True)),
    )


def _at_once(measured: Measured) -> int:
    if isinstance(measured, Fills):
        return len(measured.volumes)
    return len(measured.strengths) if isinstance(measured, Pieces) else measured.count
