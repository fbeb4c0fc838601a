"""The calendar file, read back by a second library: one event a slot, at the right local time."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from golden_records import KNOWN
from icalendar import Calendar
from paper_plans import KINDS, plan_of

from openldn.knowledge.ismp import breaches
from openldn.knowledge.schema import Therapy
from openldn.leaflets.calendar import Stay, calendar_text
from openldn.plan.ladders import profile_named
from openldn.plan.steps import Plan
from openldn.plan.stock import article_of, syringes_on
from openldn.plan.titration import Wanted, titrate
from openldn.record.diary import Slot
from openldn.screening.verdict import Suitable

READER = Path(__file__).parents[2] / "npm" / "read_calendar.mjs"


def read_back(text: bytes) -> list[dict[str, Any]]:
    """All occurrences, as the library from npm reads them."""
    done = subprocess.run(["node", READER], input=text, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def long_plan(starts: date, hour: time) -> Plan:
    """Half-milligram steps every 14 days: 28 weeks, so that most starts see a change of clocks."""
    quiet = Suitable(Therapy.LDN, starts, None)
    article = article_of(
        KNOWN.formulations["formulations/liquid-nz"], KNOWN, syringes_on(KNOWN, starts), as_of=starts
    )
    profile = profile_named("sensitive", quiet, KNOWN, as_of=starts)
    wanted = Wanted(starts, profile, times=((Slot.NIGHT, hour),))
    return titrate(quiet, wanted, article, KNOWN, as_of=starts)


@pytest.mark.needs("node")
@pytest.mark.parametrize(
    "zone", ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
@pytest.mark.parametrize("starts", [date(2026, 9, 1), date(2027, 2, 1)], ids=["autumn", "spring"])
@pytest.mark.parametrize("hour", [time(22), time(0, 30)])
def test_one_event_a_slot_at_the_right_local_time_over_clock_changes(
    zone: str, starts: date, hour: time
) -> None:
    plan = long_plan(starts, hour)
    stays = (Stay(starts, ZoneInfo(zone)),)
    found = [e for e in read_back(calendar_text(plan, stays)) if e["zone"]]
    expected = [datetime.combine(day, hour, ZoneInfo(zone)) for day, _, _ in plan.calendar()]
    assert [e["local"] for e in found] == [e.replace(tzinfo=None).isoformat() for e in expected]
    assert [e["utc"] for e in found] == [
        e.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ") for e in expected
    ]
    if zone in ("Europe/London", "America/New_York"):
        assert len({e.utcoffset() for e in expected}) == 2, "no change of clocks was looked at"


@pytest.mark.needs("node")
@pytest.mark.parametrize("kind", KINDS)
def test_without_a_place_the_times_float_and_what_is_due_has_whole_days(kind: str) -> None:
    plan = plan_of(kind)
    found = read_back(calendar_text(plan))
    timed = [e for e in found if "T" in e["local"]]
    at = dict(plan.times)
    assert sorted(e["local"] for e in timed) == sorted(
        datetime.combine(day, at[slot]).isoformat() for day, slot, _ in plan.calendar()
    )
    assert all(e["zone"] is None and e["utc"] is None for e in timed)
    due = sorted(e["local"] for e in found if "T" not in e["local"])
    assert due == sorted(d.on.isoformat() for d in plan.course.due)


@pytest.mark.needs("node")
def test_a_journey_east_skips_the_dose_that_would_come_too_soon() -> None:
    """22:00 in New York, then 22:00 in London the day after: 19 hours. West: 29 hours, nothing skipped."""
    plan = long_plan(date(2027, 1, 4), time(22))
    away, home = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
    stays = (Stay(plan.starts, home), Stay(date(2027, 2, 1), away), Stay(date(2027, 2, 20), home))
    found = [e for e in read_back(calendar_text(plan, stays)) if e["zone"]]
    days = {e["local"][:10] for e in found}
    planned = {day.isoformat() for day, _, _ in plan.calendar()}
    assert planned - days == {"2027-02-01"}
    zones = {e["local"][:10]: e["zone"] for e in found}
    assert zones["2027-01-31"] == zones["2027-02-20"] == "America/New_York"
    assert zones["2027-02-02"] == zones["2027-02-19"] == "Europe/London"


@pytest.mark.parametrize("kind", KINDS)
def test_titles_are_neutral_texts_are_safe_and_the_file_is_the_same_each_time(kind: str) -> None:
    plan = plan_of(kind)
    text = calendar_text(plan)
    assert text == calendar_text(plan)
    events = Calendar.from_ical(text).walk("VEVENT")
    for event in events:
        assert "naltrexone" not in str(event["summary"]).lower()
        assert not breaches(str(event["description"]))
    assert len({str(e["uid"]) for e in events}) == len(events)
    other = calendar_text(replace(plan, patient="other"))
    others = {str(e["uid"]) for e in Calendar.from_ical(other).walk("VEVENT")}
    assert others.isdisjoint({str(e["uid"]) for e in events})
    assert all(e.walk("VALARM") for e in events if "rrule" in e)
