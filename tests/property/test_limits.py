"""A limit may only tighten: no limiter, and no order of limiters, gives more on any day."""

from __future__ import annotations

from itertools import pairwise, permutations

from hypothesis import assume, given
from hypothesis import strategies as st
from plans import LIMITERS, ladders

from openldn.plan.ladders import CannotPlan, Ladder, Profile
from openldn.plan.limits import Bite, Limiter, limited
from openldn.quantities import Dose

LAST = 60
"""Days that the open end of a ladder counts for here."""


def days(ladder: Ladder, length: int) -> list[int]:
    """Nanograms on each day."""
    found = [rung.dose.base for rung in ladder for _ in range(LAST if rung.days is None else rung.days)]
    return (found + [found[-1]] * length)[:length]


def brought_under(profile: Profile, given_limits: tuple[Limiter, ...]) -> tuple[Ladder, tuple[Bite, ...]]:
    """The ladder after the limits; examples that are refused do not count."""
    try:
        return limited(profile, given_limits)
    except CannotPlan:
        assume(False)
        raise


@given(profile=ladders(), limiters=st.lists(LIMITERS, max_size=4))
def test_every_limit_holds_afterwards(profile: Profile, limiters: list[Limiter]) -> None:
    ladder, bites = brought_under(profile, tuple(limiters))
    for limit in (x.limit for x in limiters):
        assert limit.ceiling is None or all(r.dose <= limit.ceiling for r in ladder)
        assert limit.start is None or ladder[0].dose <= limit.start
        assert limit.interval is None or all(r.days is None or r.days >= limit.interval for r in ladder[:-1])
    assert bool(bites) == (ladder != profile.ladder)
    for bite in bites:
        assert bite.limiter in limiters
        tighter = bite.now > bite.was if bite.kind == "interval" else bite.now < bite.was  # type: ignore[operator]
        assert tighter, bite


@given(profile=ladders(), limiters=st.lists(LIMITERS, max_size=4))
def test_no_limit_raises_the_dose_of_any_day_of_a_rising_ladder(
    profile: Profile, limiters: list[Limiter]
) -> None:
    assume(all(a.dose < b.dose for a, b in pairwise(profile.ladder)))
    ladder, _ = brought_under(profile, tuple(limiters))
    before, after = days(profile.ladder, 600), days(ladder, 600)
    assert all(b <= a for a, b in zip(before, after, strict=True))


@given(profile=ladders(), limiters=st.lists(LIMITERS, min_size=2, max_size=3))
def test_the_order_of_limits_changes_nothing_that_is_taken(profile: Profile, limiters: list[Limiter]) -> None:
    assume(all(a.dose < b.dose for a, b in pairwise(profile.ladder)))
    found: set[tuple[tuple[int, int | None], ...]] = set()
    for order in permutations(limiters):
        try:
            ladder, _ = limited(profile, order)
        except CannotPlan:
            continue
        found.add(tuple((r.dose.base, r.days) for r in ladder))
    highest = {max(dose for dose, _ in ladder) for ladder in found}
    assert len(highest) <= 1


@given(profile=ladders())
def test_without_a_limit_nothing_changes(profile: Profile) -> None:
    assert limited(profile, ()) == (profile.ladder, ())


@given(profile=ladders(), ceiling=st.integers(1, 12))
def test_a_ceiling_cuts_each_dose_and_nothing_else(profile: Profile, ceiling: int) -> None:
    from openldn.screening.verdict import Limit

    most = Dose(ceiling * 500_000)
    ladder, _ = limited(profile, (Limiter("x", "x", Limit(ceiling=most)),))
    assert days(ladder, 400) == [min(d, most.base) for d in days(profile.ladder, 400)]
