"""Laws of follow-up that hold for every plan and diary, with visits and changes on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

import pytest
from golden_followup import plan_of
from hypothesis import assume, example, given
from hypothesis import strategies as st
from records import known

from openldn.followup.adjustment import adjusted
from openldn.followup.proposals import TABLE, Candidate, Level, applying, foremost
from openldn.followup.review import Review, grades_of, judged, review
from openldn.followup.signs import Day, Sign, day_of
from openldn.followup.tolerability import Phase, Standing
from openldn.knowledge.effect_schema import Complaint
from openldn.plan.changes import Move
from openldn.plan.steps import Plan
from openldn.proofs.explore import COMBINED, SINGLE
from openldn.proofs.plans import courses
from openldn.proofs.symbols import DOSE, entries
from openldn.quantities import Dose
from openldn.record.diary import Diary, Entry, Painkiller, Slot, Taken, read_diary

START: Final = date(2026, 5, 1)
ONE_DAY: Final = timedelta(days=1)
CASES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"slot": "morning"},
    {"product": "capsule-gelatin", "strengths": ["1 mg", "3 mg", "4.5 mg"]},
    {"profile": "ms", "conditions": ["multiple-sclerosis"]},
    {"profile": "cfs", "conditions": ["chronic-fatigue-syndrome"]},
    {"profile": "half-weekly"},
    {"profile": "sensitive", "reasons": ["thyroid-hormone"]},
    {"steps": "2 mg x 5, 3 mg x 20, 3.5 mg"},
)
"""Once a day at night and in the morning, a pause for a half, conditions, tests, short and long intervals."""
GOOD: Final = {"taken": "yes", "effects": "none", "painkiller": "no", "symptoms": "6"}
KINDS: Final[dict[str, dict[str, str]]] = {
    "good": {},
    "better": {"symptoms": "2"},
    "worse": {"symptoms": "9"},
    "bowel": {"effects": "diarrhoea 2"},
    "rash": {"effects": "rash 2"},
    "sleep": {"effects": "vivid-dreams 2"},
    "nausea": {"effects": "nausea 2"},
    "headache": {"effects": "headache 1"},
    "spasticity": {"effects": "spasticity 2"},
    "flu-like": {"effects": "flu-like 2"},
    "mood": {"effects": "mood-change 1"},
    "thyroid": {"effects": "palpitations 1"},
    "new": {"new_medicine": "amoxicillin"},
    "missed": {"taken": "missed"},
    "missed, half written": {"taken": "missed", "effects": ""},
    "half written": {"painkiller": ""},
    "results": {"results": "tsh 2.1 mIU/L; free-t4 15 pmol/L"},
    "operation": {"operation_on": "2026-06-20"},
    "called off": {"operation_on": "none"},
    "opioid": {"painkiller": "opioid"},
    "not named": {"painkiller": "not named"},
}
RARE: Final = ("operation", "called off", "opioid", "not named")
OFTEN: Final = tuple(k for k in KINDS if k not in RARE)


@cache
def first_plan(case: int, by: int = 0) -> Plan:
    """The plan of a case, begun some days later or earlier."""
    return plan_of({"start": str(START + timedelta(days=by))} | CASES[case])


@cache
def written(kind: str, day: date, by: int = 0) -> Entry:
    """An entry of a kind; `by` shifts the days that it names."""
    row = GOOD | KINDS[kind]
    if row.get("operation_on", "none") != "none":
        row = row | {"operation_on": str(date.fromisoformat(row["operation_on"]) + timedelta(days=by))}
    return read_diary([(str(day), {"date": str(day)} | row)], known()).entries[0]


@dataclass(frozen=True)
class Story:
    """Days of a kind in a row ("" is left out), and the mornings on which what is proposed is signed."""

    case: int
    kinds: tuple[str, ...]
    visits: frozenset[int]

    def played(self, by: int = 0) -> tuple[Plan, Diary, date]:
        """The plan after the visits, the diary, and the morning after the last day."""
        plan = first_plan(self.case, by)
        found: list[Entry] = []
        for n, kind in enumerate(self.kinds):
            day = plan.began + timedelta(days=n)
            if n in self.visits:
                plan = adjusted(review(plan, Diary(tuple(found)), known(), as_of=day), known(), by="Dr A")
            if kind:
                found.append(written(kind, day, by))
        return plan, Diary(tuple(found)), plan.began + timedelta(days=len(self.kinds))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Up to some months, in runs of days that are alike."""
    one_kind = st.sampled_from((*OFTEN, *OFTEN, "", *RARE)) | st.just("good")
    runs = draw(
        st.lists(st.tuples(one_kind, st.sampled_from((1, 1, 1, 2, 7, 8, 15))), min_size=1, max_size=14)
    )
    kinds = tuple(kind for kind, days in runs for _ in range(days if kind not in RARE else 1))
    visits = draw(st.frozensets(st.integers(0, len(kinds)), max_size=12))
    ends_of_runs = [sum(d if k not in RARE else 1 for k, d in runs[:n]) for n in range(1, len(runs))]
    if draw(st.booleans()):
        visits |= frozenset(ends_of_runs)
    return Story(draw(st.sampled_from(range(len(CASES)))), kinds, visits)


