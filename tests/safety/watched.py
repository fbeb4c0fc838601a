"""Run tests on a copy of the sources and write down which of them failed first.

Called by prove.py, in the copy: python watched.py COPY ANSWER TEST...
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import openldn

OTHER_SOURCES = 70
"""Exit status: the tests would have seen other sources than those of the copy."""


class Watch:
    """What happened to the tests."""

    def __init__(self) -> None:
        self.passed = 0
        self.skipped: list[str] = []
        self.failed = ""
        self.said = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read."""
        if report.failed and not self.failed:
            self.failed, self.said = report.nodeid, str(report.longrepr)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that ran."""
        if report.failed and not self.failed:
            self.failed, self.said = report.nodeid, str(report.longrepr)
        elif report.skipped:
            self.skipped.append(report.nodeid)
        elif report.passed and report.when == "call":
            self.passed += 1


def main(copy: str, answer: str, *tests: str) -> int:
    """Run them; the exit status of pytest."""
    if not Path(openldn.__file__).resolve().is_relative_to(Path(copy).resolve() / "src"):
        print(f"{openldn.__file__} is not below {copy}", file=sys.stderr)
        return OTHER_SOURCES
    watch = Watch()
    # Loading Django takes a second that the other tests need not wait for.
    clinic = ("-p", "pytest_django.plugin") if any(t.startswith("tests/clinic") for t in tests) else ()
    told = ("-x", "-q", "-p", "no:cacheprovider", "--tb=short")
    status = int(pytest.main([*told, *clinic, *tests], plugins=[watch]))
    Path(answer).write_text(json.dumps({"exit": status, **vars(watch)}), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
