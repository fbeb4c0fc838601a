"""One study more or corrected: what pools anew, what is flagged, and that nobody can overlook it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as altered
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.evidence.agreement import Verdict, compared
from openldn.evidence.living import changed, fingerprint, problems, rests_on
from openldn.knowledge.load import HERE, load_knowledge, read_study
from openldn.knowledge.study_schema import Considered, Erratum

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
    assert "openldn evidence looked innova-2026" in asked.output


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
    assert any("no such study any more" in line for line in problems(before))


def test_an_erratum_that_nobody_considered_fails_the_check() -> None:
    study = KNOWN.studies["final-2024"]
    erratum = Erratum(reference="final-2024", says="a number was wrong")
    seen = Considered(by="A. Reader", on=KNOWN.looked["final-2024"].on)
    for considered, fails in ((None, True), (seen, False)):
        with_it = altered(study, errata=(altered(erratum, considered=considered),))
        looked = altered(KNOWN.looked["final-2024"], fingerprint=fingerprint(with_it))
        found = replace(
            KNOWN,
            studies={**KNOWN.studies, study.id: with_it},
            looked={**KNOWN.looked, study.id: looked},
        )
        assert [line for line in problems(found) if "errata" in line] != [] if fails else True
        assert bool(list(problems(found))) is fails


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
        if r.verdict in (Verdict.DIFFERS, Verdict.NO_NUMBERS) and not r.explained
    ]
    assert unexplained == []


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