def left_alone(case: int, good: int, missed: int) -> Story:
    """Halved for a rash after some good days, then missed and half written until a gap is long."""
    kinds = ("good",) * good + ("rash",) + ("missed, half written",) * missed
    return Story(case, kinds, frozenset(range(len(kinds))))


ON_THE_FIRST_RUNG: Final = left_alone(0, 4, 15)
PAUSED: Final = left_alone(2, 4, 15)
HALF_BELOW_THE_START: Final = left_alone(7, 12, 15)
"""3 mg halved to 1.5 mg, on a ladder that begins with 2 mg."""


def asked(plan: Plan, diary: Diary, as_of: date) -> Review:
    """The review with the rules as they are shipped."""
    return review(plan, diary, known(), as_of=as_of)


def much(dose: Dose | None) -> int:
    """A dose to compare; nothing is 0."""
    return dose.base if dose else 0


def answer(of: Review, by: int = 0) -> tuple[object, ...]:
    """What is proposed, its days moved back by some."""
    shift = timedelta(days=by)
    every = (of.proposal, *of.lost)
    return (
        of.standing,
        of.assessment,
        of.dose,
        [(p.rule.id, p.move, p.starts - shift, p.dose, p.wanted) for p in every],
    )


@given(story=stories(), by=st.integers(-365, 365))
def test_shifting_all_days_shifts_the_answer_and_the_plan(story: Story, by: int) -> None:
    shift = timedelta(days=by)
    plan, diary, as_of = story.played()
    moved, later, then = story.played(by)
    assert then == as_of + shift
    assert answer(asked(plan, diary, as_of)) == answer(asked(moved, later, then), by)
    assert [replace(s, starts=s.starts + shift) for s in plan.steps] == list(moved.steps)
    assert [replace(c, on=c.on + shift) for c in plan.changes] == list(moved.changes)
    assert [d.on + shift for d in plan.course.due] == [d.on for d in moved.course.due]


@cache
def alike(case: int) -> tuple[tuple[Entry, ...], ...]:
    """The entries of the proof in groups: of equal days, and of equal answers that the longer look reads."""
    grades = grades_of(first_plan(case), known(), as_of=START)
    found: dict[tuple[Day, Taken | None, bool, object], list[Entry]] = {}
    for entry, _ in entries(known()):
        if entry.dose is None:
            thyroid = any(f.grade and f.taken_for is Complaint.THYROID for f in entry.effects or ())
            day = day_of((entry,), DOSE, (Slot.NIGHT,), grades)
            found.setdefault((day, entry.taken, thyroid, entry.results), []).append(entry)
    return tuple(tuple(group) for group in found.values() if len(group) > 1)


@given(story=stories(), data=st.data())
def test_diaries_of_equal_days_get_the_same_proposal(story: Story, data: st.DataObject) -> None:
    """What allows the proof to look at one day of each kind."""
    plan, diary, as_of = story.played()
    groups = st.sampled_from(alike(story.case))
    placed = data.draw(st.lists(st.tuples(st.sampled_from(range(len(story.kinds))), groups), max_size=8))
    days = {plan.began + timedelta(days=n): group for n, group in placed}
    kept = [e for e in diary.entries if e.day not in days]
    one, other = (
        Diary((*kept, *(replace(data.draw(st.sampled_from(g)), day=d) for d, g in days.items())))
        for _ in range(2)
    )
    assert answer(asked(plan, one, as_of)) == answer(asked(plan, other, as_of))


