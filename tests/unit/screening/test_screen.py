"""What a screening gathers: one reason a rule and drug, the conditions shown, the day as written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from golden_records import KNOWN, record_of

from openldn.knowledge.schema import Therapy
from openldn.record.patient import Born
from openldn.screening.screen import Screening, screen
from openldn.screening.verdict import Reason

AS_OF = date(2026, 11, 1)


def screened(**case: Any) -> Screening:
    record = record_of({"as_of": AS_OF.isoformat(), **case})
    return screen(record, Therapy.LDN, KNOWN, as_of=AS_OF)


def the_reason(screening: Screening, rule: str) -> Reason:
    (found,) = (r for r in screening.verdict.reasons if r.rule.id == f"screening/{rule}")
    return found


@pytest.mark.parametrize("order", [1, -1])
def test_entries_of_one_drug_give_one_reason_that_clears_last_and_shows_all(order: int) -> None:
    drugs = [
        {"text": "morphine 10 mg", "status": "ended", "runs_until": "2026-10-27"},
        {"text": "morphine 10 mg", "status": "ended", "runs_until": "2026-10-30"},
        {"text": "morphine 10 mg", "status": "ended", "runs_until": "2026-10-29"},
    ]
    reason = the_reason(screened(drugs=drugs[::order]), "opioid-washout-minimum")
    assert reason.clears_on == date(2026, 11, 6)
    assert {r.where for r in reason.read} == {"entry[0]", "entry[1]", "entry[2]"}
    assert "2026-10-30" in reason.worded()


def test_a_reason_without_a_day_stands_for_those_with_one() -> None:
    drugs = [
        {"text": "morphine 10 mg", "status": "ended", "runs_until": "2026-10-27"},
        {"text": "buprenorphine implant", "status": "active"},
        {"text": "buprenorphine sublingual", "status": "active"},
    ]
    found = screened(drugs=drugs).verdict
    assert found.clears_on is None


def test_only_conditions_that_are_there_are_shown_and_of_each_the_narrowest() -> None:
    conditions = [
        {"text": "Crohn's disease"},
        {"text": "Inflammatory bowel disease"},
        {"text": "Fibromyalgia", "status": "resolved"},
    ]
    found = screened(conditions=conditions)
    assert [c.id for c in found.conditions] == ["conditions/crohns-disease"]


def test_an_age_that_is_not_sure_is_told_as_a_range() -> None:
    record = record_of({"as_of": AS_OF.isoformat()})
    patient = record.patient.__class__(born=Born(date(1948, 1, 1), date(1948, 12, 31), "1948"), sex="male")
    found = screen(
        record.__class__(**{f: getattr(record, f) for f in record.__slots__} | {"patient": patient}),
        Therapy.LDN, KNOWN, as_of=AS_OF,
    )  # fmt: skip
    (note,) = (n for n in found.verdict.notes if n.rule.id == "screening/age-above-trials")
    assert "77 to 78 years" in note.worded()


def test_the_weightiest_reason_comes_first_and_the_verdict_tells_what_was_asked() -> None:
    case = {"drugs": [{"text": "morphine 10 mg", "status": "active"}], "conditions": [{"text": "Pregnant"}]}
    record = record_of(
        {"as_of": AS_OF.isoformat(), "patient": {"born": "1994-01-01", "sex": "female"}, **case}
    )
    found = screen(record, Therapy.LDN, KNOWN, as_of=AS_OF, where="GB").verdict
    assert [r.severity.tier for r in found.reasons] == ["interrupt", "list"]
    assert (found.therapy, found.as_of, found.where) == (Therapy.LDN, AS_OF, "GB")


def test_a_statement_counts_from_its_own_day_and_stays_visible() -> None:
    drug = {"text": "morphine 10 mg", "status": "active", "ordered": "2026-01-01"}
    stated = {"drug": "morphine", "ended": "2026-10-01", "by": "Dr A", "stated": AS_OF.isoformat()}
    found = screened(drugs=[drug], statements=[stated])
    assert found.on_record == "no"
    (exposure,) = found.exposures
    assert exposure.stated is not None
    assert exposure.last_taken_from == "stated by Dr A on 2026-11-01"


def test_an_interview_that_no_longer_counts_is_named() -> None:
    found = screened(interview={"held": "2026-09-30", "no_opioid_since": None})
    assert "(the interview of 2026-09-30 no longer counts)" in the_reason(found, "opioid-interview").worded()
    assert "(" not in the_reason(screened(interview="none"), "opioid-interview").worded()


def test_a_reason_is_worded_in_english_where_its_language_is_missing() -> None:
    reason = the_reason(screened(interview="none"), "opioid-interview")
    assert reason.worded("xx") == reason.worded() != ""
    assert reason.asked("xx") == reason.asked() != ""
