"""Diagnoses, results, procedures and allergies: read, counted, or said why not."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from openldn.fhir.read import read_records
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.measures import Amount
from openldn.record.patient import Record, Stage
from openldn.record.results import TestResult

PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p", "birthDate": "1980-05", "gender": "Female"}


def read(*resources: dict[str, Any]) -> Record:
    entries = [{"resource": r} for r in resources]
    tree = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (record,) = read_records(json.dumps(tree).encode(), load_knowledge().vocabulary)
    return record


def observation(code: str = "1742-6", **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "effectiveDateTime": "2026-10-20T08:00:00+02:00",
        **fields,
    }


def result(**fields: Any) -> TestResult:
    (found,) = read(PATIENT, observation(**fields)).results
    return found


def test_who_it_is() -> None:
    born = read(PATIENT).patient.born
    assert born is not None
    assert (born.first, born.last) == (date(1980, 5, 1), date(1980, 5, 31))
    assert (born.youngest(date(2026, 5, 20)), born.oldest(date(2026, 5, 20))) == (45, 46)
    assert read(PATIENT).patient.sex == "female"
    assert read({**PATIENT, "birthDate": "yesterday"}).patient.born is None


@pytest.mark.parametrize(
    ("fields", "dead"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedBoolean": "perhaps"}, True),
        ({"deceasedDateTime": "2020-01-01"}, True),
        ({"deceasedDateTime": "garbled"}, True),
    ],
)
def test_whatever_is_no_plain_no_counts_as_deceased(fields: dict[str, Any], dead: bool) -> None:
    assert bool(read({**PATIENT, **fields}).patient.deceased) is dead


@pytest.mark.parametrize(
    ("fields", "low", "high"),
    [
        ({"valueQuantity": {"value": 35, "unit": "U/L"}}, "35", "35"),
        ({"valueQuantity": {"value": 35, "code": "U/L"}}, "35", "35"),
        ({"valueQuantity": {"value": 5, "comparator": "<", "unit": "U/L"}}, "0", "5"),
        ({"valueQuantity": {"value": 900, "comparator": ">=", "unit": "U/L"}}, "900", None),
        ({"valueString": "35 U/L"}, "35", "35"),
        ({"valueString": "> 1000 IU/L"}, "1000", None),
    ],
)
def test_a_value_in_its_many_forms(fields: dict[str, Any], low: str, high: str | None) -> None:
    found = result(**fields)
    assert found.amount is not None
    assert found.amount.low == Fraction(low)
    assert found.amount.high == (Fraction(high) if high else None)
    assert (found.taken, found.problem) == (date(2026, 10, 20), "")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "no value"),
        ({"valueQuantity": {"value": 35}}, "no unit"),
        ({"valueQuantity": {"value": "35", "unit": "U/L"}}, "number"),
        ({"valueQuantity": {"value": 35, "unit": "mg"}}, "no unit of Alanine"),
        ({"valueQuantity": {"value": 35, "unit": "U/L", "comparator": "~"}}, "comparator"),
        ({"valueString": "see note"}, "no number"),
        ({"valueCodeableConcept": {"text": "high"}}, "no number"),
        (
            {"valueQuantity": {"value": 35, "unit": "U/L"}, "referenceRange": [{"high": {"value": "x"}}]},
            "number",
        ),
        (
            {"valueQuantity": {"value": 35, "unit": "U/L"}, "referenceRange": [{"high": {"value": 0}}]},
            "upper limit",
        ),
    ],
)
def test_a_value_that_cannot_be_read_is_said(fields: dict[str, Any], said: str) -> None:
    found = result(**fields)
    assert found.amount is None
    assert said in found.problem


@pytest.mark.parametrize("reason", ["not-performed", "not-asked", "asked-declined", "not-applicable"])
def test_a_test_that_was_not_done_is_no_defect(reason: str) -> None:
    found = result(dataAbsentReason={"coding": [{"code": reason}]})
    assert (found.amount, found.problem) == (None, "")
    assert result(dataAbsentReason={"text": reason.replace("-", " ")}).problem == ""


@pytest.mark.parametrize("reason", ["unknown", "masked", "error", "as-text", "temp-unknown", ""])
def test_any_other_reason_for_no_value_may_hide_one(reason: str) -> None:
    assert result(dataAbsentReason={"coding": [{"code": reason}]}).problem == "no value"


def test_the_lowest_upper_limit_counts() -> None:
    ranges = [
        {"high": {"value": 55, "unit": "U/L"}},
        {"high": {"value": 40, "unit": "U/L"}},
        {"low": {"value": 5}},
    ]
    found = result(valueQuantity={"value": 35, "unit": "U/L"}, referenceRange=ranges)
    assert found.upper_limit == 40


def test_results_that_no_rule_reads_are_counted_and_void_ones_left_out() -> None:
    potassium = observation("2823-3", valueQuantity={"value": 4, "unit": "mmol/L"})
    void = observation(id="v", status="entered-in-error", valueQuantity={"value": 900, "unit": "U/L"})
    record = read(PATIENT, potassium, void)
    assert record.results == ()
    assert record.not_read == {"Observation": 2}


def test_components_and_answers() -> None:
    panel = observation(
        "44249-1",
        component=[
            {
                "code": {"coding": [{"code": "44260-8"}]},
                "valueCodeableConcept": {"coding": [{"code": "LA6570-1"}]},
            },
            {"code": {"coding": [{"code": "44250-9"}]}, "valueInteger": 1},
        ],
    )
    (item,) = read(PATIENT, panel).results
    assert item.measure == "phq9-item-9"
    assert item.amount == Amount(Fraction(2), Fraction(2))
    response = {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "authored": "2026-10-30",
        "questionnaire": "http://example.org/phq-9",
        "item": [
            {
                "linkId": "g",
                "item": [{"linkId": "/44260-8", "answer": [{"valueCoding": {"code": "LA6569-3"}}]}],
            }
        ],
    }
    (said,) = read(PATIENT, response).results
    assert (said.measure, said.taken) == ("phq9-item-9", date(2026, 10, 30))
    assert said.amount == Amount(Fraction(1), Fraction(1))


def test_an_answer_that_is_none_of_its_answers_is_said() -> None:
    found = result(code="82810-3", valueCodeableConcept={"text": "perhaps"})
    assert found.answer is None
    assert "pregnant" in found.problem


def test_an_observation_without_a_name_stays() -> None:
    (nameless,) = read(PATIENT, {"resourceType": "Observation", "id": "o", "status": "final"}).results
    assert not nameless.readable


def test_diagnoses_with_their_status_and_days() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "code": {"text": "Cirrhosis of liver"},
        "clinicalStatus": {"coding": [{"code": "Active"}]},
        "onsetPeriod": {"start": "2020-01-01"},
        "abatementDateTime": "2021-02",
        "recordedDate": "2020-03-04",
    }
    refuted = {**condition, "id": "r", "verificationStatus": {"coding": [{"code": "refuted"}]}}
    record = read(PATIENT, condition, refuted)
    (found,) = record.conditions
    assert found.clinical_status == "active"
    assert (found.onset, found.abated, found.recorded) == (
        date(2020, 1, 1),
        date(2021, 2, 28),
        date(2020, 3, 4),
    )
    assert record.not_read == {"Condition": 1}


@pytest.mark.parametrize("code", ["no-known-problems", "no-problem-info"])
def test_no_known_problems_is_a_problem_list_and_no_information_is_none(code: str) -> None:
    record = read(PATIENT, {"resourceType": "Condition", "id": "c", "code": {"coding": [{"code": code}]}})
    assert record.conditions == ()
    assert record.no_known_problems is (code == "no-known-problems")


@pytest.mark.parametrize(
    ("resource", "stage", "on"),
    [
        (
            {"resourceType": "Procedure", "status": "completed", "performedDateTime": "2026-10-01"},
            Stage.DONE,
            date(2026, 10, 1),
        ),
        ({"resourceType": "Procedure", "status": "preparation"}, Stage.PLANNED, None),
        ({"resourceType": "Procedure", "status": "not-done"}, Stage.VOID, None),
        ({"resourceType": "Procedure", "status": "zzz"}, Stage.UNCLEAR, None),
        (
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "occurrencePeriod": {"start": "2026-12-01"},
            },
            Stage.PLANNED,
            date(2026, 12, 1),
        ),
        ({"resourceType": "ServiceRequest", "status": "active", "doNotPerform": True}, Stage.VOID, None),
        ({"resourceType": "ServiceRequest", "status": "revoked"}, Stage.VOID, None),
        (
            {"resourceType": "Appointment", "status": "booked", "start": "2026-12-01T10:00:00Z"},
            Stage.PLANNED,
            date(2026, 12, 1),
        ),
        ({"resourceType": "Appointment", "status": "cancelled"}, Stage.VOID, None),
    ],
)
def test_procedures_requests_and_appointments(
    resource: dict[str, Any], stage: Stage, on: date | None
) -> None:
    named = (
        {"description": "Hernia repair"}
        if resource["resourceType"] == "Appointment"
        else {"code": {"text": "Hernia repair"}}
    )
    (found,) = read(PATIENT, {"id": "x", **resource, **named}).procedures
    assert (found.stage, found.on) == (stage, on)
    assert "findings/operation" in found.meanings.ids


def test_a_surgical_category_and_a_day_that_cannot_be_read() -> None:
    request = {
        "resourceType": "ServiceRequest",
        "id": "s",
        "status": "active",
        "code": {"text": "Nissen"},
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "387713003"}]}],
        "occurrenceDateTime": "soon",
    }
    (found,) = read(PATIENT, request).procedures
    assert "findings/operation" in found.meanings.ids
    assert found.day_unreadable


def test_an_appointment_without_a_word_is_no_unreadable_entry() -> None:
    (found,) = read(PATIENT, {"resourceType": "Appointment", "id": "a", "status": "booked"}).procedures
    assert found.meanings.readable


def test_allergies_name_drugs_and_substances() -> None:
    lactose = {"resourceType": "AllergyIntolerance", "id": "a", "code": {"text": "Lactose"}}
    drug = {
        "resourceType": "AllergyIntolerance",
        "id": "b",
        "code": {"text": "Drug allergy"},
        "reaction": [{"substance": {"text": "Naltrexone"}}],
    }
    none = {"resourceType": "AllergyIntolerance", "id": "n", "code": {"coding": [{"code": "716186003"}]}}
    first, second = read(PATIENT, lactose, drug, none).allergies
    assert "findings/excipient-lactose" in first.meanings.ids
    assert [n.drug.name for n in second.identity.named] == ["naltrexone"]
