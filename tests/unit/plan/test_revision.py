"""What is taken after a change, to the day. The ladder: 1, 2, 3, 4, 4.5 mg, 7 days each, from 1 May."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from golden_followup import KNOWN, plan_of

from openldn.knowledge.schema import Therapy
from openldn.plan.changes import Change, Move
from openldn.plan.course import DueKind
from openldn.plan.ladders import CannotPlan, typed
from openldn.plan.limits import Limiter, SignedCeiling
from openldn.plan.revision import Onward, halved_at, revised
from openldn.plan.steps import Plan
from openldn.plan.titration import Wanted, titrate
from openldn.quantities import Dose
from openldn.record.diary import Slot
from openldn.screening.verdict import Limit, Suitable

START = date(2026, 5, 1)
CASE = {"start": START.isoformat()}


def changed(plan: Plan, move: Move, day: int, onward: Onward, last_day: Limiter | None = None) -> Plan:
    """The plan after a move that counts from a day of the plan (1 is the first)."""
    on = START + timedelta(days=day - 1)
    return revised(plan, Change(on, move, "followup/x", "Dr A"), onward, KNOWN, as_of=on, last_day=last_day)


def steps(plan: Plan) -> list[tuple[int, int, str]]:
    """The day of the plan on which each step begins, its days and its dose."""
    return [((s.starts - START).days + 1, s.days, s.dose.text("mg")) for s in plan.steps]


def test_a_halved_dose_goes_on_to_the_day_of_judgement() -> None:
    plan = plan_of(CASE)
    halved = changed(plan, Move.HALVE, 12, Onward(1, halved=True))
    # 84 days from the rise on day 8: day 92 decides, so day 91 is the last
    assert steps(halved) == [(12, 80, "1 mg")]
    assert halved.course.judge_on == START + timedelta(days=91)
    assert halved.replaces == plan.id != halved.id
    assert [(c.move, c.dose and c.dose.text("mg")) for c in halved.changes] == [
        (Move.RISE, "2 mg"),
        (Move.HALVE, "1 mg"),
    ]
    assert any(d.kind is DueKind.REVIEW and d.on == START + timedelta(days=18) for d in halved.course.due)


def test_a_return_does_not_restart_the_twelve_weeks() -> None:
    halved = changed(plan_of(CASE), Move.HALVE, 12, Onward(1, halved=True))
    back = changed(halved, Move.RETURN, 19, Onward(1))
    assert steps(back) == [(19, 73, "2 mg")]
    assert back.course.judge_on == START + timedelta(days=91)


def test_a_rise_goes_on_up_and_begins_the_twelve_weeks_anew() -> None:
    held = changed(plan_of(CASE), Move.HOLD, 6, Onward(0))
    assert steps(held) == [(6, 79, "1 mg")]
    risen = changed(held, Move.RISE, 13, Onward(1, climbs=True))
    assert steps(risen) == [(13, 7, "2 mg"), (20, 7, "3 mg"), (27, 7, "4 mg"), (34, 84, "4.5 mg")]
    assert risen.course.judge_on == START + timedelta(days=33 + 84)


def test_a_restart_begins_at_the_lowest_dose() -> None:
    again = changed(plan_of(CASE), Move.RESTART, 40, Onward(0, climbs=True))
    assert steps(again)[0] == (40, 7, "1 mg")
    assert again.began == START


def test_the_first_morning_dose_comes_a_day_later() -> None:
    # 22:00 to 08:00 are 10 hours, fewer than 20: one dose is left out
    moved = changed(plan_of(CASE), Move.MORNING, 5, Onward(0, morning=True))
    assert steps(moved)[0][0] == 6
    assert [slot for slot, _ in moved.times] == [Slot.MORNING]


def test_nothing_is_taken_without_a_rung_or_a_half_that_can_be_measured() -> None:
    plan = plan_of(CASE)
    stopped = changed(plan, Move.STOP, 20, Onward(None))
    assert (stopped.steps, stopped.batches, stopped.course.judge_on) == ((), (), None)
    assert stopped.starts == START + timedelta(days=19)
    capsules = plan_of(CASE | {"product": "capsule-gelatin", "strengths": ["1 mg", "3 mg", "4.5 mg"]})
    assert halved_at(capsules, 0, KNOWN, as_of=START) is None
    assert changed(capsules, Move.HALVE, 5, Onward(0, halved=True)).steps == ()
    assert [str(halved_at(capsules, n, KNOWN, as_of=START)) for n in range(1, 5)] == [
        "1 mg",
        "1 mg",
        "2 mg",
        "2 mg",
    ]


@pytest.mark.parametrize(("last", "days"), [(20, 9), (12, 1), (11, None)])
def test_nothing_after_the_last_day_before_an_operation(last: int, days: int | None) -> None:
    limit = Limiter("followup/operation-ahead", "x", Limit(last_day=START + timedelta(days=last - 1)))
    cut = changed(plan_of(CASE), Move.LAST_DOSE, 12, Onward(1), limit)
    assert [d for _, d, _ in steps(cut)] == ([days] if days else [])
    again = changed(cut, Move.HOLD, 12, Onward(1))
    assert steps(again) == steps(cut), "a later change keeps the limit"


def test_a_signed_ceiling_is_not_planned_beyond_its_day() -> None:
    until = START + timedelta(days=110)
    signed = SignedCeiling(Dose.mg(6), "Dr A", "trial", until)
    wanted = Wanted(START, typed("4.5 mg x 7, 6 mg"), signed=signed)
    plan = titrate(Suitable(Therapy.LDN, START, None), wanted, plan_of(CASE).article, KNOWN, as_of=START)
    assert steps(changed(plan, Move.HOLD, 20, Onward(1)))[0][2] == "6 mg"
    with pytest.raises(CannotPlan, match="signature"):
        changed(plan, Move.RESTART, 40, Onward(0, climbs=True))


def test_tests_stay_on_the_list_and_what_is_over_does_not() -> None:
    plan = plan_of(CASE | {"reasons": ["thyroid-hormone"]})
    later = changed(plan, Move.HOLD, 60, Onward(4))
    due = later.course.due
    assert [(d.on - START).days for d in due if d.kind is DueKind.TEST] == [0, 42, 84]
    assert all(d.on >= START + timedelta(days=59) for d in due if d.kind is not DueKind.TEST)
