"""A saved plan is read back as the same plan, or refused."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from golden_followup import KNOWN

from openldn.answers.plan import changed_json, plan_fields
from openldn.followup.adjustment import adjusted
from openldn.followup.review import review
from openldn.plan.saved import BadPlan, plan_of
from openldn.record.diary import read_diary

SAVED: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "docs" / "how-to" / "review-plan.json").read_text(encoding="utf-8")
)
GOOD = {"taken": "yes", "effects": "none", "painkiller": "no"}


def test_what_is_read_back_is_saved_alike() -> None:
    plan = plan_of(SAVED, KNOWN)
    again = plan_fields(plan, KNOWN)
    assert plan.id == SAVED["id"]
    differing = {k for k, v in again.items() if k != "profile" and v != SAVED[k]}
    assert not differing - {"candidates"}
    assert again["profile"] == {k: v for k, v in SAVED["profile"].items() if k != "proposed"}


@pytest.mark.parametrize(
    ("row", "move"),
    [
        ({"effects": "diarrhoea 2"}, "halve"),
        ({"effects": "vivid-dreams 2"}, "move to the morning"),
        ({"painkiller": "opioid"}, "stop"),
        ({"effects": ""}, "hold"),
    ],
)
def test_a_changed_plan_is_read_back_too(row: dict[str, str], move: str) -> None:
    plan = plan_of(SAVED, KNOWN)
    days = [(plan.began + timedelta(days=n)).isoformat() for n in range(10)]
    rows = [(day, {"date": day} | GOOD | (row if n == 9 else {})) for n, day in enumerate(days)]
    answer = review(plan, read_diary(rows, KNOWN), KNOWN, as_of=plan.began + timedelta(days=10))
    assert str(answer.proposal.move) == move
    changed = adjusted(answer, KNOWN, by="Dr A")
    saved = json.loads(json.dumps(changed_json(changed, SAVED, KNOWN)))
    again = plan_of(saved, KNOWN)
    assert again.replaces == plan.id != again.id
    assert (again.steps, again.changes, again.times) == (changed.steps, changed.changes, changed.times)
    assert (again.course, again.limiters, again.ladder) == (changed.course, changed.limiters, changed.ladder)


@pytest.mark.parametrize(
    "field", ["ladder", "times", "steps", "product", "screening", "began", "id", "changes"]
)
def test_a_plan_without_a_field_is_refused(field: str) -> None:
    less = {k: v for k, v in SAVED.items() if k != field}
    with pytest.raises(BadPlan, match="not a plan"):
        plan_of(less, KNOWN)


def test_an_altered_plan_is_refused() -> None:
    altered = deepcopy(SAVED)
    altered["steps"][0]["dose"]["nanograms"] = 4_500_000
    with pytest.raises(BadPlan, match="altered"):
        plan_of(altered, KNOWN)
