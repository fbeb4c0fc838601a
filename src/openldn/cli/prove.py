"""`openldn prove`: visit every state that a diary can lead to, and look for what may never be."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from openldn import __version__
from openldn.answers.values import SCHEMA, to_text
from openldn.cli import options, terminal
from openldn.followup.proposals import TABLE
from openldn.knowledge.load import load_knowledge
from openldn.plan.changes import Move
from openldn.proofs import weaning
from openldn.proofs.explore import DAYS, Broken, Exploration, Explorer
from openldn.proofs.invariants import ALL
from openldn.proofs.plans import Course, courses, wrong_doses
from openldn.proofs.symbols import alphabet

BROKEN: Final = 1
_TODAY: Final = date.max
"""The limits of rules as they are last known."""


@dataclass(frozen=True, slots=True)
class Proved:
    """One course, explored."""

    course: str
    ladders: int
    combinations: int
    symbols: int
    seconds: float
    found: Exploration
    doses: tuple[str, ...]
    """Doses that are too high or cannot be measured."""


def prove_command(
    days: Annotated[int, typer.Option(min=1, max=DAYS, help="How many days are followed.")] = DAYS,
    only: Annotated[str, typer.Option(help="Only courses whose name holds this text.")] = "",
    workers: Annotated[
        int, typer.Option(min=1, help="Processes. [one for each processor]")
    ] = multiprocessing.cpu_count(),
    page: Annotated[Path | None, typer.Option(help="Write the figures as a page (Markdown).")] = None,
    as_json: options.AsJson = False,
) -> None:
    """Do the limits of follow-up hold over every history of a diary? Exit status 1 when one does not."""
    knowledge = load_knowledge()
    every = [c.name for c in courses(knowledge)], [*weaning.settings_of(knowledge, as_of=_TODAY)]
    names, tapers = ([name for name in some if only in name] for some in every)
    if not names and not tapers:
        known = "; ".join((*every[0], *every[1]))
        terminal.fail(f"--only {only!r}: no such course; there are: {known}", as_json, "prove")
    proved, steered = explored(names, tapers, days, workers)
    if page:
        page.write_text(proof_page(proved, steered, days), encoding="utf-8")
    if as_json:
        typer.echo(to_text(proof_json(proved, steered, days)))
    else:
        if proved:
            show_proof(terminal.out, proved, days)
        if steered:
            show_steering(terminal.out, steered)
    wrong = any(p.found.broken or p.doses for p in proved) or any(s.broken for s in steered.values())
    raise typer.Exit(BROKEN if wrong else 0)


def explored(
    names: list[str], tapers: list[str], days: int, workers: int
) -> tuple[list[Proved], dict[str, weaning.Found]]:
    """Explore courses and tapers, several at once, with a bar on a terminal."""
    from rich.progress import Progress  # noqa: PLC0415 - only while something long runs

    context, count = multiprocessing.get_context("spawn"), len(names) + len(tapers)
    with (
        Progress(console=terminal.err, disable=not terminal.err.is_terminal) as bar,
        ProcessPoolExecutor(min(workers, count), mp_context=context) as pool,
    ):
        steering = {name: pool.submit(explore_taper, name) for name in tapers}
        proving = [pool.submit(explore_course, name, days) for name in names]
        task = bar.add_task("courses explored", total=count)
        running: list[Future[Any]] = [*steering.values(), *proving]
        for _ in as_completed(running):
            bar.advance(task)
        proved = sorted((p.result() for p in proving), key=lambda p: p.course)
        return proved, {name: done.result() for name, done in steering.items()}


def explore_taper(name: str) -> weaning.Found:
    """Explore the steering of a taper: every history, however long."""
    return weaning.explore(weaning.settings_of(load_knowledge(), as_of=_TODAY)[name])


def explore_course(name: str, days: int) -> Proved:
    """Explore one course, and check every dose of its ladders."""
    knowledge = load_knowledge()
    course: Course = next(c for c in courses(knowledge) if c.name == name)
    letters, began = alphabet(knowledge, course.grades), time.perf_counter()
    found = Explorer(course.setting, letters.symbols).explore(days)
    doses = tuple(
        f"{plan.profile.name}, {plan.article.name}: {wrong}"
        for plan in course.plans
        for wrong in wrong_doses(plan, knowledge)
    )
    seconds = time.perf_counter() - began
    return Proved(name, len(course.plans), letters.combinations, len(letters.symbols), seconds, found, doses)


def show_proof(console: Console, proved: list[Proved], days: int) -> None:
    """Print what was visited, and every invariant that is broken with its shortest history."""
    table = Table(title=f"Every history of {days} days", title_justify="left")
    for heading in (
        "course",
        "ladders x products",
        "kinds of days",
        "states",
        "transitions",
        "last new",
        "s",
    ):
        table.add_column(heading, justify="left" if heading == "course" else "right")
    for p in proved:
        table.add_row(
            p.course,
            f"{p.ladders:,}",
            f"{p.symbols:,} of {p.combinations:,}",
            f"{p.found.states:,}",
            f"{p.found.transitions:,}",
            f"day {p.found.days}",
            f"{p.seconds:.0f}",
        )
    console.print(table)
    states, transitions = sum(p.found.states for p in proved), sum(p.found.transitions for p in proved)
    broken = [(p, b) for p in proved for b in p.found.broken]
    wrong = [(p, d) for p in proved for d in p.doses]
    console.print(
        f"{states:,} states, {transitions:,} transitions, {len(ALL)} invariants: {len(broken)} broken; "
        f"{len(wrong)} doses wrong"
    )
    console.print(f"rules that no history led to: {', '.join(never_proposed(proved)) or 'none'}")
    for p, found in broken:
        console.print(f"[bold red]BROKEN[/] {found.invariant.name} ({p.course}): {found.invariant.says}")
        for line in history_lines(found):
            console.print(f"    {line}")
    for p, dose in wrong:
        console.print(f"[bold red]DOSE[/] {p.course}: {dose}")


def show_steering(console: Console, steered: dict[str, weaning.Found]) -> None:
    """Print what was visited of tapers, and every invariant that is broken with its shortest history."""
    table = Table(title="Every history of a taper, however long", title_justify="left")
    for heading in ("taper", "states", "transitions", "last new"):
        table.add_column(heading, justify="left" if heading == "taper" else "right")
    for name, found in steered.items():
        table.add_row(name, f"{found.states:,}", f"{found.transitions:,}", f"day {found.days}")
    console.print(table)
    broken = [(name, *pair) for name, found in steered.items() for pair in found.broken.items()]
    never = ", ".join(weaning.never_asked(steered.values())) or "none"
    console.print(
        f"{len(weaning.ALL)} invariants: {len(broken)} broken; rules that no history led to: {never}"
    )
    for name, invariant, history in broken:
        console.print(f"[bold red]BROKEN[/] {invariant} ({name})")
        for n, line in enumerate(history, 1):
            console.print(f"    day {n}: {line}")


def proof_page(proved: list[Proved], steered: dict[str, weaning.Found], days: int) -> str:
    """The figures as a page of the docs."""
    states, transitions = sum(p.found.states for p in proved), sum(p.found.transitions for p in proved)
    names = [b.invariant.name for p in proved for b in p.found.broken]
    broken = len(names)
    lines = [
        "# Proof of follow-up",
        "",
        f"Written by `make prove`: every history of {days} days, as "
        "[explained](../explanation/what-is-proved.md). "
        f"{sum(p.ladders for p in proved)} ladders in products follow {len(proved)} courses. {states:,} "
        f"states, {transitions:,} transitions, {len(ALL)} invariants, **{broken} broken**; every dose "
        f"measurable and below its limits: {sum(len(p.doses) for p in proved)} wrong. "
        f"Rules that no history led to: {', '.join(never_proposed(proved)) or 'none'}.",
        "",
        "| course | ladders | answers combined | kinds of days | states | transitions | last new state |",
        "|---|---:|---:|---:|---:|---:|---|",
        *(
            f"| {p.course} | {p.ladders} | {p.combinations:,} | {p.symbols} | {p.found.states:,} "
            f"| {p.found.transitions:,} | day {p.found.days} |"
            for p in proved
        ),
        "",
        "| invariant | says | broken |",
        "|---|---|---:|",
        *(f"| {i.name} | {i.says} | {names.count(i.name)} |" for i in ALL),
        "",
        *_steering_page(steered),
    ]
    return "\n".join([*lines, ""])


def _steering_page(steered: dict[str, weaning.Found]) -> Iterator[str]:
    broken = [name for found in steered.values() for name in found.broken]
    never = ", ".join(weaning.never_asked(steered.values())) or "none"
    yield "## Steering of an opioid taper"
    yield ""
    yield (
        "Every history of a diary and every signature, until no new state is found. "
        f"{len(weaning.ALL)} invariants, **{len(broken)} broken**. Rules that no history led to: {never}."
    )
    yield ""
    yield "| taper | states | transitions | last new state |"
    yield "|---|---:|---:|---|"
    for name, found in steered.items():
        yield f"| {name} | {found.states:,} | {found.transitions:,} | day {found.days} |"
    yield ""
    yield "| invariant | says | broken |"
    yield "|---|---|---:|"
    for name, says in weaning.ALL:
        yield f"| {name} | {says} | {broken.count(name)} |"


def never_proposed(proved: list[Proved]) -> list[str]:
    """Rules of the table that no state of any course led to: nothing was shown about them."""
    reached = {pair for p in proved for pair in p.found.proposed}
    return sorted(f"{c.rule} ({c.move})" for c in TABLE if (c.rule, c.move) not in reached)


def history_lines(found: Broken) -> Iterator[str]:
    """The shortest history that breaks an invariant, as a diary."""
    for n, (move, symbol) in enumerate(found.history, 1):
        yield f"day {n}: {_signed(move)}{symbol.words}"
    look = found.assessment
    said = [look.response.value, look.gap.value, look.operation.value, *sorted(b.value for b in look.blocks)]
    yield f"then, with {'; '.join(said)}: {found.candidate.move} by {found.candidate.rule}"


def _signed(move: Move | None) -> str:
    return f"signed in the morning: {move}; " if move else ""


def proof_json(proved: list[Proved], steered: dict[str, weaning.Found], days: int) -> dict[str, Any]:
    """What was visited and what was found."""
    return {
        "schema": f"{SCHEMA}/proof",
        "version": __version__,
        "days": days,
        "never_proposed": never_proposed(proved),
        "invariants": [{"name": i.name, "says": i.says} for i in ALL],
        "courses": [
            {
                "course": p.course,
                "ladders": p.ladders,
                "combinations": p.combinations,
                "symbols": p.symbols,
                "states": p.found.states,
                "standings": p.found.standings,
                "transitions": p.found.transitions,
                "answers": p.found.answers,
                "last_new_state_on_day": p.found.days,
                "seconds": round(p.seconds, 1),
                "broken": [
                    {"invariant": b.invariant.name, "history": list(history_lines(b))} for b in p.found.broken
                ],
                "doses": list(p.doses),
            }
            for p in proved
        ],
        "tapers": [
            {
                "taper": name,
                "states": found.states,
                "transitions": found.transitions,
                "last_new_state_on_day": found.days,
                "broken": [{"invariant": i, "history": list(h)} for i, h in found.broken.items()],
            }
            for name, found in steered.items()
        ],
    }
