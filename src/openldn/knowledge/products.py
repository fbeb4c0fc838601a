"""US product codes (RxNorm) of opioids: from a code to ingredient, strength, route and form.

Source: knowledge/drugs/products.csv with its origin and licence a row (drugs/products.md).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from openldn.knowledge.drug_schema import Drug, Form


@dataclass(frozen=True, slots=True)
class Product:
    """One coded product. `drug` is its opioid."""

    rxcui: str
    name: str
    drug: Drug
    form: Form | None
    brand: str
    strength: Fraction
    """Of the opioid, in `unit`."""
    unit: str
    """mg, mg/mL, mg/actuation, ug, ug/actuation or ug/h."""
    route: str
    release: str
    combined: bool
    """Whether any other active ingredient is in it."""
    hours: Fraction | None
    """How long a patch is worn, where the name says so."""


def read_products(path: Path, drugs: Mapping[str, Drug]) -> dict[str, Product]:
    """Read the product table; a row whose opioid is not among the drugs is an error."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["rxcui"]: Product(
                rxcui=row["rxcui"],
                name=row["name"],
                drug=drugs[row["opioid"]],
                form=_form(row),
                brand=row["brand"],
                strength=Fraction(row["strength_value"]),
                unit=row["strength_unit"],
                route=row["route"],
                release=row["release"],
                combined=row["is_combination"] == "yes",
                hours=Fraction(row["hours"]) if row["hours"] else None,
            )
            for row in csv.DictReader(lines)
        }


def _form(row: Mapping[str, str]) -> Form | None:
    release, name = row["release"], row["name"].lower()
    if release == "implant":
        return Form.IMPLANT
    if "prefilled syringe" in name and "buprenorphine" in name:
        return Form.DEPOT
    if release == "ER":
        return Form.EXTENDED
    if release == "patch":
        return Form.PATCH
    return Form.IMMEDIATE if release else None
