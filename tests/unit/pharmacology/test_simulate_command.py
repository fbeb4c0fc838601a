"""`openldn simulate` as typed, its page, its pictures."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from openldn.cli import pools
from openldn.cli.app import app
from openldn.cli.simulation_pages import simulator_page
from openldn.pharmacology.claims import ACCOUNTS, asked, decides
from openldn.pharmacology.validation import compared, mouse_patterns

ROOT = Path(__file__).parents[3]


def run(*words: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["simulate", *words, "--json"])
    found: dict[str, Any] = json.loads(result.stdout or result.stderr)
    return result.exit_code, found


def test_doses_side_by_side() -> None:
    status, found = run("doses", "4.5 mg", "50 mg", "--days", "3", "--check")
    assert status == 0
    low, high = (found["courses"][d]["occ_brain"] for d in ("4.5 mg", "50 mg"))
    assert (low["standing"], high["standing"]) == ("extrapolated", "validated")
    assert max(low["values"]) < max(high["values"]) < 1
    assert len(low["values"]) == len(found["hours"])
    assert {float(n) for n in range(73)} <= set(found["hours"])
    assert found["asked"] == {
        "doses": ["4.5 mg", "50 mg"], "days": 3, "every": 24, "route": "oral",
        "hypothesis": "transient-blockade", "people": 1, "seed": 1,
    }  # fmt: skip
    assert found["self_check"]["worst"] < 1e-4
    assert "never decides" in found["note"]


def test_people_have_bands_and_the_seed_is_an_argument() -> None:
    words = ("doses", "4.5 mg", "--days", "1", "--people", "40", "--output", "NTX")
    one, again, other = run(*words)[1], run(*words)[1], run(*words, "--seed", "2")[1]
    assert one == again
    assert one["courses"] != other["courses"]
    bands = one["courses"]["4.5 mg"]["NTX"]["percentiles"]
    assert all(low <= high for low, high in zip(bands["5"], bands["95"], strict=True))


def test_a_picture_says_what_it_shows(tmp_path: Path) -> None:
    target = tmp_path / "new" / "picture.svg"
    words = ["simulate", "doses", "4.5 mg", "50 mg", "--days", "2", "--plot", str(target)]
    assert CliRunner().invoke(app, words).exit_code == 0
    drawing = ET.fromstring(target.read_text(encoding="utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    assert drawing.find(f"{name}title") is not None
    described = drawing.findtext(f"{name}desc") or ""
    assert "extrapolated" in described
    assert "50 mg: between 0 and 0.9" in described
    assert len(drawing.findall(f"{name}polyline")) == 2


def test_harm_is_drawn_like_benefit(tmp_path: Path) -> None:
    """50 mg take an opioid's effect away: the curve goes below zero, and no point leaves the canvas."""
    target = tmp_path / "net.svg"
    words = ["simulate", "doses", "4.5 mg", "50 mg", "--days", "3", "--output", "net", "--plot", str(target)]
    shown = CliRunner().invoke(app, words)
    assert "Precipitated withdrawal is not in the model" in " ".join(shown.stdout.split())
    drawing = ET.fromstring(target.read_text(encoding="utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    height = float(drawing.attrib["viewBox"].split()[-1])
    low, high = (
        [float(point.split(",")[1]) for point in line.attrib["points"].split()]
        for line in drawing.findall(f"{name}polyline")
    )
    assert max(high) > max(low)  # further down
    assert 0 < min(low + high) <= max(low + high) < height
    texts = [text.text or "" for text in drawing.findall(f"{name}text")]
    assert "change of an opioid's net analgesia, 0 without the drug" in texts


def test_a_picture_of_a_rival_names_it(tmp_path: Path) -> None:
    target = tmp_path / "rival.svg"
    words = ["doses", "4.5 mg", "--days", "2", "--hypothesis", "brain-driven-feedback", "--plot", str(target)]
    assert CliRunner().invoke(app, ["simulate", *words]).exit_code == 0
    assert "by the account brain-driven-feedback" in target.read_text(encoding="utf-8")


def test_what_no_account_moves_is_said() -> None:
    shown = CliRunner().invoke(app, ["simulate", "doses", "4.5 mg", "--days", "1", "--output", "IL6"]).stdout
    assert "does not move it" in shown


def test_a_plan_is_drawn_at_its_clock_times() -> None:
    status, found = run("plan", str(ROOT / "docs" / "how-to" / "review-plan.json"))
    assert status == 0
    values = found["courses"]["plan"]["occ_brain"]["values"]
    assert found["hours"][-1] == 112 * 24 - 24 + 24  # the last dose of 112 days, and a day
    at = found["hours"].index
    assert values[at(24.0 * 6)] < values[at(24.0 * 60)]  # 1 mg in the first week, 4.5 mg later
    assert max(found["courses"]["plan"]["NTX"]["values"]) == pytest.approx(0.887, abs=0.02)  # its peak


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["doses", "4.5"], "number and a unit"),
        (["doses", "4.5 mg", "--output", "mood"], "occ_brain"),
        (["doses", "4.5 mg", "--hypothesis", "magic"], "transient-blockade"),
        (["doses", "4.5 mg", "--route", "nose"], "nose"),
        (["doses", "4.5 mg", "--people", "20000", "--days", "60"], "simulate trial"),
        (["doses", *(f"{n} mg" for n in range(1, 8)), "--days", "1", "--plot", "never.svg"], "at most 6"),
        (["trial", "4.5 mg", "50 mg", "--hypothesis", "magic"], "transient-blockade"),
        (["plan", "missing.json"], "cannot be read"),
        (["decides", "mood"], "low-dose-rebound"),
        (["decides", "low-dose-rebound", "--size", "100"], "power of two"),
    ],
)
def test_what_is_wrong_is_said(words: list[str], says: str) -> None:
    status, found = run(*words)
    assert status == 2
    assert says in found["error"]


