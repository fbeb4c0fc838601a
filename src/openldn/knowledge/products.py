"""US product codes (RxNorm) of opioids: from a code to ingredient, form and name.

Source: knowledge/drugs/products.csv with its origin and licence a row (drugs/products.md).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
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


def read_products(path: Path, drugs: Mapping[str, Drug]) -> dict[str, Product]:
    """Read the product table; a row whose opioid is not among the drugs is an error."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["rxcui"]: Product(row["rxcui"], row["name"], drugs[row["opioid"]], _form(row), row["brand"])
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
