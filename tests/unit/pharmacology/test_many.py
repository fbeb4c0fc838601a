"""Many people: the same whatever the pieces and processes, and a virtual trial of the same people."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NoReturn

import numpy as np
import pytest
from distributed import Client, LocalCluster
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.cli.pools import Unreachable, pools_of
from openldn.pharmacology import many
from openldn.pharmacology.many import elsewhere, per_person, processes, trial
from openldn.pharmacology.model import Standing
from openldn.pharmacology.population import population, seeded
from openldn.pharmacology.simulate import daily
from openldn.quantities import Dose

HOURS = [float(h) for h in range(24, 49)]
PEOPLE = population(300, seeded(1))


def test_neither_pieces_nor_processes_change_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    events = daily(Dose.mg("4.5"), 2)
    whole = per_person(events, HOURS, PEOPLE)
    monkeypatch.setattr(many, "PIECE", 77)
    assert np.array_equal(per_person(events, HOURS, PEOPLE).values, whole.values)
    monkeypatch.setattr(many, "PIECE", 150)
    assert np.array_equal(per_person(events, HOURS, PEOPLE, pools=processes(2)).values, whole.values)
    alone = per_person(events, HOURS, {name: values[42:43] for name, values in PEOPLE.items()})
    assert np.array_equal(alone.values[0], whole.values[42])


def test_a_virtual_trial_of_the_same_people() -> None:
    high, low = (per_person(daily(Dose.mg(d), 2), HOURS, PEOPLE) for d in (50, 5))
    found = trial(high, low, "occ_brain")
    assert found.more == 1.0
    assert 0 < found.low < found.mean < found.high < 1
    assert trial(low, high, "occ_brain").mean == -found.mean
    assert trial(low, low, "S").mean == 0
    assert low.standing["occ_brain"] is Standing.EXTRAPOLATED


def test_a_killed_process_changes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    events = daily(Dose.mg("4.5"), 2)
    whole = per_person(events, HOURS, PEOPLE)
    monkeypatch.setattr(many, "PIECE", 20)
    killed: list[int] = []

    def kill(done: int, of: int) -> None:
        assert of == 15
        if not killed:
            killed.append(int(multiprocessing.active_children()[0].pid or 0))
            os.kill(killed[0], signal.SIGKILL)

    assert np.array_equal(
        per_person(events, HOURS, PEOPLE, pools=processes(1), tell=kill).values, whole.values
    )
    assert killed


class _Dying(ThreadPoolExecutor):
    """A pool whose process dies at once."""

    def submit(self, *work: Any, **more: Any) -> NoReturn:
        raise BrokenProcessPool("killed")


def test_processes_that_are_killed_again_and_again_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "PIECE", 200)
    with pytest.raises(BrokenProcessPool):
        per_person(daily(Dose.mg(1), 1), [1.0], PEOPLE, pools=_Dying)


def test_a_running_dask_cluster_gives_the_same_though_a_worker_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = daily(Dose.mg("4.5"), 2)
    whole = per_person(events, HOURS, PEOPLE)
    monkeypatch.setattr(many, "PIECE", 20)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,  # type: ignore[no-untyped-call]
        Client(cluster.scheduler_address) as client,  # type: ignore[no-untyped-call]
    ):
        before = client.run(os.getpid)
        killed: list[int] = []

        def kill(done: int, of: int) -> None:
            if not killed:
                killed.append(next(iter(before.values())))
                os.kill(killed[0], signal.SIGKILL)

        pools = elsewhere(client.get_executor(pure=False))
        found = per_person(events, HOURS, PEOPLE, pools=pools, tell=kill)
        assert killed
        client.wait_for_workers(2, timeout=60)
        assert set(client.run(os.getpid).values()) != set(before.values()), "a new one took its place"
        typed = ["simulate", "trial", "4.5 mg", "50 mg", "--people", "50", "--days", "1", "--json"]
        there = CliRunner().invoke(app, [*typed, "--cluster", cluster.scheduler_address])
    assert np.array_equal(found.values, whole.values)
    assert there.stdout == CliRunner().invoke(app, typed).stdout


def test_a_pool_that_breaks_again_and_again_says_what_would_help() -> None:
    with pytest.raises(Unreachable, match="fewer --workers"), pools_of(2, None):
        raise BrokenProcessPool("killed")
