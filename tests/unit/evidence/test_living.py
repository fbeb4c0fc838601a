"""One study more or corrected: what pools anew, what is flagged, and that nobody can overlook it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace as altered
from typer.testing import CliRunner

from openldn.answers.evidence import page_json
from openldn.cli.app import app
from openldn.evidence.agreement import Compared, Verdict, compared, doubts
from openldn.evidence.living import changed, fingerprint, problems, rests_on
from openldn.evidence.pages import page_of
from openldn.knowledge.load import HERE, load_from, load_knowledge, read_study
from openldn.knowledge.study_schema import Considered, Count, Erratum, Study

KNOWN = load_knowledge()
INNOVA = HERE / "studies" / "innova-2026.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the knowledge that may be changed."""
    copy = tmp_path / "knowledge"
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def test_the_knowledge_as_it_stands_was_looked_at() -> None:
    assert list(problems(KNOWN)) == []


def test_a_changed_number_fails_the_check_and_names_what_rests_on_it(folder: Path) -> None:
    file = folder / "studies" / "innova-2026.yaml"
    file.write_text(file.read_text("utf-8").replace("p: 0.236", "p: 0.0236"), "utf-8")
    asked = CliRunner().invoke(app, ["knowledge", "check", str(folder)])
    assert asked.exit_code == 2
    for name in (
        "innova-2026",
        "G-135",
        "conditions/fibromyalgia",
        "fibromyalgia-pain",
        "expectations/side-effects",
    ):
        assert name in asked.output
    assert "openldn evidence looked studies/innova-2026" in asked.output
    assert "openldn evidence looked syntheses/fibromyalgia-pain" in asked.output


def test_a_new_study_pools_anew_and_fails_the_check() -> None:
    others = {name: study for name, study in KNOWN.studies.items() if name != "innova-2026"}
    before = replace(KNOWN, studies=others)
    after = replace(before, studies={**others, "innova-2026": read_study(INNOVA)})
    moved = changed(before, after)
    assert set(moved) == {"fibromyalgia-pain", "any-side-effect"}
    old, new = moved["fibromyalgia-pain"]
    assert old is not None
    assert old.pooled is not None
    assert new.pooled is not None
    assert (old.pooled.k, new.pooled.k) == (3, 4)
    assert new.pooled.value > old.pooled.value, "the newest trial is negative"
    assert any("studies/innova-2026.yaml is there no more" in line for line in problems(before))


def one_more() -> Study:
    """A study that no statement, page or rule names yet."""
    return altered(KNOWN.studies["final-2024"], id="hamel-2023", claims=(), conditions=())


def test_a_new_study_flags_what_rests_on_its_question_through_others() -> None:
    new = one_more()
    after = replace(KNOWN, studies={**KNOWN.studies, new.id: new})
    found = rests_on(new, after)
    assert {"G-042", "G-135"} <= set(found.claims)
    assert "conditions/fibromyalgia" in found.conditions
    assert "expectations/side-effects" in found.expectations
    assert "plan/ceiling-override" in found.rules, "it names FINAL"
    lines = {line.partition(".yaml")[0]: line for line in problems(after)}
    assert "G-135" in lines["syntheses/fibromyalgia-pain"]
    assert "expectations/side-effects" in lines["syntheses/any-side-effect"]


def test_a_study_taken_out_of_a_question_flags_it() -> None:
    study = KNOWN.studies["innova-2026"]
    pain = study.outcomes["pain"]
    alone = altered(pain, results=tuple(altered(r, pools=None) for r in pain.results))
    taken_out = altered(study, outcomes={**study.outcomes, "pain": alone})
    after = replace(KNOWN, studies={**KNOWN.studies, study.id: taken_out})
    assert "fibromyalgia-pain" in rests_on(taken_out, after, before=study).syntheses
    places = {line.partition(".yaml")[0] for line in problems(after)}
    assert places == {"studies/innova-2026", "syntheses/fibromyalgia-pain"}


def test_a_question_asked_otherwise_is_flagged() -> None:
    asked = altered(KNOWN.syntheses["fibromyalgia-pain"], correlation=Decimal("0.7"))
    after = replace(KNOWN, syntheses={**KNOWN.syntheses, asked.id: asked})
    (line,) = problems(after)
    assert line.startswith("syntheses/fibromyalgia-pain.yaml has changed")
    assert "G-135" in line


