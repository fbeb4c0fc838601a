"""`openldn evidence add`, `without` and `looked`: what one study changes, and that someone looked at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from openldn.answers.values import SCHEMA, to_text
from openldn.cli import terminal
from openldn.cli.options import AsJson
from openldn.knowledge.figures import NoFigure
from openldn.knowledge.links import broken_links
from openldn.knowledge.load import BadKnowledge, Knowledge, load_knowledge, read_study

if TYPE_CHECKING:
    from openldn.answers.evidence_change import Told
    from openldn.evidence.living import Rests
    from openldn.evidence.syntheses import Answer
    from openldn.knowledge.study_schema import Study

# Imported where they are used: the statistics take half a second to load, and other commands need none of it.
# ruff: noqa: PLC0415


def write(path: Path, content: bytes, as_json: bool = False) -> None:
    """Write a file, whole or not at all, and say where."""
    from openldn.leaflets.pdf import replace_file

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        terminal.fail(f"cannot write {error.filename}: {error.strerror}", as_json, str(path))
    terminal.err.print(f"written: {path}", markup=False, highlight=False)


def add_command(
    file: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="Its name is a key of references.yaml.")],
    write_it: Annotated[bool, typer.Option("--write", help="Put it among the studies.")] = False,
    as_json: AsJson = False,
) -> None:
    """One study more, or one corrected: what comes to something else, what rests on it, what looks wrong."""
    from openldn.answers.evidence_change import told_otherwise, with_study
    from openldn.evidence.agreement import doubts
    from openldn.evidence.living import changed, not_looked_at, rests_on
    from openldn.evidence.syntheses import NoEffect
    from openldn.knowledge.load import HERE

    knowledge = load_knowledge()
    try:
        study = read_study(file)
        if study.id not in knowledge.references:
            near = "add it to references.yaml first, with how it stands"
            terminal.fail(f"{study.id}: no such source; {near}", as_json, str(file))
        after = with_study(knowledge, study)
        if broken := sorted(set(broken_links(after)) - set(broken_links(knowledge))):
            terminal.fail("; ".join(broken), as_json, str(file))
        moved = changed(knowledge, after)
    except (BadKnowledge, NoEffect, NoFigure) as error:
        terminal.fail(str(error), as_json, str(file))
    except OSError as error:
        terminal.fail(f"cannot read {file}: {error.strerror}", as_json, str(file))
    if write_it:
        write(HERE / "studies" / f"{study.id}.yaml", file.read_bytes())
    change = _Change(
        study,
        moved,
        told_otherwise(knowledge, after),
        rests_on(study, after, knowledge.studies.get(study.id)),
        tuple(doubts(study)),
    )
    _show(change, after, as_json)
    if not as_json:
        for erratum in study.errata:
            if erratum.considered is None:
                _say(f"Erratum {erratum.reference} is considered by nobody yet: {erratum.says}")
        places = " ".join(not_looked_at(after))
        _say(f"Then: openldn evidence looked {places} --by NAME" if places else "Nothing has changed.")


def without_command(
    name: Annotated[str, typer.Argument(metavar="STUDY", help="A key of the studies: innova-2026.")],
    as_json: AsJson = False,
) -> None:
    """What everything comes to without one study (before) and with it (after), and what rests on it."""
    from openldn.answers.evidence_change import told_otherwise, without_study
    from openldn.evidence.living import changed, rests_on

    knowledge = load_knowledge()
    study = knowledge.studies.get(name)
    if study is None:
        terminal.fail(f"no study {name}; `openldn evidence export` lists them all", as_json, "evidence")
    before = without_study(knowledge, name)
    told = told_otherwise(before, knowledge)
    change = _Change(study, changed(before, knowledge), told, rests_on(study, knowledge), ())
    _show(change, knowledge, as_json)


@dataclass(frozen=True, slots=True)
class _Change:
    """The questions that come to something else by a study, the sentences that read otherwise, what rests on
    it, and what looks wrong in it."""

    study: Study
    moved: dict[str, tuple[Answer | None, Answer]]
    told: list[Told]
    rests: Rests
    doubts: tuple[str, ...]


def _show(change: _Change, after: Knowledge, as_json: bool) -> None:
    from openldn.answers.evidence import answer_json, rests_json
    from openldn.answers.evidence_change import told_json
    from openldn.evidence.living import not_looked_at

    rests = rests_json(change.rests)
    if as_json:
        fields: dict[str, Any] = {
            "study": change.study.id,
            "rests": rests,
            "changed": [
                {"before": old and answer_json(old), "after": answer_json(new)}
                for old, new in change.moved.values()
            ],
            "told": told_json(change.told),
            "doubts": list(change.doubts),
            "errata": [
                {"ref": e.reference, "says": e.says, "considered_by": e.considered and e.considered.by}
                for e in change.study.errata
            ],
            "to_look_at": not_looked_at(after),
        }
        return typer.echo(to_text({"schema": f"{SCHEMA}/evidence/change", **fields}))
    for line in change.doubts:
        _say(f"Look again: {line}")
    for old, new in change.moved.values():
        terminal.out.print(f"[bold]{escape(new.synthesis.question)}[/]")
        _say(f"  before: {_comes_to(old)}")
        _say(f"  after:  {_comes_to(new)}")
    if not change.moved:
        _say("No pooled question comes to something else.")
    if change.told:
        _say("What people read otherwise:")
    for told in change.told:
        _say(f"  {told.where}")
        _say(f"    before: {told.before or 'not there'}")
        _say(f"    after:  {told.after or 'not there'}")
    _say("What rests on it:")
    for word, ids in rests.items():
        if ids:
            _say(f"  {word}: {', '.join(_with_standing(i, after) for i in ids)}")
    return None


def _say(text: str) -> None:
    terminal.out.print(text, markup=False, highlight=False, soft_wrap=True)


def _with_standing(name: str, knowledge: Knowledge) -> str:
    claim = knowledge.claims.get(name)
    return f"{name} ({claim.status})" if claim else name


def _comes_to(found: Answer | None) -> str:
    from openldn.answers.evidence import effect_says, pooled_says

    if found is None or not found.rows:
        return "no trial"
    if found.pooled:
        return f"{found.pooled.k} trials, {pooled_says(found.pooled, found.synthesis.measure)}"
    return f"{found.rows[0].study.id}, {effect_says(found.rows[0].effect)}"


def looked_command(
    places: Annotated[
        list[str],
        typer.Argument(metavar="PLACE...", help="Keys of studies, or files: syntheses/fibromyalgia-pain."),
    ],
    by: Annotated[str, typer.Option(help="Who looked at all that rests on them.")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="When; without it: today.")] = None,
) -> None:
    """Put down that someone looked at all that rests on a study or a pooled question, as it stands now."""
    from openldn.cli.inputs import today
    from openldn.evidence.living import fingerprint, looked_at, looked_text
    from openldn.knowledge.load import HERE
    from openldn.knowledge.study_schema import Looked

    knowledge = load_knowledge()
    known = looked_at(knowledge)
    there = {*known, *knowledge.looked}
    named = {p: next((x for x in (p, f"studies/{p}", f"syntheses/{p}") if x in there), None) for p in places}
    if unknown := [p for p, place in named.items() if place is None]:
        terminal.fail(
            f"no study {', '.join(unknown)}; `openldn evidence export` lists them all", False, "evidence"
        )
    if not by.strip():
        terminal.fail("--by: name the person who looked", False, "evidence")
    try:
        day = date.fromisoformat(on) if on else today()
    except ValueError:
        terminal.fail(f"--on {on}: a date like 2026-11-30", False, "evidence")
    if day > today():
        terminal.fail(f"--on {day}: that day has not come yet", False, "evidence")
    new = {
        place: Looked(fingerprint=fingerprint(known[place], knowledge), by=by.strip(), on=day)
        for place in named.values()
        if place in known
    }
    # What is there no more is struck from the list once someone says so.
    kept = {
        place: x for place, x in knowledge.looked.items() if place in known or place not in named.values()
    }
    write(HERE / "looked.yaml", looked_text({**kept, **new}).encode())
