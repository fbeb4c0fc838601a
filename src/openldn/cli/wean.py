"""`openldn wean`: an opioid taper in the units at hand, as good as it can be.

Exit status 3 where it is not allowed, or where no end can be reached with these units.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.markup import escape

from openldn.answers.screening import screening_json
from openldn.answers.tapers import schedule_json
from openldn.answers.values import DISCLAIMER, to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import (
    day_option,
    json_of,
    records_of,
    today,
    with_interview,
    with_overrides,
    with_statements,
)
from openldn.cli.show import print_screening
from openldn.cli.show_taper import show_schedule, show_uldn
from openldn.cli.taper_papers import CalendarFile, Large, LeafletFile, Papers, write_taper_papers
from openldn.fhir.json_text import BadInput
from openldn.knowledge.drug_schema import Drug
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.ladders import CannotPlan
from openldn.plan.saved import BadPlan
from openldn.plan.weaning.recorded import opioid_named, opioids_taken, taken_a_day
from openldn.plan.weaning.saved import taper_of
from openldn.plan.weaning.stock import candidates, read_units
from openldn.plan.weaning.taper import (
    Agreement,
    Asked,
    Piece,
    Taper,
    schedule,
    taper,
    with_offer,
)
from openldn.plan.weaning.targets import Basis
from openldn.plan.weaning.uldn import UltraLow, beside_taper
from openldn.quantities import Dose, DoseRate, NotAnAmount
from openldn.record.patient import Record
from openldn.screening.screen import screen
from openldn.screening.verdict import Caution, Suitable

_DURATION: Final = re.compile(r"(\d+)\s*(d|days?|w|weeks?|months?|y|years?)", re.IGNORECASE)
_DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}


def wean_command(
    file: Annotated[
        Path | None, typer.Argument(help="A FHIR bundle; without one it is only calculated.")
    ] = None,
    drug: Annotated[str | None, typer.Option(help="The opioid to taper.")] = None,
    daily: Annotated[
        str | None,
        typer.Option("--from", metavar="AMOUNT", help="What is taken a day now: '40 mg', '50 mcg/h'."),
    ] = None,
    stock: Annotated[
        list[str] | None,
        typer.Option(
            metavar="UNITS",
            help="What the pharmacy has: '5 mg, 10 mg', '10 mg ER', '1 mg/mL' (@0.5 mL: its least step), "
            "'12 mcg/h, 25 mcg/h'. Repeatable.",
        ),
    ] = None,
    rate: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="How much goes at each interval.")
    ] = None,
    basis: Annotated[Basis, typer.Option(help="Of which dose.")] = Basis.HYBRID,
    duration: Annotated[
        str | None, typer.Option(metavar="TIME", help="For how long it was used: '8 weeks', '2 years'.")
    ] = None,
    interval: Annotated[int | None, typer.Option(metavar="DAYS", help="How long each dose is taken.")] = None,
    max_step: Annotated[
        str | None,
        typer.Option("--max-step", metavar="PERCENT|off", help="The most that may go at once. [25]"),
    ] = None,
    floor: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT", help="The dose from which on the intervals are lengthened. [the smallest unit]"
        ),
    ] = None,
    doses: Annotated[
        int | None, typer.Option("--doses-a-day", min=1, max=6, help="At how many times a day.")
    ] = None,
    start: Annotated[
        date | None, typer.Option(parser=day_option, metavar="DATE", help="The first day. [today]")
    ] = None,
    prescriber: Annotated[str, typer.Option(help="Who prescribes the opioid, by name.")] = "",
    review: Annotated[
        date | None, typer.Option(parser=day_option, metavar="DATE", help="When it is looked at again.")
    ] = None,
    faster_by: Annotated[
        str, typer.Option("--faster-by", metavar="NAME", help="Who answers for more than 10 % a week.")
    ] = "",
    team: Annotated[
        list[str] | None,
        typer.Option(metavar="'ROLE: NAME'", help="Who helps besides: 'physiotherapist: N.N.'. Repeatable."),
    ] = None,
    agreed: Annotated[
        date | None, typer.Option(parser=day_option, metavar="DATE", help="When the patient agreed to it.")
    ] = None,
    uldn: Annotated[
        str | None,
        typer.Option(metavar="'1 microgram'", help="Ultra-low dose naltrexone beside it, as it is ordered."),
    ] = None,
    after: Annotated[
        Path | None,
        typer.Option(metavar="PLAN.json", help="Another opioid's taper (`wean --json`): begin when it ends."),
    ] = None,
    leaflet: LeafletFile = None,
    calendar: CalendarFile = None,
    large: Large = False,
    as_of: options.AsOf = None,
    interview: options.InterviewFile = None,
    codes: options.CodesFile = None,
    ended: options.Ended = None,
    overrides: options.Overrides = None,
    as_json: options.AsJson = False,
) -> None:
    """Taper an opioid: never up, never below the target, each step made exactly of what the pharmacy has."""
    knowledge, day = load_knowledge(), as_of or today()

    def refuse(why: str) -> NoReturn:
        terminal.fail(why, as_json, str(file or "wean"))

    try:
        record = None if file is None else one_record(file, knowledge, codes, interview, ended or [], day)
        opioid, taken = _what(record, drug, daily, knowledge, day)
        units = tuple(read_units(stock or []))
        piece_rate = DoseRate if any(u.piece is Piece.PATCH for u in units) else Dose
        if taken is not None and units and not isinstance(taken, piece_rate):
            refuse(f"{taken} is recorded: patches are not tapered in tablets, nor tablets in patches")
        amount = taken.base if taken is not None else piece_rate.parse(daily or "").base
        asked = Asked(
            drug=opioid,
            daily=amount,
            units=units,
            starts=_begins(start, after, knowledge, day),
            duration=_duration(duration),
            rate=_percent(rate, "--rate"),
            interval=interval,
            basis=basis,
            max_step=_max_step(max_step, knowledge, day),
            floor=piece_rate.parse(floor).base if floor else None,
            doses_a_day=doses,
            faster_by=faster_by,
        )
        signed: Taper | None = None
        if record is not None:
            screening = screen(record, Therapy.TAPER, knowledge, as_of=day)
            verdict = with_overrides(screening.verdict, overrides or [])
            if not isinstance(verdict, Suitable | Caution):
                print_screening(str(file), record, screening, verdict, knowledge, as_json, False)
                raise typer.Exit(terminal.NOT_ALLOWED)
            agreement = Agreement(tuple(team or ()), agreed)
            signed = taper(
                verdict,
                asked,
                knowledge,
                prescriber=prescriber,
                review=review or date.max,
                as_of=day,
                agreement=agreement,
            )
            found = signed.schedule
            screened = screening_json(str(file), record, screening, verdict, knowledge)
        else:
            found, screened = schedule(asked, knowledge, as_of=day), None
        beside = None
        if uldn is not None:
            if record is None or signed is None:
                refuse("--uldn is for a patient: name the FILE")
            beside = _beside(str(file), uldn, record, signed, knowledge, as_json)
        found = with_offer(found, candidates(found, knowledge), knowledge, as_of=day)
        papers = Papers(leaflet, calendar, large)
        if papers.wanted:
            if signed is None:
                refuse("papers are for a patient: name the FILE")
            write_taper_papers(papers, signed, found.doses, signed.review, knowledge, beside=beside)
    except (CannotPlan, NotAnAmount, BadInput) as error:
        refuse(str(error))
    if as_json:
        typer.echo(to_text(schedule_json(str(file or "--drug"), found, signed, beside, screened)))
    else:
        show_schedule(found, signed)
        if beside is not None:
            show_uldn(beside)
        terminal.out.print(f"[dim]{escape(DISCLAIMER)}[/]")
    if found.stuck is not None:
        raise typer.Exit(terminal.NOT_ALLOWED)


def one_record(
    file: Path,
    knowledge: Knowledge,
    codes: Path | None,
    interview: Path | None,
    ended: list[str],
    day: date,
) -> Record:
    """The one patient of a file, with what was asked and stated."""
    try:
        records = records_of(file, knowledge, codes)
        if len(records) != 1:
            raise BadInput(f"{len(records)} records: it is for one patient")
        return with_statements(with_interview(records[0], interview, knowledge), ended, day)
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from error


def _begins(start: date | None, after: Path | None, knowledge: Knowledge, day: date) -> date:
    """The first day: as said, else when another opioid's taper has ended, else today."""
    if after is None:
        return start or day
    try:
        before = taper_of(json_of(after), knowledge)
    except BadPlan as error:
        raise BadInput(f"{after}: {error}") from error
    ends = before.schedule.stops
    if ends is None:
        raise BadInput(f"{after}: that taper has no end yet; a smaller unit is needed there first")
    if start is not None and start < ends:
        raise BadInput(f"--start {start}: the taper of {before.schedule.asked.drug.name} ends on {ends}")
    return start or ends


