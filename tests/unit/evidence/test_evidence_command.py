"""`openldn evidence` as typed: pages, plots, gaps, exports, and errors that say what would have worked."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import textstat
from fhir.resources.bundle import Bundle
from typer.testing import CliRunner

from openldn.cli import terminal
from openldn.cli.app import app
from openldn.evidence.pages import ONCOLOGY, gaps, page_of
from openldn.knowledge.load import HERE, load_knowledge

KNOWN = load_knowledge()
HIGHEST_GRADE = 8


def asked(*words: str) -> Any:
    result = CliRunner().invoke(app, ["evidence", *words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("words", ["fibromyalgia", "Fibromyalgia", "G-135", "conditions/fibromyalgia"])
def test_a_condition_is_found_by_any_of_its_names(words: str) -> None:
    assert asked(words)["condition"] == "conditions/fibromyalgia"


def test_a_part_of_the_name_is_enough_and_the_others_are_named() -> None:
    assert asked("chronic viral")["condition"] == "conditions/chronic-viral-infections"
    result = CliRunner().invoke(app, ["evidence", "G-102"])
    assert "also: Inflammatory bowel disease, Ulcerative colitis" in result.output


def test_a_difference_stays_as_it_is_and_a_standardised_one_is_turned() -> None:
    (mental,) = asked("multiple-sclerosis")["questions"][0]["trials"]
    assert (mental["value"], mental["low"] > 0) == (3.3, True), "a gain is no minus"
    rows = {t["study"]: t for t in asked("fibromyalgia")["questions"][0]["trials"]}
    assert rows["younger-2013"]["value"] < 0
    assert "turned: less is better" in rows["younger-2013"]["flags"]
    assert "turned: less is better" not in rows["final-2024"]["flags"]


def test_needed_to_treat_is_counted_towards_the_patients_good() -> None:
    (trial,) = [s for s in asked("chronic viral")["trials"] if s["study"] == "bihari-1988"]
    (result,) = trial["outcomes"][0]["results"]
    assert "one more is better for every 3.2 people" in result["says"]
    assert {e["favours"] for e in result["effects"] if e["measure"] in ("RD", "NNT", "OR")} == {"ldn"}


def test_side_effects_of_other_doses_and_drugs_have_their_own_name() -> None:
    by_name = {e["effect"]: e for e in asked("side-effects")["side_effects"]}
    kinds = {r["study"]: r["kind"] for e in by_name.values() for r in e["results"]}
    assert kinds["final-2024"] == "LDN beside placebo"
    assert kinds["srinivasan-2021"] == "LDN beside another drug"
    assert kinds["gastro-survey"] == "LDN compared with nothing"
    assert kinds["bolton-2019"] == kinds["webster-2006"] == "other doses of naltrexone, or beside an opioid"
    assert all(r["compares"] for e in by_name.values() for r in e["results"])


def test_the_special_condition_is_taken_before_the_general_one() -> None:
    assert asked("crohn")["condition"] == "conditions/crohns-disease"


@pytest.mark.parametrize("name", sorted(KNOWN.conditions))
def test_each_condition_has_its_page(name: str) -> None:
    page = asked(name)
    condition = KNOWN.conditions[name]
    assert page["lay"]
    assert textstat.flesch_kincaid_grade(page["lay"]) <= HIGHEST_GRADE
    assert (page["first"] == ONCOLOGY) is condition.oncology
    if condition.oncology:
        assert page["lay"].startswith(ONCOLOGY)
    shown = [s["study"] for g in ("trials", "others", "pooled_by_others", "without_results") for s in page[g]]
    assert set(condition.studies) <= set(shown)
    assert len(shown) == len(set(shown))
    randomised_or_series = any(e.level in ("2", "R-", "R+-", "R+") for e in condition.evidence)
    assert bool(page["certainty"]) is randomised_or_series
    for certainty in page["certainty"]:
        lost = sum(d["steps"] for d in certainty["domains"].values())
        start = {"high": 3, "low": 1}[certainty["start"]]
        assert certainty["grade"] == ["very low", "low", "moderate", "high"][max(start - lost, 0)]


def test_a_level_of_randomised_trials_has_a_trial_and_the_other_way_round() -> None:
    for condition in KNOWN.conditions.values():
        trials = [s for s in page_of(condition, KNOWN).trials if s.therapy != "naltrexone"]
        levels = {e.level for e in condition.evidence}
        assert bool(trials) is bool(levels & {"R-", "R+-", "R+"}), condition.id
        if levels == {"0"}:
            assert not [s for s in page_of(condition, KNOWN).others if s.therapy != "naltrexone"], (
                condition.id
            )


def test_all_of_the_guides_conditions_are_on_the_map() -> None:
    rows = asked()["conditions"]
    claims = {c for row in rows for c in row["claims"]}
    assert {f"G-{n}" for n in range(101, 139)} <= claims
    assert len(rows) == len(KNOWN.conditions)


def test_negative_and_unpublished_studies_are_shown() -> None:
    page = asked("fibromyalgia")
    assert {"final-2024", "innova-2026", "bested-2023", "younger-2013"} == {
        s["study"] for s in page["trials"]
    }
    assert [s["study"] for s in asked("crohns-disease")["without_results"]] == ["ldn-crohn-nl"]
    assert [s["study"] for s in asked("long-covid")["without_results"]] == ["naik-2024", "running-actrn"]


def test_gaps() -> None:
    found = gaps(KNOWN)
    assert "conditions/melanoma" in found.without_any_study
    assert "conditions/fibromyalgia" not in found.without_any_study
    assert {"ldn-crohn-nl", "naik-2024"} <= {s.id for s in found.without_results}
    assert ("smith-2011", "remission") in found.not_seen


def test_a_plot_is_a_picture_with_its_words(tmp_path: Path) -> None:
    target = tmp_path / "a.svg"
    assert (
        CliRunner().invoke(app, ["evidence", "forest", "fibromyalgia", "--plot", str(target)]).exit_code == 0
    )
    root = ElementTree.fromstring(target.read_text("utf-8"))
    told = {e.tag.rpartition("}")[2]: e.text or "" for e in root.iter()}
    assert told["title"] == KNOWN.syntheses["fibromyalgia-pain"].question
    assert "innova-2026: 0.24 (-0.16 to 0.64)" in told["desc"]
    assert "prefers-color-scheme:dark" in target.read_text("utf-8")
    texts = [e.text for e in root.iter() if e.tag.endswith("text")]
    assert "all 4 trials" in texts
    assert "without innova-2026" in texts
    # Every square lies where its number says: left of the line of no difference where below 0.
    line = next(float(m[1]) for e in root.iter() if (m := re.match(r"M([0-9.]+),", e.get("d", ""))) and
                e.get("class") == "none")  # fmt: skip
    middles = [
        float(e.get("x", 0)) + float(e.get("width", 0)) / 2 for e in root.iter() if e.tag.endswith("rect")
    ]
    values = [row["value"] for row in asked("fibromyalgia")["questions"][0]["trials"]]
    assert [m < line for m in middles] == [v < 0 for v in values]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no such thing"], "no evidence record exists"),
        (["forest", "melanoma", "--plot", "a.svg"], "no question that could be drawn"),
        (["forest", "fibromyalgia", "--plot", "a.png"], ".svg is expected"),
        (["add", "no-such.yaml"], "cannot read no-such.yaml"),
        (["looked", "no-such", "--by", "A"], "no study no-such"),
        (["looked", "final-2024", "--by", "A", "--on", "yesterday"], "a date like"),
    ],
)
def test_what_cannot_be_done_says_what_would(words: list[str], says: str) -> None:
    result = CliRunner().invoke(app, ["evidence", *words])
    assert result.exit_code == 2
    assert says in result.output


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


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("in the way", "utf-8")
    for words in (
        ["export", str(tmp_path / "a")],
        ["forest", "fibromyalgia", "--plot", str(tmp_path / "a" / "b.svg")],
    ):
        result = CliRunner().invoke(app, ["evidence", *words])
        assert result.exit_code == 2
        assert "cannot write" in result.output


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


def test_what_is_exported_is_what_was_computed(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["evidence", "export", str(tmp_path)]).exit_code == 0
    studies = list(csv.DictReader((tmp_path / "studies.csv").open(encoding="utf-8")))
    assert [row["study"] for row in studies] == sorted(KNOWN.studies)
    effects = list(csv.DictReader((tmp_path / "effects.csv").open(encoding="utf-8")))
    (ratio,) = [r for r in effects if r["study"] == "smith-2011" and r["measure"] == "RR" and "remission" in
                r["outcome"] and "endoscopic" not in r["outcome"]]  # fmt: skip
    assert (ratio["value"], ratio["verified"]) == ("1.48148", "no")
    assert not [c for row in effects for c in row.values() if c[:1] in "=+@" and c]


def test_the_bundle_is_fhir_r5(tmp_path: Path) -> None:
    """Read by another library: fhir.resources, whose default is R5."""
    CliRunner().invoke(app, ["evidence", "export", str(tmp_path)])
    bundle = Bundle.model_validate_json((tmp_path / "evidence.json").read_text("utf-8"))
    resources: list[Any] = [entry.resource for entry in bundle.entry or []]
    assert len(resources) > 20
    assert {r.get_resource_type() for r in resources} == {"Evidence"}
    by_title = {r.title: r for r in resources}
    pain = by_title["final-2024: change of pain on a numeric rating scale"]
    assert float(pain.statistic[0].quantity.value) == pytest.approx(-0.34, abs=0.07)
    people = {r.title.partition(":")[0]: r.statistic[0].sampleSize for r in resources}
    assert people["bested-2023"].numberOfParticipants == 58, "in a crossover nobody is counted twice"
    remission = by_title["smith-2011: clinical remission"]
    assert remission.statistic[0].sampleSize.numberOfParticipants == 34, "those who were counted"


def test_the_table_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "out", type(terminal.out)(width=150))
    shown = CliRunner().invoke(app, ["evidence", "melanoma"]).output
    assert ONCOLOGY in shown
    assert "No study in people was found." in shown
    assert "Information for a prescriber" in shown
