"""A progress bar on standard error while many files are read; nothing when there is no terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
