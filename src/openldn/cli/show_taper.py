"""Tapers on the screen: the schedule, what goes beside it, and what a diary asks for."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from openldn.answers.tapers import drop
from openldn.answers.values import DISCLAIMER
from openldn.cli import terminal
from openldn.followup.weaning.review import TaperReview
from openldn.knowledge.schema import unverified
from openldn.leaflets.wording import day_text, with_days
from openldn.plan.weaning.taper import Phase, Piece, Schedule, Step, Taper
from openldn.plan.weaning.uldn import UltraLow
from openldn.quantities import number_text


def show_schedule(found: Schedule, signed: Taper | None) -> None:
    """Print a schedule, and what has to be dispensed; with `signed` who answers for it."""
    asked, piece = found.asked, found.asked.piece
    lines = [
        f"[bold]{escape(asked.drug.name)}[/] from {piece.text(asked.daily)} a day, "
        f"{number_text(found.pace.rate * 100)} % every {found.pace.interval} days ({asked.basis}): "
        f"{found.pace.why}",
    ]
    if signed:
        lines.append(f"{escape(signed.prescriber)} prescribes; looked at again on {day_text(signed.review)}")
    else:
        lines.append(
            "[yellow]A calculation, not a plan: nobody was screened.[/] A plan needs the patient's FILE."
        )
    lines += [f"[yellow]{escape(warning)}[/]" for warning in found.pace.warnings]
    if found.stops:
        lines.append(f"Without it from {day_text(found.stops)} on")
    terminal.out.print(Panel("\n".join(lines), title="Taper", title_align="left"))
    table = Table(box=None, pad_edge=False)
    for column in ("from", "to", "a day", "less by", "taken as", "rule"):
        table.add_column(column)
    before: Step | None = None
    for step in found.steps:
        table.add_row(*_row(step, before, piece))
        before = step
    terminal.out.print(table)
    if found.stuck is not None:
        at, below = piece.text(found.stuck.at), piece.text(found.stuck.below)
        offer = ""
        if found.offer:
            beginning = piece.text(found.offer.floor)
            offer = f" It would go on with {escape(found.offer.unit.text)} as well (--floor '{beginning}')."
        terminal.out.print(
            f"[bold red]A smaller unit is needed:[/] from {at} the next is {below}, "
            f"{number_text(Fraction(round(found.stuck.drop * 1000), 10))} % less.{offer}"
        )
    supply = ", ".join(f"{n} of {piece.text(unit)}" for unit, n in sorted(found.dispensed.items()))
    terminal.out.print(f"In all: {supply}. Naloxone is offered: tolerance is lost on the way.")
    terminal.out.print(
        "Never stop at once unless life is in danger; a pause repeats the dose and moves the rest."
    )


def show_uldn(beside: UltraLow) -> None:
    """Print what is taken beside the opioid."""
    lines = [escape(beside.says), escape(beside.first_dose)]
    lines.append(f"Until {day_text(beside.ends)}" if beside.ends else "No end yet: as long as the opioid")
    if beside.ldn and beside.ldn.minimum and beside.ldn.prudent:
        lines.append(
            f"LDN not before {day_text(beside.ldn.minimum)}, prudently from "
            f"{day_text(beside.ldn.prudent)} on, after a new screening"
        )
    lines.append(
        "Tolerance is lost: an opioid dose of before may kill. Naltrexone is no protection from that."
    )
    terminal.out.print(Panel("\n".join(lines), title="ULDN beside it", title_align="left"))


def _row(step: Step, before: Step | None, piece: Piece) -> tuple[str, ...]:
    less = drop(step, before) * 100
    doses = "; ".join(
        f"{times} times " + " and ".join(f"{n} × {piece.text(unit)}" for unit, n in dose)
        for dose, times in sorted(Counter(step.day.doses).items(), reverse=True)
    ).replace("1 times ", "once ")
    every = " every other day" if step.every == 2 else ""
    return (
        day_text(step.starts),
        day_text(step.ends),
        f"{piece.text(step.day.total)}{every}",
        f"{number_text(Fraction(round(less * 10), 10))} %" if less else "",
        doses,
        str(step.phase) if step.phase is not Phase.TAPER else "",
    )


def show_taper_review(found: TaperReview) -> None:
    """Print what the diary of a taper asks for, what applies besides, and what lies ahead."""
    asked, rule = found.asked, found.asked.rule
    mark = "[bold red]" if asked.candidate.tells_patient else "[bold]"
    told = "; the patient is told at once" if asked.candidate.tells_patient else ""
    signs = "; a prescriber signs" if asked.move.signed else ""
    terminal.out.print(f"{mark}{str(asked.move).upper()}[/]{told}{signs} [dim]{rule.id}[/]")
    terminal.out.print(escape(with_days(asked.worded())))
    for read in asked.read:
        terminal.out.print(f"    [dim]read: {escape(read.where)}: {escape(with_days(read.what))}[/]")
    terminal.out.print(f"    [dim]{rule.status}: {escape(rule.because)}[/]")
    for text in unverified(rule):
        terminal.out.print(f"    [dim]not seen in a source: {escape(text)}[/]")
    others = [other for other in found.besides if other.rule.id != "weaning/as-planned"]
    for other in others:
        terminal.out.print(
            f"Besides: {other.move}: {escape(with_days(other.worded()))} [dim]{other.rule.id}[/]"
        )
    piece = found.taper.schedule.asked.piece
    table = Table(box=None, pad_edge=False)
    for column in ("from", "to", "a day", "less by", "taken as", "rule"):
        table.add_column(column)
    before: Step | None = None
    for step in found.ahead:
        starts, ends, *rest = _row(step, before, piece)
        table.add_row(starts, "until signed" if found.is_open else ends, *rest)
        before = step
    if found.ahead:
        terminal.out.print(table)
    review = found.taper.review_on(found.as_of)
    terminal.out.print(
        f"Read until {day_text(found.closed)}; looked at again on {day_text(review)}. "
        "Nothing goes up, and nothing stops at once."
    )
    terminal.out.print(f"[dim]{escape(DISCLAIMER)}[/]")
