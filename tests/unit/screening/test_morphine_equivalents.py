"""What opioids are counted as; expected numbers by hand from the tables, one test a known trap.

The traps are those of facts/opioids.md, section 5: what public libraries got wrong.
"""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any, Final

import pytest

from openldn.fhir.read import read_records
from openldn.knowledge.load import load_knowledge
from openldn.screening.morphine_equivalents import Equivalents, morphine_equivalents

KNOWN: Final = load_knowledge()
NAMES: Final = KNOWN.vocabulary.drugs
DAY: Final = date(2026, 11, 20)
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"


def timing(frequency: int, period: float = 1, unit: str = "d", **more: Any) -> dict[str, Any]:
    return {"timing": {"repeat": {"frequency": frequency, "period": period, "periodUnit": unit} | more}}


def dose(value: float, unit: str = "tablet", **more: str) -> dict[str, Any]:
    return {"doseAndRate": [{"doseQuantity": {"value": value, "unit": unit} | more}]}


def order(text: str, *lines: dict[str, Any], code: str = "", **fields: object) -> dict[str, Any]:
    drug: dict[str, Any] = {"text": text} if text else {}
    if code:
        drug["coding"] = [{"system": RXNORM, "code": code}]
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-11-10",
        "medicationCodeableConcept": drug,
        "dosageInstruction": list(lines),
    } | fields


def counted(*orders: dict[str, Any], table: str = "cdc-2022") -> Equivalents:
    entries = [{"resource": r | {"id": f"order-{n}"}} for n, r in enumerate(orders)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (record,) = read_records(json.dumps(bundle).encode(), KNOWN.vocabulary)
    return morphine_equivalents(record, KNOWN.opioid_factors[table], NAMES, as_of=DAY)


def both(found: Equivalents) -> tuple[Fraction | int | None, Fraction | int | None]:
    """Scheduled and at most."""
    return found.scheduled, found.total


def total(*orders: dict[str, Any], table: str = "cdc-2022") -> Fraction | None:
    return counted(*orders, table=table).total


# ---- the fifteen traps


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("12 mcg/hr", "30"),
        ("25 mcg/h", "60"),
        ("37.5 mcg/h", "90"),
        ("75 mcg/h", "180"),
        ("100 microgram/hour", "240"),
    ],
)
@pytest.mark.parametrize("days", [2, 3])
def test_1_a_fentanyl_patch_counts_by_its_rate_whatever_the_day_of_change(
    rate: str, expected: str, days: int
) -> None:
    patch = order(f"Fentanyl {rate} transdermal patch", timing(1, days) | dose(1, "patch"))
    assert total(patch) == Fraction(expected)


def test_1_two_patches_worn_together_count_twice() -> None:
    assert total(order("Fentanyl 50 mcg/h patch", timing(1, 72, "h") | dose(2, "patch"))) == 240


@pytest.mark.parametrize(
    ("drug", "mg", "in_2022", "in_2016"),
    [
        ("codeine 30 mg tablet", 60, 9, 9),
        ("hydrocodone 10 mg tablet", 20, 20, 20),
        ("hydromorphone 4 mg tablet", 8, 40, 32),
        ("methadone 10 mg tablet", 20, 94, 80),
        ("morphine 15 mg tablet", 30, 30, 30),
        ("oxycodone 5 mg tablet", 10, 15, 15),
        ("oxymorphone 5 mg tablet", 10, 30, 30),
        ("tapentadol 50 mg tablet", 100, 40, 40),
        ("tramadol 50 mg tablet", 100, 20, 10),
    ],
)
def test_2_a_table_holds_its_own_numbers(drug: str, mg: int, in_2022: int, in_2016: int) -> None:
    two = order(drug, timing(2) | dose(1))
    assert counted(two).items[0].daily.maximum == mg  # type: ignore[union-attr]
    assert total(two) == in_2022
    assert total(two, table="cdc-2016") == in_2016


def test_3_no_factor_for_fentanyl_by_weight() -> None:
    found = counted(order("Fentanyl", timing(1) | dose(0.5, "mg")))
    assert found.total is None
    assert "form is not said" in found.items[0].why


