"""A plan has no gap, stays in its band, can be measured, and moves with its dates."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import known

from openldn.knowledge.schema import Therapy
from openldn.plan.products import ProductForm, product_for
from openldn.plan.rounding import Fills, Liquid
from openldn.plan.steps import Plan, Slot, supply_in_all
from openldn.plan.titration import titrate
from openldn.quantities import Dose
from openldn.screening.verdict import Caution, Suitable

FORMS = st.sampled_from(ProductForm)
STARTS = st.dates(date(2024, 1, 1), date(2035, 12, 31))
DELAYS = st.integers(0, 30)
ZONES = ("Europe/London", "Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "America/St_Johns",
         "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Auckland")  # fmt: skip


def _plan(form: ProductForm, as_of: date, delay: int, slot: Slot = Slot.NIGHT) -> Plan:
    verdict = (Suitable if delay % 2 else Caution)(Therapy.LDN, as_of, None)
    product = product_for(form, known(), as_of=as_of)
    return titrate(verdict, product, known(), starts=as_of + timedelta(days=delay), as_of=as_of, slot=slot)


@given(form=FORMS, as_of=STARTS, delay=DELAYS)
def test_steps_join_and_can_be_measured(form: ProductForm, as_of: date, delay: int) -> None:
    plan = _plan(form, as_of, delay)
    band = known().rule("plan/dose-band-ldn")
    (low,), (high,) = band.doses("lowest", as_of), band.doses("highest", as_of)
    assert plan.starts == as_of + timedelta(days=delay)
    assert all(b.starts == a.ends + timedelta(days=1) for a, b in pairwise(plan.steps))
    for step in plan.steps:
        assert step.days > 0
        assert low <= step.dose <= high
        if isinstance(step.measured, Fills):
            assert isinstance(plan.product, Liquid)
            assert plan.product.strength.dose_in(step.measured.volume) == step.dose
            assert all(step.measured.syringe.measures(v) for v in step.measured.volumes)
        else:
            assert Dose(sum(d.base for d in step.measured.strengths)) == step.dose
    assert bool(plan.first_dose_check) == (delay > 0)
    assert plan.stop_signs


@given(form=FORMS, as_of=STARTS, delay=DELAYS)
def test_one_dose_a_local_day_and_the_supply_is_their_sum(form: ProductForm, as_of: date, delay: int) -> None:
    plan = _plan(form, as_of, delay)
    doses = list(plan.calendar())
    span = (plan.ends - plan.starts).days + 1
    assert [day for day, _, _ in doses] == [plan.starts + timedelta(days=n) for n in range(span)]
    assert all(plan.step_on(day) is step for day, _, step in doses)
    supply = supply_in_all(plan)
    volume, pieces = 0, dict[Dose, int]()
    for _, _, step in doses:
        if isinstance(step.measured, Fills):
            volume += step.measured.volume.base
        else:
            for strength in step.measured.strengths:
                pieces[strength] = pieces.get(strength, 0) + 1
    assert supply.volume.base == volume
    assert dict(supply.capsules) == pieces


@pytest.mark.parametrize("zone", ZONES)
@given(as_of=STARTS, slot=st.sampled_from(Slot), hour=st.integers(0, 23))
def test_doses_lie_twenty_hours_apart_across_clock_changes(
    zone: str, as_of: date, slot: Slot, hour: int
) -> None:
    utc, here = ZoneInfo("UTC"), ZoneInfo(zone)
    doses = [
        datetime.combine(day, time(hour), here).astimezone(utc)
        for day, _, _ in _plan(ProductForm.LIQUID, as_of, 0, slot).calendar()
    ]
    assert all(b - a >= timedelta(hours=20) for a, b in pairwise(doses))


@given(form=FORMS, as_of=STARTS, delay=DELAYS, n=st.integers(-365, 365))
def test_shifting_the_dates_shifts_the_plan(form: ProductForm, as_of: date, delay: int, n: int) -> None:
    plan, moved = _plan(form, as_of, delay), _plan(form, as_of + timedelta(days=n), delay)
    by = timedelta(days=n)
    assert [replace(s, starts=s.starts + by) for s in plan.steps] == list(moved.steps)
    assert moved.judge_on == plan.judge_on + by
