"""How fast the simulator is, on the published problem, beside other solvers, in one run and on one core.

`.venv/bin/python benchmarks/simulation.py`: patient-days a CPU second at an error of at most 1e-4, all
outputs kept, medians of warm repeats, imports and compiling left out.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "pharmacology"))

from problem import OUTPUTS, off, patients, task

from openldn.pharmacology import compiled, kernel, numpy_path
from openldn.pharmacology.reference_problem import REFERENCE_PROBLEM
from openldn.pharmacology.sbml import sbml_of

Array = NDArray[np.float64]
DAYS, DOSE = 90, 50.0
HOURS = 24 * DAYS + 1


def measured(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds, the median of warm repeats."""
    work()
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


def rates(reference: Array, size: int) -> dict[str, tuple[float, float]]:
    """Patient-days a CPU second and the error, by solver."""
    people, found = patients(size), {}
    few = {name: values[: reference.shape[-1]] for name, values in people.items()}

    def note(name: str, simulate: Callable[..., Array], who: dict[str, Array], repeats: int) -> None:
        took = measured(lambda: simulate(REFERENCE_PROBLEM, who, task(DOSE, DAYS)), repeats)
        count = len(next(iter(who.values())))
        values = simulate(REFERENCE_PROBLEM, few, task(DOSE, DAYS))
        if values.ndim == 4:
            values = values[0, :, :, : reference.shape[-1]]
        found[name] = (count * DAYS / took, off(values, reference))

    note("OpenLDN kernel (numba)", kernel.simulate, people, 7)
    note("OpenLDN kernel, outputs left in blocks", kernel.blocks, people, 7)
    note("OpenLDN NumPy", numpy_path.simulate, people, 3)
    found["libRoadRunner CVODE, day loop"] = _roadrunner(few, reference)
    found["COPASI LSODA, events"] = _copasi(few, reference)
    found["SciPy LSODA, Python"] = _scipy(few, reference)
    return found


def _one(values: dict[str, Array], lane: int) -> dict[str, float]:
    return {name: float(v[lane]) for name, v in values.items()}


def _roadrunner(people: dict[str, Array], reference: Array) -> tuple[float, float]:
    import roadrunner

    runner = roadrunner.RoadRunner(sbml_of(REFERENCE_PROBLEM, REFERENCE_PROBLEM.parameters, ()))
    runner.integrator.setValue("stiff", False)
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 3e-6, 1e-6
    runner.timeCourseSelections = list(OUTPUTS)
    lanes, dose = reference.shape[-1], task(DOSE, 1).jumps[0].amount
    got = np.empty((HOURS, len(OUTPUTS), lanes))

    def run() -> None:
        for lane in range(lanes):
            runner.resetAll()
            for name, value in _one(people, lane).items():
                runner.setValue(name, value)
            for day in range(DAYS):
                runner.setValue("G", runner.getValue("G") + dose)
                got[24 * day : 24 * day + 25, :, lane] = runner.simulate(24 * day, 24 * day + 24, 25)

    took = measured(run, 3)
    return lanes * DAYS / took, off(got, reference)


def _copasi(people: dict[str, Array], reference: Array) -> tuple[float, float]:
    import basico

    lanes = min(2, reference.shape[-1])
    method = {"name": "Deterministic (LSODA)", "Relative Tolerance": 3e-5, "Absolute Tolerance": 1e-9}
    shown, got = [f"Values[{name}]" for name in OUTPUTS], np.empty((HOURS, len(OUTPUTS), lanes))
    models = [
        basico.load_model_from_string(sbml_of(REFERENCE_PROBLEM, _one(people, n), task(DOSE, DAYS).jumps))
        for n in range(lanes)
    ]

    def run() -> None:
        for lane, model in enumerate(models):
            basico.set_task_settings("Time-Course", {"method": method}, model=model)
            course = basico.run_time_course_with_output(
                shown, duration=24 * DAYS, intervals=24 * DAYS, model=model
            )
            got[..., lane] = course.to_numpy()

    took = measured(run, 3)
    return lanes * DAYS / took, off(got, reference[..., :lanes])


def _scipy(people: dict[str, Array], reference: Array) -> tuple[float, float]:
    from scipy.integrate import solve_ivp

    model, values = REFERENCE_PROBLEM, list(_one(people, 0).values())
    early, late = compiled.drives(model, late=False), compiled.drives(model, late=True)
    linear, n, is_late = compiled.linear_rates(model), len(model.linear), np.array(model.late)
    decays = np.array([values[list(model.parameters).index(t.rate)] for t in model.turnover.values()])
    got = np.empty((HOURS, len(OUTPUTS), 1))

    def change(t: float, state: Array) -> Array:
        x, y = state[:n], state[n:]
        drive = np.empty(len(y))
        drive[~is_late], drive[is_late] = early(t, x, y, values), late(t, x, y, values)
        return np.concatenate([linear(t, x, y, values), decays * (drive - y)])

    def run() -> None:
        state = np.array([0.0] * n + [t.start for t in model.turnover.values()])
        show = compiled.shown(model)
        for day in range(DAYS):
            state[0] += task(DOSE, 1).jumps[0].amount
            solved = solve_ivp(
                change, (0, 24), state, method="LSODA", t_eval=np.arange(25.0), rtol=1e-5, atol=1e-9
            )
            got[24 * day : 24 * day + 25, :, 0] = np.stack(
                show(0.0, solved.y[:n], solved.y[n:], values), axis=1
            )
            state = solved.y[:, -1].copy()

    took = measured(run, 1)
    return DAYS / took, off(got, reference[..., :1])


