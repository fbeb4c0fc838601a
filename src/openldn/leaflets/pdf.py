"""Pages as files: a tagged PDF where the library for it is there, else HTML."""

from __future__ import annotations

import os
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path


class PdfUnavailable(RuntimeError):
    """The PDF library or the system library under it (Pango) is not there."""


def pdf_of(html: str) -> bytes:
    """The page as a tagged PDF; nothing is fetched from anywhere."""
    try:
        with redirect_stdout(StringIO()):  # without Pango it prints advice for its own users
            from weasyprint import HTML  # noqa: PLC0415 - takes seconds to import and may lack Pango
            from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise PdfUnavailable("HTML instead of PDF: the system library Pango is missing") from error
    closed = URLFetcher(allowed_protocols=(), allow_redirects=False)
    pdf = HTML(string=html, url_fetcher=closed).write_pdf(pdf_variant="pdf/ua-1")
    assert isinstance(pdf, bytes)
    return pdf


def write_page(html: str, target: Path) -> tuple[Path, str]:
    """Write a page; a PDF where the name ends in .pdf and the PDF library is there, else HTML.

    Returns:
        Where it lies, and a note when it became HTML instead of PDF.

    Raises:
        OSError: the file cannot be written; a file that was there stays as it was.
    """
    if target.suffix.lower() != ".pdf":
        return replace_file(target, html.encode("utf-8")), ""
    try:
        return replace_file(target, pdf_of(html)), ""
    except PdfUnavailable as error:
        return replace_file(target.with_suffix(".html"), html.encode("utf-8")), str(error)


def replace_file(target: Path, content: bytes) -> Path:
    """Write beside the target and swap, so that a full disk leaves no half file."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return target
