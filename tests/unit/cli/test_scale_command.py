"""`openldn scale`: the list and the score, on screen and as JSON; and the page of all scales."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from openldn.cli import terminal
from openldn.cli.reference_scales import scales_page
from openldn.cli.scale import read_answers, scale_command
from openldn.knowledge.load import load_knowledge
from openldn.record.scales import NotAnAnswer

COWS = (
    "pulse=2, sweating=1, restlessness=3, pupils=1, aches=2, nose=2, gut=2, tremor=1, yawning=1, anxiety=2,"
    " gooseflesh=3"
)
PHQ9 = "interest=3, mood=0, sleep=1, energy=2, appetite=0, guilt=0, concentration=1, slow-or-restless=0"

alone = typer.Typer()
alone.command("scale")(scale_command)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.out, "_width", 400)


def run(*words: str) -> Result:
    return CliRunner().invoke(alone, list(words))


def answer(*words: str, status: int = 0) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def test_a_score_with_its_band() -> None:
    shown = run("cows", "--answers", COWS)
    assert shown.exit_code == 0
    assert "20 of 0 to 48, moderate\n" in shown.stdout
    found = answer("cows", "--answers", COWS)
    assert (found["schema"], found["total"], found["band"]["name"]) == (
        "openldn/1/scale/score",
        "20",
        "moderate",
    )


def test_a_band_that_nobody_saw_is_marked_and_none_is_none() -> None:
    assert "mild (band unverified)" in run("nrs-pain", "--answers", "pain=3").stdout
    assert "3 of 0 to 10\n" in run("nrs-sleep", "--answers", "sleep=3").stdout
    assert answer("nrs-sleep", "--answers", "sleep=3")["band"] is None


def test_an_alert_is_told_whatever_the_total() -> None:
    shown = run("phq-9", "--answers", f"{PHQ9}, self-harm=3")
    assert "10 of 0 to 27, moderate" in shown.stdout
    assert "whatever the total: self-harm" in shown.stdout
    assert answer("phq-9", "--answers", f"{PHQ9}, self-harm=3")["alerts"] == ["self-harm"]


def test_without_all_answers_there_is_no_total() -> None:
    shown = run("phq-9", "--answers", PHQ9)
    assert shown.exit_code == terminal.NOT_ALLOWED
    assert "no total, not answered are self-harm" in shown.stdout
    assert "Ask again now: self-harm" in shown.stdout
    found = answer("phq-9", "--answers", PHQ9, status=terminal.NOT_ALLOWED)
    assert (found["total"], found["band"], found["ask_again"]) == (None, None, ["self-harm"])


def test_without_answers_it_lists_what_may_be_answered() -> None:
    shown = run("phq-9").stdout
    assert "Little interest or pleasure in doing things" in shown
    assert "Over the last 2 weeks, how often" in shown
    assert "2: More than half the days" in shown
    shown = run("cows").stdout
    assert "Licence (unverified)" in shown
    assert "ask from the scale's own form" in shown
    assert answer("cows")["items"][0]["answers"][-1] == {"value": 4, "meaning": "above 120"}
    assert answer("phq-9")["items"][-1]["safety"] is True
    assert answer("phq-9")["loinc"] == "44261-6"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sows"], "'sows' is no scale: there are cows"),
        (["cows", "--answers", "pulse=3"], "pulse: 3 is no answer; allowed are 0, 1, 2, 4"),
        (["cows", "--answers", "puls=2"], "'puls' is no item of cows"),
        (["cows", "--answers", "pulse"], "'pulse' is not an item and a whole number"),
    ],
)
def test_a_wrong_answer_is_bad_input(words: list[str], said: str) -> None:
    refused = run(*words)
    assert refused.exit_code == terminal.BAD_INPUT
    assert said in refused.stderr
    assert said in answer(*words, status=terminal.BAD_INPUT)["error"]


def test_answers_are_read_strictly() -> None:
    assert read_answers(" pulse = 2,sweating=-1, ") == {"pulse": 2, "sweating": -1}
    assert read_answers("") == {}
    for wrong in ("pulse=1.5", "pulse=", "=2", "pulse=1=2", "pulse=٣", "pulse=True", "pulse=1, pulse=1"):
        with pytest.raises(NotAnAnswer):
            read_answers(wrong)


def test_the_page_holds_every_item_band_and_mark() -> None:
    knowledge = load_knowledge()
    lines = list(scales_page(knowledge))
    page = "\n".join(lines)
    for scale in knowledge.scales.values():
        assert f'<a id="{scale.id}"></a>' in page
        for item in scale.items:
            assert any(line.startswith(f"| `{item.id}`") and item.shown in line for line in lines)
    assert "| `self-harm`, **safety** |" in page
    assert "| moderate | 13 and more, below 25 | `facts-scales`, 2.7 |" in page
    assert "| severe | 37 and more | `facts-scales`, 2.7 |" in page
    assert "is itself a change" in page
    assert "only mild stands there, *unverified* |" in page
