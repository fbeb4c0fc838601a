"""The longer look in words: what is missing, and which way symptoms went."""

from __future__ import annotations

from datetime import timedelta

import pytest
from golden_followup import GOOD, KNOWN, plan_of

from openldn.followup.review import review
from openldn.record.diary import read_diary


def because(before: str, after: str, weeks: int = 12) -> str:
    """What the response rests on after some weeks at one dose; symptoms before and after the first day."""
    plan = plan_of({"start": "2026-05-01", "profile": "crohns-trial"})
    rows = []
    for n in range(-7, weeks * 7):
        day = (plan.began + timedelta(days=n)).isoformat()
        symptoms = {"symptoms": before if n < 0 else after}
        rows.append((f"day {n}", {"date": day} | GOOD | symptoms))
    as_of = plan.began + timedelta(days=weeks * 7)
    return review(plan, read_diary(rows, KNOWN), KNOWN, as_of=as_of).grounds.response


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("8", "6", "symptoms down by 25.0 % since the start"),
        ("8", "10", "symptoms up by 25.0 % since the start"),
        ("8", "8", "symptoms unchanged since the start"),
        ("8", "", "too few symptom scores of the last two weeks"),
        ("3", "3", "too low to judge by percent"),
    ],
)
def test_what_a_response_rests_on(before: str, after: str, said: str) -> None:
    assert said in because(before, after)


def test_without_any_score_the_baseline_is_missing() -> None:
    assert "too few symptom scores from before the start" in because("", "")
