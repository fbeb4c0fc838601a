"""Laws of steering over random diaries, corrections that come late, and signatures of every kind.

Each morning is reviewed as a clinic does it: what took place is kept. Days are rewritten, left out and added
afterwards; whatever is written, the dose of a morning is never above that of the morning before, and never
more than one step below it.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from openldn.followup.weaning.review import review_taper, signed
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.changes import Move
from openldn.plan.weaning.stock import read_units
from openldn.plan.weaning.taper import Asked, Taper, schedule
from openldn.quantities import Dose
from openldn.record.diary import read_diary
from openldn.screening.verdict import Suitable

KNOWN: Final = load_knowledge()
START: Final = date(2026, 6, 1)
DAYS: Final = 45
ROWS: Final = (
    {"taken": "yes", "effects": "none"},
    {"taken": "yes", "effects": "none"},
    {"taken": "missed", "effects": "none"},
    {"taken": "yes", "effects": "withdrawal 1"},
    {"taken": "yes", "effects": "none", "asks": "a pause"},
    {"taken": "yes", "effects": "suicidal 1"},
    {"taken": "yes", "results": "cows 14"},
    {"taken": "yes", "results": "sows-gossop 12"},
    {"taken": "yes", "dose": "60 mg", "effects": "none"},
    None,
)
SIGNED: Final = (Move.HOLD, Move.SLOW, Move.EXTEND, Move.GO_ON_AGAIN, Move.AS_PLANNED)


def first_taper() -> Taper:
    asked = Asked(
        drug=KNOWN.drugs["oxycodone"],
        daily=Dose.mg(40).base,
        units=tuple(read_units(["5 mg"])),
        starts=START,
        duration=56,
        max_step=Fraction(1, 4),
        floor=Dose.mg(20).base,
    )
    verdict = Suitable(Therapy.TAPER, START, None)
    return Taper(verdict, schedule(asked, KNOWN, as_of=START), "Dr A", START + timedelta(days=30))


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[dict[int, int], Move | None, bool]]:
    """For each morning: days that are written or rewritten before it, what is signed, whether a review is."""
    quiet = st.sampled_from([0] * 6 + list(range(len(ROWS))))
    mornings: list[tuple[dict[int, int], Move | None, bool]] = []
    for n in range(1, DAYS):
        rows = {n - 1: draw(quiet)}
        if draw(st.integers(0, 9)) == 0:
            rows[draw(st.integers(0, n - 1))] = draw(quiet)
        sign = draw(st.sampled_from(SIGNED)) if draw(st.integers(0, 5)) == 0 else None
        mornings.append((rows, sign, draw(st.booleans())))
    return mornings


@settings(max_examples=120, deadline=None)
@given(courses())
def test_no_morning_is_above_the_one_before_nor_more_than_a_step_below(
    course: list[tuple[dict[int, int], Move | None, bool]],
) -> None:
    taper, rows, steps, since = first_taper(), dict[int, dict[str, str]](), [0], 0
    interval = taper.schedule.pace.interval
    for n, (written, sign, reviewed) in enumerate(course, 1):
        for day, kind in written.items():
            row = ROWS[kind]
            rows.pop(day, None)
            if row is not None:
                rows[day] = {"date": (START + timedelta(days=day)).isoformat()} | row
        diary = read_diary(((f"day {d}", r) for d, r in sorted(rows.items())), KNOWN)
        today = START + timedelta(days=n)
        answer = review_taper(taper, diary, KNOWN, as_of=today)
        taper = answer.followed
        step = answer.standing.step
        assert steps[-1] <= step <= steps[-1] + 1
        if step != steps[-1]:
            assert n - since >= interval
            since = n
        steps.append(step)
        if sign is not None:
            try:
                on = today + timedelta(days=28) if reviewed else None
                taper = signed(answer, sign, by="Dr A", review=on)
            except CannotPlan:
                assert sign is Move.GO_ON_AGAIN
                assert not answer.standing.held
            else:
                again = review_taper(taper, diary, KNOWN, as_of=today)
                assert again.standing.step == step
                assert again.standing.held or sign is not Move.HOLD or step == len(again.setting.days)


def test_a_correction_does_not_bring_back_a_dose() -> None:
    """A reduction that took place stays, though the day before is told to have been bad afterwards."""
    taper, good = first_taper(), ROWS[0]
    assert good is not None
    rows = {d: {"date": (START + timedelta(days=d)).isoformat()} | good for d in range(14)}
    diary = read_diary(((f"day {d}", r) for d, r in rows.items()), KNOWN)
    taper = review_taper(taper, diary, KNOWN, as_of=START + timedelta(days=14)).followed
    rows[13] |= {"asks": "a pause"}
    diary = read_diary(((f"day {d}", r) for d, r in rows.items()), KNOWN)
    answer = review_taper(taper, diary, KNOWN, as_of=START + timedelta(days=14))
    assert answer.standing.step == 1
    assert answer.standing.held
    # Without what was kept the same diary would say that the higher dose is in force.
    forgotten = review_taper(first_taper(), diary, KNOWN, as_of=START + timedelta(days=14))
    assert forgotten.standing.step == 0


def _day(n: int, **fields: str) -> tuple[str, dict[str, str]]:
    return f"day {n}", {"date": (START + timedelta(days=n)).isoformat(), "taken": "yes"} | fields


def test_danger_that_is_written_after_a_decision_is_not_answered_by_it() -> None:
    """At noon somebody signs that it goes on; at night the same day tells of thoughts of suicide."""
    rows = [_day(n, effects="none") for n in range(5)] + [_day(5, effects="none", asks="a pause")]
    today = START + timedelta(days=5)
    noon = review_taper(first_taper(), read_diary(rows, KNOWN), KNOWN, as_of=today)
    after = signed(noon, Move.GO_ON_AGAIN, by="Dr A")
    assert not review_taper(after, read_diary(rows, KNOWN), KNOWN, as_of=today).standing.held
    rows[5] = _day(5, effects="suicidal 1", asks="a pause")
    night = review_taper(after, read_diary(rows, KNOWN), KNOWN, as_of=today)
    assert (night.asked.rule.id, night.standing.held) == ("weaning/suicidal-thoughts", True)


def test_danger_that_is_written_for_a_day_before_stands_over_good_days() -> None:
    rows = [_day(n, effects="none") for n in range(9)]
    rows[4] = _day(4, effects="hard to wake 1")
    found = review_taper(first_taper(), read_diary(rows, KNOWN), KNOWN, as_of=START + timedelta(days=9))
    assert found.asked.rule.id == "weaning/overdose-signs"
    decided = signed(found, Move.GO_ON_AGAIN, by="Dr A")
    later = review_taper(decided, read_diary(rows, KNOWN), KNOWN, as_of=START + timedelta(days=9))
    assert later.asked.rule.id == "weaning/as-planned"
