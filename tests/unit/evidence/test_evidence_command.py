"""`openldn evidence` as typed: pages, plots, gaps, exports, and errors that say what would have worked."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import textstat
from fhir.resources.bundle import Bundle
from msgspec.structs import replace as altered
from typer.testing import CliRunner

from openldn.answers.forest import forest_of
from openldn.cli import terminal
from openldn.cli.app import app, main
from openldn.evidence.pages import ONCOLOGY, gaps, page_of
from openldn.evidence.syntheses import answer
from openldn.knowledge.load import HERE, BadKnowledge, load_knowledge
from openldn.knowledge.study_schema import Erratum

KNOWN = load_knowledge()
HIGHEST_GRADE = 8


def asked(*words: str) -> Any:
    result = CliRunner().invoke(app, ["evidence", *words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        *((w, "fibromyalgia") for w in ("fibromyalgia", "Fibromyalgia", "G-135", "conditions/fibromyalgia")),
        *((w, "fibromyalgia") for w in ("M79.7", "m79.7", "95417003", "FM", "Fibromyalgie")),
        *((w, "rheumatoid-arthritis") for w in ("RA", "ra", "arthritis", "M05.9")),
        *((w, "multiple-sclerosis") for w in ("MS", "G35", "24700007")),
        *((w, "ulcerative-colitis") for w in ("UC", "K51", "K51.3", "colitis ulcerosa")),
        *((w, "crohns-disease") for w in ("crohn", "crohn's", "K50.1")),
        ("G-102", "inflammatory-bowel-disease"),
        ("opioid weaning", "opioid-weaning"),
        ("chronic viral", "chronic-viral-infections"),
        ("ME/CFS", "chronic-fatigue-syndrome"),
        ("stress disorder", "post-traumatic-stress-disorder"),
    ],
)
def test_a_condition_is_found_by_any_of_its_names(words: str, condition: str) -> None:
    assert asked(*words.split())["condition"] == f"conditions/{condition}"


def test_the_special_cases_that_are_meant_too_are_named() -> None:
    result = CliRunner().invoke(app, ["evidence", "G-102"])
    assert "also: Crohn's disease, Ulcerative colitis" in result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["cancer"], "can mean Breast cancer (breast-cancer), Colorectal cancer"),
        (["pain"], "can mean Complex regional pain syndrome (complex-regional-pain-syndrome), Nerve pain"),
        ([""], "no evidence record exists"),
        ([" "], "no evidence record exists"),
        (["fibromyalgia", "banana"], "'fibromyalgia banana': no evidence record exists"),
        (["prostate", "cancer"], "it must not replace cancer care"),
        (["C61"], "it must not replace cancer care"),
        (["itch"], "it was measured in studies of Lichen planopilaris, Scleroderma"),
        (["final-2024"], "it is a study, shown with fibromyalgia"),
        (["recompute", "fibromyalgia", "banana"], "no evidence record exists"),
    ],
)
def test_what_is_not_one_condition_is_refused(words: list[str], says: str) -> None:
    result = CliRunner().invoke(app, ["evidence", *words])
    assert result.exit_code == 2
    assert says in result.output


def test_json_may_be_asked_for_before_the_condition() -> None:
    result = CliRunner().invoke(app, ["evidence", "--json", "fibromyalgia"])
    assert json.loads(result.stdout)["condition"] == "conditions/fibromyalgia"


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
    assert "the values at the end instead: MD -6.10" in question["comes_to"][0]


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
    assert "innova-2026: 0.24 (-0.16 to 0.64)" in told["desc"]
    assert "prefers-color-scheme:dark" in target.read_text("utf-8")
    texts = [e.text for e in root.iter() if e.tag.endswith("text")]
    assert "all 4 trials" in texts
    assert "without innova-2026" in texts
    assert question in " ".join(filter(None, texts)), "who looks at the picture alone sees what it asks"
    assert "bested-2023 (a) (b)" in texts
    assert "(a) a median, taken for a mean" in texts
    assert "(b) which arm was taken from which is assumed" in texts
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
        (["no such thing"], "no evidence record exists"),
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


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    assert CliRunner().invoke(app, ["evidence", "export", str(folder)]).exit_code == 0
    return folder


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.open(encoding="utf-8")))


def test_what_is_exported_is_what_was_computed(exported: Path) -> None:
    assert [row["study"] for row in rows_of(exported / "studies.csv")] == sorted(KNOWN.studies)
    assert {row["condition"] for row in rows_of(exported / "conditions.csv")} == set(KNOWN.conditions)
    effects = rows_of(exported / "effects.csv")
    (ratio,) = [r for r in effects if r["study"] == "smith-2011" and r["measure"] == "RR" and "remission" in
                r["outcome"] and "endoscopic" not in r["outcome"]]  # fmt: skip
    assert (ratio["value"], ratio["verified"]) == ("1.48148", "no")
    needed = [r for r in effects if r["measure"] == "NNT"]
    for row in needed:
        assert (row["low"] == row["high"] == "") is ("through no difference" in row["flags"])
        if row["low"] and row["value"]:
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    assert len({row["low"] == "" for row in needed}) == 2
    for file in exported.glob("*.csv"):
        assert not [c for row in rows_of(file) for c in row.values() if c[:1] in "=+@" and c]


def test_every_number_of_every_study_is_exported_as_printed(exported: Path) -> None:
    rows = rows_of(exported / "results.csv")
    with_results = {s.id for s in KNOWN.studies.values() if s.outcomes}
    assert {row["study"] for row in rows} == with_results
    outcomes = {(s.id, key) for s in KNOWN.studies.values() for key in s.outcomes}
    assert {(row["study"], row["outcome"]) for row in rows} == outcomes
    (pain,) = [r for r in rows if r["study"] == "final-2024" and r["kind"] == "difference of means"]
    assert (pain["value"], pain["low"], pain["high"], pain["p"]) == ("-0.34", "-0.95", "0.27", "0.27")
    dreams = [r for r in rows if r["study"] == "younger-2013" and r["outcome"] == "vivid-dreams"]
    assert [(r["kind"], r["arm"], r["value"]) for r in dreams] == [
        ("percent", "ldn", "37"), ("percent", "placebo", "13"),
    ]  # fmt: skip
    (mood,) = [r for r in rows if r["study"] == "younger-2013" and r["outcome"] == "mood"]
    assert (mood["kind"], mood["p"]) == ("words", "0.039")
    (iqr,) = [r for r in rows if r["outcome"] == "spir" and r["kind"].startswith("interquartile")]
    assert iqr["value"] == "6.33"


def test_pooled_questions_and_certainty_are_exported(exported: Path) -> None:
    pooled = {(r["question"], r["which"]): r for r in rows_of(exported / "pooled.csv")}
    pain = pooled["fibromyalgia-pain", "all"]
    assert [round(float(pain[c]), 2) for c in ("value", "low", "high")] == [-0.13, -0.58, 0.33]
    assert ("fibromyalgia-pain", "without innova-2026") in pooled
    assert {q for q, _ in pooled} == set(KNOWN.syntheses)
    judged = rows_of(exported / "certainty.csv")
    assert {r["condition"] for r in judged} == {c.id for c in KNOWN.conditions.values() if c.certainty}
    assert len(judged) == 5 * sum(len(c.certainty) for c in KNOWN.conditions.values())


def test_the_bundle_is_fhir_r5(exported: Path) -> None:
    """Read by another library: fhir.resources, whose default is R5."""
    bundle = Bundle.model_validate_json((exported / "evidence.json").read_text("utf-8"))
    resources: list[Any] = [entry.resource for entry in bundle.entry or []]
    assert {r.get_resource_type() for r in resources} == {"Evidence"}
    results = sum(len(o.results) for s in KNOWN.studies.values() for o in s.outcomes.values())
    assert len([r for r in resources if r.synthesisType.text.startswith("single study,")
                and not r.id.startswith("synthesis")]) == results  # fmt: skip
    ids = [r.id for r in resources]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9.-]{1,64}", i) for i in ids)
    assert len({entry.fullUrl for entry in bundle.entry or []}) == len(ids)
    by_id = {r.id: r for r in resources}
    pain = by_id["final-2024-pain-as-printed"]
    assert float(pain.statistic[0].quantity.value) == pytest.approx(-0.34)
    roles = {c.code for v in pain.variableDefinition for c in v.variableRole.coding}
    assert roles == {"population", "exposure", "referenceExposure", "measuredVariable"}
    people = by_id["bested-2023-spir-as-printed"].statistic[0].sampleSize.numberOfParticipants
    assert people == 58, "in a crossover nobody is counted twice"
    remission = by_id["smith-2011-remission-intention-to-treat"]
    assert remission.statistic[0].sampleSize.numberOfParticipants == 34, "those who were counted"
    assert "Cochrane review CD010410.pub3" in remission.relatedArtifact[0].citation, (
        "the review, not the paper"
    )
    assert [len(s.attributeEstimate or ()) for s in remission.statistic] == [1, 1, 1, 0], "RR, OR, RD, NNT"
    pooled = by_id["synthesis-fibromyalgia-pain"]
    assert pooled.certainty[0].rating.text == "low"
    assert len(pooled.certainty[0].subcomponent) == 5
    assert {a.type.text for a in pooled.statistic[0].attributeEstimate} >= {
        "prediction interval",
        "I-squared",
    }
    assert by_id["judged-lymphoma-course-of-the-lymphoma"].description.startswith(ONCOLOGY)
    recalled = [
        r for r in resources if "recalled: doi" in "".join(a.citation for a in r.relatedArtifact or ())
    ]
    assert recalled, "a DOI from memory keeps its mark"


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
        "inconsistency -1: one larger trial favours placebo",
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
