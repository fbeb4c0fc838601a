"""Amounts: printed and read back the same, never mixed, never inexact."""

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openldn.quantities import CannotMeasure, Dose, DoseRate, Mass, NotAnAmount, Strength, Volume

KINDS: tuple[Any, ...] = (Dose, Volume, Mass, DoseRate)
BASE = st.integers(0, 10**12)


@pytest.mark.parametrize("kind", KINDS)
@given(base=BASE)
def test_what_is_printed_is_read_back(kind: Any, base: int) -> None:
    assert kind.parse(str(kind(base))) == kind(base)
    for unit in kind.units:
        text = kind(base).text(unit)
        assert kind.parse(text) == kind(base)
        number = text.split(" ")[0]
        assert "e" not in number.lower()
        assert number[0].isdigit()
        assert number.replace(",", "").split(".")[0] == str(int(number.replace(",", "").split(".")[0]))
        assert not ("." in number and number[-1] in "0.")


@given(dose=st.integers(1, 10**10), per=st.integers(1, 10**8), volume=BASE)
def test_volume_times_strength_is_dose(dose: int, per: int, volume: int) -> None:
    strength = Strength(Dose(dose), Volume(per))
    try:
        held = strength.dose_in(Volume(volume))
    except CannotMeasure:
        assert (volume * dose) % per
    else:
        assert Fraction(held.base) == Fraction(volume * dose, per)
        assert strength.volume_of(held) == Volume(volume)


@given(a=BASE, b=BASE)
@pytest.mark.parametrize("left", KINDS)
@pytest.mark.parametrize("right", KINDS)
@pytest.mark.parametrize("do", [operator.add, operator.sub, operator.lt, operator.ge])
def test_kinds_do_not_mix(left: Any, right: Any, do: Callable[[Any, Any], Any], a: int, b: int) -> None:
    if left is right:
        return
    with pytest.raises(TypeError):
        do(left(a), right(b))
    assert left(a) != right(a)


@pytest.mark.parametrize("kind", KINDS)
@given(value=st.floats())
def test_floats_are_refused(kind: Any, value: float) -> None:
    with pytest.raises(NotAnAmount):
        kind(value)
    for unit in kind.units:
        with pytest.raises(NotAnAmount):
            kind.of(value, unit)
    with pytest.raises(TypeError):
        kind(1) * value
