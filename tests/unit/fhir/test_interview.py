"""An interview in FHIR: what was said twice, cannot be read or is not completed never hides a "yes"."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from records import RANK

from openldn.fhir.read import read_records
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.record.interview import Health, Question, Said
from openldn.record.patient import Record
from openldn.screening.screen import screen

DAY = date(2026, 11, 1)
SUBJECT = {"subject": {"reference": "Patient/p"}}
QUIET: list[dict[str, Any]] = [
    {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1975-01-01"},
    {"resourceType": "MedicationStatement", "id": "m", "status": "active", "dateAsserted": "2026-10-30",
     "medicationCodeableConcept": {"text": "paracetamol"}, **SUBJECT},
    {"resourceType": "Condition", "id": "c", "code": {"text": "Fibromyalgia"}, **SUBJECT},
]  # fmt: skip
LINKS = [*Question, *Health]
YES = {"valueBoolean": True}
NO = {"valueBoolean": False}


def item(link: str, *answers: Any) -> dict[str, Any]:
    return {"linkId": link, "answer": list(answers)}


def interview(*changed: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """All questions answered no, apart from the items given."""
    links = {c["linkId"] for c in changed}
    return {
        "resourceType": "QuestionnaireResponse", "id": "q", "status": "completed", "authored": "2026-10-30",
        "questionnaire": "https://example.org/Questionnaire/openldn-opioid-interview|1", **SUBJECT,
        "item": [*(item(link, NO) for link in LINKS if link not in links), *changed], **fields,
    }  # fmt: skip


def read(*responses: dict[str, Any]) -> Record:
    tree = {"resourceType": "Bundle", "type": "collection", "timestamp": "2026-10-30T00:00:00Z",
            "entry": [{"resource": r} for r in (*QUIET, *responses)]}  # fmt: skip
    (record,) = read_records(json.dumps(tree).encode(), load_knowledge().vocabulary)
    return record


def word(record: Record) -> str:
    return screen(record, Therapy.LDN, load_knowledge(), as_of=DAY, where="GB").verdict.word


HIDDEN: dict[str, Callable[[str], dict[str, Any]]] = {
    "answered yes and no": lambda link: interview(item(link, YES, NO)),
    "asked twice, no last": lambda link: interview(item(link, YES), item(link, NO)),
    "asked twice, yes last": lambda link: interview(item(link, NO), item(link, YES)),
    "a date that is none": lambda link: interview(item(link, YES), authored="yesterday"),
    "no date": lambda link: interview(item(link, YES), authored=None),
    "not completed": lambda link: interview(item(link, YES), status="in-progress"),
    "no status": lambda link: interview(item(link, YES), status=None),
    "a garbled answer": lambda link: interview(item(link, {"valueBoolean": "ja"})),
    "an answer in words that are none": lambda link: interview(item(link, {"valueString": "perhaps"})),
    "an empty answer": lambda link: interview(item(link, {})),
    "an answer of a wrong shape": lambda link: interview({"linkId": link, "answer": "yes"}),
    "a garbled question": lambda link: interview(item(f"{link}\ufffd", YES)),
    "a questionnaire that is not named": lambda link: interview(item(link, YES), questionnaire=None),
    "items of a wrong shape": lambda link: interview(item="yes"),
    "in a group": lambda link: interview(item=[{"linkId": "g", "item": [item(link, YES)]}]),
}


def test_all_no_is_suitable() -> None:
    assert word(read(interview())) == "suitable"


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_yes_that_is_hidden_allows_no_more_than_the_yes(link: str, hidden: str) -> None:
    said = read(interview(item(link, YES)))
    assert RANK[word(read(HIDDEN[hidden](link)))] <= RANK[word(said)]


@pytest.mark.parametrize("answer", [{"valueString": "not known"}, {"valueCoding": {"code": "asked-unknown"}}])
def test_not_known_may_be_said(answer: dict[str, Any]) -> None:
    record = read(interview(item("herbal-or-kratom", answer)))
    assert record.interview is not None
    assert record.interview.unanswered == (Question.HERBAL_OR_KRATOM,)
    assert word(record) == "caution"


@pytest.mark.parametrize("answer", [YES, {"valueCoding": {"code": "Y"}}, {"valueString": "Yes"}])
def test_a_yes_is_read_in_every_type(answer: dict[str, Any]) -> None:
    record = read(interview(item("pregnant", answer)))
    assert record.interview is not None
    assert record.interview.health_answer(Health.PREGNANT) is Said.YES


def test_medicines_below_an_answer() -> None:
    named = {"linkId": "medicine", "answer": [{"valueString": "kratom", "item": [
        {"linkId": "last-taken", "answer": [{"valueDate": "2026-10-01"}]}]}]}  # fmt: skip
    record = read(interview(item("herbal-or-kratom", {**YES, "item": [named]}), author={"display": "Dr A"}))
    assert record.interview is not None
    assert record.interview.by == "Dr A"
    (medicine,) = record.interview.mentioned
    assert (medicine.name, medicine.last_taken) == ("kratom", date(2026, 10, 1))


def test_the_newest_counts_and_of_one_day_all() -> None:
    older = interview(item("pregnant", YES), id="older", authored="2026-10-01")
    assert word(read(older, interview())) == "suitable"
    same_day = interview(item("liver-disease", YES), id="other")
    assert word(read(interview(), same_day)) == "cannot tell"
    assert word(read(same_day, interview())) == "cannot tell"


def test_an_older_draft_does_not_hinder_a_completed_one_and_one_entered_in_error_is_none() -> None:
    draft = interview(id="draft", status="in-progress", authored="2026-10-29")
    assert word(read(draft, interview())) == "suitable"
    error = interview(item("suicidal-thoughts", YES), id="error", status="entered-in-error")
    assert word(read(interview(), error)) == "suitable"


def test_days_said_apart_are_no_day() -> None:
    days = [item("no-opioid-since", {"valueDate": d}) for d in ("2026-01-01", "2026-10-01")]
    record = read(interview(*days))
    assert record.interview is not None
    assert record.interview.no_opioid_since is None
    once = read(interview(days[0])).interview
    assert once is not None
    assert once.no_opioid_since == date(2026, 1, 1)
