"""One fault, looked for in this process: what notices it is printed as JSON.

Run by faults.py; the module with the fault takes the place of the real one before anything imports it.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "golden", HERE.parent / "second"):
    sys.path.insert(0, str(folder))

from faults import ROOT, Fault, broken_source  # noqa: E402 - the folder has to be known first

DAYS: Final = 13
"""Nearly two steps of a week: deeper faults are left to stories."""
TESTS: Final = (
    "unit/followup",
    "unit/plan/test_revision.py",
    "unit/leaflets/test_summary.py",
    "property/test_follow_up_laws.py",
)
_DEEPER: Final = {"failures": 60, "flu_like": 24}
"""Limits that only show after longer histories."""
EXPLORED: Final = ("limits", "signs", "tolerability", "proposals")
"""What an exploration runs through; stories and the second engine look at the rest."""


class _Broken(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module of follow-up with its fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != f"openldn.followup.{self.fault.module}":
            return None
        return importlib.util.spec_from_loader(name, self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(broken_source(self.fault), f"{self.fault.module} with a fault", "exec"), module.__dict__)


def _shown(fault: Fault) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What notices the fault, the strictest first."""
    if fault.module in EXPLORED:
        yield from _by_exploring(fault)
    if fault.module != "limits":  # stories and the second engine read the rules' own limits
        yield from _by_the_second_engine()
        yield from _by_stories()
        yield from _by_tests()


def _by_exploring(fault: Fault) -> Iterator[tuple[str, tuple[str, ...]]]:
    from openldn.cli.prove import history_lines
    from openldn.followup.tolerability import Limits, Rung, Setting
    from openldn.knowledge.load import load_knowledge
    from openldn.proofs.explore import Explorer
    from openldn.proofs.plans import courses
    from openldn.proofs.symbols import alphabet

    knowledge = load_knowledge()
    known = courses(knowledge)
    plain, sclerosis, fatigue = (
        next(c for c in known if wanted(c))
        for wanted in (
            lambda c: not c.grades.multiple_sclerosis and not c.setting.chronic_fatigue,
            lambda c: c.grades.multiple_sclerosis,
            lambda c: c.setting.chronic_fatigue,
        )
    )
    limits: Limits = plain.setting.limits
    days = 7
    if fault.module == "limits":
        if fault.kind == "interval":
            days = 6
        else:
            step = 1 if fault.kind == "failures" else -1
            limits = limits._replace(**{fault.kind: getattr(limits, fault.kind) + step})
    three = (Rung(7, None, True), Rung(7, 0, True), Rung(0, 1, True))
    two = (Rung(7, None, True), Rung(0, 0, True))
    pause = (Rung(7, None, False), Rung(0, 0, True))
    for course, rungs, at_night, depth in (
        (plain, three, True, DAYS),
        (fatigue, two, True, 9),
        (sclerosis, pause, True, 10),
        (plain, two, False, 9),
    ):
        setting = Setting(rungs, limits, at_night, course.setting.chronic_fatigue)
        symbols = alphabet(knowledge, course.grades).symbols
        explorer = Explorer(setting, symbols, combined=False)
        if days != 7:  # the invariants keep the interval that was signed, follow-up counts one day less
            loose = setting._replace(rungs=tuple(r._replace(days=min(r.days, days)) for r in rungs))
            explorer = Explorer(loose, symbols, combined=False, judged_by=setting)
        found = explorer.explore(_DEEPER.get(fault.kind, depth), first_only=True)
        for broken in found.broken:
            yield f"invariant: {broken.invariant.says}", tuple(history_lines(broken))


def _by_stories() -> Iterator[tuple[str, tuple[str, ...]]]:
    from test_golden import FOLLOW_UP, STORIES, test_follow_up

    for rule, case in FOLLOW_UP + STORIES:
        try:
            test_follow_up(rule, case)
        except Exception as error:  # noqa: BLE001 - a fault may end in any
            where = f"{rule}: {case['case']}"
            yield "story", (where, str(error).strip().splitlines()[0] if str(error).strip() else repr(error))


def _by_tests() -> Iterator[tuple[str, tuple[str, ...]]]:
    import pytest

    class First:
        """The first test that fails."""

        name = ""

        def pytest_runtest_logreport(self, report: Any) -> None:
            if report.failed and not self.name:
                self.name = report.nodeid

    first = First()
    tests = [str(ROOT / "tests" / path) for path in TESTS]
    with contextlib.redirect_stdout(sys.stderr):
        pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], plugins=[first])
    if first.name:
        yield "test", (first.name,)


def _by_the_second_engine() -> Iterator[tuple[str, tuple[str, ...]]]:
    from histories import compare

    for seed in range(6):
        for difference in compare(seed, range(8), 60, words=False).differences:
            yield "second engine", (difference.splitlines()[0],)


def main(told: str) -> None:
    """Print what notices the fault first."""
    fields: dict[str, Any] = json.loads(told)
    fault = Fault(**fields)
    if fault.module != "limits":
        sys.meta_path.insert(0, _Broken(fault))
    by, shown = next(_shown(fault), ("", ()))
    print(json.dumps({"by": by, "shown": shown}))


if __name__ == "__main__":
    main(sys.argv[1])
