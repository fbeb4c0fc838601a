"""Slips injected from outside text, at least a hundred a class: what is of factor two or more is caught."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from workbench import DAY, KNOWN, Slip, made, scenario

from openldn.dispensing.orders import checked_order
from openldn.dispensing.readings import judge
from slips import CLASSES, EACH, PAGE, Found, injected, order, page


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Found]:
    return list(injected(tmp_path_factory.mktemp("slips")))


def test_every_class_has_its_hundred(found: list[Found]) -> None:
    assert EACH >= 100
    for row in CLASSES:
        assert sum(f.kind == row["class"] for f in found) >= 100 * len(row["channels"])


def test_all_of_factor_two_or_more_are_caught(found: list[Found]) -> None:
    missed = [(f.kind, f.channel, f.what, float(f.factor)) for f in found if f.is_large and not f.caught_by]
    assert missed == []
    assert sum(f.is_large for f in found) > 1000


def test_the_table_is_up_to_date(found: list[Found]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(found)


def test_honest_work_passes() -> None:
    """A check that stops everything would catch every slip, too."""
    random = Random(2)
    for _ in range(150):
        of = scenario(random)
        done = made(of, Slip(), random)
        outcome = judge(of.sheet, done.typed(), KNOWN, as_of=DAY)
        assert outcome.passed, [(j.entry.key, j.said) for j in outcome.failed]
        assert outcome.content is not None
        assert abs(outcome.content - done.factor) < 0.06  # jitter, and broken capsules counted
        checked = checked_order(row := order(random), KNOWN, as_of=DAY)
        assert checked.passed, (row, [p.said for p in checked.problems])


def test_slips_change_what_is_made() -> None:
    """The bench is no dummy: without its checks the factors are what the slips make them."""
    random = Random(3)
    of = next(m for m in iter(lambda: scenario(random), None) if m.preparation and m.preparation.plan)
    assert of.preparation is not None
    assert of.preparation.plan is not None
    first = of.preparation.plan.transfers[0]
    assert made(of, Slip("weighed", times=Fraction(10)), random).factor == pytest.approx(10, rel=0.01)
    assert made(of, Slip("skipped", 1), random).factor == pytest.approx(float(1 / first.factor), rel=0.01)
    assert made(of, Slip("pipetted twice", 1), random).factor == pytest.approx(2, rel=0.01)
    assert made(of, Slip("diluted twice", 1), random).factor == pytest.approx(float(first.factor), rel=0.01)
