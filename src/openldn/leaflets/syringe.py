"""A syringe drawn to scale: the liquid reaches exactly as far as the volume does."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from typing import Final

from openldn.plan.rounding import Syringe
from openldn.quantities import Volume

_LEFT: Final = 22
_BARREL: Final = 240
_TOP: Final = 14
_HEIGHT: Final = 26


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
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 330 74" role="img" class="syringe">'
        f"<title>{label}</title>",
        f'<rect x="4" y="{_TOP + 9}" width="{_LEFT - 4}" height="8" class="line"/>',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{fill:g}" height="{_HEIGHT}" class="liquid"/>',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_BARREL}" height="{_HEIGHT}" class="line"/>',
    ]
    for n in range(marks + 1):
        at = syringe.mark * n
        x = _LEFT + float(_reach(syringe, at))
        long = n % numbered == 0
        length = 12 if long else 6
        parts.append(f'<line x1="{x:g}" y1="{_TOP + _HEIGHT}" x2="{x:g}" y2="{_TOP + _HEIGHT - length}"/>')
        if long and n:
            text = at.text().removesuffix(" mL")
            parts.append(f'<text x="{x:g}" y="{_TOP + _HEIGHT + 12}">{text}</text>')
    end = _LEFT + fill
    parts += [
        f'<rect x="{end:g}" y="{_TOP + 2}" width="5" height="{_HEIGHT - 4}" class="plunger"/>',
        f'<line x1="{end + 5:g}" y1="{_TOP + 13}" x2="308" y2="{_TOP + 13}" class="rod"/>',
        f'<line x1="308" y1="{_TOP}" x2="308" y2="{_TOP + _HEIGHT}" class="rod"/>',
        f'<path d="M {end - 5:g} 3 L {end + 5:g} 3 L {end:g} 12 Z" class="pointer"/>',
        f'<text x="{end:g}" y="66" class="fill-to">fill to {volume}</text>',
        "</svg>",
    ]
    return "".join(parts)


def _reach(syringe: Syringe, volume: Volume) -> Fraction:
    return Fraction(volume.base * _BARREL, syringe.capacity.base)
