"""Every composed patient who may have LDN gets a plan from the record itself, under each limit."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from test_composed import CASES, KNOWN, record_of, screened

from openldn.knowledge.ismp import breaches
from openldn.leaflets.consent import texts_for
from openldn.leaflets.papers import Paper, paper_html
from openldn.plan.choice import Choice, choose, needs_of
from openldn.plan.ladders import profile_named, proposals
from openldn.plan.stock import shipped_stock
from openldn.plan.titration import Wanted
from openldn.screening.verdict import Caution, Suitable

ALLOWED = [c for c in CASES if c["therapy"] == "ldn" and isinstance(screened(c).verdict, Suitable | Caution)]


def chosen(case: dict[str, Any]) -> Choice:
    """The products weighed for the first proposal."""
    as_of = date.fromisoformat(case["as_of"])
    record, screening = record_of(case), screened(case)
    verdict = screening.verdict
    assert isinstance(verdict, Suitable | Caution)
    name = proposals(screening.conditions, verdict, KNOWN)[0].name
    wanted = Wanted(as_of, profile_named(name, verdict, KNOWN, as_of=as_of), prescriber="Dr A")
    return choose(
        verdict,
        wanted,
        shipped_stock(KNOWN, as_of=as_of),
        needs_of(record, verdict, as_of=as_of),
        KNOWN,
        as_of=as_of,
        patient=case["id"],
        conditions=screening.conditions,
    )


def test_some_have_limits_conditions_and_intolerances() -> None:
    limits = {r.rule.id for c in ALLOWED for r in screened(c).verdict.reasons if r.limit}
    assert {"screening/child-crohns", "screening/operation-planned"} <= limits
    assert len(ALLOWED) >= 20


@pytest.mark.parametrize("case", ALLOWED, ids=[f"{c['id']}: {c['about'][:60]}" for c in ALLOWED])
def test_the_plan_stays_under_every_limit_or_says_what_would_help(case: dict[str, Any]) -> None:
    found = chosen(case)
    plan = found.best
    if plan is None:
        assert found.changes, [c.refused for c in found.candidates]
        return
    for reason in plan.verdict.reasons:
        limit = reason.limit
        if limit is None:
            continue
        doses = [s.dose.base * len(plan.times) for s in plan.steps]
        assert limit.ceiling is None or max(doses) <= limit.ceiling.base
        assert limit.start is None or doses[0] <= limit.start.base
        assert limit.only is None or len(doses) == 1
        assert limit.interval is None or all(s.days >= limit.interval for s in plan.steps[:-1])
        assert limit.last_day is None or plan.ends <= limit.last_day
    texts = texts_for((c.id for c in screened(case).conditions), KNOWN)
    for paper in Paper:
        html = paper_html(paper, plan, texts)
        assert plan.id in html
    for due in plan.course.due:
        assert plan.starts <= due.on
        assert not breaches(due.what)
