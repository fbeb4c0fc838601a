"""The bundles that are mutated: synthetic ones, and the public records where they lie beside the project."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from openldn.fhir.read import read_records
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.record.interview import Health, Interview, Question, Said
from openldn.record.patient import Record
from openldn.screening.screen import screen

ROOT: Final = Path(__file__).resolve().parents[2]
CASES: Final = ROOT.parent / "shared" / "cases" / "fhir"
EXAMPLE: Final = ROOT / "src" / "openldn" / "cli" / "example"
RANK: Final = {"suitable": 2, "caution": 1, "cannot tell": 0, "contraindicated": 0}
AS_OF: Final = date(2026, 11, 1)

RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"


@dataclass(frozen=True)
class Original:
    """An unmutated bundle with what was decided about it."""

    name: str
    tree: dict[str, Any]
    as_of: date
    ranks: dict[Therapy, int]
    weight: float
    matters: int
    own_interview: bool
    """Whether the interview in its bundle counts, instead of a clean one."""


@cache
def knowledge() -> Knowledge:
    """The rules, read once a process."""
    return load_knowledge()


def clean_interview(held: date) -> Interview:
    """All questions answered no, so that nothing but the record speaks against a verdict."""
    return Interview(held, "soak", dict.fromkeys(Question, Said.NO), health=dict.fromkeys(Health, Said.NO))


def ranks(records: tuple[Record, ...], as_of: date, *, own_interview: bool) -> dict[Therapy, int]:
    """The highest verdict of the records, with the interview that they hold or with a clean one."""
    asked = records if own_interview else [r.with_interview(clean_interview(as_of)) for r in records]
    return {
        t: max((RANK[screen(r, t, knowledge(), as_of=as_of).verdict.word] for r in asked), default=0)
        for t in (Therapy.LDN, Therapy.ULDN)
    }


def matters(records: tuple[Record, ...]) -> int:
    """How many names, contradictions and unreadable entries stand in the records."""
    drugs = [m.identity for r in records for m in r.medications]
    drugs += [a.identity for r in records for a in r.allergies]
    meanings = [c.meanings for r in records for c in r.conditions]
    meanings += [p.meanings for r in records for p in r.procedures]
    meanings += [a.meanings for r in records for a in r.allergies]
    results = [t for r in records for t in r.results]
    return (
        sum(len(i.named) + bool(i.conflict) + (not i.readable) for i in drugs)
        + sum(len(m.ids) + (not m.readable) for m in meanings)
        + len(results)
    )


def _drug(text: str, code: str = "") -> dict[str, Any]:
    coding = {"coding": [{"system": RXNORM, "code": code, "display": text}]} if code else {}
    return {"text": text, **coding}


def _order(n: int, text: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest", "id": f"m{n}", "status": status, "intent": "order",
        "subject": {"reference": "Patient/p"}, "medicationCodeableConcept": _drug(text),
        "authoredOn": "2026-10-20", **more,
    }  # fmt: skip


def _synthetic() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    metformin = _order(1, "Metformin 500 mg tablet", "active")
    taken = {"resourceType": "MedicationStatement", "id": "s1", "status": "completed",
             "medicationCodeableConcept": _drug("Oxycodone 5 mg tablet"),
             "effectivePeriod": {"start": "2024-01-01", "end": "2024-02-01"}}  # fmt: skip
    listing = {"resourceType": "List", "id": "l", "status": "current", "date": "2026-10-30",
               "code": {"coding": [{"system": "http://loinc.org", "code": "10160-0"}]},
               "entry": [{"item": {"reference": "MedicationRequest/m1"}}]}  # fmt: skip
    supply = {"expectedSupplyDuration": {"value": 30, "unit": "days"}, "numberOfRepeatsAllowed": 5}
    none = {"resourceType": "MedicationStatement", "id": "n", "status": "unknown",
            "medicationCodeableConcept": {"coding": [{"code": "no-known-medications"}]}}  # fmt: skip
    yield "clean", [metformin, _order(2, "Levothyroxine 50 microgram tablet", "active")]
    yield "clean-listed", [metformin, listing]
    yield "none-known", [none]
    yield "ended-statement", [metformin, taken]
    yield (
        "ended-recently",
        [metformin, {**taken, "effectivePeriod": {"start": "2026-10-01", "end": "2026-10-31"}}],
    )
    yield "ended-supply", [metformin, _order(2, "Tramadol", "completed", authoredOn="2026-01-01",
                                             dispenseRequest=supply)]  # fmt: skip
    yield "ended-supply-recently", [metformin, _order(2, "Tramadol", "completed", authoredOn="2026-05-07",
                                                      dispenseRequest=supply)]  # fmt: skip
    yield "active-supply-over", [metformin, _order(2, "Codeine 30 mg", "active", authoredOn="2025-01-01",
                                                   dispenseRequest=supply)]  # fmt: skip
    yield "active", [metformin, _order(2, "Morphine 10 mg tablet", "active")]
    yield "cancelled", [metformin, _order(2, "Morphine 10 mg tablet", "cancelled")]
    yield "proposal", [metformin, _order(2, "Morphine 10 mg tablet", "active", intent="proposal")]
    yield "not-performed", [metformin, _order(2, "Morphine 10 mg tablet", "active", doNotPerform=True)]
    yield "by-reference", [
        {"resourceType": "Medication", "id": "d", "code": _drug("Oxycodone 5 mg", "7804")},
        metformin, {**{k: v for k, v in _order(2, "", "stopped").items() if k != "medicationCodeableConcept"},
                    "medicationReference": {"reference": "Medication/d"}},
    ]  # fmt: skip


def _coded(text: str, code: str = "") -> dict[str, Any]:
    coding = {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": text}]} if code else {}
    return {"text": text, **coding}


def _condition(text: str, code: str = "", status: str = "active", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": f"c-{text[:6].strip()}",
        "code": _coded(text, code),
        "clinicalStatus": {"coding": [{"code": status}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "onsetDateTime": "2026-05-01",
        "recordedDate": "2026-05-02",
        "subject": {"reference": "Patient/p"},
        **more,
    }


def _result(
    code: str, text: str, value: float, unit: str, on: str = "2026-10-20", limit: float | None = None
) -> dict[str, Any]:
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {
        "resourceType": "Observation",
        "id": f"r-{code}-{on}",
        "status": "final",
        "effectiveDateTime": on,
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": text}], "text": text},
        "valueQuantity": quantity,
        "referenceRange": [{"high": {"value": limit, "unit": unit}}] if limit else [],
    }


def _clinical() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Originals in which a finding, result, procedure or allergy decides, on both sides of its limit."""
    metformin = _order(1, "Metformin 500 mg tablet", "active")
    sound = [
        _condition("Fibromyalgia"),
        _result("1742-6", "ALT", 30, "U/L", limit=40),
        _result("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", 0.8, "mg/dL"),
    ]
    yield "sound", [metformin, *sound]
    yield "enzymes", [metformin, _result("1742-6", "ALT", 130, "U/L", limit=40)]
    yield (
        "enzymes-before",
        [
            metformin,
            _result("1742-6", "ALT", 130, "U/L", "2026-08-01", limit=40),
            _result("1742-6", "ALT", 30, "U/L", limit=40),
        ],
    )
    yield (
        "enzymes-in-error",
        [
            metformin,
            _result("1742-6", "ALT", 130, "U/L", "2026-08-01", limit=40),
            {**_result("1742-6", "ALT", 30, "U/L", limit=40), "status": "entered-in-error"},
        ],
    )
    yield "kidney", [metformin, _result("33914-3", "Glomerular filtration rate", 25, "mL/min/{1.73_m2}")]
    yield (
        "creatinine",
        [
            metformin,
            _result("2160-0", "Creatinine in Serum", 0.9, "mg/dL", "2026-10-21"),
            _result("33914-3", "Glomerular filtration rate", 80, "mL/min/{1.73_m2}"),
        ],
    )
    yield (
        "cirrhosis",
        [
            metformin,
            _condition("Cirrhosis of liver", "19943007"),
            _result("1742-6", "ALT", 30, "U/L", limit=40),
            _result("1975-2", "Bilirubin.total", 1.0, "mg/dL"),
            _result("1751-7", "Albumin", 3.9, "g/dL"),
            _result("6301-6", "INR", 1.1, "1"),
        ],
    )
    yield (
        "fatty-liver",
        [
            metformin,
            _condition("Steatosis of liver", "197321007"),
            _result("1742-6", "ALT", 30, "U/L", limit=40),
        ],
    )
    yield (
        "resolved",
        [metformin, _condition("Acute hepatitis", "37871000", "resolved", abatementDateTime="2020-01-01")],
    )
    yield (
        "refuted",
        [
            metformin,
            _condition("Acute hepatitis", "37871000", verificationStatus={"coding": [{"code": "refuted"}]}),
        ],
    )
    yield "transplant", [metformin, _condition("History of renal transplant", "161665007")]
    yield "dependence", [metformin, _condition("Opioid dependence", "75544000")]
    yield (
        "depression",
        [
            metformin,
            _condition("Depressive disorder", "35489007"),
            _result("44260-8", "Thoughts that you would be better off dead", 0, "{score}"),
        ],
    )
    yield (
        "suicidal",
        [metformin, _result("44260-8", "Thoughts that you would be better off dead", 2, "{score}")],
    )
    operation = {
        "resourceType": "ServiceRequest",
        "id": "op",
        "status": "active",
        "intent": "order",
        "code": _coded("Cholecystectomy"),
        "occurrenceDateTime": "2026-12-20",
    }
    yield "operation", [metformin, operation]
    yield "operation-soon", [metformin, {**operation, "occurrenceDateTime": "2026-11-02"}]
    yield (
        "operated",
        [
            metformin,
            {
                "resourceType": "Procedure",
                "id": "op",
                "status": "completed",
                "code": _coded("Cholecystectomy"),
                "performedDateTime": "2019-03-01",
            },
        ],
    )
    yield (
        "operated-recently",
        [
            metformin,
            {
                "resourceType": "Procedure",
                "id": "op",
                "status": "completed",
                "code": _coded("Cholecystectomy"),
                "performedDateTime": "2026-10-28",
            },
        ],
    )
    yield (
        "allergy",
        [metformin, {"resourceType": "AllergyIntolerance", "id": "a", "code": _coded("Naltrexone")}],
    )
    yield (
        "allergy-other",
        [metformin, {"resourceType": "AllergyIntolerance", "id": "a", "code": _coded("Penicillin V")}],
    )
    yield "thyroid", [metformin, _order(2, "Levothyroxine 50 microgram tablet", "active")]


