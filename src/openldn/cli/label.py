"""`openldn label`: the label of a batch of a saved plan, with every field or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from openldn import __version__
from openldn.answers.values import SCHEMA, to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import day_option, json_of, today
from openldn.fhir.json_text import BadInput
from openldn.knowledge.load import load_knowledge
from openldn.plan.saved import BadPlan, plan_of
from openldn.quantities import CannotMeasure


def label_command(
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN.json", help="A plan as `plan --json` printed it.")
    ],
    patient: Annotated[str, typer.Option(help="As on the prescription.")],
    supplier: Annotated[str, typer.Option(help="Name and address of the pharmacy.")],
    number: Annotated[str, typer.Option(help="Of the batch.")],
    batch: Annotated[int, typer.Option(min=1, help="Which batch of the plan.")] = 1,
    supplied: Annotated[
        date | None, typer.Option(parser=day_option, metavar="DATE", help="Handed out on. [today]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the label (.pdf or .html).")] = None,
    as_json: options.AsJson = False,
) -> None:
    """A label with all fields that are asked for; one that is missing refuses it."""
    from openldn.leaflets.label import Handed, label_fields, label_html, supply_of  # noqa: PLC0415 - paper libraries
    from openldn.leaflets.pdf import write_page  # noqa: PLC0415 - the same

    knowledge = load_knowledge()
    try:
        plan = plan_of(json_of(plan_file), knowledge)
        if batch > len(plan.batches):
            raise BadInput(f"--batch {batch}: the plan has {len(plan.batches)}")
        handed = Handed(patient, supplier, number, supplied or today())
        fields = label_fields(plan, supply_of(plan, plan.batches[batch - 1]), handed, knowledge)
        if out:
            out.parent.mkdir(parents=True, exist_ok=True)
            written, note = write_page(label_html(fields, plan), out)
            said = f"label: {written}{f' ({note})' if note else ''}"
            terminal.err.print(said, markup=False, highlight=False)
    except (BadInput, BadPlan, CannotMeasure) as error:
        terminal.fail(str(error), as_json, str(plan_file))
    except OSError as error:
        terminal.fail(f"cannot write {error.filename}: {error.strerror}", as_json, str(plan_file))
    if as_json:
        answer = {"schema": f"{SCHEMA}/label", "version": __version__, "plan": plan.id, "fields": fields}
        typer.echo(to_text(answer))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, text in fields.items():
        table.add_row(f"[dim]{name}[/]", escape(text))
    terminal.out.print(table)
