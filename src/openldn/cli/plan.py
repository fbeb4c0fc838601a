"""`openldn plan` and `openldn products`: a plan in a product that can measure it, with its papers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from typer.core import TyperGroup

from openldn.answers.plan import id_of, plan_json, refused_json, stock_json
from openldn.answers.screening import screening_json
from openldn.answers.values import to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import (
    ceiling_option,
    day_option,
    json_of,
    records_of,
    stock_of,
    today,
    with_interview,
    with_overrides,
    with_statements,
)
from openldn.cli.show import print_screening, show_screening
from openldn.cli.show_plan import show_explained, show_plan, show_profiles, show_refused, show_stock
from openldn.fhir.json_text import BadInput
from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.choice import Choice, Need, choose, needs_of
from openldn.plan.ladders import CannotPlan, Profile, profile_named, profile_rules, proposals, typed
from openldn.plan.steps import Plan
from openldn.plan.titration import Wanted, usual_time
from openldn.quantities import CannotMeasure
from openldn.record.diary import Slot
from openldn.screening.indication import treated
from openldn.screening.screen import screen
from openldn.screening.verdict import Allowed, Caution, Suitable


class _MakeByDefault(TyperGroup):
    """`openldn plan RECORD` is `openldn plan make RECORD`: what is no command is a record."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the default command in front where none is given."""
        if args and args[0] not in (*self.commands, "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


plan_app = typer.Typer(
    cls=_MakeByDefault,
    help="A plan for this patient: `plan RECORD ...`, short for `plan make`; why it is so; ladders.",
    no_args_is_help=True,
)

StockFile = Annotated[
    Path | None,
    typer.Option("--stock", help="The products of this pharmacy (YAML); see docs/how-to/stock.md."),
]


@dataclass(frozen=True, slots=True)
class _Papers:
    """Which papers are wanted, and where."""

    folder: Path | None
    leaflet: Path | None
    prescription: Path | None
    emergency: Path | None
    calendar: Path | None
    large: bool
    zones: tuple[str, ...]

    @property
    def targets(self) -> dict[str, Path]:
        """The file of each paper that is wanted."""
        named = {"leaflet": self.leaflet, "prescription": self.prescription, "emergency": self.emergency}
        inside = {n: self.folder / f"{n}.pdf" for n in named} if self.folder else {}
        return inside | {n: path for n, path in named.items() if path}

    @property
    def calendar_target(self) -> Path | None:
        """The file of the calendar, if it is wanted."""
        return self.calendar or (self.folder / "doses.ics" if self.folder else None)


@plan_app.command("make")
def make_command(
    file: Annotated[Path, typer.Argument(help="A FHIR bundle (JSON) of one patient.")],
    start: Annotated[
        date, typer.Option(parser=day_option, metavar="DATE", help="The day of the first dose.")
    ],
    profile: Annotated[
        str | None,
        typer.Option(help="A published ladder (`plan profiles`). [the one that the record proposes]"),
    ] = None,
    steps: Annotated[
        str | None, typer.Option(help="Steps typed by the prescriber: '0.5 mg x 7, 1 mg x 7, 1.5 mg'.")
    ] = None,
    form: Annotated[Form | None, typer.Option(help="Only this form.")] = None,
    need: Annotated[
        list[Need] | None, typer.Option(help="What decides between products. Repeatable.")
    ] = None,
    stock: StockFile = None,
    prescriber: Annotated[str, typer.Option(help="Who prescribes; drops and cream need a name.")] = "",
    ceiling: Annotated[
        str | None,
        typer.Option(
            metavar="'DOSE; by=NAME; reason=TEXT; until=DATE'", help="A signed ceiling, at most 6 mg."
        ),
    ] = None,
    slot: Annotated[Slot | None, typer.Option(help="When once a day. [night]")] = None,
    at: Annotated[
        list[str] | None, typer.Option(metavar="HH:MM", help="Clock time of each slot, in order.")
    ] = None,
    replaces: Annotated[str, typer.Option(metavar="PLAN", help="The number of the plan it replaces.")] = "",
    as_of: options.AsOf = None,
    where: options.Where = None,
    interview: options.InterviewFile = None,
    codes: options.CodesFile = None,
    ended: options.Ended = None,
    overrides: options.Overrides = None,
    indication: options.Indication = None,
    as_json: options.AsJson = False,
    papers: Annotated[
        Path | None, typer.Option(help="Write all papers and the calendar into this folder.")
    ] = None,
    leaflet: Annotated[Path | None, typer.Option(help="Write the patient's leaflet (.pdf or .html).")] = None,
    prescription: Annotated[Path | None, typer.Option(help="Write the prescription sheet.")] = None,
    emergency: Annotated[Path | None, typer.Option(help="Write the emergency sheet.")] = None,
    calendar: Annotated[Path | None, typer.Option(help="Write the doses as a calendar (.ics).")] = None,
    large: Annotated[bool, typer.Option("--large-type", help="Papers in large type.")] = False,
    zone: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[DATE=]ZONE", help="Calendar: where the patient is, from a day on. Repeatable."
        ),
    ] = None,
) -> None:
    """A plan for this patient, measurable in a product at hand; refused where not allowed."""
    knowledge, day, country = load_knowledge(), as_of or today(), options.country_of(where)
    wanted_papers = _Papers(papers, leaflet, prescription, emergency, calendar, large, tuple(zone or ()))
    try:
        records = records_of(file, knowledge, codes)
        if len(records) != 1:
            raise BadInput(f"{len(records)} patients in it: a plan is for one")
        record = with_statements(with_interview(records[0], interview, knowledge), ended or [], day)
        screening = screen(record, Therapy.LDN, knowledge, as_of=day, where=country, indication=indication)
        verdict = with_overrides(screening.verdict, overrides or [])
        if not isinstance(verdict, Suitable | Caution):
            print_screening(str(file), record, screening, verdict, knowledge, as_json, False)
            terminal.err.print("No plan: see the reasons above.")
            raise typer.Exit(terminal.NOT_ALLOWED)
        conditions = treated(indication, screening.conditions, knowledge)
        proposed = proposals(conditions, verdict, knowledge)
        chosen = _profile(profile, steps, proposed[0].name, verdict, knowledge, day)
        wanted = Wanted(
            starts=start,
            profile=chosen,
            prescriber=prescriber,
            signed=ceiling_option(ceiling),
            times=_times(slot, at or [], chosen, knowledge, day),
            replaces=replaces,
        )
        choice = choose(
            verdict,
            wanted,
            stock_of(stock, knowledge, day),
            needs_of(record, verdict, as_of=day, stated=frozenset(need or ()), wish=form),
            knowledge,
            as_of=day,
            patient=record.patient.id,
            conditions=conditions,
        )
        screened = screening_json(str(file), record, screening, verdict, knowledge)
        if choice.best is None:
            _refuse(choice, screened, as_json)
        plan = choice.best
        if as_json:
            typer.echo(to_text(plan_json(plan, choice, proposed, screened, knowledge)))
        else:
            show_screening(terminal.out, str(file), record, screening, verdict, knowledge)
            show_plan(terminal.out, plan, choice, proposed, knowledge)
        _write(wanted_papers, plan, conditions, knowledge)
    except (BadInput, CannotPlan, CannotMeasure) as error:
        terminal.fail(f"{file}: {error}", as_json, str(file))
    except OverflowError:
        terminal.fail(f"{file}: the plan would run beyond the year 9999", as_json, str(file))


