"""The main job on two shipped records: one is refused with its date, the other gets a plan on paper."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.rule import Rule as Line

from openldn.cli.inputs import with_interview
from openldn.cli.show import show_plan, show_screening
from openldn.fhir.read import read_records
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Therapy
from openldn.leaflets.calendar import calendar_text
from openldn.leaflets.leaflet import consent_for, write_leaflet
from openldn.plan.products import ProductForm, product_for
from openldn.plan.titration import titrate
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
    product = product_for(ProductForm.LIQUID, knowledge, as_of=_PLANNED_ON)
    plan = titrate(screening.verdict, product, knowledge, starts=date(2021, 2, 1), as_of=_PLANNED_ON)
    show_plan(console, plan)
    folder.mkdir(parents=True, exist_ok=True)
    told = consent_for((c.id for c in screening.conditions), knowledge)
    leaflet, note = write_leaflet(plan, record.patient.id, told, folder / "leaflet.pdf")
    calendar = folder / "doses.ics"
    calendar.write_bytes(calendar_text(plan))
    console.print(f"Leaflet:  {leaflet}{f' ({note})' if note else ''}", soft_wrap=True)
    console.print(f"Calendar: {calendar}", soft_wrap=True)


def _record(name: str, knowledge: Knowledge) -> Record:
    (record,) = read_records((EXAMPLES / name).read_bytes(), knowledge.vocabulary)
    return record
