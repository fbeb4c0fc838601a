"""`openldn clinic`: serve it, begin a real one, make decisions again, look whether the audit trail holds."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer

from openldn.answers.values import SCHEMA, to_text
from openldn.cli import options, terminal
from openldn.cli.inputs import today
from openldn.cli.progress import tracked

clinic_app = typer.Typer(
    help="The clinic as a web application; docs/tutorials/clinic.md.", no_args_is_help=True
)


@clinic_app.command("serve")
def serve_command(
    demonstration: Annotated[
        bool,
        typer.Option("--demonstration", help="Where there is no clinic yet: one with invented patients."),
    ] = False,
) -> None:
    """Serve the clinic, and say where. Settings: OPENLDN_HOST, OPENLDN_PORT, OPENLDN_DATABASE and others."""
    from openldn.clinic import start  # noqa: PLC0415 - Django is only for this noun

    _prepare()
    from openldn.clinic.settings import CONFIG  # noqa: PLC0415 - reads the environment

    start.renew_triggers()
    start.learn_sizes()
    if start.is_empty():
        if not demonstration:
            terminal.fail(
                "there is no clinic yet: `openldn clinic init`, or --demonstration", False, "clinic"
            )
        terminal.out.print("Making a demonstration clinic with 12 invented patients ...")
        start.demonstrate(today())
    try:
        port = start.free_port(CONFIG.host, CONFIG.port)
    except OSError as error:
        terminal.fail(str(error), False, "clinic")
    terminal.out.print(f"[bold]http://{CONFIG.host}:{port}/[/]  (stop with Ctrl-C)")
    if accounts := list(start.demonstration_accounts()):
        password = start.demonstration_password()
        terminal.out.print(f"Sign in with the password {password} as", highlight=False)
        for role, email in accounts:
            terminal.out.print(f"    {email}  [dim]{role}[/]", highlight=False)
        terminal.out.print("[dim]The second factor of these accounts stands on the page that asks for it.[/]")
    from openldn.clinic.server import serve  # noqa: PLC0415 - after the settings are read

    serve(CONFIG.host, port, CONFIG.workers)


@clinic_app.command("init")
def init_command(
    name: Annotated[str, typer.Option(prompt="Name of the clinic", help="What it is called.")],
    administrator: Annotated[
        str, typer.Option(prompt="Name of the administrator", help="Who makes accounts.")
    ],
    email: Annotated[
        str, typer.Option(prompt="Their e-mail address", help="To sign in with; nothing is sent.")
    ],
    where: options.Where = None,
    zone: Annotated[str, typer.Option(help="Time zone of the clinic.")] = "UTC",
    as_json: options.AsJson = False,
) -> None:
    """Begin a real, empty clinic: its administrator gets an address to choose a password at."""
    from openldn.clinic import start  # noqa: PLC0415

    country = options.country_of(where) or ""
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        terminal.fail(f"--zone {zone!r}: no such time zone; write it like Europe/London", as_json, "clinic")
    _prepare()
    if not start.is_empty():
        terminal.fail("there is a clinic already; another one needs another OPENLDN_VAR", as_json, "clinic")
    secret = start.found(name, country, zone, administrator, email)
    path = f"/accounts/invitation/{secret}/"
    if as_json:
        typer.echo(to_text({"schema": f"{SCHEMA}/clinic", "clinic": name, "invitation": path}))
        return
    terminal.out.print(
        f"{name} is there. Serve it (`openldn clinic serve`); within seven days {administrator} opens"
    )
    terminal.out.print(f"    {path}", soft_wrap=True, highlight=False)
    terminal.out.print("below the address that it prints, and makes the other accounts.")


@clinic_app.command("replay")
def replay_command(
    decision: Annotated[int, typer.Argument(help="The number of a decision, as its page shows it.")],
    now: Annotated[bool, typer.Option("--now", help="With the knowledge of today.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Make a decision again from its inputs and the knowledge of its day; exit status 3 where it differs."""
    _prepare()
    from openldn.clinic.again import replay  # noqa: PLC0415
    from openldn.clinic.store.models import Decision  # noqa: PLC0415

    row = Decision.objects.select_related("patient", "snapshot").filter(pk=decision).first()
    if row is None:
        terminal.fail(f"there is no decision {decision}", as_json, "clinic")
    found = replay(row, with_todays_knowledge=now)
    if as_json:
        differences = [{"where": d.where, "was": d.was, "now": d.now} for d in found]
        typer.echo(to_text({"schema": f"{SCHEMA}/replay", "decision": decision, "differences": differences}))
    else:
        terminal.out.print(f"{row.kind} of {row.as_of}: {row.word}, by OpenLDN {row.version}")
        for d in found:
            terminal.out.print(f"    {d.where}: was {d.was!r}, now {d.now!r}", markup=False, soft_wrap=True)
        terminal.out.print(f"{len(found)} differences" if found else "The same answer.")
    raise typer.Exit(terminal.NOT_ALLOWED if found else 0)


@clinic_app.command("recheck")
def recheck_command(as_json: options.AsJson = False) -> None:
    """Screen every patient with a plan in force anew: whose verdict changed, and why."""
    _prepare()
    from openldn.clinic.again import Changed, recheck  # noqa: PLC0415

    looked_at = list(tracked(list(recheck()), "screening", shown=not as_json))
    changed = [c for c in looked_at if isinstance(c, Changed)]
    if as_json:
        rows = [_changed_json(c) for c in changed]
        typer.echo(to_text({"schema": f"{SCHEMA}/recheck", "plans": len(looked_at), "changed": rows}))
        return
    for c in changed:
        terminal.out.print(f"{c.plan.patient.number}: was {c.was}, now [bold]{c.now}[/]")
        for rule, says in c.reasons:
            terminal.out.print(f"    {says} ({rule})", markup=False, soft_wrap=True)
    terminal.out.print(f"{len(looked_at)} plans in force, {len(changed)} changed")


def _changed_json(changed: Any) -> dict[str, Any]:
    return {
        "patient": changed.plan.patient.number,
        "plan": changed.plan.number,
        "was": changed.was,
        "now": changed.now,
        "new_reasons": [{"rule": rule, "says": says} for rule, says in changed.reasons],
    }


@clinic_app.command("audit")
def audit_command(as_json: options.AsJson = False) -> None:
    """Does the audit trail hold? Prints the head of the chain; exit status 3 where it does not."""
    _prepare()
    from openldn.clinic.store import chain  # noqa: PLC0415

    found, head = list(chain.breaks()), chain.head()
    if as_json:
        breaks = [{"where": b.where, "what": b.what} for b in found]
        typer.echo(to_text({"schema": f"{SCHEMA}/audit", "head": head, "breaks": breaks}))
    else:
        for b in found:
            terminal.out.print(f"[red]{b.where}[/]: {b.what}")
        terminal.out.print(f"head {head}", soft_wrap=True)
        terminal.out.print(f"{len(found)} places do not hold" if found else "Every link holds.")
    raise typer.Exit(terminal.NOT_ALLOWED if found else 0)


def _prepare() -> None:
    from openldn.clinic import start  # noqa: PLC0415
    from openldn.clinic.config import BadConfig  # noqa: PLC0415
    from openldn.clinic.sqlite import UnfixedSQLite  # noqa: PLC0415

    try:
        start.prepare()
    except (BadConfig, UnfixedSQLite) as error:
        _fail(error)
    except OSError as error:
        terminal.fail(f"{error.filename}: {error.strerror}", False, "clinic")


def _fail(error: Exception) -> NoReturn:
    terminal.fail(str(error), False, "clinic")
