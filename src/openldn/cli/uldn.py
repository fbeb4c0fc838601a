"""`openldn uldn`: ultra-low dose naltrexone beside an opioid that goes on, without a taper.

Exit status 3 where it is not allowed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from openldn.answers.screening import screening_json
from openldn.answers.tapers import beside_json
from openldn.answers.values import DISCLAIMER, to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import day_option, today, with_overrides
from openldn.cli.show import print_screening
from openldn.cli.show_taper import show_uldn
from openldn.cli.taper_papers import Large, LeafletFile, Papers, write_uldn_leaflet
from openldn.cli.wean import one_record
from openldn.fhir.json_text import BadInput
from openldn.knowledge.drug_schema import Form
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.recorded import opioid_named, opioids_taken
from openldn.plan.weaning.uldn import ultra_low
from openldn.screening.screen import screen
from openldn.screening.verdict import Caution, Suitable


def uldn_command(
    file: Annotated[Path, typer.Argument(help="A FHIR bundle (JSON) of one patient.")],
    order: Annotated[
        str, typer.Option(metavar="'1 microgram'", help="As it is ordered, the unit spelled out.")
    ],
    drug: Annotated[
        str | None, typer.Option(help="The opioid it goes with, where there are several.")
    ] = None,
    start: Annotated[
        date | None, typer.Option(parser=day_option, metavar="DATE", help="The first day. [today]")
    ] = None,
    prescriber: Annotated[str, typer.Option(help="Who prescribes the opioid, by name.")] = "",
    review: Annotated[
        date | None, typer.Option(parser=day_option, metavar="DATE", help="When it is looked at again.")
    ] = None,
    leaflet: LeafletFile = None,
    large: Large = False,
    as_of: options.AsOf = None,
    interview: options.InterviewFile = None,
    codes: options.CodesFile = None,
    ended: options.Ended = None,
    overrides: options.Overrides = None,
    as_json: options.AsJson = False,
) -> None:
    """One microgram of naltrexone twice a day beside an opioid that goes on. With a taper: `wean --uldn`."""
    knowledge, day = load_knowledge(), as_of or today()
    try:
        record = one_record(file, knowledge, codes, interview, ended or [], day)
        screening = screen(record, Therapy.ULDN, knowledge, as_of=day)
        verdict = with_overrides(screening.verdict, overrides or [])
        if not isinstance(verdict, Suitable | Caution):
            print_screening(str(file), record, screening, verdict, knowledge, as_json, False)
            raise typer.Exit(terminal.NOT_ALLOWED)
        taken = opioids_taken(record, knowledge, as_of=day)
        name = opioid_named(drug, knowledge).name if drug else next(iter(taken)) if len(taken) == 1 else ""
        if name not in taken:
            raise CannotPlan(f"say with which opioid (--drug): the record holds {', '.join(sorted(taken))}")
        beside = ultra_low(
            verdict,
            order,
            taken[name],
            Form.IMMEDIATE,
            knowledge,
            starts=start or day,
            last_opioid=None,
            prescriber=prescriber,
            review=review or date.max,
            as_of=day,
        )
        write_uldn_leaflet(Papers(leaflet, None, large), beside, knowledge)
    except (BadInput, CannotPlan) as error:
        terminal.fail(str(error), as_json, str(file))
    if as_json:
        answer = screening_json(str(file), record, screening, verdict, knowledge)
        typer.echo(to_text(beside_json(str(file), beside, answer)))
    else:
        show_uldn(beside)
        terminal.out.print(f"[dim]{escape(DISCLAIMER)}[/]")
