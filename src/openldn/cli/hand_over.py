"""`openldn hand-over`, `check-order` and `calibrate`: what a pharmacist checks at the counter and before.

Exit status 3 where something does not pass.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from openldn.answers.compounding import BadBatch, calibration_json, compounded_of, hand_over_json, orders_json
from openldn.answers.values import to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import day_option, json_of, read_bytes, today
from openldn.cli.tables import csv_rows
from openldn.dispensing.calibration import calibrated, counted
from openldn.dispensing.hand_over import Compounded, Counter, hand_over, questions
from openldn.dispensing.orders import FIELDS, checked_order
from openldn.fhir.json_text import BadInput
from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.load import load_knowledge
from openldn.plan.saved import BadPlan, plan_of
from openldn.plan.steps import Plan
from openldn.plan.supply import Item
from openldn.quantities import CannotMeasure, Dose, Mass, NotAnAmount, Strength, Volume, number_of
from openldn.record.interview import Said


def hand_over_command(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN.json", help="As `plan --json` printed it.")],
    batch_file: Annotated[
        Path, typer.Argument(metavar="BATCH.json", help="As `compound --readings --json` printed it.")
    ],
    amount: Annotated[str, typer.Option(help="What is handed out: '73 mL', '28 capsules'.")],
    answer: Annotated[
        list[Said] | None,
        typer.Option(help="To the questions, in order, once each: yes, no, 'not known'. Repeatable."),
    ] = None,
    avoids: Annotated[
        list[str] | None, typer.Option(help="An allergy or wish said at the counter. Repeatable.")
    ] = None,
    avoids_nothing: Annotated[
        bool, typer.Option("--avoids-nothing", help="Asked, and there is neither allergy nor wish.")
    ] = False,
    plan_scanned: Annotated[str, typer.Option(help="The code on the prescription.")] = "",
    batch_scanned: Annotated[str, typer.Option(help="The code on the bottle.")] = "",
    since: Annotated[
        date | None,
        typer.Option(parser=day_option, metavar="DATE", help="First day it is for. [start of the plan]"),
    ] = None,
    on: Annotated[
        date | None, typer.Option(parser=day_option, metavar="DATE", help="The day. [today]")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Whether what lies on the counter is what was signed, and may go over it."""
    knowledge = load_knowledge()
    try:
        plan = plan_of(json_of(plan_file), knowledge)
        made = compounded_of(json_of(batch_file).get("batch", {}), knowledge)
        item = _item(plan, made)
        said = tuple(answer or ())
        if len(said) > len(asked := questions(knowledge, as_of=on or today())):
            raise BadInput(f"--answer: {len(said)} answers to {len(asked)} questions")
        if avoids and avoids_nothing:
            raise BadInput("--avoids and --avoids-nothing contradict each other")
        neither = () if avoids_nothing else None
        at = Counter(
            on or today(),
            said,
            tuple(avoids) if avoids else neither,
            plan_scanned.removeprefix("openldn plan ").strip(),
            batch_scanned.strip(),
            _amount(amount, made),
            since or plan.starts,
        )
        found = hand_over(plan, item, made, at, knowledge)
    except (BadInput, BadPlan, BadBatch, NotAnAmount) as error:
        terminal.fail(str(error), as_json, str(plan_file))
    if as_json:
        typer.echo(to_text(hand_over_json(plan, made, found)))
    else:
        terminal.out.print(
            "[bold green]It may be handed out[/]" if found.may_go else "[bold red]Not handed out[/]"
        )
        for check in found.checks:
            mark = "  passes " if check.passed else "  FAILS  "
            terminal.out.print(f"{mark}{check.said} ({check.rule.id})", markup=False, soft_wrap=True)
    if not found.may_go:
        raise typer.Exit(terminal.NOT_ALLOWED)


def _item(plan: Plan, made: Compounded) -> Item:
    """The item of the plan that this batch is, or the first: then the checks say what differs."""
    items = [b.item for b in plan.batches]
    if not items:
        raise BadInput("this plan hands out nothing")
    return next((i for i in items if i.strength == made.one), items[0])


def _amount(text: str, made: Compounded) -> int:
    if not made.pieces:
        return Volume.parse(text).base
    count = text.removesuffix(" capsules").removesuffix(" capsule").strip()
    if not count.isdecimal():
        raise NotAnAmount(f"{text!r}: write it like '28 capsules'")
    return int(count)


