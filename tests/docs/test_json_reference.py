"""Every field that a command prints as JSON stands on the JSON page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.cli.demo import EXAMPLES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
RECORD = ["--as-of", "2021-01-28", "--interview", str(EXAMPLES / "interview.yaml")]
REVIEWED = Path(__file__).parents[2] / "docs" / "how-to"
LATER = ["--as-of", "2021-02-12"]
STUDY = Path(__file__).parents[2] / "src/openldn/knowledge/studies/final-2024.yaml"
CLEAN = str(EXAMPLES / "fibromyalgia.json")


def printed(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    return found


def keys_in(value: Any, deep: int) -> set[str]:
    """The names of all fields, down to a depth."""
    if isinstance(value, list):
        return {k for item in value for k in keys_in(item, deep)}
    if not isinstance(value, dict) or not deep:
        return set()
    return set(value) | {k for item in value.values() for k in keys_in(item, deep - 1)}


CAPSULES = [
    "capsule-gelatin",
    *("--make", "10 capsules", "--strength", "1 mg", "--lot", "A; assay=99; water=5"),
    *("--filler-alone", "135 mg", "--drug-alone", "180 mg"),
]
AMOUNT = ["--amount", "102 mL"]


@pytest.mark.parametrize(
    ("words", "deep"),
    [
        (["screen", CLEAN, *RECORD], 1),
        (["plan", CLEAN, *RECORD, "--start", "2021-02-01"], 1),
        (["plan", CLEAN, *RECORD, "--start", "2021-02-01", "--form", "tablet"], 1),
        (["products"], 1),
        (["plan", "profiles"], 1),
        (["review", str(REVIEWED / "review-plan.json"), str(REVIEWED / "review-diary.csv"), *LATER], 2),
        (["review", str(REVIEWED / "taper-plan.json"), str(REVIEWED / "taper-diary.csv")], 2),
        (["scale", "cows"], 1),
        (["compound", "uldn-liquid", "--make", "60 mL", "--lot", "A; assay=99; water=5"], 4),
        (["compound", *CAPSULES, "--readings", str(REVIEWED / "readings.csv"), "--number", "B-1"], 4),
        (["simulate", "accounts"], 2),
        (["simulate", "decides", "low-dose-rebound", "--size", "16"], 2),
        (["simulate", "trial", "4.5 mg", "50 mg", "--people", "20", "--days", "1"], 2),
        (["evidence"], 2),
        (["evidence", "fibromyalgia"], 2),
        (["evidence", "recompute"], 4),
        (["evidence", "side-effects"], 2),
        (["evidence", "gaps"], 2),
        (["evidence", "add", str(STUDY)], 2),
        (["evidence", "without", "innova-2026"], 2),
        (["check-order", str(REVIEWED / "orders.csv")], 2),
        (["calibrate", "--strength", "5 mg", "--weighed", "0.9 g, 0.9 g, 0.9 g", "--density", "1.05"], 2),
        (["hand-over", str(REVIEWED / "review-plan.json"), str(REVIEWED / "batch.json"), *AMOUNT], 2),
        (["check-dilution", "--tablets", "1", "--water", "50 mL", "--dose", "1 mL"], 1),
        (["wean", "--drug", "oxycodone", "--from", "40 mg", "--stock", "5 mg"], 3),
        (["mme", "--drug", "oxycodone 10 mg tablet", "--per-day", "4"], 2),
    ],
)
def test_every_field_is_documented(words: list[str], deep: int) -> None:
    named = set(re.findall(r"`([a-z0-9_]+)(?:\[\])?`", PAGE))
    assert keys_in(printed(*words), deep) <= named


@pytest.mark.parametrize(
    "field", ["profile", "product", "supply", "due", "contingencies", "candidates", "changed_by_limits"]
)
def test_every_field_inside_a_plan_is_documented(field: str) -> None:
    named = set(re.findall(r"`([a-z0-9_]+)(?:\[\])?`", PAGE))
    value = printed("plan", CLEAN, *RECORD, "--start", "2021-02-01")[field]
    assert keys_in(value, 1) <= named


def test_every_field_of_a_simulation_is_documented() -> None:
    """The courses are named by their doses and outputs: their fields stand two levels further down."""
    named = set(re.findall(r"`([a-z0-9_]+)(?:\[\])?`", PAGE))
    answer = printed("simulate", "doses", "4.5 mg", "--days", "1", "--check")
    outputs = [output for course in answer["courses"].values() for output in course.values()]
    assert outputs
    assert keys_in(outputs, 1) | keys_in(answer["self_check"], 1) | set(answer) <= named
