"""A scale that cannot be scored as written is refused when it is read, with file and reason."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openldn.knowledge.load import HERE, BadKnowledge, load_from, load_knowledge
from openldn.knowledge.scale_schema import NOT_SHIPPED, Scale

SCALES = load_knowledge().scales
SOURCE = {"ref": "facts-scales"}


def item(item_id: str, **more: Any) -> dict[str, Any]:
    answers = [{"value": value} for value in ("0", "1", "2")]
    return {"id": item_id, "wording": NOT_SHIPPED, "about": "x", "answers": answers, "source": SOURCE, **more}


def band(name: str, at_least: str, below: str | None = None) -> dict[str, Any]:
    return {"name": name, "at_least": at_least, "below": below, "source": SOURCE}


def made(**more: Any) -> Scale:
    """A small scale that is right, but for what is given."""
    fields = {
        "id": "small",
        "version": "1",
        "name": "Small",
        "answered_by": ["patient"],
        "better": "lower",
        "items": [item("a"), item("b")],
        "formula": "sum",
        "lowest": "0",
        "highest": "4",
        "missing": {"needed": "all items", "ask_again": "no item", "source": SOURCE},
        "bands": [band("low", "0", "2"), band("high", "2")],
        "licence": {"text": "free", "ships": "score only", "source": SOURCE},
    }
    return msgspec.convert(fields | more, Scale, strict=False)


def test_the_small_scale_is_right() -> None:
    assert made().highest == 4


@pytest.mark.parametrize(
    ("total", "name"), [("0", "low"), ("1.49", "low"), ("1.5", "high"), ("1.51", "high"), ("4", "high")]
)
def test_fractions_of_a_point_find_their_band(total: str, name: str) -> None:
    found = made(bands=[band("low", "0", "1.5"), band("high", "1.5")]).band(Fraction(total))
    assert found is not None
    assert found.name == name


DIFFERENCE = {"means": "x", "population": "y", "source": SOURCE}
ASK_SAFETY = {"needed": "all items", "ask_again": "safety items", "source": SOURCE}
ITSELF = {"items": [item("a")], "formula": "itself", "highest": "2"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"bands": [band("low", "0", "1"), band("high", "2")]}, "a gap between low and high"),
        ({"bands": [band("low", "0"), band("high", "2")]}, "a gap between low and high"),
        ({"bands": [band("low", "0", "3"), band("high", "2")]}, "low and high overlap"),
        ({"bands": [band("low", "0", "0"), band("high", "0")]}, "low holds nothing"),
        ({"bands": [band("low", "1", "2"), band("high", "2")]}, "low has to begin at the lowest total, 0"),
        (
            {"bands": [band("low", "0", "2"), band("high", "2", "4")]},
            "high has to reach the highest total, 4",
        ),
        ({"bands": [band("low", "0", "5"), band("high", "5")]}, "high has to reach the highest total, 4"),
        ({"bands": [band("low", "NaN")]}, "low: a limit is not a number"),
        ({"bands": [band("low", "0", "Infinity")]}, "low: a limit is not a number"),
        ({"items": [item("a"), item("a")]}, "an id is given twice"),
        ({"items": [item("a")], "highest": "2"}, "itself belongs to one item"),
        ({"formula": "itself"}, "itself belongs to one item"),
        ({"highest": "5"}, "the items give 0 to 4"),
        ({"lowest": "1"}, "the items give 0 to 4"),
        ({"items": [item("a", loinc="1-8"), item("b")]}, "items have codes"),
        (
            {"items": [item("a", answers=[{"value": "0", "loinc": "LA1-8"}, {"value": "4"}])]}
            | {"formula": "itself"},
            "items have codes",
        ),
        (
            {"items": [item("a", answers=[{"value": "1"}, {"value": "0"}])]},
            "a: the values of the answers have to rise",
        ),
        (
            {"items": [item("a", answers=[{"value": "1"}, {"value": "1"}])]},
            "a: the values of the answers have to rise",
        ),
        ({"items": [item("a", answers=[{"value": "1"}])]}, "answers"),
        ({"items": [item("a", answers=[{"value": "0.5"}, {"value": "1"}])]}, "value"),
        ({"items": [item("a", about=None)]}, "a: the wording is not shipped, so `about` is needed"),
        ({"items": [item("a", safety="true"), item("b")]}, "safety items have to be asked again"),
        ({"missing": ASK_SAFETY}, "there is no safety item"),
        (
            {"items": [item("a", wording="In its own words"), item("b")]},
            "score only, yet a wording is shipped",
        ),
        ({"question": {"wording": "How?", "source": SOURCE}}, "score only, yet a wording is shipped"),
        ({"mid": [DIFFERENCE]}, "points or percent above 0"),
        ({"mdc": [{**DIFFERENCE, "points": "0"}]}, "points or percent above 0"),
        ({"mid": [{**DIFFERENCE, "percent": "NaN"}]}, "points or percent above 0"),
        ({"percent": {"floor": "0", "source": SOURCE}}, "a floor above 0"),
        ({"percent": {"floor": "NaN", "source": SOURCE}}, "a floor above 0"),
        ({"percent": {"floor": "5", "source": SOURCE}}, "a floor above 0"),
        ({"answered_by": []}, "answered_by"),
        ({"surprise": "1"}, "surprise"),
    ],
)
def test_what_cannot_be_scored_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        made(**wrong)


def test_percent_needs_a_scale_from_0() -> None:
    graded = item("a", answers=[{"value": "1"}, {"value": "2"}])
    with pytest.raises(msgspec.ValidationError, match="a scale from 0"):
        made(
            **ITSELF | {"items": [graded], "lowest": "1"},
            bands=[],
            percent={"floor": "1", "source": SOURCE},
        )


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("cows", "at_least: 13, below: 25", "at_least: 14, below: 25", "a gap between mild and moderate"),
        ("cows", "at_least: 13, below: 25", "at_least: 12, below: 25", "mild and moderate overlap"),
        ("cows", "ref: tip-40", "ref: nowhere", "nowhere does not exist"),
        ("phq-9", "references: [phq9", "references: [nowhere", "nowhere does not exist"),
        ("phq-9", "highest: 27", "highest: 27.5", "highest"),
        ("phq-9", "points: 1.7", "points: some", "mid"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    folder = Path(shutil.copytree(HERE, tmp_path / "knowledge", ignore=ignored))
    path = folder / "scales" / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadKnowledge) as refused:
        load_from(folder)
    assert f"scales/{file}.yaml" in str(refused.value)
    assert said in str(refused.value)


def test_only_words_that_are_free_are_shipped() -> None:
    assert [s.id for s in SCALES.values() if s.words_shipped] == ["phq-9"]
    cows = SCALES["cows"]
    assert cows.licence.ships == "once the licence text is read"
    assert [i.shown for i in cows.items] == [i.about for i in cows.items]


def test_the_safety_item_of_the_phq_9_is_the_one_the_screening_reads() -> None:
    (guarded,) = (i for i in SCALES["phq-9"].items if i.safety)
    assert guarded.loinc in load_knowledge().measures["phq9-item-9"].loinc


def test_no_scale_of_withdrawal_goes_under_the_code_of_a_pain_rating() -> None:
    assert {s.id for s in SCALES.values() if s.loinc and s.loinc.total == "72514-3"} == {"nrs-pain"}


def test_what_was_recalled_is_marked() -> None:
    doubtful = {s.id for s in SCALES.values() if any(not b.source.verified for b in s.bands)}
    assert doubtful == {"nrs-pain", "pgi-c"}
    assert not SCALES["cows"].licence.source.verified
    assert [d.source.verified for d in SCALES["phq-9"].mid] == [False, True]
