"""`openldn wean` as typed: a calculation, a plan, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.cli.demo import EXAMPLES

PERCOCET: Final = [str(EXAMPLES / "percocet.json"), "--as-of", "2021-06-29", "--stock", "5 mg"]
TYPED: Final = ["--drug", "oxycodone", "--from", "40 mg", "--stock", "5 mg", "--start", "2026-12-01"]


def run(*words: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["wean", *words, "--json"])
    found: dict[str, Any] = json.loads(result.stdout or result.stderr)
    return result.exit_code, found


def test_a_calculation_says_that_nobody_was_screened() -> None:
    status, found = run(*TYPED, "--duration", "8 weeks", "--max-step", "off")
    assert status == 0
    assert found["kind"] == "calculation, nobody was screened"
    assert found["plan"] is None
    values = [int(s["daily"]["value"]) for s in found["steps"]]
    assert values == [40, 40, 35, 30, 25, 20, 20, 15, 15, 10, 10, 10, 10, 10, 10, 10, 5, 5]
    assert sum(d["count"] for d in found["dispensed"]) == found["optimum"]["units"]


def test_stuck_is_told_with_what_would_do_and_exit_status_3() -> None:
    status, found = run(*TYPED, "--duration", "8 weeks")
    assert status == 3
    assert found["stops"] is None
    assert found["needs_smaller_unit"]["at"]["value"] == "15"
    assert found["needs_smaller_unit"]["next"]["value"] == "10"
    assert found["needs_smaller_unit"]["would_do"]["nanograms"] < 5_000_000


def test_a_plan_comes_after_a_verdict_that_allows_it() -> None:
    signed = ["--prescriber", "Dr A", "--review", "2021-07-20"]
    status, found = run(*PERCOCET, *signed, "--floor", "20 mg")
    assert status == 0
    assert found["kind"] == "plan"
    assert found["from"]["value"] == "40"  # two tablets of 5 mg every six hours, as recorded
    assert found["plan"]["prescriber"] == "Dr A"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (PERCOCET, "named opioid prescriber"),
        ([*PERCOCET, "--prescriber", "Dr A"], "at least monthly"),
        ([*PERCOCET, "--drug", "morphine"], "the record holds oxycodone"),
        (["--drug", "oxycodone", "--stock", "5 mg"], "--drug with --from"),
        (["--drug", "oxycodone", "--from", "40 mg"], "no unit"),
        (["--drug", "ibuprofen", "--from", "40 mg", "--stock", "5 mg"], "names no opioid"),
        (["--drug", "oxycodone", "--from", "40", "--stock", "5 mg"], "number and a unit"),
        ([*TYPED, "--stock", "many"], "'25 mcg/h'"),
        ([*TYPED, "--duration", "long"], "'8 weeks'"),
        ([*TYPED, "--rate", "fast"], "write it like 10"),
        ([*TYPED, "--rate", "20", "--interval", "7", "--duration", "2 months"], "by name"),
        (["nowhere.json"], "nowhere.json"),
    ],
)
def test_what_is_wrong_is_said(words: list[str], says: str) -> None:
    status, found = run(*words)
    assert status == 2
    assert says in found["error"]


def test_a_patch_on_record_is_not_tapered_in_tablets(tmp_path: Path) -> None:
    text = Path(PERCOCET[0]).read_text(encoding="utf-8")
    patch = json.loads(text)
    for entry in patch["entry"]:
        drug = entry["resource"].get("medicationCodeableConcept")
        if drug:
            drug["text"] = "Fentanyl 50 mcg/h patch"
            drug["coding"] = []
            entry["resource"]["dosageInstruction"] = [
                {
                    "timing": {"repeat": {"frequency": 1, "period": 3, "periodUnit": "d"}},
                    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "patch"}}],
                }
            ]
    path = tmp_path / "patch.json"
    path.write_text(json.dumps(patch), encoding="utf-8")
    given = [str(path), "--as-of", "2021-06-29", "--prescriber", "Dr A", "--review", "2021-07-20"]
    # It stands there twice: a renewal, or two patches at once? Nobody is tapered from a guess.
    assert "really taken" in run(*given, "--stock", "5 mg")[1]["error"]
    orders = [e for e in patch["entry"] if "medicationCodeableConcept" in e["resource"]]
    patch["entry"].remove(min(orders, key=lambda e: str(e["resource"].get("authoredOn"))))
    path.write_text(json.dumps(patch), encoding="utf-8")
    status, found = run(*given, "--stock", "5 mg")
    assert status == 2
    assert "not tapered in tablets" in found["error"]
    _, found = run(*given, "--stock", "12 mcg/h, 25 mcg/h, 50 mcg/h", "--max-step", "off")
    assert found["from"] == {"nanograms_per_hour": 50_000, "value": "50", "unit": "microgram per hour"}


def test_not_allowed_shows_why() -> None:
    day = ["--as-of", "2023-06-29", "--prescriber", "Dr A", "--review", "2023-07-01"]
    status, found = run(PERCOCET[0], "--stock", "5 mg", "--from", "20 mg", *day)
    assert status == 3
    assert found["verdict"] == "cannot tell"


def test_uldn_goes_with_the_taper_of_a_patient() -> None:
    signed = ["--prescriber", "Dr A", "--review", "2021-07-20", "--floor", "20 mg"]
    status, found = run(*PERCOCET, *signed, "--uldn", "1 microgram")
    assert status == 0
    assert found["uldn"]["dose"] == {"nanograms": 1000, "value": "1", "unit": "microgram"}
    assert found["uldn"]["ends"] < found["stops"] < found["uldn"]["ldn_not_before"]
    assert "spells its unit out" in run(*PERCOCET, *signed, "--uldn", "1 mg")[1]["error"]
    assert "for a patient" in run(*TYPED, "--uldn", "1 microgram")[1]["error"]


def test_the_second_opioid_begins_when_the_first_has_ended(tmp_path: Path) -> None:
    signed = ["--prescriber", "Dr A", "--review", "2021-07-20", "--floor", "20 mg", "--duration", "8 weeks"]
    first = tmp_path / "first.json"
    first.write_text(CliRunner().invoke(app, ["wean", *PERCOCET, *signed, "--json"]).stdout, encoding="utf-8")
    ends = json.loads(first.read_text(encoding="utf-8"))["stops"]
    other = ["--drug", "tramadol", "--from", "200 mg", "--stock", "50 mg", "--max-step", "off"]
    status, found = run(*other, "--after", str(first))
    assert (status, found["steps"][0]["from"]) == (0, ends)
    early = run(*other, "--after", str(first), "--start", "2021-07-01")[1]
    assert f"ends on {ends}" in early["error"]
    fields = json.loads(first.read_text(encoding="utf-8"))
    fields["steps"][0]["daily"]["nanograms"] += 1
    first.write_text(json.dumps(fields), encoding="utf-8")
    assert "altered" in run(*other, "--after", str(first))[1]["error"]


def test_a_calculation_has_no_papers(tmp_path: Path) -> None:
    status, found = run(*TYPED, "--leaflet", str(tmp_path / "x.html"))
    assert status == 2
    assert "for a patient" in found["error"]


def test_the_leaflet_and_the_calendar_say_the_same(tmp_path: Path) -> None:
    page, days = tmp_path / "leaflet.html", tmp_path / "days.ics"
    given = [*PERCOCET, "--prescriber", "Dr A", "--review", "2021-07-20", "--floor", "20 mg"]
    given += ["--duration", "8 weeks", "--uldn", "1 microgram", "--team", "physiotherapist: N.N."]
    status, found = run(*given, "--leaflet", str(page), "--calendar", str(days))
    assert status == 0
    text = page.read_text(encoding="utf-8")
    for needed in ("An old dose can kill", "pause at any time", "1 microgram", "four groups",
                   "one day after stopping", "physiotherapist: N.N.", "not a prescription by itself",
                   "Nobody has written down yet", "1.28 times"):  # fmt: skip
        assert needed in text, needed
    told = days.read_text(encoding="utf-8")
    counts = [int(n) for n in re.findall(r"COUNT=(\d+)", told)]
    # 40 mg for two intervals of 7 days, seven more doses of 7 days, of which the last every other day.
    assert sum(counts) == 14 + 7 * 7 + 4
    assert told.count("INTERVAL=2") == 1
    assert set(re.findall(r"SUMMARY:(.*)", told)) == {"Take medicine", "Appointment: review"}
    assert len(Calendar.from_ical(days.read_bytes()).walk("VEVENT")) == len(counts) + 1
    assert found["steps"][-1]["every_days"] == 2


ULDN: Final = ["uldn", PERCOCET[0], "--as-of", "2021-06-29", "--order", "1 microgram"]


def test_uldn_goes_beside_an_opioid_that_goes_on(tmp_path: Path) -> None:
    page = tmp_path / "uldn.html"
    signed = ["--prescriber", "Dr A", "--review", "2021-07-20"]
    result = CliRunner().invoke(app, [*ULDN, *signed, "--leaflet", str(page), "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["drug"] == "oxycodone"
    assert (found["uldn"]["ends"], found["uldn"]["ldn_not_before"]) == (None, None)
    assert "never 1 milligram" in page.read_text(encoding="utf-8")
    assert (
        "named" in CliRunner().invoke(app, ULDN).stderr or "name who" in CliRunner().invoke(app, ULDN).stderr
    )
    wrong = [*ULDN[:-1], "1 mg", *signed]
    assert "spells its unit out" in CliRunner().invoke(app, wrong).stderr


# --- followed by a diary -----------------------------------------------------------------------------

HOW_TO: Final = Path(__file__).parents[3] / "docs" / "how-to"
FOLLOWED: Final = ["review", str(HOW_TO / "taper-plan.json"), str(HOW_TO / "taper-diary.csv")]


def test_a_review_of_a_taper_holds_and_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "after.json"
    day = ["--as-of", "2021-07-16"]
    result = CliRunner().invoke(app, [*FOLLOWED, *day, "--apply", str(kept), "--json"])
    found = json.loads(result.stdout)
    assert (result.exit_code, found["asked"]["rule"], found["open"]) == (0, "weaning/withdrawal", True)
    plan = json.loads(kept.read_text(encoding="utf-8"))["plan"]
    assert [(c["on"], c["move"]) for c in plan["changes"]] == [
        ("2021-07-13", "reduce"),
        ("2021-07-16", "hold"),
    ]
    assert plan["settled"] == "2021-07-16"
    again = CliRunner().invoke(app, ["review", str(kept), *FOLLOWED[2:], *day, "--json"])
    assert json.loads(again.stdout)["asked"] == found["asked"]


def test_what_is_decided_is_signed(tmp_path: Path) -> None:
    kept, page = tmp_path / "after.json", tmp_path / "leaflet.html"
    decided = [*FOLLOWED, "--as-of", "2021-07-16", "--apply", str(kept), "--by", "Dr A"]
    result = CliRunner().invoke(
        app, [*decided, "--decide", "extend", "--next-review", "2021-08-10", "--leaflet", str(page)]
    )
    assert result.exit_code == 0
    (change,) = [c for c in json.loads(kept.read_text(encoding="utf-8"))["plan"]["changes"] if c["by"]]
    assert (change["move"], change["by"], change["review"]) == ("extend", "Dr A", "2021-08-10")
    assert "35 mg every day" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--by", "Dr A"], "--apply"),
        (["--decide", "extend", "--apply", "OUT"], "name who decides"),
        (["--by", "Dr A", "--decide", "reduce", "--apply", "OUT"], "is not signed"),
        (["--by", "Dr A", "--next-review", "2021-12-01", "--apply", "OUT"], "at least monthly"),
    ],
)
def test_what_cannot_be_decided_is_said(words: list[str], says: str, tmp_path: Path) -> None:
    words = [str(tmp_path / "out.json") if w == "OUT" else w for w in words]
    result = CliRunner().invoke(app, [*FOLLOWED, "--as-of", "2021-07-16", *words])
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_a_calculation_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "calculation.json"
    path.write_text(CliRunner().invoke(app, ["wean", *TYPED, "--json"]).stdout, encoding="utf-8")
    result = CliRunner().invoke(app, ["review", str(path), FOLLOWED[2]])
    assert result.exit_code == 2
    assert "nobody was screened" in " ".join(result.stderr.split())