@pytest.mark.parametrize(
    "unknown",
    [
        order("Fentanyl 100 mcg buccal tablet", timing(4) | dose(1)),
        order("Methadone 10 mg/mL injection", timing(1) | dose(1, "mL")),
        order("Opioid analgesic", timing(1) | dose(1)),
        order("Pethidine 50 mg tablet", timing(4) | dose(1)),
        order("Kratom", timing(1) | dose(1, "g")),
        order("Buprenorphine 8 mg sublingual tablet", timing(1) | dose(1)),
        order("Buprenorphine 10 mcg/h patch", timing(1, 7) | dose(1, "patch")),
        order("Morphine 10 mg suppository", timing(1) | dose(1)),
        order("Oxycodone 5 mg tablet", timing(1) | dose(1, "bottle")),
    ],
)
def test_4_what_cannot_be_counted_is_undefined_and_never_nothing(unknown: dict[str, Any]) -> None:
    known = order("Morphine 15 mg tablet", timing(2) | dose(1))
    alone, beside = counted(unknown), counted(unknown, known)
    assert (alone.defined, alone.total, len(alone.items)) == (False, None, 1)
    assert alone.items[0].why
    assert (beside.total, beside.scheduled) == (None, None)
    assert beside.lower_bound == 30


def test_5_all_active_prescriptions_count() -> None:
    assert (
        total(
            order("Oxycodone 10 mg ER tablet", timing(2) | dose(1)),
            order("Hydrocodone 5 mg / paracetamol 325 mg tablet", timing(4) | dose(1)),
            order("Fentanyl 25 mcg/h patch", timing(1, 3) | dose(1, "patch")),
        )
        == 30 + 20 + 60
    )


@pytest.mark.parametrize(
    ("mg", "expected"),
    [("20", "80"), ("20.5", "164"), ("40", "320"), ("40.5", "405"), ("60", "600"), ("60.5", "726")],
)
def test_6_bands_of_methadone_have_no_hole(mg: str, expected: str) -> None:
    assert total(order("Methadone", timing(1) | dose(float(mg), "mg")), table="cdc-2016") == Fraction(
        expected
    )


def test_6_bands_hold_for_the_sum_of_a_day() -> None:
    two = [
        order("Methadone 10 mg tablet", timing(2) | dose(1)),
        order("Methadone 5 mg tablet", timing(2) | dose(1)),
    ]
    assert total(*two, table="cdc-2016") == 240  # 30 mg: factor 8 for each


@pytest.mark.parametrize(
    "unit",
    [{"unit": u} for u in ("tbl", "Tablet", "TAB", "tablets", "cap", "Capsule")]
    + [{"unit": "odd", "code": c} for c in ("{tab}", "{tbl}", "TAB", "{capsule}", "428673006")],
)
def test_7_a_quantity_is_read_by_its_code_and_in_every_spelling(unit: dict[str, str]) -> None:
    line = timing(3) | {"doseAndRate": [{"doseQuantity": {"value": 2} | unit}]}
    assert total(order("Morphine 15 mg tablet", line)) == 90


def test_7_a_code_and_a_unit_that_contradict_each_other_are_not_believed() -> None:
    line = timing(1) | dose(10, "mg", code="ug")
    assert total(order("Morphine", line)) is None


def test_8_every_entry_is_read_and_the_ordered_one_counts() -> None:
    kinds = [("calculated", 20), ("admin-amount", 2), ("ordered", 10)]
    rates = [
        {"type": {"coding": [{"code": kind}]}, "doseQuantity": {"value": value, "unit": "mg"}}
        for kind, value in kinds
    ]
    assert total(order("Oxycodone", timing(2) | {"doseAndRate": rates})) == 30


def test_8_lines_that_hold_together_add_up_and_phases_do_not() -> None:
    morning, night = timing(1) | dose(1), timing(1) | dose(2)
    assert total(order("Morphine 15 mg tablet", morning, night)) == 45
    phases = counted(order("Morphine 15 mg tablet", morning | {"sequence": 2}, night | {"sequence": 1}))
    assert both(phases) == (15, 30)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (dose(1),),
        ({"timing": {"repeat": {"frequency": 2}}} | dose(1),),
        ({"timing": {"repeat": {"frequency": 2, "period": 1}}} | dose(1),),
        ({"timing": {"repeat": {"period": 0, "periodUnit": "d"}}} | dose(1),),
        ({"timing": "twice a day"} | dose(1),),
        ({"timing": {}} | dose(1),),
        (timing(1),),
        (timing(1) | {"doseAndRate": [{"doseQuantity": {"unit": "mg"}}]},),
        (timing(1) | {"doseAndRate": [{"doseQuantity": {"value": "10", "unit": "mg"}}]},),
        (timing(1) | {"doseAndRate": [{"doseQuantity": {"value": -1, "unit": "mg"}}]},),
    ],
)
def test_9_what_is_missing_is_not_filled_in(lines: tuple[dict[str, Any], ...]) -> None:
    assert total(order("Morphine 15 mg tablet", *lines)) is None


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ({"timeOfDay": ["08:00:00", "20:00:00"]}, 30),
        ({"when": ["MORN", "NOON", "HS"]}, 45),
        (
            {"frequency": 1, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon", "wed", "fri"]},
            Fraction(45, 7),
        ),
        ({"frequency": 3, "period": 1, "periodUnit": "wk"}, Fraction(45, 7)),
        ({"period": 6, "periodUnit": "h"}, 60),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "timeOfDay": ["08:00:00", "20:00:00"]}, 30),
    ],
)
def test_9_a_partial_timing_is_read(repeat: dict[str, Any], expected: Fraction) -> None:
    assert total(order("Morphine 15 mg tablet", {"timing": {"repeat": repeat}} | dose(1))) == expected


