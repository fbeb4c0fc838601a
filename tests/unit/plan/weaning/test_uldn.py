"""ULDN beside an opioid: only a microgram spelled out, an end with the opioid, LDN after the washout."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from openldn.knowledge.drug_schema import Form
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.uldn import UltraLow, ldn_from, ordered_dose, ultra_low
from openldn.quantities import Dose
from openldn.screening.verdict import Suitable

KNOWN: Final = load_knowledge()
DAY: Final = date(2026, 11, 1)


def planned(order: str = "1 microgram", **more: Any) -> UltraLow:
    fields: dict[str, Any] = {
        "starts": DAY,
        "last_opioid": date(2027, 3, 31),
        "prescriber": "Dr A",
        "review": date(2026, 12, 1),
        "as_of": DAY,
        "verdict": Suitable(Therapy.ULDN, DAY, None),
    } | more
    verdict = fields.pop("verdict")
    return ultra_low(verdict, order, KNOWN.drugs["oxycodone"], Form.IMMEDIATE, KNOWN, **fields)


def test_it_is_a_microgram_twice_a_day_until_the_opioid_ends() -> None:
    found = planned()
    assert (found.dose, found.every_hours, found.ends) == (Dose(1000), 12, date(2027, 3, 31))
    assert "1 microgram" in found.says
    assert "mg" not in found.says
    assert "microgram in full" in found.first_dose
    # oxycodone, immediate release: 7 and 10 days (opioids.md 3)
    assert found.ldn is not None
    assert (found.ldn.minimum, found.ldn.prudent) == (date(2027, 4, 7), date(2027, 4, 10))


def test_beside_a_stable_opioid_it_has_no_end_and_no_day_for_ldn() -> None:
    found = planned(last_opioid=None)
    assert (found.ends, found.ldn) == (None, None)


@pytest.mark.parametrize(
    "order",
    ["1 mg", "0.001 mg", "1 mcg", "1 ug", "1 µg", "1", "microgram", "1000 ng", "1 milligram", "4.5 mg"],
)
def test_an_order_that_does_not_spell_microgram_is_refused(order: str) -> None:
    with pytest.raises(CannotPlan, match="'1 microgram'"):
        ordered_dose(order, KNOWN, as_of=DAY)


@pytest.mark.parametrize(
    "order", ["2 micrograms", "0.5 microgram", "1000 microgram", "1.0 microgram", "x microgram"]
)
def test_another_dose_is_refused(order: str) -> None:
    with pytest.raises(CannotPlan):
        ordered_dose(order, KNOWN, as_of=DAY)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"prescriber": ""}, "who prescribes the opioid"),
        ({"review": date(2026, 12, 3)}, "within a month"),
        ({"last_opioid": date(2026, 10, 1)}, "before ULDN would begin"),
        ({"verdict": Suitable(Therapy.LDN, DAY, None)}, "not for ULDN"),
        ({"verdict": Suitable(Therapy.TAPER, DAY, None)}, "not for ULDN"),
    ],
)
def test_what_is_missing_is_said(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotPlan, match=says):
        planned(**fields)


@pytest.mark.parametrize(
    ("drug", "form", "days"),
    [
        ("methadone", None, (14, 14)),
        ("morphine", Form.EXTENDED, (7, 14)),
        ("fentanyl", Form.PATCH, (7, 14)),
        ("tramadol", Form.IMMEDIATE, (7, 10)),
        ("buprenorphine", Form.DEPOT, (None, None)),
    ],
)
def test_ldn_waits_for_the_washout(drug: str, form: Form | None, days: tuple[int | None, int | None]) -> None:
    found = ldn_from(KNOWN.drugs[drug], form, DAY)
    waits = tuple(None if d is None else (d - DAY).days for d in (found.minimum, found.prudent))
    assert waits == days