def test_a_retraction_is_flagged_shown_and_breaks_nothing(folder: Path) -> None:
    file = folder / "references.yaml"
    text = file.read_text("utf-8")
    row = next(line for line in text.splitlines() if line.startswith("final-2024:"))
    file.write_text(text.replace(row, row.replace("status: as-printed", "status: retracted")), "utf-8")
    after = load_from(folder)
    assert any(line.startswith("studies/final-2024.yaml has changed") for line in problems(after))
    told = {f.source.ref for f in after.expectations["expectations/side-effects"].figures}
    assert "final-2024" not in told
    page = page_json(page_of(after.conditions["conditions/fibromyalgia"], after), after)
    (shown,) = [s for s in page["trials"] if s["study"] == "final-2024"]
    assert shown["retracted"]
    assert "RETRACTED" in shown["cites"]
    (pain,) = page["questions"]
    assert "final-2024" not in [t["study"] for t in pain["trials"]]


def test_an_erratum_that_nobody_considered_fails_the_check() -> None:
    study = KNOWN.studies["final-2024"]
    erratum = Erratum(reference="final-2024", says="a number was wrong")
    seen = Considered(by="A. Reader", on=KNOWN.looked["studies/final-2024"].on)
    for considered, fails in ((None, True), (seen, False)):
        with_it = altered(study, errata=(altered(erratum, considered=considered),))
        place = "studies/final-2024"
        looked = altered(KNOWN.looked[place], fingerprint=fingerprint(with_it, KNOWN))
        found = replace(
            KNOWN,
            studies={**KNOWN.studies, study.id: with_it},
            looked={**KNOWN.looked, place: looked},
        )
        lines = list(problems(found))
        assert ["errata: final-2024 was considered by nobody yet" in line for line in lines] == [True] * fails


def test_what_rests_on_a_study() -> None:
    found = rests_on(KNOWN.studies["smith-2011"], KNOWN)
    assert {"G-082", "G-083", "G-084"} <= set(found.claims)
    assert {"conditions/crohns-disease", "conditions/inflammatory-bowel-disease"} <= set(found.conditions)
    assert found.syntheses == ("crohn-remission", "crohn-response")
    final = rests_on(KNOWN.studies["final-2024"], KNOWN)
    assert "expectations/side-effects" in final.expectations


def test_every_disagreement_is_explained() -> None:
    rows = [row for study in KNOWN.studies.values() for row in compared(study)]
    assert len(rows) > 50
    unexplained = [
        (r.study.id, r.outcome.name, r.says)
        for r in rows
        if r.verdict not in (Verdict.AGREES, Verdict.FITS) and not r.explained
    ]
    assert unexplained == []
    assert not [r for r in rows if r.verdict is Verdict.AGREES and r.explained]


def test_a_difference_that_no_file_explains_is_not_explained_away() -> None:
    """Of those that can be recomputed the reason stands in the data; ours is never put in its place."""
    final = KNOWN.studies["final-2024"]
    pain = final.outcomes["pain"]
    result = altered(pain.results[0], printed=(altered(pain.results[0].printed[0], explained=None),))
    bare = altered(final, outcomes={"pain": altered(pain, results=(result,))})
    (row,) = [r for r in compared(bare) if r.says == "SMD 0.23"]
    assert (row.verdict, row.explained) == (Verdict.CLOSE, None)


def test_crohns_trial_stands_with_both_denominators_and_its_remission() -> None:
    rows = {(r.outcome.name[:20], r.ref, r.says): r for r in compared(KNOWN.studies["smith-2011"])}
    response = next(r for (_, ref, says), r in rows.items() if says == "88 % against 40 %")
    ways = {w.basis: (w.says, w.verdict) for w in response.recomputed}
    assert ways["derived"] == ("88 % (15/17) against 40 % (6/15)", Verdict.FITS)
    assert response.verdict is Verdict.FITS, "counts made from percentages are no check of them"
    assert ways["intention-to-treat"] == ("83 % (15/18) against 38 % (6/16)", Verdict.DIFFERS)
    endoscopic = [r for r in rows.values() if r.says == "78 % against 28 %"]
    assert {r.ref for r in endoscopic} == {"smith-2011", "ldnrt-guide"}
    assert all("14/18" in (r.explained or "") for r in endoscopic)
    assert any("remission" in name for name, *_ in rows)