def test_what_cannot_be_exported_is_said(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["simulate", "export", str(tmp_path / "a.txt")]).exit_code == 2
    for name in ("a.xml", "a.omex"):
        target = tmp_path / name
        assert CliRunner().invoke(app, ["simulate", "export", str(target), "--days", "2"]).exit_code == 0
        assert target.stat().st_size > 1000
    sbml = (tmp_path / "a.xml").read_text(encoding="utf-8")
    assert "naltrexone in plasma, ng/mL: validated." in sbml
    assert "opioid signalling, 1 without the drug: hypothesis." in sbml
    assert "L/h; read. A4: Dunbar 2007" in sbml
    words = ["export", str(tmp_path / "b.xml"), "--dose", "1 mcg", "--days", "2", "--every", "12"]
    assert CliRunner().invoke(app, ["simulate", *words]).exit_code == 0
    assert (tmp_path / "b.xml").read_text(encoding="utf-8").count("<event ") == 3  # and one at hour 0


def test_each_account_holds_and_something_overturns_it() -> None:
    """facts/pharmacology.md, prototype: 3 to 4.5 mg and 50 mg reproduced."""
    low, full, ultra = map(asked, ACCOUNTS)
    assert low.holds
    assert full.holds
    assert ultra.holds
    assert list(low.measures) == [pytest.approx(0.42, abs=0.02), pytest.approx(3.0, abs=0.25)]
    assert list(full.measures) == [pytest.approx(0.35, abs=0.01)]
    assert list(ultra.measures) == [
        pytest.approx(0.642 - 0.520, abs=0.003), pytest.approx(0.7999 / 0.8, abs=1e-4),
    ]  # fmt: skip
    assert [o.parameter for o in full.overturned_by] == ["Km"]
    assert not low.overturned_by
    assert low.by_two
    # Driven from the brain there is more signalling, but no phase of block: half of the account is not all.
    more, hours_of_block = low.by_variant["brain-driven-feedback"]
    assert more > 0 == hours_of_block
    overturned = {name for name, measures in low.by_variant.items() if not low.of(measures)}
    assert overturned == {"standing-partial-occupancy", "brain-driven-feedback"}
    assert [name for name, m in ultra.by_variant.items() if not ultra.of(m)] == ["no-picomolar-site"]
    assert "retracted" in ultra.account.caveat


