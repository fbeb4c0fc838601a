"""The Child-Pugh class beside the printed table (bilirubin, albumin, INR, ascites, encephalopathy)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from golden_records import KNOWN, record_of
from hypothesis import given, settings
from hypothesis import strategies as st

from openldn.screening.child_pugh import ChildPugh, child_pugh
from openldn.screening.findings import presences
from openldn.screening.rules import RulesOn

AS_OF = date(2026, 11, 1)
# The points as printed: (value, points). Limits belong to the two points in the middle.
BILIRUBIN = {"0.5": 1, "1.99": 1, "2": 2, "2.5": 2, "3": 2, "3.01": 3, "9": 3}
ALBUMIN = {"4.4": 1, "3.51": 1, "3.5": 2, "3": 2, "2.8": 2, "2.79": 3, "1.9": 3}
INR = {"1": 1, "1.69": 1, "1.7": 2, "2": 2, "2.3": 2, "2.31": 3, "4": 3}
ASCITES = {"none": 1, "mild": 2, "moderate": 3}
ENCEPHALOPATHY = {"none": 1, "grade 1-2": 2, "grade 3-4": 3}
TABLE: dict[str, tuple[dict[str, int], str]] = {
    "bilirubin": (BILIRUBIN, "mg/dL"),
    "albumin": (ALBUMIN, "g/dL"),
    "INR": (INR, ""),
    "ascites": (ASCITES, ""),
    "encephalopathy": (ENCEPHALOPATHY, ""),
}
PARTS = st.fixed_dictionaries(
    {name: st.none() | st.sampled_from(sorted(points)) for name, (points, _) in TABLE.items()}
)


def printed_class(points: int) -> str:
    return "A" if points <= 6 else "B" if points <= 9 else "C"


def graded(results: list[dict[str, Any]], **more: Any) -> ChildPugh:
    record = record_of({"as_of": AS_OF.isoformat(), "results": results, **more})
    return child_pugh(record, presences(record, KNOWN, as_of=AS_OF), RulesOn(KNOWN, AS_OF, None))


def result(name: str, value: str, **more: Any) -> dict[str, Any]:
    unit = TABLE[name][1] if name in TABLE else ""
    return {"test": name, "value": value, "unit": unit, **more}


def at_best_but(name: str) -> list[dict[str, Any]]:
    """All parts but one, at one point each."""
    values = {"bilirubin": "1", "albumin": "4", "INR": "1", "ascites": "none", "encephalopathy": "none"}
    return [result(n, v) for n, v in values.items() if n != name]


@given(parts=PARTS, recent=st.booleans())
@settings(max_examples=400)
def test_points_are_those_of_the_table_and_a_missing_or_old_part_may_be_the_worst(
    parts: dict[str, str | None], recent: bool
) -> None:
    given_parts = {name: value for name, value in parts.items() if value is not None}
    taken = "2026-08-03" if recent else "2026-08-02"  # 90 and 91 days
    found = graded([result(name, value, taken=taken) for name, value in given_parts.items()])
    points = {name: TABLE[name][0][value] for name, value in given_parts.items()}
    missing = len(TABLE) - len(points)
    low = sum(points.values()) + missing
    high = sum(points.values() if recent else [3] * len(points)) + 3 * missing
    assert (found.best, found.worst) == (printed_class(low), printed_class(high))
    assert set(found.missing) == {name.lower() for name in TABLE if name not in points}
    assert len(found.read) == len(points)
    told = f"{low} points from" if low == high else f"{low} to {high} points from"
    assert found.how.startswith(told if points else "no part is recorded") or not points
    assert all(value in found.how for value in given_parts.values())
    signs = [name for name in ("ascites", "encephalopathy") if points.get(name, 1) > 1]
    assert len(found.decompensation) == len(signs)


@pytest.mark.parametrize(
    ("results", "best", "worst"),
    [
        ([result("Child-Pugh class", "A")], "A", "A"),
        ([result("Child-Pugh class", "B")], "B", "B"),
        ([result("Child-Pugh class", "C")], "C", "C"),
        ([result("Child-Pugh class", "A", taken="2026-08-02")], "A", "C"),
        ([result("Child-Pugh class", "A", status="preliminary")], "A", "C"),
        ([result("Child-Pugh score", "6")], "A", "A"),
        ([result("Child-Pugh score", "7")], "B", "B"),
        ([result("Child-Pugh score", "9")], "B", "B"),
        ([result("Child-Pugh score", "10")], "C", "C"),
        ([result("Child-Pugh score", "> 6")], "A", "C"),
        ([result("Child-Pugh score", "< 8")], "A", "B"),
        ([result("Child-Pugh score", "furlong 5", unit="furlong")], "A", "C"),
        ([result("Child-Pugh class", "A"), result("Child-Pugh score", "9")], "B", "B"),
        ([result("Child-Pugh class", "B"), result("Child-Pugh score", "6")], "B", "B"),
    ],
)
def test_a_recorded_class_or_score_counts_the_worse_of_two(
    results: list[dict[str, Any]], best: str, worst: str
) -> None:
    results = [{**r, "value": r["value"].removeprefix("furlong ")} for r in results]
    found = graded(results)
    assert (found.best, found.worst, found.recorded) == (best, worst, True)
    assert found.read


def test_what_is_told_of_two_recorded_ones_is_the_worse() -> None:
    found = graded([result("Child-Pugh class", "A"), result("Child-Pugh score", "9")])
    assert "score 9" in found.how
    found = graded([result("Child-Pugh class", "B"), result("Child-Pugh score", "5")])
    assert "class B" in found.how


def test_parts_that_are_worse_stand_above_the_recorded_class() -> None:
    parts = [result("bilirubin", "4"), result("albumin", "2"), result("INR", "3")]
    found = graded([result("Child-Pugh class", "A"), *parts])
    assert (found.best, found.worst) == ("C", "C")
    assert len(found.read) == 4
    better = [result("bilirubin", "1"), result("albumin", "4"), result("INR", "1")]
    found = graded([result("Child-Pugh class", "B"), *better])
    assert (found.best, found.worst) == ("B", "B")


def test_only_an_old_class_asks_for_its_parts() -> None:
    assert graded([result("Child-Pugh class", "A")]).missing == ()
    old = graded([result("Child-Pugh class", "A", taken="2026-01-01")])
    assert old.missing == ("bilirubin", "albumin", "inr", "ascites", "encephalopathy")


def test_ascites_as_a_diagnosis_is_two_or_three_points_and_decompensation() -> None:
    found = graded([], conditions=[{"text": "Ascites"}])
    assert found.how == "no part is recorded"
    assert len(found.decompensation) == 1
    rest = at_best_but("ascites")
    found = graded(rest, conditions=[{"text": "Ascites"}])
    assert (found.best, found.worst) == ("A", "B")
    assert found.how.startswith("6 to 7 points")
    moderate = graded([*rest, result("ascites", "moderate")], conditions=[{"text": "Ascites"}])
    assert moderate.how.startswith("7 points")
    assert len(moderate.decompensation) == 2
    denied = graded([*rest, result("ascites", "none")], conditions=[{"text": "Ascites"}])
    assert denied.how.startswith("6 to 7 points")


def test_of_two_values_of_a_day_the_worse_counts() -> None:
    rest = at_best_but("bilirubin")
    found = graded([*rest, result("bilirubin", "1"), result("bilirubin", "4")])
    assert found.how.startswith("7 points")
    assert len(found.read) == 6


@pytest.mark.parametrize(
    ("name", "value", "low", "high"),
    [
        ("bilirubin", "> 2.5", 2, 3),
        ("bilirubin", "< 1", 1, 1),
        ("bilirubin", "< 2.5", 1, 2),
        ("albumin", "> 3", 1, 2),
        ("albumin", "< 3", 2, 3),
        ("INR", "> 3", 3, 3),
    ],
)
def test_a_value_given_as_a_bound_has_a_range_of_points(name: str, value: str, low: int, high: int) -> None:
    """The other four parts at one point each: 4 + low to 4 + high points."""
    found = graded([*at_best_but(name), result(name, value)])
    told = f"{4 + low} points" if low == high else f"{4 + low} to {4 + high} points"
    assert found.how.startswith(told + " from")


def test_decompensation_is_told_beside_a_recorded_class() -> None:
    found = graded([result("Child-Pugh class", "A"), result("encephalopathy", "grade 1-2")])
    ((told, _),) = found.decompensation
    assert "grade 1-2 (2026-11-01)" in told
    assert not graded([result("encephalopathy", "none")]).recorded
