"""`openldn evidence`: what studies showed, recomputed; of a condition, of side effects, of one more study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from openldn.answers.values import SCHEMA, to_text
from openldn.cli import terminal
from openldn.cli.evidence_living import add_command, looked_command, without_command, write
from openldn.cli.options import AsJson
from openldn.knowledge.load import Knowledge, load_knowledge

if TYPE_CHECKING:
    from openldn.evidence.pages import ConditionPage
    from openldn.knowledge.finding_schema import Condition

# Imported where they are used: the statistics take half a second to load, and other commands need none of it.
# ruff: noqa: PLC0415


class _ConditionsToo(TyperGroup):
    """`openldn evidence fibromyalgia forest` is `openldn evidence forest fibromyalgia`; without a command it
    is `openldn evidence condition fibromyalgia`."""

    _of_a_condition: Final = ("forest", "recompute", "gaps")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """--json before the command is the command's."""
        first = next((n for n, word in enumerate(args) if word != "--json"), None)
        if first and not args[first].startswith("-"):
            args = [*args[first:], "--json"]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A word that is no command is a condition."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            at = next((n for n, word in enumerate(args) if word in self._of_a_condition), None)
            args = ["condition", *args] if at is None else [args[at], *args[:at], *args[at + 1 :]]
        return super().resolve_command(ctx, args)


evidence_app = typer.Typer(
    cls=_ConditionsToo,
    help="What studies showed, recomputed: a CONDITION, or one of the commands below.",
)
evidence_app.command("add")(add_command)
evidence_app.command("without")(without_command)
evidence_app.command("looked")(looked_command)

_BY: Final = "By name, abbreviation, id, statement (G-135) or code (M79.7)."


@evidence_app.callback(invoke_without_command=True)
def map_command(
    context: typer.Context,
    plot: Annotated[Path | None, typer.Option(help="Write the map as a picture (.svg).")] = None,
    as_json: AsJson = False,
) -> None:
    """Every condition with the evidence there is; or: `openldn evidence CONDITION`."""
    if context.invoked_subcommand is not None:
        return None
    from openldn.answers.evidence import NOTE, map_json, trials_says
    from openldn.answers.evidence_map import map_of

    if plot:
        _picture(plot, as_json)
        write(plot, map_of(load_knowledge()).encode(), as_json)
    fields = map_json(load_knowledge())
    if as_json:
        return typer.echo(to_text(fields))
    table = _table(
        "condition", "evidence", "certainty", "trials (people)", "others", "higher doses", "no results"
    )
    for row in fields["conditions"]:
        never = "never an indication; " if row["oncology"] else ""
        table.add_row(
            row["name"], never + row["evidence"], row["certainty"], trials_says(row),
            *(str(row[n] or "") for n in ("others", "higher_doses", "without_results")),
        )  # fmt: skip
    terminal.out.print(table)
    return terminal.out.print(f"[dim]{NOTE}[/]")


@evidence_app.command("condition")
def condition_command(
    words: Annotated[list[str], typer.Argument(metavar="CONDITION", help=_BY)],
    plot: Annotated[Path | None, typer.Option(help="Write its forest plots (.svg).")] = None,
    as_json: AsJson = False,
) -> None:
    """The page of one condition: what the guide says, every study, what they come to, how sure one can be."""
    from openldn.answers.evidence import NOTE, page_json

    knowledge = load_knowledge()
    page = _page(words, knowledge, as_json)
    if plot:
        _plot(page, plot, as_json)
    fields = page_json(page, knowledge)
    if as_json:
        return typer.echo(to_text(fields))
    _show(fields)
    return terminal.out.print(f"[dim]{NOTE}[/]")


def _page(words: list[str], knowledge: Knowledge, as_json: bool) -> ConditionPage:
    from openldn.evidence.pages import page_of

    return page_of(_condition(" ".join(words), knowledge, as_json), knowledge)


def _condition(name: str, knowledge: Knowledge, as_json: bool) -> Condition:
    from openldn.evidence.lookup import Ambiguous, conditions_meant
    from openldn.evidence.pages import ONCOLOGY

    try:
        found = conditions_meant(name, knowledge)
    except Ambiguous as several:
        meant = several.conditions
        if all(c.oncology for c in meant):  # whatever the word, every cancer is meant
            meant = tuple(c for c in knowledge.conditions.values() if c.oncology)
        names = ", ".join(f"{c.name} ({c.id.partition('/')[2]})" for c in meant)
        first = f"{ONCOLOGY} " if any(c.oncology for c in meant) else ""
        terminal.fail(f"{first}{name!r} can mean {names}; say which", as_json, "evidence")
    if not found:
        hint = _hint(name, knowledge)
        terminal.fail(f"{name!r} is no condition that is known here; {hint}", as_json, "evidence")
    if others := [c.name for c in found[1:]]:
        terminal.err.print(f"also: {', '.join(others)}", markup=False, highlight=False)
    return found[0]


