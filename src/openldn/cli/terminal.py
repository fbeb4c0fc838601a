"""Where commands print, and how they fail: exit status 0 done, 2 bad input, 3 not allowed or cannot tell."""

from __future__ import annotations

from typing import Any, Final, NoReturn

import typer
from rich.console import Console

from openldn.answers.values import SCHEMA, to_text

BAD_INPUT: Final = 2
NOT_ALLOWED: Final = 3

out = Console()
err = Console(stderr=True)


def say_error(message: str, as_json: bool, source: str) -> None:
    """Say what is wrong, and as JSON too where JSON was asked for."""
    if as_json:
        fields: dict[str, Any] = {"schema": f"{SCHEMA}/error", "file": source, "error": message}
        typer.echo(to_text(fields, one_line=True))
    err.print(f"error: {message}", markup=False, soft_wrap=True, highlight=False)


def fail(message: str, as_json: bool, source: str) -> NoReturn:
    """Say what is wrong and end with bad input."""
    say_error(message, as_json, source)
    raise typer.Exit(BAD_INPUT)
