"""A real browser before a real server: a demonstration clinic, and who signs in to it.

The clinic is made once in a session. Each module is served a copy of its own, because a module moves its day
and answers its proposals: no test depends on which other ran before it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState, expect, sync_playwright

_SCRIPT = Path(sys.executable).with_name("openldn")
_CHROMIUM = os.environ.get("OPENLDN_CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
)
_STARTS_WITHIN = 120.0
_WAITS = 30_000
"""Milliseconds that a page may take on a busy machine; no test asserts a time."""


def _free_port() -> str:
    # Of the system: two runs of these tests begin at the same moment and must not meet.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def _serving(var: Path) -> Iterator[tuple[str, str]]:
    """A server with its state in `var`: its address and the password of all accounts."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("OPENLDN_", "DJANGO_"))}
    log = var / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [str(_SCRIPT), "clinic", "serve", "--demonstration"],
            env=kept
            | {
                "OPENLDN_VAR": str(var),
                "OPENLDN_PORT": _free_port(),
                "OPENLDN_WORKERS": "1",
                "PYTHONUNBUFFERED": "1",
            },
            cwd=var,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _told(server, log)
    finally:
        _end(server)


def _told(server: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    """What the server printed, once it answers."""
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        text = log.read_text(encoding="utf-8")
        address = re.search(r"http://[\w.:]+", text)
        password = re.search(r"the password (\S+)", text)
        if address and password and _answers(address[0]):
            return address[0], password[1]
        time.sleep(0.2)
    pytest.fail(f"the clinic did not start:\n{log.read_text(encoding='utf-8')}", pytrace=False)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/accounts/login/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(server: subprocess.Popen[bytes]) -> None:
    """The server and the children that it made: the group is theirs alone."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, how)
        except ProcessLookupError:
            break
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a demonstration clinic on its first day, made by whichever worker of xdist is first."""
    shared = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp()
    var = (base.parent if shared else base) / "demonstration"
    ready = var.with_suffix(".ready")
    try:
        var.mkdir()
    except FileExistsError:
        until = time.monotonic() + _STARTS_WITHIN
        while not ready.exists() and time.monotonic() < until:
            time.sleep(0.2)
        assert ready.exists(), "the other worker did not make the demonstration"
    else:
        with _serving(var):
            pass
        ready.touch()
    return var


@pytest.fixture(scope="module")
def clinic(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a served clinic, and the password of all its accounts."""
    var = tmp_path_factory.mktemp("clinic")
    shutil.copytree(demonstration, var, dirs_exist_ok=True)
    with _serving(var) as told:
        yield told


# By module, not by session: while Playwright runs, Django refuses its database in the same thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    expect.set_options(timeout=_WAITS)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=_CHROMIUM, args=[*_ARGUMENTS])
        yield found
        found.close()


@pytest.fixture(scope="module")
def all_complaints() -> list[str]:
    """Of all tests of a module."""
    return []


@pytest.fixture
def complaints(all_complaints: list[str]) -> list[str]:
    """What a browser complained of: scripts that failed, and what the content security policy refused."""
    all_complaints.clear()
    return all_complaints


@pytest.fixture(scope="module")
def new_page(browser: Browser, all_complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """A page of a browser that nobody has used; it takes what Playwright's `new_context` takes."""
    contexts = []

    def opened(**options: Any) -> Page:
        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        context.set_default_timeout(_WAITS)
        page = context.new_page()
        page.on("pageerror", lambda error: all_complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: _note(all_complaints, page, said))
        return page

    yield opened
    for context in contexts:
        context.close()


def _note(complaints: list[str], page: Page, said: ConsoleMessage) -> None:
    # That a page itself is answered with 404 or 410 is no fault of it.
    no_such_page = said.location["url"] == page.url and "status of 4" in said.text
    if said.type in {"error", "warning"} and not no_such_page:
        complaints.append(f"{page.url}: {said.text}")


@pytest.fixture(scope="module")
def sign_in(clinic: tuple[str, str]) -> Callable[..., None]:
    """Sign in on a page: with the password, and with the second factor where one is asked for."""
    address, shared = clinic

    def done(page: Page, email: str, password: str = shared) -> None:
        page.goto(f"{address}/accounts/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        code, inside = page.locator("#demo-code"), page.get_by_text("Signed in as")
        code.or_(inside).wait_for()
        if code.is_visible():
            page.get_by_label("Code").fill(code.inner_text())
            page.get_by_role("button", name="Go on").click()
        inside.wait_for()

    return done


@pytest.fixture(scope="module")
def page_of(
    clinic: tuple[str, str], new_page: Callable[..., Page], sign_in: Callable[..., None]
) -> Callable[..., Page]:
    """A page of an account of the demonstration, signed in once: a code of the second factor works once."""
    signed_in: dict[str, StorageState] = {}

    def opened(first: str, **options: Any) -> Page:
        if first not in signed_in:
            page = new_page()
            sign_in(page, f"{first}@demo.example")
            signed_in[first] = page.context.storage_state()
        page = new_page(storage_state=signed_in[first], **options)
        page.goto(clinic[0])
        return page

    return opened
