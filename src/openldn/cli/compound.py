"""`openldn compound` and `openldn check-dilution`: a worksheet for a pharmacist, a check for what exists."""

from __future__ import annotations

import random
import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from openldn.answers.compounding import batch_json, home_json
from openldn.answers.values import to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import day_option, today
from openldn.dispensing.batches import Batch, Preparation, batch_of, prepared
from openldn.dispensing.beyond_use import BeyondUse, beyond_use
from openldn.dispensing.budget import Spread, slips_of
from openldn.dispensing.dilution import DilutionPlan, tools_of
from openldn.dispensing.home import Made, home_dose
from openldn.dispensing.substance import Lot, Substance, uncorrected
from openldn.dispensing.weighing import Balance
from openldn.fhir.json_text import BadInput
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.leaflets.wording import WORKSHEET_NOTE, day_text, hundredths_text
from openldn.quantities import CannotMeasure, Dose, Mass, NotAnAmount, Strength, Volume

_DRAWS: Final = 20_000
_CAPACITY: Final = Mass.parse("200 g")
_SUBSTANCES: Final = {
    "anhydrous": Substance.HYDROCHLORIDE,
    "dihydrate": Substance.DIHYDRATE,
    "tetrahydrate": Substance.TETRAHYDRATE,
    "base": Substance.BASE,
}


def compound_command(
    formula: Annotated[str | None, typer.Argument(help="Which; without one they are listed.")] = None,
    make: Annotated[str | None, typer.Option(metavar="VOLUME", help="How much: '100 mL'.")] = None,
    lot: Annotated[
        str | None,
        typer.Option(
            metavar="'NUMBER; assay=99.2; water=5'",
            help="The powder, in percent as its certificate says; also solvent=, substance= "
            "(anhydrous, dihydrate, tetrahydrate, base).",
        ),
    ] = None,
    balance: Annotated[
        str,
        typer.Option(metavar="MASS", help="The step of the balance; one weighing is taken as off by one."),
    ] = "0.1 mg",
    glass: Annotated[
        str, typer.Option(metavar="KINDS", help="Flasks, pipettes, cylinders at hand, by name.")
    ] = "flask-a-us, pipette-a-us, cylinder-a-us",
    largest: Annotated[
        str | None, typer.Option("--largest-flask", metavar="VOLUME", help="No flask above it.")
    ] = "100 mL",
    made_on: Annotated[
        date | None,
        typer.Option("--made", parser=day_option, metavar="DATE", help="The day of making. [today]"),
    ] = None,
    expires: Annotated[
        list[str] | None,
        typer.Option(metavar="'NAME=DATE'", help="A component's expiry: 'glycerol=2027-03-31'. Repeatable."),
    ] = None,
    study: Annotated[
        bool, typer.Option("--study", help="The stability study of just this preparation is attached.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the chance that is drawn.")] = 1,
    sheet: Annotated[Path | None, typer.Option(help="Write the worksheet (.pdf or .html).")] = None,
    as_of: options.AsOf = None,
    as_json: options.AsJson = False,
) -> None:
    """A master formula for a batch: amounts exactly, the dilution, how far off, the worst slip."""
    knowledge, day = load_knowledge(), as_of or today()
    if formula is None:
        return _list(knowledge, as_json)
    try:
        if formula not in knowledge.formulas:
            known = ", ".join(sorted(knowledge.formulas))
            raise BadInput(f"{formula!r} is no formula: there are {known}; none for drops, cream, troches")
        if make is None:
            raise BadInput("say how much with --make, like '100 mL'")
        batch = batch_of(knowledge.formulas[formula], Volume.parse(make))
        made = _prepared(batch, lot, balance, glass, largest, knowledge, day)
        until = beyond_use(
            batch.formula, knowledge, made=made_on or day, expiries=_expiries(expires or []), study=study
        )
        chance = made.budget.monte_carlo(_seeded(seed), _DRAWS) if made else None
        if sheet:
            _write_sheet(sheet, batch, made, until, made_on or day)
    except (BadInput, CannotMeasure, NotAnAmount) as error:
        terminal.fail(str(error), as_json, formula)
    if as_json:
        typer.echo(to_text(batch_json(batch, made, chance, seed, until)))
    else:
        _show(batch, made, chance, until)
    return None


