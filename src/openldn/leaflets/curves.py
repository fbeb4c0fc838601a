"""Curves and bands as a drawing: light and dark, with title and description, never by colour alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BOTTOM = 640, 300, 56, 24, 40
_LINE: Final = 16
"""Height of a line of the legend, which stands above the curves."""
_ROUND: Final = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_DASHES: Final = ("", "7 3", "2 3", "9 3 2 3", "1 2", "12 4")
_COLOURS: Final = ("#0b57a4", "#9a3412", "#166534", "#6b21a8", "#92400e", "#334155")
_AT_NIGHT: Final = ("#8ec5ff", "#fdba74", "#86efac", "#d8b4fe", "#fcd34d", "#cbd5e1")
_At = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Curve:
    """A line with its name; `low` and `high` are the edges of a band around it."""

    name: str
    values: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


def curves_svg(
    title: str,
    unit: str,
    hours: Sequence[float],
    curves: Sequence[Curve],
    *,
    mark: str,
    most: float | None = None,
    styled: bool = True,
) -> str:
    """A drawing of courses over time.

    Args:
        title: what is drawn, for who does not see it.
        unit: of the values.
        hours: of all curves.
        curves: lines, each with its own dash and colour.
        mark: how far it may be trusted, written into the drawing.
        most: the top of the axis; None: the greatest value.
        styled: bring its own style; a page that allows none has `curves_css` in its own.
    """
    top = most or _round_up(max(max(c.high or c.values) for c in curves))
    above = _LINE * (len(curves) + 1)
    first, last = hours[0], hours[-1]

    def at(hour: float, value: float) -> tuple[float, float]:
        x = _LEFT + (hour - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
        y = _HEIGHT - _BOTTOM - min(value / top, 1.0) * (_HEIGHT - above - _BOTTOM)
        return round(x, 1), round(y, 1)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'class="curves">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(_told(hours, curves, unit, mark))}</desc>",
        *([f"<style>{curves_css()}</style>"] if styled else []),
        *_axes(at, first, last, top, unit),
    ]
    for n, curve in enumerate(curves):
        if curve.low is not None and curve.high is not None:
            there = [at(h, v) for h, v in zip(hours, curve.high, strict=True)]
            back = [at(h, v) for h, v in zip(hours, curve.low, strict=True)][::-1]
            lines.append(f'<polygon class="b{n}" points="{_points([*there, *back])}"/>')
        points = _points([at(h, v) for h, v in zip(hours, curve.values, strict=True)])
        lines.append(f'<polyline class="c{n}" points="{points}"/>')
    for n, curve in enumerate(curves):
        y = _LINE * (n + 2) - 6
        lines.append(f'<line class="c{n}" x1="{_LEFT}" y1="{y - 4}" x2="{_LEFT + 28}" y2="{y - 4}"/>')
        lines.append(f'<text class="w" x="{_LEFT + 36}" y="{y}">{escape(curve.name)}</text>')
    lines.append(f'<text class="w" x="{_LEFT}" y="{_LINE - 4}">{escape(mark)}</text>')
    return "".join([*lines, "</svg>"])


def _round_up(value: float) -> float:
    """The next round number for the top of an axis."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in _ROUND if step * power >= value * 0.999)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def curves_css() -> str:
    """How curves look, by day and by night."""
    rows = [
        ".curves text.w{font:11px sans-serif;fill:#111}.curves .axis{stroke:#555;fill:none}",
        ".curves polyline,.curves line[class^=c]{fill:none;stroke-width:2}",
    ]
    night = []
    for n, (dash, colour, at_night) in enumerate(zip(_DASHES, _COLOURS, _AT_NIGHT, strict=True)):
        rows.append(f".curves .c{n}{{stroke:{colour};stroke-dasharray:{dash or 'none'}}}")
        rows.append(f".curves .b{n}{{fill:{colour};fill-opacity:.18}}")
        night.append(f".curves .c{n}{{stroke:{at_night}}}.curves .b{n}{{fill:{at_night}}}")
    dark = ".curves text.w{fill:#eee}.curves .axis{stroke:#aaa}"
    return "".join([*rows, f"@media (prefers-color-scheme:dark){{{dark}{''.join(night)}}}"])


def _axes(at: _At, first: float, last: float, top: float, unit: str) -> list[str]:
    x0, y0 = at(first, 0)
    x1, _ = at(last, 0)
    _, y1 = at(first, top)
    found = [f'<path class="axis" d="M{x0},{y1}V{y0}H{x1}"/>']
    for part in (0.0, 0.5, 1.0):
        _, y = at(first, top * part)
        found.append(f'<text class="w" x="{x0 - 6}" y="{y + 4}" text-anchor="end">{top * part:.3g}</text>')
    step = next(s for s in (1, 2, 4, 6, 12, 24, 48, 96, 168, 336, 672) if (last - first) / s <= 9)
    hour = first
    while hour <= last:
        x, _ = at(hour, 0)
        found.append(f'<text class="w" x="{x}" y="{y0 + 15}" text-anchor="middle">{hour:g}</text>')
        hour += step
    found.append(
        f'<text class="w" x="{x1}" y="{y0 + 30}" text-anchor="end">hours since the first dose</text>'
    )
    found.append(f'<text class="w" x="{x0 - 44}" y="{y0 + 30}">{escape("" if unit == "1" else unit)}</text>')
    return found


def _told(hours: Sequence[float], curves: Sequence[Curve], unit: str, mark: str) -> str:
    """The drawing in words."""
    said = []
    for curve in curves:
        top = max(curve.values)
        when = hours[list(curve.values).index(top)]
        words = f"{curve.name}: between {min(curve.values):.3g} and {top:.3g}"
        said.append(f"{words}{'' if unit == '1' else f' {unit}'}, greatest at {when:g} h")
    return f"{mark}. {'; '.join(said)}."
