"""The doses as a calendar file: whole local days, so no time zone or change of clocks can move one.

Titles are neutral ("Take medicine"): a calendar is seen by others. The stamp is the day of the
decision, so the same plan always gives the same file.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vRecur

from openldn import __version__
from openldn.leaflets.wording import day_text, dose_text, how_to_measure
from openldn.plan.steps import Plan


def calendar_text(plan: Plan) -> bytes:
    """One event a step, repeated daily, and the day of judgement."""
    calendar = Calendar()
    calendar.add("prodid", f"-//OpenLDN//openldn {__version__}//EN")
    calendar.add("version", "2.0")
    stamp = datetime(plan.verdict.as_of.year, plan.verdict.as_of.month, plan.verdict.as_of.day, tzinfo=UTC)
    for step in plan.steps:
        event = Event()
        event.add("dtstart", step.starts)
        event.add("dtend", step.starts + timedelta(days=1))
        event.add("rrule", vRecur({"FREQ": "DAILY", "COUNT": step.days}))
        event.add("summary", f"Take medicine ({plan.slot})")
        dose = dose_text(step.dose, micrograms_too=False)
        event.add("description", f"{dose}: {how_to_measure(step.measured)}. Missed: skip, never double.")
        _finish(event, plan, f"{step.starts}", stamp)
        calendar.add_component(event)
    judge = Event()
    judge.add("dtstart", plan.judge_on)
    judge.add("summary", "Appointment: does the medicine help?")
    judge.add(
        "description", f"Decide by {day_text(plan.judge_on)} with your prescriber; stop if it does not help."
    )
    _finish(judge, plan, "judge", stamp)
    calendar.add_component(judge)
    return bytes(calendar.to_ical())


def _finish(event: Event, plan: Plan, name: str, stamp: datetime) -> None:
    seed = f"{plan.verdict.as_of}/{plan.starts}/{plan.product.name}/{name}"
    event.add("uid", f"{hashlib.sha256(seed.encode()).hexdigest()[:32]}@openldn")
    event.add("dtstamp", stamp)
    event.add("transp", "TRANSPARENT")
