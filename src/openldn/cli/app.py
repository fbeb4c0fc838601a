"""The commands of `openldn`.

Exit status: 0 done, 2 bad input, 3 not allowed or cannot tell.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from openldn import __version__
from openldn.cli.as_json import identity_json, plan_json, screening_json, to_text
from openldn.cli.guide import guide_app
from openldn.cli.inputs import (
    day_option,
    records_of,
    today,
    vocabulary_with,
    with_interview,
    with_overrides,
    with_statements,
)
from openldn.cli.progress import tracked
from openldn.cli.show import show_plan, show_screening
from openldn.fhir.json_text import BadInput
from openldn.knowledge.drug_schema import Drug
from openldn.knowledge.load import BadKnowledge, Knowledge, load_knowledge
from openldn.knowledge.schema import COUNTRIES, Country, Therapy
from openldn.plan.products import ProductForm, product_for
from openldn.plan.steps import Plan
from openldn.plan.titration import CannotPlan, titrate
from openldn.quantities import CannotMeasure
from openldn.record.patient import Record
from openldn.screening.indication import conditions_named
from openldn.screening.screen import Screening, screen
from openldn.screening.verdict import Caution, Suitable, Verdict

BAD_INPUT = 2
NOT_ALLOWED = 3

app = typer.Typer(
    help="Low dose naltrexone: from a patient's record to a verdict and a plan that can be measured.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
knowledge_app = typer.Typer(help="The rules, drugs and claims behind every answer.", no_args_is_help=True)
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(guide_app, name="guide")

_out = Console()
_err = Console(stderr=True)

AsOf = Annotated[
    date | None,
    typer.Option("--as-of", parser=day_option, metavar="DATE", help="The day of the decision. [today]"),
]
Where = Annotated[
    str | None,
    typer.Option("--where", metavar="|".join(COUNTRIES), help="Whose labels count. [the strictest of all]"),
]
InterviewFile = Annotated[
    Path | None, typer.Option("--interview", help="Drug history by asking (YAML or JSON); see docs/how-to.")
]
CodesFile = Annotated[
    Path | None, typer.Option("--codes", help="Your own drug codes: CSV with the columns system, code, name.")
]
Ended = Annotated[
    list[str] | None,
    typer.Option(
        "--ended",
        metavar="'DRUG; ended=DATE; by=NAME'",
        help="A prescriber states that a recorded order ended. Repeatable.",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--override",
        metavar="'RULE; by=NAME; reason=TEXT; until=DATE'",
        help="A prescriber sets one overridable reason aside. Repeatable.",
    ),
]
Indication = Annotated[
    str | None,
    typer.Option(
        "--for", metavar="CONDITION", help="What it is to be used for: shows the evidence there is."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command("screen")
def screen_command(
    files: Annotated[
        list[Path], typer.Argument(help="FHIR bundles (JSON) or NDJSON; - reads standard input.")
    ],
    therapy: Annotated[Therapy, typer.Option(help="What is asked for.")] = Therapy.LDN,
    as_of: AsOf = None,
    where: Where = None,
    interview: InterviewFile = None,
    codes: CodesFile = None,
    ended: Ended = None,
    overrides: Overrides = None,
    indication: Indication = None,
    as_json: AsJson = False,
) -> None:
    """May this patient have it? Verdict, reasons, and what to ask."""
    knowledge, day, country = load_knowledge(), as_of or today(), _country(where)
    several, worst = len(files) > 1, 0
    for path in tracked(files, "screening", shown=several):
        try:
            records = [
                with_statements(with_interview(r, interview, knowledge), ended or [], day)
                for r in records_of(path, knowledge, codes)
            ]
            several = several or len(records) > 1
            for record in records:
                screening = screen(
                    record, therapy, knowledge, as_of=day, where=country, indication=indication
                )
                verdict = with_overrides(screening.verdict, overrides or [])
                _print_screening(str(path), record, screening, verdict, knowledge, as_json, several)
                worst = max(worst, 0 if verdict.allows_plan else NOT_ALLOWED, key=_gravity)
        except BadInput as error:
            worst = BAD_INPUT
            _say_error(f"{path}: {error}", as_json, str(path))
    raise typer.Exit(worst)


@app.command("plan")
def plan_command(
    file: Annotated[Path, typer.Argument(help="A FHIR bundle (JSON) of one patient.")],
    start: Annotated[
        date, typer.Option(parser=day_option, metavar="DATE", help="The day of the first dose.")
    ],
    form: Annotated[ProductForm, typer.Option(help="The product in hand.")],
    as_of: AsOf = None,
    where: Where = None,
    interview: InterviewFile = None,
    codes: CodesFile = None,
    ended: Ended = None,
    overrides: Overrides = None,
    indication: Indication = None,
    as_json: AsJson = False,
    leaflet: Annotated[Path | None, typer.Option(help="Write the patient's leaflet (.pdf or .html).")] = None,
    calendar: Annotated[Path | None, typer.Option(help="Write the doses as a calendar (.ics).")] = None,
) -> None:
    """The standard LDN ladder for this patient, measurable in this product; refused where not allowed."""
    knowledge, day, country = load_knowledge(), as_of or today(), _country(where)
    try:
        records = records_of(file, knowledge, codes)
        if len(records) != 1:
            raise BadInput(f"{len(records)} patients in it: a plan is for one")
        record = with_statements(with_interview(records[0], interview, knowledge), ended or [], day)
        screening = screen(record, Therapy.LDN, knowledge, as_of=day, where=country, indication=indication)
        verdict = with_overrides(screening.verdict, overrides or [])
        screened = screening_json(str(file), record, screening, verdict, knowledge)
        if not isinstance(verdict, Suitable | Caution):
            _print_screening(str(file), record, screening, verdict, knowledge, as_json, False)
            _err.print("No plan: see the reasons above.")
            raise typer.Exit(NOT_ALLOWED)
        plan = titrate(verdict, product_for(form, knowledge, as_of=day), knowledge, starts=start, as_of=day)
    except (BadInput, CannotPlan, CannotMeasure) as error:
        _fail(f"{file}: {error}", as_json, str(file))
    if as_json:
        typer.echo(to_text(plan_json(plan, screened)))
    else:
        show_screening(_out, str(file), record, screening, verdict, knowledge)
        show_plan(_out, plan)
    if leaflet or calendar:
        conditions = [c.id for c in screening.conditions]
        conditions += [c.id for c in conditions_named(indication or "", knowledge)]
        _write_papers(plan, record, conditions, leaflet, calendar)


@app.command("demo")
def demo_command(
    folder: Annotated[Path, typer.Option(help="Where the leaflet and the calendar are put.")] = Path("var"),
) -> None:
    """Screen and plan a shipped example patient, and say where the leaflet lies."""
    from openldn.cli import demo as demonstration  # noqa: PLC0415 - brings the paper libraries

    try:
        demonstration.run(folder, load_knowledge(), _out)
    except OSError as error:
        _fail(f"{folder}: {error.strerror or error}", False, str(folder))


@knowledge_app.command("check")
def check_command(
    folder: Annotated[Path | None, typer.Argument(help="Another folder of knowledge files.")] = None,
) -> None:
    """Read and check all knowledge files."""
    found = _knowledge_of(folder)
    _out.print(
        f"{len(found.rules)} rules, {len(found.drugs)} drugs, {len(found.claims)} claims, "
        f"{len(found.references)} references, {len(found.vocabulary.drugs.products)} products: all right"
    )


@knowledge_app.command("reference")
def reference_command(
    folder: Annotated[Path, typer.Argument(help="Where the pages are put.")] = Path("docs/reference"),
    golden: Annotated[Path, typer.Option(help="The golden cases, one file a rule.")] = Path("tests/golden"),
) -> None:
    """Write the reference pages of all rules, claims, conditions, drugs and sources (Markdown)."""
    from openldn.cli.reference import reference_pages  # noqa: PLC0415 - only this command needs it

    knowledge = load_knowledge()
    files = {rule: golden / f"{rule}.yaml" for rule in knowledge.rules}
    try:
        cases = {rule: path.read_text(encoding="utf-8") for rule, path in files.items() if path.is_file()}
        pages = reference_pages(knowledge, cases)
        for path, text in tracked(list(pages.items()), "writing", shown=True):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}", False, str(folder))
    _out.print(f"{len(pages)} pages below {folder}; {len(cases)} of {len(files)} rules have golden cases")


@app.command("identify")
def identify_command(
    names: Annotated[list[str], typer.Argument(help="Texts as they stand in a record.")],
    codes: CodesFile = None,
    as_json: AsJson = False,
) -> None:
    """How does the screening read a text: as which drug, finding or test?"""
    known = vocabulary_with(load_knowledge(), codes)
    for name in names:
        drug = known.drugs.identify((), (name,))
        finding = known.findings.identify((), (name,))
        test = known.measures.identify((), (name,))
        if as_json:
            typer.echo(to_text(identity_json(name, drug, finding, test), one_line=True))
            continue
        told = [f"{n.drug.name} ({_kind_in_words(n.drug)}), by {n.by}" for n in drug.named]
        told += [f"{m.finding}{' (over)' if m.past else ''}" for m in finding.named]
        told += [f"test {test.id}"] if test else []
        nothing = "nothing that a rule reads" if drug.readable else "names nothing"
        typer.echo("\n".join(f"{name}: {line}" for line in told or [nothing]))


def _kind_in_words(drug: Drug) -> str:
    """What a drug is for the screening, as in "opioid agonist, blocks LDN" or "nsaids"."""
    if not drug.role.at_opioid_receptors:
        return ", ".join(drug.classes)
    return f"{drug.kind}, {'blocks' if drug.blocks_ldn else 'does not block'} LDN"


def _knowledge_of(folder: Path | None) -> Knowledge:
    from openldn.knowledge.load import load_from  # noqa: PLC0415 - only the check reads other folders

    try:
        return load_from(folder) if folder else load_knowledge()
    except (BadKnowledge, OSError) as error:
        _fail(str(error), False, str(folder or "knowledge"))


def _gravity(status: int) -> int:
    """Bad input outweighs a refusal, a refusal outweighs success."""
    return [0, NOT_ALLOWED, BAD_INPUT].index(status)


def _country(where: str | None) -> Country | None:
    if where is None:
        return None
    for country in COUNTRIES:
        if country == where.upper():
            return country
    raise typer.BadParameter(f"{where!r} is not one of {', '.join(COUNTRIES)}", param_hint="--where")


def _print_screening(
    source: str,
    record: Record,
    screening: Screening,
    verdict: Verdict,
    knowledge: Knowledge,
    as_json: bool,
    several: bool,
) -> None:
    if as_json:
        found = screening_json(source, record, screening, verdict, knowledge)
        typer.echo(to_text(found, one_line=several))
    else:
        show_screening(_out, source, record, screening, verdict, knowledge)


def _write_papers(
    plan: Plan, record: Record, conditions: Iterable[str], leaflet: Path | None, calendar: Path | None
) -> None:
    # Imported here: half a second that a screening without paper need not wait for.
    from openldn.leaflets.calendar import calendar_text  # noqa: PLC0415
    from openldn.leaflets.leaflet import consent_for, write_leaflet  # noqa: PLC0415

    try:
        if leaflet:
            told = consent_for(conditions, load_knowledge())
            written, note = write_leaflet(plan, record.patient.id, told, leaflet)
            _err.print(f"leaflet: {written}{f' ({note})' if note else ''}", soft_wrap=True)
        if calendar:
            calendar.write_bytes(calendar_text(plan))
            _err.print(f"calendar: {calendar}", soft_wrap=True)
    except OSError as error:
        _fail(f"cannot write {error.filename}: {error.strerror}", False, "")


def _say_error(message: str, as_json: bool, source: str) -> None:
    if as_json:
        fields: dict[str, Any] = {"schema": "openldn/1/error", "file": source, "error": message}
        typer.echo(to_text(fields, one_line=True))
    _err.print(f"error: {message}", markup=False, soft_wrap=True, highlight=False)


def _fail(message: str, as_json: bool, source: str) -> NoReturn:
    _say_error(message, as_json, source)
    raise typer.Exit(BAD_INPUT)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"openldn {__version__}")
        raise typer.Exit


@app.callback()
def _app(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Low dose naltrexone: from a patient's record to a verdict and a plan that can be measured."""


def main() -> None:
    """Run the command line; a closed pipe ends it quietly."""
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
