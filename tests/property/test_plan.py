"""A plan has no gap, stays under every limit, can be measured and halved, and moves with its dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from plans import LIMITS, STARTS, articles, profiles, verdict_with
from records import known

from openldn.knowledge.schema import Therapy
from openldn.leaflets.calendar import Stay, timed_doses
from openldn.plan.intervals import kept, least_interval
from openldn.plan.ladders import CannotPlan, Profile
from openldn.plan.rounding import Counts, Fills, dose_of, measurable
from openldn.plan.steps import Plan
from openldn.plan.stock import Article
from openldn.plan.titration import Wanted, titrate
from openldn.quantities import CannotMeasure, Dose
from openldn.record.diary import Slot
from openldn.screening.verdict import Limit, Suitable

ARTICLES = st.sampled_from(articles())
PROFILES = st.sampled_from(profiles())
DELAYS = st.integers(0, 30)
ZONES = ("Europe/London", "Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "America/St_Johns",
         "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Auckland")  # fmt: skip


def made(article: Article, profile: Profile, as_of: date, delay: int, limits: tuple[Limit, ...] = ()) -> Plan:
    """A plan; examples for which there is none do not count."""
    verdict = verdict_with(list(limits), as_of) if limits else Suitable(Therapy.LDN, as_of, None)
    wanted = Wanted(starts=as_of + timedelta(days=delay), profile=profile)
    try:
        return titrate(verdict, wanted, article, known(), as_of=as_of)
    except (CannotPlan, CannotMeasure):
        assume(False)
        raise


@given(article=ARTICLES, profile=PROFILES, as_of=STARTS, delay=DELAYS, limits=st.lists(LIMITS, max_size=2))
def test_steps_join_stay_under_every_limit_and_can_be_measured(
    article: Article, profile: Profile, as_of: date, delay: int, limits: list[Limit]
) -> None:
    plan = made(article, profile, as_of, delay, tuple(limits))
    times = len(plan.times)
    band = known().rule("plan/dose-band-ldn")
    (low,), (high,) = band.doses("lowest", as_of), band.doses("highest", as_of)
    assert plan.starts == as_of + timedelta(days=delay)
    assert all(b.starts == a.ends + timedelta(days=1) for a, b in pairwise(plan.steps))
    for step in plan.steps:
        assert step.days > 0
        assert low <= step.dose * times <= high
        assert dose_of(step.measured, plan.article.product) == step.dose
        for limit in limits:
            assert limit.ceiling is None or step.dose * times <= limit.ceiling
    for limit in limits:
        assert limit.start is None or plan.steps[0].dose * times <= limit.start
        assert limit.interval is None or all(s.days >= limit.interval for s in plan.steps[:-1])
    assert bool(plan.first_dose_check) == (delay > 0)
    assert plan.stop_signs


@given(article=ARTICLES, profile=PROFILES, as_of=STARTS)
def test_halving_is_measured_at_or_below_half_or_else_a_pause(
    article: Article, profile: Profile, as_of: date
) -> None:
    plan = made(article, profile, as_of, 0)
    product = plan.article.product
    for step in plan.steps:
        if step.halved is None:
            with pytest.raises(CannotMeasure):
                measurable(Dose(step.dose.base // 2), product)
            continue
        dose, measured = step.halved
        assert dose.base * 2 <= step.dose.base
        assert dose_of(measured, product) == dose
        assert dose == measurable(Dose(step.dose.base // 2), product)


@given(article=ARTICLES, profile=PROFILES, as_of=STARTS)
def test_every_slot_has_one_dose_and_the_supply_is_their_sum(
    article: Article, profile: Profile, as_of: date
) -> None:
    plan = made(article, profile, as_of, 0)
    doses = list(plan.calendar())
    span = (plan.ends - plan.starts).days + 1
    days = [plan.starts + timedelta(days=n) for n in range(span)]
    assert [(day, slot) for day, slot, _ in doses] == [(d, s) for d in days for s in plan.slots]
    assert all(plan.step_on(day) is step for day, _, step in doses)
    taken: dict[Dose | None, int] = {}
    for _, _, step in doses:
        if isinstance(step.measured, Fills):
            taken[None] = taken.get(None, 0) + step.measured.volume.base
        elif isinstance(step.measured, Counts):
            taken[None] = taken.get(None, 0) + step.measured.count * step.measured.product.volume_each.base
        else:
            for strength in step.measured.strengths:
                taken[strength] = taken.get(strength, 0) + 1
    used: dict[Dose | None, int] = {}
    for batch in plan.batches:
        key = batch.item.strength if batch.item.pieces else None
        used[key] = used.get(key, 0) + batch.used
        assert batch.last_use - batch.made == timedelta(days=plan.article.formulation.beyond_use.days - 1)
    assert used == taken
    for one, following in pairwise(plan.batches):
        assert one.item is not following.item or one.last_use < following.made


@pytest.mark.parametrize("zone", ZONES)
@given(profile=PROFILES, as_of=STARTS, slot=st.sampled_from(Slot), hour=st.integers(0, 23))
def test_doses_lie_far_enough_apart_across_clock_changes(
    zone: str, profile: Profile, as_of: date, slot: Slot, hour: int
) -> None:
    times = ((slot, time(hour)),) if profile.times_a_day == 1 else ()
    wanted = Wanted(starts=as_of, profile=profile, times=times)
    plan = _planned(wanted, as_of)
    least = least_interval(len(plan.times), known(), as_of=as_of)
    here = ZoneInfo(zone)
    at = dict(plan.times)
    doses = [datetime.combine(day, at[s], here).astimezone(UTC) for day, s, _ in plan.calendar()]
    assert all(b - a >= least for a, b in pairwise(doses))


def _planned(wanted: Wanted, as_of: date) -> Plan:
    liquid = next(a for a in articles() if a.formulation.id == "formulations/liquid-nz")
    return titrate(Suitable(Therapy.LDN, as_of, None), wanted, liquid, known(), as_of=as_of)


@given(
    profile=PROFILES,
    as_of=STARTS,
    hour=st.integers(0, 23),
    places=st.lists(st.tuples(st.integers(0, 120), st.sampled_from(ZONES)), min_size=1, max_size=5),
)
def test_on_any_journey_two_doses_never_come_too_close(
    profile: Profile, as_of: date, hour: int, places: list[tuple[int, str]]
) -> None:
    times = ((Slot.NIGHT, time(hour)),) if profile.times_a_day == 1 else ()
    plan = _planned(Wanted(starts=as_of, profile=profile, times=times), as_of)
    least = least_interval(len(plan.times), known(), as_of=as_of)
    stays = tuple(Stay(as_of + timedelta(days=n), ZoneInfo(z)) for n, z in sorted(places))
    doses = list(timed_doses(plan, stays))
    instants = [datetime.combine(d.day, d.at, d.zone).astimezone(UTC) for d in doses]
    assert all(b - a >= least for a, b in pairwise(instants))
    assert len({(d.day, d.slot) for d in doses}) == len(doses)
    every = sum(1 for _ in plan.calendar())
    assert every - len(places) * len(plan.times) <= len(doses) <= every


@given(gaps=st.lists(st.integers(0, 60), max_size=20), least=st.integers(1, 24))
def test_a_dose_is_skipped_only_where_the_one_before_is_too_close(gaps: list[int], least: int) -> None:
    at, doses = datetime(2026, 1, 1, tzinfo=UTC), []
    for n, gap in enumerate(gaps):
        at += timedelta(hours=gap)
        doses.append((at, n))
    taken = list(kept(doses, timedelta(hours=least)))
    numbers = {n for _, n in taken}
    for when, n in doses:
        before = [t for t, k in taken if k < n]
        too_close = bool(before) and when - before[-1] < timedelta(hours=least)
        assert (n in numbers) is not too_close


@given(article=ARTICLES, profile=PROFILES, as_of=STARTS, delay=DELAYS, n=st.integers(-365, 365))
def test_shifting_the_dates_shifts_the_plan(
    article: Article, profile: Profile, as_of: date, delay: int, n: int
) -> None:
    by = timedelta(days=n)
    plan, moved = made(article, profile, as_of, delay), made(article, profile, as_of + by, delay)
    assert [replace(s, starts=s.starts + by) for s in plan.steps] == list(moved.steps)
    assert moved.course.judge_on == (plan.course.judge_on or plan.ends) + by
    assert [d.on + by for d in plan.course.due] == [d.on for d in moved.course.due]
    assert plan.id != moved.id or not n


@given(article=ARTICLES, profile=PROFILES, as_of=STARTS, last=st.integers(-5, 250))
def test_no_dose_is_planned_after_the_last_day_before_an_operation(
    article: Article, profile: Profile, as_of: date, last: int
) -> None:
    last_day = as_of + timedelta(days=last)
    plan = made(article, profile, as_of, 0, (Limit(last_day=last_day),))
    free = made(article, profile, as_of, 0)
    assert plan.ends == min(free.ends, last_day)
    assert (plan.course.judge_on is None) == (last_day < free.ends)
    assert {(d, s.dose) for d, _, s in plan.calendar()} <= {(d, s.dose) for d, _, s in free.calendar()}
