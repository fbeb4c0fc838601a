"""Take each safety control away in turn: at least one test that it names must notice.

.venv/bin/python tests/safety/prove.py [--page] [CONTROL ...]

First all named tests run on the sources as they are and have to pass. Then each control is taken away in a
copy of its own. Exit status 1 where no test notices. A full run writes docs/safety/proof.md and the pages.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pages import Proof, hazards_page, intended_use_page, proof_page

from cases import ROOT, SAFETY, Control, Mutation, intended_use, log

COPIED: Final = ("src", "tests", "benchmarks", "docs/how-to")
AT_ONCE: Final = 2
LONGEST: Final = 300
"""Seconds that the tests of one control may take."""
_FAILED: Final = 1
_NOT_COLLECTED: Final = (2, 4)
"""Exit status of pytest: errors while collecting; of what was named nothing could be collected."""


class Unproven(Exception):
    """A control that no test notices, or tests that fail by themselves; says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run of tests said."""

    exit: int
    passed: int
    skipped: list[str]
    failed: str
    said: str
    printed: str


def copied(template: Path, folder: Path) -> Path:
    """A copy of what the tests need; what they only read stays where it is."""
    root = folder / "repo"
    leave = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in COPIED:
        shutil.copytree(template / name, root / name, ignore=leave)
    shutil.copy(template / "pyproject.toml", root)
    packages = ROOT / "tests" / "npm" / "node_modules"
    if packages.is_dir():
        (root / "tests" / "npm" / "node_modules").symlink_to(packages)
    if (ROOT.parent / "shared").is_dir():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    return root


def changed(root: Path, mutation: Mutation) -> None:
    """Take the control away."""
    path = root / mutation.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.replace) != 1:
        raise Unproven(f"{mutation.file}: {text.count(mutation.replace)} times {mutation.replace!r}")
    path.write_text(text.replace(mutation.replace, mutation.by), encoding="utf-8")


def watched(root: Path, tests: Sequence[str]) -> Answer:
    """Run tests on a copy."""
    answer = root.parent / "answer.json"
    kept = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS" and not k.startswith("COV")}
    told = {
        "PYTHONPATH": str(root / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # one is named in watched.py; loading all takes a second
    }
    words = [sys.executable, str(root / "tests" / "safety" / "watched.py"), str(root), str(answer), *tests]
    try:
        done = subprocess.run(
            words,
            cwd=root,
            env=kept | told,
            capture_output=True,
            encoding="utf-8",
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unproven(f"not done after {LONGEST} seconds") from None
    printed = (done.stdout + done.stderr).strip()[-1500:]
    if not answer.is_file():
        raise Unproven(f"no answer, exit {done.returncode}: {printed}")
    return Answer(**json.loads(answer.read_text(encoding="utf-8")), printed=printed)


def unchanged(template: Path, tests: Sequence[str]) -> int:
    """How many tests pass on the sources as they are."""
    with tempfile.TemporaryDirectory() as folder:
        answer = watched(copied(template, Path(folder)), tests)
    if answer.exit:
        raise Unproven(f"fails with nothing changed: {answer.failed}\n{answer.said or answer.printed}")
    return answer.passed


def noticed(template: Path, control: Control) -> str | None:
    """The test that notices that the control is gone; None where none of its tests can run here."""
    with tempfile.TemporaryDirectory() as folder:
        root = copied(template, Path(folder))
        changed(root, control.mutation)
        answer = watched(root, control.tests)
    if control.refused_at_load:
        place = "/".join(Path(control.mutation.file).parts[-2:])
        if answer.exit in _NOT_COLLECTED and f"BadKnowledge: {place}:" in answer.said:
            return f"{answer.failed}, refused at load"
        raise Unproven(f"not refused at load (exit {answer.exit})\n{answer.printed}")
    if answer.exit == _FAILED:
        return answer.failed
    if answer.exit == 0 and not answer.passed and answer.skipped:
        return None
    why = "no test notices" if answer.exit == 0 else f"exit {answer.exit} is no test that failed"
    raise Unproven(f"{why}: {control.what}\n{answer.printed}")


def prove(controls: Sequence[Control]) -> tuple[list[Proof], list[str], list[str]]:
    """What noticed each control's absence; what did not; what could not run here."""
    tests = list(dict.fromkeys(t for c in controls for t in c.tests))
    proofs: list[Proof] = []
    failures: list[str] = []
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        # One state of the sources for the whole run, whatever is written meanwhile.
        template = copied(ROOT, Path(folder))
        halves = [
            pool.submit(unchanged, template, part) for n in range(AT_ONCE) if (part := tests[n::AT_ONCE])
        ]
        try:
            passed = sum(half.result() for half in halves)
        except Unproven as error:
            return [], [str(error)], []
        print(f"{passed} tests pass with nothing changed", flush=True)
        running: dict[Future[str | None], Control] = {pool.submit(noticed, template, c): c for c in controls}
        for n, done in enumerate(as_completed(running), start=1):
            control = running[done]
            try:
                found = done.result()
            except Unproven as error:
                failures.append(f"{control.id}: {error}")
                found = "NOT NOTICED"
            else:
                if found is None:
                    missing.append(control.id)
                else:
                    proofs.append(Proof(control, found))
            print(f"{n:3} of {len(controls)}  {control.id:7}  {found or 'cannot run here'}", flush=True)
    order = [c.id for c in controls]
    return sorted(proofs, key=lambda p: order.index(p.control.id)), failures, missing


def write_pages() -> None:
    """The pages that show the two files."""
    (SAFETY / "hazards.md").write_text(hazards_page(log()), encoding="utf-8")
    (SAFETY / "intended-use.md").write_text(intended_use_page(intended_use()), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", action="store_true", help="write the pages, run nothing")
    parser.add_argument("controls", nargs="*", help="only these, like C-01-1; writes nothing")
    given = parser.parse_args(arguments)
    if given.page:
        write_pages()
        return 0
    known = list(log().controls)
    if unknown := sorted(set(given.controls) - {c.id for c in known}):
        parser.error(f"no control {', '.join(unknown)}")
    wanted = [c for c in known if not given.controls or c.id in given.controls]
    proofs, failures, missing = prove(wanted)
    for failure in failures:
        print(f"\n{failure}")
    if missing:
        print(f"\nCould not run here, see `make test`: {', '.join(missing)}")
    if not (given.controls or failures or missing):
        write_pages()
        (SAFETY / "proof.md").write_text(proof_page(proofs), encoding="utf-8")
    print(f"prove: {len(wanted)} controls, {len(proofs)} noticed, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
