"""`openldn simulate`: doses drawn over the model, compared, in people who differ; it never decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from openldn.answers.values import to_text
from openldn.cli import terminal
from openldn.cli.inputs import json_of
from openldn.cli.options import AsJson
from openldn.cli.progress import counted
from openldn.fhir.json_text import BadInput
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.curves import ROUNDING
from openldn.plan.saved import BadPlan, plan_of
from openldn.quantities import Dose, NotAnAmount

if TYPE_CHECKING:
    from openldn.pharmacology.simulate import Course

simulate_app = typer.Typer(
    help="What a model makes of doses. It explains and never decides; outputs say how far they are trusted.",
    no_args_is_help=True,
)
_COUNT: Final = 13
"""Rows of the table of a course."""
_FEW_DAYS: Final = 48.0
"""Hours that a table shows evenly; longer ones by doses, or it would show how the hour of the day drifts."""
_AT_ONCE: Final = 4_000_000
"""People times hours that are kept in memory: half a gigabyte."""
_USUAL: Final = "transient-blockade"


@simulate_app.command("doses")
def doses_command(
    doses: Annotated[list[str], typer.Argument(help="One or several, compared: '4.5 mg' '50 mg'.")],
    days: Annotated[int, typer.Option(min=1, max=180, help="How long.")] = 14,
    every: Annotated[int, typer.Option(min=4, max=72, help="Hours between doses.")] = 24,
    route: Annotated[str, typer.Option(help="oral, sublingual, skin.")] = "oral",
    hypothesis: Annotated[str, typer.Option(help="Which account: transient-blockade or a rival.")] = _USUAL,
    people: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many who differ; 1: a typical one.")
    ] = 1,
    seed: Annotated[int, typer.Option(help="Of the people.")] = 1,
    output: Annotated[
        str, typer.Option(help="What is shown: NTX, M6bN, occ_brain, S, E, R, ...")
    ] = "occ_brain",
    last_day: Annotated[
        bool, typer.Option("--last-day", help="Only the last day, every quarter hour.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Simulate again with half the steps.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Write a picture (.svg).")] = None,
    as_json: AsJson = False,
) -> None:
    """Regimens side by side."""
    from openldn.answers.simulations import SHOWN, drawn, figure, simulation_json, told  # noqa: PLC0415 - NumPy
    from openldn.pharmacology.population import population, seeded  # noqa: PLC0415
    from openldn.pharmacology.simulate import (  # noqa: PLC0415
        Route,
        daily,
        hours_around,
        self_check,
        simulate,
    )

    values = _values(hypothesis, as_json)
    asked = {
        "doses": doses,
        "days": days,
        "every": every,
        "route": route,
        "hypothesis": hypothesis,
        "people": people,
        "seed": seed,
    }
    account = "" if hypothesis == _USUAL else hypothesis
    try:
        regimens = {text: daily(Dose.parse(text), days, route=Route(route), every=every) for text in doses}
        given = next(iter(regimens.values()))
        hours = (
            [24.0 * (days - 1) + n / 4 for n in range(97)] if last_day else hours_around(given, 24.0 * days)
        )
        _fits(people, len(hours))
        who: dict[str, Any] = dict(values)
        if people > 1:
            who |= population(people, seeded(seed), around=values)
        courses = {text: simulate(events, hours, values=who) for text, events in regimens.items()}
        _known(output, next(iter(courses.values())).model.outputs)
        picture = drawn(courses, output, account=account) if plot else ""
    except (BadInput, NotAnAmount, ValueError) as error:
        terminal.fail(str(error), as_json, "simulate")
    checks = [self_check(events, hours, who) for events in regimens.values()] if check else []
    found = max(checks, key=lambda c: c.worst, default=None)
    if plot:
        _write(plot, picture, as_json)
    if as_json:
        typer.echo(to_text(simulation_json(courses, list(dict.fromkeys([*SHOWN, output])), found, asked)))
        return
    _show(courses, output, [event.hour for event in given], account)
    if people > 1:
        terminal.out.print(f"Of {people} people (seed {seed}) the middle one and, in brackets, 90 of 100:")
    for text, course in courses.items():
        least, mean, most = told(course, output)
        reach = f"{figure(least)} to {figure(most)}, mean {figure(mean)}"
        terminal.out.print(f"{text}: {reach}", highlight=False)
    if found is not None:
        where = f"{found.output} at {found.hour:g} h; {'passes' if found.passes else 'FAILS'}"
        terminal.out.print(f"Half the steps change at most {found.worst:.1e} ({where})", highlight=False)
    _note()


def _values(hypothesis: str, as_json: bool) -> dict[str, float]:
    from openldn.pharmacology.parameter_sets import default_set  # noqa: PLC0415 - NumPy beside it

    try:
        chosen = default_set()
        return {k: v for k, v in chosen.of_variant(hypothesis).items() if v != chosen.values[k]}
    except LookupError as error:
        terminal.fail(str(error).strip('"'), as_json, "simulate")


def _known(output: str, outputs: Iterable[str]) -> None:
    outputs = list(outputs)
    if output not in outputs:
        raise BadInput(f"--output {output!r}: there are {', '.join(outputs)}")


def _fits(people: int, hours: int) -> None:
    if people * hours > _AT_ONCE:
        most = _AT_ONCE // hours
        raise BadInput(
            f"--people {people}: for so many days at most {most} are shown hour by hour;"
            " `openldn simulate trial` takes more, and --last-day shows less of each"
        )


def _rows(hours: Sequence[float], doses: Sequence[float]) -> list[int]:
    """Which hours a table shows: evenly over two days at most, else before and an hour after some doses."""
    if hours[-1] - hours[0] <= _FEW_DAYS:
        return sorted({round(n * (len(hours) - 1) / (_COUNT - 1)) for n in range(_COUNT)})
    some = _COUNT // 2
    chosen = {doses[round(n * (len(doses) - 1) / (some - 1))] for n in range(some)}
    wanted = sorted({*chosen, *(hour + 1 for hour in chosen), hours[-1]})
    return [hours.index(hour) for hour in wanted if hour in hours]


def _show(courses: Mapping[str, Course], output: str, doses: Sequence[float], account: str = "") -> None:
    import numpy as np  # noqa: PLC0415 - not for who only asks for help

    from openldn.answers.simulations import mark_of  # noqa: PLC0415

    first = next(iter(courses.values()))
    of = first.model.outputs[output]
    by = f", by the account {account}" if account else ""
    terminal.out.print(f"[bold]{escape(of.title)}[/]{'' if of.unit == '1' else f', {of.unit}'}{by}")
    if of.caveat:
        terminal.out.print(f"[bold red]{escape(of.caveat)}[/]")
    if all(np.ptp(course.of(output)) < ROUNDING for course in courses.values()):
        terminal.out.print("[bold]This account does not move it: the same all the time.[/]")
    for name, course in courses.items():
        terminal.out.print(f"  {name}: {mark_of(course.standing[output])}", highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("hour")
    for name in courses:
        table.add_column(name)
    for place in _rows(first.hours.tolist(), doses):
        table.add_row(f"{first.hours[place]:g}", *(_cell(c, output, place) for c in courses.values()))
    terminal.out.print(table)
    about = f"engine {first.engine}, parameters {first.parameters}, OpenLDN {first.version}"
    terminal.out.print(f"[dim]{about}[/]", highlight=False)


def _cell(course: Course, output: str, place: int) -> str:
    """The middle of all lanes, and between which 90 of 100 lie."""
    import numpy as np  # noqa: PLC0415 - see above

    from openldn.answers.simulations import figure  # noqa: PLC0415

    low, middle, high = np.percentile(course.of(output)[place], (5, 50, 95))
    spread = f" ({figure(low)} to {figure(high)})" if course.values.shape[-1] > 1 else ""
    return figure(middle) + spread


@simulate_app.command("trial")
def trial_command(
    one: Annotated[str, typer.Argument(metavar="DOSE", help="Of one arm, '4.5 mg'.")],
    other: Annotated[str, typer.Argument(metavar="DOSE", help="Of the other arm, in the same people.")],
    people: Annotated[int, typer.Option(min=2, max=1_000_000, help="How many.")] = 10_000,
    days: Annotated[int, typer.Option(min=1, max=180, help="How long; the last day is compared.")] = 14,
    every: Annotated[int, typer.Option(min=4, max=72, help="Hours between doses.")] = 24,
    route: Annotated[str, typer.Option(help="oral, sublingual, skin.")] = "oral",
    hypothesis: Annotated[str, typer.Option(help="Which account.")] = _USUAL,
    output: Annotated[str, typer.Option(help="Whose mean over the last day is compared.")] = "occ_brain",
    seed: Annotated[int, typer.Option(help="Of the people.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes of this machine.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A running Dask scheduler instead, tcp://host:8786.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A virtual trial: two doses in the same people who differ, each compared with themselves."""
    import numpy as np  # noqa: PLC0415 - not for who only asks for help

    from openldn.answers.simulations import trial_json  # noqa: PLC0415 - NumPy beside it
    from openldn.cli.pools import Unreachable, pools_of  # noqa: PLC0415
    from openldn.pharmacology.ldn_model import LDN_MODEL  # noqa: PLC0415
    from openldn.pharmacology.many import per_person, trial  # noqa: PLC0415
    from openldn.pharmacology.population import population, seeded  # noqa: PLC0415
    from openldn.pharmacology.simulate import Route, daily  # noqa: PLC0415

    values = _values(hypothesis, as_json)
    try:
        regimens = [daily(Dose.parse(text), days, route=Route(route), every=every) for text in (one, other)]
        _known(output, LDN_MODEL.outputs)
    except (BadInput, NotAnAmount, ValueError) as error:
        terminal.fail(str(error), as_json, "simulate")
    hours = [24.0 * (days - 1) + n / 4 for n in range(97)]
    drawn = population(people, seeded(seed), around=values)
    who = {name: np.full(people, value) for name, value in values.items()} | drawn
    try:
        with pools_of(workers, cluster) as pools, counted(f"simulating {people}", shown=not as_json) as bar:
            arms = [per_person(events, hours, who, pools=pools, tell=bar) for events in regimens]
    except Unreachable as error:
        terminal.fail(str(error), as_json, "simulate")
    found = trial(arms[0], arms[-1], output)
    about = {"people": people, "days": days, "every": every, "seed": seed}
    about_it = {**about, "route": route, "hypothesis": hypothesis}
    fields = trial_json((one, other), output, found, arms, about_it)
    if as_json:
        typer.echo(to_text(fields))
        return
    terminal.out.print(
        f"[bold]{escape(fields['title'])}[/], mean of the last day, {people} people (seed {seed});"
        " of each arm the median and, in brackets, 90 of 100"
    )
    if fields["caveat"]:
        terminal.out.print(f"[bold red]{escape(fields['caveat'])}[/]")
    for arm in fields["arms"]:
        low, middle, high = (f"{arm['percentiles'][p]:.3g}" for p in ("5", "50", "95"))
        terminal.out.print(f"  {arm['dose']}: {middle} ({low} to {high}); {arm['mark']}", highlight=False)
    apart = f"{found.mean:+.3g} on average ({found.low:+.3g} to {found.high:+.3g}); more in {found.more:.0%}"
    terminal.out.print(f"{one} less {other}, each against themselves: {apart}", highlight=False)
    if max(abs(found.low), abs(found.high)) < ROUNDING:
        terminal.out.print("[bold]This account does not move it, or the doses are the same.[/]")
    _note()


