"""`openldn evidence` as typed: pages, plots, gaps, and errors that say what would have worked."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import textstat
from evidence_asked import asked
from msgspec.structs import replace as altered
from scipy.stats import beta
from typer.testing import CliRunner

from openldn.answers.forest import forest_of
from openldn.cli import terminal
from openldn.cli.app import app, main
from openldn.evidence.pages import ONCOLOGY, gaps, page_of
from openldn.evidence.syntheses import answer
from openldn.knowledge.load import BadKnowledge, load_knowledge
from openldn.knowledge.study_schema import Erratum

KNOWN = load_knowledge()
HIGHEST_GRADE = 8


def test_recompute_and_gaps_of_one_condition() -> None:
    for words in (("recompute", "fibromyalgia"), ("fibromyalgia", "recompute")):
        rows = asked(*words)["compared"]
        studies = {row["study"] for row in rows}
        assert {"final-2024", "younger-2013"} <= studies <= {s.id for s in KNOWN.studies.values() if
                "conditions/fibromyalgia" in s.conditions}  # fmt: skip
    assert len(asked("recompute")["compared"]) > len(rows)
    found = asked("MS", "gaps")
    assert {"study": "sharafaddinzadeh-2010", "outcome": "msqol-54"} in found["words_only"]
    assert found["without_any_study"] == found["without_results"] == []


def test_two_trials_give_no_prediction_and_all_that_was_printed_is_there() -> None:
    found = {e["effect"]: e["pooled"] for e in asked("side-effects")["side_effects"] if e["pooled"]}
    assert found["any"]["pooled"]["trials"] == 2
    assert found["any"]["pooled"]["prediction"] is None
    page = asked("depression")
    (trial,) = page["trials"]
    hamd, hamd28, *_ = [o["results"][0] for o in trial["outcomes"]]
    assert (hamd["printed"][0]["value"], hamd["printed"][0]["p"]) == ("0.62", "0.3")
    assert hamd["printed"][0]["explained"]
    assert hamd28["p"] == "0.097"
    (question,) = page["questions"]
    assert "the values at the end instead: MD -6.10" in question["comes_to"][1]
    assert "0.3: MD -3.60 (-12.11 to 4.91)" in question["comes_to"][0]


def test_a_reason_of_the_certainty_brings_the_pooled_numbers() -> None:
    (pain,) = asked("fibromyalgia")["certainty"]
    assert "SMD -0.13 (-0.58 to 0.33)" in pain["domains"]["imprecision"]["why"]
    for name in KNOWN.conditions:
        for judged in asked(name)["certainty"]:
            assert "{" not in "".join(d["why"] for d in judged["domains"].values())


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
    assert bool(page["certainty"]) is any(e.level != "0" for e in condition.evidence)
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
    question = KNOWN.syntheses["fibromyalgia-pain"].question
    assert told["title"] == question
    assert "innova-2026 (d) (e): 0.24 (-0.16 to 0.64)" in told["desc"]
    assert "prefers-color-scheme:dark" in target.read_text("utf-8")
    texts = [e.text for e in root.iter() if e.tag.endswith("text")]
    assert "all 4 trials" in texts
    assert "without innova-2026" in texts
    assert question in " ".join(filter(None, texts)), "who looks at the picture alone sees what it asks"
    assert "bested-2023 (a) (b) (c)" in texts
    assert "(a) a median, taken for a mean" in texts
    assert "(b) which arm was taken from which is assumed" in texts
    assert "(c) a correlation is assumed" in texts
    # Every square lies where its number says: left of the line of no difference where below 0.
    line = next(float(m[1]) for e in root.iter() if (m := re.match(r"M([0-9.]+),", e.get("d", ""))) and
                e.get("class") == "none")  # fmt: skip
    middles = [
        float(e.get("x", 0)) + float(e.get("width", 0)) / 2 for e in root.iter() if e.tag.endswith("rect")
    ]
    values = [row["value"] for row in asked("fibromyalgia")["questions"][0]["trials"]]
    assert [m < line for m in middles] == [v < 0 for v in values]


def test_a_trial_without_a_number_stands_in_the_picture() -> None:
    drawn = forest_of(answer(KNOWN.syntheses["ms-quality-of-life"], KNOWN))
    assert drawn.count("<rect") == 1
    assert ">sharafaddinzadeh-2010</text>" in drawn
    assert ">no difference; 96 people, no number printed</text>" in drawn


def test_a_question_without_any_trial_left_can_still_be_drawn() -> None:
    gone = {name: altered(KNOWN.references[name], status="retracted") for name in ("cree-2010",)}
    there = replace(KNOWN, references={**KNOWN.references, **gone})
    drawn = forest_of(answer(there.syntheses["ms-quality-of-life"], there))
    assert ">retracted</text>" in drawn
    assert "<rect" not in drawn


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no such thing"], "is no condition that is known here"),
        (["forest", "melanoma", "--plot", "a.svg"], "no question that could be drawn"),
        (["forest", "fibromyalgia", "--plot", "a.png"], ".svg is expected"),
        (["add", "no-such.yaml"], "cannot read no-such.yaml"),
        (["looked", "no-such", "--by", "A"], "no study no-such"),
        (["looked", "final-2024", "--by", "A", "--on", "yesterday"], "a date like"),
        (["looked", "final-2024", "--by", "A", "--on", "2999-01-01"], "has not come yet"),
        (["looked", "final-2024", "--by", " "], "name the person who looked"),
    ],
)
def test_what_cannot_be_done_says_what_would(words: list[str], says: str) -> None:
    result = CliRunner().invoke(app, ["evidence", *words])
    assert result.exit_code == 2
    assert says in result.output


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("in the way", "utf-8")
    for words in (
        ["export", str(tmp_path / "a")],
        ["forest", "fibromyalgia", "--plot", str(tmp_path / "a" / "b.svg")],
    ):
        result = CliRunner().invoke(app, ["evidence", *words])
        assert result.exit_code == 2
        assert "cannot write" in result.output


def test_the_table_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "out", type(terminal.out)(width=150))
    shown = CliRunner().invoke(app, ["evidence", "melanoma"]).output
    assert ONCOLOGY in shown
    assert "No study in people was found." in shown
    assert "Information for a prescriber" in shown


def test_the_table_says_all_that_the_page_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "out", type(terminal.out)(width=200))
    shown = CliRunner().invoke(app, ["evidence", "fibromyalgia"]).output
    for words in (
        "SNOMED CT 95417003",
        "doi 10.1016/S2665-9913(23)00278-3, NCT04270877",
        "inconsistency -1: one larger trial points to placebo",
        "risk of bias 0: the three trials that found nothing",
        "with the assumed direction of bested-2023 the other way round: SMD -0.09 (-0.58 to 0.40)",
        "leaving final-2024 out",
    ):
        assert words in shown


def test_a_correction_and_a_retraction_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    final = altered(KNOWN.studies["final-2024"], errata=(Erratum(reference="final-2024", says="a number"),))
    retracted = altered(KNOWN.references["younger-2013"], status="retracted")
    there = replace(
        KNOWN,
        studies={**KNOWN.studies, final.id: final},
        references={**KNOWN.references, "younger-2013": retracted},
    )
    monkeypatch.setattr("openldn.cli.evidence.load_knowledge", lambda: there)
    monkeypatch.setattr(terminal, "out", type(terminal.out)(width=200))
    shown = CliRunner().invoke(app, ["evidence", "fibromyalgia"]).output
    assert "CORRECTED by final-2024: a number" in shown
    assert "younger-2013: RETRACTED, shown and counted nowhere." in shown


def test_knowledge_that_cannot_be_used_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise BadKnowledge("references.yaml: a-2024: (whole file): why")

    monkeypatch.setattr("openldn.cli.app.app", broken)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "references.yaml: a-2024" in capsys.readouterr().err


def test_doses_above_those_of_ldn_are_counted_apart() -> None:
    rows = {row["condition"]: row for row in asked()["conditions"]}
    ovary = rows["conditions/polycystic-ovary-syndrome"]
    assert (ovary["trials"], ovary["others"], ovary["higher_doses"]) == (0, 0, 2)


def test_the_share_of_one_group_has_its_exact_interval() -> None:
    """7 of 31, by the quantiles of the beta distribution that Clopper and Pearson's interval is made of."""
    assert (beta.ppf(0.025, 7, 25), beta.ppf(0.975, 8, 24)) == pytest.approx((0.096, 0.411), abs=5e-4)
    (shown,) = [r for e in asked("side-effects")["side_effects"] if e["effect"] == "any"
                for r in e["results"] if r["study"] == "irwin-2024"]  # fmt: skip
    assert shown["says"].startswith("7 of 31 (23 %, 10 to 41 %)")


