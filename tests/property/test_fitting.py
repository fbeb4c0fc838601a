"""The choice of strengths is the best there is: held against brute force on small stocks."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain, combinations
from itertools import product as every

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import known

from openldn.plan.fitting import Fit, Stretch, fit
from openldn.plan.rounding import Pieces
from openldn.plan.stock import Article, article_of
from openldn.quantities import CannotMeasure, Dose

DAY = date(2026, 5, 1)
HALF = Fraction(1, 2)
UNIT = 500_000
MOST = 2

STOCKS = st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True)
RUNGS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 12)), min_size=1, max_size=3)
PACKS = st.none() | st.integers(1, 20)
PRICES = st.none() | st.lists(st.integers(1, 9), min_size=4, max_size=4)
GOOD = st.integers(3, 40)


def article(strengths: list[int], pack: int | None, prices: list[int] | None, good: int) -> Article:
    from msgspec.structs import replace

    formulation = known().formulations["formulations/capsule-gelatin"]
    formulation = replace(formulation, beyond_use=replace(formulation.beyond_use, days=good))
    doses = tuple(Dose(s * UNIT) for s in strengths)
    priced = {d: Fraction(p) for d, p in zip(doses, prices or [], strict=False)}
    return article_of(formulation, known(), (), as_of=DAY, strengths=doses, pack=pack, prices=priced)


def brute(
    strengths: list[int],
    rungs: list[tuple[int, int]],
    pack: int | None,
    prices: list[int] | None,
    good: int,
) -> tuple[int, int, int, int, int] | None:
    """Products, waste in units, price, days without a half, pieces: every way is tried, day by day."""
    choices = [*chain.from_iterable(combinations(strengths, n) for n in range(1, len(strengths) + 1))]
    price = dict(zip(strengths, prices or [0] * len(strengths), strict=False))
    found = []
    for chosen in choices:
        made_up = [
            [c for n in range(1, MOST + 1) for c in every(chosen, repeat=n) if sum(c) == dose]
            for dose, _ in rungs
        ]
        reach = {sum(c) for n in range(1, MOST + 1) for c in every(chosen, repeat=n)}
        pauses = sum(days for dose, days in rungs if not any(2 * r <= dose for r in reach))
        for way in every(*made_up):
            calendar = [Counter(c) for c, (_, days) in zip(way, rungs, strict=True) for _ in range(days)]
            used = {s for day in calendar for s in day}
            if used != set(chosen):
                continue
            waste = cost = 0
            for strength in chosen:
                handed_out, need, opened = 0, 0, None
                for n, day in enumerate(calendar):
                    if not day[strength]:
                        continue
                    if opened is None or n >= opened + good:  # the old batch is thrown away
                        handed_out += whole(need, pack)
                        need, opened = 0, n
                    need += day[strength]
                handed_out += whole(need, pack)
                waste += (handed_out - sum(day[strength] for day in calendar)) * strength
                cost += price[strength] * (handed_out // (pack or 1))
            pieces = sum(day.total() for day in calendar)
            found.append((len(chosen), waste, cost, pauses, pieces))
    return min(found, default=None)


def whole(amount: int, pack: int | None) -> int:
    """An amount in whole packs."""
    return amount if pack is None else -(-amount // pack) * pack


def stretches(rungs: list[tuple[int, int]]) -> list[Stretch]:
    found, day = [], DAY
    for dose, days in rungs:
        found.append(Stretch(day, days, Dose(dose * UNIT), 1))
        day += timedelta(days=days)
    return found


@given(strengths=STOCKS, rungs=RUNGS, pack=PACKS, prices=PRICES, good=GOOD)
def test_the_best_choice_of_strengths_is_found(
    strengths: list[int],
    rungs: list[tuple[int, int]],
    pack: int | None,
    prices: list[int] | None,
    good: int,
) -> None:
    expected = brute(strengths, rungs, pack, prices, good)
    try:
        found = fit(stretches(rungs), article(strengths, pack, prices, good), HALF)
    except CannotMeasure:
        assert expected is None
        return
    score = found.score
    assert (score.products, score.waste // UNIT, int(score.cost), score.pauses, score.at_once) == expected
    assert score.unpriced == (prices is None)
    _adds_up(found, rungs)


def _adds_up(found: Fit, rungs: list[tuple[int, int]]) -> None:
    """What is handed out covers every day, and what is not used is left over."""
    need: Counter[Dose] = Counter()
    for measured, (dose, days) in zip(found.measured, rungs, strict=True):
        assert isinstance(measured, Pieces)
        assert sum(s.base for s in measured.strengths) == dose * UNIT
        need.update({s: measured.strengths.count(s) * days for s in set(measured.strengths)})
    used: Counter[Dose] = Counter()
    for batch in found.batches:
        assert batch.made <= batch.last_use
        assert batch.dispensed == batch.used + batch.left_over
        used[batch.item.strength] += batch.used
    assert used == need
    assert [i.strength for i in found.article.items] == sorted(need)


def test_many_steps_are_fitted_at_once_without_packs_and_refused_in_packs() -> None:
    """100 steps of 0.5 to 2 mg, each 1 mg in two ways: 2 to the power of 25 choices."""
    rungs = [(1, 1), (2, 1), (3, 1), (4, 1)] * 25
    found = fit(stretches(rungs), article([1, 2, 3], None, None, 180), HALF)
    # 0.5 and 1 mg, fewest pieces: 1 + 1 + 2 + 2 of each four days
    assert (found.score.products, found.score.at_once) == (2, 150)
    with pytest.raises(CannotMeasure, match="type fewer steps"):
        fit(stretches(rungs), article([1, 2, 3], 30, None, 180), HALF)
