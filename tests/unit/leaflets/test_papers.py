"""The papers: true PDFs with the right words, drawn to scale, easy to read, fetching nothing."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
import textstat
from golden_records import KNOWN
from paper_plans import DAY, KINDS, plan_of, texts
from pypdf import PdfReader

from openldn.knowledge.ismp import breaches
from openldn.knowledge.schema import Country
from openldn.leaflets.consent import taper_texts
from openldn.leaflets.papers import Paper, paper_html
from openldn.leaflets.pdf import pdf_of
from openldn.leaflets.pictures import syringe_svg
from openldn.leaflets.wording import dose_in_words, percent_text, with_days
from openldn.plan.rounding import Syringe
from openldn.quantities import Dose, Volume

HIGHEST_GRADE = 8
"""Flesch-Kincaid grade that a patient's paper may have (facts/engineering.md F)."""


class _Words(HTMLParser):
    """The words of a page, a line a paragraph, cell or list item; pictures and styles left out."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("svg", "style", "title")
        if tag in ("p", "li", "td", "th", "h1", "h2", "h3"):
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("svg", "style", "title")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.lines[-1] += data


def lines_of(html: str) -> list[str]:
    words = _Words()
    words.feed(html)
    return [" ".join(line.split()) for line in words.lines if line.strip()]


def html_of(paper: Paper, kind: str = "liquid", where: Country | None = None, *, large: bool = False) -> str:
    return paper_html(paper, plan_of(kind, where), texts(), large=large)


@pytest.mark.parametrize("where", [None, "GB", "US"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("paper", Paper)
def test_no_paper_writes_a_dose_in_an_error_prone_way(paper: Paper, kind: str, where: Country | None) -> None:
    for line in lines_of(html_of(paper, kind, where)):
        assert not breaches(line), (line, breaches(line))


def test_the_leaflet_says_what_the_plan_says() -> None:
    plan = plan_of()
    html = html_of(Paper.LEAFLET)
    for text in ("23 Nov 2026", "4.5 mg", "15 Mar 2027", "not a prescription by itself", "never take two"):
        assert text in html
    for told in (*plan.stop_signs, *(c.do for c in plan.course.contingencies), plan.id):
        assert told in html
    assert "No reason against it was found" in html
    assert "suitable" not in " ".join(lines_of(html)).lower()


def test_the_calendar_has_a_box_a_dose_and_its_doses_add_up() -> None:
    for kind in KINDS:
        plan = plan_of(kind)
        html = html_of(Paper.LEAFLET, kind)
        doses = list(plan.calendar())
        assert html.count('class="tick"') == len(doses)
        shown = [Dose.parse(t) for t in re.findall(r"<br><strong>(.*?)</strong></td>", html)]
        assert sum(d.base for d in shown) * len(plan.times) == sum(s.dose.base for _, _, s in doses)


@pytest.mark.parametrize(
    ("where", "small", "size"),
    [
        ("GB", "0.5 mg (500 micrograms)", "A4"),
        ("US", "0.5 mg", "Letter"),
        (None, "0.5 mg (500 micrograms)", "A4"),
    ],
)
def test_each_country_has_its_habits(where: Country | None, small: str, size: str) -> None:
    html = html_of(Paper.LEAFLET, "low", where)
    assert f'<td class="dose">{small}</td>' in html
    assert f"size: {size}" in html
    assert ("microgram" in " ".join(lines_of(html))) == (where != "US")


def test_the_caution_and_the_operation_stand_on_the_leaflet() -> None:
    html = html_of(Paper.LEAFLET, "cautious")
    assert "No reason against it" not in html
    assert "Hernia repair on 10 Jan 2027" in html
    assert "2027-01" not in html
    assert "The last dose is on <strong>7 Jan 2027</strong>" in html
    assert "TSH and fT4" in html


def test_the_prescription_has_figures_words_quantity_and_number() -> None:
    plan = plan_of("twice")
    html = html_of(Paper.PRESCRIPTION, "twice")
    told = " ".join(lines_of(html))
    for text in ("Void if altered", plan.id, "Dr A. Example", "one milligram", "signature", "AAAA-BBBB"):
        assert text in told
    assert "168 mL of oral liquid 1 mg per mL" in told  # 2 x 1 mL x 84 days
    assert f"Code of plan {plan.id}" in html
    assert "p1" not in re.findall(r"<svg.*?</svg>", html, re.DOTALL)[0]


def test_the_emergency_sheet_names_both_dangers_and_every_washout() -> None:
    told = " ".join(lines_of(html_of(Paper.EMERGENCY)))
    for text in ("opioids are blocked", "more strongly", "Precipitated withdrawal", "last dose was taken"):
        assert text in told
    for figure, _ in texts().emergency.figures:
        assert figure.ldn
        assert figure.ldn in told
    assert told.count("not seen in a source") == 1


@pytest.mark.parametrize(("paper", "kind"), [(Paper.LEAFLET, k) for k in KINDS])
def test_a_patient_can_read_it(paper: Paper, kind: str) -> None:
    """Sentences only: names of sources, table cells of figures and dates say nothing about ease."""
    html = html_of(paper, kind).split('<table class="figures">')[0]
    sentences = [line for line in lines_of(html) if line.endswith((".", "?", ":")) and len(line.split()) > 3]
    assert len(sentences) > 15
    told = " ".join(s if s[-1] in ".?" else f"{s[:-1]}." for s in sentences)
    assert textstat.flesch_kincaid_grade(told) <= HIGHEST_GRADE


def test_a_patients_text_is_inert() -> None:
    from dataclasses import replace

    plan = replace(plan_of(), patient="<script>alert(1)</script>", prescriber="<b>A</b>", replaces="<i>")
    for paper in Paper:
        html = paper_html(paper, plan, texts())
        assert "<script>" not in html
        assert "<b>A" not in html


@pytest.mark.parametrize(
    ("capacity", "mark", "fill"), [("1", "0.01", "0.37"), ("3", "0.1", "1.5"), ("5", "0.2", "4")]
)
def test_the_liquid_reaches_as_far_as_the_volume(capacity: str, mark: str, fill: str) -> None:
    syringe = Syringe(Volume.ml(capacity), Volume.ml(mark))
    svg = syringe_svg(syringe, Volume.ml(fill))
    liquid, barrel = re.findall(r'<rect x="22" y="14" width="([\d.]+)"', svg)
    assert float(liquid) / float(barrel) == pytest.approx(float(fill) / float(capacity))
    assert f"fill to {fill} mL" in svg


def test_drops_and_capsules_are_drawn_as_many_as_are_taken() -> None:
    drops = re.findall(r"<svg.*?</svg>", html_of(Paper.LEAFLET, "drops"), re.DOTALL)
    assert [svg.count("<path") for svg in drops] == [20, 18]  # 4.5 and 4 mg in drops of 0.219 mg, never above
    capsules = re.findall(r"<svg.*?</svg>", html_of(Paper.LEAFLET, "capsule"), re.DOTALL)
    assert [svg.count("<rect") for svg in capsules] == [1, 2, 1, 2, 1]


@pytest.mark.parametrize("color", ["#b00020", "#9ec9ee"])
def test_nothing_is_told_by_colour(color: str) -> None:
    for paper in Paper:
        html = html_of(paper)
        assert color not in html
        for red, green, blue in re.findall(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\b", html):
            assert red == green == blue


@pytest.mark.needs("pango")
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("paper", Paper)
def test_the_pdf_is_tagged_and_holds_the_doses(paper: Paper, large: bool) -> None:
    pdf = pdf_of(html_of(paper, large=large))
    reader = PdfReader(io.BytesIO(pdf))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "4.5 mg" in text
    assert "/MarkInfo" in reader.root_object
    assert reader.metadata is not None
    assert reader.metadata.title
    if paper is not Paper.LEAFLET and not large:
        assert len(reader.pages) == 1
    if paper is Paper.LEAFLET:
        assert "3 mL then 1.5 mL in the 3 mL syringe" in text
        assert (len(reader.pages) > 7) is large


def test_the_leaflet_tells_what_is_known_and_what_is_not() -> None:
    """What is for everyone and for the condition, no other condition's; figures beside placebo."""
    html = html_of(Paper.LEAFLET)
    assert "No trial lasted longer than 12 months" in html
    assert "stiffness (spasticity) may get worse" in html
    assert "Flu-like" not in html
    assert re.search(r"vivid dreams</td>\s*<td>37 %</td><td>13 %</td>", html)
    told = texts()
    assert {e.topic for e in told.consent.expectations} == {
        "what-it-is",
        "not-known",
        "side-effects",
        "early-worsening",
        "benefit",
    }
    everyone = {e.id for e in KNOWN.expectations.values() if not e.conditions}
    shown = {e.id for t in (told.consent, told.advice, told.emergency) for e in t.expectations}
    tapers = ("taper", "taper-danger", "taper-agree", "uldn", "uldn-agree")
    shown |= {e.id for topic in tapers for e in taper_texts(topic, KNOWN).expectations}
    assert everyone <= shown


