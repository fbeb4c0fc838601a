"""A record that somebody typed: FHIR as a record system would send it, so that it is read the same way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any, Final

from openldn.clinic.store.models import Patient

NONE_KNOWN: Final = "no known medications"
"""A list that says so is a list; an empty one is none."""


def bundle_of(
    patient: Patient,
    sex: str,
    conditions: Iterable[str],
    drugs: Iterable[tuple[str, date | None]],
    *,
    dated: date,
) -> dict[str, Any]:
    """A FHIR bundle.

    Args:
        patient: whose it is.
        sex: a code of FHIR (female, male, other, unknown).
        conditions: in words.
        drugs: in words, each with the day of its order (None: not told).
        dated: the day as of which the list of drugs is complete.
    """
    subject = {"reference": f"Patient/{patient.number}"}
    person = {
        "resourceType": "Patient",
        "id": patient.number,
        "name": [{"family": patient.family, "given": [patient.given]}],
        "gender": sex,
        "birthDate": patient.born.isoformat(),
    }
    found = [
        {
            "resourceType": "Condition",
            "id": f"condition-{n}",
            "subject": subject,
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"text": text},
        }
        for n, text in enumerate(conditions, 1)
    ]
    orders = [
        {
            "resourceType": "MedicationRequest",
            "id": f"drug-{n}",
            "subject": subject,
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": text},
        }
        | ({"authoredOn": ordered.isoformat()} if ordered else {})
        for n, (text, ordered) in enumerate(drugs, 1)
    ]
    at = datetime.combine(dated, time(), tzinfo=UTC)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(),
        "entry": [{"resource": r} for r in (person, *found, *orders)],
    }
