"""`openldn evidence`: what studies showed, recomputed; of a condition, of side effects, of one more study."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from openldn.answers.values import SCHEMA, to_text
from openldn.cli import terminal
from openldn.cli.options import AsJson
from openldn.knowledge.figures import NoFigure, from_studies
from openldn.knowledge.links import broken_links
from openldn.knowledge.load import BadKnowledge, Knowledge, load_knowledge, read_study

if TYPE_CHECKING:
    from openldn.evidence.pages import ConditionPage
    from openldn.evidence.syntheses import Answer
    from openldn.knowledge.finding_schema import Condition
    from openldn.knowledge.study_schema import Study

# Imported where they are used: the statistics take half a second to load, and other commands need none of it.
# ruff: noqa: PLC0415


class _ConditionsToo(TyperGroup):
    """`openldn evidence fibromyalgia` is `openldn evidence condition fibromyalgia`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A word that is no command is a condition."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["condition", *args]
        return super().resolve_command(ctx, args)


evidence_app = typer.Typer(
    cls=_ConditionsToo,
    help="What studies showed, recomputed: a CONDITION, or one of the commands below.",
)


@evidence_app.callback(invoke_without_command=True)
def map_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Every condition with the evidence there is; or: `openldn evidence CONDITION`."""
    if context.invoked_subcommand is not None:
        return None
    from openldn.answers.evidence import NOTE, map_json, trials_says

    fields = map_json(load_knowledge())
    if as_json:
        return typer.echo(to_text(fields))
    table = _table("condition", "evidence", "certainty", "trials (people)", "others", "no results")
    for row in fields["conditions"]:
        never = "never an indication; " if row["oncology"] else ""
        table.add_row(
            row["name"], never + row["evidence"], row["certainty"], trials_says(row),
            *(str(row[n] or "") for n in ("others", "without_results")),
        )  # fmt: skip
    terminal.out.print(table)
    return terminal.out.print(f"[dim]{NOTE}[/]")


@evidence_app.command("condition")
def condition_command(
    words: Annotated[
        list[str], typer.Argument(metavar="CONDITION", help="By name, id or statement (G-135).")
    ],
    plot: Annotated[Path | None, typer.Option(help="Write its first forest plot (.svg).")] = None,
    as_json: AsJson = False,
) -> None:
    """The page of one condition: what the guide says, every study, what they come to, how sure one can be."""
    from openldn.answers.evidence import NOTE, page_json
    from openldn.evidence.pages import page_of

    knowledge = load_knowledge()
    page = page_of(_condition(words, knowledge, as_json), knowledge)
    if plot:
        _plot(page, plot, as_json)
    if as_json:
        return typer.echo(to_text(page_json(page, knowledge)))
    _show(page)
    return terminal.out.print(f"[dim]{NOTE}[/]")


def _condition(words: list[str], knowledge: Knowledge, as_json: bool) -> Condition:
    from openldn.screening.indication import conditions_named

    name = " ".join(words)
    by_id = [c for c in knowledge.conditions.values() if name.lower() in (c.id, c.id.partition("/")[2])]
    by_claim = [c for c in knowledge.conditions.values() if name.upper() in c.claims]
    by_part = [c for c in knowledge.conditions.values() if name.lower() in c.name.lower()]
    found = by_id or by_claim or list(conditions_named(name, knowledge)) or by_part
    if not found:
        study = knowledge.studies.get(name.lower())
        on = ", ".join(study.conditions) if study else ""
        hint = f"it is a study, shown with {on}" if on else "`openldn evidence` lists all conditions"
        terminal.fail(f"{name!r}: no evidence record exists; {hint}", as_json, "evidence")
    # The most special of those that are named: Crohn's disease, not inflammatory bowel disease.
    broader = {b for c in found for b in c.broader}
    chosen = next((c for c in found if c.id not in broader), found[0])
    if others := [c.name for c in found if c is not chosen]:
        terminal.err.print(f"also: {', '.join(others)}", markup=False, highlight=False)
    return chosen


def _show(page: ConditionPage) -> None:
    from openldn.answers.evidence import pooled_says, result_says
    from openldn.evidence.pages import ONCOLOGY
    from openldn.screening.indication import evidence_text

    c = page.condition
    out = terminal.out
    out.print(f"[bold]{escape(c.name)}[/]  [dim]{escape(', '.join((*c.claims, *c.icd10)))}[/]")
    if c.oncology:
        out.print(f"[bold]{ONCOLOGY}[/]")
    for claim in page.claims:
        _say(f"The guide ({claim.id}, {claim.status}): {claim.says}. {claim.literature}")
    _say(f"Best human evidence: {evidence_text(c)}")
    for certainty in c.certainty:
        why = "; ".join(f"{n}: {d.why}" for n, d in certainty.domains.items() if d.steps)
        by = certainty.reviewed or "nobody yet"
        judged = f"{certainty.grade} (our judgement, reviewed by {by})"
        _say(f"Certainty about {certainty.about}: {judged}. {why or 'Not lowered'}")
    if c.early_worsening:
        _say(f"May get worse at first: {c.early_worsening.signs}; {c.early_worsening.lasts}")
    if c.lay:
        _say(f"In plain words: {c.lay}")
    if page.doses:
        _say("Taken in studies: " + "; ".join(page.doses))
    for found in page.answers:
        out.print(f"\n[bold]{escape(found.synthesis.question)}[/]")
        _rows(found)
        measure = found.synthesis.measure
        if found.pooled:
            _say(f"  all {found.pooled.k}: {pooled_says(found.pooled, measure)}; I2 {found.pooled.i2:.0%}")
        for name, pooled in found.without.items():
            if pooled:
                _say(f"  without {name} ({pooled.k}): {pooled_says(pooled, measure)}")
        for left in found.synthesis.exclude:
            _say(f"  not pooled: {left.study} - {left.why}")
        if found.synthesis.note:
            _say(f"  {found.synthesis.note}")
    for title, studies in page.groups.items():
        out.print(f"\n[bold]{title}[/]")
        for study in studies:
            _say(f"{study.id}: {_design(study)}")
            for outcome in study.outcomes.values():
                for result in outcome.results:
                    note = f" - {result.note}" if result.note else ""
                    _say(f"    {outcome.name}: {result_says(study, outcome, result)}{note}")
            if study.limits:
                _say(f"    mind: {study.limits}")
    if not page.studies:
        _say("No study in people was found.")
    if c.note:
        _say(f"Note: {c.note}")


def _say(text: str) -> None:
    terminal.out.print(text, markup=False, highlight=False, soft_wrap=True)


def _design(study: Study) -> str:
    from openldn.answers.evidence import DESIGNS, arms_say

    design = f"{DESIGNS[study.design]}, blinding {study.blinding}; {study.people}; {arms_say(study)}"
    stage = "" if study.stage == "results" else f"; {study.stage.replace('-', ' ')}"
    above = "; above the doses of LDN" if study.therapy == "naltrexone" else ""
    return f"{design}; {study.duration}{stage}{above}"


def _rows(found: Answer) -> None:
    from openldn.answers.evidence import effect_says

    table = _table("  study", found.synthesis.measure, "how it was had")
    for row in found.rows:
        table.add_row(f"  {row.study.id}", effect_says(row.effect), "; ".join(row.effect.flags))
    terminal.out.print(table)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _plot(page: ConditionPage, target: Path, as_json: bool) -> None:
    from openldn.answers.evidence import forest_of

    if not page.answers:
        terminal.fail(f"{page.condition.name}: no question that could be drawn", as_json, "evidence")
    if target.suffix != ".svg":
        terminal.fail(f"{target}: .svg is expected", as_json, "evidence")
    for n, found in enumerate(page.answers):
        path = target if n == 0 else target.with_stem(f"{target.stem}-{found.synthesis.id}")
        _write(path, forest_of(found).encode(), as_json)


def _write(path: Path, content: bytes, as_json: bool = False) -> None:
    """Write a file, whole or not at all, and say where."""
    from openldn.leaflets.pdf import replace_file

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        terminal.fail(f"cannot write {error.filename}: {error.strerror}", as_json, str(path))
    terminal.err.print(f"written: {path}", markup=False, highlight=False)


@evidence_app.command("forest")
def forest_command(
    words: Annotated[list[str], typer.Argument(metavar="CONDITION", help="By name, id or statement.")],
    plot: Annotated[Path, typer.Option(help="Where it is written (.svg); further questions beside it.")],
) -> None:
    """The forest plots of a condition's questions."""
    from openldn.evidence.pages import page_of

    knowledge = load_knowledge()
    _plot(page_of(_condition(words, knowledge, False), knowledge), plot, False)


