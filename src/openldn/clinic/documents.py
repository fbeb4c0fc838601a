"""Papers as answers: a PDF, or the same page where the library for it is missing."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from openldn.leaflets.pdf import PdfUnavailable, pdf_of

_PAPER: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""A paper brings its own style and nothing else: it is shown without any right of a page."""


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
