"""Papers of tapers, written where the options say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from openldn.cli import terminal
from openldn.fhir.json_text import BadInput
from openldn.knowledge.load import Knowledge
from openldn.plan.weaning.taper import Step, Taper
from openldn.plan.weaning.uldn import UltraLow

LeafletFile = Annotated[
    Path | None, typer.Option("--leaflet", help="Write the patient's leaflet (.pdf or .html).")
]
CalendarFile = Annotated[
    Path | None, typer.Option("--calendar", help="Write the days and the review as a calendar (.ics).")
]
Large = Annotated[bool, typer.Option("--large", help="Large type.")]


@dataclass(frozen=True, slots=True)
class Papers:
    """Which papers are wanted, and where."""

    leaflet: Path | None
    calendar: Path | None
    large: bool

    @property
    def wanted(self) -> bool:
        """Whether any is."""
        return self.leaflet is not None or self.calendar is not None


def write_taper_papers(
    papers: Papers,
    taper: Taper,
    steps: tuple[Step, ...],
    review: date,
    knowledge: Knowledge,
    *,
    beside: UltraLow | None = None,
    is_open: bool = False,
) -> None:
    """Write what is wanted of a taper.

    Raises:
        BadInput: a file cannot be written, or there are no days to write.
    """
    from openldn.leaflets.taper_papers import taper_leaflet_html  # noqa: PLC0415 - brings the paper libraries

    if papers.leaflet:
        html = taper_leaflet_html(taper, steps, knowledge, beside=beside, is_open=is_open, large=papers.large)
        _write_page(html, papers.leaflet)
    if papers.calendar:
        from openldn.leaflets.taper_calendar import taper_calendar_text  # noqa: PLC0415 - the same

        known = () if is_open else steps
        _write(papers.calendar, taper_calendar_text(taper, known, review))


def write_uldn_leaflet(papers: Papers, beside: UltraLow, knowledge: Knowledge) -> None:
    """Write the leaflet of ULDN beside an opioid that goes on.

    Raises:
        BadInput: it cannot be written.
    """
    from openldn.leaflets.taper_papers import uldn_leaflet_html  # noqa: PLC0415 - brings the paper libraries

    if papers.leaflet:
        _write_page(uldn_leaflet_html(beside, knowledge, large=papers.large), papers.leaflet)


def _write_page(html: str, target: Path) -> None:
    from openldn.leaflets.pdf import write_page  # noqa: PLC0415 - takes seconds to import

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        path, note = write_page(html, target)
    except OSError as error:
        raise BadInput(f"cannot write {error.filename}: {error.strerror}") from error
    terminal.err.print(f"leaflet: {path}{f' ({note})' if note else ''}", markup=False, highlight=False)


def _write(target: Path, content: bytes) -> None:
    from openldn.leaflets.pdf import replace_file  # noqa: PLC0415 - only where something is written

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, content)
    except OSError as error:
        raise BadInput(f"cannot write {error.filename}: {error.strerror}") from error
    terminal.err.print(f"calendar: {target}", markup=False, highlight=False)
