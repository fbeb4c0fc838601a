"""A map of the evidence as a drawing: conditions below their best evidence, marked by how many people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt
from typing import Final

_COLUMN, _ROW, _TOP, _BOTTOM, _LINE = 168, 19, 58, 56, 14
_LEAST, _MOST, _MANY = 2.5, 8.5, 300
"""Radius of nobody and of so many people in randomised trials."""
_LONGEST: Final = 24
"""Letters of a name; the whole stands in its title."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A condition, with how many people were in randomised trials of LDN; a cancer is never an indication."""

    name: str
    people: int
    cancer: bool
    part: str | None = None
    """Of the condition, where the level is not that of all of it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A level of evidence and the conditions, or parts of them, for which it is the best there is."""

    level: str
    means: tuple[str, ...]
    spots: tuple[Spot, ...]


def map_svg(title: str, columns: Sequence[Column], *, alone: bool = True) -> str:
    """The map.

    Args:
        title: what it shows.
        columns: from none to positive trials.
        alone: bring its own style and ground; a page has `map_css` in its own style.
    """
    width = _COLUMN * len(columns)
    height = _TOP + _ROW * max((len(c.spots) for c in columns), default=0) + _BOTTOM
    told = "; ".join(f"{c.level}: {', '.join(s.name for s in c.spots) or 'none'}" for c in columns)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" class="map">',
        f"<title>{escape(title)}</title><desc>{escape(told)}.</desc>",
        *([f"<style>{map_css()}</style>"] if alone else []),
        *([f'<path class="ground" d="M0,0H{width}V{height}H0z"/>'] if alone else []),
    ]
    for n, column in enumerate(columns):
        parts += _column(column, n * _COLUMN)
    y = height - _BOTTOM + 20
    notes = (
        "The larger the mark, the more people were in randomised trials; the smallest: nobody.",
        "A square is a cancer: never an indication. A ring is a part of a condition: its page says which.",
    )
    parts += [f'<text x="8" y="{y + _LINE * n}">{escape(note)}</text>' for n, note in enumerate(notes)]
    return "".join([*parts, "</svg>"])


def _column(column: Column, x: int) -> Iterator[str]:
    yield f'<text class="head" x="{x + 8}" y="18">{escape(column.level)} ({len(column.spots)})</text>'
    for n, line in enumerate(column.means):
        yield f'<text x="{x + 8}" y="{32 + _LINE * n}">{escape(line)}</text>'
    for n, spot in enumerate(column.spots):
        y = _TOP + _ROW * n + _ROW // 2
        radius = _LEAST + (_MOST - _LEAST) * min(sqrt(spot.people / _MANY), 1.0)
        name = spot.name if len(spot.name) <= _LONGEST else f"{spot.name[: _LONGEST - 1].rstrip()}…"
        part = f", {spot.part}" if spot.part else ""
        whole = f"<title>{escape(f'{spot.name}{part}: {spot.people} people in randomised trials')}</title>"
        sort = ' class="part"' if spot.part else ""
        if spot.cancer:
            side = 2 * radius
            corner = f'x="{x + 16 - radius:.1f}" y="{y - radius:.1f}"'
            yield f'<rect {corner} width="{side:.1f}" height="{side:.1f}">{whole}</rect>'
        else:
            yield f'<circle cx="{x + 16}" cy="{y}" r="{radius:.1f}"{sort}>{whole}</circle>'
        yield f'<text x="{x + 30}" y="{y + 4}">{escape(name)}</text>'


def map_css() -> str:
    """How it looks, by day and by night."""
    day = (
        ".map .ground{fill:#fff}.map text{font:11px sans-serif;fill:#111}.map text.head{font-weight:bold}"
        ".map circle{fill:#0b57a4}.map circle.part{fill:none;stroke:#0b57a4;stroke-width:1.5}"
        ".map rect{fill:none;stroke:#9a3412;stroke-width:1.5}"
    )
    night = (
        ".map .ground{fill:#111}.map text{fill:#eee}.map circle{fill:#8ec5ff}"
        ".map circle.part{stroke:#8ec5ff}.map rect{stroke:#fdba74}"
    )
    return f"{day}@media (prefers-color-scheme:dark){{{night}}}"