def test_what_decides_is_what_was_assumed() -> None:
    rows = decides(ACCOUNTS[0], size=64, seed=1)
    assert {r.parameter for r in rows[:3]} == {"e0", "Smax", "Z50"}
    assert sum(max(r.first, 0) for r in rows) <= 1.2
    assert rows == decides(ACCOUNTS[0], size=64, seed=1)


def test_published_values() -> None:
    rows = compared()
    said = [r for r in rows if r.said is not None]
    assert (len(rows), len(said)) == (97, 50)
    assert all(r.why_not for r in rows if r.said is None)
    by = {(r.study, r.what): r for r in said}

    def off(study: str, start: str) -> float:
        (found,) = [r.off for (s, w), r in by.items() if s == study and w.startswith(start)]
        assert found is not None
        return found

    assert abs(off("Rabiner 2011", "2-50 mg")) < 0.05  # ED50 5.6 mg
    assert abs(off("Weerts 2008", "50 mg")) < 0.05
    assert abs(off("US label (drug guide)", "50 mg")) < 0.1
    assert abs(off("Contrave label", "16 mg oral, healthy adults: NTX AUC0-inf")) < 0.05
    conflicts = {r.study for r in said if r.is_conflict}
    assert conflicts == {
        "Verebey 1976 acute", "Verebey 1976 chronic daily", "Wall 1981", "Bertolotti 1997", "Parkitny 2017",
    }  # fmt: skip


def test_one_drive_for_all_cytokines_is_not_what_was_seen() -> None:
    """Fitted to IL-6 (-35 %): IL-10 fell about as much, TNF by a sixth of it, and the page says so."""
    seen = {"IL-6": -35.3, "IL-10": -27.3, "TNF-alpha": -5.8}
    rows = {r.what.split(": ")[1].split()[0]: r for r in compared() if r.study == "Parkitny 2017" and r.said}
    assert {name: r.published for name, r in rows.items()} == seen
    assert rows["IL-6"].said == pytest.approx(-35.3, abs=2)
    assert {name for name, r in rows.items() if r.is_conflict} == {"TNF-alpha"}


def test_the_order_of_the_patterns_in_mice() -> None:
    """More signalling, fewer tumours; the values of the prototype (facts/pharmacology.md, E) less one."""
    rows = mouse_patterns()
    for one, other in combinations(rows, 2):
        if one.modelled != other.modelled:
            assert one.signalling > other.signalling
            assert one.incidence <= other.incidence
    found = {row.modelled: row.signalling for row in rows}
    seen = {"4.5 mg daily": 1.42, "18 mg daily": 1.11, "4.5 mg every 6 h": 0.98, "450 mg daily": 0.10}
    assert found == {name: pytest.approx(value - 1, abs=0.015) for name, value in seen.items()}


def test_the_page_is_the_model() -> None:
    page = (ROOT / "docs" / "reference" / "simulator.md").read_text(encoding="utf-8")
    assert page == "\n".join(simulator_page()), "run: openldn simulate report"


def test_a_dose_against_itself_makes_no_difference() -> None:
    arms = ["simulate", "trial", "4.5 mg", "4.5 mg", "--people", "5", "--days", "1", "--json"]
    found = json.loads(CliRunner().invoke(app, arms).stdout)
    assert found["difference"]["mean"] == 0
    assert found["arms"][0] == found["arms"][1]


def test_a_trial_says_what_would_have_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "PATIENCE", 0.2)
    runner = CliRunner()
    arms = ["simulate", "trial", "4.5 mg", "50 mg", "--people", "5", "--days", "1"]
    wrong = runner.invoke(app, [*arms, "--output", "pain"])
    assert wrong.exit_code == 2
    assert "there are NTX" in wrong.output
    nobody = runner.invoke(app, [*arms, "--cluster", "tcp://127.0.0.1:9"])
    assert nobody.exit_code == 2
    assert "dask scheduler" in nobody.output
    assert runner.invoke(app, ["simulate", "trial", "4.5", "50 mg"]).exit_code == 2
