"""How reference pages are written: headings, tables, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openldn.knowledge.schema import Source

MADE = "Made from `src/openldn/knowledge` by `openldn knowledge reference`; do not edit."
MARK = "What is marked *unverified* was not seen in a source and waits for a clinician or pharmacist."


def page_text(lines: Iterable[str]) -> str:
    """The lines of a page as one text."""
    return "\n".join(lines) + "\n"


def page_head(title: str, *more: str) -> Iterator[str]:
    """The title of a page and where it comes from."""
    yield from (f"# {title}", "", MADE, MARK, "")
    yield from more


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table."""
    headings = tuple(headings)
    yield f"| {' | '.join(headings)} |"
    yield f"| {' | '.join('---' for _ in headings)} |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def claim_ids(claims: Iterable[str]) -> str:
    """Statements of the guide, by id."""
    return ", ".join(claims)


def seen_in(source: Source) -> str:
    """Where a value was read, and whether it was seen there."""
    mark = "" if source.verified else ", *unverified*"
    return f"`{source.ref}`{f', {source.at}' if source.at else ''}{mark}"