@pytest.mark.parametrize(
    ("code", "expected"), [("BID", 30), ("QID", 60), ("Q6H", 60), ("QOD", Fraction(15, 2)), ("Q4-6H", 90)]
)
def test_9_a_timing_code_is_read(code: str, expected: Fraction) -> None:
    line = {"timing": {"code": {"coding": [{"code": code}]}}} | dose(1)
    assert total(order("Morphine 15 mg tablet", line)) == expected


def test_10_a_range_counts_at_its_upper_end_and_shortest_time() -> None:
    line = timing(1, 4, "h", periodMax=6) | {
        "doseAndRate": [
            {"doseRange": {"low": {"value": 1, "unit": "TAB"}, "high": {"value": 2, "unit": "TAB"}}}
        ]
    }
    found = counted(order("Morphine 15 mg tablet", line))
    assert both(found) == (60, 180)


def test_10_a_range_of_frequencies() -> None:
    found = counted(order("Morphine 15 mg tablet", timing(2, frequencyMax=4) | dose(1)))
    assert both(found) == (30, 60)


@pytest.mark.parametrize(
    "needed", [{"asNeededBoolean": True}, {"asNeededCodeableConcept": {"text": "pain"}}, {"asNeeded": True}]
)
def test_11_as_needed_counts_at_most_and_not_as_scheduled(needed: dict[str, Any]) -> None:
    found = counted(
        order("Oxycodone 5 mg tablet", timing(1, 4, "h") | dose(2) | needed),
        order("Morphine 30 mg ER tablet", timing(2) | dose(1)),
    )
    assert both(found) == (60, 60 + 90)


def test_11_a_daily_limit_holds() -> None:
    limit = {
        "maxDosePerPeriod": {
            "numerator": {"value": 6, "unit": "tablet"},
            "denominator": {"value": 1, "unit": "d"},
        }
    }
    for line in (timing(1, 4, "h") | dose(2), dose(2), {}):
        found = counted(order("Oxycodone 5 mg tablet", line | limit | {"asNeededBoolean": True}))
        assert both(found) == (0, 45)


def test_11_as_needed_without_a_most_is_undefined() -> None:
    assert total(order("Oxycodone 5 mg tablet", dose(1) | {"asNeededBoolean": True})) is None


def test_12_a_product_code_that_no_table_holds_does_not_hide_the_opioid() -> None:
    assert total(order("Codeine 6 mg/mL oral solution", timing(2) | dose(10, "mL"), code="999999999")) == 18
    assert counted(order("Dihydrocodeine 30 mg tablet", timing(4) | dose(1), code="999999999")).items[0].why


def test_12_a_product_code_tells_strength_and_ingredient() -> None:
    assert total(order("", timing(4) | dose(1), code="1049683")) == 60
    # Labelled 12, it delivers 12.5 (opioids.md 2.5).
    assert total(order("", timing(1, 3) | dose(1, "patch"), code="577057")) == 30


def test_12_a_code_and_a_text_that_state_other_strengths_are_not_believed() -> None:
    # 1049683 is a tablet of 10 mg.
    found = counted(order("Oxycodone 5 mg tablet", timing(4) | dose(1), code="1049683"))
    assert found.total is None
    assert "more than one strength" in found.items[0].why


@pytest.mark.parametrize(
    ("value", "unit"), [(0.015, "g"), (15, "mg"), (15000, "ug"), (15000, "mcg"), (15000, "microgram")]
)
def test_13_units_of_weight(value: float, unit: str) -> None:
    assert total(order("Morphine oral", timing(2) | dose(value, unit))) == 30


@pytest.mark.parametrize(("value", "unit"), [(5, "mL"), (0.005, "L"), (5, "ml")])
def test_13_units_of_volume(value: float, unit: str) -> None:
    assert total(order("Morphine 10 mg/5 mL oral solution", timing(2) | dose(value, unit))) == 20


