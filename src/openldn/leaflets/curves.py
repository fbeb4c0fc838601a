"""Curves and bands as a drawing: light and dark, with title and description, never by colour alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

_WIDTH, _PLOT, _LEFT, _RIGHT, _BOTTOM = 640, 212, 56, 24, 40
_LINE: Final = 16
"""Height of a line of the legend, which stands above the curves."""
_ROUND: Final = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_DASHES: Final = ("", "7 3", "2 3", "9 3 2 3", "1 2", "12 4")
_COLOURS: Final = ("#0b57a4", "#9a3412", "#166534", "#6b21a8", "#92400e", "#334155")
_AT_NIGHT: Final = ("#8ec5ff", "#fdba74", "#86efac", "#d8b4fe", "#fcd34d", "#cbd5e1")
MOST_CURVES: Final = len(_COLOURS)
ROUNDING: Final = 1e-9
"""What is nearer to zero, or to another value, is so only by rounding."""
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
        most: the top of the axis; None: the greatest value. Below zero the axis reaches as far as the values.
        styled: bring its own style; a page that allows none has `curves_css` in its own.

    Raises:
        ValueError: more curves than can be told apart.
    """
    if len(curves) > MOST_CURVES:
        raise ValueError(f"{len(curves)} curves in one picture: at most {MOST_CURVES} can be told apart")
    least, greatest = (
        min(0.0, *(min(c.low or c.values) for c in curves)),
        max(max(c.high or c.values) for c in curves),
    )
    bottom = -_round_up(-least) if least < -ROUNDING else 0.0
    top = most or (0.0 if bottom and greatest <= 0 else _round_up(greatest))
    above = _LINE * (len(curves) + 2)
    height, first, last = _PLOT + above + _BOTTOM, hours[0], hours[-1]

    def at(hour: float, value: float) -> tuple[float, float]:
        x = _LEFT + (hour - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
        y = height - _BOTTOM - (min(value, top) - bottom) / (top - bottom) * _PLOT
        return round(x, 1), round(y, 1)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" class="curves">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(_told(hours, curves, unit, mark))}</desc>",
        *([f"<style>{curves_css()}</style>"] if styled else []),
        *_axes(at, (first, last), (bottom, top)),
    ]
    for n, curve in enumerate(curves):
        if curve.low is not None and curve.high is not None:
            there = [at(h, v) for h, v in zip(hours, curve.high, strict=True)]
            back = [at(h, v) for h, v in zip(hours, curve.low, strict=True)][::-1]
            lines.append(f'<polygon class="b{n}" points="{_points([*there, *back])}"/>')
        points = _points([at(h, v) for h, v in zip(hours, curve.values, strict=True)])
        lines.append(f'<polyline class="c{n}" points="{points}"/>')
    for n, curve in enumerate(curves):
        y = _LINE * (n + 3) - 6
        lines.append(f'<line class="c{n}" x1="{_LEFT}" y1="{y - 4}" x2="{_LEFT + 28}" y2="{y - 4}"/>')
        lines.append(f'<text class="w" x="{_LEFT + 36}" y="{y}">{escape(curve.name)}</text>')
    in_unit = "" if unit == "1" else f", {unit}"
    lines.append(f'<text class="w" x="{_LEFT}" y="{_LINE - 4}">{escape(title + in_unit)}</text>')
    lines.append(f'<text class="w" x="{_LEFT}" y="{2 * _LINE - 4}">{escape(mark)}</text>')
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


def _axes(at: _At, across: tuple[float, float], up: tuple[float, float]) -> list[str]:
    (first, last), (bottom, top) = across, up
    x0, y0 = at(first, bottom)
    x1, _ = at(last, bottom)
    _, y1 = at(first, top)
    found = [f'<path class="axis" d="M{x0},{y1}V{y0}H{x1}"/>']
    if bottom < 0:
        found.append(f'<path class="axis" d="M{x0},{at(first, 0)[1]}H{x1}"/>')
    for value in sorted({bottom, 0.0 if bottom < 0 < top else (bottom + top) / 2, top}):
        _, y = at(first, value)
        found.append(f'<text class="w" x="{x0 - 6}" y="{y + 4}" text-anchor="end">{value:.3g}</text>')
    step = next(s for s in (1, 2, 4, 6, 12, 24, 48, 96, 168, 336, 672) if (last - first) / s <= 9)
    hour = first
    while hour <= last:
        x, _ = at(hour, bottom)
        found.append(f'<text class="w" x="{x}" y="{y0 + 15}" text-anchor="middle">{hour:g}</text>')
        hour += step
    found.append(
        f'<text class="w" x="{x1}" y="{y0 + 30}" text-anchor="end">hours since the first dose</text>'
    )
    return found


def _told(hours: Sequence[float], curves: Sequence[Curve], unit: str, mark: str) -> str:
    """The drawing in words."""
    said = []
    for curve in curves:
        top = max(curve.values)
        when = hours[list(curve.values).index(top)]
        words = f"{curve.name}: between {min(curve.values):.3g} and {top:.3g}"
        words += f"{'' if unit == '1' else f' {unit}'}, greatest at {when:g} h"
        if curve.low is not None and curve.high is not None:
            words += f"; 90 of 100 people between {min(curve.low):.3g} and {max(curve.high):.3g}"
        said.append(words)
    return f"{mark}. {'; '.join(said)}."
