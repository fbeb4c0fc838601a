"""The list of a pharmacy: what it may say, and how it is refused."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from openldn.knowledge.load import load_knowledge
from openldn.plan.rounding import Liquid, Metered
from openldn.plan.stock import BadStock, read_stock, shipped_stock, syringes_on
from openldn.quantities import Dose, Volume

DAY, KNOWN = date(2026, 5, 1), load_knowledge()
OWN: dict[str, Any] = {
    "title": "house liquid",
    "form": "liquid",
    "release": "immediate",
    "strengths": ["2"],
    "strengths_source": {"ref": "facts-products"},
    "excipients_source": {"ref": "facts-products"},
    "beyond_use": {"days": "35", "storage": {"en": "in the fridge"}, "source": {"ref": "facts-products"}},
    "note": "ours",
}


def stock(*products: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"pharmacy": "P", "products": list(products), **more}


def test_what_is_assumed_without_a_list_is_marked_as_such() -> None:
    found = shipped_stock(KNOWN, as_of=DAY)
    assert "assumed" in found.pharmacy
    assert {a.formulation.id for a in found.articles} == {
        "formulations/liquid-nz",
        "formulations/capsule-gelatin",
    }


def test_a_list_of_its_own_with_packs_prices_syringes_and_formulations() -> None:
    tree = stock(
        {"formulation": "house", "pack": "60 mL", "prices": {"2 mg": "9.95"}},
        {"formulation": "capsule-hypromellose", "strengths": ["1 mg", "3 mg"], "pack": "30"},
        {"formulation": "drops", "strengths": ["5 mg"], "each": "0.219 mg", "calibrated": "today by A"},
        syringes=["2 mL / 0.1 mL", "1 mL / 0.01 mL"],
        formulations={"house": OWN},
        currency="GBP",
    )
    found = read_stock(tree, KNOWN, as_of=DAY)
    assert (found.pharmacy, found.currency) == ("P", "GBP")
    liquid, capsules, drops = found.articles
    assert drops.calibrated == "today by A"
    assert (liquid.items[0].pieces, capsules.items[0].pieces) == (False, True)
    assert isinstance(liquid.product, Liquid)
    assert [s.capacity for s in liquid.product.syringes] == [Volume.ml(2), Volume.ml(1)]
    assert [s.tolerance(Volume.ml(1)) is None for s in liquid.product.syringes] == [True, False]
    (item,) = liquid.items
    assert item.pack == 60_000_000
    assert item.cost(120_000_000) == Fraction(1990, 100)  # two bottles
    assert [i.strength for i in capsules.items] == [Dose.mg(1), Dose.mg(3)]
    assert isinstance(drops.product, Metered)
    assert drops.product.volume_each == Volume(43_800)  # 0.219 mg of 5 mg per mL


def test_how_exact_the_usual_syringes_are() -> None:
    """products.md 3.1: 5 % from half on to 3 mL, 4 % above; below, 1.5 % of the capacity and 2 or 1 %."""
    found = {s.capacity: s for s in syringes_on(KNOWN, DAY)}
    exact = {c: (s.mark, s.from_half, s.below_half) for c, s in found.items()}
    small = (Fraction(15, 1000), Fraction(2, 100))
    large = (Fraction(15, 1000), Fraction(1, 100))
    assert exact == {
        Volume.ml(1): (Volume.ml("0.01"), Fraction(5, 100), small),
        Volume.ml(3): (Volume.ml("0.1"), Fraction(5, 100), small),
        Volume.ml(5): (Volume.ml("0.2"), Fraction(4, 100), large),
        Volume.ml(10): (Volume.ml("0.2"), Fraction(4, 100), large),
    }
    assert found[Volume.ml(10)].tolerance(Volume.ml("0.5")) == Fraction(31, 100)


def test_what_costs_nothing_has_a_price() -> None:
    tree = stock({"formulation": "capsule-gelatin", "strengths": ["1 mg"], "prices": {"1 mg": "0"}})
    (item,) = read_stock(tree, KNOWN, as_of=DAY).articles[0].items
    assert item.cost(3) == 0


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"pharmacy": "P"}, "products"),
        (stock(), "^products: none is listed"),
        (
            stock({"formulation": "nectar"}),
            "product 1: no formulation 'nectar'; there are capsule-calcium-carbonate, capsule-gelatin, ",
        ),
        (stock({"formulation": "liquid-nz", "colour": "red"}), "colour"),
        (stock({"formulation": "drops", "strengths": ["5 mg"]}), "product 1: .*`each` .*a drop"),
        (stock({"formulation": "cream", "strengths": ["5 mg"]}), "dose of a stroke.* have to be stated"),
        (stock({"formulation": "drops", "strengths": ["5 mg"], "each": "0.2 mg"}), "`calibrated`"),
        (stock({"formulation": "drops"}), "no source states a strength"),
        (stock({"formulation": "cream"}), "no source states a strength"),
        (
            stock({"formulation": "drops", "strengths": ["3 mg"], "each": "0.1 mg", "calibrated": "x"}),
            "fewer digits",
        ),
        (stock({"formulation": "liquid-nz", "strengths": ["1 mg", "2 mg"]}), "one strength"),
        (stock({"formulation": "liquid-nz", "strengths": ["0 mg"]}), "nothing"),
        (stock({"formulation": "capsule-gelatin", "pack": "many"}), "pack 'many'"),
        (stock({"formulation": "capsule-gelatin", "pack": "0"}), "pack '0'"),
        (stock({"formulation": "liquid-nz", "pack": "100"}), "100"),
        (stock({"formulation": "liquid-nz", "pack": "0 mL"}), "pack"),
        (stock({"formulation": "liquid-nz", "prices": {"1 mg": "-1"}}), "price '-1'"),
        (stock({"formulation": "liquid-nz", "prices": {"1 mg": "dear"}}), "price 'dear'"),
        (stock({"formulation": "liquid-nz", "prices": {"1 mg": "NaN"}}), "price 'NaN'"),
        (
            stock({"formulation": "liquid-nz", "prices": {"2 mg": "1"}}),
            "price for 2 mg, which is not",
        ),
        (stock({"formulation": "liquid-nz"}, syringes=["5 mL"]), "capacity and mark"),
        (stock({"formulation": "liquid-nz"}, syringes=["5 ml3 / 0.2 mL"]), "ml3"),
        (stock({"formulation": "liquid-nz"}, syringes=["5 mL / 0.3 mL"]), "whole number of marks"),
        (stock({"formulation": "liquid-nz"}, syringes=["5 mL / 0 mL"]), "whole number of marks"),
        (stock({"formulation": "house"}, formulations={"house": {**OWN, "form": "elixir"}}), "elixir"),
        (stock({"formulation": "capsule-gelatin", "strengths": ["1.0 mg"]}), "product 1: .*zero"),
        (
            stock(
                {"formulation": "house"},
                formulations={"house": {**OWN, "beyond_use": {**OWN["beyond_use"], "days": "99999999"}}},
            ),
            "3660",
        ),
        ([], "object"),
    ],
)
def test_a_wrong_list_is_refused_with_its_place(tree: Any, said: str) -> None:
    with pytest.raises(BadStock, match=said):
        read_stock(tree, KNOWN, as_of=DAY)
