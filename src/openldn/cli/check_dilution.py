"""`openldn check-dilution`: what somebody has made at home. A check, no recipe."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from openldn.answers.compounding import home_json
from openldn.answers.values import to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import today
from openldn.dispensing.home import Made, home_dose
from openldn.knowledge.load import load_knowledge
from openldn.quantities import CannotMeasure, Dose, NotAnAmount, Volume


def check_dilution_command(
    tablets: Annotated[int, typer.Option(min=1, max=20, help="How many tablets went in.")],
    water: Annotated[str, typer.Option(metavar="VOLUME", help="How much water.")],
    dose: Annotated[str, typer.Option(metavar="VOLUME", help="How much is taken.")],
    tablet: Annotated[str, typer.Option(metavar="DOSE", help="What one tablet holds.")] = "50 mg",
    water_by: Annotated[
        str | None, typer.Option(metavar="VOLUME", help="The syringe that measured the water; none: a cup.")
    ] = None,
    dose_by: Annotated[
        str | None, typer.Option(metavar="VOLUME", help="The syringe that measures the dose; none: a spoon.")
    ] = None,
    hours: Annotated[int, typer.Option(min=0, help="How many hours ago it was made.")] = 0,
    preserved: Annotated[bool, typer.Option("--preserved", help="It holds a preservative.")] = False,
    as_of: options.AsOf = None,
    as_json: options.AsJson = False,
) -> None:
    """What somebody has made at home: how much a dose really holds, what to ask. No recipe."""
    knowledge = load_knowledge()
    try:
        made = Made(
            tablets,
            Dose.parse(tablet),
            Volume.parse(water),
            Volume.parse(water_by) if water_by else None,
            Volume.parse(dose),
            Volume.parse(dose_by) if dose_by else None,
            hours,
            preserved,
        )
        found = home_dose(made, knowledge, as_of=as_of or today())
    except (CannotMeasure, NotAnAmount) as error:
        terminal.fail(str(error), as_json, "check-dilution")
    answer = home_json(made, found)
    if as_json:
        typer.echo(to_text(answer))
        return
    nominal = answer["nominal_mg"]
    if found.holds is None:
        terminal.out.print(f"[bold]A dose may hold {nominal} mg, or far more or less:[/] nobody can say.")
    else:
        terminal.out.print(
            f"[bold]A dose holds {answer['low_mg']} to {answer['high_mg']} mg[/], {nominal} mg are meant."
        )
    for question in found.ask:
        terminal.out.print(f"Ask a pharmacist: {escape(question)}.")
    terminal.out.print(f"[dim]{answer['note']}[/]")
