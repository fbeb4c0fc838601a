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
        (lambda s: s.replace("pools: fibromyalgia-pain", "pools: crohn-remission"), "asks for RR"),
        (lambda s: s.replace("pools: fibromyalgia-pain", "pools: any-side-effect"), "asks for RR"),
        (lambda s: s.replace("mean: -0.34, low: -0.95, high: 0.27, ", ""), "a mean or a median"),
        (lambda s: s.replace("low: -0.95, high: 0.27", "low: -0.95"), "both ends"),
        (lambda s: s.replace("measure: SMD, value: 0.23", "measure: RR, value: -1"), "not above 0"),
        (lambda s: s.replace("randomised: 49", "randomised: -49"), "randomised"),
        (lambda s: s.replace("counts: {ldn: [0, 49], placebo: [1, 50]}", "percent: {ldn: 140}"), "0 and 100"),
        (lambda s: s.replace("counts: {ldn: [0, 49], placebo: [1, 50]}", "totals: {ldn: -4}"), "totals"),
        (
            lambda s: s.replace("counts: {ldn: [0, 49], placebo: [1, 50]}", "within: {ldn: {n: 4}}"),
            "a change",
        ),
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


def test_an_erratum_and_what_is_to_be_looked_at_are_said(tmp_path: Path) -> None:
    file = tmp_path / "final-2024.yaml"
    text = (HERE / "studies" / "final-2024.yaml").read_text("utf-8")
    file.write_text(text + 'errata: [{reference: final-2024, says: "a number was wrong"}]\n', "utf-8")
    found = asked("add", str(file))
    assert found["errata"] == [{"ref": "final-2024", "says": "a number was wrong", "considered_by": None}]
    assert found["to_look_at"] == ["studies/final-2024"]
    result = CliRunner().invoke(app, ["evidence", "add", str(file)])
    assert "Then: openldn evidence looked studies/final-2024 --by NAME" in result.output


def test_what_people_read_otherwise_is_said(tmp_path: Path) -> None:
    """The counts of FINAL corrected: its figure, and that of both trials together."""
    file = tmp_path / "final-2024.yaml"
    text = (HERE / "studies" / "final-2024.yaml").read_text("utf-8")
    file.write_text(text.replace("[43, 50]", "[23, 50]"), "utf-8")
    told = {t["where"]: (t["before"], t["after"]) for t in asked("add", str(file))["told"]}
    before, after = told["leaflet and consent, any side effect in 12 weeks, 6 mg"]
    assert before == "41 of 49 (84 %) against 43 of 50 (86 %)"
    assert after == "41 of 49 (84 %) against 23 of 50 (46 %)"
    assert len(told) == 2
    without = {t["where"]: t for t in asked("without", "innova-2026")["told"]}
    imprecision = without["Fibromyalgia, certainty about pain, imprecision"]
    assert "SMD -0.22 (-0.72 to 0.29)" in imprecision["before"]
    assert "SMD -0.13 (-0.58 to 0.33)" in imprecision["after"]
    assert without["leaflet and consent, any side effect in 12 months"]["before"] is None
