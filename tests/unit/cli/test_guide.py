"""`openldn guide`: tables and JSON of the same values; what is doubtful is marked; a wrong name says what
would do.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from openldn.cli import terminal
from openldn.cli.app import app
from openldn.knowledge.load import load_knowledge

KNOWN = load_knowledge()


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.out, "_width", 400)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["guide", *words])


def answer(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_list_and_its_filters() -> None:
    assert len(answer("list")["claims"]) == 134
    assert {c["status"] for c in answer("list", "--status", "disputed")["claims"]} == {"disputed"}
    assert {c["kind"] for c in answer("list", "--kind", "dose")["claims"]} == {"dose"}
    assert run("list", "--kind", "nonsense").exit_code == 2


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("G-009", "claim"),
        ("g-009", "claim"),
        ("screening/kidney-failure", "rule"),
        ("kidney-failure", "rule"),
        ("multiple-sclerosis", "condition"),
        ("agnoli-2021", "source"),
        ("expectations/liver", "expectation"),
    ],
)
def test_show_finds_everything_that_has_an_id(name: str, what: str) -> None:
    assert answer("show", name)["what"] == what


def test_show_marks_what_was_recalled_retracted_or_disputed() -> None:
    assert answer("show", "G-083")["unverified"] == ["Cochrane counts 15/18 against 6/16"]
    found = answer("show", "G-029")
    assert [r["status"] for r in found["references"] if "filamin" in r["key"]] == ["retracted", "retracted"]
    assert "disputed" in run("show", "G-009").stdout
    assert answer("show", "child-pugh-b")["unverified"]


def test_an_unknown_name_says_what_was_meant() -> None:
    result = run("show", "kidney")
    assert result.exit_code == 2
    assert "screening/kidney-failure" in result.stderr
    assert json.loads(run("show", "kidney", "--json").stdout)["schema"] == "openldn/1/error"


def test_search_takes_beginnings_of_words_and_all_of_them() -> None:
    assert {"G-029", "wang-2008-filamin"} <= {f["id"] for f in answer("search", "filam")["found"]}
    assert answer("search", "filamin", "kidney")["found"] == []
    assert answer("search", "kidney", "failure")["found"][0]["id"] == "screening/kidney-failure"


def test_coverage_counts_every_statement() -> None:
    found = answer("coverage")
    assert found["statements"] == 134
    assert found["without_fate"] == []
    assert all(found["not_computable"].values())
    assert sum(found["by_status"].values()) == 134
    assert "Not computable, and why" in run("coverage").stdout


def test_sources_by_their_status() -> None:
    assert len(answer("sources")["sources"]) == len(KNOWN.references)
    assert {s["key"] for s in answer("sources", "--status", "retracted")["sources"]} == {
        "wang-2008-filamin",
        "wang-2009-filamin",
    }
    assert "corrected" in run("sources", "--status", "nonsense").stderr


def test_conditions_with_their_evidence() -> None:
    assert len(answer("conditions")["conditions"]) == len(KNOWN.conditions)
    (found,) = answer("conditions", "multiple", "sclerosis")["conditions"]
    assert found["early_worsening"]["signs"] == "fatigue or spasticity"
    assert "no evidence record exists" in run("conditions", "restless ears").stdout
    assert "Do not replace oncology care" in run("conditions", "prostate cancer").stdout.replace("\n", " ")
    assert "never an indication" in run("conditions").stdout
