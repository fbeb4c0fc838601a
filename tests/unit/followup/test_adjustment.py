"""Who signs, and that a signed change is not proposed again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from golden_followup import KNOWN, plan_of, rows_of

from openldn.followup.adjustment import NotSigned, adjusted
from openldn.followup.proposals import TABLE, applying, foremost
from openldn.followup.review import review
from openldn.knowledge.strict_yaml import read_yaml
from openldn.plan.changes import Move
from openldn.proofs.explore import COMBINED, SINGLE
from openldn.proofs.plans import courses
from openldn.record.diary import Diary, read_diary

STORIES = sorted((Path(__file__).parents[2] / "golden" / "stories").glob("*.yaml"))


def test_the_table_stands_in_the_order_of_weight() -> None:
    levels = [c.level for c in TABLE]
    assert levels == sorted(levels)
    assert TABLE[-1].move is Move.GO_ON


def test_what_is_proposed_is_the_first_that_applies() -> None:
    from openldn.followup.tolerability import at_start

    setting = courses(KNOWN)[0].setting
    for assessment in (*SINGLE, *COMBINED):
        found = list(applying(at_start(setting), assessment, setting))
        assert foremost(at_start(setting), assessment, setting) is found[0]


@pytest.mark.parametrize("path", STORIES, ids=lambda p: p.stem)
def test_a_change_is_signed_by_name_and_not_proposed_again(path: Path) -> None:
    case: dict[str, Any] = read_yaml(path.read_text(encoding="utf-8"))[0]
    plan, rows = plan_of(case), rows_of(case)
    began, diary = plan.began, Diary()
    for n in range(1, max(map(int, case["expect"])) + 1):
        today = began + timedelta(days=n - 1)
        answer = review(plan, diary, KNOWN, as_of=today)
        candidate = answer.proposal.candidate
        changed = adjusted(answer, KNOWN, by="Dr A")
        if changed is not plan:
            if candidate.tells_patient:
                assert not adjusted(answer, KNOWN).steps
            elif candidate.move is Move.HOLD:
                # a rise that is held back waits for nobody: without a name nothing more is taken than before
                unsigned = adjusted(answer, KNOWN)
                assert unsigned.steps == changed.steps
                assert {s.dose for s in unsigned.steps} == {answer.proposal.dose}
            else:
                with pytest.raises(NotSigned):
                    adjusted(answer, KNOWN, by=" ")
            again = review(changed, diary, KNOWN, as_of=today)
            assert adjusted(again, KNOWN, by="Dr A") is changed, (n, again.proposal.rule.id)
            assert changed.changes[-1].by == "Dr A"
        plan = changed
        if n in rows and "operation_on" not in rows[n]:
            entry = read_diary([(f"day {n}", {"date": today.isoformat()} | rows[n])], KNOWN).entries
            diary = Diary((*diary.entries, *entry))


def test_the_table_asks_of_counts_only_whether_they_have_run_out() -> None:
    """What lets the proof ask combined longer looks once for many states."""
    from itertools import product

    from openldn.followup.signs import Sign
    from openldn.followup.tolerability import Phase, Standing
    from openldn.proofs.explore import told_apart

    setting = next(c.setting for c in courses(KNOWN) if len(c.setting.rungs) == 3)
    for phase, rung, due, wait, sign, morning, halvings, stays in product(
        Phase, range(3), (0, 1, 5), (0, 1, 9), Sign, (-1, 0, 1, 4), range(3), (False, True)
    ):
        standing = Standing(phase, rung, due, wait, sign, morning, halvings, stays)
        for assessment in SINGLE[::4]:
            expected = foremost(standing, assessment, setting)
            assert foremost(told_apart(standing), assessment, setting) is expected
