"""What a reader is told that a rule rests on: the days, the doses, the place."""

from __future__ import annotations

from typing import Any

import pytest
from golden_followup import played

START = {"start": "2026-05-01", "case": "x", "source": "x"}


def said(diary: dict[str, Any], day: int, **more: Any) -> str:
    """The words of a proposal; day 1 is 1 May 2026."""
    found = played(START | {"diary": diary, "expect": {str(day): {}}} | more)[day]
    return found.proposal.worded()


def co_codamol(taken: str, name: str = "co-codamol") -> dict[str, Any]:
    """An opioid on day 10, which is 10 May: 7 days later at the earliest, prudently 14."""
    opioid = {"painkiller": "opioid", "painkiller_name": name, "taken": taken}
    return {"1..9": "good", "10": opioid}


def test_a_new_start_names_both_days_of_the_washout() -> None:
    assert "New start: 2026-05-24 (2026-05-17 at the earliest, with caution)" in said(co_codamol("yes"), 11)


def test_a_new_start_names_one_day_where_both_are_the_same() -> None:
    # methadone: 14 days at least and prudently
    assert "New start: 2026-05-24, after" in said(co_codamol("yes", "methadone"), 11)


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        ("yes", "at the same dose"),  # last dose on 10 May, new start on 24 May: 14 days
        ("missed", "from the start of the ladder after more than 14 days without"),  # 9 May: 15 days
    ],
)
def test_a_new_start_counts_the_days_without_a_dose(taken: str, words: str) -> None:
    assert words in said(co_codamol(taken), 11)


def test_an_opioid_without_a_name_has_no_day() -> None:
    assert "New start: not known before it is named" in said(
        {"1..9": "good", "10": {"painkiller": "opioid"}}, 11
    )


def test_exactly_the_days_that_were_not_filled_in_are_named() -> None:
    words = said({"2": "good", "4..5": "good"}, 7)
    assert words.startswith("not filled in: 2026-05-01, 2026-05-03, 2026-05-06: no rise")


def test_nothing_before_the_first_dose_is_a_hole() -> None:
    assert said({"-9..-5": "good"}, 2).startswith("not filled in: 2026-05-01: no rise")


def test_before_the_first_dose_it_is_said_so() -> None:
    assert said({"-3": "good"}, 1) == (
        "The first dose is on 2026-05-01; entries until then are what it is compared with."
    )


def test_what_is_still_to_be_counted_is_named() -> None:
    assert said({"1..2": "good"}, 3).startswith("5 more days to take at this dose, 5 more to fill in")
    # halved on 4 May; the day's own entry speaks of a headache, so the wait stays at 7
    halved = {"1..2": "good", "3": {"effects": "rash 2"}, "4..8": "good"}
    words = said(halved, 6)
    assert words.startswith("rash, grade 2 (2026-05-03): no rise before 5 more days")


def test_at_the_lower_dose_the_days_are_those_of_the_reduction() -> None:
    # halved from 4 May: seven days of the reduction and seven good ones, one of each over
    diary = {"1..2": "good", "3": {"effects": "rash 2"}, "4": "good"}
    found = played(START | {"diary": diary, "expect": {"5": {}}})[5]
    assert (
        found.lost[-1]
        .worded()
        .startswith("6 more days of the lower dose, 6 more to fill in without trouble: go on with 0.5 mg")
    )


def test_a_kept_dose_says_by_what() -> None:
    diary = {"1..2": "good", "3": {"effects": "insomnia 2"}, "4": "good"}
    assert "halve, from 2026-05-04 (followup/sleep-stays): stay at 0.5 mg" in said(diary, 5, slot="morning")


def test_a_headache_that_is_past_is_named() -> None:
    words = said({"1..2": "good", "3": {"effects": "headache 1"}, "4": "good"}, 5)
    assert words.startswith("headache, grade 1 (2026-05-03): no rise before")


def test_a_plan_that_ended_says_by_what() -> None:
    near = {"1..9": "good", "10": {"operation_on": "day 12"}, "11": "good"}
    assert said(near, 13).startswith("wait, from 2026-05-11 (followup/operation-near): nothing is taken")
