"""Scales are scored as their sources say: every list of answers, every border of a band, no imputed zero."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.scale_schema import Difference, Item, Scale
from openldn.knowledge.schema import Source
from openldn.record.scales import NotAnAnswer, NotComparable, PercentIs, Score, change, score

SCALES = load_knowledge().scales
ITEMS = [(scale, item) for scale in SCALES.values() for item in scale.items]
ITEM_IDS = [f"{scale.id} {item.id}" for scale, item in ITEMS]


def least(scale: Scale) -> dict[str, int]:
    """All items answered with their lowest value."""
    return {i.id: i.values[0] for i in scale.items}


def with_total(scale: Scale, total: int) -> dict[str, int]:
    """Some answers to all items with this total."""
    # Keeps one way to each total that the items so far can reach.
    reached: dict[int, dict[str, int]] = {0: {}}
    for item in scale.items:
        reached = {t + v: {**a, item.id: v} for t, a in reached.items() for v in item.values}
    return reached[total]


def answers_in_order(scale: Scale, *values: int) -> dict[str, int]:
    return {i.id: v for i, v in zip(scale.items, values, strict=True)}


# --- golden ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale_id", "values", "total", "band", "alerts"),
    [
        # facts/scales.md 2.7, computed there: pulse 104, sweat, restless, pupils, aches, nose, gut, ...
        ("cows", (2, 1, 3, 1, 2, 2, 2, 1, 1, 2, 3), 20, "moderate", ()),
        # HL7 US Core, QuestionnaireResponse of the PHQ-9 example
        ("phq-9", (2, 2, 2, 2, 1, 1, 2, 0, 0), 12, "moderate", ()),
        # awell-health/awell-score at c37843e5, test of the PHQ-9
        ("phq-9", (3, 0, 1, 2, 0, 0, 1, 0, 3), 10, "moderate", ("self-harm",)),
        ("phq-9", (0, 0, 0, 0, 0, 0, 0, 0, 1), 1, "below mild", ("self-harm",)),
        ("pgi-c", (2,), 2, "responder", ()),
        ("nrs-sleep", (10,), 10, None, ()),
    ],
)
def test_golden(
    scale_id: str, values: tuple[int, ...], total: int, band: str, alerts: tuple[str, ...]
) -> None:
    scale = SCALES[scale_id]
    found = score(scale, answers_in_order(scale, *values))
    assert found == Score(scale_id, scale.version, Fraction(total), band, alerts=alerts)


@pytest.mark.parametrize(
    ("scale_id", "lowest", "highest", "items"),
    [
        ("phq-9", 0, 27, 9),
        ("cows", 0, 48, 11),
        ("sows-16", 0, 64, 16),
        ("sows-gossop", 0, 30, 10),
        ("nrs-pain", 0, 10, 1),
        ("nrs-sleep", 0, 10, 1),
        ("nrs-symptom", 0, 10, 1),
        ("pgi-c", 1, 7, 1),
    ],
)
def test_ranges(scale_id: str, lowest: int, highest: int, items: int) -> None:
    scale = SCALES[scale_id]
    assert len(scale.items) == items
    assert score(scale, least(scale)).total == lowest
    assert score(scale, {i.id: i.values[-1] for i in scale.items}).total == highest


def test_every_shipped_scale_is_tested() -> None:
    assert len(SCALES) == 8


@pytest.mark.parametrize(
    ("scale_id", "borders"),
    [
        ("phq-9", {"below mild": 0, "mild": 5, "moderate": 10, "moderately severe": 15, "severe": 20}),
        ("cows", {"none": 0, "mild": 5, "moderate": 13, "moderately severe": 25, "severe": 37}),
        ("nrs-pain", {"mild": 0, "moderate": 4, "severe": 7}),
        ("pgi-c", {"responder": 1, "no responder": 3}),
    ],
)
def test_bands_at_just_below_and_just_above_each_border(scale_id: str, borders: dict[str, int]) -> None:
    scale, names = SCALES[scale_id], list(borders)
    for before, name in zip([None, *names], names, strict=False):
        at = borders[name]
        assert score(scale, with_total(scale, at)).band == name
        assert score(scale, with_total(scale, at + 1)).band == name
        if before:
            assert score(scale, with_total(scale, at - 1)).band == before
    assert score(scale, with_total(scale, scale.highest)).band == names[-1]


@pytest.mark.parametrize("scale_id", ["sows-16", "sows-gossop", "nrs-sleep", "nrs-symptom"])
def test_no_band_where_no_source_names_one(scale_id: str) -> None:
    scale = SCALES[scale_id]
    assert {score(scale, with_total(scale, t)).band for t in range(scale.lowest, scale.highest + 1)} == {None}


# --- what is no answer -------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "item"), ITEMS, ids=ITEM_IDS)
def test_every_value_outside_its_own_list_is_refused(scale: Scale, item: Item) -> None:
    for value in set(range(item.values[0] - 3, item.values[-1] + 4)) - set(item.values):
        with pytest.raises(NotAnAnswer) as refused:
            score(scale, {**least(scale), item.id: value})
        assert str(refused.value) == (
            f"{item.id}: {value} is no answer; allowed are {', '.join(map(str, item.values))}"
        )


@pytest.mark.parametrize(("scale", "item"), ITEMS, ids=ITEM_IDS)
def test_every_value_of_its_list_counts_as_itself(scale: Scale, item: Item) -> None:
    rest = sum(least(scale).values()) - item.values[0]
    for value in item.values:
        assert score(scale, {**least(scale), item.id: value}).total == rest + value


@pytest.mark.parametrize("value", [1.0, True, "1", Decimal(1), Fraction(1), None])
def test_only_a_whole_number_is_an_answer(value: Any) -> None:
    with pytest.raises(NotAnAnswer, match=r"pain: .* is no answer"):
        score(SCALES["nrs-pain"], {"pain": value})


def test_an_unknown_item_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotAnAnswer, match="'puls' is no item of cows: it has pulse, sweating"):
        score(SCALES["cows"], {"puls": 2})


# --- what was not answered ---------------------------------------------------------------------------


@st.composite
def unfinished(draw: st.DrawFn) -> tuple[Scale, dict[str, int]]:
    """A scale with at least one item unanswered."""
    scale = draw(st.sampled_from(list(SCALES.values())))
    left_out = draw(st.sets(st.sampled_from([i.id for i in scale.items]), min_size=1))
    return scale, {i.id: draw(st.sampled_from(i.values)) for i in scale.items if i.id not in left_out}


@given(unfinished())
def test_an_unanswered_item_never_lowers_to_a_band(filled: tuple[Scale, dict[str, int]]) -> None:
    scale, answers = filled
    found = score(scale, answers)
    assert (found.total, found.band) == (None, None)
    assert set(found.missing) == {i.id for i in scale.items} - set(answers)
    assert set(found.ask_again) <= set(found.missing)
    assert found.alerts == tuple(i.id for i in scale.items if i.safety and answers.get(i.id, 0) > 0)


@given(unfinished())
def test_an_alert_does_not_wait_for_the_rest(filled: tuple[Scale, dict[str, int]]) -> None:
    scale, answers = filled
    whole = score(scale, {**least(scale), **answers})
    assert score(scale, answers).alerts == whole.alerts


@pytest.mark.parametrize(
    ("scale_id", "left_out", "again"),
    [
        ("phq-9", ["mood"], ()),
        ("phq-9", ["mood", "self-harm"], ("self-harm",)),
        ("cows", ["yawning", "pulse"], ("pulse", "yawning")),
        ("sows-16", ["yawning"], ()),
    ],
)
def test_which_missing_items_are_asked_again(
    scale_id: str, left_out: list[str], again: tuple[str, ...]
) -> None:
    scale = SCALES[scale_id]
    found = score(scale, {i: v for i, v in least(scale).items() if i not in left_out})
    assert found.ask_again == again
    assert set(found.missing) == set(left_out)


# --- change ------------------------------------------------------------------------------------------


def pain(value: int) -> Score:
    return score(SCALES["nrs-pain"], {"pain": value})


@pytest.mark.parametrize(
    ("before", "after", "points", "toward", "percent", "percent_is"),
    [
        (8, 5, -3, "better", Fraction(-75, 2), PercentIs.JUDGED),
        (4, 6, 2, "worse", Fraction(50), PercentIs.JUDGED),
        (7, 7, 0, "neither", Fraction(0), PercentIs.JUDGED),
        (3, 1, -2, "better", None, PercentIs.TOO_LOW),
        (0, 1, 1, "worse", None, PercentIs.TOO_LOW),
    ],
)
def test_change(
    before: int, after: int, points: int, toward: str, percent: Fraction | None, percent_is: PercentIs
) -> None:
    found = change(SCALES["nrs-pain"], pain(before), pain(after))
    assert found.points == points
    assert found.toward == toward
    assert (found.percent, found.percent_is) == (percent, percent_is)
    assert found.beyond_error is None, "the error of measurement of this scale is not known"


def test_too_low_is_said_in_words() -> None:
    assert str(PercentIs.TOO_LOW) == "too low to judge"


def test_where_higher_is_better_a_rise_is_better() -> None:
    higher = msgspec.structs.replace(SCALES["nrs-pain"], better="higher")
    assert change(higher, pain(4), pain(5)).toward == "better"
    assert change(higher, pain(5), pain(4)).toward == "worse"


def test_a_change_is_held_against_the_largest_known_error() -> None:
    errors = [
        Difference(points=points, percent=percent, means="x", population="y", source=Source(ref="recalled"))
        for points, percent in ((Decimal("1.5"), None), (Decimal(2), None), (None, Decimal(50)))
    ]
    scale = msgspec.structs.replace(SCALES["nrs-pain"], mdc=tuple(errors))
    assert [change(scale, pain(8), pain(after)).beyond_error for after in (7, 6, 5)] == [False, False, True]


def test_no_percent_where_no_floor_is_known() -> None:
    scale = SCALES["phq-9"]
    found = change(scale, score(scale, with_total(scale, 20)), score(scale, with_total(scale, 10)))
    assert found.points == -10
    assert (found.percent, found.percent_is) == (None, PercentIs.NO_RULE)


@pytest.mark.parametrize(
    "other",
    [replace(pain(8), scale="nrs-sleep"), replace(pain(8), version="0-10-fr")],
    ids=["scale", "version"],
)
def test_no_change_between_different_scales_or_versions(other: Score) -> None:
    for pair in ((pain(8), other), (other, pain(8))):
        with pytest.raises(NotComparable, match="compare scores of the same scale and version"):
            change(SCALES["nrs-pain"], *pair)


def test_no_change_without_a_total_or_on_a_scale_of_change() -> None:
    with pytest.raises(NotComparable, match="not answered are pain"):
        change(SCALES["nrs-pain"], pain(8), score(SCALES["nrs-pain"], {}))
    graded = score(SCALES["pgi-c"], {"change": 2})
    with pytest.raises(NotComparable, match="tells a change already"):
        change(SCALES["pgi-c"], graded, graded)
