"""All tests of the clinic once more, on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest_plugins = ["postgresql"]

HERE = Path(__file__)


@pytest.mark.needs("postgresql")
def test_all_tests_of_the_clinic_pass_on_postgresql(
    on_postgresql: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A run of its own, because the database is chosen once, at the start; this test is left out of it."""
    # Not what this run says of itself (that it is a worker of xdist, say) to the other.
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("PYTEST_", "COV_"))}
    report = tmp_path / "report.xml"
    options = "-p", "no:cacheprovider", "-q", f"--junitxml={report}"
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/clinic", f"--ignore={HERE}", *options],
        cwd=HERE.parents[2], env=inherited | {"OPENLDN_DATABASE": on_postgresql},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-6000:]
    cases = list(ElementTree.parse(report).iter("testcase"))
    assert len(cases) > 100
    # Of each file something ran; some tests are about SQLite alone.
    here = {item.path.stem for item in request.session.items if item.path.parent == HERE.parent}
    assert {c.get("classname", "").split(".")[2] for c in cases} >= here - {HERE.stem}
    # A fault that is expected is reported as a skip too. With CI set even a need fails, in the run within.
    skips = [s.get("message", "") for c in cases for s in c.iter("skipped") if s.get("type") == "pytest.skip"]
    assert all(reason.startswith("no ") for reason in skips), "something else was missing than a need"