def test_every_figure_names_its_source_and_a_ratio_what_it_is_a_ratio_to() -> None:
    html = html_of(Paper.LEAFLET)
    assert re.search(r"0\.84 times as often \(0\.66 to 1\.06\) as with placebo</td>\s*<td>26 trials", html)
    for figure, number in texts().consent.figures:
        (title,) = re.findall(rf"\[{number}\] (.*?)\.\n", html)
        assert unescape(title).startswith(KNOWN.references[figure.source.ref].title)


@pytest.mark.parametrize(
    ("mg", "words"),
    [
        ("4.5", "four point five milligrams"),
        ("1", "one milligram"),
        ("0.5", "zero point five milligrams"),
        ("2.37", "two point three seven milligrams"),
    ],
)
def test_a_dose_in_words(mg: str, words: str) -> None:
    assert dose_in_words(Dose.mg(mg)) == words


def test_a_tolerance_is_never_made_smaller() -> None:
    from fractions import Fraction

    assert percent_text(Fraction(1, 20)) == "5 %"
    assert percent_text(Fraction(1, 30)) == "3.4 %"
    assert percent_text(Fraction(17, 100)) == "17 %"


def test_what_depends_on_the_hour_says_what_holds_for_this_plan() -> None:
    night, twice = (" ".join(lines_of(html_of(Paper.LEAFLET, kind))) for kind in ("liquid", "twice"))
    assert "less than 20 hours since the last dose" in night
    assert "less than 8 hours since the last dose" in twice
    assert "Move to the morning" in night
    assert "Move to the morning" not in twice
    assert "in the morning (08:00) and at night (22:00) every day" in twice


def test_months_of_a_plan_over_the_turn_of_the_year() -> None:
    plan = plan_of()
    assert plan.starts == DAY
    html = html_of(Paper.LEAFLET)
    months = re.findall(r'<section class="month"><h3>(.*?)</h3>', html)
    assert months == ["Nov 2026", "Dec 2026", "Jan 2027", "Feb 2027", "Mar 2027"]
    assert plan.ends - plan.starts == timedelta(days=7 * 4 + 84 - 1)


def test_days_in_a_reason_are_written_out_and_what_is_no_day_stays() -> None:
    assert (
        with_days("on 2027-01-10, 2026-02-31 or 12026-01-01") == "on 10 Jan 2027, 2026-02-31 or 12026-01-01"
    )
