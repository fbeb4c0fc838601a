"""How long people wait: prescribers and patients at the real web server, on a clinic full of invented data.

Each user asks for pages at planned times, whether or not the answer before was late, and a wait counts from
the planned time: a server that stands still is seen by all who would have come meanwhile (no coordinated
omission). What is sent leads to a page (a redirect), which is asked for at once and counts by itself. The
client runs on the same machine. Asserts nothing; says what it was measured with.

    .venv/bin/python benchmarks/clinic_load.py --seconds 120
    .venv/bin/python benchmarks/clinic_load.py --var /tmp/clinic     # made before by clinic_data.py

With OPENLDN_DATABASE set the clinic is there; else it is an SQLite file below `--var`, or a folder that goes
away.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import platform
import re
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

HERE: Final = Path(__file__).parent
HOST: Final = "127.0.0.1"
_PATIENCE: Final = 30.0
"""Seconds after which a request has failed, and after the end what is still to be sent is given up."""
_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_KEY: Final = re.compile(r'name="key" value="([^"]+)"')
_SLOT: Final = re.compile(r'name="slot" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in already."""

    cookie: str
    role: str


@dataclass(frozen=True, slots=True)
class World:
    """Whom there is to ask about."""

    numbers: tuple[str, ...]
    """Patients with a plan in force."""
    families: tuple[str, ...]
    proposals: tuple[tuple[str, int], ...]
    """Those that wait: number of the patient, key."""