def _interviewed() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Originals whose own interview decides: all answers no, or one of them yes."""
    quiet = [_order(1, "Metformin 500 mg tablet", "active"), _condition("Fibromyalgia")]

    def asked(yes: str = "", *more: dict[str, Any]) -> list[dict[str, Any]]:
        said = {link: [{"valueBoolean": link == yes}] for link in (*Question, *Health)}
        items = [{"linkId": link, "answer": answer} for link, answer in said.items()]
        response = {
            "resourceType": "QuestionnaireResponse", "id": "q", "status": "completed",
            "authored": "2026-10-30", "subject": {"reference": "Patient/p"},
            "questionnaire": "https://example.org/Questionnaire/openldn-opioid-interview|1",
            "item": [*items, *more],
        }  # fmt: skip
        return [*quiet, response]

    yield "interview all no", asked()
    for question in (Health.SUICIDAL_THOUGHTS, Health.LIVER_DISEASE, Health.ORGAN_TRANSPLANT,
                     Question.PRESCRIBED_ELSEWHERE):  # fmt: skip
        yield f"interview {question}", asked(question)
    day = {"linkId": "operation-on", "answer": [{"valueDate": "2026-11-02"}]}
    yield "interview operation", asked(Health.OPERATION_PLANNED, day)


def bundles(folder: Path | None) -> list[tuple[str, dict[str, Any], date, float]]:
    """Name, tree, day of the decision and weight of every original.

    Raises:
        SystemExit: CI is set and the folder is not there.
    """
    found: list[tuple[str, dict[str, Any], date, float]] = []
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1980-05-05", "gender": "female"}
    lab = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "ALT"},
           "effectiveDateTime": "2026-10-01", "valueQuantity": {"value": 22.5, "unit": "U/L"}}  # fmt: skip
    named = {name for name, _ in (*_clinical(), *_interviewed())}
    for name, resources in (*_synthetic(), *_clinical(), *_interviewed()):
        entries = [{"fullUrl": f"http://x/{r['resourceType']}/{r['id']}", "resource": r}
                   for r in (patient, *resources, *([] if name in named else [lab]))]  # fmt: skip
        tree = {"resourceType": "Bundle", "type": "collection", "timestamp": "2026-10-31T08:00:00Z",
                "entry": entries}  # fmt: skip
        found.append((f"synthetic {name}", tree, AS_OF, 1.0))
    real: list[tuple[Path, date]] = []
    cases = folder or CASES
    if (cases / "labels.csv").is_file():
        with (cases / "labels.csv").open(encoding="utf-8") as rows:
            real = [(cases / r["file"], date.fromisoformat(r["as_of"][:10])) for r in csv.DictReader(rows)]
    elif folder or os.environ.get("CI"):
        raise SystemExit(f"no cases in {cases}")
    else:
        real = [(p, date(2021, 2, 1)) for p in sorted(EXAMPLE.glob("*.json"))]
    shares = [1 / max(path.stat().st_size, 3000) ** 1.5 for path, _ in real]
    scale = 1.5 * len(found) / sum(shares)
    for (path, day), share in zip(real, shares, strict=True):
        found.append((path.name, json.loads(path.read_bytes()), day, share * scale))
    return found


def originals(folder: Path | None = None) -> list[Original]:
    """All originals, each screened with a clean interview or, where it holds one, with its own."""
    made = []
    for name, tree, day, weight in bundles(folder):
        records = read_records(json.dumps(tree).encode(), knowledge().vocabulary)
        own = name.startswith("synthetic interview")
        rank = ranks(records, day, own_interview=own)
        made.append(Original(name, tree, day, rank, weight, matters(records), own))
    return made
