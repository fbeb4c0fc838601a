"""What a diary tells of medicines, read by a screening like any other entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.record.diary import Diary, medicines_taken, read_diary
from openldn.record.interview import Health, Question, read_interview
from openldn.record.patient import Born, DrugList, ListState, Patient, Record
from openldn.screening.screen import Screening, screen

KNOWN = load_knowledge()
DAY = date(2026, 11, 28)
NO_OPIOIDS = KNOWN.rule("followup/unnamed-painkiller").words("no_opioids", DAY)
ASKED = read_interview(
    {
        "held": "2026-11-28",
        "by": "test",
        "answers": {str(q): "no" for q in Question},
        "health": {str(h): "no" for h in Health},
    },
    KNOWN.vocabulary,
)
LISTED = Record(
    Patient("1", Born(date(1970, 1, 1), date(1970, 1, 1)), "male"),
    DrugList(ListState.NONE_KNOWN, DAY, "test"),
    no_known_problems=True,
).with_interview(ASKED)


def diary(**fields: str) -> Diary:
    """One entry of the day before."""
    row = {"date": (DAY - timedelta(days=1)).isoformat(), **fields}
    return read_diary([("row", row)], KNOWN)


def screened(told: Diary, days_later: int = 0) -> Screening:
    """A record without drugs, and what the diary tells."""
    as_of = DAY + timedelta(days=days_later)
    listed = replace(LISTED, drug_list=DrugList(ListState.NONE_KNOWN, as_of, "test"))
    record = listed.with_medications(medicines_taken(told, NO_OPIOIDS))
    return screen(record, Therapy.LDN, KNOWN, as_of=as_of)


def rules_of(found: Screening) -> set[str]:
    return {r.rule.id.removeprefix("screening/") for r in found.verdict.reasons}


def test_without_any_it_is_as_before() -> None:
    assert screened(diary(painkiller="no")).verdict.word == "suitable"


@pytest.mark.parametrize("answer", ["not named", "opioid", "not an opioid"])
def test_an_opioid_counts_by_its_name_whatever_was_answered(answer: str) -> None:
    found = screened(diary(painkiller=answer, painkiller_name="co-codamol"))
    assert found.verdict.word == "contraindicated"
    (codeine,) = (e for e in found.exposures if e.named.drug.name == "codeine")
    assert codeine.last_taken == DAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("later", "word"), [(5, "contraindicated"), (6, "caution"), (12, "caution"), (13, "suitable")]
)
def test_its_washout_counts_from_the_day_that_was_written_down(later: int, word: str) -> None:
    # codeine: 7 days at least, 14 prudently (facts/opioids.md section 3); taken on 27 Nov
    found = screened(diary(painkiller="opioid", painkiller_name="codeine"), later)
    assert found.verdict.word == word


@pytest.mark.parametrize(
    "fields",
    [
        {"painkiller": "opioid"},
        {"painkiller": "opioid", "painkiller_name": "ibuprofen"},
        {"painkiller": "not named"},
        {"painkiller": "not named", "painkiller_name": "the green ones"},
    ],
)
def test_what_cannot_be_named_leaves_the_answer_open(fields: dict[str, str]) -> None:
    found = screened(diary(**fields))
    assert found.verdict.word == "cannot tell"
    assert "drug-not-identified" in rules_of(found)


def test_a_painkiller_without_an_opioid_changes_nothing() -> None:
    without = screened(diary(painkiller="no"))
    named = screened(diary(painkiller="not an opioid", painkiller_name="paracetamol"))
    assert rules_of(named) == rules_of(without)


def test_a_new_medicine_may_still_be_taken() -> None:
    assert screened(diary(painkiller="no"), 60).verdict.allows_plan
    assert not screened(diary(new_medicine="tramadol"), 60).verdict.allows_plan


def test_one_taken_on_many_days_is_one_entry_of_the_last() -> None:
    rows = (
        {"date": f"2026-11-{n:02d}", "painkiller": "not an opioid", "painkiller_name": "naproxen"}
        for n in range(1, 20)
    )
    (found,) = medicines_taken(read_diary(((str(n), r) for n, r in enumerate(rows)), KNOWN), NO_OPIOIDS)
    assert (found.text, found.runs_until) == ("naproxen", date(2026, 11, 19))
