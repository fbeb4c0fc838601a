"""Read FHIR into records: tolerant of defects that touch no meaning, exact about what was not read.

Real records break the specification in ways that a strict model refuses, and the refused ones hold
active opioids. So nothing is refused but what is no FHIR JSON at all; everything else is read or
listed as skipped. See docs/adr/0004-fhir-reader.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

from openldn.fhir.bundles import Contents, open_bundle
from openldn.fhir.dates import days
from openldn.fhir.entries import PROCEDURES, Entries
from openldn.fhir.fields import Fields
from openldn.fhir.interview import interview_of
from openldn.fhir.json_text import BadInput, parse
from openldn.fhir.lists import read_drug_list
from openldn.fhir.medications import read_product
from openldn.fhir.resource_types import DRUG_ENTRIES, KNOWN
from openldn.knowledge.vocabulary import Vocabulary
from openldn.record.patient import Born, Patient, Record

_READ: Final = DRUG_ENTRIES | PROCEDURES | {
    "Patient", "Condition", "Observation", "AllergyIntolerance", "Medication", "Composition", "List",
    "Bundle", "QuestionnaireResponse",
}  # fmt: skip


def read_records(data: bytes, vocabulary: Vocabulary) -> tuple[Record, ...]:
    """Read one file: a bundle of any type, one resource, or NDJSON; one record a patient.

    Raises:
        BadInput: no JSON, or JSON that is no FHIR; names the place.
    """
    try:
        tree = parse(data)
    except BadInput:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].lstrip(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            raise
        try:
            parse(lines[0])
        except BadInput:
            raise BadInput(str(_error_of(data))) from None
        return _read_lines(lines, vocabulary)
    return read_tree(tree, vocabulary)


def _error_of(data: bytes) -> BadInput:
    try:
        parse(data)
    except BadInput as error:
        return error
    raise AssertionError("only called on a text that cannot be parsed")


def read_tree(tree: Any, vocabulary: Vocabulary) -> tuple[Record, ...]:
    """Read parsed JSON: a bundle or one resource; one record a patient in it."""
    kind = tree.get("resourceType") if isinstance(tree, dict) else None
    if kind is None:
        found = type(tree).__name__ if not isinstance(tree, dict) else "an object without resourceType"
        raise BadInput(f"top level: a FHIR Bundle is expected, found {found}")
    if kind == "OperationOutcome" or not isinstance(kind, str) or kind not in KNOWN:
        raise BadInput(f"top level: a FHIR Bundle is expected, found resourceType {kind!r}")
    entries = tree.get("entry")
    if kind == "Bundle" and entries is not None and not isinstance(entries, list | dict):
        raise BadInput("Bundle.entry: a list of entries is expected")
    return tuple(_records(open_bundle(tree), vocabulary))


def _read_lines(lines: list[bytes], vocabulary: Vocabulary) -> tuple[Record, ...]:
    """NDJSON: bundles are records of their own; single resources are gathered by patient."""
    records: list[Record] = []
    loose: list[dict[str, Any]] = []
    for n, line in enumerate(lines, start=1):
        try:
            tree = parse(line)
        except BadInput as error:
            raise BadInput(f"line {n}: {error}") from error
        if isinstance(tree, dict) and tree.get("resourceType") not in (None, "Bundle"):
            loose.append({"resource": tree})
            continue
        try:
            records.extend(read_tree(tree, vocabulary))
        except BadInput as error:
            raise BadInput(f"line {n}: {error}") from error
    if loose:
        records.extend(_records(open_bundle({"resourceType": "Bundle", "entry": loose}), vocabulary))
    return tuple(records)


def _records(contents: Contents, vocabulary: Vocabulary) -> Iterator[Record]:
    patients = list(contents.of_type("Patient"))
    subjects = _subjects(contents, patients)
    if len(subjects) <= 1:
        yield _record(contents, patients[0] if patients else None, None, vocabulary)
        return
    for subject, patient in subjects.items():
        yield _record(contents, patient, subject, vocabulary)


def _subjects(contents: Contents, patients: list[Fields]) -> dict[str, Fields | None]:
    """Whose records these are: the patients, or, where none is in it, the subjects that entries name."""
    if patients:
        return {patient.text("id") or patient.path: patient for patient in patients}
    found: dict[str, Fields | None] = {}
    for kind in sorted(DRUG_ENTRIES):
        for entry in contents.of_type(kind):
            if subject := _subject(entry):
                found.setdefault(subject, None)
    return found


def _subject(resource: Fields) -> str:
    for key in ("subject", "patient"):
        value = resource.json.get(key)
        if isinstance(value, dict) and isinstance(value.get("reference"), str):
            return str(value["reference"]).split("/_history/")[0].split("/")[-1].removeprefix("urn:uuid:")
    return ""


def _record(
    contents: Contents, patient: Fields | None, subject: str | None, vocabulary: Vocabulary
) -> Record:
    known = {p.text("id") for p in contents.of_type("Patient")} if subject else set()
    url_of = {id(r): u for u, r in contents.by_url.items()} if subject else {}
    own = {subject, url_of.get(id(patient.json), "").removeprefix("urn:uuid:") if patient else subject}
    others = known - own | {u.removeprefix("urn:uuid:") for u in url_of.values()} - own

    def belongs(resource: dict[str, Any]) -> bool:
        """Entries of another patient are left out; one whose patient cannot be told belongs to everybody."""
        if subject is None:
            return True
        named = _subject(Fields(resource, "", contents.note))
        return named in own or (not named or (bool(known) and named not in others))

    found = Entries()
    gaps = list(contents.gaps)
    for entry_id, kind, resource in contents.resources:
        if kind not in _READ:
            found.not_read[kind] += 1
            continue
        if kind == "Patient" or not belongs(resource):
            continue
        fields = Fields(resource, entry_id, contents.note)
        if kind in DRUG_ENTRIES:
            gaps.extend(found.take_drug(fields, contents, vocabulary))
        else:
            found.take(fields, kind, vocabulary)
    for product in contents.of_type("Medication"):
        if id(product.json) not in contents.pointed_at:
            read = read_product(product, product.path, contents.resolve, vocabulary.drugs)
            found.medications.append(read)
    drug_list = read_drug_list(contents, found.medications, found.stated, gaps)
    return Record(
        patient=_patient(patient, subject),
        drug_list=drug_list,
        medications=tuple(found.medications),
        conditions=tuple(found.conditions),
        no_known_problems=found.no_known_problems,
        results=tuple(found.results),
        procedures=tuple(found.procedures),
        allergies=tuple(found.allergies),
        interview=interview_of(contents, vocabulary.drugs, belongs),
        skipped=tuple(dict.fromkeys(contents.skipped)),
        not_read=MappingProxyType(dict(sorted(found.not_read.items()))),
    )


def _patient(patient: Fields | None, subject: str | None) -> Patient:
    if patient is None:
        return Patient(id=subject or "")
    died = patient.json.get("deceasedDateTime")
    dead = patient.json.get("deceasedBoolean", patient.json.get("deceased"))
    return Patient(
        id=patient.text("id") or subject or "",
        born=_born(patient),
        sex=patient.text("gender").lower(),
        # Whatever stands there and is not a plain "false" counts: a plan for the dead is never right.
        deceased=f"on {died}" if died is not None else ("" if dead is None or dead is False else "yes"),
        died=patient.day("deceasedDateTime"),
    )


def _born(patient: Fields) -> Born | None:
    written = patient.json.get("birthDate")
    if written is None:
        return None
    found = days(written)
    if found is None:
        patient.note(f"{patient.path}.birthDate", "a date expected")
        return None
    return Born(found.first, found.last, str(written))