@evidence_app.command("recompute")
def recompute_command(
    differing: Annotated[bool, typer.Option("--differing", help="Only what does not agree.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every effect that was printed beside what its own numbers give: by papers, reviews and the guide."""
    from openldn.answers.evidence import NOTE, compared_json
    from openldn.evidence.agreement import Verdict, compared

    studies = load_knowledge().studies
    rows = [row for _, study in sorted(studies.items()) for row in compared(study)]
    shown = [r for r in rows if not differing or r.verdict is not Verdict.AGREES]
    counts = {str(v): sum(r.verdict is v for r in rows) for v in Verdict}
    if as_json:
        numbers = [{"verdict": word, "numbers": n} for word, n in counts.items()]
        fields = {"counts": numbers, "compared": [compared_json(r) for r in shown], "note": NOTE}
        return typer.echo(to_text({"schema": f"{SCHEMA}/evidence/recompute", **fields}))
    table = _table("study", "outcome", "printed", "recomputed", "")
    for row in shown:
        by = "" if row.ref == row.study.id else f" ({row.ref})"
        ways = "\n".join(f"{r.says} [{', '.join((r.basis, r.verdict, *r.flags))}]" for r in row.recomputed)
        why = row.explained or ""
        table.add_row(*map(escape, (row.study.id, row.outcome.name, row.says + by, ways or why, row.verdict)))
        if ways and why and row.verdict is not Verdict.AGREES:
            table.add_row("", "", "", escape(why), "")
    terminal.out.print(table)
    return terminal.out.print(", ".join(f"{word}: {n}" for word, n in counts.items()), highlight=False)


@evidence_app.command("side-effects")
def side_effects_command(as_json: AsJson = False) -> None:
    """Side effects with LDN beside placebo: pooled where counts are at hand, and all that was printed."""
    from openldn.answers.evidence import (
        NOTE,
        arms_say,
        effect_says,
        pooled_says,
        result_says,
        side_effects_json,
    )
    from openldn.evidence.pages import KINDS, side_effects

    knowledge = load_knowledge()
    if as_json:
        return typer.echo(to_text(side_effects_json(knowledge)))
    for effect in side_effects(knowledge):
        terminal.out.print(f"[bold]{escape(effect.name)}[/]", highlight=False)
        if (found := effect.answer) is not None:
            for row in found.rows:
                _say(f"  {row.study.id}: {effect_says(row.effect)}")
            if found.pooled:
                _say(
                    f"  pooled, {found.pooled.k} trials: {pooled_says(found.pooled, found.synthesis.measure)}"
                )
        for kind in KINDS:
            rows = effect.of_kind(kind)
            if rows:
                _say(f"  {kind}:")
            for study, outcome, result in rows:
                note = f" - {result.note}" if result.note else ""
                says = f"{outcome.name}: {result_says(study, outcome, result)}{note}"
                _say(f"    {study.id} ({arms_say(study)}): {says}")
    return terminal.out.print(f"[dim]{NOTE}[/]")


@evidence_app.command("gaps")
def gaps_command(as_json: AsJson = False) -> None:
    """What nobody has shown: conditions without a study, studies without results, results without numbers."""
    from openldn.answers.evidence import gaps_json
    from openldn.evidence.pages import gaps

    knowledge = load_knowledge()
    found = gaps(knowledge)
    if as_json:
        return typer.echo(to_text(gaps_json(found)))

    def names(ids: tuple[str, ...]) -> str:
        return ", ".join(knowledge.conditions[i].name for i in ids)

    _say(f"No study of LDN in people was found: {names(found.without_any_study)}.")
    _say(f"Studies of LDN, but no results of a randomised one: {names(found.uncontrolled)}.")
    _say("Running, planned or never reported:")
    for study in found.without_results:
        _say(f"  {study.id}: {study.stage.replace('-', ' ')}; {study.people}")
    _say("Numbers recalled, not seen: " + "; ".join(f"{s} {o}" for s, o in found.not_seen) + ".")
    return _say("Results in words only: " + "; ".join(f"{s} {o}" for s, o in found.words_only) + ".")


@evidence_app.command("add")
def add_command(
    file: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="Its name is a key of references.yaml.")],
    write: Annotated[bool, typer.Option("--write", help="Put it among the studies.")] = False,
    as_json: AsJson = False,
) -> None:
    """One study more, or one corrected: what comes to something else, and what rests on it."""
    from openldn.evidence.living import changed
    from openldn.evidence.syntheses import NoEffect
    from openldn.knowledge.load import HERE

    knowledge = load_knowledge()
    try:
        study = read_study(file)
        if study.id not in knowledge.references:
            near = "add it to references.yaml first, with how it stands"
            terminal.fail(f"{study.id}: no such source; {near}", as_json, str(file))
        after = replace(knowledge, studies={**knowledge.studies, study.id: study})
        if broken := sorted(set(broken_links(after)) - set(broken_links(knowledge))):
            terminal.fail("; ".join(broken), as_json, str(file))
        for told in knowledge.expectations.values():
            from_studies(told, after.studies)
        moved = changed(knowledge, after)
    except (BadKnowledge, NoEffect, NoFigure) as error:
        terminal.fail(str(error), as_json, str(file))
    except OSError as error:
        terminal.fail(f"cannot read {file}: {error.strerror}", as_json, str(file))
    if write:
        _write(HERE / "studies" / f"{study.id}.yaml", file.read_bytes())
    _moved(study, moved, after, as_json)
    if not as_json:
        for erratum in study.errata:
            if erratum.considered is None:
                _say(f"Erratum {erratum.reference} is considered by nobody yet: {erratum.says}")
        _say(f"Then: openldn evidence looked {study.id} --by NAME")


@evidence_app.command("without")
def without_command(
    name: Annotated[str, typer.Argument(metavar="STUDY", help="A key of the studies: innova-2026.")],
    as_json: AsJson = False,
) -> None:
    """What everything comes to without one study (before) and with it (after), and what rests on it."""
    from openldn.evidence.living import changed

    knowledge = load_knowledge()
    study = knowledge.studies.get(name)
    if study is None:
        terminal.fail(f"no study {name}; `openldn evidence export` lists them all", as_json, "evidence")
    others = {key: s for key, s in knowledge.studies.items() if key != name}
    _moved(study, changed(replace(knowledge, studies=others), knowledge), knowledge, as_json)


_Moved = dict[str, tuple["Answer | None", "Answer"]]


def _moved(study: Study, moved: _Moved, after: Knowledge, as_json: bool) -> None:
    """The questions that come to something else by a study, and what rests on it."""
    from openldn.answers.evidence import answer_json, rests_json
    from openldn.evidence.living import rests_on

    rests = rests_json(rests_on(study, after))
    if as_json:
        fields: dict[str, Any] = {
            "study": study.id,
            "rests": rests,
            "changed": [
                {"before": old and answer_json(old), "after": answer_json(new)} for old, new in moved.values()
            ],
        }
        return typer.echo(to_text({"schema": f"{SCHEMA}/evidence/change", **fields}))
    for old, new in moved.values():
        terminal.out.print(f"[bold]{escape(new.synthesis.question)}[/]")
        _say(f"  before: {_comes_to(old)}")
        _say(f"  after:  {_comes_to(new)}")
    if not moved:
        _say("No pooled question comes to something else.")
    _say("What rests on it:")
    for word, ids in rests.items():
        if ids:
            _say(f"  {word}: {', '.join(_with_standing(i, after) for i in ids)}")
    return None


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


@evidence_app.command("looked")
def looked_command(
    studies: Annotated[list[str], typer.Argument(metavar="STUDY...", help="Keys of studies.")],
    by: Annotated[str, typer.Option(help="Who looked at all that rests on them.")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="When; without it: today.")] = None,
) -> None:
    """Put down that someone looked at all that rests on a study, as it stands now."""
    from openldn.cli.inputs import today
    from openldn.evidence.living import fingerprint, looked_text
    from openldn.knowledge.load import HERE
    from openldn.knowledge.study_schema import Looked

    knowledge = load_knowledge()
    if unknown := [s for s in studies if s not in knowledge.studies]:
        terminal.fail(
            f"no study {', '.join(unknown)}; `openldn evidence gaps` and the pages name them", False, ""
        )
    try:
        day = date.fromisoformat(on) if on else today()
    except ValueError:
        terminal.fail(f"--on {on}: a date like 2026-11-30", False, "evidence")
    new = {s: Looked(fingerprint=fingerprint(knowledge.studies[s]), by=by, on=day) for s in studies}
    _write(HERE / "looked.yaml", looked_text({**knowledge.looked, **new}).encode())


@evidence_app.command("export")
def export_command(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where studies.csv, effects.csv and evidence.json go.")
    ],
) -> None:
    """Studies and effects as CSV, and as a bundle of FHIR R5 Evidence."""
    from openldn.answers.evidence_export import exported

    for name, content in exported(load_knowledge()).items():
        _write(folder / name, content.encode())
