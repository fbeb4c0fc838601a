"""`openldn evidence add`: a study that is wrong says where, a corrected one shows what it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from evidence_asked import asked
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.knowledge.load import HERE


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.replace("[41, 49]", "[50, 49]"), "50 of 49 people"),
        (lambda s: s.replace("design: parallel-rct", "design: rct"), "design"),
        (lambda s: s.replace("ldn: [41, 49]", "drug: [41, 49]"), "drug is no arm"),
        (lambda s: s.replace("pools: fibromyalgia-pain", "pools: any-side-effect"), "asks for RR"),
        (lambda s: s + "\nextra: 1\n", "extra"),
        (lambda s: s.replace("low: -0.95, high: 0.27", "low: 0.27, high: -0.95"), "is no interval"),
        (lambda s: s.replace("p: 0.27}", "p: 27}"), "no probability"),
        (lambda s: s.replace('p: "0.004"', 'p: "n.s."'), "p"),
        (lambda s: s.replace("sd: 1.57", "sd: 0"), "not above 0"),
        (lambda s: s.replace("pools: fibromyalgia-pain", "pools: fibromyalgia-pains"), "does not exist"),
        (lambda s: s.replace("[conditions/fibromyalgia]", "[conditions/fibro]"), "does not exist"),
        (lambda s: "[", "final-2024.yaml"),
    ],
)
def test_a_study_that_is_wrong_says_where(change: Callable[[str], str], says: str, tmp_path: Path) -> None:
    file = tmp_path / "final-2024.yaml"
    file.write_text(change((HERE / "studies" / "final-2024.yaml").read_text("utf-8")), "utf-8")
    result = CliRunner().invoke(app, ["evidence", "add", str(file)])
    assert result.exit_code == 2
    assert says in result.output


def test_a_study_that_would_leave_the_leaflet_without_its_figure_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "final-2024.yaml"
    text = (HERE / "studies" / "final-2024.yaml").read_text("utf-8")
    file.write_text(text.replace("\n  any:\n", "\n  all-of-them:\n"), "utf-8")
    result = CliRunner().invoke(app, ["evidence", "add", str(file), "--write"])
    assert result.exit_code == 2
    assert "final-2024 has no outcome any" in result.output
    assert (HERE / "studies" / "final-2024.yaml").read_text("utf-8") == text


def test_side_effects_are_pooled_beside_placebo_only(tmp_path: Path) -> None:
    file = tmp_path / "final-2024.yaml"
    text = (HERE / "studies" / "final-2024.yaml").read_text("utf-8")
    file.write_text(text.replace("{takes: placebo,", '{takes: "amitriptyline 10 mg",'), "utf-8")
    result = CliRunner().invoke(app, ["evidence", "add", str(file)])
    assert result.exit_code == 2
    assert "any-side-effect asks beside placebo, this is amitriptyline 10 mg" in result.output


def test_a_corrected_study_shows_before_and_after(tmp_path: Path) -> None:
    file = tmp_path / "final-2024.yaml"
    text = (HERE / "studies" / "final-2024.yaml").read_text("utf-8")
    file.write_text(text.replace("[43, 50]", "[23, 50]"), "utf-8")
    found = asked("add", str(file))
    (change,) = found["changed"]
    assert change["before"]["synthesis"] == "any-side-effect"
    assert change["after"]["trials"][0]["value"] > change["before"]["trials"][0]["value"]
    assert "expectations/side-effects" in found["rests"]["expectations"]
    assert (HERE / "studies" / "final-2024.yaml").read_text("utf-8") == text, "nothing is written unasked"