def check_order_command(
    file: Annotated[
        Path, typer.Argument(metavar="ORDERS.csv", help=f"A table with the columns {', '.join(FIELDS)}.")
    ],
    as_of: options.AsOf = None,
    as_json: options.AsJson = False,
) -> None:
    """Whether the figures of orders from outside agree with each other and with the product."""
    knowledge = load_knowledge()
    try:
        rows = list(csv_rows(read_bytes(file), FIELDS, needed=FIELDS))
        if not rows:
            raise BadInput("no order in it")
    except BadInput as error:
        terminal.fail(f"orders {file}: {error}", as_json, str(file))
    checked = [checked_order(row, knowledge, as_of=as_of or today()) for _, row in rows]
    if as_json:
        typer.echo(to_text(orders_json(checked)))
    else:
        for (where, _), found in zip(rows, checked, strict=True):
            word = "passes" if found.passed else "FAILS"
            terminal.out.print(f"{where}, order {found.number or '(none)'}: {word}", markup=False)
            for problem in found.problems:
                terminal.out.print(f"  {problem.said} ({problem.rule.id})", markup=False, soft_wrap=True)
    if not all(found.passed for found in checked):
        raise typer.Exit(terminal.NOT_ALLOWED)


def calibrate_command(
    strength: Annotated[str, typer.Option(metavar="DOSE", help="In a millilitre: '5 mg'.")],
    weighed: Annotated[
        str, typer.Option(metavar="'MASS, MASS, ...'", help="Each weighing: '0.92 g, 0.91 g, 0.93 g'.")
    ],
    density: Annotated[str, typer.Option(metavar="NUMBER", help="Grams in a millilitre, measured: 1.05.")],
    count: Annotated[int, typer.Option(min=1, max=200, help="How many were weighed at once.")] = 20,
    form: Annotated[Form, typer.Option(help="drops, or the strokes of a cream's pump.")] = Form.DROPS,
    doses: Annotated[
        str, typer.Option(metavar="'DOSE, ...'", help="Doses to be counted.")
    ] = "0.5 mg, 1 mg, 1.5 mg, 3 mg, 4.5 mg",
    as_of: options.AsOf = None,
    as_json: options.AsJson = False,
) -> None:
    """What one drop or stroke holds, from weighings; which doses can be counted with it."""
    knowledge, day = load_knowledge(), as_of or today()
    try:
        if form not in (Form.DROPS, Form.CREAM):
            raise BadInput(f"--form {form}: drops and the strokes of a cream are calibrated")
        masses = [Mass.parse(part) for part in weighed.split(",")]
        of = Strength(Dose.parse(strength), Volume.ml(1))
        found = calibrated(count, masses, _density(density), of, knowledge, as_of=day)
        wanted = [Dose.parse(part) for part in doses.split(",")]
        rows = [counted(dose, found, knowledge, form=str(form), as_of=day) for dose in wanted]
    except (BadInput, CannotMeasure, NotAnAmount) as error:
        terminal.fail(str(error), as_json, "calibrate")
    answer = calibration_json(found, rows, str(form))
    if as_json:
        typer.echo(to_text(answer))
        return
    one = "stroke" if form is Form.CREAM else "drop"
    terminal.out.print(
        f"[bold]One {one} holds {answer['holds_mg']} mg[/] in {answer['volume_ml']} mL; "
        f"the weighings lie {answer['spread_percent']} % apart"
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("dose", f"{one}s", "hold", "off", "may hold", ""):
        table.add_column(heading)
    for row, c in zip(answer["doses"], rows, strict=True):
        fits = "" if c.fits else "[red]too far off: another strength[/]"
        held = f"{row['low_mg']} to {row['high_mg']} mg"
        table.add_row(
            str(c.dose), str(c.pieces), f"{row['holds_mg']} mg", f"{row['off_percent']} %", held, fits
        )
    terminal.out.print(table)
    terminal.out.print(f"[dim]{escape(answer['note'])}[/]")


def _density(text: str) -> Fraction:
    try:
        return number_of(text)
    except NotAnAmount as error:
        raise BadInput(f"--density: {error}") from error
