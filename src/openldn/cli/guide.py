"""`openldn guide`: what the guide says, how it stands in the literature, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape
from rich.table import Table

from openldn.answers.guide import claim_json, condition_json, coverage, entry_json, fate_text, reference_json
from openldn.answers.values import SCHEMA, to_text
from openldn.cli import terminal
from openldn.knowledge.guide_schema import Reference
from openldn.knowledge.links import uses
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Status
from openldn.knowledge.search import find, search

guide_app = typer.Typer(
    help="The guide's statements, conditions and sources: what they say and what became of them.",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@guide_app.command("list")
def list_command(
    status: Annotated[Status | None, typer.Option(help="Only statements that stand so.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="Only dose, mech, SE, form, prec, evid, cond, proc or hist.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """All statements of the guide."""
    knowledge = load_knowledge()
    used = uses(knowledge)
    kinds = sorted({c.kind for c in knowledge.claims.values()})
    if kind is not None and kind not in kinds:
        _refuse(f"--kind: {kind!r} is none of {', '.join(kinds)}", as_json)
    claims = [
        c
        for c in sorted(knowledge.claims.values(), key=lambda c: c.id)
        if (status is None or c.status == status) and (kind is None or c.kind == kind)
    ]
    if as_json:
        return _print_json("guide/list", claims=[claim_json(c, used[c.id], knowledge) for c in claims])
    rows = [
        (
            c.id,
            c.at.removeprefix("lines ").removeprefix("line "),
            c.kind,
            str(c.status),
            c.says,
            fate_text(c, used[c.id]),
        )
        for c in claims
    ]
    return _print_table(
        f"{len(claims)} statements", ("id", "lines", "kind", "standing", "says", "became"), rows
    )


@guide_app.command("show")
def show_command(
    name: Annotated[
        str, typer.Argument(help="G-070, a rule, a condition, a statement for patients, or a source.")
    ],
    as_json: AsJson = False,
) -> None:
    """One entry, whole."""
    knowledge = load_knowledge()
    entry = find(knowledge, name)
    if entry is None:
        near = ", ".join(e.id for e in search(knowledge, name)[:5])
        _refuse(
            f"{name!r} is no id here{f'; meant: {near}?' if near else '; try: openldn guide search WORD'}",
            as_json,
        )
    fields = entry_json(entry, knowledge)
    if as_json:
        return _print_json("guide/show", **fields)
    terminal.out.print(f"[bold]{escape(entry.id)}[/] {escape(entry.title)}")
    return _print_fields({k: v for k, v in fields.items() if k not in ("id", "title")}, "  ")


@guide_app.command("search")
def search_command(
    words: Annotated[list[str], typer.Argument(help="Words, or beginnings of words; all have to occur.")],
    as_json: AsJson = False,
) -> None:
    """Statements, rules, conditions and sources that hold all these words."""
    found = search(load_knowledge(), " ".join(words))
    if as_json:
        return _print_json(
            "guide/search", found=[{"kind": e.kind, "id": e.id, "title": e.title} for e in found]
        )
    return _print_table(
        f"{len(found)} found", ("kind", "id", "title"), [(e.kind, e.id, e.title) for e in found]
    )


@guide_app.command("coverage")
def coverage_command(as_json: AsJson = False) -> None:
    """What became of each statement: used, planned, or not computable and why."""
    knowledge = load_knowledge()
    fates = coverage(knowledge)
    if as_json:
        return _print_json("guide/coverage", **fates)
    total = fates["statements"]
    rows = [
        ("used by rules", str(fates["by_rules"]), ""),
        ("shown with a condition", str(fates["by_conditions"]), ""),
        ("told to patients", str(fates["by_expectations"]), ""),
        ("shown with a product", str(fates["by_formulations"]), ""),
        *((f"planned: {name}", str(len(ids)), " ".join(ids)) for name, ids in fates["planned"].items()),
        ("not computable", str(len(fates["not_computable"])), " ".join(fates["not_computable"])),
        ("without a fate", str(len(fates["without_fate"])), " ".join(fates["without_fate"])),
    ]
    _print_table(
        f"{total} statements; one may be counted in several lines", ("became", "count", "which"), rows
    )
    _print_table(
        "Not computable, and why",
        ("id", "says", "why"),
        [(i, knowledge.claims[i].says, why) for i, why in fates["not_computable"].items()],
    )
    return None


@guide_app.command("sources")
def sources_command(
    status: Annotated[
        str | None, typer.Option(help="Only as-printed, corrected, retracted or unverified.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """All sources, each once, with how it stands."""
    knowledge = load_knowledge()
    known = sorted({r.status for r in knowledge.references.values()})
    if status is not None and status not in known:
        _refuse(f"--status: {status!r} is none of {', '.join(known)}", as_json)
    found = {k: r for k, r in sorted(knowledge.references.items()) if status is None or r.status == status}
    if as_json:
        return _print_json("guide/sources", sources=[reference_json(k, r) for k, r in found.items()])
    rows = [(k, r.year or "", r.title, _ids(r), r.marks, r.note or "") for k, r in found.items()]
    return _print_table(f"{len(found)} sources", ("key", "year", "what", "ids", "marks", "note"), rows)


@guide_app.command("conditions")
def conditions_command(
    words: Annotated[list[str] | None, typer.Argument(help="A condition, in words or by its id.")] = None,
    as_json: AsJson = False,
) -> None:
    """The conditions LDN is used in, with the evidence there is."""
    from openldn.screening.indication import (  # noqa: PLC0415 - one command
        NO_RECORD,
        conditions_named,
        evidence_text,
        is_cancer,
    )

    knowledge, name = load_knowledge(), " ".join(words or [])
    found = conditions_named(name, knowledge) if name else tuple(knowledge.conditions.values())
    if as_json:
        return _print_json("guide/conditions", conditions=[condition_json(c) for c in found])
    if not found:
        which = "indication-oncology" if is_cancer(name, knowledge) else "indication-unlisted"
        says = knowledge.rules[f"screening/{which}"].text["en"].format(condition=name, level=NO_RECORD)
        terminal.out.print(says, markup=False, highlight=False)
        return None
    if name:
        for condition in found:
            terminal.out.print(f"[bold]{escape(condition.name)}[/]: {escape(evidence_text(condition))}")
            _print_fields({k: v for k, v in condition_json(condition).items() if k != "name"}, "  ")
        return None
    rows = [
        (
            ", ".join(c.claims[:1]) or "-",
            c.name,
            f"never an indication; {evidence_text(c)}" if c.oncology else evidence_text(c),
            c.early_worsening.signs if c.early_worsening else "",
        )
        for c in sorted(found, key=lambda c: c.claims or ("Z", c.name))
    ]
    headings = ("guide", "condition", "best evidence of LDN in people", "early worsening")
    return _print_table(f"{len(found)} conditions", headings, rows)


def _ids(reference: Reference) -> str:
    return "; ".join(
        filter(
            None,
            [
                reference.doi and f"doi {reference.doi}",
                reference.pmid and f"PMID {reference.pmid}",
                reference.registry,
            ],
        )
    )


def _print_json(schema: str, **fields: Any) -> None:
    typer.echo(to_text({"schema": f"{SCHEMA}/{schema}", **fields}))


def _print_table(title: str, headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    table = Table(title=title, title_justify="left", show_lines=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading == "id")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    terminal.out.print(table)


def _print_fields(fields: dict[str, Any], indent: str) -> None:
    """Nested values as indented lines; what is empty is left out."""
    for name, value in fields.items():
        label = f"{indent}[dim]{escape(str(name)).replace('_', ' ')}:[/]"
        if value is None or value in ([], {}, ""):
            continue
        if isinstance(value, dict):
            terminal.out.print(label)
            _print_fields(value, f"{indent}  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            terminal.out.print(label)
            for item in value:
                line = "; ".join(f"{k} {v}" for k, v in item.items() if v not in (None, [], "", {}))
                terminal.out.print(f"{indent}  - {escape(line)}")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            terminal.out.print(f"{label} {escape(shown)}")


def _refuse(message: str, as_json: bool) -> NoReturn:
    if as_json:
        _print_json("error", error=message)
    terminal.err.print(f"error: {message}", markup=False, soft_wrap=True, highlight=False)
    raise typer.Exit(terminal.BAD_INPUT)
