"""What a test may do without, and how the run says so.

A test that needs more than the locked packages says so: `@pytest.mark.needs("pango")`. Where that is
missing the test is skipped, and the run ends with a count of all that could not run and what would mend it.
With CI set nothing may be missing: the test fails, and so does every skip of another kind.
"""

import importlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _pango() -> bool:
    # Asked of WeasyPrint itself: it needs more libraries than Pango, and their names differ by system.
    try:
        importlib.import_module("weasyprint")
    except OSError:
        return False
    return True


def _node() -> bool:
    package = Path(__file__).resolve().parent / "npm" / "node_modules" / "ical.js"
    return shutil.which("node") is not None and package.is_dir()


def chromium() -> str:
    """The browser of the tests: OPENLDN_CHROMIUM, or Debian's."""
    return os.environ.get("OPENLDN_CHROMIUM", "/usr/bin/chromium")


def _server_programs() -> Path | None:
    """Where Debian puts the programs of a PostgreSQL server: the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


# Name: is it here, and what would bring it here.
OPTIONAL: dict[str, tuple[Callable[[], bool], str]] = {
    "cases": (
        (Path(__file__).resolve().parents[2] / "shared" / "cases").is_dir,
        "put the folder shared/cases beside the repository",
    ),
    "chromium": (lambda: shutil.which(chromium()) is not None, "as root: scripts/setup test"),
    "node": (_node, "as root: scripts/setup test"),
    "pango": (_pango, "as root: scripts/setup test"),
    "pdftoppm": (lambda: shutil.which("pdftoppm") is not None, "as root: scripts/setup test"),
    "postgresql": (lambda: _server_programs() is not None, "as root: scripts/setup test"),
}


@cache
def _is_here(name: str) -> bool:
    return OPTIONAL[name][0]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, so that a misspelt one is refused."""
    config.addinivalue_line("markers", f"needs(*names): cannot run without {', '.join(OPTIONAL)}")


# Before pytest's own skipping: a missing folder also leaves a parametrised test without cases.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose needs are not met."""
    for name in (name for mark in item.iter_markers("needs") for name in mark.args):
        if name not in OPTIONAL:
            pytest.fail(f"needs({name!r}) is not one of {', '.join(OPTIONAL)}", pytrace=False)
        if not _is_here(name):
            pytest.skip(f"no {name} ({OPTIONAL[name][1]})")


def _without_skips_in_ci(report: Report) -> Report:
    # An expected failure is reported as skipped too, but it did run.
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CI is set, so nothing may be skipped: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "no reason"


# Outermost, to see what pytest's own skipping made of the report.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI set, turn the skip of a test into a failure."""
    return _without_skips_in_ci((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """With CI set, turn the skip of a whole module into an error."""
    return _without_skips_in_ci((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what could not run here, and why."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    terminalreporter.write_line(f"\nCould not run here: {reasons.total()}")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5}  {reason}")
