"""The 59 public records with labels made independently: none missed, none falsely named, none crashing."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from openldn.fhir.read import read_records
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.record.patient import Record
from openldn.screening.opioids import Use
from openldn.screening.screen import Screening, screen

pytestmark = pytest.mark.needs("cases")

CASES = Path(__file__).parents[3] / "shared" / "cases" / "fhir"
NDC_ONLY = "derived-ndconly-padme.json"
LABELS = list(csv.DictReader((CASES / "labels.csv").open(encoding="utf-8"))) if CASES.is_dir() else []


def _screened(label: dict[str, str]) -> tuple[Record, Screening]:
    (record,) = read_records((CASES / label["file"]).read_bytes(), load_knowledge().vocabulary)
    day = date.fromisoformat(label["as_of"])
    return record, screen(record, Therapy.LDN, load_knowledge(), as_of=day)


def test_all_59_records_are_there() -> None:
    assert len(LABELS) == 59


@pytest.mark.parametrize("label", LABELS, ids=[label["file"] for label in LABELS])
def test_opioid_on_record_is_as_labelled(label: dict[str, str]) -> None:
    _, screening = _screened(label)
    assert screening.on_record == label["has_active_opioid"]


@pytest.mark.parametrize("label", LABELS, ids=[label["file"] for label in LABELS])
def test_every_labelled_opioid_entry_is_named_and_no_other(label: dict[str, str]) -> None:
    """Each text in the label is among the entries found, and each found one is in the label."""
    if label["file"] == NDC_ONLY:  # its label is that of the record before the texts were removed
        label = {**label, "unclear_opioids": "", "active_opioids": label["active_opioids"].partition("; ")[2]}
    _, screening = _screened(label)
    for use, column in ((Use.ACTIVE, "active_opioids"), (Use.UNCLEAR, "unclear_opioids")):
        found = {
            e.entry.text.casefold() for e in screening.exposures if e.named.drug.blocks_ldn and e.use is use
        }
        wanted = label[column].casefold()
        assert all(text in wanted for text in found)
        listed = [
            part.split(" [medication")[0].strip() for part in wanted.split("; ") if "[medication" in part
        ]
        assert all(any(text in f or f in text for f in found) for text in listed)


@pytest.mark.parametrize("label", LABELS, ids=[label["file"] for label in LABELS])
def test_every_drug_entry_is_in_the_record(label: dict[str, str]) -> None:
    record, _ = _screened(label)
    stated = 1 if label["file"] == "ips-nomed-info.json" else 0  # the one entry says that nothing is known
    assert len(record.medications) + stated == int(label["n_medication_items"])


@pytest.mark.parametrize("label", LABELS, ids=[label["file"] for label in LABELS])
def test_no_record_with_an_opioid_may_have_ldn(label: dict[str, str]) -> None:
    _, screening = _screened(label)
    if label["has_active_opioid"] != "no":
        assert not screening.verdict.allows_plan


def test_a_code_that_contradicts_its_text_is_raised_and_names_no_opioid() -> None:
    label = next(r for r in LABELS if r["file"] == "syn-codetext-conflict-captopril-only.json")
    _, screening = _screened(label)
    assert not screening.exposures
    assert "screening/drug-code-text-conflict" in {r.rule.id for r in screening.verdict.reasons}


@pytest.mark.parametrize(
    "file", ["ips-nomed-info.json", "ips-us-epic-cancerpain-nomeds.json", "ips-br-catmat.json"]
)
def test_silence_and_unidentified_drugs_cannot_be_told(file: str) -> None:
    label = next(r for r in LABELS if r["file"] == file)
    _, screening = _screened(label)
    assert screening.verdict.word == "cannot tell"
    assert screening.verdict.missing
