"""Amounts are exact, print as ISMP writes, and cannot be mixed."""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openldn.quantities import CannotMeasure, Dose, DoseRate, Mass, NotAnAmount, Strength, Volume

KINDS = (Dose, Volume, Mass, DoseRate)
bases = st.integers(0, 10**13) | st.integers(0, 10**7).map(lambda n: n * 10**5)


@pytest.mark.parametrize("kind", KINDS)
@given(base=bases)
def test_what_is_printed_is_read_back(kind: Any, base: int) -> None:
    amount = kind(base)
    assert kind.parse(str(amount)) == amount
    for unit in kind.units:
        assert kind.parse(amount.text(unit)) == amount


@pytest.mark.parametrize("kind", KINDS)
@given(base=bases)
def test_no_error_prone_number_is_printed(kind: Any, base: int) -> None:
    text = str(kind(base))
    number = text.partition(" ")[0]
    assert "E" not in number
    assert re.fullmatch(r"(0|[1-9]\d{0,2}(,\d{3})*)(\.\d*[1-9])?", number)
    assert not re.search(r"\bmcg\b|µ|μ|\bug\b", text)


@given(st.integers(1, 10**9), st.integers(1, 10**4), st.integers(1, 10**4))
def test_volume_times_strength_is_the_dose(base: int, mg: int, ml: int) -> None:
    strength = Strength(Dose.mg(mg), Volume.ml(ml))
    dose = Dose(base)
    exact = Fraction(base * ml * 10**6, mg * 10**6)
    if exact.denominator == 1:
        assert strength.volume_of(dose).base == exact
        assert strength.dose_in(strength.volume_of(dose)) == dose
    else:
        with pytest.raises(CannotMeasure):
            strength.volume_of(dose)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_sums_are_exact(a: int, b: int) -> None:
    assert (Dose(a) + Dose(b)).base == a + b
    assert Dose(a) * 3 == Dose(3 * a)
    if a >= b:
        assert (Dose(a) - Dose(b)) + Dose(b) == Dose(a)


@pytest.mark.parametrize("work", [operator.add, operator.sub, operator.lt])
@pytest.mark.parametrize("other", [Volume(5), Mass(5), DoseRate(5), 5, 5.0, "5 mg", True])
def test_kinds_cannot_be_mixed(work: Any, other: Any) -> None:
    with pytest.raises(TypeError):
        work(Dose(10), other)


@pytest.mark.parametrize("value", [0.1, 4.5, True, None, "1e3", "1.0", ".5", "1,5", "-1", "", "NaN", "½"])
def test_what_is_not_exact_is_refused(value: Any) -> None:
    with pytest.raises(NotAnAmount):
        Dose.mg(value)


def test_a_milligram_is_a_thousand_micrograms() -> None:
    assert Dose.mg(1) == Dose.mcg(1000) == Dose(1_000_000)
    assert str(Dose.mcg(1)) == "1 microgram"
    assert str(Dose.mg("0.5")) == "0.5 mg"
    assert Dose.mg("0.5").text("microgram") == "500 micrograms"
    with pytest.raises(NotAnAmount):
        Dose.parse("4.5 mL")
    with pytest.raises(CannotMeasure):
        Strength.mg_per_ml(3).volume_of(Dose.mg(1))
