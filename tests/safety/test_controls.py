"""Controls that were there and that no other test would have missed (found by prove.py)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from golden_records import KNOWN, WORDS, record_of
from paper_plans import DAY, plan_of, texts
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.cli.demo import EXAMPLES
from openldn.knowledge.schema import Therapy
from openldn.leaflets.papers import Paper, paper_html
from openldn.leaflets.pdf import pdf_of
from openldn.plan.ladders import CannotPlan, profile_named
from openldn.plan.steps import Plan
from openldn.plan.stock import article_of, syringes_on
from openldn.plan.titration import Wanted, titrate
from openldn.quantities import Dose
from openldn.record.interview import Health, Question, Said, read_interview
from openldn.screening.screen import screen
from openldn.screening.verdict import CannotTell, Contraindicated, Suitable, Verdict

AS_OF = date(2026, 11, 1)
QUIET = Suitable(Therapy.LDN, DAY, None)


def screened(**case: Any) -> Verdict:
    record = record_of({"as_of": AS_OF.isoformat(), **case})
    return screen(record, Therapy.LDN, KNOWN, as_of=AS_OF).verdict


def rules_of(verdict: Verdict) -> set[str]:
    return {r.rule.id.removeprefix("screening/") for r in verdict.reasons}


@pytest.mark.parametrize("left_out", Question)
def test_a_question_about_opioids_that_the_interview_leaves_out_is_not_a_no(left_out: Question) -> None:
    answers = {q: "no" for q in Question if q is not left_out}
    fields = {"held": "2026-11-01", "by": "Dr A", "answers": answers, "health": dict.fromkeys(Health, "no")}
    record = record_of({"as_of": "2026-11-01", "interview": "none"})
    asked = record.with_interview(read_interview(fields, WORDS))
    verdict = screen(asked, Therapy.LDN, KNOWN, as_of=AS_OF).verdict
    assert rules_of(verdict) == {"opioid-interview"}
    assert str(left_out) in verdict.reasons[0].worded()


@pytest.mark.parametrize("left_out", Health)
def test_a_question_about_health_that_the_interview_leaves_out_is_not_a_no(left_out: Health) -> None:
    health = {q: "no" for q in Health if q is not left_out}
    fields = {"held": "2026-11-01", "by": "Dr A", "answers": dict.fromkeys(Question, "no"), "health": health}
    found = read_interview(fields, WORDS)
    assert found.health_answer(left_out) is Said.NOT_KNOWN


def test_the_day_a_patch_was_put_on_is_not_the_day_of_the_last_dose() -> None:
    """Given on 20 October and done with; when it was taken off is not recorded."""
    patch = {"text": "fentanyl 25 microgram per hour transdermal patch", "kind": "administration"}
    told = {"status": "ended", "ordered": "2026-10-20", "runs_until": "2026-10-20"}
    verdict = screened(drugs=[patch | told], interview={"no_opioid_since": None})
    assert rules_of(verdict) == {"opioid-last-dose-unknown"}
    injection = {"text": "morphine injection", "kind": "administration"}
    assert screened(drugs=[injection | told], interview={"no_opioid_since": None}).word == "suitable"


@pytest.mark.parametrize(("day", "asked"), [("2026-10-29", True), ("2026-10-19", False)])
def test_a_newer_result_that_cannot_be_read_takes_the_word_of_an_older_one(day: str, asked: bool) -> None:
    record = record_of(
        {
            "as_of": AS_OF.isoformat(),
            "patient": {"born": "1990-01-01", "sex": "female"},
            "interview": {"health": {"pregnant": "not known"}},
            "results": [{"test": "pregnancy test", "value": "negative", "taken": "2026-10-20"}],
        }
    )
    (negative,) = record.results
    garbled = replace(
        negative, id="r2", taken=date.fromisoformat(day), answer=None, problem="'?' is none of its answers"
    )
    found = screen(replace(record, results=(negative, garbled)), Therapy.LDN, KNOWN, as_of=AS_OF).verdict
    assert ("pregnancy-not-known" in rules_of(found)) is asked


@pytest.mark.parametrize("kind", [CannotTell, Contraindicated])
def test_a_verdict_that_allows_no_plan_gives_none_at_run_time_either(kind: type[CannotTell]) -> None:
    profile = profile_named("standard", QUIET, KNOWN, as_of=DAY)
    liquid = plan_of().article
    with pytest.raises(CannotPlan, match=kind.word):
        titrate(kind(Therapy.LDN, DAY, None), Wanted(DAY, profile), liquid, KNOWN, as_of=DAY)  # type: ignore[arg-type]


def test_a_file_of_two_patients_gives_no_plan(tmp_path: Path) -> None:
    both = tmp_path / "both.ndjson"
    records = (EXAMPLES / "fibromyalgia.json", EXAMPLES / "percocet.json")
    both.write_text("\n".join(json.dumps(json.loads(r.read_text(encoding="utf-8"))) for r in records))
    for path, status in ((both, 2), (records[0], 0)):
        words = ["plan", str(path), "--as-of", "2021-01-28", "--start", "2021-02-01", "--form", "liquid"]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == status, result.output
        assert ("a plan is for one" in " ".join(result.output.split())) is (status == 2)


def leaflet(plan: Plan) -> str:
    """Its words in one line."""
    return " ".join(paper_html(Paper.LEAFLET, plan, texts()).split())


@pytest.mark.parametrize(("mg", "strength"), [("1", "1 mg per mL"), ("5", "5 mg per mL")])
def test_the_leaflet_is_void_with_any_other_strength_than_the_one_it_names(mg: str, strength: str) -> None:
    liquid = KNOWN.formulations["formulations/liquid-nz"]
    article = article_of(liquid, KNOWN, syringes_on(KNOWN, DAY), as_of=DAY, strengths=(Dose.mg(mg),))
    profile = profile_named("ms", QUIET, KNOWN, as_of=DAY)
    told = leaflet(titrate(QUIET, Wanted(DAY, profile), article, KNOWN, as_of=DAY))
    assert f"only for a liquid of {strength}." in told
    assert "With any other strength this sheet is void" in told
    assert "this sheet is void" not in leaflet(plan_of("capsule"))


def test_the_leaflet_says_where_half_of_a_dose_cannot_be_measured() -> None:
    capsules = KNOWN.formulations["formulations/capsule-gelatin"]
    article = article_of(capsules, KNOWN, (), as_of=DAY, strengths=(Dose.mg("4.5"),))
    profile = profile_named("crohns-trial", QUIET, KNOWN, as_of=DAY)
    plan = titrate(QUIET, Wanted(DAY, profile), article, KNOWN, as_of=DAY)
    assert [step.halved for step in plan.steps] == [None]
    assert "Nothing so small can be measured with this product: pause, and call." in leaflet(plan)
    assert "Nothing so small" not in leaflet(plan_of())


def test_the_questions_before_a_later_first_dose_stand_on_the_leaflet() -> None:
    profile = profile_named("standard", QUIET, KNOWN, as_of=DAY)
    later = Wanted(DAY + timedelta(days=7), profile)
    plan = titrate(QUIET, later, plan_of().article, KNOWN, as_of=DAY)
    told = leaflet(plan)
    assert len(plan.first_dose_check) == 3
    assert all(question in told for question in plan.first_dose_check)
    assert "Before the first dose on 30 Nov 2026" in told
    assert "do not start" in told
    assert "Before the first dose" not in leaflet(plan_of())


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that gives away a picture, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.end_headers()
            self.wfile.write(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/seen.svg", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.needs("pango")
@pytest.mark.parametrize(
    "markup",
    ['<img src="{}" alt="x">', '<link rel="stylesheet" href="{}">', '<p style="background: url({})">x</p>'],
)
def test_making_a_pdf_asks_no_server_for_anything(markup: str) -> None:
    with trap() as (url, asked):
        pdf = pdf_of(f'<html lang="en"><title>t</title><body>{markup.format(url)}<p>text</p></body></html>')
    assert pdf.startswith(b"%PDF")
    assert asked == []


@pytest.mark.needs("pango")
def test_making_a_pdf_reads_no_file_of_the_machine(tmp_path: Path) -> None:
    """A stylesheet from a file would hide the words."""
    from io import BytesIO

    from pypdf import PdfReader

    sheet = tmp_path / "sheet.css"
    sheet.write_text("p { display: none }")
    page = f'<html lang="en"><head><title>t</title><link rel="stylesheet" href="{sheet.as_uri()}"></head>'
    pdf = pdf_of(f"{page}<body><p>still here</p></body></html>")
    assert "still here" in PdfReader(BytesIO(pdf)).pages[0].extract_text()
