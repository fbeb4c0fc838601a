"""Months of visits: days are written, proposals are signed or not, and what may never be is looked for.

Besides: laws of the review that hold for every diary.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openldn.followup.adjustment import adjusted
from openldn.followup.review import grades_of, judged, review, setting_of, standing_of
from openldn.followup.signs import day_of
from openldn.knowledge.load import load_knowledge
from openldn.plan.changes import Move
from openldn.plan.rounding import dose_of
from openldn.plan.steps import Plan
from openldn.proofs.plans import DAY, plans
from openldn.proofs.symbols import entries as all_entries
from openldn.record.diary import Diary, Entry, Slot, read_diary

KNOWN = load_knowledge()
GOOD = {"taken": "yes", "effects": "none", "painkiller": "no", "symptoms": "6"}
DAYS = {
    "good": {},
    "mild": {"effects": "dizziness 1"},
    "bowel": {"effects": "diarrhoea 2"},
    "sleep": {"effects": "vivid-dreams 2"},
    "nausea": {"effects": "nausea 2"},
    "headache": {"effects": "headache 1"},
    "severe": {"effects": "headache 3; rash 3"},
    "spastic": {"effects": "spasticity 2"},
    "flu": {"effects": "flu-like 1"},
    "missed": {"taken": "missed"},
    "half": {"effects": ""},
    "operation": {"operation_on": (DAY + timedelta(days=90)).isoformat()},
    "tests": {"results": "tsh 2 mIU/L; ft4 15 pmol/L"},
}
TROUBLE = ("bowel", "sleep", "nausea", "severe", "spastic")


@cache
def known_plans() -> tuple[Plan, ...]:
    return tuple(p for p in plans(KNOWN) if len(p.ladder) > 1 and len(p.times) == 1)[::7]


def entry_on(day: date, kind: str) -> Entry:
    row = {"date": day.isoformat()} | GOOD | DAYS[kind]
    return read_diary([(day.isoformat(), row)], KNOWN).entries[0]


class Visits(RuleBasedStateMachine):
    """A patient writes, a prescriber signs or does not."""

    @initialize(plan=st.sampled_from(range(len(known_plans()))))
    def begin(self, plan: int) -> None:
        self.plan = known_plans()[plan]
        self.first, self.today = self.plan, self.plan.began
        self.written: dict[date, str] = {}
        self.stopped = False
        self.raised: list[date] = []

    @property
    def diary(self) -> Diary:
        return Diary(tuple(entry_on(day, kind) for day, kind in self.written.items()))

    @rule(kind=st.sampled_from(sorted(DAYS)), days=st.sampled_from((1, 1, 1, 7, 8)))
    def write(self, kind: str, days: int) -> None:
        for _ in range(days):
            self.written[self.today] = kind
            self.today += timedelta(days=1)

    @rule(days=st.sampled_from((1, 2, 16)))
    def leave_out(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(signs=st.booleans())
    def visit(self, signs: bool) -> None:
        answer = review(self.plan, self.diary, KNOWN, as_of=self.today)
        assert judged(self.plan, self.diary, KNOWN, as_of=self.today) is answer.proposal.candidate
        if answer.proposal.candidate.tells_patient:
            self.stopped = True
        elif answer.proposal.move.upward:
            self._may_rise(answer.proposal.move)
        if signs or self.stopped:
            self.plan = adjusted(answer, KNOWN, by="Dr A")
        if self.stopped:
            assert not self.plan.steps

    def _may_rise(self, move: Move) -> None:
        """A week of days that were filled in, without trouble, and nothing more than one rung."""
        assert not self.stopped
        week = [self.today - timedelta(days=n) for n in range(1, 8)]
        kinds = [self.written.get(d) for d in week if d >= self.first.began]
        assert None not in kinds
        assert "half" not in kinds
        assert not set(kinds) & set(TROUBLE)
        assert "headache" not in kinds[:5]
        if move is Move.RISE:
            setting = setting_of(self.plan, KNOWN, as_of=self.today)
            known = self.diary.until(self.today)
            closed = self.today - timedelta(days=1)
            before = standing_of(self.plan, known, setting, KNOWN, closed=closed, as_of=self.today)
            assert before.rung + 1 < len(self.plan.ladder)

    @invariant()
    def every_step_is_measured_and_below_the_limits(self) -> None:
        if not hasattr(self, "plan"):
            return
        top = max(r.dose for r in self.first.ladder)
        for step in self.plan.steps:
            assert dose_of(step.measured, self.plan.article.product) == step.dose
            assert step.dose * len(self.plan.times) <= top
        assert list(self.plan.changes) == sorted(self.plan.changes, key=lambda c: c.on)
        assert self.plan.began == self.first.began


Visits.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestVisits = Visits.TestCase

histories = st.lists(st.sampled_from((*DAYS, "")), min_size=1, max_size=40)
chosen = st.sampled_from(range(len(known_plans())))


def diary_of(plan: Plan, kinds: list[str]) -> Diary:
    days = ((plan.began + timedelta(days=n), kind) for n, kind in enumerate(kinds))
    return Diary(tuple(entry_on(day, kind) for day, kind in days if kind))


@given(chosen, histories, st.data())
@settings(deadline=None)
def test_a_day_taken_away_never_raises(chosen: int, kinds: list[str], data: st.DataObject) -> None:
    plan = known_plans()[chosen]
    as_of = plan.began + timedelta(days=len(kinds))
    before = judged(plan, diary_of(plan, kinds), KNOWN, as_of=as_of)
    gone = data.draw(st.integers(0, len(kinds) - 1))
    after = judged(plan, diary_of(plan, [*kinds[:gone], "", *kinds[gone + 1 :]]), KNOWN, as_of=as_of)
    assert before.move.upward or not after.move.upward


@given(chosen, histories, st.data())
@settings(deadline=None)
def test_an_opioid_on_any_day_stops(chosen: int, kinds: list[str], data: st.DataObject) -> None:
    plan, day = known_plans()[chosen], data.draw(st.integers(0, len(kinds) - 1))
    diary = diary_of(plan, kinds)
    on = plan.began + timedelta(days=day)
    row = {"date": on.isoformat()} | GOOD | {"painkiller": "not an opioid", "painkiller_name": "co-codamol"}
    taken = read_diary([("x", row)], KNOWN).entries
    other = Diary((*(e for e in diary.entries if e.day != on), *taken))
    found = judged(plan, other, KNOWN, as_of=plan.began + timedelta(days=len(kinds)))
    assert (found.move, found.tells_patient) == (Move.STOP, True)


@given(chosen, histories, st.randoms())
@settings(deadline=None)
def test_the_order_of_entries_does_not_count(chosen: int, kinds: list[str], random: object) -> None:
    plan = known_plans()[chosen]
    diary, as_of = diary_of(plan, kinds), plan.began + timedelta(days=len(kinds))
    shuffled = list(diary.entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (
        review(plan, diary, KNOWN, as_of=as_of),
        review(plan, Diary(tuple(shuffled)), KNOWN, as_of=as_of),
    )
    assert (one.proposal, one.lost) == (other.proposal, other.lost)


@cache
def alike(plan: int) -> dict[object, list[Entry]]:
    """Entries by what they amount to and by what the longer look reads of them."""
    grades = grades_of(known_plans()[plan], KNOWN, as_of=DAY)
    found: dict[object, list[Entry]] = {}
    for entry, _ in all_entries(KNOWN):
        if entry.dose is None and not entry.results:
            day = day_of((entry,), known_plans()[plan].steps[0].dose, (Slot.NIGHT,), grades)
            thyroid = any(f.taken_for == "thyroid" for f in entry.effects or ())
            found.setdefault((day, entry.taken, thyroid), []).append(entry)
    return {key: group for key, group in found.items() if len(group) > 1 and not key[0].sign.stops}  # type: ignore[index]


@given(chosen, st.data())
@settings(deadline=None)
def test_diaries_of_equal_days_get_the_same_proposal(chosen: int, data: st.DataObject) -> None:
    """What allows the proof to follow one day of each kind."""
    plan = known_plans()[chosen]
    groups = list(alike(chosen).values())
    picked = data.draw(st.lists(st.sampled_from(groups), min_size=1, max_size=30))
    days = [plan.began + timedelta(days=n) for n in range(len(picked))]
    one, other = (
        Diary(tuple(replace(data.draw(st.sampled_from(g)), day=d) for g, d in zip(picked, days, strict=True)))
        for _ in range(2)
    )
    as_of = plan.began + timedelta(days=len(picked))
    found = [judged(plan, diary, KNOWN, as_of=as_of) for diary in (one, other)]
    assert found[0] is found[1]