@simulate_app.command("plan")
def plan_command(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN.json", help="As `plan --json` printed it.")],
    output: Annotated[str, typer.Option(help="What is shown.")] = "occ_brain",
    plot: Annotated[Path | None, typer.Option(help="Write a picture (.svg).")] = None,
    as_json: AsJson = False,
) -> None:
    """A plan of the core drawn over the model: every dose of its calendar, at its clock time."""
    from openldn.answers.simulations import SHOWN, drawn, simulation_json  # noqa: PLC0415
    from openldn.pharmacology.regimens import events_of  # noqa: PLC0415
    from openldn.pharmacology.simulate import hours_around, simulate  # noqa: PLC0415

    try:
        plan = plan_of(json_of(plan_file), load_knowledge())
        events = events_of(plan)
        last = int(events[-1].hour) + 24
        courses = {"plan": simulate(events, hours_around(events, last, every=2))}
        _known(output, next(iter(courses.values())).model.outputs)
    except (BadInput, BadPlan, ValueError) as error:
        terminal.fail(f"{plan_file}: {error}", as_json, str(plan_file))
    if plot:
        _write(plot, drawn(courses, output), as_json)
    if as_json:
        asked = {"plan": plan.id}
        typer.echo(to_text(simulation_json(courses, list(dict.fromkeys([*SHOWN, output])), None, asked)))
        return
    _show(courses, output, [event.hour for event in events])
    _note()


