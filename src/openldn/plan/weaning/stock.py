"""What a taper is made of: units as they are written, and what else is sold that would do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from openldn.knowledge.load import Knowledge
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.taper import Piece, Schedule, Unit
from openldn.quantities import Dose, Strength, Volume

_LEAST_VOLUME: Final = Volume.ml(1)
"""The least step of a liquid, unless --stock names another after @."""
_STOCK: Final = re.compile(
    r"(?P<amount>[\d.,]+\s*(?:mg|mcg|microgram|micrograms))(?:\s*/\s*(?P<per>ml|h))?\s*(?P<words>[a-z ]*?)"
    r"(?:@\s*(?P<step>[\d.]+)\s*ml)?",
    re.IGNORECASE,
)
_SMALLER: Final = (
    Fraction(1, 2),
    Fraction(2, 5),
    Fraction(1, 4),
    Fraction(1, 5),
    Fraction(1, 10),
    Fraction(1, 20),
)
"""Parts of the smallest unit that are tried, where no product is known that would do."""


def read_units(stock: Iterable[str]) -> Iterator[Unit]:
    """Units as written: '5 mg, 10 mg', '10 mg ER', '1 mg/mL @0.5 mL', '25 mcg/h'.

    Raises:
        CannotPlan: not of this form; says what would be.
    """
    for text in (part.strip() for given in stock for part in given.split(",")):
        found = _STOCK.fullmatch(text)
        if found is None:
            raise CannotPlan(f"{text!r} is not understood: write '5 mg', '10 mg ER', '1 mg/mL', '25 mcg/h'")
        words, per = found["words"].lower().split(), (found["per"] or "").lower()
        if per == "h" or "patch" in words or "patches" in words:
            if per != "h":
                raise CannotPlan(f"{text!r}: a patch is named by its rate, like '25 mcg/h'")
            rate = Dose.parse(found["amount"]).nanograms
            # Labelled 12, it delivers 12.5 (opioids.md 2.5).
            base = 12_500 if rate == 12_000 else rate
            yield Unit(base, Piece.PATCH, text)
        elif per == "ml":
            step = Volume.ml(found["step"]) if found["step"] else _LEAST_VOLUME
            strength = Strength(Dose.parse(found["amount"]), Volume.ml(1))
            yield Unit(strength.dose_in(step).base, Piece.LIQUID, f"{text} in steps of {step}")
        else:
            extended = {"er", "sr", "mr", "xr", "cr", "extended", "modified", "prolonged"} & set(words)
            piece = Piece.EXTENDED if extended else Piece.IMMEDIATE
            yield Unit(Dose.parse(found["amount"]).base, piece, text)


def candidates(found: Schedule, knowledge: Knowledge) -> Iterator[Unit]:
    """What else is sold of this opioid, smaller than what is there, the largest first; then parts of it."""
    asked, smallest = found.asked, min(u.amount for u in found.asked.units)
    releases = {
        Piece.IMMEDIATE: ("IR", "mg"),
        Piece.EXTENDED: ("ER", "mg"),
        Piece.PATCH: ("patch", "ug/h"),
        Piece.LIQUID: ("liquid", "mg/mL"),
    }
    wanted = {releases[asked.piece], *([releases[Piece.LIQUID]] if asked.piece is Piece.IMMEDIATE else [])}
    sold: dict[int, Unit] = {}
    for product in knowledge.vocabulary.drugs.products.values():
        if product.drug is not asked.drug or product.route not in ("oral", "transdermal"):
            continue
        if (product.release, product.unit) not in wanted or product.combined:
            continue
        base = product.strength * (1000 if product.unit == "ug/h" else 10**6)
        if base.denominator == 1 and base < smallest:
            liquid = product.release == "liquid"
            kind = Piece.LIQUID if liquid else asked.piece
            name = f"{product.name}{', 1 mL of it,' if liquid else ''}"
            sold.setdefault(int(base), Unit(int(base), kind, name))
    yield from (sold[base] for base in sorted(sold, reverse=True))
    for part in _SMALLER if asked.piece is not Piece.PATCH else ():
        base = smallest * part
        if base.denominator == 1:
            yield Unit(int(base), asked.piece, f"{Dose(int(base))} (not known to be sold)")
