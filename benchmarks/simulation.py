"""How fast the simulator is, on the published problem, beside other solvers, in one run and on one core.

`make bench`, or `.venv/bin/python benchmarks/simulation.py`: patient-days a CPU second at an error of at most
1e-4, all outputs kept, medians of warm repeats, imports and compiling left out.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "pharmacology"))

from floor import floor, least_work
from peers import DAYS, DOSE, HOURS, Speed, measured, peers
from problem import OUTPUTS, off, patients, task

from openldn.pharmacology import kernel, numpy_path, reference_path
from openldn.pharmacology.population import population, seeded
from openldn.pharmacology.reference_problem import REFERENCE_PROBLEM
from openldn.pharmacology.simulate import Engine, daily, simulate
from openldn.quantities import Dose

Array = NDArray[np.float64]
BLOCKS = "OpenLDN kernel, outputs left in blocks"
NUMPY = "OpenLDN NumPy"


def ours(few: dict[str, Array], reference: Array, size: int) -> Iterator[Speed]:
    """Our own ways to the answer of the published problem."""
    everybody = patients(size)
    for name, run, repeats in (
        ("OpenLDN kernel (numba)", kernel.simulate, 7),
        (BLOCKS, kernel.blocks, 7),
        (NUMPY, numpy_path.simulate, 3),
    ):
        took = measured(partial(run, REFERENCE_PROBLEM, everybody, task(DOSE, DAYS)), repeats)
        values = run(REFERENCE_PROBLEM, few, task(DOSE, DAYS))
        if values.ndim == 4:
            values = values[0, :, :, : reference.shape[-1]]
        yield Speed(name, size * DAYS / took, off(values, reference))


def beside_others() -> None:
    """The published problem: ours, the others, and what no solver can pass on this core."""
    few = {name: values[:3] for name, values in patients(3).items()}
    reference = reference_path.simulate(REFERENCE_PROBLEM, few, task(DOSE, DAYS))
    own = list(ours(few, reference, 1024))
    answers = list(peers(few, reference))
    others = [found for found in answers if isinstance(found, Speed)]
    base, best = others[0], max(others, key=lambda found: found.rate)
    blocks, numpy = (next(f for f in own if f.solver == name) for name in (BLOCKS, NUMPY))
    least, lowest = least_work(), floor()

    print(f"{DAYS} days of {DOSE:g} mg, {len(OUTPUTS)} outputs an hour; ratios to {base.solver},")
    print(f"to the best of the others ({best.solver}), and of our kernel to each")
    print(
        f"{'solver':42} {'patient-days/CPU s':>18} {'error':>9} {'x RoadRunner':>13} {'x best peer':>12}"
        f" {'kernel / it':>12} {'compiling':>10}"
    )
    for found in (*own, *others):
        once = "" if found.compiling is None else f"{found.compiling:.1f} s"
        print(
            f"{found.solver:42} {found.rate:18,.0f} {found.error:9.1e} {found.rate / base.rate:13.2f}"
            f" {found.rate / best.rate:12.2f} {blocks.rate / found.rate:12.2f} {once:>10}"
        )
    for title, rate in (
        ("a loop of least work, compiled alike", least),
        ("floor, all outputs stored", lowest.stored),
        ("floor, reduced", lowest.reduced),
    ):
        print(
            f"{title:42} {rate:18,.0f} {'':9} {rate / base.rate:13.2f} {rate / best.rate:12.2f}"
            f" {blocks.rate / rate:12.2f}"
        )
    for missing in answers:
        if isinstance(missing, str):
            print(missing)
    print(
        f"this core: {lowest.gigaflops:.0f} GFLOP/s of multiply-adds, {lowest.division:.2f} ns a division,"
        f" {lowest.power:.1f} ns an x**g, {lowest.stores:.0f} GB/s of stores:"
        f" at least {lowest.drive:.0f} + {lowest.storing:.0f} ns a patient-day"
    )
    for name, found in (("kernel", blocks), ("NumPy", numpy)):
        print(
            f"{name}: within {lowest.stored / found.rate:.1f} times of the floor,"
            f" {least / found.rate:.1f} times of the least work"
        )


def own_model(size: int, days: int) -> None:
    """The model that people are shown, 4.5 mg a day: finer after a dose, and with more states and outputs."""
    who, doses, hours = population(size, seeded(1)), daily(Dose.mg("4.5"), days), range(24 * days + 1)
    few = {name: values[:3] for name, values in who.items()}
    reference = simulate(doses, hours, values=few, engine=Engine.REFERENCE).values
    print(f"\nthe LDN model, {size:,} people, {days} days of 4.5 mg, {reference.shape[1]} outputs an hour")
    for engine, repeats in ((Engine.KERNEL, 5), (Engine.NUMPY, 3)):
        took = measured(partial(simulate, doses, hours, values=who, engine=engine), repeats)
        error = off(simulate(doses, hours, values=few, engine=engine).values, reference)
        print(f"{engine:42} {size * days / took:18,.0f} {error:9.1e}")


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
    # First, because a new process starts with the peak memory of the one that started it.
    growth()
    cold()
    print()
    beside_others()
    own_model(1024, 28)


if __name__ == "__main__":
    people(int(sys.argv[2])) if sys.argv[1:2] == ["--people"] else main()