def _hint(name: str, knowledge: Knowledge) -> str:
    """What would have worked, and of a cancer what has to be said first."""
    from openldn.evidence.lookup import measured_in
    from openldn.evidence.pages import ONCOLOGY
    from openldn.screening.indication import is_cancer

    if (study := knowledge.studies.get(name.lower())) is not None:
        shown = ", ".join(c.partition("/")[2] for c in study.conditions) or "`openldn evidence side-effects`"
        return f"it is a study, shown with {shown}"
    if is_cancer(name, knowledge):
        return f"{ONCOLOGY[0].lower()}{ONCOLOGY[1:]} `openldn evidence` lists all conditions"
    if found := measured_in(name, knowledge):
        return f"it was measured in studies of {', '.join(c.name for c in found)}"
    return "`openldn evidence` lists all conditions"


def _show(page: dict[str, Any]) -> None:
    """A page in the order of `page_json`, which says it all."""
    from openldn.answers.evidence import GROUPS

    out = terminal.out
    out.print(f"[bold]{escape(page['name'])}[/]  [dim]{escape(_codes(page))}[/]")
    if page["first"]:
        out.print(f"[bold]{page['first']}[/]")
    for claim in page["guide"]:
        _say(f"The guide ({claim['id']}, {claim['status']}): {claim['says']}. {claim['literature']}")
    if page["printed"]:
        _say(f'The guide prints it as "{page["printed"]}".')
    _say(f"Best human evidence: {page['evidence']}")
    for judged in page["certainty"]:
        by = judged["reviewed"] or "nobody yet"
        _say(f"Certainty about {judged['about']}: {judged['grade']} (our judgement, reviewed by {by})")
        _say(f"    starts {judged['start']}")
        for name, domain in judged["domains"].items():
            _say(f"    {name} {-domain['steps']}: {domain['why']}")
    if early := page["early_worsening"]:
        _say(f"May get worse at first: {early['signs']}; {early['lasts']}")
    if page["lay"]:
        _say(f"In plain words: {page['lay']}")
    if page["doses"]:
        _say("Taken in studies: " + "; ".join(page["doses"]))
    for question in page["questions"]:
        _question(question)
    for group, title in GROUPS.items():
        if page[group]:
            out.print(f"\n[bold]{title}[/]")
        for study in page[group]:
            _study(study)
    if not any(page[group] for group in GROUPS):
        _say("No study in people was found.")
    if page["remark"]:
        _say(f"Note: {page['remark']}")


def _codes(page: dict[str, Any]) -> str:
    snomed = ", ".join(page["snomed"]) or "none in the free set"
    return f"{', '.join((*page['claims'], *page['icd10']))}; SNOMED CT {snomed}"


def _question(question: dict[str, Any]) -> None:
    terminal.out.print(f"\n[bold]{escape(question['question'])}[/]")
    table = _table("  study", question["measure"], "how it was had")
    for row in question["trials"]:
        table.add_row(f"  {row['study']}", row["says"], "; ".join(row["flags"]))
    terminal.out.print(table)
    for line in question["comes_to"]:
        _say(f"  {line}")
    for left in question["not_pooled"]:
        found = f" ({left['found']})" if left["found"] else ""
        _say(f"  not pooled: {left['study']}{found} - {left['why']}")
    if question["note"]:
        _say(f"  {question['note']}")


def _study(study: dict[str, Any]) -> None:
    retracted = "RETRACTED, shown and counted nowhere. " if study["retracted"] else ""
    _say(f"{study['study']}: {retracted}{study['says']}")
    _say(f"    {study['source']['title']} ({study['cites']})")
    for outcome in study["outcomes"]:
        for result in outcome["results"]:
            note = f" - {result['note']}" if result["note"] else ""
            _say(f"    {outcome['name']}: {result['says']}{note}")
    for erratum in study["errata"]:
        _say(f"    CORRECTED by {erratum['ref']}: {erratum['says']}")
    if study["limits"]:
        _say(f"    mind: {study['limits']}")


def _say(text: str) -> None:
    terminal.out.print(text, markup=False, highlight=False, soft_wrap=True)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _plot(page: ConditionPage, target: Path, as_json: bool) -> None:
    from openldn.answers.forest import forest_of

    if not page.answers:
        terminal.fail(f"{page.condition.name}: no question that could be drawn", as_json, "evidence")
    _picture(target, as_json)
    for n, found in enumerate(page.answers):
        path = target if n == 0 else target.with_stem(f"{target.stem}-{found.synthesis.id}")
        write(path, forest_of(found).encode(), as_json)


def _picture(target: Path, as_json: bool) -> None:
    if target.suffix != ".svg":
        terminal.fail(f"{target}: .svg is expected", as_json, "evidence")


