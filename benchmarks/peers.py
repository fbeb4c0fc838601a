"""Other solvers on the published problem: what they take a patient-day and how far off they are.

Each is used as somebody would who wants it fast: restarted at every dose, all outputs of every hour kept.
The two whose loop over days is compiled too, diffrax and numbalsoda, are optional
(docs/adr/0019-the-simulator.md). Their tolerance is the loosest of 1e-3, 3e-4, 1e-4, ... that is within 1e-4
of the five published patients at every dose. That favours them: over 256 patients it is not enough, where the
grid of our kernel is.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numba import cfunc, njit
from numba.np.numpy_support import carray
from numpy.typing import NDArray
from problem import OUTPUTS, off, patients, task

from openldn.pharmacology import compiled
from openldn.pharmacology.reference_problem import REFERENCE_PROBLEM
from openldn.pharmacology.sbml import sbml_of

Array = NDArray[np.float64]
DAYS, DOSE = 90, 50.0
HOURS = 24 * DAYS + 1
LINEAR = len(REFERENCE_PROBLEM.linear)
STATES = LINEAR + len(REFERENCE_PROBLEM.turnover)
PARAMETERS = len(REFERENCE_PROBLEM.parameters)
JUMP = float(task(DOSE, 1).jumps[0].amount)


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured of a solver."""

    solver: str
    rate: float
    """Patient-days a CPU second."""
    error: float
    compiling: float | None = None
    """Seconds, where it compiles for the user; not part of the rate."""


