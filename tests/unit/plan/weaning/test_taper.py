"""Laws of a taper in days: it never rises, it is made of whole units, it sums to what is dispensed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.stock import read_units
from openldn.plan.weaning.taper import Asked, Piece, Schedule, Unit, schedule, taper, with_offer
from openldn.plan.weaning.targets import Basis
from openldn.quantities import Dose, DoseRate
from openldn.screening.verdict import Suitable

KNOWN: Final = load_knowledge()
DAY: Final = date(2026, 11, 1)
MAY: Final = Suitable(Therapy.TAPER, DAY, None)


def asked(drug: str = "oxycodone", daily: str = "40 mg", stock: str = "5 mg", **more: Any) -> Asked:
    units = tuple(read_units([stock]))
    kind = DoseRate if units[0].piece is Piece.PATCH else Dose
    fields = {"max_step": Fraction(1, 4), "duration": 60} | more
    return Asked(KNOWN.drugs[drug], kind.parse(daily).base, units, DAY, **fields)


def planned(**fields: Any) -> Schedule:
    return schedule(asked(**fields), KNOWN, as_of=DAY)


@st.composite
def wishes(draw: st.DrawFn) -> Asked:
    strengths = draw(
        st.lists(st.sampled_from([1, 2, 5, 10, 15, 20, 30]), min_size=1, max_size=6, unique=True)
    )
    units = tuple(Unit(n * 10**6, Piece.IMMEDIATE, f"{n} mg") for n in strengths)
    most = sum(draw(st.lists(st.sampled_from(strengths), min_size=1, max_size=8)))
    return Asked(
        KNOWN.drugs["morphine"],
        most * 10**6,
        units,
        DAY,
        duration=draw(st.sampled_from([None, 10, 90, 400])),
        basis=draw(st.sampled_from(list(Basis))),
        max_step=draw(st.sampled_from([None, Fraction(1, 4), Fraction(1, 2)])),
        doses_a_day=draw(st.sampled_from([None, 1, 2, 3])),
    )


def made(wish: Asked) -> Schedule | None:
    """The schedule; None where the first dose cannot be made."""
    try:
        return schedule(wish, KNOWN, as_of=DAY)
    except CannotPlan:
        return None


@given(wishes())
def test_laws(wish: Asked) -> None:
    if (found := made(wish)) is None:
        return
    assert found.steps[0].day.total == wish.daily
    taken: Counter[int] = Counter()
    amounts = {u.amount for u in wish.units}
    for before, after in zip(found.steps, found.steps[1:], strict=False):
        assert after.starts == before.ends + timedelta(days=1)
        assert Fraction(after.day.total, after.every) <= Fraction(before.day.total, before.every)
    for step in found.steps:
        assert step.target is None or step.day.total >= step.target
        assert sum(unit * n for dose in step.day.doses for unit, n in dose) == step.day.total
        for n in range(0, step.days, step.every):
            assert n < step.days
            for dose in step.day.doses:
                for unit, count in dose:
                    assert unit in amounts
                    taken[unit] += count
    assert taken == found.dispensed
    assert (found.stops is None) == (found.stuck is not None)
    if found.stops:
        assert found.stops == found.steps[-1].ends + timedelta(days=1)
    assert schedule(wish, KNOWN, as_of=DAY).fingerprint == found.fingerprint


@given(wishes(), st.sampled_from([1, 2, 3, 4, 7]))
def test_one_more_strength_never_takes_it_further_from_the_target(wish: Asked, more: int) -> None:
    assume(more * 10**6 >= min(u.amount for u in wish.units))  # a smaller one moves the floor
    both = replace(wish, units=(*wish.units, Unit(more * 10**6, Piece.IMMEDIATE, "more")), doses_a_day=1)
    alone = replace(wish, doses_a_day=1, floor=min(u.amount for u in wish.units))
    one, two = made(alone), made(replace(both, floor=alone.floor))
    if one is None:
        return
    assert two is not None
    if one.stuck is None:
        assert two.stuck is None
        assert two.above_target <= one.above_target


@pytest.mark.parametrize(
    ("drug", "stock", "daily", "wear"),
    [
        ("fentanyl", "12 mcg/h, 25 mcg/h, 50 mcg/h, 75 mcg/h, 100 mcg/h", "100 mcg/h", 3),
        ("buprenorphine", "5 mcg/h, 10 mcg/h, 20 mcg/h", "20 mcg/h", 7),
    ],
)
@pytest.mark.parametrize("interval", [None, 7, 10, 30])
def test_patches_are_changed_on_their_days(
    drug: str, stock: str, daily: str, wear: int, interval: int | None
) -> None:
    found = planned(drug=drug, daily=daily, stock=stock, interval=interval, max_step=None)
    assert all(step.days % wear == 0 for step in found.steps)
    assert found.pace.interval >= (interval or 7)
    assert found.stops is None  # what follows the smallest patch is a clinician's decision
    assert all(len(step.day.doses) == 1 for step in found.steps)
    first = found.steps[0]
    assert first.day.units * first.days // wear <= sum(found.dispensed.values())


def test_a_patch_labelled_12_delivers_12_5() -> None:
    assert next(read_units(["12 mcg/h"])).amount == 12_500


def test_extended_release_is_never_split_and_twice_a_day() -> None:
    found = planned(drug="morphine", daily="60 mg", stock="10 mg ER, 15 mg ER, 30 mg ER", max_step=None)
    for step in found.steps:
        assert len(step.day.doses) <= 2
        assert all(unit in (10**7, 15 * 10**6, 3 * 10**7) for dose in step.day.doses for unit, _ in dose)
    with pytest.raises(CannotPlan, match="one kind of unit"):
        planned(stock="10 mg ER, 5 mg")


def test_a_taper_needs_a_prescriber_and_a_review() -> None:
    wish = asked()
    good = {"prescriber": "Dr A", "review": date(2026, 12, 1), "as_of": DAY}
    assert taper(MAY, wish, KNOWN, **good).prescriber == "Dr A"  # type: ignore[arg-type]
    for bad, says in (
        ({"prescriber": " "}, "named opioid prescriber"),
        ({"review": date(2026, 12, 3)}, "at least monthly"),
        ({"review": date(2026, 10, 31)}, "at least monthly"),
        ({"as_of": date(2026, 12, 2)}, "31 days old"),
        ({"as_of": date(2026, 11, 2)}, "before the day of planning"),
    ):
        with pytest.raises(CannotPlan, match=says):
            taper(MAY, wish, KNOWN, **(good | bad))  # type: ignore[arg-type]
    with pytest.raises(CannotPlan, match="not for a taper"):
        taper(replace(MAY, therapy=Therapy.ULDN), wish, KNOWN, **good)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("doses_a_day", "wanted"),
    [
        (1, None),  # three units to two are a third, whatever the unit
        (
            4,
            (1_000_000, 4_000_000),
        ),  # ... 6, 5, then 4 of 1 mg, where the end rule begins; 2 and 2.5 mg are stuck
    ],
)
def test_the_one_more_strength_that_would_do(doses_a_day: int, wanted: tuple[int, int] | None) -> None:
    smaller = [Unit(n, Piece.IMMEDIATE, str(n)) for n in (2_500_000, 2_000_000, 1_000_000)]
    found = with_offer(planned(doses_a_day=doses_a_day), smaller, KNOWN, as_of=DAY)
    assert found.stuck is not None
    assert (found.offer and (found.offer.unit.amount, found.offer.floor)) == wanted


def test_the_end_rule_begins_with_the_smallest_unit_alone() -> None:
    # Otherwise 40 mg could be taken every other day and then stopped, past the largest step.
    for more in ({"floor": 40_000_000}, {"floor": 40_000_000, "doses_a_day": 1}, {"floor": 25_000_000}):
        with pytest.raises(CannotPlan, match="smallest unit"):
            planned(stock="5 mg, 10 mg", **more)


def test_the_unit_of_a_patch_is_read() -> None:
    assert next(read_units(["0.025 mg/h"])).amount == next(read_units(["25 mcg/h"])).amount == 25_000
    assert next(read_units(["25 mg/h"])).amount == 25_000_000


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"daily": "42 mg"}, "cannot be made"),
        ({"floor": 7}, "floor cannot be made"),
        ({"rate": Fraction(1)}, "above 0"),
        ({"interval": -1}, "at least a day"),
        ({"rate": Fraction(1, 10), "interval": 1, "duration": None}, "unknown time"),
        ({"daily": "0 mg"}, "nothing to taper"),
    ],
)
def test_what_cannot_be_planned_is_said(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotPlan, match=says):
        planned(**fields)
