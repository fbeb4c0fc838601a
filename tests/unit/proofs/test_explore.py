"""The proof can fail: a limit that is loosened is found, with the shortest diary that shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache

import pytest
from golden_followup import KNOWN

from openldn.followup.assessment import Assessment
from openldn.followup.proposals import foremost
from openldn.followup.tolerability import Rung, Setting, Standing, after_change
from openldn.proofs.explore import COMBINED, SINGLE, Explorer
from openldn.proofs.invariants import STANDING, Case, alike, watch_from
from openldn.proofs.plans import Course, courses
from openldn.proofs.symbols import Symbol, alphabet, entries


@cache
def plain() -> Course:
    return next(c for c in courses(KNOWN) if c.name == "intervals 7 / 7 / 0")


@cache
def symbols() -> tuple[Symbol, ...]:
    return alphabet(KNOWN, plain().grades).symbols


@cache
def signed() -> Setting:
    return plain().setting._replace(rungs=(Rung(7, None, True), Rung(0, 0, True)))


def explored(told: Setting, days: int) -> Explorer:
    explorer = Explorer(told, symbols(), combined=False, judged_by=signed())
    explorer.explore(days, first_only=True)
    return explorer


def test_nothing_is_broken_as_it_is() -> None:
    assert explored(signed(), 9).found.broken == []


@pytest.mark.parametrize(
    ("loosened", "invariant", "days"),
    [
        # The start asks for seven good days anyway, so day 1 is good and leaves six; trouble on day 2, then
        # six good days instead of seven: days 3 to 8.
        (lambda s: s._replace(limits=s.limits._replace(quiet=6)), "too few good days", 8),
        # The same number at the start: a hole on day 1, then six good days, 2 to 7.
        (lambda s: s._replace(limits=s.limits._replace(filled=6)), "too few good days", 7),
        # six doses instead of seven
        (lambda s: s._replace(rungs=(Rung(6, None, True), Rung(0, 0, True))), "interval", 6),
    ],
)
def test_a_loosened_limit_is_found_by_a_shortest_history(
    loosened: Callable[[Setting], Setting], invariant: str, days: int
) -> None:
    broken = {b.invariant.name: b for b in explored(loosened(signed()), 12).found.broken}
    assert invariant in broken
    found = broken[invariant]
    assert len(found.history) == days
    assert found.candidate.rule == "rise"


def test_longer_looks_that_are_called_alike_are_judged_alike() -> None:
    explorer = Explorer(signed(), symbols(), combined=False)
    explorer.explore(4)
    standings: list[Standing] = list(explorer._answers)[::9]
    for standing in standings:
        groups: dict[object, set[tuple[bool, ...]]] = defaultdict(set)
        for assessment in (*SINGLE, *COMBINED):
            candidate = foremost(standing, assessment, signed())
            after = after_change(standing, candidate.move, signed())
            case = Case(standing, watch_from(signed()), assessment, candidate, after, signed(), None)
            judged = tuple(i.broken(case) for i in STANDING)
            groups[(alike(assessment), candidate.rule, candidate.move)].add(judged)
        assert all(len(judged) == 1 for judged in groups.values())


def test_every_kind_of_day_stands_for_entries_that_a_patient_can_write() -> None:
    letters = alphabet(KNOWN, plain().grades)
    assert letters.combinations == sum(1 for _ in entries(KNOWN))
    assert len({(s.day, s.means) for s in letters.symbols}) == len(letters.symbols)
    assert Assessment() in SINGLE