@plan_app.command("explain")
def explain_command(
    file: Annotated[Path, typer.Argument(help="A plan as `plan --json` printed it.")],
    as_json: options.AsJson = False,
) -> None:
    """Why is each step of a saved plan as it is? And is it still the plan that its number names?"""
    try:
        fields = json_of(file)
        found = id_of(fields)
        altered = found != fields["id"]
        if as_json:
            answer = {"schema": "openldn/1/plan-explained", "id": fields["id"], "altered": altered}
            kept = ("profile", "changed_by_limits", "candidates", "steps", "due", "unverified", "disclaimer")
            typer.echo(to_text(answer | {name: fields[name] for name in kept}))
        else:
            show_explained(terminal.out, fields, altered)
    except BadInput as error:
        terminal.fail(f"{file}: {error}", as_json, str(file))
    except (LookupError, TypeError, ValueError, AttributeError):
        terminal.fail(f"{file}: not a plan as `openldn plan RECORD ... --json` prints it", as_json, str(file))
    raise typer.Exit(terminal.NOT_ALLOWED if altered else 0)


@plan_app.command("profiles")
def profiles_command(as_json: options.AsJson = False) -> None:
    """Published ladders with their authors, those that nothing can be planned from among them."""
    knowledge = load_knowledge()
    rules = profile_rules(knowledge)
    if as_json:
        rows = [
            {
                "name": n,
                "rule": r.id,
                "says": r.text["en"],
                "status": str(r.status),
                "because": r.because,
                "conditions": list(r.findings),
                "plannable": bool(r.parameters),
            }
            for n, r in rules.items()
        ]
        typer.echo(to_text({"schema": "openldn/1/profiles", "profiles": rows}))
        return
    show_profiles(terminal.out, knowledge)


