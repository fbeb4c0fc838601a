"""What a signed change leaves behind, field by field (docs/explanation/follow-up-conventions.md)."""

from __future__ import annotations

from typing import Final

import pytest

from openldn.followup.signs import Sign
from openldn.followup.tolerability import Limits, Phase, Rung, Setting, Standing, after_change
from openldn.plan.changes import Move

LIMITS: Final = Limits(quiet=7, filled=7, headache=5, flu_like=14, reduced=7, morning=7, failures=2)
RUNGS: Final = (
    Rung(days=14, milder=None, halvable=True),
    Rung(days=10, milder=0, halvable=True, low=True),
    Rung(days=21, milder=1, halvable=True),
    Rung(days=0, milder=1, halvable=True),
)
SETTING: Final = Setting(RUNGS, LIMITS, once_at_night=True, chronic_fatigue=True)


def standing(**fields: object) -> Standing:
    before = Standing(Phase.TAKING, 2, 3, 4, Sign.TROUBLESOME, -1, 1, False)
    return before._replace(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("move", "wanted"),
    [
        # Back a step: that rung's own interval begins anew, its halvings too; the wait stays.
        (Move.BACK, standing(rung=1, due=10, halvings=0, sign=Sign.PAST)),
        # Back and stay: nothing is due, because there is no rise any more.
        (Move.BACK_AND_STAY, standing(rung=1, due=0, halvings=0, stays=True, sign=Sign.PAST)),
        (Move.HALVE, standing(phase=Phase.REDUCED, due=7, halvings=2, sign=Sign.PAST)),
        (Move.KEEP, standing(phase=Phase.REDUCED, due=0, halvings=0, stays=True, sign=Sign.PAST)),
        (Move.MORNING, standing(morning=7, due=7, sign=Sign.PAST)),
        # What gives more leaves the sign, and asks for 7 days that are filled in.
        (Move.RISE, standing(rung=3, due=0, wait=4, halvings=0)),
        (Move.RETURN, standing(due=21, wait=7)),
        (Move.RESTART, standing(rung=0, due=14, wait=7, halvings=0)),
        (Move.GO_ON, standing()),
    ],
)
def test_each_change(move: Move, wanted: Standing) -> None:
    assert after_change(standing(), move, SETTING) == wanted


@pytest.mark.parametrize(
    ("phase", "rung", "stays_so"),
    [
        (Phase.REDUCED, 0, True),
        (Phase.REDUCED, 1, True),  # half of it is less than the first dose
        (Phase.REDUCED, 2, False),
        (Phase.TAKING, 0, False),
        (Phase.TAKING, 1, False),
    ],
)
def test_a_restart_never_gives_more_than_before_the_gap(phase: Phase, rung: int, stays_so: bool) -> None:
    before = standing(phase=phase, rung=rung)
    after = after_change(before, Move.RESTART, SETTING)
    assert (after == before) is stays_so
    if not stays_so:
        assert (after.phase, after.rung, after.due, after.halvings) == (Phase.TAKING, 0, 14, 0)


def test_a_wait_that_is_over_leaves_no_past() -> None:
    assert after_change(standing(wait=0), Move.HALVE, SETTING).sign is Sign.NONE
    assert after_change(standing(wait=0), Move.RETURN, SETTING).sign is Sign.NONE
    assert after_change(standing(sign=Sign.BOWEL), Move.HALVE, SETTING).sign is Sign.PAST_BOWEL
