"""`openldn compound`: a worksheet for a pharmacist, what two people read of it, and whether that passes.

Exit status 3 where a dry blend cannot be uniform, or where readings do not pass.
"""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape

from openldn.answers.compounding import making_json
from openldn.answers.values import to_text
from openldn.cli import options, terminal
from openldn.cli.batch_inputs import (
    Expires,
    LotText,
    MadeOn,
    Number,
    Readings,
    SheetFile,
    Study,
    ToFill,
    readings_of,
    write_to_fill,
)
from openldn.cli.inputs import today
from openldn.cli.show_batch import show_making, show_outcome
from openldn.dispensing.capsule_batches import CapsuleBatch, Uniformity, uniformity_of
from openldn.dispensing.making import Making, MakingInputs, expiries_of, making
from openldn.dispensing.readings import Reading, judge
from openldn.fhir.json_text import BadInput
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.quantities import CannotMeasure, NotAnAmount

_DRAWS: Final = 20_000


def compound_command(
    formula: Annotated[str | None, typer.Argument(help="Which; without one they are listed.")] = None,
    make: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="How much: '100 mL', '60 capsules'.")
    ] = None,
    strength: Annotated[
        str | None,
        typer.Option(help="Of one capsule ('4.5 mg'), or of drops and cream ('5 mg per mL')."),
    ] = None,
    lot: LotText = None,
    balance: Annotated[
        str,
        typer.Option(metavar="MASS", help="The step of the balance; one weighing is taken as off by one."),
    ] = "0.1 mg",
    glass: Annotated[
        str, typer.Option(metavar="KINDS", help="Flasks, pipettes, cylinders at hand, by name.")
    ] = "flask-a-us, pipette-a-us, cylinder-a-us",
    largest: Annotated[
        str, typer.Option("--largest-flask", metavar="VOLUME", help="No flask above it; '': any.")
    ] = "100 mL",
    filler_alone: Annotated[
        str, typer.Option(metavar="MASS", help="What one shell holds of filler alone, measured.")
    ] = "",
    drug_alone: Annotated[
        str, typer.Option(metavar="MASS", help="What one shell holds of the drug alone, measured.")
    ] = "",
    over: Annotated[int, typer.Option(min=0, max=20, help="Percent of capsules made beyond.")] = 5,
    particle: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Largest particle of the drug, micrometres.")
    ] = None,
    assays: Annotated[
        str | None,
        typer.Option(metavar="'98, 101, ...'", help="Ten contents found, in percent of the label."),
    ] = None,
    number: Number = None,
    made_on: MadeOn = None,
    expires: Expires = None,
    study: Study = None,
    seed: Annotated[int, typer.Option(help="Of the chance that is drawn.")] = 1,
    sheet: SheetFile = None,
    to_fill: ToFill = None,
    readings: Readings = None,
    as_of: options.AsOf = None,
    as_json: options.AsJson = False,
) -> None:
    """A master formula for a batch: amounts exactly, how far off, the worst slip, what two people read."""
    knowledge, day = load_knowledge(), as_of or today()
    if formula is None:
        return _list(knowledge, as_json)
    try:
        if make is None:
            raise BadInput("say how much with --make, like '100 mL' or '60 capsules'")
        inputs = MakingInputs(
            formula=formula,
            make=make,
            made=made_on or day,
            number=number or "",
            lot=lot or "",
            strength=strength or "",
            balance=balance,
            glass=glass,
            largest_flask=largest,
            filler_alone=filler_alone,
            drug_alone=drug_alone,
            over=over,
            expiries=expiries_of(expires or []),
            study=study,
        )
        made = making(inputs, knowledge)
        uniformity = _uniformity(made, particle, assays)
        typed = _typed(made, readings, number)
        outcome = None if typed is None else judge(made.sheet, typed, knowledge, as_of=inputs.made)
        if to_fill:
            write_to_fill(to_fill, made.sheet)
        if sheet:
            _write_sheet(sheet, made)
    except (BadInput, CannotMeasure, NotAnAmount) as error:
        terminal.fail(str(error), as_json, formula)
    chance = made.preparation.budget.monte_carlo(_seeded(seed), _DRAWS) if made.preparation else None
    if as_json:
        typer.echo(to_text(making_json(made, chance, seed, uniformity, outcome)))
    else:
        show_making(made, chance, uniformity)
        if outcome is not None:
            show_outcome(outcome)
    if (uniformity and not uniformity.uniform) or (outcome and not outcome.passed):
        raise typer.Exit(terminal.NOT_ALLOWED)
    return None


def _typed(made: Making, path: Path | None, number: str | None) -> tuple[Reading, ...] | None:
    if path is None:
        return None
    if not number:
        raise BadInput("--readings: name the batch with --number: its flasks and pots bear it")
    return readings_of(path)


def _seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a simulation that can be repeated, no secret


def _list(knowledge: Knowledge, as_json: bool) -> None:
    titles = {key: formula.title for key, formula in sorted(knowledge.all_formulas.items())}
    if as_json:
        typer.echo(to_text({"formulas": titles}))
        return
    for key, title in titles.items():
        terminal.out.print(f"[bold]{key}[/]  {escape(title)}")
    terminal.out.print("No strength of drops or cream is published: the order has to state it (--strength).")


def _uniformity(made: Making, particle: int | None, assays: str | None) -> Uniformity | None:
    if not isinstance(made.batch, CapsuleBatch):
        if particle or assays:
            raise BadInput("--particle and --assays are of capsules")
        return None
    return uniformity_of(made.batch.dose, particle, _assays(assays) if assays else None)


def _assays(text: str) -> tuple[Fraction, ...]:
    try:
        found = tuple(Fraction(part.strip()) for part in text.split(","))
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"--assays: {text!r}: write ten percentages with commas between") from None
    if len(found) != 10:
        raise BadInput(f"--assays: {len(found)} values: the first stage is of ten")
    return found


def _write_sheet(path: Path, made: Making) -> None:
    from openldn.leaflets.pdf import write_page  # noqa: PLC0415 - takes seconds to import
    from openldn.leaflets.worksheet import worksheet_html  # noqa: PLC0415 - brings the paper libraries

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written, note = write_page(worksheet_html(made), path)
    except OSError as error:
        raise BadInput(f"cannot write {error.filename}: {error.strerror}") from error
    terminal.err.print(f"worksheet: {written}{f' ({note})' if note else ''}", markup=False, highlight=False)