@evidence_app.command("forest")
def forest_command(
    words: Annotated[list[str], typer.Argument(metavar="CONDITION", help=_BY)],
    plot: Annotated[Path, typer.Option(help="Where it is written (.svg); further questions beside it.")],
) -> None:
    """The forest plots of a condition's questions."""
    _plot(_page(words, load_knowledge(), False), plot, False)


@evidence_app.command("recompute")
def recompute_command(
    words: Annotated[list[str] | None, typer.Argument(metavar="[CONDITION]", help=_BY)] = None,
    differing: Annotated[bool, typer.Option("--differing", help="Only what does not agree.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every number that was printed beside what others give: by papers, reviews and the guide."""
    from openldn.answers.evidence import NOTE, compared_json
    from openldn.evidence.agreement import Verdict, compared

    knowledge = load_knowledge()
    studies = _page(words, knowledge, as_json).studies if words else tuple(knowledge.studies.values())
    rows = [row for study in sorted(studies, key=lambda s: s.id) for row in compared(study)]
    shown = [r for r in rows if not differing or r.verdict is not Verdict.AGREES]
    counts = {str(v): sum(r.verdict is v for r in rows) for v in Verdict}
    if as_json:
        numbers = [{"verdict": word, "numbers": n} for word, n in counts.items()]
        fields = {"counts": numbers, "compared": [compared_json(r, knowledge) for r in shown], "note": NOTE}
        return typer.echo(to_text({"schema": f"{SCHEMA}/evidence/recompute", **fields}))
    table = _table("study", "outcome", "printed", "recomputed", "")
    for row in shown:
        by = "" if row.ref == row.study.id else f" ({row.ref})"
        ways = "\n".join(f"{r.says} [{', '.join((r.basis, r.verdict, *r.flags))}]" for r in row.recomputed)
        why = row.explained or ""
        gone = " RETRACTED" if compared_json(row, knowledge)["retracted"] else ""
        cells = (row.study.id + gone, row.outcome.name, row.says + by, ways or why, row.verdict)
        table.add_row(*map(escape, cells))
        if ways and why and row.verdict is not Verdict.AGREES:
            table.add_row("", "", "", escape(why), "")
    terminal.out.print(table)
    return terminal.out.print(", ".join(f"{word}: {n}" for word, n in counts.items()), highlight=False)


@evidence_app.command("side-effects")
def side_effects_command(as_json: AsJson = False) -> None:
    """Side effects with LDN beside placebo: pooled where counts are at hand, and all that was printed."""
    from openldn.answers.evidence import NOTE, side_effects_json
    from openldn.evidence.pages import KINDS

    fields = side_effects_json(load_knowledge())
    if as_json:
        return typer.echo(to_text(fields))
    for effect in fields["side_effects"]:
        terminal.out.print(f"[bold]{escape(effect['name'])}[/]", highlight=False)
        if pooled := effect["pooled"]:
            _question(pooled)
        for kind in KINDS:
            rows = [row for row in effect["results"] if row["kind"] == kind]
            if rows:
                _say(f"  {kind}:")
            for row in rows:
                note = f" - {row['note']}" if row["note"] else ""
                says = f"{row['outcome']}: {row['says']}{note}"
                _say(f"    {row['study']} ({row['compares']}): {says}")
    return terminal.out.print(f"[dim]{NOTE}[/]")


@evidence_app.command("gaps")
def gaps_command(
    words: Annotated[list[str] | None, typer.Argument(metavar="[CONDITION]", help=_BY)] = None,
    as_json: AsJson = False,
) -> None:
    """What nobody has shown: conditions without a study, studies without results, results without numbers."""
    from openldn.answers.evidence import gaps_json
    from openldn.evidence.pages import gaps

    knowledge = load_knowledge()
    chosen = _page(words, knowledge, as_json).condition.id if words else None
    found = gaps(knowledge, chosen)
    if as_json:
        return typer.echo(to_text(gaps_json(found)))

    def names(ids: tuple[str, ...]) -> str:
        return ", ".join(knowledge.conditions[i].name for i in ids) or "none"

    _say(f"No study of LDN in people was found: {names(found.without_any_study)}.")
    _say(f"Studies of LDN, but no results of a randomised one: {names(found.uncontrolled)}.")
    _say("Running, planned or never reported:" + ("" if found.without_results else " none."))
    for study in found.without_results:
        _say(f"  {study.id}: {study.stage.replace('-', ' ')}; {study.people}")
    _say(f"Numbers recalled, not seen: {'; '.join(f'{s} {o}' for s, o in found.not_seen) or 'none'}.")
    return _say(f"Results in words only: {'; '.join(f'{s} {o}' for s, o in found.words_only) or 'none'}.")


@evidence_app.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go.")],
) -> None:
    """Studies, results, effects, pooled questions and certainty as CSV, and as a bundle of FHIR Evidence."""
    from openldn.answers.evidence_export import exported

    for name, content in exported(load_knowledge()).items():
        write(folder / name, content.encode())