def _beside(
    source: str, order: str, record: Record, signed: Taper, knowledge: Knowledge, as_json: bool
) -> UltraLow:
    """ULDN with the taper, after a verdict of its own that allows it."""
    day = signed.verdict.as_of
    screening = screen(record, Therapy.ULDN, knowledge, as_of=day)
    if not isinstance(screening.verdict, Suitable | Caution):
        print_screening(source, record, screening, screening.verdict, knowledge, as_json, False)
        raise typer.Exit(terminal.NOT_ALLOWED)
    return beside_taper(screening.verdict, order, signed, knowledge, as_of=day)


def _what(
    record: Record | None, drug: str | None, daily: str | None, knowledge: Knowledge, day: date
) -> tuple[Drug, Dose | DoseRate | None]:
    """Which opioid, and how much of it a day as the record says; None: as --from says."""
    named = opioid_named(drug, knowledge) if drug else None
    if record is None:
        if named is None or daily is None:
            raise BadInput("name a FILE, or --drug with --from")
        return named, None
    drugs = opioids_taken(record, knowledge, as_of=day)
    if named is None and len(drugs) == 1:
        (named,) = drugs.values()
    if named is None or named.name not in drugs:
        offer = ", ".join(sorted(drugs)) or "none in use"
        raise BadInput(
            f"say which opioid with --drug: the record holds {offer}. One is tapered after the other, "
            "the next with --after"
        )
    return named, None if daily is not None else taken_a_day(record, named, knowledge, as_of=day)


def _percent(text: str | None, option: str) -> Fraction | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", text.strip())
    if found is None:
        raise BadInput(f"{option}: {text!r} is no percentage: write it like 10")
    return Fraction(found[1]) / 100


def _max_step(text: str | None, knowledge: Knowledge, day: date) -> Fraction | None:
    if text is None:
        return knowledge.rule("plan/taper-step").number("most", day) / 100
    return None if text.strip().lower() == "off" else _percent(text, "--max-step")


def _duration(text: str | None) -> int | None:
    if text is None or text.strip().lower() in ("unknown", "not known"):
        return None
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"--duration: {text!r} is not understood: write '8 weeks', '5 months', '2 years'")
    return int(found[1]) * _DAYS[found[2][0].lower()]
