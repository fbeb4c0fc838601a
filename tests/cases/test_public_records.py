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
# What a label asks for: one of these rules, each from clinical.md B6 or the labels' README.
KIDNEYS = {"kidney-failure", "kidney-reduced", "kidney-tests-needed", "kidney-results-disagree"}
LABELLED_RULES: dict[str, set[str]] = {
    "eGFR<60": {"kidney-reduced"},
    "eGFR<30": {"kidney-failure"},
    "eGFR<15": {"kidney-failure"},
    "condition:CKD": KIDNEYS,
    "ALT>ULN": {"liver-enzymes-raised"},
    "ALT>3xULN": {"liver-enzymes-high"},
    "AST>3xULN": {"liver-enzymes-high"},
    "BILI>2xULN": {"liver-enzymes-stop"},
    "cancer": {"cancer"},
    "CKD": KIDNEYS,
    "opioid use disorder": {"opioid-use-disorder"},
    "pregnancy": {"pregnancy", "pregnancy-not-known"},
    "pregnancy-status-observation: Pregnant": {"pregnancy", "pregnancy-not-known"},
    "past opioid use disorder": {"opioid-use-disorder-past"},
}
LABELLED_CONDITIONS = {
    "depression/anxiety": "anxiety-and-depression",
    "fibromyalgia": "fibromyalgia",
    "MS": "multiple-sclerosis",
    "rheumatoid arthritis": "rheumatoid-arthritis",
    "T1 diabetes": "type-1-diabetes",
}
# The labels name these, and no rule is about them; creatinine is judged as the rate that it stands for.
SILENT = {"chronic pain", "diabetes", "drug overdose", "epilepsy", "hypothyroidism", "CREAT>1.3", "BILI>ULN",
          "PLT<150", "pregnancy-status-observation: Not Pregnant", "past pregnancy", "past chronic pain",
          "past depression/anxiety"}  # fmt: skip
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


def _tags(label: dict[str, str]) -> set[str]:
    columns = (("liver_renal_findings", ""), ("conditions_active", ""), ("conditions_past", "past "))
    return {prefix + tag for name, prefix in columns for tag in label[name].split("; ") if tag}


def test_every_kind_of_label_is_looked_for_or_named_as_silent() -> None:
    known = LABELLED_RULES.keys() | LABELLED_CONDITIONS.keys() | SILENT
    assert {tag for label in LABELS for tag in _tags(label)} == known


@pytest.mark.parametrize("label", LABELS, ids=[label["file"] for label in LABELS])
def test_every_labelled_finding_has_its_reason(label: dict[str, str]) -> None:
    _, screening = _screened(label)
    said = {r.rule.id for r in (*screening.verdict.reasons, *screening.verdict.notes)}
    for tag in _tags(label) & LABELLED_RULES.keys():
        assert said & {f"screening/{rule}" for rule in LABELLED_RULES[tag]}, tag


@pytest.mark.parametrize("label", LABELS, ids=[label["file"] for label in LABELS])
def test_every_labelled_condition_of_the_guide_is_named(label: dict[str, str]) -> None:
    _, screening = _screened(label)
    named = {condition.id for condition in screening.conditions}
    for tag in _tags(label) & LABELLED_CONDITIONS.keys():
        assert f"conditions/{LABELLED_CONDITIONS[tag]}" in named


@pytest.mark.parametrize("label", LABELS, ids=[label["file"] for label in LABELS])
def test_no_organ_finding_without_a_label(label: dict[str, str]) -> None:
    """A kidney or liver value that is beyond a limit is labelled; the words for it come from nowhere else."""
    _, screening = _screened(label)
    said = {r.rule.id for r in screening.verdict.reasons}
    if not label["liver_renal_findings"] and "CKD" not in label["conditions_active"]:
        for rule in (*KIDNEYS, "liver-enzymes-raised", "liver-enzymes-high", "liver-enzymes-stop"):
            assert f"screening/{rule}" not in said


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
