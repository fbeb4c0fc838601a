"""`openldn review`: what a diary asks for, and the plan after it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from openldn.answers.plan import changed_json
from openldn.answers.review import review_json
from openldn.answers.values import DISCLAIMER, to_text
from openldn.cli import options, terminal
from openldn.cli.diaries import diary_of, note_left_out
from openldn.cli.inputs import day_option, json_of, today, write_json
from openldn.cli.review_taper import TAPER_SCHEMA, Decision, review_taper_file
from openldn.cli.taper_papers import CalendarFile, LeafletFile, Papers
from openldn.fhir.json_text import BadInput
from openldn.followup.adjustment import NotSigned, adjusted
from openldn.followup.review import Proposal, Review, review
from openldn.followup.tolerability import Phase
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.schema import unverified
from openldn.leaflets.wording import bite_text, day_text, how_to_measure, times_text, with_days
from openldn.plan import changes
from openldn.plan.ladders import CannotPlan
from openldn.plan.saved import BadPlan, plan_of
from openldn.plan.steps import Plan
from openldn.plan.weaning.changes import Move
from openldn.quantities import CannotMeasure


def review_command(
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN.json", help="As `plan --json` or `wean FILE --json` printed it.")
    ],
    diary_file: Annotated[
        Path, typer.Argument(metavar="DIARY", help="CSV, JSON or FHIR; docs/how-to/diary.md.")
    ],
    as_of: options.AsOf = None,
    signed_by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="The prescriber who signs the proposal.")
    ] = "",
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="OUT.json", help="Write the plan after the proposal.")
    ] = None,
    decide: Annotated[
        Move | None, typer.Option(help="Of a taper: what --by decides, where it is not what is asked for.")
    ] = None,
    next_review: Annotated[
        date | None,
        typer.Option(parser=day_option, metavar="DATE", help="Of a taper: a review was held; the next one."),
    ] = None,
    leaflet: LeafletFile = None,
    calendar: CalendarFile = None,
    as_json: options.AsJson = False,
) -> None:
    """What does the diary ask for? One proposal, its rule, what it read, and which rules lost.

    Exit status 3 when the next dose is not to be taken, or the patient of a taper calls first.
    """
    knowledge, day = load_knowledge(), as_of or today()
    try:
        fields = json_of(plan_file)
        if fields.get("schema") == TAPER_SCHEMA:
            decision = Decision(signed_by, decide, next_review, apply)
            papers = Papers(leaflet, calendar, large=False)
            return review_taper_file(plan_file, fields, diary_file, decision, papers, day, as_json)
        if decide or next_review or leaflet or calendar:
            raise BadInput("--decide, --next-review, --leaflet and --calendar are for a taper")
        plan = plan_of(fields, knowledge)
    except (BadInput, BadPlan) as error:
        terminal.fail(f"{plan_file}: {error}", as_json, str(plan_file))
    try:
        diary = diary_of(diary_file, knowledge, note_left_out)
        answer = review(plan, diary, knowledge, as_of=day)
        changed = adjusted(answer, knowledge, by=signed_by) if apply else None
        if apply and changed:
            write_json(apply, changed_json(changed, fields, knowledge))
    except NotSigned as error:
        terminal.fail(f"{error}: add --by NAME", as_json, str(plan_file))
    except (BadInput, CannotPlan, CannotMeasure) as error:
        terminal.fail(str(error), as_json, str(diary_file))
    except OverflowError:
        terminal.fail(f"{plan_file}: it would run beyond the year 9999", as_json, str(plan_file))
    if as_json:
        typer.echo(to_text(review_json(answer, knowledge, changed.id if changed else None)))
    else:
        show_review(terminal.out, answer, knowledge)
        if changed:
            _show_changed(terminal.out, changed, plan, apply)
    raise typer.Exit(terminal.NOT_ALLOWED if answer.proposal.candidate.tells_patient else 0)


def show_review(console: Console, answer: Review, knowledge: Knowledge) -> None:
    """Print a review: the proposal first, then what stands behind it."""
    proposal = answer.proposal
    mark = "[bold red]" if proposal.candidate.tells_patient else "[bold]"
    told = "; the patient is told at once" if proposal.candidate.tells_patient else ""
    signed = "; a prescriber signs" if proposal.needs_signature else ""
    console.print(
        f"{mark}{str(proposal.move).upper()}[/] from {day_text(proposal.starts)}{told}{signed} "
        f"[dim]{proposal.rule.id}[/]"
    )
    console.print(escape(with_days(proposal.worded())))
    if answer.dose is not None:
        console.print(f"Up to now: {answer.dose.text('mg')} at once; read until {day_text(answer.closed)}.")
    for bite in proposal.bites:
        console.print(f"[yellow]limited[/] {escape(bite_text(bite))}: {escape(bite.limiter.said)}")
    for read in proposal.read:
        console.print(f"    [dim]read: {escape(read.where)}: {escape(read.what)}[/]")
    for claim in proposal.rule.claims:
        found = knowledge.claims[claim]
        console.print(f"    [dim]{claim} ({found.status}): {escape(found.says)}[/]")
    console.print(f"    [dim]{proposal.rule.status}: {escape(proposal.rule.because)}[/]")
    for text in unverified(proposal.rule):
        console.print(f"    [dim]not seen in a source: {escape(text)}[/]")
    lost = [p for p in answer.lost if p.move is not changes.Move.GO_ON]
    if lost:
        table = Table(title="What applied besides, and lost", title_justify="left")
        for heading in ("level", "proposal", "rule", "says"):
            table.add_column(heading)
        for other in lost:
            table.add_row(*_lost(other))
        console.print(table)
    if answer.standing.phase is not Phase.OVER:
        console.print(f"Response: {answer.assessment.response.value}. {escape(answer.grounds.response)}")
    if answer.grounds.tests:
        console.print(f"Overdue: {escape(with_days(answer.grounds.tests))}")
    console.print(f"[dim]{DISCLAIMER}[/]")


def _lost(proposal: Proposal) -> tuple[str, str, str, str]:
    level = proposal.candidate.level.name.lower().replace("_", " ")
    return level, str(proposal.move), proposal.rule.id, escape(with_days(proposal.worded()))


def _show_changed(console: Console, plan: Plan, before: Plan, path: Path | None) -> None:
    if plan is before:
        console.print(f"Plan {plan.id} already says so; {path} holds it as it was.")
        return
    console.print(f"[bold]Plan {plan.id}[/] replaces {plan.replaces}: {path}")
    if not plan.steps:
        console.print(f"    nothing is taken from {day_text(plan.starts)} on")
    for step in plan.steps:
        console.print(
            f"    {day_text(step.starts)} to {day_text(step.ends)}: {step.dose.text('mg')}, "
            f"{how_to_measure(step.measured)}, {times_text(plan.times)}"
        )
