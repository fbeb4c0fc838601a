"""A plan has no gap, no step that cannot be measured, and one dose a local day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.leaflets.calendar import calendar_text
from openldn.plan.products import ProductForm, product_for
from openldn.plan.rounding import Capsules, Fills, Liquid, Syringe, measurable, measure
from openldn.plan.steps import Plan, supply_in_all
from openldn.plan.titration import CannotPlan, titrate
from openldn.quantities import CannotMeasure, Dose, Strength, Volume
from openldn.screening.verdict import Suitable

days = st.dates(date(1970, 1, 1), date(2199, 1, 1))


def planned(day: date, delay: int, form: ProductForm) -> Plan:
    knowledge = load_knowledge()
    product = product_for(form, knowledge, as_of=day)
    starts = day + timedelta(days=delay)
    return titrate(Suitable(Therapy.LDN, day, None), product, knowledge, starts=starts, as_of=day)


plans = st.builds(planned, days, st.integers(0, 30), st.sampled_from(ProductForm))


@given(plans)
def test_steps_follow_each_other_without_gap_or_overlap(plan: Plan) -> None:
    assert all(b.starts == a.ends + timedelta(days=1) for a, b in pairwise(plan.steps))
    assert all(a.dose < b.dose for a, b in pairwise(plan.steps))
    assert all(Dose.mg("0.5") <= s.dose <= Dose.mg("4.5") for s in plan.steps)
    for day, _, step in plan.calendar():
        assert plan.step_on(day) == step


@given(plans)
def test_what_is_measured_is_the_dose(plan: Plan) -> None:
    for step in plan.steps:
        if isinstance(step.measured, Fills):
            assert isinstance(plan.product, Liquid)
            assert plan.product.strength.dose_in(step.measured.volume) == step.dose
            assert all(step.measured.syringe.measures(v) for v in step.measured.volumes)
        else:
            assert sum(d.base for d in step.measured.strengths) == step.dose.base


@given(plans)
def test_the_supply_is_what_the_calendar_uses(plan: Plan) -> None:
    used = sum(step.dose.base for _, _, step in plan.calendar())
    supply = supply_in_all(plan)
    if isinstance(plan.product, Liquid):
        assert plan.product.strength.dose_in(supply.volume).base == used
    else:
        assert sum(dose.base * count for dose, count in supply.capsules) == used


@given(plans, st.integers(-2000, 2000))
def test_shifting_the_days_shifts_the_plan(plan: Plan, n: int) -> None:
    by = timedelta(days=n)
    form = ProductForm.LIQUID if isinstance(plan.product, Liquid) else ProductForm.CAPSULE
    moved = planned(plan.verdict.as_of + by, (plan.starts - plan.verdict.as_of).days, form)
    assert [(s.starts + by, s.days, s.dose, s.measured) for s in plan.steps] == [
        (s.starts, s.days, s.dose, s.measured) for s in moved.steps
    ]
    assert plan.judge_on + by == moved.judge_on


ZONES = sorted(available_timezones())[::12]


@pytest.mark.parametrize("zone", ZONES)
def test_no_change_of_clocks_adds_or_loses_a_dose(zone: str) -> None:
    """One dose a local day through two changes of the clocks; never less than 20 hours apart."""
    plan = planned(date(2026, 2, 20), 0, ProductForm.LIQUID)
    local = [day for day, _, _ in plan.calendar()]
    assert len(set(local)) == len(local) == (plan.ends - plan.starts).days + 1
    instants = [datetime.combine(day, time(22, 0), ZoneInfo(zone)).timestamp() for day in local]
    assert all(b - a >= 20 * 3600 for a, b in pairwise(instants))


@given(plans)
def test_the_calendar_file_holds_whole_days_and_no_instant(plan: Plan) -> None:
    text = calendar_text(plan).decode()
    assert text.count("BEGIN:VEVENT") == len(plan.steps) + 1
    assert all("VALUE=DATE" in line for line in text.splitlines() if line.startswith("DTSTART"))
    assert "TZID" not in text
    assert "naltrexone" not in text.lower()
    assert text == calendar_text(plan).decode()


@given(
    st.integers(1, 6_000_000),
    st.lists(
        st.sampled_from([("1", "0.01"), ("3", "0.1"), ("5", "0.2"), ("10", "0.2")]), min_size=1, unique=True
    ),
    st.sampled_from([1, 2, 5]),
)
def test_measurable_is_the_nearest_at_or_below(base: int, syringes: list[tuple[str, str]], mg: int) -> None:
    made = tuple(Syringe(Volume.ml(c), Volume.ml(m)) for c, m in syringes)
    liquid = Liquid(Strength.mg_per_ml(mg), made, 2)
    # Independent: every number of marks up to twice the capacity, in hundredths of a millilitre.
    hundredths = {m for s in made for m in range(s.mark.base // 10_000, 2 * s.capacity.base // 10_000 + 1,
                                                 s.mark.base // 10_000)}  # fmt: skip
    below = [m * 10_000 * mg for m in hundredths if m * 10_000 * mg <= base]
    if not below:
        with pytest.raises(CannotMeasure):
            measurable(Dose(base), liquid)
        return
    found = measurable(Dose(base), liquid)
    assert found.base == max(below)
    fills = measure(found, liquid)
    assert isinstance(fills, Fills)
    assert liquid.strength.dose_in(fills.volume) == found


def test_what_cannot_be_measured_is_refused_with_what_can() -> None:
    capsules = Capsules((Dose.mg(3), Dose.mg("4.5")), 2)
    with pytest.raises(CannotMeasure, match=r"2\.25 mg cannot be measured with capsules: and nothing below"):
        measure(Dose.mg("2.25"), capsules)
    with pytest.raises(CannotMeasure, match=r"the nearest below is 4\.5 mg"):
        measure(Dose.mg(5), capsules)


@pytest.mark.parametrize(("delay", "age"), [(31, 0), (-1, 0), (0, 31), (0, -1)])
def test_a_start_or_a_verdict_out_of_its_days_is_refused(delay: int, age: int) -> None:
    day, knowledge = date(2026, 5, 1), load_knowledge()
    product = product_for(ProductForm.LIQUID, knowledge, as_of=day)
    verdict = Suitable(Therapy.LDN, day - timedelta(days=age), None)
    with pytest.raises(CannotPlan):
        titrate(verdict, product, knowledge, starts=day + timedelta(days=delay), as_of=day)


@pytest.mark.parametrize(("delay", "age", "questions"), [(30, 0, 3), (0, 30, 0), (1, 5, 3)])
def test_the_last_allowed_days_and_the_first_dose_check(delay: int, age: int, questions: int) -> None:
    day, knowledge = date(2026, 5, 1), load_knowledge()
    product = product_for(ProductForm.LIQUID, knowledge, as_of=day)
    verdict = Suitable(Therapy.LDN, day - timedelta(days=age), None)
    plan = titrate(verdict, product, knowledge, starts=day + timedelta(days=delay), as_of=day)
    assert len(plan.first_dose_check) == questions
    assert len(plan.stop_signs) == 5