@simulate_app.command("accounts")
def accounts_command(as_json: AsJson = False) -> None:
    """Do the guide's accounts hold in the model, and which single assumption overturns each?"""
    from openldn.answers.simulations import accounts_json  # noqa: PLC0415
    from openldn.pharmacology.claims import ACCOUNTS, asked  # noqa: PLC0415

    answers = [asked(account) for account in ACCOUNTS]
    if as_json:
        typer.echo(to_text(accounts_json(answers)))
        return
    for a in answers:
        word = "holds" if a.holds else "does not hold"
        terminal.out.print(f"[bold]{escape(a.account.says)}[/]: {word}")
        for clause, measure in zip(a.account.clauses, a.measures, strict=True):
            terminal.out.print(f"  {clause.measured}: {measure:.4g}", highlight=False)
        for o in a.overturned_by:
            alone = f"{o.parameter} = {o.value:g} alone ({o.basis})"
            terminal.out.print(
                f"  overturned by {alone}: {o.clause.measured} {o.measure:.3g}", highlight=False
            )
        for one, other in a.by_two:
            both = f"{one.parameter} = {one.value:g} with {other.parameter} = {other.value:g}"
            terminal.out.print(f"  overturned by {both}: {one.clause.measured} {one.measure:.3g}")
        if not (a.overturned_by or a.by_two):
            terminal.out.print("  by neither end of any range, and by no two ends")
        for name, measures in a.by_variant.items():
            holds = "holds" if a.of(measures) else "does not hold"
            terminal.out.print(f"  if {name}: {holds} ({', '.join(f'{m:.3g}' for m in measures)})")
        terminal.out.print(f"  {escape(a.account.caveat)}", highlight=False)
    terminal.out.print("[dim]The constants were chosen so that these hold: that is no evidence for them.[/]")
    _note()


