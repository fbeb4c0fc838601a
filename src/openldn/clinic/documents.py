"""Papers as answers: a PDF, or the same page where the library for it is missing."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import Http404, HttpResponse

from openldn.clinic.store import convert
from openldn.clinic.store.models import Plan, Taper
from openldn.followup.weaning.review import review_taper
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.consent import texts_for
from openldn.leaflets.papers import Paper, paper_html
from openldn.leaflets.pdf import PdfUnavailable, pdf_of
from openldn.leaflets.taper_papers import taper_leaflet_html

_PAPER: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""A paper brings its own style and nothing else: it is shown without any right of a page."""


def paper_of(row: Plan, paper: Paper) -> HttpResponse:
    """A paper of a plan with steps.

    Raises:
        Http404: nothing is taken, so there is nothing to print.
    """
    if not row.fields["steps"]:
        raise Http404
    plan = convert.plan_of(row)
    html = paper_html(paper, plan, texts_for(plan.conditions, load_knowledge()))
    return as_pdf(html, f"{paper}-{plan.id}")


def taper_leaflet_of(row: Taper, *, as_of: date) -> HttpResponse:
    """The leaflet of a taper: all of it before its first day, from then on what lies ahead."""
    knowledge, taper = load_knowledge(), convert.taper_of(row)
    steps, is_open = taper.schedule.doses, False
    if as_of >= row.starts:
        diary = convert.diary_of(row.patient)
        found = review_taper(taper, diary, knowledge, as_of=as_of)
        steps, is_open = found.ahead, found.is_open
    html = taper_leaflet_html(taper, steps, knowledge, beside=convert.beside_of(row), is_open=is_open)
    return as_pdf(html, f"taper-{row.number}")


def as_pdf(html: str, name: str) -> HttpResponse:
    """A paper to look at or print."""
    try:
        content = pdf_of(html)
    except PdfUnavailable:
        return HttpResponse(html, headers={"Content-Security-Policy": _PAPER})
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )
