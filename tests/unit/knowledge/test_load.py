"""The loader refuses a wrong file and says file, key and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from openldn.knowledge.load import HERE, BadKnowledge, load_from


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the knowledge that a test may spoil."""
    return Path(
        shutil.copytree(HERE, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    )


RULE = "screening/drug-list-old.yaml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("overridable: true", "overridable: true\nsurprise: 1", "surprise"),
        (
            "overridable: true",
            "overridable: true\noverridable: false",
            "overridable: given twice, again in line",
        ),
        ("status: consensus", "status: certain", "certain"),
        ("since: 2021-01-01", "since: 2021-02-30", "since"),
        ("ref: openldn-decisions", "ref: nowhere", "nowhere does not exist"),
        ("[G-078]", "[G-999]", "G-999 does not exist"),
        ("title:", "title: [", "(whole file)"),
        ("values:", "values: []\n    other:", "values"),
        ("title:", "id: x\ntitle:", "id: is the file's name"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(folder: Path, old: str, new: str, said: str) -> None:
    path = folder / RULE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadKnowledge) as refused:
        load_from(folder)
    assert RULE in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["looked.yaml", "stability.yaml"])
def test_a_list_that_is_not_there_is_said(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadKnowledge, match=f"{name}: .*is not there"):
        load_from(folder)


def test_values_apply_by_day_and_country(folder: Path) -> None:
    values = """max_age:
    unit: d
    stricter: lower
    values:
      - {since: 2021-01-01, value: "30", source: {ref: openldn-decisions}}
      - {since: 2025-01-01, value: "20", source: {ref: openldn-decisions}}
      - {since: 2021-01-01, value: "10", where: NO, source: {ref: openldn-decisions}}
      - {since: 2021-01-01, value: "25", where: GB, source: {ref: openldn-decisions}}
"""
    path = folder / RULE
    head = path.read_text(encoding="utf-8").split("  max_age:")[0]
    path.write_text(f"{head}  {values}", encoding="utf-8")
    from datetime import date

    rule = load_from(folder).rule("screening/drug-list-old")
    assert rule.whole("max_age", date(2024, 1, 1), "US") == 30
    assert rule.whole("max_age", date(2026, 1, 1), "US") == 20
    assert rule.whole("max_age", date(1950, 1, 1), "US") == 30, (
        "before the first day its earliest entry applies"
    )
    assert rule.whole("max_age", date(2026, 1, 1), "NO") == 10
    assert rule.whole("max_age", date(2024, 1, 1), None) == 10, "without a country the strictest"


def test_countries_that_differ_need_a_careful_end(folder: Path) -> None:
    path = folder / RULE
    text = path.read_text(encoding="utf-8").replace('value: "30",', 'value: "30", where: GB,', 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadKnowledge, match="stricter"):
        load_from(folder)
