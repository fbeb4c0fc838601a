"""60 patients composed by another hand from clinical.md alone: the program has to agree.

Verdicts that its author called open (`also_acceptable`) count as agreement. How each difference was settled
stands in docs/explanation/composed-patients.md.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bundles import bundle, interview

from openldn.fhir.read import read_records
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.knowledge.strict_yaml import read_yaml
from openldn.record.interview import read_interview
from openldn.record.patient import Record
from openldn.screening.screen import Screening, screen

HERE = Path(__file__).parent
CASES = read_yaml((HERE / "composed.yaml").read_text(encoding="utf-8"))
KNOWN = load_knowledge()


def record_of(case: dict[str, Any]) -> Record:
    """The record of a case, read from FHIR."""
    (record,) = read_records(json.dumps(bundle(case)).encode(), KNOWN.vocabulary)
    said = interview(case)
    return record.with_interview(read_interview(said, KNOWN.vocabulary)) if said else record


def screened(case: dict[str, Any]) -> Screening:
    """What the program says."""
    as_of = date.fromisoformat(case["as_of"])
    return screen(record_of(case), Therapy(case["therapy"]), KNOWN, as_of=as_of, where=case.get("where"))


def test_there_are_sixty() -> None:
    assert len({case["id"] for case in CASES}) == 60


@pytest.mark.parametrize("case", CASES, ids=[f"{c['id']}: {c['about'][:60]}" for c in CASES])
def test_the_program_agrees(case: dict[str, Any]) -> None:
    verdict = screened(case).verdict
    wanted = {case["expect"]["verdict"], *case["expect"].get("also_acceptable", [])}
    assert verdict.word in wanted, [(r.rule.id, r.worded()) for r in verdict.reasons]