def products_command(
    stock: StockFile = None, as_of: options.AsOf = None, as_json: options.AsJson = False
) -> None:
    """The products at hand: what they hold, how they are measured, how long they keep."""
    knowledge = load_knowledge()
    try:
        found = stock_of(stock, knowledge, as_of or today())
    except BadInput as error:
        terminal.fail(str(error), as_json, str(stock))
    if as_json:
        typer.echo(to_text(stock_json(found)))
    else:
        show_stock(terminal.out, found)


def _profile(
    name: str | None, steps: str | None, proposed: str, verdict: Allowed, knowledge: Knowledge, day: date
) -> Profile:
    if steps is not None:
        if name is not None:
            raise BadInput("--profile or --steps, not both")
        return typed(steps)
    return profile_named(name or proposed, verdict, knowledge, as_of=day)


def _times(
    slot: Slot | None, at: list[str], profile: Profile, knowledge: Knowledge, day: date
) -> tuple[tuple[Slot, time], ...]:
    if slot is not None and profile.times_a_day > 1:
        raise BadInput(f"--slot is for once a day; profile {profile.name!r} is taken twice")
    slots = (slot or Slot.NIGHT,) if profile.times_a_day == 1 else (Slot.MORNING, Slot.NIGHT)
    if not at:
        return tuple((s, usual_time(s, knowledge, as_of=day)) for s in slots)
    if len(at) != len(slots):
        raise BadInput(f"--at: {len(slots)} clock time(s) expected, {len(at)} given")
    try:
        return tuple((s, time.fromisoformat(t)) for s, t in zip(slots, at, strict=True))
    except ValueError:
        raise BadInput(f"--at {' '.join(at)}: write clock times like 22:30") from None


def _refuse(choice: Choice, screened: dict[str, Any], as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(to_text(refused_json(choice, screened)))
    else:
        show_refused(terminal.out, choice)
    raise typer.Exit(terminal.NOT_ALLOWED)


def _write(papers: _Papers, plan: Plan, conditions: tuple[Condition, ...], knowledge: Knowledge) -> None:
    # Imported here: half a second that a plan without paper need not wait for.
    from openldn.leaflets.calendar import Stay, calendar_text  # noqa: PLC0415
    from openldn.leaflets.consent import texts_for  # noqa: PLC0415
    from openldn.leaflets.papers import Paper, paper_html  # noqa: PLC0415
    from openldn.leaflets.pdf import replace_file, write_page  # noqa: PLC0415

    stays = tuple(Stay(*_stay(text, plan.starts)) for text in papers.zones)
    if list(stays) != sorted(stays, key=lambda s: s.since):
        raise BadInput("--zone: in the order of the days, please")
    try:
        if papers.folder:
            papers.folder.mkdir(parents=True, exist_ok=True)
        texts = texts_for((c.id for c in conditions), knowledge)
        for name, target in papers.targets.items():
            html = paper_html(Paper(name), plan, texts, large=papers.large)
            written, note = write_page(html, target)
            terminal.err.print(f"{name}: {written}{f' ({note})' if note else ''}", soft_wrap=True)
        if papers.calendar_target:
            replace_file(papers.calendar_target, calendar_text(plan, stays))
            terminal.err.print(f"calendar: {papers.calendar_target}", soft_wrap=True)
    except OSError as error:
        raise BadInput(f"cannot write {error.filename}: {error.strerror}") from error


def _stay(text: str, starts: date) -> tuple[date, ZoneInfo]:
    since, _, name = text.rpartition("=")
    try:
        day = date.fromisoformat(since) if since else starts
        return day, ZoneInfo(name)
    except ValueError:
        raise BadInput(f"--zone {text!r}: write it like 2026-12-20=America/New_York") from None
    except (ZoneInfoNotFoundError, OSError):
        raise BadInput(f"--zone {text!r}: no such time zone; write it like Europe/London") from None
