"""Where many people are simulated: here, in processes of this machine, or on a running Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openldn.pharmacology.many import Pools


PATIENCE = 10.0
"""Seconds until a scheduler that does not answer is taken not to be there."""


class Unreachable(ValueError):
    """A cluster that cannot be used; the message says what would help."""


@contextmanager
def pools_of(workers: int, cluster: str | None) -> Iterator[Pools | None]:
    """What `per_person` takes as pools.

    Raises:
        Unreachable: Dask is not installed, no scheduler answers at the address, or what ran there was killed
            again and again.
    """
    from openldn.pharmacology.many import elsewhere, processes  # noqa: PLC0415 - NumPy

    if cluster is None:
        try:
            yield processes(workers) if workers > 1 else None
        except BrokenProcessPool as error:
            raise Unreachable(
                "processes were killed again and again: fewer --workers need less memory"
            ) from error
        return
    try:
        dask = import_module("distributed")
    except ImportError as error:
        raise Unreachable(
            "--cluster needs Dask beside OpenLDN, here and on the workers: pip install distributed"
        ) from error
    try:
        client = dask.Client(cluster, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise Unreachable(
            f"no Dask scheduler answers at {cluster!r}: `dask scheduler` prints an address like tcp://host:8786"
        ) from error
    with client:
        try:
            yield elsewhere(client.get_executor(pure=False))
        except (dask.KilledWorker, OSError) as error:
            raise Unreachable(f"the cluster at {cluster!r} gave up: {error}") from error
