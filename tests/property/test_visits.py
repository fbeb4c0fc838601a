"""Months of visits: days are written, proposals are signed or not, and what may never be is looked for."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openldn.followup.adjustment import adjusted
from openldn.followup.review import judged, review, setting_of, standing_of
from openldn.knowledge.load import load_knowledge
from openldn.plan.changes import Move
from openldn.plan.rounding import dose_of
from openldn.plan.steps import Plan
from openldn.proofs.plans import DAY, plans
from openldn.record.diary import Diary, Entry, read_diary

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
