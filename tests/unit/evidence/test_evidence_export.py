"""What is exported: CSV that opens harmlessly, and FHIR R5 read by another library."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.bundle import Bundle
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.evidence.pages import ONCOLOGY
from openldn.knowledge.load import load_knowledge

KNOWN = load_knowledge()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    assert CliRunner().invoke(app, ["evidence", "export", str(folder)]).exit_code == 0
    return folder


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.open(encoding="utf-8")))


def test_what_is_exported_is_what_was_computed(exported: Path) -> None:
    assert [row["study"] for row in rows_of(exported / "studies.csv")] == sorted(KNOWN.studies)
    assert {row["condition"] for row in rows_of(exported / "conditions.csv")} == set(KNOWN.conditions)
    effects = rows_of(exported / "effects.csv")
    (ratio,) = [r for r in effects if r["study"] == "smith-2011" and r["measure"] == "RR" and "remission" in
                r["outcome"] and "endoscopic" not in r["outcome"]]  # fmt: skip
    assert (ratio["value"], ratio["verified"]) == ("1.48148", "no")
    needed = [r for r in effects if r["measure"] == "NNT"]
    for row in needed:
        assert (row["low"] == row["high"] == "") is ("through no difference" in row["flags"])
        if row["low"] and row["value"]:
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    assert len({row["low"] == "" for row in needed}) == 2
    for file in exported.glob("*.csv"):
        assert not [c for row in rows_of(file) for c in row.values() if c[:1] in "=+@" and c]


def test_every_number_of_every_study_is_exported_as_printed(exported: Path) -> None:
    rows = rows_of(exported / "results.csv")
    with_results = {s.id for s in KNOWN.studies.values() if s.outcomes}
    assert {row["study"] for row in rows} == with_results
    outcomes = {(s.id, key) for s in KNOWN.studies.values() for key in s.outcomes}
    assert {(row["study"], row["outcome"]) for row in rows} == outcomes
    (pain,) = [r for r in rows if r["study"] == "final-2024" and r["kind"] == "difference of means"]
    assert (pain["value"], pain["low"], pain["high"], pain["p"]) == ("-0.34", "-0.95", "0.27", "0.27")
    dreams = [r for r in rows if r["study"] == "younger-2013" and r["outcome"] == "vivid-dreams"]
    assert [(r["kind"], r["arm"], r["value"]) for r in dreams] == [
        ("percent", "ldn", "37"), ("percent", "placebo", "13"),
    ]  # fmt: skip
    (mood,) = [r for r in rows if r["study"] == "younger-2013" and r["outcome"] == "mood"]
    assert (mood["kind"], mood["p"]) == ("words", "0.039")
    (iqr,) = [r for r in rows if r["outcome"] == "spir" and r["kind"].startswith("interquartile")]
    assert iqr["value"] == "6.33"


def test_pooled_questions_and_certainty_are_exported(exported: Path) -> None:
    pooled = {(r["question"], r["which"]): r for r in rows_of(exported / "pooled.csv")}
    pain = pooled["fibromyalgia-pain", "all"]
    assert [round(float(pain[c]), 2) for c in ("value", "low", "high")] == [-0.13, -0.58, 0.33]
    assert ("fibromyalgia-pain", "without innova-2026") in pooled
    assert {q for q, _ in pooled} == set(KNOWN.syntheses)
    judged = rows_of(exported / "certainty.csv")
    assert {r["condition"] for r in judged} == {c.id for c in KNOWN.conditions.values() if c.certainty}
    assert len(judged) == 5 * sum(len(c.certainty) for c in KNOWN.conditions.values())


def test_the_bundle_is_fhir_r5(exported: Path) -> None:
    """Read by another library: fhir.resources, whose default is R5."""
    bundle = Bundle.model_validate_json((exported / "evidence.json").read_text("utf-8"))
    resources: list[Any] = [entry.resource for entry in bundle.entry or []]
    assert {r.get_resource_type() for r in resources} == {"Evidence"}
    results = sum(len(o.results) for s in KNOWN.studies.values() for o in s.outcomes.values())
    assert len([r for r in resources if r.synthesisType.text.startswith("single study,")
                and not r.id.startswith("synthesis")]) == results  # fmt: skip
    ids = [r.id for r in resources]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9.-]{1,64}", i) for i in ids)
    assert len({entry.fullUrl for entry in bundle.entry or []}) == len(ids)
    by_id = {r.id: r for r in resources}
    pain = by_id["final-2024-pain-as-printed"]
    assert float(pain.statistic[0].quantity.value) == pytest.approx(-0.34)
    roles = {c.code for v in pain.variableDefinition for c in v.variableRole.coding}
    assert roles == {"population", "exposure", "referenceExposure", "measuredVariable"}
    people = by_id["bested-2023-spir-as-printed"].statistic[0].sampleSize.numberOfParticipants
    assert people == 58, "in a crossover nobody is counted twice"
    remission = by_id["smith-2011-remission-intention-to-treat"]
    assert remission.statistic[0].sampleSize.numberOfParticipants == 34, "those who were counted"
    assert "Cochrane review CD010410.pub3" in remission.relatedArtifact[0].citation, (
        "the review, not the paper"
    )
    assert [len(s.attributeEstimate or ()) for s in remission.statistic] == [1, 1, 1, 0], "RR, OR, RD, NNT"
    pooled = by_id["synthesis-fibromyalgia-pain"]
    assert pooled.certainty[0].rating.text == "low"
    assert len(pooled.certainty[0].subcomponent) == 5
    assert {a.type.text for a in pooled.statistic[0].attributeEstimate} >= {
        "prediction interval",
        "I-squared",
    }
    assert by_id["judged-lymphoma-course-of-the-lymphoma"].description.startswith(ONCOLOGY)
    recalled = [
        r for r in resources if "recalled: doi" in "".join(a.citation for a in r.relatedArtifact or ())
    ]
    assert recalled, "a DOI from memory keeps its mark"
