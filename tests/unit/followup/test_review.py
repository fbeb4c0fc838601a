"""When a proposal counts from, and which limits it says it bit on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from golden_followup import KNOWN, plan_of, played

from openldn.followup.review import Review, grades_of, review, setting_of
from openldn.followup.signs import Sign, day_of
from openldn.followup.tolerability import after_change, at_start
from openldn.plan.changes import Move
from openldn.quantities import Dose
from openldn.record.diary import Slot, read_diary

BEGAN = date(2026, 5, 1)
HOLE = {"effects": "", "painkiller": ""}
START: dict[str, Any] = {"start": "2026-05-01", "case": "x", "source": "x"}


def on_day(day: int, diary: dict[str, Any], **more: Any) -> Review:
    """The review on the morning of a day; day 1 is 1 May 2026."""
    return played(START | {"diary": diary, "expect": {str(day): {}}} | more)[day]


def reviewed(rows: list[dict[str, str]], as_of: str) -> Review:
    """The review of some rows of a diary on the standard plan, entries of the day itself among them."""
    found = read_diary(((f"row {n}", row) for n, row in enumerate(rows)), KNOWN)
    return review(plan_of(START), found, KNOWN, as_of=date.fromisoformat(as_of))


@pytest.mark.parametrize(
    ("taken", "starts"),
    [("", 3), ("missed", 3), ("yes", 4), ("late", 4)],
)
def test_a_stop_counts_from_the_next_dose(taken: str, starts: int) -> None:
    row = {"date": "2026-05-03", "taken": taken, "painkiller": "opioid", "painkiller_name": "codeine"}
    assert reviewed([row], "2026-05-03").proposal.starts == date(2026, 5, starts)


def test_anything_else_counts_from_the_day_after_the_last_that_was_read() -> None:
    row = {"date": "2026-05-03", "taken": "", "effects": "dizziness 2", "painkiller": "no"}
    found = reviewed([row], "2026-05-03").proposal
    assert (found.move, found.starts) == (Move.HALVE, date(2026, 5, 4))


def test_half_of_a_dose_that_is_measured_exactly_bites_on_nothing() -> None:
    found = on_day(10, {"1..8": "good", "9": {"effects": "dizziness 2"}}, steps="1 mg x 14, 2 mg").proposal
    assert (found.move, found.dose, found.wanted, found.bites) == (
        Move.HALVE,
        Dose.mg("0.5"),
        Dose.mg("0.5"),
        (),
    )


def test_half_of_a_dose_that_capsules_do_not_hold_says_so() -> None:
    case = {"product": "capsule-lactose", "strengths": ["1.5 mg", "4.5 mg"], "steps": "1.5 mg x 7, 4.5 mg"}
    found = on_day(10, {"1..8": "good", "9": {"effects": "dizziness 2"}}, **case).proposal
    (bite,) = found.bites
    assert (found.dose, found.wanted) == (Dose.mg("1.5"), Dose.mg("2.25"))
    assert (bite.kind, bite.was, bite.now) == ("measure", Dose.mg("2.25"), Dose.mg("1.5"))
    assert "1.5 mg" in bite.limiter.said


def test_half_of_a_dose_below_which_nothing_is_measured_says_so() -> None:
    case = {"product": "capsule-lactose", "strengths": ["1.5 mg"], "steps": "1.5 mg"}
    found = on_day(10, {"1..8": "good", "9": {"effects": "dizziness 2"}}, **case)
    (halve,) = (p for p in (found.proposal, *found.lost) if p.move is Move.HALVE)
    (bite,) = halve.bites
    assert (halve.dose, bite.now) == (None, Dose(0))
    assert bite.limiter.said == "nothing so small can be measured"


def test_a_hold_names_the_rise_that_it_stops() -> None:
    found = on_day(11, {"1..9": "good", "10": HOLE}, steps="1 mg x 10, 2 mg").proposal
    (bite,) = found.bites
    assert found.move is Move.HOLD
    assert (bite.kind, bite.was, bite.now) == ("rise", Dose.mg("2"), Dose.mg("1"))


@pytest.mark.parametrize(
    ("day", "why"),
    [(5, "the interval is not over"), (12, "no higher step")],
)
def test_a_hold_that_stops_no_rise_names_none(day: int, why: str) -> None:
    steps = "1 mg x 10, 2 mg" if day == 5 else "1 mg"
    diary = {f"1..{day - 2}": "good", str(day - 1): HOLE}
    found = on_day(day, diary, steps=steps).proposal
    assert (found.move, found.bites) == (Move.HOLD, ()), why


def test_a_rise_to_the_last_step_names_the_ceiling_that_cut_the_ladder() -> None:
    assert _rise_on(8, "1 mg x 7, 2 mg x 7, 3 mg x 7, 6 mg") == ()
    found = _rise_on(22, "1 mg x 7, 2 mg x 7, 3 mg x 7, 6 mg")
    assert [(b.kind, b.was, b.now) for b in found] == [("ceiling", Dose.mg("6"), Dose.mg("4.5"))]


def _rise_on(day: int, steps: str) -> Any:
    found = on_day(day, {f"1..{day - 1}": "good"}, steps=steps).proposal
    assert found.move is Move.RISE
    return found.bites


def test_only_bites_of_a_ceiling_stand_at_a_rise() -> None:
    case = {"product": "capsule-lactose", "strengths": ["0.5 mg", "1 mg"], "steps": "0.5 mg x 7, 1 mg"}
    plan = plan_of(START | case)
    assert not [b for b in plan.bites if b.kind == "ceiling"]
    assert on_day(8, {"1..7": "good"}, **case).proposal.bites == ()


def test_a_half_that_is_the_first_dose_is_not_below_it() -> None:
    setting = setting_of(plan_of(START | {"steps": "1.5 mg x 28, 3 mg x 28, 4.5 mg"}), KNOWN, as_of=BEGAN)
    assert [r.low for r in setting.rungs] == [True, False, False]


def test_above_the_top_there_is_no_rise() -> None:
    setting = setting_of(plan_of(START | {"steps": "1 mg"}), KNOWN, as_of=BEGAN)
    assert after_change(at_start(setting), Move.RISE, setting) == at_start(setting)


def _day(effects: str) -> Any:
    plan = plan_of(START)
    row = {"date": "2026-05-03", "taken": "yes", "effects": effects, "painkiller": "no"}
    entries = read_diary([("row", row)], KNOWN).entries
    return day_of(entries, Dose.mg("1"), plan.slots, grades_of(plan, KNOWN, as_of=BEGAN))


def test_poor_sleep_stands_apart_until_something_outweighs_it() -> None:
    assert _day("insomnia 2").sleep
    found = _day("insomnia 2; dizziness 2")
    assert (found.sign, found.sleep) == (Sign.TROUBLESOME, False)


@pytest.mark.parametrize(
    ("slots", "whole"), [(["morning", "night"], True), (["morning"], False), (["night"], False), ([""], True)]
)
def test_a_day_with_two_doses_is_whole_with_both(slots: list[str], whole: bool) -> None:
    plan = plan_of(START | {"profile": "standard"})
    rows = [
        {"date": "2026-05-03", "slot": s, "taken": "yes", "effects": "none", "painkiller": "no"}
        for s in slots
    ]
    entries = read_diary(((f"row {n}", r) for n, r in enumerate(rows)), KNOWN).entries
    both = (Slot.MORNING, Slot.NIGHT)
    grades = grades_of(plan, KNOWN, as_of=BEGAN)
    assert day_of(entries, Dose.mg("1"), both, grades).taken is whole
    assert day_of(entries, Dose.mg("1"), (Slot.MORNING,), grades).taken is ("night" not in slots or whole)
