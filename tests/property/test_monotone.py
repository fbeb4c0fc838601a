"""Unknown is not safe: no added opioid and no fact turned unknown ever improves a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import DAY, LOST, OPIOIDS, UNNAMED, medications, records

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.record.interview import Interview, Said
from openldn.record.patient import ListState, Medication, Record, Recorded
from openldn.screening.screen import screen
from openldn.screening.verdict import Verdict

RANK = {"suitable": 2, "caution": 1, "cannot tell": 0, "contraindicated": 0}


def verdict(record: Record, therapy: Therapy) -> Verdict:
    return screen(record, therapy, load_knowledge(), as_of=DAY).verdict


def rank(record: Record, therapy: Therapy) -> int:
    return RANK[verdict(record, therapy).word]


@given(records, medications(OPIOIDS), st.integers(0, 4))
def test_an_added_opioid_never_improves_the_ldn_verdict(record: Record, opioid: Medication, at: int) -> None:
    entries = (*record.medications[:at], opioid, *record.medications[at:])
    more = replace(record, medications=entries)
    assert rank(more, Therapy.LDN) <= rank(record, Therapy.LDN)


@pytest.mark.parametrize("therapy", Therapy)
@settings(max_examples=300)
@given(record=records)
def test_a_fact_turned_unknown_never_improves_a_verdict(therapy: Therapy, record: Record) -> None:
    before = rank(record, therapy)
    for blurred in _blurred(record):
        assert rank(blurred, therapy) <= before


def _blurred(record: Record) -> Iterator[Record]:
    """The record with one known fact turned unknown or unreadable, in every way there is."""
    yield replace(record, skipped=(LOST,))
    yield replace(record, interview=None)
    for changed in (
        {"dated": None},
        {"state": ListState.ABSENT},
        {"state": ListState.NO_INFORMATION},
        {"state": ListState.EMPTY_REASON},
        {"gaps": ("a next page",)},
    ):
        yield replace(record, drug_list=replace(record.drug_list, **changed))  # type: ignore[arg-type]
    if record.drug_list.dated and record.drug_list.dated <= DAY:
        older = record.drug_list.dated - timedelta(days=60)
        yield replace(record, drug_list=replace(record.drug_list, dated=older))
    if isinstance(record.interview, Interview):
        for question in record.interview.answers:
            answers = {**record.interview.answers, question: Said.NOT_KNOWN}
            yield replace(record, interview=replace(record.interview, answers=answers))
        yield replace(record, interview=replace(record.interview, no_opioid_since=None))
    for n, entry in enumerate(record.medications):
        for blurred in _blurred_entries(entry):
            entries = (*record.medications[:n], blurred, *record.medications[n + 1 :])
            yield replace(record, medications=entries)


def _blurred_entries(entry: Medication) -> Iterator[Medication]:
    if entry.status is not Recorded.VOID:
        yield replace(entry, identity=UNNAMED, text="", texts=())
    if entry.status is Recorded.ENDED:
        yield replace(entry, runs_until=None)
        yield replace(entry, status=Recorded.UNCLEAR)
    yield replace(entry, ordered=None)


def test_the_laws_can_fail() -> None:
    """A clean record is suitable, so that there is something to lose."""
    from openldn.record.interview import Question
    from openldn.record.patient import DrugList

    clean = Record(
        drug_list=DrugList(ListState.LISTED, DAY),
        interview=Interview(DAY, "Dr A", dict.fromkeys(Question, Said.NO)),
    )
    assert verdict(clean, Therapy.LDN).word == "suitable"


@given(records, st.integers(-3000, 3000))
def test_shifting_all_dates_shifts_the_answer_alike(record: Record, n: int) -> None:
    by = timedelta(days=n)

    def shifted(entry: Medication) -> Medication:
        return replace(
            entry,
            ordered=entry.ordered and entry.ordered + by,
            runs_until=entry.runs_until and entry.runs_until + by,
        )

    interview = record.interview
    moved = replace(
        record,
        medications=tuple(map(shifted, record.medications)),
        drug_list=replace(record.drug_list, dated=record.drug_list.dated and record.drug_list.dated + by),
        interview=interview
        and replace(
            interview,
            held=interview.held + by,
            no_opioid_since=interview.no_opioid_since and interview.no_opioid_since + by,
        ),
    )
    here = screen(record, Therapy.LDN, load_knowledge(), as_of=DAY).verdict
    there = screen(moved, Therapy.LDN, load_knowledge(), as_of=DAY + by).verdict
    assert here.word == there.word
    assert [(r.rule.id, r.severity) for r in here.reasons] == [(r.rule.id, r.severity) for r in there.reasons]
    assert [r.clears_on and r.clears_on + by for r in here.reasons] == [r.clears_on for r in there.reasons]
