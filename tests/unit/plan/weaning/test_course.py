"""The best course: worked vectors, all small instances by brute force, random ones by CP-SAT."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import islice
from math import gcd
from typing import Final

import pytest
from ortools.sat.python import cp_model
from taper_check import aims, complaints

from openldn.plan.weaning.course import Course, Problem, best_course
from openldn.plan.weaning.days import days_up_to
from openldn.plan.weaning.targets import Basis

SWITCH: Final = Fraction(3, 10)


def problem(
    baseline: int,
    units: tuple[int, ...],
    basis: str = "hybrid",
    percent: int = 10,
    most: int | None = 25,
    floor: int | None = None,
    doses_a_day: int = 4,
) -> Problem:
    days = days_up_to(baseline, units, doses_a_day)
    step = None if most is None else Fraction(most, 100)
    least = min(units) if floor is None else floor
    return Problem(baseline, tuple(days), Fraction(percent, 100), Basis(basis), SWITCH, step, least)


def test_oxycodone_from_40_mg_by_the_hybrid() -> None:
    found = best_course(problem(40, (5,), most=None))
    assert found == Course((40, 40, 35, 30, 25, 20, 20, 15, 15, *[10] * 7, 5))


def test_morphine_from_60_mg_by_the_baseline() -> None:
    found = best_course(problem(60, (5,), basis="baseline", most=None, floor=0))
    assert found == Course((60, 55, 50, 45, 40, 30, 25, 20, 15, 10, 0))


@pytest.mark.parametrize(("baseline", "basis"), [(40, "hybrid"), (60, "baseline")])
def test_with_25_percent_at_most_both_stop_at_15_mg(baseline: int, basis: str) -> None:
    found = best_course(problem(baseline, (5,), basis=basis))
    assert found.stuck is not None
    assert (found.stuck.at, found.stuck.below, found.stuck.drop) == (15, 10, Fraction(1, 3))
    assert found.doses[-1] == 15


def test_the_targets_of_the_table() -> None:
    # opioids.md 2.4: "Hybrid from 100: 100, 90, ... 30, 27, 24.3, 21.87, 19.68, 17.71"
    found = [round(float(t), 2) for t in islice(problem(100, (1,)).targets(), 13)]
    assert found == [100, 90, 80, 70, 60, 50, 40, 30, 27, 24.3, 21.87, 19.68, 17.71]


@pytest.mark.parametrize(
    ("basis", "wanted"), [("baseline", (7, 9)), ("hybrid", (7, 18)), ("current", (12, 22))]
)
def test_steps_to_30_and_10_percent(basis: str, wanted: tuple[int, int]) -> None:
    # the same table, in whole steps: 7 and 9; 7 and 17.4; 11.4 and 21.9
    found = list(islice(problem(1000, (1,), basis=basis).targets(), 40))
    assert tuple(next(k for k, t in enumerate(found) if t <= part) for part in (300, 100)) == wanted


def brute_force(p: Problem) -> Fraction | None:
    """The least excess over the targets, by trying every admissible course; None: none comes to the floor."""
    horizon = next(k for k, aim in enumerate(p.targets()) if aim <= p.floor) + len(p.doses)
    targets = list(islice(p.targets(), horizon + 1))
    best: dict[int, Fraction] = {p.baseline: Fraction(0)}
    for aim in targets[1:]:
        after: dict[int, Fraction] = {}
        for dose, cost in best.items():
            for below in p.doses:
                small = p.max_step is None or dose - below <= p.max_step * dose
                if below <= dose and below >= aim and small:
                    total = cost + below - aim
                    after[below] = min(after.get(below, total), total)
        best = after
    return best.get(p.floor)


def small_instances() -> list[Problem]:
    kinds = [(1,), (2,), (1, 3), (2, 3), (2, 5), (3, 4), (3, 5), (1, 4), (2, 7), (1, 2, 5), (3, 4, 5)]
    return [
        problem(baseline, units, basis, percent, most, floor)
        for units in kinds
        for baseline in range(4, 12)
        for basis in ("baseline", "hybrid", "current")
        for percent in (10, 30)
        for most in (None, 25, 40)
        for floor in (min(units), 0)
        if baseline in days_up_to(baseline, units, 4) and not (floor == 0 and basis != "baseline")
    ]


def test_it_is_the_best_of_all_on_every_small_instance() -> None:
    stuck = solved = 0
    for p in small_instances():
        found, wanted = best_course(p), brute_force(p)
        if wanted is None:
            assert found.stuck is not None
            stuck += 1
            continue
        assert found.stuck is None
        # The courses are compared over the same intervals: at the floor nothing more is above the target.
        assert found.above_target(p) == wanted
        solved += 1
    assert stuck > 100
    assert solved > 100


def by_cp_sat(p: Problem, intervals: int) -> int | None:
    """The least sum of doses over so many intervals, by another kind of solver."""
    model = cp_model.CpModel()
    aim = aims(p.baseline, int(p.rate * 100), str(p.basis), intervals)
    allowed = cp_model.Domain.from_values(list(p.doses))
    doses = [model.new_int_var_from_domain(allowed, f"dose{k}") for k in range(intervals)]
    model.add(doses[0] == p.baseline)
    model.add(doses[-1] == p.floor)
    for k in range(1, intervals):
        model.add(doses[k] <= doses[k - 1])
        model.add(doses[k] >= max(-(-aim[k].numerator // aim[k].denominator), p.floor))
        if p.max_step is not None:
            percent = int(p.max_step * 100)
            model.add(100 * (doses[k - 1] - doses[k]) <= percent * doses[k - 1])
    model.minimize(sum(doses))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    assert status == cp_model.OPTIMAL
    return int(solver.objective_value)


def random_problem(rng: random.Random) -> Problem:
    while True:
        units = tuple(rng.sample((1, 2, 3, 4, 5, 6, 8, 10, 15), rng.randint(1, 4)))
        baseline = rng.randint(6, 60)
        if baseline in days_up_to(baseline, units, 4) and min(units) <= baseline:
            return problem(
                baseline,
                units,
                basis=rng.choice(("baseline", "hybrid", "current")),
                percent=rng.choice((10, 15, 20, 25)),
                most=rng.choice((None, 20, 25, 34, 50)),
            )


@pytest.mark.parametrize("seed", range(10))
def test_cp_sat_finds_none_better(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        p = random_problem(rng)
        found = best_course(p)
        if found.stuck is not None:
            assert by_cp_sat(p, len(found.doses) + 25) is None
            continue
        assert by_cp_sat(p, len(found.doses)) == sum(found.doses)
        most = None if p.max_step is None else int(p.max_step * 100)
        assert not complaints(
            found.doses,
            baseline=p.baseline,
            percent=int(p.rate * 100),
            basis=str(p.basis),
            most_percent=most,
            floor=p.floor,
        )


def test_the_checker_finds_what_is_wrong() -> None:
    bad = complaints((40, 30, 35, 10), baseline=40, percent=10, basis="hybrid", most_percent=25, floor=5)
    assert [c.split(": ")[-1].split()[0] for c in bad] == ["does", "30", "rises", "10", "falls"]


# ---- what a day can hold


@pytest.mark.parametrize("units", [(5,), (5, 10), (2, 5), (10, 15, 20), (9, 13), (1, 5, 20)])
@pytest.mark.parametrize("doses", [1, 2, 3, 4])
def test_a_day_is_made_exactly_evenly_and_of_the_fewest(units: tuple[int, ...], doses: int) -> None:
    days = days_up_to(60, units, doses)
    assert days[0].units == 0
    for total, day in days.items():
        taken = [sum(unit * n for unit, n in dose) for dose in day.doses]
        spread = [0] * (doses - len(taken)) + taken
        assert sum(taken) == total
        assert len(taken) <= doses
        assert max(spread) - min(spread) <= min(units)
        assert {unit for dose in day.doses for unit, _ in dose} <= set(units)
        assert day.units == fewest_by_trying(total, units, doses)
    missing = set(range(0, 61, gcd(*units))) - set(days)
    assert all(fewest_by_trying(total, units, doses) is None for total in missing)


def fewest_by_trying(total: int, units: tuple[int, ...], doses: int) -> int | None:
    """The fewest units of an even split, by trying all splits."""
    cost = {0: 0}
    for amount in range(1, total + 1):
        ways = [cost[amount - u] + 1 for u in units if amount - u in cost]
        if ways and min(ways) <= 8:
            cost[amount] = min(ways)

    def splits(left: int, n: int, least: int) -> list[tuple[int, ...]]:
        if n == 1:
            return [(left,)] if left >= least else []
        return [(d, *rest) for d in range(least, left // n + 1) for rest in splits(left - d, n - 1, d)]

    found = [
        sum(cost[d] for d in split)
        for split in splits(total, doses, 0)
        if max(split) - min(split) <= min(units) and all(d in cost for d in split)
    ]
    return min(found, default=None)
