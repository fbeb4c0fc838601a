"""Answers as a person reads them in a terminal: the verdict first, then why, then what to ask."""

from __future__ import annotations

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from openldn.answers.screening import STRICTEST, screening_json
from openldn.answers.values import DISCLAIMER, to_text
from openldn.cli import terminal
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Status, unverified
from openldn.leaflets.wording import day_text
from openldn.record.patient import Record
from openldn.screening.indication import evidence_text
from openldn.screening.screen import Screening
from openldn.screening.verdict import Reason, Verdict

_COLOURS = {"suitable": "green", "caution": "yellow", "cannot tell": "magenta", "contraindicated": "red"}
_DOUBTFUL = (Status.DISPUTED, Status.OUTDATED, Status.NO_EVIDENCE, Status.CONSENSUS, Status.PARTLY)


def print_screening(
    source: str,
    record: Record,
    screening: Screening,
    verdict: Verdict,
    knowledge: Knowledge,
    as_json: bool,
    several: bool,
) -> None:
    """Print one screening as text or JSON."""
    if as_json:
        found = screening_json(source, record, screening, verdict, knowledge)
        typer.echo(to_text(found, one_line=several))
    else:
        show_screening(terminal.out, source, record, screening, verdict, knowledge)


def show_screening(
    console: Console,
    source: str,
    record: Record,
    screening: Screening,
    verdict: Verdict,
    knowledge: Knowledge,
) -> None:
    """Print one screening."""
    colour = _COLOURS[verdict.word]
    head = Text.assemble(
        (verdict.word.upper(), f"bold {colour}"),
        f" for {verdict.therapy.upper()} on {day_text(verdict.as_of)}",
        f" ({verdict.where or STRICTEST})",
    )
    lines: list[Text | str] = [head, _on_record(screening)]
    if verdict.clears_on:
        lines.append(f"Earliest start, open questions apart: [bold]{day_text(verdict.clears_on)}[/]")
    console.print(Panel(Group(*lines), title=escape(source), border_style=colour, title_align="left"))
    for reason in verdict.reasons:
        _show_reason(console, reason, verdict, knowledge)
    if verdict.missing:
        console.print("[bold]To ask[/]")
        for question in dict.fromkeys(r.asked() for r in verdict.missing):
            console.print(f"  ? {escape(question)}")
    if verdict.notes:
        console.print("[bold]For the report, nothing to do[/]")
        for note in verdict.notes:
            console.print(f"  · {escape(note.worded())} [dim]rule {note.rule.id}{_marks(note, knowledge)}[/]")
    for condition in screening.conditions:
        wrong = f", printed as {condition.printed!r}" if condition.printed else ""
        guide = f"guide {', '.join(condition.claims)}{wrong}" if condition.claims else "not in the guide"
        console.print(
            f"[dim]On record: {escape(condition.name)} ({escape(guide)}); best evidence of LDN: "
            f"{escape(evidence_text(condition))}[/]"
        )
    _show_not_read(console, record)
    console.print(f"[dim]{DISCLAIMER}[/]")


def _on_record(screening: Screening) -> str:
    found = [e for e in screening.exposures if e.named.drug.blocks_ldn]
    uses = ", ".join(dict.fromkeys(f"{e.named.drug.name} ({e.use})" for e in found))
    return f"Opioid on record: [bold]{screening.on_record}[/]{f' - {escape(uses)}' if uses else ''}"


def _show_reason(console: Console, reason: Reason, verdict: Verdict, knowledge: Knowledge) -> None:
    colour = _COLOURS.get(str(reason.weighs), "white")
    console.print(f"[bold {colour}]{reason.severity}[/] {escape(reason.worded())}")
    if reason.set_aside:
        aside = reason.set_aside
        console.print(f"    set aside by {escape(aside.by)} until {aside.until}: {escape(aside.reason)}")
    elif reason.rule.overridable_in(verdict.where):
        console.print(f"    [dim]may be set aside (--override) by: {escape(reason.rule.overridable_by)}[/]")
    for read in reason.read[:4]:
        console.print(f"    [dim]read[/] {escape(read.where)}: {escape(read.what)}")
    if len(reason.read) > 4:
        console.print(f"    [dim]and {len(reason.read) - 4} more (--json shows all)[/]")
    console.print(
        f"    [dim]rule {reason.rule.id}{_marks(reason, knowledge)}; {escape(reason.rule.because)}[/]"
    )


def _marks(reason: Reason, knowledge: Knowledge) -> str:
    """Standing of the rule, its claims and sources, and what of it nobody saw in a source."""
    rule = reason.rule
    claims = ", ".join(f"{c} ({knowledge.claims[c].status})" for c in rule.claims)
    sources = ", ".join(
        f"{key} [{marks}]" if (marks := knowledge.references[key].marks) else key for key in rule.references
    )
    told = [
        str(rule.status) if rule.status in _DOUBTFUL else "",
        f"guide {claims or 'silent'}",
        f"sources {sources}" if sources else "",
        f"not seen in a source: {', '.join(unverified(rule))}" if unverified(rule) else "",
    ]
    return "".join(f"; {escape(part)}" for part in told if part)


def _show_not_read(console: Console, record: Record) -> None:
    for skipped in record.skipped[:10]:
        console.print(f"[dim]not read: {escape(skipped.where)}: {escape(skipped.reason)}[/]")
    if len(record.skipped) > 10:
        console.print(f"[dim]and {len(record.skipped) - 10} more (--json shows all)[/]")
    if record.not_read:
        counts = ", ".join(f"{n} {kind}" for kind, n in record.not_read.items())
        console.print(f"[dim]no rule reads: {counts}[/]")
