"""Sums, strengths and refusals of exact amounts, each by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from openldn.quantities import CannotMeasure, Dose, DoseRate, Mass, NotAnAmount, Strength, Volume, number_text


def test_amounts_of_one_kind_add_and_take_away() -> None:
    assert Dose.mg("1.5") + Dose.mcg(500) == Dose.mg(2)
    assert Dose.mg(2) - Dose.mcg(500) == Dose.mg("1.5")
    assert Volume.ml("0.1") + Volume.ml("0.2") == Volume.ml("0.3")
    with pytest.raises(NotAnAmount, match="negative"):
        Dose.mg(1) - Dose.mg(2)


@pytest.mark.parametrize("other", [Volume.ml(1), Mass.mg(1), 1, Fraction(1), None])
def test_amounts_of_two_kinds_do_not(other: Any) -> None:
    with pytest.raises(TypeError):
        Dose.mg(1) + other
    with pytest.raises(TypeError):
        Dose.mg(1) - other


def test_a_strength_turns_a_dose_into_a_volume_and_back() -> None:
    strength = Strength.mg_per_ml("2.5")
    assert strength == Strength(Dose.mg("2.5"), Volume.ml(1))
    assert strength.volume_of(Dose.mg(1)) == Volume.ml("0.4")
    assert strength.dose_in(Volume.ml("0.4")) == Dose.mg(1)
    assert str(strength) == "2.5 mg per mL"
    assert str(Dose.mg(5) / Volume.ml(5)) == "5 mg per 5 mL"


@pytest.mark.parametrize(("dose", "volume"), [("0", "1"), ("1", "0"), ("0", "0")])
def test_a_strength_of_nothing_is_refused(dose: str, volume: str) -> None:
    with pytest.raises(NotAnAmount, match="a strength needs a dose and a volume above zero"):
        Strength(Dose.mg(dose), Volume.ml(volume))


def test_what_is_no_whole_nanolitre_or_nanogram_is_refused_with_what_was_asked() -> None:
    third = Strength(Dose.mg(3), Volume.ml(1))
    with pytest.raises(CannotMeasure, match=r"1 mg is no whole .* a liquid of 3 mg per mL"):
        third.volume_of(Dose.mg(1))
    with pytest.raises(CannotMeasure, match="is no whole number of nanograms"):
        Strength(Dose(1), Volume.ml(1)).dose_in(Volume(1))
    with pytest.raises(CannotMeasure, match="1 mg times 1/3 is not a whole number"):
        Dose.mg(1).scaled(Fraction(1, 3))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(NotAnAmount, match="is not a number"):
        Dose.mg(Decimal(value))
    assert Dose.mg(Decimal("4.50")) == Dose.mg("4.5")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".5", "'.5' is not a number: a leading zero is missing: write 0.5"),
        ("4,5", "'4,5' is not a number: a comma groups thousands here: write 4.5"),
        ("1,00000", "a comma groups thousands here: write 1.00000"),
        ("4.50", "'4.50' ends in a zero after the point"),
        ("about 4", "'about 4' is not a number: write it like 0.5, 4.5 or 1,000"),
        ("1,00.5", "'1,00.5' is not a number: write it like 0.5"),
        ("00.5", "write it like"),
    ],
)
def test_a_number_that_may_be_misread_is_refused_with_the_right_spelling(text: str, said: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        Dose.mg(text)
    assert said in str(refused.value)


def test_a_number_without_an_end_is_refused() -> None:
    assert number_text(Fraction(1, 2**30)) == "0.000000000931322574615478515625"
    assert number_text(Fraction(1_234_567, 10)) == "123,456.7"
    assert number_text(Fraction(1, 2**31)) == "0.0000000004656612873077392578125"
    for endless in (Fraction(1, 3), Fraction(1, 2**32)):
        with pytest.raises(NotAnAmount, match="has no finite decimal form"):
            number_text(endless)


def test_the_ways_to_make_an_amount() -> None:
    assert Dose.mcg(1) == Dose(1_000)
    assert Mass.mg(2) == Mass(2_000_000)
    assert DoseRate.mcg_per_hour(25) == DoseRate(25_000)
    assert Dose.mg(3).per(Dose.mg(2)) == Fraction(3, 2)
    assert Dose.mg(1) / Volume.ml(2) == Strength(Dose.mg(1), Volume.ml(2))
    with pytest.raises(TypeError):
        Dose.mg(1) / 2  # type: ignore[operator]