def test_a_picture_whose_sides_are_not_known_says_so_once() -> None:
    drawn = forest_of(answer(KNOWN.syntheses["nerve-pain-against-amitriptyline"], KNOWN))
    assert drawn.count("which arm a side favours was not noted") == 2, "in the picture and its description"
    assert "&#8592;" not in drawn


def test_the_map_is_a_picture_in_which_every_condition_stands(tmp_path: Path) -> None:
    target = tmp_path / "map.svg"
    assert CliRunner().invoke(app, ["evidence", "--plot", str(target)]).exit_code == 0
    root = ElementTree.fromstring(target.read_text("utf-8"))
    (told,) = [e.text or "" for e in root if e.tag.endswith("desc")]
    by_level = {part.partition(": ")[0].strip(): part.partition(": ")[2] for part in told.split(";")}
    for condition in KNOWN.conditions.values():
        for evidence in condition.evidence:
            assert condition.name in by_level[evidence.level]
    marks = [e for e in root if e.tag.endswith(("rect", "circle"))]
    assert len(marks) == sum(len(c.evidence) for c in KNOWN.conditions.values())
    squares = {e[0].text.partition(":")[0] for e in marks if e.tag.endswith("rect") and e[0].text}
    assert squares == {c.name for c in KNOWN.conditions.values() if c.oncology}
    sizes = {(e[0].text or "").partition(":")[0]: float(e.get("r", 0)) for e in marks if e.get("r")}
    assert sizes["Multiple sclerosis"] > sizes["Crohn's disease"] > sizes["Lyme disease"]
    parts = [e for e in marks if e[0].text and e[0].text.startswith("Fibromyalgia, ")]
    assert [(e.get("class"), (e[0].text or "").partition(": ")[2]) for e in parts] == [
        ("part", f"{49 + 50 + 48 + 50 + 58} people in randomised trials"),
        ("part", "31 people in randomised trials"),
    ]
