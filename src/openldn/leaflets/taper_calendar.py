"""A taper as a calendar file: the days on which something is taken, each change, the review."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, vRecur

from openldn import __version__
from openldn.leaflets.taper_papers import amount_text, days_taken, taken_lines
from openldn.leaflets.wording import day_text
from openldn.plan.weaning.taper import Step, Taper


def taper_calendar_text(taper: Taper, steps: tuple[Step, ...], review: date) -> bytes:
    """One series of whole days for each step, titled so that it tells others nothing.

    Args:
        taper: what is planned.
        steps: those to write, with known ends.
        review: the day on which it is looked at again.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//OpenLDN//openldn {__version__}//EN")
    calendar.add("version", "2.0")
    for step in steps:
        days = list(days_taken(step, taper))
        apart = (days[1] - days[0]).days if len(days) > 1 else 1
        event = _event(taper, days[0], "Take medicine", f"step/{step.starts}")
        event.add("rrule", vRecur({"FREQ": "DAILY", "INTERVAL": apart, "COUNT": len(days)}))
        how = "; ".join(taken_lines(step, taper))
        event.add("description", f"{amount_text(step, taper)}. {how}. Never more; a pause at any time.")
        calendar.add_component(event)
    event = _event(taper, review, "Appointment: review", "review")
    event.add("description", f"Looked at again with {taper.prescriber} ({day_text(review)})")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(taper: Taper, day: date, title: str, name: str) -> Event:
    as_of = taper.verdict.as_of
    event = Event()
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", title)
    digest = hashlib.sha256(f"{taper.id}/{name}".encode()).hexdigest()[:32]
    event.add("uid", f"{digest}@openldn")
    event.add("dtstamp", datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC))
    event.add("transp", "TRANSPARENT")
    return event
