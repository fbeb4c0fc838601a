"""The proof about tapers: nothing is broken, each rule is reached, and what is taken away is noticed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import pytest

from openldn.followup.weaning import review, standing
from openldn.followup.weaning.signs import Day, Sign
from openldn.followup.weaning.standing import Limits, Setting, Standing, after_day
from openldn.knowledge.load import load_knowledge
from openldn.plan.weaning.changes import Move
from openldn.proofs import weaning

Wrong = Callable[[Standing, Move, Setting], Standing]
LIMITS: Final = Limits(silent=2, without=2, good=2, pauses=2, times=2, near=1)
ENDING: Final = Setting((2, 2, 1), True, 1, LIMITS)
OPEN: Final = Setting((1, 1), False, 1, LIMITS)
TINY: Final = Setting((2, 1), True, 1, LIMITS)


def test_nothing_is_broken_and_every_rule_is_reached() -> None:
    found = [weaning.explore(ENDING), weaning.explore(OPEN)]
    assert [f.broken for f in found] == [{}, {}]
    assert weaning.never_asked(found) == []
    assert found[0].states > 8_000


def test_signs_that_hold_are_alike_but_for_their_name() -> None:
    holding = [s for s in Sign if s.holds]
    for at in (Standing(due=3), Standing(due=3, held=True, pauses=1, good=1), Standing(step=3)):
        for written in (True, False):
            after = {after_day(at, Day(s, written), ENDING)._replace(sign=Sign.NONE) for s in holding}
            assert len(after) == 1


def test_each_sign_asks_for_its_own_rule() -> None:
    for sign in Sign:
        if sign.holds:
            (first, *_) = review.applying(Standing(due=3, held=True, sign=sign), ENDING, overdue=True)
            assert first.rule == sign.name.lower().replace("_", "-").replace(
                "overdose", "overdose-signs"
            ).replace("pregnant", "pregnancy").replace("more-taken", "more-than-planned")


def test_what_is_proved_are_the_limits_of_the_rules() -> None:
    settings = weaning.settings_of(load_knowledge(), as_of=date(2026, 12, 1))
    assert settings["taper, steps of a week"] == Setting((7, 7), True, 7, Limits(7, 3, 7, 2, 2, 3))
    assert {s.limits.pauses for s in settings.values()} == {2}


@pytest.mark.parametrize(
    ("module", "name", "instead", "broken"),
    [
        (weaning, "waits", lambda s, c, *, overdue: False, {"silent", "lost tolerance", "overdue"}),
        (weaning, "is_due", lambda s, c: s.step < len(c.days), {"never faster"}),
        (standing, "reduced", lambda s, c: s._replace(step=s.step + 1, due=1), {"whole interval"}),
        (
            standing,
            "reduced",
            lambda s, c: s._replace(step=len(c.days), due=0),
            {"one step"},
        ),
    ],
)
def test_what_is_taken_away_is_noticed(
    module: object, name: str, instead: object, broken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, instead)
    assert broken <= weaning.explore(TINY, until=broken).broken.keys()


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda s, d, c: after_day(s, d._replace(sign=Sign.NONE), c), {"said and held", "paused"}),
        (lambda s, d, c: after_day(s, d, c)._replace(held=False), {"said and held", "pause stays"}),
        (lambda s, d, c: after_day(s, d, c)._replace(due=0), {"one day a day"}),
        (lambda s, d, c: after_day(s, d, c)._replace(silent=0), {"silent"}),
    ],
)
def test_days_that_are_counted_wrongly_are_noticed(
    change: object, broken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weaning, "after_day", change)
    assert broken <= weaning.explore(TINY, until=broken).broken.keys()


def _but(move: Move, *, on: bool, **fields: int) -> Wrong:
    """A signature that does something else besides: `move` alone, or all but it."""
    return lambda s, m, c: (
        standing.after_change(s, m, c)._replace(**fields)  # type: ignore[arg-type]
        if (m is move) is on
        else standing.after_change(s, m, c)
    )


@pytest.mark.parametrize(
    ("wrong", "broken"),
    [
        (lambda s, m, c: s if m is Move.HOLD else standing.after_change(s, m, c), {"pause possible"}),
        (_but(Move.SLOW, on=False, times=1), {"pace kept"}),
        (_but(Move.GO_ON_AGAIN, on=True, due=0), {"pause repeated", "nothing shortened"}),
        (_but(Move.HOLD, on=True, step=0), {"never up", "over is over"}),
    ],
)
def test_signatures_that_do_something_else_are_noticed(
    wrong: Wrong, broken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weaning, "after_change", wrong)
    assert broken <= weaning.explore(TINY, until=broken).broken.keys()


def test_a_broken_invariant_shows_a_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weaning, "waits", lambda s, c, *, overdue: False)
    history = weaning.explore(TINY, until={"silent"}).broken["silent"]
    assert len(history) == 3
    assert history[-1].startswith("then step 2")
    assert "not written about" in history[0]