def test_differences_and_p_are_compared_too() -> None:
    def of(study: str, says: str) -> Compared:
        (found,) = [r for r in compared(KNOWN.studies[study]) if r.says == says]
        return found

    assert of("srinivasan-2021", "difference 1.64 (-0.92 to 4.20)").verdict is Verdict.AGREES
    final = of("final-2024", "difference -0.34 (-0.95 to 0.27)")
    assert [w.says for w in final.recomputed] == [
        "-0.34, the middle of its interval",
        "-0.4, the means apart",
    ]
    assert of("final-2024", "p 0.27 of the difference -0.34").verdict is Verdict.AGREES
    assert of("innova-2026", "difference 0.49").verdict is Verdict.DIFFERS, (
        "adjusted; the means are 0.31 apart"
    )
    assert of("cree-2010", "p 0.04 of the difference 3.3").verdict is Verdict.NO_NUMBERS
    assert (
        of("irwin-2024", "ldn: fall of 0.66 (0.10 to 1.21)").recomputed[0].says == "0.65, before less after"
    )
    madrs = of("mischoulon-2017", "p 0.035 of SMD 1.45").recomputed
    assert [(w.says, w.verdict) for w in madrs] == [
        ("p 0.055 (Welch)", Verdict.SIGNIFICANCE),
        ("p 0.035 (Welch)", Verdict.FITS),
    ], "an assumed correlation is no check"
    assert of("smith-2011", "p 0.009").recomputed[1].says == "p 0.012 (Fisher p)"


def test_every_printed_p_and_difference_has_its_row() -> None:
    for study in KNOWN.studies.values():
        results = [r for o in study.outcomes.values() for r in o.results]
        numbers = [r.p for r in results if r.p] + [p.p for r in results for p in r.printed if p.p]
        numbers += [c.p for r in results for c in r.within.values() if c.p]
        contrasts = [r.contrast for r in results if r.contrast and r.basis != "derived"]
        numbers += [str(c.p) for c in contrasts if c.p is not None]
        rows = [r.says for r in compared(study)]
        assert sorted(numbers) == sorted(s.split()[1].rstrip(",") for s in rows if s.startswith("p "))
        assert len([s for s in rows if s.startswith(("difference", "median"))]) == len(contrasts)


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        (lambda s: s.replace("high: 0.27", "high: 2.7"), "does not lie in the middle"),
        (lambda s: s.replace("p: 0.27}", "p: 0.01}"), "its own numbers give p 0.27"),
        (
            lambda s: s.replace("low: -1.7, high: -0.8", "low: -1.7, high: 8.0"),
            "ldn -1.3: the value does not lie",
        ),
        (
            lambda s: s.replace("mean: -0.34, low: -0.95, high: 0.27", "mean: 0.34, low: -0.27, high: 0.95"),
            "its own numbers give -0.4, the means apart",
        ),
        (lambda s: s.replace("[41, 49]", "[41, 94]"), "94 people of ldn, of whom 49 were randomised"),
        (lambda s: s, None),
    ],
)
def test_what_looks_typed_wrong_is_said(
    change: Callable[[str], str], doubt: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "final-2024.yaml"
    file.write_text(change((HERE / "studies" / "final-2024.yaml").read_text("utf-8")), "utf-8")
    found = list(doubts(read_study(file)))
    assert (any(doubt in line for line in found)) if doubt else found == []


def test_counts_that_contradict_the_ratio_printed_with_them_are_doubted() -> None:
    smith = KNOWN.studies["smith-2011"]
    response = smith.outcomes["response-70"]
    wrong = tuple(
        altered(r, counts={**r.counts, "ldn": Count(events=11, of=18)})
        if r.basis == "intention-to-treat"
        else r
        for r in response.results
    )
    mistyped = altered(smith, outcomes={"response-70": altered(response, results=wrong)})
    assert any("printed RR 2.22 (1.14 to 4.32), its own numbers give RR 1.63" in x for x in doubts(mistyped))


def test_nothing_among_the_studies_looks_typed_wrong() -> None:
    assert [(s.id, line) for s in KNOWN.studies.values() for line in doubts(s)] == []