@given(story=stories(), data=st.data())
def test_a_gap_never_brings_a_rise_or_more(story: Story, data: st.DataObject) -> None:
    plan, diary, as_of = story.played()
    gone = data.draw(st.frozensets(st.sampled_from(range(len(story.kinds)))))
    days = {plan.began + timedelta(days=n) for n in gone}
    before = asked(plan, diary, as_of)
    after = asked(plan, Diary(tuple(e for e in diary.entries if e.day not in days)), as_of)
    assert before.proposal.move.upward or not after.proposal.move.upward
    taken = max(much(before.dose), much(after.dose))
    assert before.proposal.move.upward or much(after.proposal.dose) <= taken


@example(story=ON_THE_FIRST_RUNG)
@example(story=PAUSED)
@example(story=HALF_BELOW_THE_START)
@given(story=stories())
def test_only_a_rise_or_a_return_gives_more_than_is_taken(story: Story) -> None:
    """Neither what is proposed nor the plan that is signed for it."""
    plan, diary, as_of = story.played()
    found = asked(plan, diary, as_of)
    changed = adjusted(found, known(), by="Dr A")
    if found.proposal.move.upward:
        return
    assert much(found.proposal.dose) <= much(found.dose)
    if changed is not plan and changed.steps:
        assert changed.steps[0].dose == found.proposal.dose


@example(story=ON_THE_FIRST_RUNG)
@example(story=PAUSED)
@example(story=HALF_BELOW_THE_START)
@given(story=stories())
def test_a_signed_plan_begins_with_what_was_proposed(story: Story) -> None:
    plan, diary, as_of = story.played()
    found = asked(plan, diary, as_of)
    changed = adjusted(found, known(), by="Dr A")
    if changed is not plan:
        assert much(changed.steps[0].dose if changed.steps else None) == much(found.proposal.dose)
        assert asked(changed, diary, as_of).dose == found.proposal.dose


WORSE_WHILE_HALVED: Final = Story(
    0, (*("better",) * 7, "rash", *("worse",) * 7), frozenset(range(1, 15))
)  # fmt: skip
"""Symptoms of 2, a rise on day 8, halved for a rash on day 9, and symptoms of 9 since."""


@given(story=stories())
@example(story=WORSE_WHILE_HALVED)
def test_what_is_signed_upward_is_not_taken_back_the_same_day(story: Story) -> None:
    plan, diary, as_of = story.played()
    found = asked(plan, diary, as_of)
    if found.proposal.move.upward:
        again = asked(adjusted(found, known(), by="Dr A"), diary, as_of)
        assert much(again.proposal.dose) >= much(again.dose), again.proposal.rule.id


def test_the_day_of_judgement_does_not_lie_beyond_a_plan_that_ends_for_an_operation() -> None:
    """As in a first plan: None where the plan ends before it, and nothing is due after its last day."""
    story = Story(0, (*("good",) * 17, "operation", "good", "good"), frozenset(range(21)))
    plan, _, _ = story.played()
    assert (plan.changes[-1].move, plan.ends) == (Move.LAST_DOSE, date(2026, 6, 16))
    assert plan.course.judge_on is None
    assert all(d.on <= plan.ends for d in plan.course.due)


def test_changes_stay_in_order_when_a_day_is_corrected_after_an_evening_visit() -> None:
    """A rise signed for tomorrow, then today turns out to be one with an opioid and without a dose."""
    plan, diary, as_of = Story(0, (*("good",) * 4, "half written", *("good",) * 7), frozenset({5})).played()
    today = as_of - ONE_DAY
    evening = asked(plan, diary, today)
    assert (evening.proposal.move, evening.proposal.starts) == (Move.RISE, as_of)
    signed = adjusted(evening, known(), by="Dr A")
    wrong = replace(diary.on(today)[0], taken=Taken.MISSED, painkiller=Painkiller.OPIOID)
    corrected = Diary((*(e for e in diary.entries if e.day != today), wrong))
    stopped = adjusted(asked(signed, corrected, today), known())
    assert not stopped.steps
    assert [c.on for c in stopped.changes] == sorted(c.on for c in stopped.changes)


