"""The commands of `openldn`.

Exit status: 0 done, 2 bad input, 3 not allowed or cannot tell.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from openldn import __version__
from openldn.answers.screening import identity_json
from openldn.answers.values import to_text
from openldn.cli import terminal
from openldn.cli.check_dilution import check_dilution_command
from openldn.cli.clinic import clinic_app
from openldn.cli.compound import compound_command
from openldn.cli.evidence import evidence_app
from openldn.cli.guide import guide_app
from openldn.cli.hand_over import calibrate_command, check_order_command, hand_over_command
from openldn.cli.inputs import (
    records_of,
    today,
    vocabulary_with,
    with_interview,
    with_overrides,
    with_statements,
)
from openldn.cli.label import label_command
from openldn.cli.mme import mme_command
from openldn.cli.options import (
    AsJson,
    AsOf,
    CodesFile,
    Ended,
    Indication,
    InterviewFile,
    Overrides,
    Where,
    country_of,
)
from openldn.cli.plan import plan_app, products_command
from openldn.cli.progress import tracked
from openldn.cli.prove import prove_command
from openldn.cli.review import review_command
from openldn.cli.scale import scale_command
from openldn.cli.show import print_screening
from openldn.cli.simulate import simulate_app
from openldn.cli.summary import summary_command
from openldn.cli.terminal import BAD_INPUT, NOT_ALLOWED, fail, say_error
from openldn.cli.uldn import uldn_command
from openldn.cli.wean import wean_command
from openldn.fhir.json_text import BadInput
from openldn.knowledge.drug_schema import Drug
from openldn.knowledge.load import BadKnowledge, Knowledge, load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.screening.screen import screen

app = typer.Typer(
    help="Low dose naltrexone: from a patient's record to a verdict and a plan that can be measured.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
knowledge_app = typer.Typer(help="The rules, drugs and claims behind every answer.", no_args_is_help=True)
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(guide_app, name="guide")
app.add_typer(evidence_app, name="evidence")
app.add_typer(plan_app, name="plan")
app.add_typer(clinic_app, name="clinic")
app.add_typer(simulate_app, name="simulate")
app.command("products")(products_command)
app.command("review")(review_command)
app.command("summary")(summary_command)
app.command("scale")(scale_command)
app.command("mme")(mme_command)
app.command("wean")(wean_command)
app.command("uldn")(uldn_command)
app.command("compound")(compound_command)
app.command("check-order")(check_order_command)
app.command("calibrate")(calibrate_command)
app.command("hand-over")(hand_over_command)
app.command("label")(label_command)
app.command("check-dilution")(check_dilution_command)
app.command("prove")(prove_command)


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
    knowledge, day, country = load_knowledge(), as_of or today(), country_of(where)
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
                print_screening(str(path), record, screening, verdict, knowledge, as_json, several)
                worst = max(worst, 0 if verdict.allows_plan else NOT_ALLOWED, key=_gravity)
        except BadInput as error:
            worst = BAD_INPUT
            say_error(f"{path}: {error}", as_json, str(path))
    raise typer.Exit(worst)


@app.command("demo")
def demo_command(
    folder: Annotated[Path, typer.Option(help="Where the leaflet and the calendar are put.")] = Path("var"),
) -> None:
    """Screen and plan a shipped example patient, and say where the leaflet lies."""
    from openldn.cli import demo as demonstration  # noqa: PLC0415 - brings the paper libraries

    try:
        demonstration.run(folder, load_knowledge(), terminal.out)
    except OSError as error:
        fail(f"{folder}: {error.strerror or error}", False, str(folder))


@knowledge_app.command("check")
def check_command(
    folder: Annotated[Path | None, typer.Argument(help="Another folder of knowledge files.")] = None,
) -> None:
    """Read and check all knowledge files, and whether someone looked at what rests on each changed study."""
    from openldn.evidence.living import problems  # noqa: PLC0415 - statistics take a while to load

    found = _knowledge_of(folder)
    if wrong := list(problems(found)):
        for line in wrong:
            terminal.err.print(f"error: {line}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(BAD_INPUT)
    terminal.out.print(
        f"{len(found.rules)} rules, {len(found.drugs)} drugs, {len(found.claims)} claims, "
        f"{len(found.references)} references, {len(found.studies)} studies, "
        f"{len(found.vocabulary.drugs.products)} products: all right",
        soft_wrap=True,
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
        fail(f"{error.filename}: {error.strerror}", False, str(folder))
    terminal.out.print(
        f"{len(pages)} files below {folder}; {len(cases)} of {len(files)} rules have golden cases"
    )


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
        fail(str(error), False, str(folder or "knowledge"))


def _gravity(status: int) -> int:
    """Bad input outweighs a refusal, a refusal outweighs success."""
    return [0, NOT_ALLOWED, BAD_INPUT].index(status)


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
    """Run the command line; a closed pipe ends it quietly, knowledge that cannot be used says why."""
    try:
        app()
    except BadKnowledge as error:
        say_error(str(error), "--json" in sys.argv, "knowledge")
        raise SystemExit(BAD_INPUT) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