def test_14_the_directions_count_before_the_supply() -> None:
    supply: Any = {
        "dispenseRequest": {
            "quantity": {"value": 60, "unit": "tablet"},
            "expectedSupplyDuration": {"value": 30, "unit": "days"},
        }
    }
    assert total(order("Morphine 15 mg tablet", timing(3) | dose(1), **supply)) == 45
    by_supply = counted(order("Morphine 15 mg tablet", **supply))
    assert by_supply.total == 30
    assert "quantity and days" in by_supply.items[0].notes[0]


def test_14_a_course_recorded_twice_counts_once() -> None:
    written = order("Morphine 15 mg tablet", timing(2) | dose(1), code="")
    stated = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "effectiveDateTime": "2026-11-10",
        "medicationCodeableConcept": {"text": "Morphine 15 mg tablet"},
        "dosage": [timing(2) | dose(1)],
    }
    found = counted(order("Morphine 15 mg tablet", timing(2) | dose(1)), stated)
    assert both(found) == (30, 30)
    assert len(found.items) == 2
    twice = counted(written, written)
    assert both(twice) == (30, 60)


def test_14_the_same_dose_of_another_product_counts_besides() -> None:
    stated = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "effectiveDateTime": "2026-11-10",
        "medicationCodeableConcept": {"text": "Morphine 15 mg tablet"},
        "dosage": [timing(4) | dose(1)],
    }
    assert total(order("Morphine 30 mg ER tablet", timing(2) | dose(1)), stated) == 120


def test_14_what_was_handed_out_as_needed_does_not_tell_the_most_of_a_day() -> None:
    supply: Any = {
        "dispenseRequest": {
            "quantity": {"value": 60, "unit": "tablet"},
            "expectedSupplyDuration": {"value": 30, "unit": "days"},
        }
    }
    assert total(order("Morphine 15 mg tablet", dose(1) | {"asNeededBoolean": True}, **supply)) is None


def test_15_part_of_a_patch_and_a_strange_day_of_change_are_pointed_out() -> None:
    found = counted(order("", timing(1, 12) | dose(0.2, "patch"), code="245134"))
    assert found.total == 60  # at most a whole patch of 25 microgram an hour
    assert any("patches are not cut" in note for note in found.items[0].notes)
    assert any("changed every 12 days" in note for note in found.items[0].notes)


# ---- what else


def test_the_dose_counts_and_not_the_strength_of_the_product() -> None:
    assert total(order("Oxycodone 60 mg 12 hr ER tablet", timing(1, 12, "h") | dose(10, "mg"))) == 30


@pytest.mark.parametrize(
    ("text", "mg"),
    [
        ("co-codamol 30/500 tablets", 30),
        ("Co-codamol 8mg/500mg", 8),
        ("Percocet 5-325", 5),
        ("acetaminophen 325 MG / hydrocodone bitartrate 10 MG Oral Tablet", 10),
        ("tramadol 37.5 mg / paracetamol 325 mg tablet", "37.5"),
        ("Oxycodone 5 MG Oral Tablet", 5),
    ],
)
def test_a_combination_counts_by_its_opioid(text: str, mg: str | int) -> None:
    found = counted(order(text, timing(1) | dose(1)))
    assert found.items[0].daily is not None
    assert found.items[0].daily.maximum == Fraction(mg)


def test_what_may_not_be_taken_any_more_counts_at_most() -> None:
    old = order("Morphine 15 mg tablet", timing(2) | dose(1), status="on-hold")
    found = counted(old)
    assert both(found) == (0, 30)
    assert total(order("Morphine 15 mg tablet", timing(2) | dose(1), status="stopped")) == 0


def test_nothing_recorded_is_none_and_an_unreadable_entry_is_not() -> None:
    assert counted().total == 0
    assert counted(order("???", timing(1) | dose(1))).total is None


@pytest.mark.parametrize("table", sorted(KNOWN.opioid_factors))
def test_adding_an_opioid_never_lowers_what_is_counted(table: str) -> None:
    first = order("Morphine 15 mg tablet", timing(2) | dose(1))
    for more in (
        order("Codeine 30 mg tablet", timing(4) | dose(1)),
        order("Buprenorphine 8 mg sublingual tablet", timing(1) | dose(1)),
        order("Fentanyl", timing(1) | dose(1)),
        first,
    ):
        one, two = counted(first, table=table), counted(first, more, table=table)
        assert two.lower_bound >= one.lower_bound
        assert two.total is None or two.total >= (one.total or 0)
