"""A study that is retracted, or whose source is: shown with its mark, and counted nowhere."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as altered

from openldn.answers.evidence import map_json, page_json, side_effects_json
from openldn.answers.evidence_export import exported
from openldn.evidence.pages import page_of
from openldn.knowledge.load import Knowledge, load_knowledge

KNOWN = load_knowledge()


@pytest.fixture(scope="module")
def gone() -> Knowledge:
    """FINAL and the Cochrane review retracted."""
    names = ("final-2024", "cochrane-crohn-2018")
    retracted = {name: altered(KNOWN.references[name], status="retracted") for name in names}
    return replace(KNOWN, references={**KNOWN.references, **retracted})


def row_of(knowledge: Knowledge, condition: str) -> Any:
    (row,) = [c for c in map_json(knowledge)["conditions"] if c["condition"] == f"conditions/{condition}"]
    return row


def test_the_map_counts_it_no_more(gone: Knowledge) -> None:
    before, after = (row_of(k, "fibromyalgia") for k in (KNOWN, gone))
    assert (before["trials"], before["people_in_trials"]) == (4, 286)
    assert (after["trials"], after["people_in_trials"]) == (3, 286 - 99)


def test_the_page_shows_it_with_its_mark(gone: Knowledge) -> None:
    page = page_json(page_of(gone.conditions["conditions/fibromyalgia"], gone), gone)
    (final,) = [s for s in page["trials"] if s["study"] == "final-2024"]
    assert final["retracted"]
    assert all("retracted: counted nowhere" in r["says"] for o in final["outcomes"] for r in o["results"])
    assert not [dose for dose in page["doses"] if "reached over 4 weeks" in dose]


def test_a_result_of_a_retracted_review_is_marked_though_its_study_stands(gone: Knowledge) -> None:
    page = page_json(page_of(gone.conditions["conditions/crohns-disease"], gone), gone)
    (smith,) = [s for s in page["trials"] if s["study"] == "smith-2011"]
    assert not smith["retracted"]
    marked = {r["ref"] for o in smith["outcomes"] for r in o["results"] if r["retracted"]}
    assert marked == {"cochrane-crohn-2018"}
    whys = [d["why"] for c in page["certainty"] for d in c["domains"].values()]
    assert any("(no trial that counts is left)" in why for why in whys)


def test_side_effects_mark_it(gone: Knowledge) -> None:
    effects = side_effects_json(gone)["side_effects"]
    says = {r["says"] for e in effects for r in e["results"] if r["study"] == "final-2024"}
    assert says
    assert all("retracted: counted nowhere" in text for text in says)
    (any_effect,) = [e for e in effects if e["effect"] == "any"]
    assert [t["study"] for t in any_effect["pooled"]["trials"]] == ["innova-2026"]


def test_the_tables_for_others_have_the_mark(gone: Knowledge) -> None:
    files = exported(gone)
    tables = {name: list(csv.DictReader(io.StringIO(files[name]))) for name in files if name.endswith("csv")}
    for name in ("effects.csv", "results.csv"):
        marks = {row["retracted"] for row in tables[name] if row["study"] == "final-2024"}
        assert marks == {"retracted"}
    crohn = [r for r in tables["pooled.csv"] if r["question"] == "crohn-remission"]
    assert [(r["which"], r["trials"], r["value"]) for r in crohn] == [("no trial that counts", "0", "")]
    assert "its source cochrane-crohn-2018 is retracted" in crohn[0]["not_pooled"]
