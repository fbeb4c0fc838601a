"""Every example in the docs runs and prints what it says; every link leads somewhere."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from openldn.cli import terminal
from openldn.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXAMPLES = [
    (page.relative_to(ROOT).as_posix(), block)
    for page in PAGES
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]


def _commands(block: str) -> list[tuple[str, list[str]]]:
    """Each command of a block with the lines that it should print."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            found[-1][1].append(line)
    return found


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize(("page", "block"), EXAMPLES, ids=[f"{p}-{n}" for n, (p, _) in enumerate(EXAMPLES)])
def test_an_example_prints_what_the_page_says(page: str, block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for command, wanted in _commands(block):
        screen = io.StringIO()
        monkeypatch.setattr(terminal, "out", Console(file=screen, width=100))
        words = shlex.split(command)
        assert words[0] == "openldn", page
        result = CliRunner().invoke(app, words[1:])
        printed = [line.rstrip() for line in (result.stdout + screen.getvalue()).splitlines()]
        pattern = "".join(
            r"(?:.*\n)*?" if line == "..." else re.escape(line.rstrip()) + r"\n" for line in wanted
        )
        assert re.fullmatch(pattern, "\n".join(printed) + "\n"), "\n".join(printed)


@pytest.mark.parametrize("page", PAGES, ids=[p.relative_to(ROOT).as_posix() for p in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target
