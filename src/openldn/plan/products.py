"""The products that a plan can be made in, from the knowledge files.

Rules read here: dispensing/oral-liquid, dispensing/oral-syringes, dispensing/capsules.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from openldn.knowledge.load import Knowledge
from openldn.plan.rounding import Capsules, Liquid, Product, Syringe
from openldn.quantities import Strength, Volume


class ProductForm(StrEnum):
    """The forms on offer."""

    LIQUID = "liquid"
    CAPSULE = "capsule"


def product_for(form: ProductForm, knowledge: Knowledge, *, as_of: date) -> Product:
    """The stocked product of this form."""
    if form is ProductForm.CAPSULE:
        rule = knowledge.rule("dispensing/capsules")
        return Capsules(rule.doses("strengths", as_of), rule.whole("most_at_once", as_of))
    (dose,) = knowledge.rule("dispensing/oral-liquid").doses("strength", as_of)
    syringes = knowledge.rule("dispensing/oral-syringes")
    return Liquid(
        Strength(dose, Volume.ml(1)),
        tuple(_syringe(text) for text in syringes.words("syringes", as_of)),
        syringes.whole("most_fills", as_of),
    )


def _syringe(text: str) -> Syringe:
    capacity, mark = text.split(" / ")
    return Syringe(Volume.ml(capacity), Volume.ml(mark))
