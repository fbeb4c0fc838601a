"""Where many people are simulated: here, in processes of this machine, or on a running Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openldn.pharmacology.many import Pools


class Unreachable(ValueError):
    """A cluster that cannot be used; the message says what would help."""


@contextmanager
def pools_of(workers: int, cluster: str | None) -> Iterator[Pools | None]:
    """What `per_person` takes as pools.

    Raises:
        Unreachable: Dask is not installed, or no scheduler answers at the address.
    """
    from openldn.pharmacology.many import elsewhere, processes  # noqa: PLC0415 - NumPy

    if cluster is None:
        yield processes(workers) if workers > 1 else None
        return
    try:
        dask = import_module("distributed")
    except ImportError as error:
        raise Unreachable(
            "--cluster needs Dask beside OpenLDN, here and on the workers: pip install distributed"
        ) from error
    try:
        client = dask.Client(cluster, timeout="10s")
    except (OSError, ValueError) as error:
        raise Unreachable(
            f"no Dask scheduler answers at {cluster!r}: `dask scheduler` prints an address like tcp://host:8786"
        ) from error
    with client:
        yield elsewhere(client.get_executor(pure=False))
