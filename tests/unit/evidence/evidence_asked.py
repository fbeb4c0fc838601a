"""What `openldn evidence ... --json` answers."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from openldn.cli.app import app


def asked(*words: str) -> Any:
    """The answer as data; an error fails the test with what was said."""
    result = CliRunner().invoke(app, ["evidence", *words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