@njit(fastmath=True)
def _least_work(out: Array, matrix: Array, state: Array, new: Array) -> None:
    """What cannot be left out: exact kinetics and one drive an hour, and storing what is shown."""
    for hour in range(out.shape[0]):
        for k in range(6):
            for lane in range(16):
                new[k, lane] = matrix[k, 0] * state[0, lane]
            for j in range(1, 6):
                for lane in range(16):
                    new[k, lane] += matrix[k, j] * state[j, lane]
        for lane in range(16):
            a = new[4, lane] / 1.1 + new[5, lane] / 12.0
            signal = 1.3 / (1.0 + a)
            new[6, lane] = 1.5 / (signal * np.sqrt(signal) + 0.5)
        for k in range(7):
            for lane in range(16):
                state[k, lane] = new[k, lane]
                out[hour, k, lane] = new[k, lane]


def limit() -> float:
    """Patient-days a second of that least work: no solver of this problem can be faster on this core."""
    out, state = np.zeros((HOURS, 7, 16)), np.ones((7, 16))
    matrix = np.full((6, 6), 0.1)
    return 16 * DAYS / measured(lambda: _least_work(out, matrix, state, np.empty_like(state)), 9)


def growth() -> None:
    """From 10 to 100,000 people, each in a process of its own; reduced to daily values from 10,000 on."""
    for size in (10, 100, 1_000, 10_000, 100_000):
        asked = [sys.executable, __file__, "--people", str(size)]
        print(subprocess.run(asked, capture_output=True, encoding="utf-8", check=True).stdout.strip())


def people(size: int) -> None:
    """One row of `growth`."""
    who = patients(size)
    kernel.blocks(REFERENCE_PROBLEM, {n: v[:2] for n, v in who.items()}, task(DOSE, 1))
    start, chunk, total = time.perf_counter(), 512, 0.0
    if size < 10_000:
        kernel.blocks(REFERENCE_PROBLEM, who, task(DOSE, DAYS))
    else:
        course = task(DOSE, DAYS)
        into = np.empty((chunk // kernel.LANES, HOURS, len(OUTPUTS), kernel.LANES))
        for first in range(0, size, chunk):
            some = {name: values[first : first + chunk] for name, values in who.items()}
            total += float(kernel.blocks(REFERENCE_PROBLEM, some, course, into)[:, ::24].sum())
    took = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:>7,} people: {took:8.3f} s, {size * DAYS / took:12,.0f} patient-days/s, {memory:7.0f} MB")


def cold() -> None:
    """A process from nothing to its first answer."""
    code = (
        "from openldn.pharmacology.simulate import *; "
        "simulate(daily(Dose.mg('4.5'), 28), range(673), engine=Engine('{}'))"
    )
    for engine in ("numpy", "kernel"):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code.format(engine)], check=True)
        print(f"first answer of a new process, {engine}: {time.perf_counter() - start:.2f} s")


def main() -> None:
    """All figures."""
    from openldn.pharmacology import reference_path

    few = {name: values[:3] for name, values in patients(3).items()}
    reference = reference_path.simulate(REFERENCE_PROBLEM, few, task(DOSE, DAYS))
    found, top = rates(reference, 1024), limit()
    base = found["libRoadRunner CVODE, day loop"][0]
    best = max(r for name, (r, _) in found.items() if not name.startswith("OpenLDN"))
    print(f"{'solver':42} {'patient-days/CPU s':>18} {'error':>9} {'x RoadRunner':>13} {'x best peer':>12}")
    for name, (rate, error) in found.items():
        print(f"{name:42} {rate:18,.0f} {error:9.1e} {rate / base:13.1f} {rate / best:12.1f}")
    print(f"{'least work on this core':42} {top:18,.0f} {'':9} {top / base:13.1f}")
    kernel_rate = found["OpenLDN kernel, outputs left in blocks"][0]
    numpy_rate = found["OpenLDN NumPy"][0]
    print(f"the kernel is within {top / kernel_rate:.1f} times of it; NumPy within {top / numpy_rate:.0f}")

    growth()
    cold()


if __name__ == "__main__":
    people(int(sys.argv[2])) if sys.argv[1:2] == ["--people"] else main()
