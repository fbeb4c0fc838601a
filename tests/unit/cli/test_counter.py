"""`openldn compound --readings`, `check-order`, `calibrate` and `hand-over` as typed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from openldn.cli.app import app

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to"
PLAN, BATCH = str(HOW_TO / "review-plan.json"), str(HOW_TO / "batch.json")
LIQUID = ["compound", "liquid-nz-powder", "--make", "102 mL", "--lot", "A123; assay=99.2; water=5"]
LIQUID += ["--number", "B-17", "--made", "2021-02-01"]
COUNTER = ["hand-over", PLAN, BATCH, "--amount", "102 mL", "--plan-scanned", "RTCV-BSXH-JFJM-TRDF-NTCS"]
COUNTER += ["--batch-scanned", "B-17", "--on", "2021-02-01"]
THRICE = ["calibrate", "--strength", "5 mg", "--weighed", "1 g, 1 g, 1 g"]
NO = ["--answer", "no"] * 3


def run(*words: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, [*words, "--json"])
    found: dict[str, Any] = json.loads(result.stdout or result.stderr)
    return result.exit_code, found


def test_a_table_to_fill_in_comes_back_judged(tmp_path: Path) -> None:
    blank = tmp_path / "sheet" / "blank.csv"
    status, found = run(*LIQUID, "--to-fill", str(blank))
    rows = list(csv.DictReader(blank.read_text(encoding="utf-8").splitlines()))
    passes = {e["key"]: e["passes"] for e in found["entries"]}
    assert status == 0
    assert [r["entry"] for r in rows] == [k for k in passes for _ in range(2)]
    assert all(p not in r["asks"] for r in rows for p in ("0.1083", "108.3", "102 mL"))
    status, found = run(*LIQUID, "--readings", str(blank))
    assert (status, found["batch"]["released"]) == (3, False)
    assert {j["says"].rsplit(": ", 1)[1] for j in found["outcome"]["judged"]} == {"nobody has read it."}


def test_readings_that_pass_release_the_batch(tmp_path: Path) -> None:
    text = (HOW_TO / "readings.csv").read_text(encoding="utf-8").replace("180.3", "108.3")
    filled = tmp_path / "filled.csv"
    filled.write_text(text, encoding="utf-8")
    status, found = run(*LIQUID, "--readings", str(filled))
    assert (status, found["batch"]["released"], found["batch"]["left"]) == (0, True, 102_000_000)
    assert found["outcome"]["content_percent"] == "100.1"  # 108.3 of 108.2 mg as the balance shows
    assert json.loads((HOW_TO / "batch.json").read_text(encoding="utf-8"))["batch"] == found["batch"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([*LIQUID, "--readings", "missing.csv"], "cannot be read"),
        ([*LIQUID[:-4], "--readings", str(HOW_TO / "readings.csv")], "--number"),
        ([*LIQUID[:-4], "--number", "B 17"], "letters, digits and hyphens"),
        ([*LIQUID, "--readings", str(HOW_TO / "diary.csv")], "no column"),
        ([*LIQUID, "--strength", "5 mg per mL"], "another formula"),
        ([*LIQUID, "--strength", "strong"], "5 mg per mL"),
        ([*LIQUID, "--particle", "20"], "are of capsules"),
        (["compound", "drops", "--make", "10 mL", "--lot", "A; assay=99; water=5"], "no source states"),
        (["compound", "capsule-gelatin", "--make", "60 capsules", "--strength", "3 mg"], "one shell holds"),
        (["compound", "capsule-gelatin", "--make", "60 capsules"], "one capsule holds"),
        (["check-order", str(HOW_TO / "diary.csv")], "no column"),
        (["calibrate", "--strength", "5 mg", "--weighed", "0.9 g", "--density", "1.05"], "at least 3"),
        ([*THRICE, "--density", "105"], "1.05"),
        ([*THRICE, "--density", "1", "--form", "liquid"], "drops and the strokes"),
        ([*COUNTER, *NO, "--answer", "no"], "4 answers to 3"),
        ([*COUNTER, "--avoids", "lactose", "--avoids-nothing"], "contradict"),
        (["hand-over", PLAN, PLAN, "--amount", "102 mL"], "no batch"),
        (["hand-over", BATCH, BATCH, "--amount", "102 mL"], ""),
        (["hand-over", PLAN, BATCH, "--amount", "102"], "unit"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(words: list[str], says: str) -> None:
    status, found = run(*words)
    assert status == 2
    assert says in found["error"]


def test_all_is_right_and_it_goes_over_the_counter() -> None:
    status, found = run(*COUNTER, *NO, "--avoids-nothing")
    assert (status, found["may_go"], found["until"]) == (0, True, "2021-03-07")
    status, found = run(*COUNTER, *NO)
    assert (status, found["checks"][0]["rule"]) == (3, "dispensing/hand-over-excipients")


def test_drops_have_a_worksheet_too() -> None:
    words = [
        "compound",
        "drops",
        "--make",
        "20 mL",
        "--strength",
        "5 mg per mL",
        "--lot",
        "A; assay=100; water=0",
    ]
    status, found = run(*words)
    assert (status, found["liquid"]["strength"], found["preparation"]["weigh"]["text"]) == (
        0,
        "5 mg per mL",
        "0.1 g",
    )
    assert found["bounds"][0]["rule"] == "dispensing/beyond-use-limits"