@simulate_app.command("decides")
def decides_command(
    account: Annotated[str, typer.Argument(help="low-dose-rebound, full-dose-block, ultra-low-dose.")],
    size: Annotated[int, typer.Option(min=16, max=4096, help="Base sample, a power of two.")] = 128,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Which assumption decides the picture: Sobol indices over all ranges."""
    from openldn.answers.simulations import decides_json  # noqa: PLC0415
    from openldn.pharmacology.claims import ACCOUNTS, decides  # noqa: PLC0415

    chosen = next((a for a in ACCOUNTS if a.key == account), None)
    if chosen is None:
        known = ", ".join(a.key for a in ACCOUNTS)
        terminal.fail(f"no account {account!r}: there are {known}", as_json, "decides")
    if size & (size - 1):
        terminal.fail(f"--size {size}: a power of two, like 128", as_json, "decides")
    rows = decides(chosen, size=size, seed=seed)
    if as_json:
        typer.echo(to_text(decides_json(account, rows, size, seed)))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("assumption", "alone", "with others"):
        table.add_column(heading)
    for row in rows[:10]:
        table.add_row(row.parameter, f"{max(row.first, 0):.2f}", f"{max(row.total, 0):.2f}")
    terminal.out.print(f"[bold]{escape(chosen.clauses[0].measured)}[/]: parts of its spread over all ranges")
    terminal.out.print(table)
    _note()


@simulate_app.command("export")
def export_command(
    target: Annotated[Path, typer.Argument(help="FILE.xml (SBML) or FILE.omex (COMBINE archive).")],
    dose: Annotated[str, typer.Option(help="One dose.")] = "4.5 mg",
    days: Annotated[int, typer.Option(min=1, max=180)] = 14,
    every: Annotated[int, typer.Option(min=4, max=72, help="Hours between doses.")] = 24,
    route: Annotated[str, typer.Option(help="oral, sublingual, skin.")] = "oral",
    hypothesis: Annotated[str, typer.Option(help="Which account.")] = "transient-blockade",
) -> None:
    """The model with its doses, for any other simulator."""
    from openldn.pharmacology.ldn_model import LDN_MODEL  # noqa: PLC0415
    from openldn.pharmacology.parameter_sets import default_set  # noqa: PLC0415
    from openldn.pharmacology.sbml import archive_of, sbml_of  # noqa: PLC0415
    from openldn.pharmacology.simulate import Route, daily, jumps_of  # noqa: PLC0415

    try:
        values = default_set().of_variant(hypothesis)
        doses = daily(Dose.parse(dose), days, every=every, route=Route(route))
        about = {n: f"{p.unit}; {p.basis}. {p.because}" for n, p in default_set().parameters.items()}
        sbml = sbml_of(LDN_MODEL, values, tuple(jumps_of(doses)), about)
    except (LookupError, ValueError) as error:
        terminal.fail(str(error).strip('"'), False, "export")
    if target.suffix == ".omex":
        _write(target, archive_of(LDN_MODEL, sbml, hours=24.0 * days, points=24 * days), False)
    elif target.suffix == ".xml":
        _write(target, sbml, False)
    else:
        terminal.fail(f"{target}: .xml or .omex is expected", False, "export")


@simulate_app.command("report")
def report_command(
    out: Annotated[Path, typer.Option(help="Where the page is put.")] = Path("docs/reference/simulator.md"),
) -> None:
    """Write the page of the simulator: model, parameters, and every published value beside what it says."""
    from openldn.cli.simulation_pages import simulator_page, write_kernels  # noqa: PLC0415

    write_kernels()
    _write(out, "\n".join(simulator_page()), False)


def _write(path: Path, content: str | bytes, as_json: bool) -> None:
    from openldn.leaflets.pdf import replace_file  # noqa: PLC0415

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content.encode() if isinstance(content, str) else content)
    except OSError as error:
        terminal.fail(f"cannot write {error.filename}: {error.strerror}", as_json, str(path))
    terminal.err.print(f"written: {path}", markup=False, highlight=False)


def _note() -> None:
    from openldn.pharmacology.simulate import NOTE  # noqa: PLC0415

    terminal.out.print(f"[dim]{NOTE}[/]")
