"""`openldn review` of a taper: what the diary asks for, what somebody decides, and the plan after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import typer

from openldn.answers.tapers import changed_json, review_json
from openldn.answers.values import SCHEMA, to_text
from openldn.cli import terminal
from openldn.cli.diaries import diary_of, note_left_out
from openldn.cli.inputs import write_json
from openldn.cli.show_taper import show_taper_review
from openldn.cli.taper_papers import Papers, write_taper_papers
from openldn.fhir.json_text import BadInput
from openldn.followup.weaning.review import TaperReview, review_taper, signed
from openldn.knowledge.load import load_knowledge
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.changes import Move
from openldn.plan.weaning.saved import taper_of
from openldn.plan.weaning.taper import Taper

TAPER_SCHEMA: Final = f"{SCHEMA}/taper"


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decides, and where the plan after it is written; by nobody: it is only followed."""

    by: str
    move: Move | None
    next_review: date | None
    apply: Path | None


def review_taper_file(
    path: Path,
    fields: dict[str, Any],
    diary_file: Path,
    decision: Decision,
    papers: Papers,
    day: date,
    as_json: bool,
) -> None:
    """Print what the diary of a taper asks for, and write the plan after it.

    Raises:
        BadPlan, BadInput: the plan cannot be followed.
    """
    knowledge = load_knowledge()
    if (decision.by or decision.move or decision.next_review) and decision.apply is None:
        raise BadInput("a decision is kept: name the file of the plan after it with --apply")
    taper = taper_of(fields, knowledge)
    try:
        diary = diary_of(diary_file, knowledge, note_left_out)
        found = review_taper(taper, diary, knowledge, as_of=day)
        after = _after(found, decision) if decision.apply or decision.by else found.taper
        if decision.apply:
            write_json(decision.apply, changed_json(after, fields))
        if papers.wanted:
            then = review_taper(after, diary, knowledge, as_of=day)
            review = after.review_on(date.max)
            write_taper_papers(papers, after, then.ahead, review, knowledge, is_open=then.is_open)
    except (BadInput, CannotPlan) as error:
        terminal.fail(str(error), as_json, str(diary_file))
    if as_json:
        typer.echo(to_text(review_json(found, knowledge, after.id if decision.apply else None)))
    else:
        show_taper_review(found)
        if decision.apply:
            terminal.out.print(f"Kept: {decision.apply}")
    raise typer.Exit(terminal.NOT_ALLOWED if found.asked.candidate.tells_patient else 0)


def _after(found: TaperReview, decision: Decision) -> Taper:
    """The taper as it was followed; with a name also as it was decided."""
    if not decision.by:
        if decision.move or decision.next_review or (decision.apply and found.asked.move.signed):
            raise CannotPlan("name who decides (--by)")
        return found.followed
    asked = found.asked.move
    move = decision.move or (asked if asked.signed or asked is Move.HOLD else Move.AS_PLANNED)
    return signed(found, move, by=decision.by, review=decision.next_review)