def _with_opioid(entry: Entry, how: str) -> Entry:
    if how == "answered":
        return replace(entry, painkiller=Painkiller.OPIOID)
    row = {"date": str(entry.day), "painkiller": "not an opioid", how: "tramadol"}
    (named,) = read_diary([("x", row)], known()).entries
    more = (*entry.new_medicines, *named.new_medicines)
    return replace(entry, painkillers=(*entry.painkillers, *named.painkillers), new_medicines=more)


@given(
    story=stories(),
    n=st.integers(0, 200),
    how=st.sampled_from(("answered", "painkiller_name", "new_medicine")),
)
def test_an_opioid_on_any_day_stops(story: Story, n: int, how: str) -> None:
    plan, diary, as_of = story.played()
    day = plan.began + timedelta(days=n % len(story.kinds))
    there = diary.on(day) or (Entry(day),)
    others = tuple(e for e in diary.entries if e.day != day)
    found = asked(plan, Diary((*others, *(_with_opioid(e, how) for e in there))), as_of)
    assert found.proposal.move is Move.STOP
    assert found.proposal.candidate.tells_patient
    assert found.proposal.dose is None
    assert not adjusted(found, known()).steps


@given(story=stories(), random=st.randoms())
def test_the_order_of_entries_and_asking_twice_change_nothing(story: Story, random: Any) -> None:
    plan, diary, as_of = story.played()
    shuffled = list(diary.entries)
    random.shuffle(shuffled)
    found = asked(plan, diary, as_of)
    assert found == asked(plan, diary, as_of) == asked(plan, Diary(tuple(shuffled)), as_of)
    assert judged(plan, diary, known(), as_of=as_of) is found.proposal.candidate


@given(story=stories(), ahead=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
def test_entries_of_days_to_come_are_not_read_and_stop_a_rise(story: Story, ahead: list[str]) -> None:
    plan, diary, as_of = story.played()
    more = [written(kind, as_of + timedelta(days=n)) for n, kind in enumerate(ahead, 1)]
    before, after = asked(plan, diary, as_of), asked(plan, Diary((*diary.entries, *more)), as_of)
    assert (after.closed, after.standing, after.dose) == (before.closed, before.standing, before.dose)
    if before.standing.phase is Phase.OVER:
        assert after.proposal == before.proposal
        return
    dates = next(c for c in TABLE if c.rule == "diary-dates")
    before_it = TABLE.index(before.proposal.candidate) < TABLE.index(dates)
    assert after.proposal.candidate is (before.proposal.candidate if before_it else dates)
    assert not after.proposal.move.upward
    assert {p.rule.id for p in before.lost} <= {p.rule.id for p in after.lost}


STANDINGS: Final = st.builds(
    Standing,
    phase=st.sampled_from(Phase),
    rung=st.integers(0, 1),
    due=st.integers(0, 8),
    wait=st.integers(0, 8),
    sign=st.sampled_from(Sign),
    morning=st.integers(-1, 7),
    halvings=st.integers(0, 2),
    stays=st.booleans(),
)


@given(standing=STANDINGS, assessment=st.sampled_from((*SINGLE, *COMBINED)), course=st.integers(0, 50))
def test_the_proposal_is_the_first_that_applies(standing: Standing, assessment: Any, course: int) -> None:
    every = courses_known()
    setting = every[course % len(every)].setting
    assume(standing.rung < len(setting.rungs))
    found = list(applying(standing, assessment, setting))
    assert foremost(standing, assessment, setting) is found[0]
    assert found == sorted(found, key=TABLE.index)
    levels = [c.level for c in found]
    assert levels == sorted(levels)


@cache
def courses_known() -> tuple[Any, ...]:
    """Every course of a published ladder."""
    return courses(known())


def test_the_table_is_sorted_by_level_and_what_goes_up_stands_last() -> None:
    assert [c.level for c in TABLE] == sorted(c.level for c in TABLE)
    assert {c.level for c in TABLE if c.move.upward} == {Level.RISE}


@pytest.mark.parametrize("candidate", TABLE, ids=lambda c: f"{c.rule}: {c.move}")
def test_who_is_told_at_once(candidate: Candidate) -> None:
    assert candidate.tells_patient is (candidate.move in (Move.STOP, Move.WAIT))
    assert candidate.tells_patient is (candidate.level in (Level.SAFETY, Level.OPIOID))
