"""CKD-EPI 2021 beside the formula as printed, in floating point."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from golden_records import KNOWN
from hypothesis import given
from hypothesis import strategies as st

from openldn.screening.kidneys import ckd_epi_2021
from openldn.screening.rules import RulesOn

RULES = RulesOn(KNOWN, date(2026, 11, 1), None)


def as_printed(creatinine: float, age: int, sex: str) -> float:
    """142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age x 1.012 if female (Inker 2021)."""
    k, a, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = creatinine / k
    return float(142 * min(ratio, 1) ** a * max(ratio, 1) ** -1.2 * 0.9938**age * factor)


@given(st.integers(10, 1500), st.integers(18, 110), st.sampled_from(["female", "male"]))
def test_the_formula_is_the_printed_one(hundredths: int, age: int, sex: str) -> None:
    found = ckd_epi_2021(Fraction(hundredths, 100), age, sex, RULES)
    assert float(found) == pytest.approx(as_printed(hundredths / 100, age, sex), rel=1e-9)
