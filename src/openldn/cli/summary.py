"""`openldn summary`: one page for a visit, from a saved plan and the diary."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from openldn.answers.values import SCHEMA, to_text
from openldn.cli import options, terminal
from openldn.cli.diaries import diary_of
from openldn.cli.inputs import json_of, today
from openldn.fhir.json_text import BadInput
from openldn.followup.review import Review, review
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.plan.ladders import CannotPlan
from openldn.plan.saved import BadPlan, plan_of
from openldn.plan.steps import Plan
from openldn.quantities import CannotMeasure
from openldn.record.diary import Diary


def summary_command(
    plan: Annotated[Path, typer.Argument(help="A plan as `plan --json` printed it.")],
    diary: Annotated[Path, typer.Argument(help="The diary: CSV, JSON or a FHIR QuestionnaireResponse.")],
    out: Annotated[Path, typer.Option("--out", help="Write the page here (.pdf or .html).")],
    as_of: options.AsOf = None,
    large: Annotated[bool, typer.Option("--large-type", help="In large type, on more than a page.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """One page for a visit: the course as a picture, what the diary says, what is proposed and why."""
    knowledge, day = load_knowledge(), as_of or today()
    left_out: list[str] = []
    try:
        followed = _saved(plan, knowledge)
        written = diary_of(diary, knowledge, lambda where, reason: left_out.append(f"{where}: {reason}"))
        answer = review(followed, written, knowledge, as_of=day)
        target, note = _write(answer, written, out, large, left_out)
    except BadInput as error:
        terminal.fail(str(error), as_json, str(plan))
    except OverflowError:
        terminal.fail(f"plan {plan}: it would run beyond the year 9999", as_json, str(plan))
    for text in left_out:
        terminal.err.print(f"left out: {text}", markup=False, soft_wrap=True, highlight=False)
    if as_json:
        typer.echo(to_text(_fields(followed, answer, day, target, note)))
        return
    terminal.err.print(f"summary: {target}{f' ({note})' if note else ''}", soft_wrap=True, markup=False)


def _saved(path: Path, knowledge: Knowledge) -> Plan:
    try:
        return plan_of(json_of(path), knowledge)
    except (BadInput, BadPlan, CannotPlan, CannotMeasure) as error:
        raise BadInput(f"plan {path}: {error}") from error


def _write(answer: Review, diary: Diary, out: Path, large: bool, left_out: list[str]) -> tuple[Path, str]:
    # Imported here: half a second that a refusal need not wait for.
    from openldn.leaflets.pdf import write_page  # noqa: PLC0415
    from openldn.leaflets.summary import summary_html  # noqa: PLC0415

    try:
        html = summary_html(answer, diary, load_knowledge(), large=large, left_out=left_out)
        out.parent.mkdir(parents=True, exist_ok=True)
        return write_page(html, out)
    except OSError as error:
        raise BadInput(f"cannot write {error.filename}: {error.strerror}") from error


def _fields(plan: Plan, answer: Review, day: date, target: Path, note: str) -> dict[str, Any]:
    """What was written, and the proposal in short; `openldn followup` tells all of it."""
    return {
        "schema": f"{SCHEMA}/summary",
        "plan": plan.id,
        "as_of": day.isoformat(),
        "file": str(target),
        "note": note,
        "move": str(answer.proposal.move),
        "rule": answer.proposal.rule.id,
    }