@dataclass(slots=True)
class Seen:
    """What one user saw: waits by page, in seconds, and what went wrong."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    connections: int = 0
    asked_again: int = 0
    late: list[float] = field(default_factory=list)
    """How much later than planned a request was sent."""


class Wrong(Exception):
    """An answer that is not what was asked for."""


class Browser:
    """One user's connection, which is kept while the server keeps it."""

    def __init__(self, port: int, session: Session, seen: Seen) -> None:
        self._port, self._session, self._seen = port, session, seen
        self._cookies = {"session": session.cookie}
        self._open: http.client.HTTPConnection | None = None

    def get(self, path: str) -> str:
        """A page."""
        status, _, text = self._ask("GET", path, None)
        if status != 200 or "</html>" not in text:
            raise Wrong(f"status {status}")
        return text

    def post(self, path: str, fields: dict[str, str], *, leads_to: str) -> None:
        """Send a form, whose answer leads to another page."""
        status, to, _ = self._ask("POST", path, urlencode(fields))
        if status != 302 or to != leads_to:
            raise Wrong(f"status {status} to {to}")

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            kept = self._is_open()
            answer, text = self._answer(method, path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            # The server let go of a kept connection while this was on its way: browsers ask once more.
            self.close()
            if not kept:
                raise
            self._seen.asked_again += 1
            answer, text = self._answer(method, path, body, headers)
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.split(";")[0].partition("=")
            self._cookies[name] = value
        if answer.will_close:
            self.close()
        return answer.status, answer.headers.get("Location", ""), text

    def _answer(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, str]:
        if not self._is_open():
            self.close()
            self._open = http.client.HTTPConnection(HOST, self._port, timeout=_PATIENCE)
            self._open.connect()
            self._open.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._seen.connections += 1
        assert self._open is not None
        try:
            self._open.request(method, path, body, headers)
            answer = self._open.getresponse()
            return answer, answer.read().decode()
        except BaseException:
            self.close()
            raise

    def _is_open(self) -> bool:
        """Whether the connection before is there, and the server has not closed it meanwhile."""
        if self._open is None or self._open.sock is None:
            return False
        readable, _, _ = select.select([self._open.sock], [], [], 0)
        return not readable

    def close(self) -> None:
        """End the connection."""
        if self._open is not None:
            self._open.close()
        self._open = None


Page = tuple[str, Callable[[], None]]
"""Its name, and what asks for it."""


def prescriber(browser: Browser, world: World, rng: Random) -> Iterator[Page]:
    """The list of the day, a patient, what was proposed; again and again with others.

    Each begins somewhere else: people do not all open the same page in the same seconds.
    """
    first = rng.randrange(6)
    while True:
        number = rng.choice(world.numbers)
        base = f"/prescriber/patients/{number}/"
        word = rng.choice(world.families)[: rng.randrange(1, 4)]
        pages = [
            ("prescriber: today", "/prescriber/"),
            ("prescriber: search", f"/prescriber/patients/?q={quote(word)}"),
            ("prescriber: patient", base),
            ("prescriber: course", f"{base}course/"),
            ("prescriber: screening", f"{base}screening/"),
        ]
        if world.proposals:
            about, key = rng.choice(world.proposals)
            pages.append(("prescriber: proposal", f"/prescriber/patients/{about}/proposals/{key}/"))
        for name, path in pages[first:]:
            yield name, lambda path=path: browser.get(path)  # type: ignore[misc]
        first = 0


def patient(browser: Browser, rng: Random) -> Iterator[Page]:
    """Today's dose, the tick, the diary."""
    kept: dict[str, str] = {}

    def look(path: str) -> Callable[[], None]:
        def ask() -> None:
            kept["page"] = browser.get(path)

        return ask

    def tick() -> None:
        # Once ticked off there is no button any more: a later tick has a key of its own.
        fields = {"slot": "night", "key": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "taken": "yes"}
        browser.post("/patient/taken/", _with_token(fields, kept), leads_to="/patient/")

    def write() -> None:
        page = kept.get("page", "")
        fields = {
            "key": _found(_KEY, page),
            "slot": _found(_SLOT, page),
            "day": _found(re.compile(r'name="day" value="([^"]+)"'), page),
            "taken": "yes",
            "symptoms": str(rng.randrange(2, 6)),
            "sleep": str(rng.randrange(2, 5)),
            "no_effects": "on",
            "painkiller": "no",
        }
        browser.post("/patient/diary/", _with_token(fields, kept), leads_to="/patient/")

    begins_with_diary = rng.random() < 0.5
    while True:
        if not begins_with_diary:
            yield "patient: today", look("/patient/")
            yield "patient: taken, sent", tick
            yield "", look("/patient/")
        begins_with_diary = False
        yield "patient: diary", look("/patient/diary/")
        yield "patient: diary, sent", write
        yield "", look("/patient/")


def _with_token(fields: dict[str, str], kept: dict[str, str]) -> dict[str, str]:
    return {**fields, "csrfmiddlewaretoken": _found(_TOKEN, kept.get("page", ""))}


def _found(what: re.Pattern[str], page: str) -> str:
    match = what.search(page)
    if match is None:
        raise Wrong("the page before has no such form")
    return match[1]


@dataclass(frozen=True, slots=True)
class Pace:
    """When requests are planned: seconds of the monotonic clock."""

    begins: float
    counts_from: float
    ends: float
    think: float


def live(pages: Iterator[Page], pace: Pace, offset: float, seen: Seen, rng: Random) -> None:
    """Ask for one page after another at the planned times, until the end."""
    n = 0
    while True:
        # Somewhere within its own interval, so that the rate is fixed and users do not walk in step.
        planned = pace.begins + offset + (n + rng.random() * 0.8) * pace.think
        n += 1
        if planned >= pace.ends:
            return
        name, ask = next(pages)
        time.sleep(max(0.0, planned - time.monotonic()))
        if time.monotonic() > pace.ends + _PATIENCE:
            seen.errors[name, "given up: not even sent"] += 1
            if name.endswith(", sent"):
                next(pages)
            continue
        counts = planned >= pace.counts_from
        if counts:
            seen.late.append(time.monotonic() - planned)
        _timed(name, ask, planned, seen, counts=counts)
        if name.endswith(", sent"):
            _, follow = next(pages)
            _timed("patient: today, after sending", follow, time.monotonic(), seen, counts=counts)


def _timed(name: str, ask: Callable[[], None], planned: float, seen: Seen, *, counts: bool) -> None:
    try:
        ask()
    except (Wrong, OSError, http.client.HTTPException) as error:
        seen.errors[name, f"{type(error).__name__}: {error}"] += 1
        return
    if counts:
        seen.waits[name].append(time.monotonic() - planned)


@contextmanager
def serving(environment: dict[str, str], workers: int) -> Iterator[tuple[int, int]]:
    """The web server as people start it; gives its process and port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "openldn.cli", "clinic", "serve"]
    given = {**environment, "OPENLDN_PORT": str(port), "OPENLDN_WORKERS": str(workers)}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=given, stdout=said, stderr=subprocess.STDOUT, process_group=0)
        try:
            _wait_for(port, process, said)
            yield process.pid, port
        finally:
            if process.poll() is not None:
                print(f"The server ended by itself, status {process.returncode}.", file=sys.stderr)
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                # Its workers too: one that is left would go on writing.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            said.seek(0)
            if text := said.read().decode(errors="replace").strip():
                print(f"The server said:\n{text[-2000:]}", file=sys.stderr)


def _wait_for(port: int, process: subprocess.Popen[bytes], said: Any) -> None:
    for _ in range(600):
        if process.poll() is not None:
            said.seek(0)
            sys.exit(f"the server ended: {said.read().decode(errors='replace')}")
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/accounts/login/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("the server did not answer within a minute")


def cpu_seconds(root: int) -> float:
    """What a process and those below it have used of the processors."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(path.parent.name)
        parents[pid] = int(fields[1])
        used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    family, grown = {root}, True
    while grown:
        below = {p for p, parent in parents.items() if parent in family} - family
        grown, family = bool(below), family | below
    return sum(used.get(p, 0.0) for p in family)


def whole_cpu_seconds() -> float:
    """What all processes of the machine have used of the processors: whether others were at work too."""
    user, nice, system, _, _, irq, soft = (int(x) for x in Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def prepared(users: int, rng: Random) -> tuple[list[Session], World, dict[str, Any]]:
    """Sign everybody in without the hash of a password, and say whom there is to ask about."""
    from clinic_data import counted
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection

    from openldn.clinic import clock
    from openldn.clinic.settings import AUTHENTICATION_BACKENDS
    from openldn.clinic.store.acting import acting
    from openldn.clinic.store.models import Account, Patient, Plan, PlanState, Proposal, Role

    found = []
    day = clock.today(Account.objects.filter(role=Role.PRESCRIBER)[0].clinic)
    in_force = Plan.objects.filter(state=PlanState.SIGNED, starts__lte=day, ends__gte=day)
    who = list(Account.objects.filter(role=Role.PRESCRIBER).order_by("id")[: users // 2])
    # No stop stands on these patients' pages: they take a dose today.
    keys = list(
        in_force.exclude(patient__proposals__tells_patient=True)
        .order_by("patient_id")
        .values_list("patient__account", flat=True)
    )
    who += list(Account.objects.filter(pk__in=rng.sample(keys, users - len(who))).order_by("id"))
    now = clock.now().isoformat()
    with acting("benchmark", "sessions"):
        for account in who:
            session = SessionStore()
            session[SESSION_KEY] = str(account.pk)
            session[BACKEND_SESSION_KEY] = AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = account.get_session_auth_hash()
            session["signed_in_at"] = session["seen_at"] = now
            session["has_second_factor"] = account.role == Role.PRESCRIBER
            session.create()
            found.append(Session(str(session.session_key), account.role))
    world = World(
        numbers=tuple(in_force.order_by("id").values_list("patient__number", flat=True)),
        families=tuple(Patient.objects.order_by("family").values_list("family", flat=True).distinct()),
        proposals=tuple(
            Proposal.objects.filter(state="open").order_by("id").values_list("patient__number", "id")
        ),
    )
    facts = {"database": _database(connection), **counted()}
    facts["not looked at today"] = (
        Patient.objects.filter(plans__state=PlanState.SIGNED).exclude(reviewed_on=day).count()
    )
    connection.close()
    return found, world, facts


def _database(connection: Any) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            version, size = cursor.fetchone()
            return f"PostgreSQL {version}, {size / 1e6:,.0f} MB"
        cursor.execute("SELECT sqlite_version()")
        (version,) = cursor.fetchone()
        name = Path(connection.settings_dict["NAME"])
        return f"SQLite {version}, {name.stat().st_size / 1e6:,.0f} MB"


def machine() -> dict[str, Any]:
    """What it was measured on."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model[1] if model else platform.processor(),
        "memory_gb": round(int(memory[1]) / 1e6, 1) if memory else None,
        "python": platform.python_version(),
        "load_before": [round(x, 2) for x in os.getloadavg()],
    }


def percentile(values: list[float], share: float) -> float:
    """The value that a share of all is not above, in milliseconds."""
    found = sorted(values)
    return found[max(0, math.ceil(len(found) * share) - 1)] * 1000


def driven(given: argparse.Namespace, environment: dict[str, str]) -> dict[str, Any]:
    """Serve, drive, and put together what was seen."""
    rng = Random(given.seed)
    sessions, world, facts = prepared(given.users, rng)
    everybody = [Seen() for _ in sessions]
    with serving(environment, given.workers) as (pid, port):
        begins = time.monotonic() + 0.5
        counts_from = begins + given.warm_up
        pace = Pace(begins, counts_from, counts_from + given.seconds, given.think)
        threads = []
        for n, (session, seen) in enumerate(zip(sessions, everybody, strict=True)):
            own = Random(f"{given.seed} {n}")
            browser = Browser(port, session, seen)
            pages = prescriber(browser, world, own) if session.role == "prescriber" else patient(browser, own)
            offset = given.think * n / len(sessions)
            threads.append(threading.Thread(target=live, args=(pages, pace, offset, seen, own), daemon=True))
        for thread in threads:
            thread.start()
        time.sleep(max(0.0, counts_from - time.monotonic()))
        server, client, whole = cpu_seconds(pid), time.process_time(), whole_cpu_seconds()
        time.sleep(max(0.0, pace.ends - time.monotonic()))
        server, client = cpu_seconds(pid) - server, time.process_time() - client
        others = whole_cpu_seconds() - whole - server - client
        for thread in threads:
            thread.join()
    pages_seen: dict[str, list[float]] = defaultdict(list)
    errors: Counter[tuple[str, str]] = Counter()
    for seen in everybody:
        errors.update(seen.errors)
        for name, waits in seen.waits.items():
            pages_seen[name] += waits
    by_page = {name: _figures(waits, errors, name) for name, waits in sorted(pages_seen.items())}
    for name in {n for n, _ in errors} - set(by_page):
        by_page[name] = _figures([], errors, name)
    every = [w for waits in pages_seen.values() for w in waits]
    return {
        "measured_with": {
            **machine(),
            **facts,
            "users": len(sessions),
            "prescribers": sum(s.role == "prescriber" for s in sessions),
            "workers": given.workers,
            "think_s": given.think,
            "seconds": given.seconds,
            "requests_a_second": round(len(every) / given.seconds, 1),
            "server_cores_busy": round(server / given.seconds, 2),
            "client_cores_busy": round(client / given.seconds, 2),
            "others_cores_busy": round(max(0.0, others) / given.seconds, 2),
            "connections": sum(s.connections for s in everybody),
            "asked_again": sum(s.asked_again for s in everybody),
            "sent_late_p99_ms": round(percentile([x for s in everybody for x in s.late] or [0.0], 0.99), 1),
        },
        "pages": by_page,
        "all": _figures(every, errors, None),
        "errors": [{"page": p, "what": w, "times": n} for (p, w), n in errors.most_common()],
    }


def _figures(waits: list[float], errors: Counter[tuple[str, str]], name: str | None) -> dict[str, Any]:
    wrong = sum(n for (page, _), n in errors.items() if name in (None, page))
    if not waits:
        return {"requests": 0, "p50_ms": None, "p99_ms": None, "max_ms": None, "errors": wrong}
    return {
        "requests": len(waits),
        "p50_ms": round(statistics.median(waits) * 1000, 1),
        "p99_ms": round(percentile(waits, 0.99), 1),
        "max_ms": round(max(waits) * 1000, 1),
        "errors": wrong,
    }


def printed(found: dict[str, Any]) -> None:
    """The figures for people."""
    for name, value in found["measured_with"].items():
        print(f"{name.replace('_', ' '):24}{f'{value:,}' if isinstance(value, int) else value}")
    print(f"\n{'page':32}{'requests':>9}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'errors':>8}")
    for name, f in (*found["pages"].items(), ("all", found["all"])):
        waits = "".join(f"{f[n] or '-':>9}" for n in ("requests", "p50_ms", "p99_ms", "max_ms"))
        print(f"{name:32}{waits}{f['errors']:>8}")
    for error in found["errors"]:
        print(f"{error['times']} x {error['page']}: {error['what']}")


def main() -> int:
    """Fill a clinic unless there is one, serve it, drive it, print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--patients", type=int, default=10_000)
    options.add_argument("--entries", type=int, default=1_000_000, help="diary entries, about so many")
    options.add_argument("--users", type=int, default=50, help="half of them prescribers, half patients")
    options.add_argument("--seconds", type=float, default=120.0, help="how long is measured")
    options.add_argument("--warm-up", type=float, default=10.0, help="seconds before that")
    options.add_argument("--think", type=float, default=5.0, help="seconds between a user's requests")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=6)
    options.add_argument("--var", type=Path, help="a folder that is kept; filled unless it is")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="openldn-load-") as folder:
        os.environ["OPENLDN_VAR"] = str(given.var or folder)
        os.environ["OPENLDN_NAMES"] = f"{HOST},localhost"
        fill = [sys.executable, str(HERE / "clinic_data.py"), "--patients", str(given.patients)]
        fill += ["--entries", str(given.entries), "--seed", str(given.seed), "--check", "3"]
        kept = (Path(os.environ["OPENLDN_VAR"]) / "clinic.sqlite3").exists()
        # Status 2: there is a clinic already, in the database that OPENLDN_DATABASE names.
        if not kept and subprocess.run(fill, stdout=sys.stderr, check=False).returncode == 1:
            return 1
        found = driven(given, dict(os.environ))
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        printed(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
