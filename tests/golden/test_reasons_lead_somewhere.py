"""Every reason that a screening can give leads to a statement or a source, and its marks reach the screen."""

from __future__ import annotations

import io
from datetime import date
from functools import cache
from typing import Any

import pytest
from golden_records import KNOWN, record_of
from rich.console import Console
from test_golden import SCREENING

from openldn.answers.screening import screening_json
from openldn.cli.show import show_screening
from openldn.knowledge.schema import Rule, Therapy, unverified
from openldn.screening.screen import Screening, screen

REACHED = {
    name for _, case in SCREENING for name in (*case["expect"]["reasons"], *case["expect"].get("notes", []))
}


def screened_case(case: dict[str, Any]) -> Screening:
    """What a golden case is told."""
    return screen(
        record_of(case), Therapy(case.get("therapy", "ldn")), KNOWN,
        as_of=date.fromisoformat(case["as_of"]), where=case.get("where"), indication=case.get("indication"),
    )  # fmt: skip


@cache
def screened() -> dict[str, tuple[Screening, str, str]]:
    """For each rule that spoke in a golden case: the screening, its screen and its JSON."""
    found: dict[str, tuple[Screening, str, str]] = {}
    for _, case in SCREENING:
        record, screening = record_of(case), screened_case(case)
        page = io.StringIO()
        show_screening(Console(file=page, width=10_000), "x", record, screening, screening.verdict, KNOWN)
        told = str(screening_json("x", record, screening, screening.verdict, KNOWN))
        for reason in (*screening.verdict.reasons, *screening.verdict.notes):
            found.setdefault(reason.rule.id, (screening, page.getvalue(), told))
    return found


SPEAKING = sorted(r.id for r in KNOWN.rules.values() if r.severity is not None)


def test_every_rule_that_can_speak_is_reached() -> None:
    assert set(SPEAKING) == set(screened()) == REACHED


@pytest.mark.parametrize("rule", SPEAKING)
def test_a_reason_leads_to_a_statement_or_source_and_shows_its_marks(rule: str) -> None:
    found: Rule = KNOWN.rules[rule]
    _, page, told = screened()[rule]
    for words in (page, told):
        assert rule in words
        assert found.claims or found.references
        assert all(claim in words for claim in found.claims)
        assert all(key in words for key in found.references)
        assert all(mark in words for mark in unverified(found))
    marked = [r for k in found.references if (r := KNOWN.references[k]).marks]
    assert all(r.marks in page for r in marked)
    assert all(r.status in told for r in marked)


SAID_OF = frozenset({"patient", "drug list", "problem list", "interview", "interview.health", "indication"})
MAY_BE_EMPTY = frozenset({"detail", "worsening"})


@pytest.mark.parametrize(
    "case", [case for _, case in SCREENING], ids=[f"{r}: {c['case']}" for r, c in SCREENING]
)
def test_every_reason_shows_what_it_read_and_tells_it_in_whole_words(case: dict[str, Any]) -> None:
    record = record_of(case)
    places = SAID_OF | {s.where for s in record.skipped}
    for entries in ("medications", "conditions", "results", "procedures", "allergies"):
        places |= {entry.id for entry in getattr(record, entries)}
    verdict = screened_case(case).verdict
    for reason in (*verdict.reasons, *verdict.notes):
        assert reason.read, reason.rule.id
        for read in reason.read:
            assert read.where in places or read.where.startswith(("interview[", "interview.health.")), read
            assert read.what.strip()
            assert "None" not in read.what
        values = dict(reason.values)
        assert all(value or name in MAY_BE_EMPTY for name, value in values.items()), values
        assert not any("None" in value for value in values.values()), values
        shown = "; ".join(f"{read.where} {read.what}" for read in reason.read)
        parts = values.get("recorded", "").removeprefix("an operation (interview)").split("; ")
        assert all(part in shown for part in parts), (parts, shown)
