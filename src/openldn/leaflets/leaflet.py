"""The patient's leaflet: the ladder with a picture of every measure, as PDF or HTML from the same values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from openldn import __version__
from openldn.knowledge.guide_schema import Expectation, Figure, Reference
from openldn.knowledge.load import Knowledge
from openldn.leaflets.syringe import syringe_svg
from openldn.leaflets.wording import day_text, dose_text, how_to_measure, supply_text
from openldn.plan.rounding import Fills, Liquid, Measured
from openldn.plan.steps import Plan, supply_in_all

DISCLAIMER: Final = "Information for a prescriber's decision, not a prescription by itself."
_TOPICS: Final = ("what-it-is", "benefit", "early-worsening", "side-effects", "not-known")
_MICROGRAMS_IN: Final = ("GB", None)
"""Countries that write doses below 1 mg in micrograms; without a country both forms are shown."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a patient is told before agreeing, in the order of the topics, and where it was seen."""

    expectations: tuple[Expectation, ...]
    sources: Mapping[str, Reference]
    """Of all figures, each once, in the order in which they are cited."""

    @property
    def figures(self) -> Iterator[tuple[Figure, int]]:
        """Every figure, and the number of its source from 1."""
        numbers = {key: n for n, key in enumerate(self.sources, 1)}
        for figure in (f for e in self.expectations for f in e.figures):
            yield figure, numbers[figure.source.ref]


def consent_for(conditions: Iterable[str], knowledge: Knowledge) -> Consent:
    """What a patient with these conditions is told."""
    wanted = set(conditions)
    found = [e for e in knowledge.expectations.values() if not e.conditions or wanted & set(e.conditions)]
    found.sort(key=lambda e: (_TOPICS.index(e.topic), bool(e.conditions), e.id))
    cited = dict.fromkeys(f.source.ref for e in found for f in e.figures)
    return Consent(tuple(found), {key: knowledge.references[key] for key in cited})


def leaflet_html(plan: Plan, patient: str, consent: Consent) -> str:
    """The leaflet as one HTML page without any outside file.

    Args:
        plan: the ladder and the verdict it rests on.
        patient: the patient's id, or an empty text.
        consent: what the patient is told before agreeing.
    """
    env = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = env.from_string(files("openldn.leaflets").joinpath("leaflet.html").read_text(encoding="utf-8"))
    return template.render(
        plan=plan,
        patient=patient,
        version=__version__,
        disclaimer=DISCLAIMER,
        liquid=isinstance(plan.product, Liquid),
        day=day_text,
        dose=partial(dose_text, micrograms_too=plan.verdict.where in _MICROGRAMS_IN),
        measure=how_to_measure,
        pictures=_pictures,
        supply=supply_text(supply_in_all(plan)),
        cautions="; ".join(r.worded() for r in plan.verdict.reasons),
        consent=consent,
    )


def write_leaflet(plan: Plan, patient: str, consent: Consent, target: Path) -> tuple[Path, str]:
    """Write the leaflet; a PDF where the name ends in .pdf and the PDF library is there, else HTML.

    Returns:
        Where it lies, and a note when it became HTML instead of PDF.

    Raises:
        OSError: the file cannot be written; a file that was there stays as it was.
    """
    html = leaflet_html(plan, patient, consent)
    if target.suffix.lower() != ".pdf":
        return _replace(target, html.encode("utf-8")), ""
    try:
        return _replace(target, pdf_of(html)), ""
    except PdfUnavailable as error:
        return _replace(target.with_suffix(".html"), html.encode("utf-8")), str(error)


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


def _pictures(measured: Measured) -> Iterator[Markup]:
    if isinstance(measured, Fills):
        for volume in measured.volumes:
            yield Markup(syringe_svg(measured.syringe, volume))  # noqa: S704 - our own drawing


def _replace(target: Path, content: bytes) -> Path:
    """Write beside the target and swap, so that a full disk leaves no half leaflet."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return target