def _expiries(given: list[str]) -> tuple[tuple[str, date], ...]:
    found = []
    for text in given:
        name, _, day = (part.strip() for part in text.partition("="))
        try:
            found.append((name or "a component", date.fromisoformat(day)))
        except ValueError:
            raise BadInput(f"--expires: {text!r}: write 'glycerol=2027-03-31'") from None
    return tuple(found)


def _seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a simulation that can be repeated, no secret


def _list(knowledge: Knowledge, as_json: bool) -> None:
    if as_json:
        typer.echo(to_text({"formulas": {k: f.title for k, f in sorted(knowledge.formulas.items())}}))
        return
    for key, formula in sorted(knowledge.formulas.items()):
        terminal.out.print(f"[bold]{key}[/]  {escape(formula.title)}")
    terminal.out.print("None is published for drops, cream or troches: their strength has to be stated.")


def _prepared(
    batch: Batch,
    lot: str | None,
    balance: str,
    glass: str,
    largest: str | None,
    knowledge: Knowledge,
    day: date,
) -> Preparation | None:
    """How it is made from a lot of powder; None for tablets."""
    if batch.tablets is not None:
        if lot:
            raise BadInput("--lot is of powder: this formula is from tablets, and the two are never mixed up")
        return None
    if lot is None:
        raise BadInput("name the lot of the powder with --lot 'NUMBER; assay=99.2; water=5': without its "
                       "certificate nobody knows what it holds")  # fmt: skip
    step = Mass.parse(balance)
    names = [name.strip() for name in glass.split(",") if name.strip()]
    unknown = [name for name in names if name not in knowledge.apparatus]
    if unknown:
        known = ", ".join(sorted(knowledge.apparatus))
        raise BadInput(f"--glass: {unknown[0]!r} is not known: there are {known}")
    tools = tools_of(
        (knowledge.apparatus[name] for name in names), largest=Volume.parse(largest) if largest else None
    )
    return prepared(batch, read_lot(lot), Balance(step, step, _CAPACITY), tools, knowledge, as_of=day)


def read_lot(text: str) -> Lot:
    """A lot as written: 'A123; assay=99.2; water=5', in percent.

    Raises:
        BadInput: not of this form; says what would be.
    """
    number, *rest = (part.strip() for part in text.split(";"))
    fields: dict[str, str] = {}
    for part in filter(None, rest):
        name, _, value = (p.strip() for p in part.partition("="))
        if name not in ("assay", "water", "solvent", "substance") or not value or name in fields:
            raise BadInput(f"--lot: {part!r} is not understood: write 'A123; assay=99.2; water=5'")
        fields[name] = value
    for needed in ("assay", "water"):
        if needed not in fields:
            raise BadInput(f"--lot: {needed} is missing: see the certificate of the lot")
    substance = fields.get("substance", "anhydrous")
    if substance not in _SUBSTANCES:
        raise BadInput(f"--lot: substance {substance!r}: there are {', '.join(_SUBSTANCES)}")
    parts = {name: _part(name, fields.get(name, "0")) for name in ("assay", "water", "solvent")}
    return Lot(number, parts["assay"], parts["water"], parts["solvent"], _SUBSTANCES[substance])


def _part(name: str, text: str) -> Fraction:
    if not re.fullmatch(r"\d{1,3}(?:\.\d{1,6})?", text):
        raise BadInput(f"--lot: {name}={text!r}: write a percentage like 99.2")
    return Fraction(text) / 100


def _write_sheet(path: Path, batch: Batch, made: Preparation | None, until: BeyondUse, day: date) -> None:
    from openldn.leaflets.pdf import write_page  # noqa: PLC0415 - takes seconds to import
    from openldn.leaflets.worksheet import worksheet_html  # noqa: PLC0415 - brings the paper libraries

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written, note = write_page(worksheet_html(batch, made, until, made_on=day), path)
    except OSError as error:
        raise BadInput(f"cannot write {error.filename}: {error.strerror}") from error
    terminal.err.print(f"worksheet: {written}{f' ({note})' if note else ''}", markup=False, highlight=False)


