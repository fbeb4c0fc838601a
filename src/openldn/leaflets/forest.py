"""A forest plot as a drawing: light and dark, with title and description, and never by colour alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log, log10
from textwrap import wrap
from typing import Final

_WIDTH, _NAMES, _NUMBERS, _ROW, _TOP, _BOTTOM, _LINE = 760, 230, 150, 26, 34, 54, 17
_LONGEST_LINE: Final = 100
"""Letters of a line of the title or of a note."""
_RATIOS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_LEAST_SQUARE, _MOST_SQUARE = 4.0, 18.0


@dataclass(frozen=True, slots=True)
class Line:
    """A study or, as a diamond, several pooled. `weight` is its part of the pooled, 0 to 1.

    A study without a number has `says` in the place of its square.
    """

    name: str
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    weight: float | None = None
    pooled: bool = False
    says: str | None = None


def forest_svg(
    title: str,
    lines: Sequence[Line],
    *,
    measure: str,
    ratio: bool,
    left: str,
    right: str,
    notes: Sequence[str] = (),
    digits: int = 2,
    alone: bool = True,
) -> str:
    """A forest plot.

    Args:
        title: the question; printed above it where it stands alone.
        lines: studies, then what they come to.
        measure: named above the numbers.
        ratio: whether the axis is logarithmic, about 1.
        left: what lies on the left of no difference, "less with LDN".
        right: what lies on the right; empty: `left` is said of both sides.
        notes: below it, what its marks mean.
        digits: after the point.
        alone: bring its own style, ground and title; a page that has the title above the picture, and
            `forest_css` in its own style, needs none of them.
    """
    none = 1.0 if ratio else 0.0
    titles = wrap(title, _LONGEST_LINE) if alone else []
    top = _TOP + _LINE * len(titles)
    below = [part for note in notes for part in wrap(note, _LONGEST_LINE)]
    drawn = [line for line in lines if line.says is None]
    ends = [x for line in drawn for x in (line.low, line.high)] or [none - 0.5, none + 1]
    ends.append(none)
    ticks = _log_ticks(min(ends), max(ends)) if ratio else _ticks(min(ends), max(ends))
    first, last = ticks[0], ticks[-1]

    def at(value: float) -> float:
        inside = min(max(value, first), last)
        part = (
            (log(inside) - log(first)) / (log(last) - log(first))
            if ratio
            else (inside - first) / (last - first)
        )
        return round(_NAMES + part * (_WIDTH - _NAMES - _NUMBERS), 1)

    axis = top + _ROW * len(lines) + 6
    height = axis + _BOTTOM - 6 + _LINE * len(below)
    told = "; ".join(f"{x.name}: {x.says or _numbers(x, digits)}" for x in lines)
    meant = f" {'. '.join(notes)}." if notes else ""
    sides = f"left of {none:g}: {left}, right: {right}" if right else left
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" class="forest">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(f'{measure}; {sides}. {told}.{meant}')}</desc>",
        *([f"<style>{forest_css()}</style>"] if alone else []),
        *([f'<path class="ground" d="M0,0H{_WIDTH}V{height}H0z"/>'] if alone else []),
        *(
            f'<text class="sum" x="4" y="{16 + _LINE * n}">{escape(part)}</text>'
            for n, part in enumerate(titles)
        ),
        f'<text x="{_WIDTH - _NUMBERS + 8}" y="{top - 16}">{escape(measure)} (95 %)</text>',
        f'<path class="none" d="M{at(none)},{top - 8}V{axis - 2}"/>',
    ]
    for n, line in enumerate(lines):
        parts += _drawn(line, top + _ROW * n + _ROW // 2, at, digits, first, last)
    y = axis
    parts.append(f'<path class="axis" d="M{at(first)},{y}H{at(last)}"/>')
    for tick in ticks:
        parts.append(f'<path class="axis" d="M{at(tick)},{y}v5"/>')
        parts.append(f'<text x="{at(tick)}" y="{y + 18}" text-anchor="middle">{tick:g}</text>')
    if right:
        parts.append(f'<text x="{at(none) - 8}" y="{y + 36}" text-anchor="end">&#8592; {escape(left)}</text>')
        parts.append(f'<text x="{at(none) + 8}" y="{y + 36}">{escape(right)} &#8594;</text>')
    else:
        parts.append(f'<text x="{at(none)}" y="{y + 36}" text-anchor="middle">{escape(left)}</text>')
    for n, note in enumerate(below):
        parts.append(f'<text x="4" y="{y + 54 + _LINE * n}">{escape(note)}</text>')
    return "".join([*parts, "</svg>"])


def _drawn(
    line: Line, y: int, at: Callable[[float], float], digits: int, first: float, last: float
) -> list[str]:
    low, high, middle = at(line.low), at(line.high), at(line.value)
    sort = ' class="sum"' if line.pooled else ""
    found = [f'<text x="4" y="{y + 4}"{sort}>{escape(line.name)}</text>']
    if line.says is not None:
        return [*found, f'<text class="said" x="{_NAMES + 8}" y="{y + 4}">{escape(line.says)}</text>']
    if line.pooled:
        found.append(
            f'<polygon class="sum" points="{low},{y} {middle},{y - 7} {high},{y} {middle},{y + 7}"/>'
        )
    else:
        side = _LEAST_SQUARE + (_MOST_SQUARE - _LEAST_SQUARE) * (line.weight or 0)
        found.append(f'<path class="ci" d="M{low},{y}H{high}"/>')
        # An interval that leaves the picture ends in an arrow.
        if line.low < first:
            found.append(f'<path class="ci" d="M{low + 6},{y - 4}L{low},{y}L{low + 6},{y + 4}"/>')
        if line.high > last:
            found.append(f'<path class="ci" d="M{high - 6},{y - 4}L{high},{y}L{high - 6},{y + 4}"/>')
        place = f'x="{middle - side / 2:.1f}" y="{y - side / 2:.1f}"'
        found.append(f'<rect {place} width="{side:.1f}" height="{side:.1f}"/>')
    found.append(f'<text x="{_WIDTH - _NUMBERS + 8}" y="{y + 4}">{_numbers(line, digits)}</text>')
    return found


def _numbers(line: Line, digits: int) -> str:
    return f"{line.value:.{digits}f} ({line.low:.{digits}f} to {line.high:.{digits}f})"


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers that hold the range, five or so."""
    step = 10.0 ** floor(log10((high - low) / 4))
    step *= next(s for s in (1, 2, 5, 10) if (high - low) / (s * step) <= 6)
    return [round(n * step, 10) for n in range(floor(low / step), ceil(high / step) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    inside = [k for k in _RATIOS if low <= k <= high]
    below = [k for k in _RATIOS if k < low][-1:]
    above = [k for k in _RATIOS if k > high][:1]
    return [*below, *inside, *above]


def forest_css() -> str:
    """How it looks, by day and by night."""
    day = (
        ".forest .ground{fill:#fff}"
        ".forest text{font:12px sans-serif;fill:#111}.forest text.sum{font-weight:bold}"
        ".forest text.said{font-style:italic;paint-order:stroke;stroke:#fff;stroke-width:4px}"
        ".forest .ci,.forest .axis{stroke:#333;fill:none;stroke-width:1.5}"
        ".forest .none{stroke:#555;stroke-dasharray:4 3;fill:none}"
        ".forest rect{fill:#0b57a4}.forest polygon.sum{fill:#9a3412}"
    )
    night = (
        ".forest .ground{fill:#111}.forest text{fill:#eee}.forest text.said{stroke:#111}"
        ".forest .ci,.forest .axis{stroke:#ccc}.forest .none{stroke:#aaa}"
        ".forest rect{fill:#8ec5ff}.forest polygon.sum{fill:#fdba74}"
    )
    return f"{day}@media (prefers-color-scheme:dark){{{night}}}"
