"""`openldn scale`: what a scale asks, and what the answers to it say.

Exit status 3 where an unanswered item leaves no total.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from openldn import __version__
from openldn.answers.values import DISCLAIMER, SCHEMA, to_text
from openldn.cli import options, terminal
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.scale_schema import Answer, Band, Item, Scale
from openldn.quantities import number_text
from openldn.record.scales import NotAnAnswer, Score, score


def scale_command(
    scale_id: Annotated[str, typer.Argument(metavar="ID", help="phq-9, cows, nrs-pain, ...")],
    answers: Annotated[
        str | None,
        typer.Option(metavar="'ITEM=VALUE, ...'", help="The answers; without them the items are listed."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """What a scale asks, or with --answers its total, band and what has to be seen to."""
    scales = load_knowledge().scales
    scale = scales.get(scale_id)
    if scale is None:
        terminal.fail(f"{scale_id!r} is no scale: there are {', '.join(sorted(scales))}", as_json, scale_id)
    if answers is None:
        return _print_items(scale, as_json)
    try:
        found = score(scale, read_answers(answers))
    except NotAnAnswer as error:
        terminal.fail(f"--answers: {error}", as_json, scale_id)
    _print_score(scale, found, as_json)
    if found.total is None:
        raise typer.Exit(terminal.NOT_ALLOWED)
    return None


def read_answers(text: str) -> dict[str, int]:
    """Read 'pulse=2, sweating=1'.

    Raises:
        NotAnAnswer: not of this form, not a whole number, or an item named twice.
    """
    found: dict[str, int] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        item, _, value = (piece.strip() for piece in part.partition("="))
        if not item or not re.fullmatch(r"-?[0-9]{1,9}", value):
            raise NotAnAnswer(f"{part!r} is not an item and a whole number: write it like pulse=2")
        if item in found:
            raise NotAnAnswer(f"{item} is answered twice")
        found[item] = int(value)
    return found


# --- what it asks ------------------------------------------------------------------------------------


def _print_items(scale: Scale, as_json: bool) -> None:
    if as_json:
        return typer.echo(to_text(items_json(scale)))
    by = " or ".join(scale.answered_by)
    window = f"; {scale.window}" if scale.window else ""
    terminal.out.print(
        f"[bold]{escape(scale.name)}[/]: by the {by}{escape(window)}; {scale.better} is better"
    )
    if scale.question:
        terminal.out.print(escape(scale.question.wording))
    table = Table(title_justify="left", show_lines=False)
    for heading in ("item", "what", "allowed"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "item")
    for item in scale.items:
        allowed = "; ".join(answer_text(a) for a in item.answers)
        table.add_row(escape(item.id), escape(item.shown), escape(allowed))
    terminal.out.print(table)
    terminal.out.print(escape(f"Total {scale.lowest} to {scale.highest}. {licence_text(scale)}"))
    if scale.note:
        terminal.out.print(escape(f"{scale.note}."))
    return None


def answer_text(answer: Answer) -> str:
    """An allowed value, with its meaning where it has one."""
    return f"{answer.value}: {answer.meaning}" if answer.meaning else str(answer.value)


def licence_text(scale: Scale) -> str:
    """What the licence says, whether that was seen, and what is shown here because of it."""
    mark = "" if scale.licence.source.verified else " (unverified)"
    own = "" if scale.words_shipped else " What stands here is in our words: ask from the scale's own form."
    return f"Licence{mark}: {scale.licence.text}{own}"


def items_json(scale: Scale) -> dict[str, Any]:
    """A scale: its items, the values they allow, and how it is read."""
    return {
        "schema": f"{SCHEMA}/scale/items",
        "version": __version__,
        "scale": scale.id,
        "scale_version": scale.version,
        "name": scale.name,
        "answered_by": list(scale.answered_by),
        "window": scale.window,
        "better": scale.better,
        "question": scale.question and scale.question.wording,
        "items": [_item_json(i) for i in scale.items],
        "range": [scale.lowest, scale.highest],
        "bands": [_band_json(b) for b in scale.bands],
        "licence": {
            "text": scale.licence.text,
            "ships": scale.licence.ships,
            "verified": scale.licence.source.verified,
        },
        "loinc": scale.loinc and scale.loinc.total,
        "note": scale.note,
        "disclaimer": DISCLAIMER,
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "wording": item.wording,
        "about": item.about,
        "answers": [{"value": a.value, "meaning": a.meaning} for a in item.answers],
        "safety": item.safety,
        "loinc": item.loinc,
        "verified": item.source.verified,
    }


def _band_json(band: Band) -> dict[str, Any]:
    return {
        "name": band.name,
        "at_least": str(band.at_least),
        "below": None if band.below is None else str(band.below),
        "verified": band.source.verified,
    }


# --- what the answers say ----------------------------------------------------------------------------


def _print_score(scale: Scale, found: Score, as_json: bool) -> None:
    if as_json:
        return typer.echo(to_text(score_json(scale, found)))
    band = None if found.total is None else scale.band(found.total)
    if found.total is None:
        terminal.out.print(
            f"[bold]{escape(scale.name)}[/]: no total, not answered are {_listed(found.missing)}"
        )
    else:
        mark = "" if band is None or band.source.verified else " (band unverified)"
        named = f", {band.name}{mark}" if band else ""
        total = f"{number_text(found.total)} of {scale.lowest} to {scale.highest}"
        terminal.out.print(f"[bold]{escape(scale.name)}[/]: {escape(total + named)}")
    if found.ask_again:
        terminal.out.print(f"Ask again now: {_listed(found.ask_again)}")
    if found.alerts:
        terminal.out.print(
            f"[bold]Someone has to look at this, whatever the total:[/] {_listed(found.alerts)}"
        )
    terminal.out.print(escape(DISCLAIMER))
    return None


def _listed(items: tuple[str, ...]) -> str:
    return escape(", ".join(items))


def score_json(scale: Scale, found: Score) -> dict[str, Any]:
    """A score; the total as a whole number in text, null where an item that is needed is missing."""
    band = None if found.total is None else scale.band(found.total)
    return {
        "schema": f"{SCHEMA}/scale/score",
        "version": __version__,
        "scale": found.scale,
        "scale_version": found.version,
        "total": None if found.total is None else number_text(found.total),
        "range": [scale.lowest, scale.highest],
        "band": band and _band_json(band),
        "missing": list(found.missing),
        "ask_again": list(found.ask_again),
        "alerts": list(found.alerts),
        "disclaimer": DISCLAIMER,
    }
