"""`openldn mme`: what the opioids of a day are counted as, by a named table.

Exit status 3 where an opioid cannot be counted: the total is then undefined, not small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from openldn.answers.equivalents import equivalents_json
from openldn.answers.values import DISCLAIMER, to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import records_of, today, vocabulary_with, with_interview, with_statements
from openldn.fhir.json_text import BadInput
from openldn.knowledge.factor_schema import FactorTable
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.names import NOT_NAMED, Code, DrugNames
from openldn.quantities import number_text
from openldn.record.directions import Amount, Direction, Range, Unit
from openldn.record.patient import Kind, Medication, Record, Recorded
from openldn.screening.morphine_equivalents import (
    DEFAULT_TABLE,
    Equivalents,
    Item,
    morphine_equivalents,
    of_entries,
    rounded,
)
from openldn.screening.tapering import advice
from openldn.screening.verdict import Reason

_PER_DAY: Final = re.compile(
    r"(?P<low>\d+(?:\.\d+)?)(?:\s*(?:-|to)\s*(?P<high>\d+(?:\.\d+)?))?\s*"
    r"(?P<unit>[a-zµμ]+(?:\s*(?:/|per)\s*h(?:ou)?r?)?)?(?:\s*(?:/|per|a)\s*d(?:ay)?)?",
    re.IGNORECASE,
)
_UNITS: Final[dict[str, tuple[Unit, Fraction]]] = {
    "": (Unit.PIECE, Fraction(1)),
    "mg": (Unit.MG, Fraction(1)),
    "g": (Unit.MG, Fraction(1000)),
    "mcg": (Unit.MG, Fraction(1, 1000)),
    "ug": (Unit.MG, Fraction(1, 1000)),
    "µg": (Unit.MG, Fraction(1, 1000)),
    "microgram": (Unit.MG, Fraction(1, 1000)),
    "micrograms": (Unit.MG, Fraction(1, 1000)),
    "ml": (Unit.ML, Fraction(1)),
    "mcg/h": (Unit.MICROGRAM_PER_HOUR, Fraction(1)),
    "ug/h": (Unit.MICROGRAM_PER_HOUR, Fraction(1)),
    "microgram/h": (Unit.MICROGRAM_PER_HOUR, Fraction(1)),
    "micrograms/h": (Unit.MICROGRAM_PER_HOUR, Fraction(1)),
    "spray": (Unit.SPRAY, Fraction(1)),
    "sprays": (Unit.SPRAY, Fraction(1)),
    **dict.fromkeys(
        (
            *("tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps", "patch", "patches"),
            *("film", "films", "lozenge", "lozenges", "piece", "pieces", "suppository", "suppositories"),
        ),
        (Unit.PIECE, Fraction(1)),
    ),
}

Table_ = Annotated[
    str,
    typer.Option("--table", metavar="NAME", help="cdc-2022, cdc-2016, nih-heal or uk; all: each of them."),
]


def mme_command(
    file: Annotated[Path | None, typer.Argument(help="A FHIR bundle (JSON); - reads standard input.")] = None,
    drugs: Annotated[
        list[str] | None,
        typer.Option(
            "--drug",
            metavar="TEXT|RXCUI",
            help="An opioid with its strength, or its RxNorm code. Repeatable.",
        ),
    ] = None,
    per_day: Annotated[
        list[str] | None,
        typer.Option(
            "--per-day",
            metavar="AMOUNT",
            help="How much in a day, one for each --drug: '4' (pieces), '1-2 tablets', '40 mg', '10 mL', "
            "'75 mcg/h'.",
        ),
    ] = None,
    as_needed: Annotated[
        bool, typer.Option("--as-needed", help="All --drug are taken as needed: --per-day is the most.")
    ] = False,
    table: Table_ = DEFAULT_TABLE,
    as_of: options.AsOf = None,
    interview: options.InterviewFile = None,
    codes: options.CodesFile = None,
    ended: options.Ended = None,
    as_json: options.AsJson = False,
) -> None:
    """Morphine milligram equivalents of a day: for judging risk, never for changing one opioid to another."""
    knowledge, day = load_knowledge(), as_of or today()
    tables = _tables(table, knowledge, as_json)
    names = vocabulary_with(knowledge, codes).drugs
    if (file is None) == (not drugs):
        terminal.fail("name a FILE, or --drug with --per-day", as_json, "mme")
    if drugs:
        entries = _typed(drugs, per_day or [], names, as_needed=as_needed, as_json=as_json)
        found = [("--drug", Record(), of_entries(entries, t, names)) for t in tables]
    else:
        assert file is not None
        try:
            records = [
                with_statements(with_interview(r, interview, knowledge), ended or [], day)
                for r in records_of(file, knowledge, codes)
            ]
        except BadInput as error:
            terminal.fail(f"{file}: {error}", as_json, str(file))
        found = [
            (str(file), record, morphine_equivalents(record, t, names, as_of=day))
            for record in records
            for t in tables
        ]
    for source, record, equivalents in found:
        told = advice(equivalents, record, knowledge, as_of=day)
        if as_json:
            typer.echo(to_text(equivalents_json(source, equivalents, told), one_line=len(found) > 1))
        else:
            _show(source, equivalents, told)
    if not as_json:
        terminal.out.print(f"[dim]{escape(DISCLAIMER)}[/]")
    if not all(e.defined for _, _, e in found):
        raise typer.Exit(terminal.NOT_ALLOWED)


def _tables(name: str, knowledge: Knowledge, as_json: bool) -> list[FactorTable]:
    known = knowledge.opioid_factors
    if name == "all":
        return list(known.values())
    wanted = _plain(name)
    found = [t for t in known.values() if wanted == _plain(t.id)]
    if not found:
        terminal.fail(f"--table: {name!r} is no table: there are {', '.join(known)}, or all", as_json, "mme")
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _typed(
    drugs: list[str], per_day: list[str], names: DrugNames, *, as_needed: bool, as_json: bool
) -> list[Medication]:
    if len(drugs) != len(per_day):
        terminal.fail(
            f"{len(drugs)} --drug and {len(per_day)} --per-day: each opioid needs how much of it in a day",
            as_json,
            "mme",
        )
    return list(_entries(drugs, per_day, names, as_needed, as_json))


def _entries(
    drugs: list[str], per_day: list[str], names: DrugNames, as_needed: bool, as_json: bool
) -> Iterator[Medication]:
    for n, (drug, amount) in enumerate(zip(drugs, per_day, strict=True)):
        codes: tuple[Code, ...] = ()
        texts: tuple[str, ...] = (drug,)
        if drug.isdigit():
            product = names.products.get(drug)
            if product is None:
                terminal.fail(
                    f"--drug: RxNorm {drug} is not in the product table: write name and strength",
                    as_json,
                    "mme",
                )
            codes, texts = (Code("http://www.nlm.nih.gov/research/umls/rxnorm", drug),), (product.name,)
        # Typed names like fentanyl_transdermal are words all the same.
        texts = tuple(t.replace("_", " ") for t in texts)
        identity = names.identify(codes, texts) if texts else NOT_NAMED
        if not any(n.drug.blocks_ldn for n in identity.named):
            terminal.fail(f"--drug: {drug!r} names no opioid that is known here", as_json, "mme")
        yield Medication(
            id=f"--drug[{n}]",
            kind=Kind.ORDER,
            status=Recorded.ACTIVE,
            recorded_status="typed",
            text=texts[0],
            identity=identity,
            codes=codes,
            texts=texts,
            directions=(_direction(amount, as_needed, as_json),),
        )


def _direction(text: str, as_needed: bool, as_json: bool) -> Direction:
    found = _PER_DAY.fullmatch(text.strip())
    unit = re.sub(r"\s*(?:/|per)\s*h(?:ou)?r?$", "/h", (found["unit"] or "").lower().strip()) if found else ""
    if found is None or unit not in _UNITS:
        terminal.fail(
            f"--per-day: {text!r} is not understood: write '4', '1-2 tablets', '40 mg', '10 mL', '75 mcg/h'",
            as_json,
            "mme",
        )
    kind, factor = _UNITS[unit]
    low, high = Fraction(found["low"]), Fraction(found["high"] or found["low"])
    if high < low:
        terminal.fail(f"--per-day: {text!r}: the second number is smaller than the first", as_json, "mme")
    amount = Amount(Range(low * factor, high * factor), kind)
    return Direction(amount=amount, times=Range.just(1), as_needed=as_needed)


def _show(source: str, found: Equivalents, told: tuple[Reason, ...]) -> None:
    unit = found.table.unit
    if not found.items and found.defined:
        head = "No opioid in use is recorded."
    elif found.total is None:
        head = f"[bold red]UNDEFINED, opioid present[/]: at least {_number(found.lower_bound)} {unit} a day"
    else:
        assert found.scheduled is not None
        head = (
            f"[bold]{_number(found.total)} {unit} a day[/] at most, {_number(found.scheduled)} as scheduled"
        )
    lines = [head, f"Table: {escape(found.table.title)}. {escape(found.table.because)}."]
    lines += [f"[red]May be missing:[/] {escape(gap)}" for gap in found.gaps]
    terminal.out.print(Panel("\n".join(lines), title=escape(source), title_align="left"))
    if found.items:
        table = Table(box=None, pad_edge=False)
        for column in ("opioid", "in a day", "factor", unit, "note"):
            table.add_column(column, overflow="fold")
        for item in found.items:
            table.add_row(*_row(item))
        terminal.out.print(table)
    for reason in told:
        terminal.out.print(f"  · {escape(reason.worded())} [dim]{escape(reason.rule.id)}[/]")


def _row(item: Item) -> tuple[str, ...]:
    notes = "; ".join(filter(None, (item.why, *item.notes)))
    name = escape(f"{item.text} ({item.drug.name})" if item.drug.name not in item.text.lower() else item.text)
    if item.daily is None or item.factor is None or item.maximum is None:
        return name, "", "", "[red]undefined[/]", escape(notes)
    return (
        name,
        f"{_number(item.daily.maximum)} {item.daily.per}",
        _number(item.factor),
        _number(item.maximum),
        escape(notes),
    )


def _number(value: Fraction) -> str:
    shown = rounded(value)
    return number_text(shown) if shown == value else f"about {number_text(shown)}"
