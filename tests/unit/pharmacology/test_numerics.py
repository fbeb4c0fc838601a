"""Is the solver right? Against published answers, other engines, and itself with half the steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import roadrunner
from problem import DOSES, OUTPUTS, off, patients, published, published_parameters, task

from openldn.pharmacology import kernel, numpy_path, reference_path
from openldn.pharmacology.grid import COARSE, TICKS, steps_between, weights
from openldn.pharmacology.ldn_model import LDN_MODEL
from openldn.pharmacology.numpy_path import Jump, Task
from openldn.pharmacology.reference_problem import REFERENCE_PROBLEM
from openldn.pharmacology.sbml import sbml_of

needs_cases = pytest.mark.needs("cases")


@needs_cases
def test_the_patients_are_those_that_were_printed() -> None:
    printed, drawn = published_parameters(), patients(5)
    assert all(np.allclose(drawn[name], values, rtol=1e-14) for name, values in printed.items())


@needs_cases
@pytest.mark.parametrize("dose", DOSES)
def test_both_fast_paths_are_within_a_ten_thousandth(dose: float) -> None:
    found = numpy_path.simulate(REFERENCE_PROBLEM, published_parameters(), task(dose))
    compiled = kernel.simulate(REFERENCE_PROBLEM, published_parameters(), task(dose))
    assert off(found, published()[dose]) <= 1e-4
    assert off(compiled, published()[dose]) <= 1e-4
    assert np.allclose(found, compiled, rtol=1e-9, atol=1e-12)


@needs_cases
@pytest.mark.parametrize("dose", DOSES)
def test_the_reference_path_is_within_a_millionth(dose: float) -> None:
    found = reference_path.simulate(REFERENCE_PROBLEM, published_parameters(), task(dose))
    assert off(found, published()[dose]) <= 1e-6


@pytest.mark.parametrize("dose", [4.5, 50.0])
def test_256_patients_against_another_engine(dose: float) -> None:
    """libRoadRunner on the SBML that we write, ten days: five patients are too few to judge a grid by."""
    days, people = 10, patients(256)
    found = kernel.simulate(REFERENCE_PROBLEM, people, task(dose, days))
    problem = task(dose, days)
    runner = roadrunner.RoadRunner(sbml_of(REFERENCE_PROBLEM, REFERENCE_PROBLEM.parameters, problem.jumps))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-9, 1e-13
    runner.timeCourseSelections = list(OUTPUTS)
    other = np.empty_like(found)
    for lane in range(256):
        runner.resetAll()
        for name, values in people.items():
            runner.setValue(name, float(values[lane]))
        other[..., lane] = np.asarray(runner.simulate(0, 24 * days, 24 * days + 1))
    assert off(found, other) <= 1e-4


def test_the_kernels_are_those_of_the_models() -> None:
    for model in (LDN_MODEL, REFERENCE_PROBLEM):
        path = kernel.WRITTEN / f"{model.name.replace('-', '_')}.py"
        assert path.read_text(encoding="utf-8") == kernel.source_of(model), "openldn knowledge reference"


def test_a_model_of_ones_own_is_compiled_too() -> None:
    own = replace(REFERENCE_PROBLEM, name="own")
    found = kernel.simulate(own, patients(2), task(4.5, 1))
    assert np.array_equal(found, kernel.simulate(REFERENCE_PROBLEM, patients(2), task(4.5, 1)))


@pytest.mark.parametrize("simulate", [kernel.simulate, numpy_path.simulate])
def test_without_a_dose_nothing_moves(simulate: type) -> None:
    found = simulate(REFERENCE_PROBLEM, patients(3), Task((), tuple(range(0, 2160 * TICKS + 1, 24 * TICKS))))
    rest = np.array([0.0, 0, 0, 1, 1, 1, 1])[None, :, None]
    assert np.abs(found - rest).max() <= 1e-12
    assert np.array_equal(found[0], np.broadcast_to(rest[0], found[0].shape))


def test_nobody_depends_on_who_else_is_simulated() -> None:
    people = patients(40)
    together = kernel.simulate(REFERENCE_PROBLEM, people, task(4.5, 3))
    for some in (slice(0, 1), slice(7, 29), slice(39, 40)):
        alone = kernel.simulate(REFERENCE_PROBLEM, {n: v[some] for n, v in people.items()}, task(4.5, 3))
        assert np.array_equal(alone, together[..., some])


def test_half_the_steps_change_less_than_is_promised() -> None:
    people = patients(64)
    one = numpy_path.simulate(REFERENCE_PROBLEM, people, task(50, 5))
    other = numpy_path.simulate(REFERENCE_PROBLEM, people, task(50, 5, finer=1))
    assert 0 < off(one, other) <= 1e-4


def test_doses_at_odd_times_and_in_several_states() -> None:
    jumps = (Jump(0, "G", 1000.0), Jump(1000, "A", 500.0), Jump(1000, "G", 100.0), Jump(5003, "G", 2000.0))
    odd = Task(jumps, (0, 999, 1000, 1001, 2560, 7000))
    people = patients(2)
    found = kernel.simulate(REFERENCE_PROBLEM, people, odd)
    assert off(found, reference_path.simulate(REFERENCE_PROBLEM, people, odd)) <= 1e-4


def test_rates_that_differ_are_refused_by_the_kernel_and_not_by_numpy() -> None:
    people = patients(2) | {"kB": np.array([0.25, 0.3])}
    with pytest.raises(ValueError, match="NumPy"):
        kernel.simulate(REFERENCE_PROBLEM, people, task(4.5, 2))
    found = numpy_path.simulate(REFERENCE_PROBLEM, people, task(4.5, 2))
    assert off(found, reference_path.simulate(REFERENCE_PROBLEM, people, task(4.5, 2))) <= 1e-4


def test_steps_add_up_and_stop_where_something_is_shown() -> None:
    steps = steps_between(0, 24 * TICKS, [24 * TICKS], COARSE)
    hours = [2**e / TICKS for e in steps]
    assert sum(hours) == 24
    assert len(steps) == 38  # facts/performance.md, section 3
    assert (hours[0], hours[-1]) == (1 / 16, 1)
    ends = np.cumsum([2**e for e in steps_between(0, 1000, [37, 501], COARSE)])
    assert {37, 501, 1000} <= set(ends.tolist())


def test_the_weights_are_exact_for_polynomials() -> None:
    """y' = k (f - y) with f = t**n has an exact solution; order five is exact up to the fourth power."""
    steps, k = steps_between(0, 3 * TICKS, [], COARSE), 0.7
    decay, predict, correct = weights(steps, np.array([k]))
    nodes = np.concatenate([[0], np.cumsum([2.0**e / TICKS for e in steps])])
    for power in range(5):
        n = 12
        h, past = nodes[n + 1] - nodes[n], nodes[n - 4 : n + 1][::-1]
        at = np.linspace(nodes[n], nodes[n + 1], 200_001)
        exact = np.trapezoid(k * np.exp(-k * (nodes[n + 1] - at)) * at**power, at)
        assert np.isclose(sum(predict[n, :, 0, 0] * past**power), exact, rtol=1e-8)
        ahead = np.concatenate([[nodes[n + 1]], past[:4]])
        assert np.isclose(sum(correct[n, :, 0, 0] * ahead**power), exact, rtol=1e-8)
        assert np.isclose(decay[n, 0, 0], np.exp(-k * h))
