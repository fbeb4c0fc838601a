"""Bundles of every type, references of every kind, and defects that may lose nothing."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from openldn.fhir.json_text import BadInput
from openldn.fhir.read import read_records
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.record.patient import ListState, Record, Recorded
from openldn.screening.screen import Screening, screen

DAY = date(2026, 11, 20)
OXYCODONE = {"text": "Oxycodone 5 mg tablet"}
PATIENT = {"resourceType": "Patient", "id": "p1"}


def order(**fields: Any) -> dict[str, Any]:
    base = {"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order"}
    return {**base, "authoredOn": "2026-11-18", "subject": {"reference": "Patient/p1"}, **fields}


def bundle(*resources: Any, kind: str = "collection", **fields: Any) -> dict[str, Any]:
    entries = [{"resource": r, "fullUrl": f"urn:uuid:u{n}"} for n, r in enumerate(resources)]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **fields}


def read(tree: Any) -> Record:
    (record,) = read_records(json.dumps(tree).encode(), load_knowledge().vocabulary)
    return record


def ldn(record: Record) -> Screening:
    return screen(record, Therapy.LDN, load_knowledge(), as_of=DAY)


def drugs(record: Record) -> list[str]:
    return [f"{e.named.drug.name} {e.use}" for e in ldn(record).exposures]


@pytest.mark.parametrize(
    "kind",
    [
        "collection",
        "searchset",
        "document",
        "message",
        "transaction",
        "batch",
        "history",
        "transaction-response",
    ],
)
def test_bundles_of_every_type(kind: str) -> None:
    assert drugs(read(bundle(PATIENT, order(medicationCodeableConcept=OXYCODONE), kind=kind))) == [
        "oxycodone active"
    ]


MEDICATION = {"resourceType": "Medication", "id": "x", "code": OXYCODONE}


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"medicationReference": {"reference": "Medication/x"}}, [MEDICATION]),
        ({"medicationReference": {"reference": "urn:uuid:u2"}}, [MEDICATION]),
        ({"medicationReference": {"reference": "urn:uuid:x"}}, [MEDICATION]),
        ({"medicationReference": {"reference": "https://example.org/Medication/x/_history/3"}}, [MEDICATION]),
        ({"medicationReference": {"reference": "#x"}, "contained": [MEDICATION]}, []),
        ({"medicationReference": {"reference": "#x"}}, [MEDICATION]),
        ({"medicationReference": {"reference": "Medication/none", "display": "Percocet"}}, []),
        ({"medication": {"concept": OXYCODONE}}, []),
        ({"medication": {"reference": {"reference": "Medication/x"}}}, [MEDICATION]),
        ({"medicationCodeableConcept": "oxycodone"}, []),
        ({"medicationCodeableConcept": {"coding": {"system": "x", "code": "1", "display": "OxyContin"}}}, []),
        ({"medicationReference": {"reference": "Medication/c"}}, [
            {"resourceType": "Medication", "id": "c", "ingredient": [{"itemCodeableConcept": OXYCODONE}]}]),
    ],
)  # fmt: skip
def test_a_drug_is_found_however_it_is_pointed_to(fields: dict[str, Any], beside: list[Any]) -> None:
    assert drugs(read(bundle(PATIENT, order(**fields), *beside))) == ["oxycodone active"]


def test_a_medication_that_nothing_points_to_is_unclear_not_lost() -> None:
    assert drugs(read(bundle(PATIENT, MEDICATION))) == ["oxycodone unclear"]


def test_a_reference_that_leads_nowhere_cannot_be_told() -> None:
    found = ldn(read(bundle(PATIENT, order(medicationReference={"reference": "Medication/none"}))))
    rules = {r.rule.id for r in found.verdict.reasons}
    assert {"screening/drug-not-identified", "screening/drug-list-incomplete"} <= rules


def test_a_subject_that_does_not_match_the_only_patient_still_counts() -> None:
    entry = order(medicationCodeableConcept=OXYCODONE, subject={"reference": "Patient/other"})
    assert drugs(read(bundle(PATIENT, entry))) == ["oxycodone active"]


def test_two_patients_give_two_records_and_an_entry_of_nobody_goes_to_both() -> None:
    other = {"resourceType": "Patient", "id": "p2"}
    own = order(medicationCodeableConcept=OXYCODONE)
    loose = {**order(id="m2", medicationCodeableConcept={"text": "tramadol"}), "subject": {}}
    records = read_records(
        json.dumps(bundle(PATIENT, other, own, loose)).encode(), load_knowledge().vocabulary
    )
    assert [sorted(drugs(r)) for r in records] == [
        ["oxycodone active", "tramadol active"],
        ["tramadol active"],
    ]


@pytest.mark.parametrize(
    ("status", "intent", "recorded"),
    [
        ("active", "order", Recorded.ACTIVE),
        ("active", "plan", Recorded.ACTIVE),
        ("active", "proposal", Recorded.VOID),
        ("on-hold", "order", Recorded.UNCLEAR),
        ("unknown", "order", Recorded.UNCLEAR),
        ("actve", "order", Recorded.UNCLEAR),
        (None, "order", Recorded.UNCLEAR),
        (7, "order", Recorded.UNCLEAR),
        ("stopped", "order", Recorded.ENDED),
        ("completed", "order", Recorded.ENDED),
        ("cancelled", "order", Recorded.VOID),
        ("draft", "order", Recorded.VOID),
        ("entered-in-error", "order", Recorded.VOID),
    ],
)
def test_status_words(status: Any, intent: str, recorded: Recorded) -> None:
    entry = order(medicationCodeableConcept=OXYCODONE, status=status, intent=intent)
    assert read(bundle(PATIENT, entry)).medications[0].status is recorded


def test_do_not_perform_is_no_exposure() -> None:
    assert drugs(read(bundle(PATIENT, order(medicationCodeableConcept=OXYCODONE, doNotPerform=True)))) == []


def test_known_defects_of_real_records_do_not_matter() -> None:
    entry = order(medicationCodeableConcept=OXYCODONE, authoredOn="2026-11-18T10:00:00")
    tree = bundle(PATIENT, entry)
    tree["id"] = "has_underscore"
    tree["entry"][0]["request"] = {"method": "PUT"}
    assert drugs(read(tree)) == ["oxycodone active"]


@pytest.mark.parametrize(
    "entry",
    [None, 7, "text", [], {}, {"resource": None}, {"resource": 7}, {"resource": {}},
     {"resource": {"id": "1"}}, {"resource": {"resourceType": "MedicationRequst"}},
     {"resource": {"resourceType": 3}}],
)  # fmt: skip
def test_an_entry_that_cannot_be_read_is_named_and_cannot_be_told(entry: Any) -> None:
    tree = bundle(PATIENT, order(medicationCodeableConcept={"text": "ibuprofen"}))
    tree["entry"].append(entry)
    record = read(tree)
    assert [s.where for s in record.skipped if s.matters] == ["entry[2]"]
    assert ldn(record).verdict.word == "cannot tell"


def test_an_unreadable_field_is_noted_under_its_path() -> None:
    record = read(bundle(PATIENT, order(medicationCodeableConcept=OXYCODONE, authoredOn="last week")))
    assert [(s.where, s.reason) for s in record.skipped] == [
        ("MedicationRequest/m1.authoredOn", "a date expected")
    ]


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"link": [{"relation": "next", "url": "x"}]}, "next page"),
        (
            {"entry": [{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}}]},
            "error",
        ),
        ({"entry": [{"response": {"status": "404 Not Found"}}]}, "404"),
    ],
)
def test_a_part_that_was_not_delivered_is_a_gap(extra: dict[str, Any], said: str) -> None:
    tree = bundle(PATIENT, order(medicationCodeableConcept={"text": "ibuprofen"}))
    tree["entry"] += extra.pop("entry", [])
    record = read({**tree, **extra})
    assert said in record.drug_list.gaps[0]
    assert ldn(record).verdict.word == "cannot tell"


def test_a_deleted_entry_of_a_history_is_noted_and_no_exposure() -> None:
    tree = bundle(PATIENT, order(medicationCodeableConcept=OXYCODONE), kind="history")
    tree["entry"].insert(0, {"request": {"method": "DELETE", "url": "MedicationRequest/m1"}})
    record = read(tree)
    assert drugs(record) == []
    assert {s.reason for s in record.skipped} == {
        "deleted: MedicationRequest/m1",
        "deleted later in the history",
    }


COMPOSITION = {
    "resourceType": "Composition",
    "date": "2026-11-01",
    "section": [{"code": {"coding": [{"system": "http://loinc.org", "code": "10160-0"}]}}],
}


def _composition(**section: Any) -> dict[str, Any]:
    return {**COMPOSITION, "section": [{"code": {"coding": [{"code": "10160-0"}]}, **section}]}


def _statement(concept: dict[str, Any], kind: str = "MedicationStatement") -> dict[str, Any]:
    return {"resourceType": kind, "status": "active", "medicationCodeableConcept": concept}


def test_the_date_of_a_list() -> None:
    entry = order(medicationCodeableConcept={"text": "ibuprofen"})
    assert read(bundle(COMPOSITION, entry, timestamp="2026-11-19T00:00:00Z")).drug_list.dated == date(
        2026, 11, 1
    )
    assert read(bundle(entry, timestamp="2026-11-19T23:59:00-11:00")).drug_list.dated == date(2026, 11, 19)
    assert read(bundle(entry)).drug_list.dated == date(2026, 11, 18)
    assert (
        read(bundle(order(authoredOn=None, medicationCodeableConcept={"text": "a-drug"}))).drug_list.dated
        is None
    )
    broken = {**COMPOSITION, "date": "soon"}
    assert read(bundle(broken, entry, timestamp="2026-11-19")).drug_list.dated is None, (
        "a defect makes no list newer"
    )


@pytest.mark.parametrize(
    ("resources", "state"),
    [
        ([], ListState.ABSENT),
        ([_composition(emptyReason={"coding": [{"code": "nilknown"}]})], ListState.EMPTY_REASON),
        ([_composition(emptyReason={"text": "Not asked"})], ListState.EMPTY_REASON),
        ([_statement({"coding": [{"code": "no-medication-info"}]})], ListState.NO_INFORMATION),
        ([_statement({"coding": [{"code": "no-known-medications"}]})], ListState.NONE_KNOWN),
        ([_statement({"text": "Keine bekannte Medikation"})], ListState.NONE_KNOWN),
        ([_statement({"text": "ibuprofen"}, "MedicationAdministration")], ListState.ABSENT),
    ],
)  # fmt: skip
def test_nothing_listed_has_several_meanings(resources: list[Any], state: ListState) -> None:
    assert read(bundle(PATIENT, *resources)).drug_list.state is state


def test_ndjson_of_bundles_and_of_resources() -> None:
    names = load_knowledge().vocabulary
    entry = order(medicationCodeableConcept=OXYCODONE)
    lines = "\n".join(json.dumps(bundle({**PATIENT, "id": f"p{n}"})) for n in range(3))
    assert [r.patient.id for r in read_records(lines.encode(), names)] == ["p0", "p1", "p2"]
    loose = "\n".join(json.dumps(r) for r in (PATIENT, {"resourceType": "Patient", "id": "p2"}, entry))
    assert [drugs(r) for r in read_records(loose.encode(), names)] == [["oxycodone active"], []]
    with pytest.raises(BadInput, match="line 2"):
        read_records((json.dumps(bundle(PATIENT)) + "\n{broken\n").encode(), names)


@pytest.mark.parametrize(
    "tree", [[], "text", 7, None, {}, {"resourceType": "Cat"}, {"resourceType": "OperationOutcome"}]
)
def test_what_is_no_record_is_refused(tree: Any) -> None:
    with pytest.raises(BadInput, match="top level"):
        read_records(json.dumps(tree).encode(), load_knowledge().vocabulary)
