"""Faults made by machine: every comparison of follow-up turned round, every limit loosened by a step.

.venv/bin/python tests/safety/faults.py [--page] [TEXT ...]

Each fault is looked for by exploring every history of some weeks, which gives the shortest diary that shows
it; what no invariant sees has to be noticed by the golden stories or by the second engine. What nothing
notices is explained in docs/safety/faults.yaml, or fails. A full run with --page writes
docs/safety/follow-up-faults.md.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
FOLLOW_UP: Final = ROOT / "src" / "openldn" / "followup"
EXPLAINED: Final = ROOT / "docs" / "safety" / "faults.yaml"
PAGE: Final = ROOT / "docs" / "safety" / "follow-up-faults.md"
LIMITS: Final = ("quiet", "filled", "headache", "flu_like", "reduced", "morning", "failures", "interval")
AT_ONCE: Final = 2
LONGEST: Final = 400
_TURNED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_SHIFTED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One change: a comparison (`nth` of its module, of `kind` turned or shifted), or a limit."""

    module: str
    nth: int
    kind: str
    where: str
    was: str
    now: str

    @property
    def name(self) -> str:
        """How the fault is known in faults.yaml."""
        return f"{self.where}: {self.was} -> {self.now}"


_NONE: Final = Fault("nothing", 0, "nothing", "nothing", "", "")


@dataclass(frozen=True, slots=True)
class Found:
    """What noticed a fault, and a shortest diary or story that shows it; nothing: nobody did."""

    by: str = ""
    shown: tuple[str, ...] = ()


def faults() -> Iterator[Fault]:
    """Every fault."""
    for limit in LIMITS:
        step = "one more" if limit == "failures" else "one less"
        yield Fault("limits", 0, limit, "limits", limit, step)
    for path in sorted(FOLLOW_UP.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for nth, (place, node) in enumerate(comparisons(tree)):
            for kind, table in (("turned", _TURNED), ("shifted", _SHIFTED)):
                if type(node.ops[0]) in table:
                    was = ast.unparse(node)
                    now = ast.unparse(_with(node, table))
                    yield Fault(path.stem, nth, kind, f"{path.stem}.{place}", was, now)


def comparisons(tree: ast.Module) -> Iterator[tuple[str, ast.Compare]]:
    """Every comparison of a module with the function that it stands in, in order."""
    for top in tree.body:
        name = getattr(top, "name", "module")
        for node in ast.walk(top):
            if isinstance(node, ast.Compare):
                yield name, node


def _with(node: ast.Compare, table: dict[type[ast.cmpop], type[ast.cmpop]]) -> ast.Compare:
    return ast.Compare(node.left, [table[type(node.ops[0])](), *node.ops[1:]], node.comparators)


def broken_source(fault: Fault) -> ast.Module:
    """A module of follow-up with the fault in it."""
    tree = ast.parse((FOLLOW_UP / f"{fault.module}.py").read_text(encoding="utf-8"))
    node = [n for _, n in comparisons(tree)][fault.nth]
    table = _TURNED if fault.kind == "turned" else _SHIFTED
    node.ops[0] = table[type(node.ops[0])]()
    return ast.fix_missing_locations(tree)


def looked_for(fault: Fault) -> Found:
    """Look for a fault in a process of its own."""
    words = [sys.executable, str(ROOT / "tests" / "safety" / "faulty.py"), json.dumps(asdict(fault))]
    try:
        done = subprocess.run(
            words, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return Found("it does not end", ())
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        return Found("it does not run", (last,))
    answer = json.loads(done.stdout)
    return Found(answer["by"], tuple(answer["shown"]))


def page(found: list[tuple[Fault, Found]], explained: dict[str, str]) -> str:
    """The table of faults."""
    seen = sum(bool(f.by) for _, f in found)
    lines = [
        "# Faults in follow-up, made by machine",
        "",
        "Written by `make faults`: every comparison of `followup/` was turned round and, where it has an "
        "order, shifted by one; every limit was loosened by a step. "
        f"Of {len(found)} faults {seen} were noticed; {len(found) - seen} change nothing that anyone could "
        "see, each with its reason.",
        "",
        "| where | was | became | noticed by | shortest diary |",
        "| --- | --- | --- | --- | --- |",
    ]
    for fault, answer in found:
        by = answer.by or f"nobody: {explained.get(fault.name, 'UNEXPLAINED')}"
        cells = (fault.where, f"`{fault.was}`", f"`{fault.now}`", by, "<br>".join(answer.shown))
        lines.append("| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Look for all faults, or for those whose name holds a text."""
    parser = argparse.ArgumentParser()
    parser.add_argument("texts", nargs="*")
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args()
    wanted = [f for f in faults() if not given.texts or any(t in f.name for t in given.texts)]
    explained: dict[str, str] = (
        yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) if EXPLAINED.exists() else {}
    )
    if without := looked_for(_NONE).by:
        print(f"without any fault something is noticed already: {without}")
        return 1
    found: list[tuple[Fault, Found]] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for n, (fault, answer) in enumerate(zip(wanted, pool.map(looked_for, wanted), strict=True), 1):
            found.append((fault, answer))
            known = "explained" if fault.name in explained else "NOBODY NOTICES"
            print(f"{n}/{len(wanted)} {fault.name}: {answer.by or known}", flush=True)
    nobody = [f.name for f, answer in found if not answer.by and f.name not in explained]
    stale = [n for n in explained if not given.texts and n not in {f.name for f, a in found if not a.by}]
    for name in nobody:
        print(f"UNEXPLAINED {name}")
    for name in stale:
        print(f"NO LONGER NEEDED in faults.yaml: {name}")
    if given.page and not given.texts:
        PAGE.write_text(page(found, explained), encoding="utf-8")
    return 1 if nobody or stale else 0


if __name__ == "__main__":
    sys.exit(main())
