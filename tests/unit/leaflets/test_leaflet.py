"""The leaflet: a true PDF with the right words, drawn to scale, fetching nothing."""

from __future__ import annotations

import io
import re
from datetime import date
from html import unescape

import pytest
from pypdf import PdfReader

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Country, Therapy
from openldn.leaflets.leaflet import consent_for, leaflet_html, pdf_of
from openldn.leaflets.syringe import syringe_svg
from openldn.plan.products import ProductForm, product_for
from openldn.plan.rounding import Syringe
from openldn.plan.steps import Plan
from openldn.plan.titration import titrate
from openldn.quantities import Volume
from openldn.screening.verdict import Suitable

DAY = date(2026, 11, 23)
TOLD = consent_for(["conditions/multiple-sclerosis"], load_knowledge())
FORBIDDEN = re.compile(r"\d\.\d*0 (mg|mL)|(?<![\d.])\.\d+ m[gL]|µ|\bmcg\b|\bcc\b|teaspoon|\bQD\b")


def plan(form: ProductForm = ProductForm.LIQUID, where: Country | None = None) -> Plan:
    knowledge = load_knowledge()
    product = product_for(form, knowledge, as_of=DAY)
    return titrate(Suitable(Therapy.LDN, DAY, where), product, knowledge, starts=DAY, as_of=DAY)


@pytest.mark.parametrize("form", ProductForm)
def test_the_page_says_what_the_plan_says_without_error_prone_writing(form: ProductForm) -> None:
    html = leaflet_html(plan(form), "p1", TOLD)
    assert not FORBIDDEN.search(re.sub(r"<svg.*?</svg>|<style>.*?</style>", "", html, flags=re.DOTALL))
    for text in ("23 Nov 2026", "4.5 mg", "15 Mar 2027", "not a prescription by itself", "never take two"):
        assert text in html
    for sign in plan(form).stop_signs:
        assert sign in html


def test_a_patients_text_is_inert() -> None:
    assert "<script>" not in leaflet_html(plan(), "<script>alert(1)</script>", TOLD)


@pytest.mark.parametrize(
    ("capacity", "mark", "fill"), [("1", "0.01", "0.37"), ("3", "0.1", "1.5"), ("5", "0.2", "4")]
)
def test_the_liquid_reaches_as_far_as_the_volume(capacity: str, mark: str, fill: str) -> None:
    syringe = Syringe(Volume.ml(capacity), Volume.ml(mark))
    svg = syringe_svg(syringe, Volume.ml(fill))
    liquid, barrel = re.findall(r'<rect x="22" y="14" width="([\d.]+)"', svg)
    assert float(liquid) / float(barrel) == pytest.approx(float(fill) / float(capacity))
    assert f"fill to {fill} mL" in svg


@pytest.mark.needs("pango")
def test_the_pdf_is_tagged_and_holds_the_ladder() -> None:
    pdf = pdf_of(leaflet_html(plan(), "p1", TOLD))
    reader = PdfReader(io.BytesIO(pdf))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) == 3
    assert "4.5 mg" in text
    assert "3 mL then 1.5 mL in the 3 mL syringe" in " ".join(text.split())
    assert b"/MarkInfo" in pdf or "/MarkInfo" in reader.root_object


@pytest.mark.needs("pango")
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x.png", "file:///etc/hostname", "https://127.0.0.1:9/x.css"]
)
def test_the_pdf_fetches_nothing(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A page that asks for an outside file becomes a PDF without it."""
    pdf = pdf_of(f'<html lang="en"><title>t</title><body><img src="{url}" alt="x"><p>text</p></body></html>')
    assert pdf.startswith(b"%PDF")
    assert b"hostname" not in pdf
    assert any(
        "not allowed" in m or "Failed to load" in m or "protocol" in m.lower() for m in caplog.messages
    )


def test_the_leaflet_tells_what_is_known_and_what_is_not() -> None:
    """What is for everyone and for the condition, no other condition's; figures beside placebo."""
    html = leaflet_html(plan(), "p1", TOLD)
    assert "No trial lasted longer than 12 months" in html
    assert "stiffness (spasticity) may get worse" in html
    assert "Flu-like" not in html
    assert re.search(r"vivid dreams</td>\s*<td>37 %</td><td>13 %</td>", html)
    assert {e.topic for e in TOLD.expectations} == {
        "what-it-is",
        "not-known",
        "side-effects",
        "early-worsening",
        "benefit",
    }


def test_every_figure_names_its_source_and_a_ratio_what_it_is_a_ratio_to() -> None:
    html = leaflet_html(plan(), "p1", TOLD)
    assert re.search(r"0\.84 times as often \(0\.66 to 1\.06\) as with placebo</td>\s*<td>26 trials", html)
    for figure, number in TOLD.figures:
        (title,) = re.findall(rf"\[{number}\] (.*?)\.\n", html)
        assert unescape(title).startswith(load_knowledge().references[figure.source.ref].title)
