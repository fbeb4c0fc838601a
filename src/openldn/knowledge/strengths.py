"""How much opioid is in one of what was ordered: by its product code, or by what the text says.

A text is only believed where it can be read in one way. In a combination the number that stands with the
opioid counts; where two numbers stand without names ("co-codamol 30/500") the smaller one does, if the
other is more than any opioid's strength.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from openldn.knowledge.drug_schema import Drug
from openldn.knowledge.factor_schema import Route
from openldn.knowledge.names import Code, DrugNames
from openldn.knowledge.products import Product

_NUMBER: Final = r"(?<![\d.,])(\d+(?:[.,]\d+)?)"
_WEIGHT: Final = r"(mg|mcg|ug|µg|μg|microgram(?:s|me|mes)?|milligram(?:s|me|mes)?|g)"
_STATED: Final = re.compile(
    rf"{_NUMBER}\s*-?\s*{_WEIGHT}(?![a-z])"
    r"(?:\s*(?:/|per)\s*(\d+(?:[.,]\d+)?)?\s*(ml|hours?|hr|h|actuat\w*|sprays?|doses?)(?![a-z]))?",
    re.IGNORECASE,
)
_PAIR: Final = re.compile(
    rf"{_NUMBER}\s*(?:mg)?\s*[/-]\s*(\d+(?:[.,]\d+)?)(?:\s*mg)?(?![\d.,]|\s*m?l)", re.IGNORECASE
)
_PARTNER_FROM: Final = 160
"""mg: a combination's other drug is at least so much; no piece for the mouth holds so much opioid."""
_OPIOID_UNTIL: Final = 100
_ROUTES: Final = (
    (Route.SUBDERMAL, ("implant", "subdermal")),
    (Route.TRANSDERMAL, ("patch", "transdermal", "transderm", "pflaster", "plaster")),
    (Route.SUBLINGUAL, ("sublingual", "under the tongue", "sl film", "sl tab")),
    (Route.BUCCAL, ("buccal",)),
    (Route.NASAL, ("nasal", "intranasal")),
    (Route.OROMUCOSAL, ("lozenge", "oromucosal", "mucosal", "lollipop", "oralet", "transmucosal")),
    (Route.RECTAL, ("suppositor", "rectal")),
    (Route.TOPICAL, ("topical", "cutaneous")),
    (
        Route.PARENTERAL,
        (
            *("injection", "injectable", "intravenous", "intramuscular", "subcutaneous", "infusion", "vial"),
            *("epidural", "intrathecal", "syringe", "cartridge", "ampoule", "ampule"),
        ),
    ),
    (Route.ORAL, ("oral", "tablet", "capsule", "by mouth", "syrup", "elixir", "linctus", "swallow")),
)
"""The first kind of word found tells the route; a sublingual tablet is not swallowed."""


@dataclass(frozen=True, slots=True)
class Strength:
    """The opioid in one piece, mL or spray (mg), or what a patch is rated at (microgram an hour)."""

    value: Fraction
    unit: str
    """mg, mg/mL, mg/spray or microgram per hour."""
    wear_hours: Fraction | None = None
    """How long a patch is worn, where its name says so."""


def strengths_of(drug: Drug, codes: Iterable[Code], texts: Iterable[str], names: DrugNames) -> set[Strength]:
    """All that codes and texts say of the strength; more than one is a contradiction."""
    coded = {s for p in products_of(drug, codes, names) if (s := _of_product(p))}
    read = {s for text in texts if (s := strength_in(drug, text, names))}
    said = {(s.value, s.unit) for s in coded}
    return coded | {s for s in read if (s.value, s.unit) not in said}


def routes_of(drug: Drug, codes: Iterable[Code], texts: Iterable[str], names: DrugNames) -> set[Route]:
    """All routes that codes and texts tell; an empty set when none does."""
    coded = {Route(p.route) for p in products_of(drug, codes, names)}
    return coded or {route for text in texts if (route := route_in(text))}


def products_of(drug: Drug, codes: Iterable[Code], names: DrugNames) -> Iterator[Product]:
    """The coded products of this drug."""
    for code in codes:
        product = names.products.get(code.code)
        if product is not None and product.drug is drug:
            yield product


def route_in(text: str) -> Route | None:
    """The route that a text tells."""
    said = text.casefold()
    return next((route for route, words in _ROUTES if any(w in said for w in words)), None)


def strength_in(drug: Drug, text: str, names: DrugNames) -> Strength | None:
    """The strength that a text states for a drug; None when it states none, or more than one."""
    segments = [s for s in re.split(r"\s+/\s+|\s+\+\s+|;|\bwith\b|\band\b", text) if s.strip()]
    own = [s for s in segments if any(n.drug is drug for n in names.identify((), (s,)).named)]
    if len(segments) == 1:
        own = segments
    if len(own) != 1:
        return None
    found = {s for match in _STATED.finditer(own[0]) if (s := _stated(match))}
    pair = _PAIR.search(text)
    if pair and len(segments) == 1 and (of_pair := _of_pair(pair)):
        return of_pair
    return found.pop() if len(found) == 1 else None


def _of_pair(pair: re.Match[str]) -> Strength | None:
    small, large = sorted((_number(pair[1]), _number(pair[2])))
    if large >= _PARTNER_FROM and small <= _OPIOID_UNTIL:
        return Strength(small, "mg")
    return None


def _stated(match: re.Match[str]) -> Strength | None:
    number, weight, per, of = _number(match[1]), match[2].lower(), match[3], (match[4] or "").lower()
    mg = number * _in_mg(weight)
    if not of:
        return Strength(mg, "mg")
    share = _number(per) if per else Fraction(1)
    if not share:
        return None
    if of == "ml":
        return Strength(mg / share, "mg/mL")
    if of.startswith("h"):
        return Strength(rated(mg * 1000 / share), "microgram per hour")
    return Strength(mg / share, "mg/spray")


def rated(micrograms: Fraction) -> Fraction:
    """What a patch delivers: one that is labelled 12 releases 12.5 (opioids.md 2.5)."""
    return Fraction("12.5") if micrograms == 12 else micrograms


def _in_mg(weight: str) -> Fraction:
    if weight == "g":
        return Fraction(1000)
    return Fraction(1) if weight.startswith(("mg", "milli")) else Fraction(1, 1000)


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", "."))


def _of_product(product: Product) -> Strength | None:
    micro = product.unit.startswith("ug")
    mg = product.strength / 1000 if micro else product.strength
    kind = product.unit.removeprefix("ug").removeprefix("mg")
    if kind == "/h":
        return Strength(
            rated(product.strength if micro else product.strength * 1000), "microgram per hour", product.hours
        )
    units = {"": "mg", "/mL": "mg/mL", "/actuation": "mg/spray"}
    return Strength(mg, units[kind]) if kind in units else None