def _show(batch: Batch, made: Preparation | None, chance: Spread | None, until: BeyondUse) -> None:
    formula = batch.formula
    terminal.out.print(
        Panel(
            f"{escape(formula.title)}\n{batch.volume} of {batch.strength}: {batch.drug} in all",
            title="Batch",
            title_align="left",
        )
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("take", "of", ""):
        table.add_column(heading)
    if batch.tablets is not None:
        table.add_row(str(batch.tablets), f"tablets of {formula.in_a_tablet}", f"hold {batch.drug}")
    elif made is not None and made.flask is not None:
        table.add_row(str(made.shown), made.lot.substance.title, f"in the flask of {made.flask.holds}")
    elif made is not None:
        table.add_row(str(made.shown), made.lot.substance.title, f"holds {batch.drug}")
    for other in batch.others:
        table.add_row(str(other.amount), other.name, other.note or "")
    table.add_row(f"to {batch.volume}", formula.make_up, "")
    terminal.out.print(table)
    if made is not None:
        _show_preparation(made, chance)
    terminal.out.print(f"[bold]Use until {day_text(until.last_day)}[/]: {escape(until.set_by.said)}")
    for bound in until.bounds[1:]:
        terminal.out.print(f"  [dim]otherwise {day_text(bound.last_day)}: {escape(bound.said)}[/]")
    if not until.set_by.seen:
        terminal.out.print("  [dim]not seen in a source: a pharmacist checks it[/]")
    if formula.carries:
        terminal.out.print(f"[yellow]It carries[/] {escape(formula.carries)}")
    seen = "" if formula.source.verified else " (not seen in a source)"
    terminal.out.print(f"[dim]{formula.source.ref}: {escape(formula.source.at or '')}{seen}[/]")
    terminal.out.print(f"[dim]{WORKSHEET_NOTE}[/]")


def _show_preparation(made: Preparation, chance: Spread | None) -> None:
    if made.plan is not None:
        terminal.out.print("[bold]Dilution[/], the most exact within this glassware:")
        for n, (transfer, strength) in enumerate(made.plan.strengths(), 1):
            after = Strength.mg_per_ml(strength / 10**6)
            terminal.out.print(f"  {n}. {transfer.pipette.holds} to {transfer.flask.holds}: {after}")
        terminal.out.print(
            f"  off by at most {hundredths_text(made.plan.error)} %, {made.plan.made} made in all"
        )
        for other in made.others[:3]:
            terminal.out.print(f"  [dim]or {_in_short(other)}[/]")
    wrong = hundredths_text(abs(uncorrected(made.lot)))
    terminal.out.print(f"Weighed as if the powder were all drug, it would be off by {wrong} %")
    interval = made.budget.interval
    low, high = interval.low / interval.nominal, interval.high / interval.nominal
    within = f"; 95 % of chance lies within {_chance(made, chance)}" if chance else ""
    terminal.out.print(
        f"What is made holds {hundredths_text(low)} to {hundredths_text(high)} % of the label "
        f"while each tool keeps its tolerance{within}"
    )
    for factor in made.budget.largest[:3]:
        terminal.out.print(f"  [dim]{escape(factor.name)}: {hundredths_text(factor.relative)} %[/]")
    if made.plan is not None:
        worst = slips_of(made.plan)[0]
        terminal.out.print(
            f"[bold]Worst single slip:[/] {escape(worst.what)}, {worst.times} times; caught by: "
            f"{escape(worst.caught_by)}"
        )


def _chance(made: Preparation, chance: Spread) -> str:
    nominal = float(made.budget.interval.nominal)
    return f"{100 * chance.low / nominal:.1f} to {100 * chance.high / nominal:.1f} %"


def _in_short(plan: DilutionPlan) -> str:
    steps = ", ".join(f"{t.pipette.holds} to {t.flask.holds}" for t in plan.transfers)
    return f"{steps}: {hundredths_text(plan.error)} %, {plan.made} in all"


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
