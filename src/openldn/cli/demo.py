"""The main job on two shipped records: one is refused with its date, the other gets a plan on paper."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.rule import Rule as Line

from openldn.cli.inputs import with_interview
from openldn.cli.show import show_screening
from openldn.cli.show_plan import show_plan, show_refused
from openldn.fhir.read import read_records
from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Therapy
from openldn.leaflets.calendar import calendar_text
from openldn.leaflets.consent import texts_for
from openldn.leaflets.papers import Paper, paper_html
from openldn.leaflets.pdf import replace_file, write_page
from openldn.plan.choice import choose, needs_of
from openldn.plan.ladders import profile_named, proposals
from openldn.plan.stock import shipped_stock
from openldn.plan.titration import Wanted
from openldn.record.patient import Record
from openldn.screening.screen import screen
from openldn.screening.verdict import Caution, Suitable

EXAMPLES = Path(str(files("openldn.cli").joinpath("example")))
_REFUSED_ON, _PLANNED_ON = date(2021, 6, 29), date(2021, 1, 28)


def run(folder: Path, knowledge: Knowledge, console: Console) -> None:
    """Show both records; write the leaflet and the calendar of the second below `folder`."""
    console.print(Line("1. a record with an opioid"))
    refused = _record("percocet.json", knowledge)
    screening = screen(refused, Therapy.LDN, knowledge, as_of=_REFUSED_ON)
    show_screening(console, "percocet.json", refused, screening, screening.verdict, knowledge)
    console.print(Line("2. a record without one, after the interview"))
    record = with_interview(_record("fibromyalgia.json", knowledge), EXAMPLES / "interview.yaml", knowledge)
    screening = screen(record, Therapy.LDN, knowledge, as_of=_PLANNED_ON)
    show_screening(console, "fibromyalgia.json", record, screening, screening.verdict, knowledge)
    if not isinstance(screening.verdict, Suitable | Caution):
        console.print("No plan: see the reasons above.")
        return
    proposed = proposals(screening.conditions, screening.verdict, knowledge)
    profile = profile_named("standard", screening.verdict, knowledge, as_of=_PLANNED_ON)
    choice = choose(
        screening.verdict,
        Wanted(starts=date(2021, 2, 1), profile=profile),
        shipped_stock(knowledge, as_of=_PLANNED_ON),
        needs_of(record, screening.verdict, as_of=_PLANNED_ON, wish=Form.LIQUID),
        knowledge,
        as_of=_PLANNED_ON,
        patient=record.patient.id,
        conditions=screening.conditions,
    )
    plan = choice.best
    if plan is None:
        show_refused(console, choice)
        return
    show_plan(console, plan, choice, proposed, knowledge)
    folder.mkdir(parents=True, exist_ok=True)
    texts = texts_for((c.id for c in screening.conditions), knowledge)
    for paper in Paper:
        written, note = write_page(paper_html(paper, plan, texts), folder / f"{paper}.pdf")
        console.print(f"{paper.capitalize()}: {written}{f' ({note})' if note else ''}", soft_wrap=True)
    calendar = replace_file(folder / "doses.ics", calendar_text(plan))
    console.print(f"Calendar: {calendar}", soft_wrap=True)


def _record(name: str, knowledge: Knowledge) -> Record:
    (record,) = read_records((EXAMPLES / name).read_bytes(), knowledge.vocabulary)
    return record
