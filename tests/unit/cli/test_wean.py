"""`openldn wean` as typed: a calculation, a plan, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.cli.demo import EXAMPLES

PERCOCET: Final = [str(EXAMPLES / "percocet.json"), "--as-of", "2021-06-29", "--stock", "5 mg"]
TYPED: Final = ["--drug", "oxycodone", "--from", "40 mg", "--stock", "5 mg", "--start", "2026-12-01"]


def run(*words: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["wean", *words, "--json"])
    found: dict[str, Any] = json.loads(result.stdout or result.stderr)
    return result.exit_code, found


def test_a_calculation_says_that_nobody_was_screened() -> None:
    status, found = run(*TYPED, "--duration", "8 weeks", "--max-step", "off")
    assert status == 0
    assert found["kind"] == "calculation, nobody was screened"
    assert found["plan"] is None
    values = [int(s["daily"]["value"]) for s in found["steps"]]
    assert values == [40, 40, 35, 30, 25, 20, 20, 15, 15, 10, 10, 10, 10, 10, 10, 10, 5, 5]
    assert sum(d["count"] for d in found["dispensed"]) == found["optimum"]["units"]


def test_stuck_is_told_with_what_would_do_and_exit_status_3() -> None:
    status, found = run(*TYPED, "--duration", "8 weeks")
    assert status == 3
    assert found["stops"] is None
    assert found["needs_smaller_unit"]["at"]["value"] == "15"
    assert found["needs_smaller_unit"]["next"]["value"] == "10"
    assert found["needs_smaller_unit"]["would_do"]["nanograms"] < 5_000_000


def test_a_plan_comes_after_a_verdict_that_allows_it() -> None:
    signed = ["--prescriber", "Dr A", "--review", "2021-07-20"]
    status, found = run(*PERCOCET, *signed, "--floor", "20 mg")
    assert status == 0
    assert found["kind"] == "plan"
    assert found["from"]["value"] == "40"  # two tablets of 5 mg every six hours, as recorded
    assert found["plan"]["prescriber"] == "Dr A"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (PERCOCET, "named opioid prescriber"),
        ([*PERCOCET, "--prescriber", "Dr A"], "at least monthly"),
        ([*PERCOCET, "--drug", "morphine"], "the record holds oxycodone"),
        (["--drug", "oxycodone", "--stock", "5 mg"], "--drug with --from"),
        (["--drug", "oxycodone", "--from", "40 mg"], "no unit"),
        (["--drug", "ibuprofen", "--from", "40 mg", "--stock", "5 mg"], "names no opioid"),
        (["--drug", "oxycodone", "--from", "40", "--stock", "5 mg"], "number and a unit"),
        ([*TYPED, "--stock", "many"], "'25 mcg/h'"),
        ([*TYPED, "--duration", "long"], "'8 weeks'"),
        ([*TYPED, "--rate", "fast"], "write it like 10"),
        ([*TYPED, "--rate", "20", "--interval", "7", "--duration", "2 months"], "by name"),
        (["nowhere.json"], "nowhere.json"),
    ],
)
def test_what_is_wrong_is_said(words: list[str], says: str) -> None:
    status, found = run(*words)
    assert status == 2
    assert says in found["error"]


def test_a_patch_on_record_is_not_tapered_in_tablets(tmp_path: Path) -> None:
    text = Path(PERCOCET[0]).read_text(encoding="utf-8")
    patch = json.loads(text)
    for entry in patch["entry"]:
        drug = entry["resource"].get("medicationCodeableConcept")
        if drug:
            drug["text"] = "Fentanyl 50 mcg/h patch"
            drug["coding"] = []
            entry["resource"]["dosageInstruction"] = [
                {
                    "timing": {"repeat": {"frequency": 1, "period": 3, "periodUnit": "d"}},
                    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "patch"}}],
                }
            ]
    path = tmp_path / "patch.json"
    path.write_text(json.dumps(patch), encoding="utf-8")
    given = [str(path), "--as-of", "2021-06-29", "--prescriber", "Dr A", "--review", "2021-07-20"]
    # It stands there twice: a renewal, or two patches at once? Nobody is tapered from a guess.
    assert "really taken" in run(*given, "--stock", "5 mg")[1]["error"]
    orders = [e for e in patch["entry"] if "medicationCodeableConcept" in e["resource"]]
    patch["entry"].remove(min(orders, key=lambda e: str(e["resource"].get("authoredOn"))))
    path.write_text(json.dumps(patch), encoding="utf-8")
    status, found = run(*given, "--stock", "5 mg")
    assert status == 2
    assert "not tapered in tablets" in found["error"]
    _, found = run(*given, "--stock", "12 mcg/h, 25 mcg/h, 50 mcg/h", "--max-step", "off")
    assert found["from"] == {"nanograms_per_hour": 50_000, "value": "50", "unit": "microgram per hour"}


def test_not_allowed_shows_why() -> None:
    day = ["--as-of", "2023-06-29", "--prescriber", "Dr A", "--review", "2023-07-01"]
    status, found = run(PERCOCET[0], "--stock", "5 mg", "--from", "20 mg", *day)
    assert status == 3
    assert found["verdict"] == "cannot tell"


def test_uldn_goes_with_the_taper_of_a_patient() -> None:
    signed = ["--prescriber", "Dr A", "--review", "2021-07-20", "--floor", "20 mg"]
    status, found = run(*PERCOCET, *signed, "--uldn", "1 microgram")
    assert status == 0
    assert found["uldn"]["dose"] == {"nanograms": 1000, "value": "1", "unit": "microgram"}
    assert found["uldn"]["ends"] < found["stops"] < found["uldn"]["ldn_not_before"]
    assert "spells its unit out" in run(*PERCOCET, *signed, "--uldn", "1 mg")[1]["error"]
    assert "for a patient" in run(*TYPED, "--uldn", "1 microgram")[1]["error"]
