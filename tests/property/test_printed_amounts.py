"""What the amounts print is never error-prone; spoil it, and that is noticed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openldn.knowledge.ismp import breaches
from openldn.quantities import Dose, DoseRate, Mass, Strength, Volume

KINDS: tuple[Any, ...] = (Dose, Volume, Mass, DoseRate)
# Nanograms and nanolitres: any, and those that people meet (hundredths of a milligram or millilitre).
BASE = st.one_of(st.integers(0, 10**15), st.integers(0, 10**6).map(lambda n: n * 10_000))
SENTENCE = st.sampled_from(
    [
        "{}",
        "{}.",
        "Take {} once a day.",
        "naltrexone {}, at bedtime",
        "LDN {} nightly",
        "({})",
        "{} to {}",
        "{}\n{}",
    ]
)


@pytest.mark.parametrize("kind", KINDS)
@given(base=BASE, sentence=SENTENCE)
def test_an_amount_as_printed_is_no_breach(kind: Any, base: int, sentence: str) -> None:
    amount = kind(base)
    for text in (str(amount), *(amount.text(unit) for unit in kind.units)):
        assert not breaches(sentence.format(text, text))


@given(dose=BASE.filter(bool), volume=BASE.filter(bool), sentence=SENTENCE)
def test_a_strength_as_printed_is_no_breach(dose: int, volume: int, sentence: str) -> None:
    text = str(Strength(Dose(dose), Volume(volume)))
    assert not breaches(sentence.format(text, text))


@pytest.mark.parametrize("kind", [Dose, Volume, Mass])
@given(base=BASE)
def test_an_amount_written_worse_is_a_breach(kind: Any, base: int) -> None:
    for unit in kind.units:
        number, name = kind(base).text(unit).split(" ")
        worse = [f"{number}{name}", f"{number}\n{name}", f"{number}{'' if '.' in number else '.'}0 {name}"]
        if number.startswith("0."):
            worse += [f"{number[1:]} {name}", f"{number.replace('.', ',')} {name}"]
        if "," in number and "." not in number:
            worse.append(f"{number.replace(',', '')} {name}")
        assert all(map(breaches, worse)), worse
