"""What is taken, drawn: a syringe to scale, the pieces, or the drops to count. Black, white and grey only."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from html import escape
from typing import Final

from openldn.plan.rounding import Counts, Fills, Measured, Pieces, Syringe
from openldn.quantities import Dose, Volume

# Colours and fonts are attributes of the drawing: the PDF library reads no page style inside an SVG.
_LEFT: Final = 22
_BARREL: Final = 240
_TOP: Final = 14
_HEIGHT: Final = 26


def drawn(measured: Measured) -> Iterator[str]:
    """One picture for each fill, or one of all pieces, drops or strokes."""
    if isinstance(measured, Fills):
        yield from (syringe_svg(measured.syringe, volume) for volume in measured.volumes)
    elif isinstance(measured, Pieces):
        yield pieces_svg(measured)
    else:
        yield counts_svg(measured)


def pieces_svg(pieces: Pieces) -> str:
    """An SVG of the capsules or tablets that are taken together, each with its strength."""
    wide = 86
    label = escape(f"Take {' and '.join(str(s) for s in pieces.strengths)}")
    parts = [_opened(wide * len(pieces.strengths), 34, label)]
    for n, strength in enumerate(pieces.strengths):
        parts += _piece(n * wide, strength)
    return "".join([*parts, "</svg>"])


def _piece(x: int, strength: Dose) -> Iterator[str]:
    shell = 'width="78" height="26" rx="13" fill="white" stroke="black" stroke-width="1.5"'
    yield f'<rect x="{x + 2}" y="4" {shell}/>'
    yield _text(x + 41, 21, 11, strength.text("mg"), bold=True)


def counts_svg(counts: Counts) -> str:
    """An SVG with one mark a drop or stroke, in rows of five, so that they can be ticked off."""
    label = escape(f"Count {counts.count} {counts.product.word}s")
    rows = -(-counts.count // 10)
    parts = [_opened(230, 22 * rows, label)]
    for n in range(counts.count):
        x = 12 + n % 10 * 20 + (10 if n % 10 > 4 else 0)
        y = n // 10 * 22
        parts.append(
            f'<path d="M {x} {y + 3} C {x + 8} {y + 12} {x + 6} {y + 19} {x} {y + 19} '
            f'C {x - 6} {y + 19} {x - 8} {y + 12} {x} {y + 3} Z" fill="#b8b8b8" stroke="black"/>'
        )
    return "".join([*parts, "</svg>"])


def _opened(width: int, height: int, label: str) -> str:
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img"><title>{label}</title>'


def syringe_svg(syringe: Syringe, volume: Volume) -> str:
    """An SVG of `syringe` filled to `volume`; one mark a graduation, every fifth or tenth numbered.

    Raises:
        ValueError: the syringe does not hold the volume.
    """
    if volume > syringe.capacity:
        raise ValueError(f"{volume} does not fit into a syringe of {syringe.capacity}")
    fill = float(_reach(syringe, volume))
    marks = syringe.capacity.base // syringe.mark.base
    numbered = 10 if marks > 30 else 5
    label = escape(f"Syringe of {syringe.capacity}, fill to {volume}")
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 340 74" width="290" height="63" role="img">',
        f"<title>{label}</title>",
        _box(4, _TOP + 9, _LEFT - 4, 8, "white", "black"),
        _box(_LEFT, _TOP, fill, _HEIGHT, "#b8b8b8"),
        _box(_LEFT, _TOP, _BARREL, _HEIGHT, "none", "black"),
    ]
    bottom = _TOP + _HEIGHT
    for n in range(marks + 1):
        at = syringe.mark * n
        x = _LEFT + float(_reach(syringe, at))
        long = n % numbered == 0
        parts.append(_line(x, bottom, x, bottom - (12 if long else 6), 0.7))
        if long and n:
            parts.append(_text(x, bottom + 10, 8, at.text().removesuffix(" mL")))
    end = _LEFT + fill
    middle = _TOP + _HEIGHT / 2
    parts += [
        _box(end, _TOP + 2, 5, _HEIGHT - 4, "black"),
        _line(end + 5, middle, 308, middle, 2),
        _line(308, _TOP, 308, bottom, 2),
        f'<path d="M {end - 5:g} 3 L {end + 5:g} 3 L {end:g} 12 Z" fill="black"/>',
        _text(end, bottom + 25, 11, f"fill to {volume}", bold=True),
        "</svg>",
    ]
    return "".join(parts)


def _box(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    size = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {size} fill="{fill}" stroke="{stroke}" stroke-width="1.2"/>'


def _line(x1: float, y1: float, x2: float, y2: float, width: float) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="black" stroke-width="{width:g}"/>'


def _text(x: float, y: float, size: int, text: str, *, bold: bool = False) -> str:
    font = f'font-family="DejaVu Sans, sans-serif" font-size="{size}" text-anchor="middle"'
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" {font}{weight}>{escape(text)}</text>'


def _reach(syringe: Syringe, volume: Volume) -> Fraction:
    return Fraction(volume.base * _BARREL, syringe.capacity.base)
