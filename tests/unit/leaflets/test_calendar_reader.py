"""The second calendar reader, tests/npm/read_calendar.mjs: it must be right before it may judge our files."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event, Timezone, vRecur

pytestmark = pytest.mark.needs("node")

READER = Path(__file__).parents[2] / "npm" / "read_calendar.mjs"
LONDON = ZoneInfo("Europe/London")
# The clocks go back on 25 October 2026 and forward on 28 March 2027.
BY_DATE = Timezone.from_tzinfo(LONDON, first_date=date(2026, 10, 1), last_date=date(2027, 6, 1))
BY_RULE = Timezone.from_ical(
    """BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:STANDARD
DTSTART:19961027T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19810329T010000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
END:VTIMEZONE
"""
)
BY_LIST = Timezone.from_tzinfo(LONDON)


def event(uid: str, start: date, rule: str = "") -> Event:
    made = Event()
    made.add("uid", uid)
    made.add("summary", f"{uid}, with a comma")
    made.add("dtstart", start)
    if rule:
        made.add("rrule", vRecur.from_ical(rule))
    return made


def run(*components: Event | Timezone) -> subprocess.CompletedProcess[str]:
    calendar = Calendar()
    for component in components:
        calendar.add_component(component)
    text = calendar.to_ical().decode()
    return subprocess.run(
        ["node", READER], input=text, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def read(*components: Event | Timezone) -> list[tuple[str, str, str | None, str | None]]:
    done = run(*components)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert all(each["summary"] == f"{each['uid']}, with a comma" for each in found)
    return [(each["uid"], each["local"], each["zone"], each["utc"]) for each in found]


@pytest.mark.parametrize("zone", [BY_DATE, BY_RULE], ids=["by date", "by rule"])
def test_a_zone_keeps_the_hour_over_a_change_of_clocks(zone: Timezone) -> None:
    dose = event("dose", datetime(2026, 10, 23, 22, tzinfo=LONDON), "FREQ=DAILY;COUNT=5")
    dose.add("exdate", datetime(2026, 10, 26, 22, tzinfo=LONDON))
    review = event(
        "review", datetime(2027, 3, 15, 9, tzinfo=LONDON), "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270329T080000Z"
    )
    assert read(zone, review, dose) == [
        ("dose", "2026-10-23T22:00:00", "Europe/London", "2026-10-23T21:00:00Z"),
        ("dose", "2026-10-24T22:00:00", "Europe/London", "2026-10-24T21:00:00Z"),
        ("dose", "2026-10-25T22:00:00", "Europe/London", "2026-10-25T22:00:00Z"),
        ("dose", "2026-10-27T22:00:00", "Europe/London", "2026-10-27T22:00:00Z"),
        ("review", "2027-03-15T09:00:00", "Europe/London", "2027-03-15T09:00:00Z"),
        ("review", "2027-03-22T09:00:00", "Europe/London", "2027-03-22T09:00:00Z"),
        ("review", "2027-03-29T09:00:00", "Europe/London", "2027-03-29T08:00:00Z"),
    ]


def test_only_fixed_times_have_a_zone_and_utc() -> None:
    floating = event("floating", datetime(2026, 10, 24, 22), "FREQ=DAILY;COUNT=2")  # noqa: DTZ001
    whole = event("whole", date(2026, 10, 25))
    fixed = event("fixed", datetime(2026, 10, 24, 21, 30, tzinfo=UTC))
    assert read(floating, whole, fixed) == [
        ("fixed", "2026-10-24T21:30:00", "UTC", "2026-10-24T21:30:00Z"),
        ("floating", "2026-10-24T22:00:00", None, None),
        ("whole", "2026-10-25", None, None),
        ("floating", "2026-10-25T22:00:00", None, None),
    ]


@pytest.mark.parametrize(
    ("components", "why"),
    [
        ([event("dose", datetime(2026, 10, 24, 22, tzinfo=LONDON))], "no VTIMEZONE Europe/London"),
        ([BY_LIST], "VTIMEZONE Europe/London has an RDATE"),
        ([event("dose", date(2026, 10, 24), "FREQ=DAILY")], "dose has more than 10000 occurrences"),
    ],
)
def test_what_would_be_misread_is_refused(components: list[Event | Timezone], why: str) -> None:
    done = run(*components)
    assert done.returncode != 0
    assert why in done.stderr
