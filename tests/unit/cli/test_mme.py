"""`openldn mme` as typed: what it understands, and what it says of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from openldn.cli.app import app


def run(*words: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["mme", *words, "--json"])
    found: dict[str, Any] = json.loads(result.stdout or result.stderr)
    return result.exit_code, found


@pytest.mark.parametrize(
    ("drug", "per_day", "total"),
    [
        ("oxycodone 10 mg tablet", "4", 60),
        ("oxycodone 10 mg tablet", "1-2 tablets", 30),
        ("oxycodone 10 mg tablet", "1 to 2 tabs a day", 30),
        ("oxycodone", "40 mg/d", 60),
        ("oxycodone", "0.04 g", 60),
        ("fentanyl_transdermal", "75 mcg/h", 180),
        ("fentanyl patch", "75 microgram per hour", 180),
        ("codeine 5 mg/mL linctus", "20 mL", 15),
        ("1049683", "4 tablets", 60),
    ],
)
def test_amounts_as_people_write_them(drug: str, per_day: str, total: int) -> None:
    assert (run("--drug", drug, "--per-day", per_day)[1]["total"]) == total


def test_a_range_has_a_scheduled_part_and_a_most() -> None:
    found = run("--drug", "oxycodone 10 mg tablet", "--per-day", "1-2")[1]
    assert (found["scheduled"], found["total"]) == (15, 30)
    needed = run("--drug", "oxycodone 10 mg tablet", "--per-day", "1-2", "--as-needed")[1]
    assert (needed["scheduled"], needed["total"]) == (0, 30)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name a FILE, or --drug"),
        (["--drug", "oxycodone"], "needs how much"),
        (["--drug", "oxycodone", "--per-day", "some"], "'75 mcg/h'"),
        (["--drug", "oxycodone", "--per-day", "3-2"], "smaller than the first"),
        (["--drug", "ibuprofen 400 mg", "--per-day", "3"], "names no opioid"),
        (["--drug", "999999999", "--per-day", "3"], "not in the product table"),
        (["--drug", "oxycodone", "--per-day", "40 mg", "--table", "cdc-1066"], "there are cdc-2016"),
        (["nowhere.json"], "nowhere.json"),
    ],
)
def test_an_error_says_what_would_have_worked(words: list[str], says: str) -> None:
    status, found = run(*words)
    assert status == 2
    assert says in found["error"]


def test_advice_stands_beside_the_number() -> None:
    _, found = run("--drug", "morphine", "--per-day", "60 mg")
    assert [a["rule"] for a in found["advice"]] == [
        "screening/opioid-mme-guidepost",
        "screening/opioid-naloxone-offer",
    ]
    assert all("{" not in a["says"] for a in found["advice"])


def test_all_tables(tmp_path: Path) -> None:
    out = CliRunner().invoke(
        app, ["mme", "--drug", "tramadol", "--per-day", "100 mg", "--table", "all", "--json"]
    )
    found = [json.loads(line) for line in out.stdout.splitlines()]
    assert {f["table"]: f["total"] for f in found} == {
        "cdc-2016": 10,
        "cdc-2022": 20,
        "nih-heal": 20,
        "uk": 10,
    }
