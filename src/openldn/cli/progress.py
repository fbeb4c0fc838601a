"""A progress bar on standard error while many files are read; nothing when there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console

_Item = TypeVar("_Item")


def tracked(items: Sequence[_Item], what: str, *, shown: bool) -> Iterable[_Item]:
    """Yield the items, with a bar on a terminal."""
    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        return items
    from rich.progress import track  # noqa: PLC0415 - only for many files on a terminal

    return track(items, description=what, console=console, transient=True)


@contextmanager
def counted(what: str, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A function to call with how many are done, and of how many; a bar on a terminal."""
    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield lambda done, of: None
        return
    from rich.progress import Progress  # noqa: PLC0415 - only for long work on a terminal

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(what)
        yield lambda done, of: progress.update(task, completed=done, total=of)