def measured(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds, the median of warm repeats."""
    work()
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


def peers(people: dict[str, Array], reference: Array) -> Iterator[Speed | str]:
    """All of them; of one that is not installed, what to do."""
    yield roadrunner(people, reference)
    yield copasi(people, reference)
    yield scipy(people, reference)
    for found, needs in (
        (numbalsoda, "needs gfortran and g++; then .venv/bin/pip install --no-deps numbalsoda==0.3.4"),
        (diffrax, "scripts/setup peers"),
    ):
        try:
            yield from found(reference)
        except ImportError as error:
            yield f"{found.__name__}: not installed here ({error}): {needs}"


def _one(values: dict[str, Array], lane: int) -> dict[str, float]:
    return {name: float(v[lane]) for name, v in values.items()}


def _rows(size: int) -> Array:
    """Parameters, a row a patient."""
    return np.stack(list(patients(size).values()), axis=1)


def roadrunner(people: dict[str, Array], reference: Array) -> Speed:
    """Compiled right-hand side and solver, day loop in Python."""
    from roadrunner import RoadRunner

    runner = RoadRunner(sbml_of(REFERENCE_PROBLEM, REFERENCE_PROBLEM.parameters, ()))
    runner.integrator.setValue("stiff", False)
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 3e-6, 1e-6
    runner.timeCourseSelections = list(OUTPUTS)
    lanes = reference.shape[-1]
    got = np.empty((HOURS, len(OUTPUTS), lanes))

    def run() -> None:
        for lane in range(lanes):
            runner.resetAll()
            for name, value in _one(people, lane).items():
                runner.setValue(name, value)
            for day in range(DAYS):
                runner.setValue("G", runner.getValue("G") + JUMP)
                got[24 * day : 24 * day + 25, :, lane] = runner.simulate(24 * day, 24 * day + 24, 25)

    took = measured(run, 3)
    return Speed("libRoadRunner CVODE Adams, day loop", lanes * DAYS / took, off(got, reference))


def copasi(people: dict[str, Array], reference: Array) -> Speed:
    """Doses as events."""
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
    return Speed("COPASI LSODA, events", lanes * DAYS / took, off(got, reference[..., :lanes]))


def scipy(people: dict[str, Array], reference: Array) -> Speed:
    """All in Python."""
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
            state[0] += JUMP
            solved = solve_ivp(
                change, (0, 24), state, method="LSODA", t_eval=np.arange(25.0), rtol=1e-5, atol=1e-9
            )
            got[24 * day : 24 * day + 25, :, 0] = np.stack(
                show(0.0, solved.y[:n], solved.y[n:], values), axis=1
            )
            state = solved.y[:, -1].copy()

    took = measured(run, 1)
    return Speed("SciPy LSODA, Python", DAYS / took, off(got, reference[..., :1]))


def _rates_of_change(wrap: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Linear rates, drives early and late, decays and outputs, for a compiler that wraps functions."""
    model = REFERENCE_PROBLEM
    assert model.late == (False, True, False, True), "X and R early, B and T late: written out below"
    return (
        wrap(compiled.linear_rates(model)),
        wrap(compiled.drives(model, late=False)),
        wrap(compiled.drives(model, late=True)),
        wrap(compiled.turnover_rates(model)),
        wrap(compiled.shown(model)),
    )


def numbalsoda(reference: Array) -> Iterator[Speed]:
    """Right-hand side, solver, and the loops over days and patients: all compiled."""
    from numbalsoda import dop853, lsoda, lsoda_sig

    linear, early, late, decays, shown = _rates_of_change(njit)

    @cfunc(lsoda_sig)
    def change(t: float, state: Any, into: Any, parameters: Any) -> None:
        u, du, p = carray(state, (STATES,)), carray(into, (STATES,)), carray(parameters, (PARAMETERS,))
        x, y = u[:LINEAR], u[LINEAR:]
        du[0], du[1], du[2], du[3], du[4], du[5] = linear(t, x, y, p)
        (x_drive, r_drive), (b_drive, t_drive) = early(t, x, y, p), late(t, x, y, p)
        k = decays(t, x, y, p)
        du[6], du[7] = k[0] * (x_drive - y[0]), k[1] * (b_drive - y[1])
        du[8], du[9] = k[2] * (r_drive - y[2]), k[3] * (t_drive - y[3])

    def course_by(solver: Any) -> Any:
        @njit
        def course(address: int, people: Array, rtol: float, atol: float, out: Array) -> None:
            hours = np.arange(25.0)
            for who in range(people.shape[0]):
                state = np.zeros(STATES)
                state[LINEAR:] = 1.0
                for day in range(DAYS):
                    state[0] += JUMP
                    solved, fine = solver(address, state, hours, people[who], rtol, atol)
                    if not fine:
                        raise ValueError("no solution")
                    for hour in range(25):
                        outputs = shown(0.0, solved[hour, :LINEAR], solved[hour, LINEAR:], people[who])
                        for n, value in enumerate(outputs):
                            out[who, 24 * day + hour, n] = value
                    state[:] = solved[24]

        return course

    people, lanes = _rows(64), reference.shape[-1]
    out = np.empty((len(people), HOURS, len(OUTPUTS)))
    for name, solver, rtol, atol in (("LSODA", lsoda, 3e-5, 3e-7), ("DOP853", dop853, 3e-4, 1e-9)):
        course, start = course_by(solver), time.perf_counter()
        course(change.address, people[:1], rtol, atol, out)
        compiling = time.perf_counter() - start
        took = measured(partial(course, change.address, people, rtol, atol, out), 5)
        error = off(np.moveaxis(out[:lanes], 0, -1), reference)
        yield Speed(f"numbalsoda {name}, all in numba", len(people) * DAYS / took, error, compiling)


def diffrax(reference: Array) -> Iterator[Speed]:
    """JAX: patients as lanes of one compiled program, a solve for each dose in a scan.

    Of what was tried this is the fastest: Tsit5 before Dopri5, Dopri8, Bosh3 and (twenty times slower, since
    the problem is not stiff) Kvaerno3 and 5; 64 lanes at once before 16 or all, since lanes wait for the
    slowest and states should stay in the cache; a plain loop (`ForwardMode`), since nobody needs a gradient.
    """
    import diffrax as dx
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    linear, early, late, decays, shown = _rates_of_change(lambda function: function)

    def change(t: Any, state: Any, p: Any) -> Any:
        x, y = state[:LINEAR], state[LINEAR:]
        (x_drive, r_drive), (b_drive, t_drive) = early(t, x, y, p), late(t, x, y, p)
        drive = jnp.stack([x_drive, b_drive, r_drive, t_drive])
        return jnp.concatenate([jnp.stack(linear(t, x, y, p)), jnp.stack(decays(t, x, y, p)) * (drive - y)])

    def course(p: Any) -> Any:
        def day(state: Any, _: Any) -> Any:
            solved = dx.diffeqsolve(
                dx.ODETerm(change), dx.Tsit5(), 0.0, 24.0, None, state.at[0].add(JUMP), p,
                saveat=dx.SaveAt(ts=jnp.arange(25.0)), adjoint=dx.ForwardMode(),
                stepsize_controller=dx.PIDController(rtol=1e-4, atol=1e-9),
            )  # fmt: skip
            return solved.ys[-1], solved.ys

        start = jnp.concatenate([jnp.zeros(LINEAR), jnp.ones(STATES - LINEAR)])
        _, days = jax.lax.scan(day, start, None, length=DAYS)
        states = jnp.concatenate([days[0, :1], days[:, 1:].reshape(-1, STATES)]).T
        return jnp.stack(shown(0.0, states[:LINEAR], states[LINEAR:], p))

    people, start = jnp.asarray(_rows(256)), time.perf_counter()
    run = jax.jit(lambda rows: jax.lax.map(course, rows, batch_size=64)).lower(people).compile()
    compiling = time.perf_counter() - start
    took = measured(lambda: run(people).block_until_ready(), 3)
    few = np.asarray(run(people))[: reference.shape[-1]]
    error = off(np.moveaxis(few, 0, -1).swapaxes(0, 1), reference)
    yield Speed("diffrax Tsit5, jit and vmap", len(people) * DAYS / took, error, compiling)
