"""The doses as a calendar file: local days and clock times, wherever the patient is.

Titles are neutral ("Take medicine"): a calendar is seen by others. The stamp is the day of the
decision, so the same plan always gives the same file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vRecur

from openldn import __version__
from openldn.leaflets.wording import day_text, dose_text, how_to_measure, with_days
from openldn.plan.intervals import kept
from openldn.plan.steps import Plan, Step
from openldn.record.diary import Slot

_LENGTH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Stay:
    """From a day on the patient lives by the clock of a place."""

    since: date
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Timed:
    """One dose with its local day and time; `zone` None: by the clock of wherever the patient is."""

    day: date
    slot: Slot
    at: time
    step: Step
    zone: ZoneInfo | None


def timed_doses(plan: Plan, stays: tuple[Stay, ...]) -> Iterator[Timed]:
    """Every dose that is taken; one that a journey brings too close to the one before is left out.

    Args:
        plan: its calendar of local days and slots.
        stays: where the patient is from which day on, in order; empty: not known.
    """
    times = dict(plan.times)
    doses = (Timed(d, slot, times[slot], step, _zone_on(d, stays)) for d, slot, step in plan.calendar())
    if not stays:
        yield from doses
        return
    instants = ((datetime.combine(t.day, t.at, t.zone), t) for t in doses)
    yield from (timed for _, timed in kept(instants, plan.least))


def _zone_on(day: date, stays: tuple[Stay, ...]) -> ZoneInfo | None:
    begun = [s for s in stays if s.since <= day] or list(stays[:1])
    return begun[-1].zone if begun else None


def calendar_text(plan: Plan, stays: tuple[Stay, ...] = ()) -> bytes:
    """One series for each run of like days, with a reminder, and what is due; arguments of `timed_doses`."""
    calendar = Calendar()
    calendar.add("prodid", f"-//OpenLDN//openldn {__version__}//EN")
    calendar.add("version", "2.0")
    for run in _runs(timed_doses(plan, stays)):
        calendar.add_component(_series(run, plan))
    for due in plan.course.due:
        event = Event()
        event.add("dtstart", due.on)
        event.add("summary", f"Appointment: {due.kind}")
        event.add("description", f"{with_days(due.what)} ({day_text(due.on)})")
        _finish(event, plan, f"due/{due.kind}/{due.rule}/{due.on}")
        calendar.add_component(event)
    if stays:
        # The dates keep the zones to plain rules: a list of single changes is read wrongly by some.
        calendar.add_missing_timezones(
            first_date=plan.starts - timedelta(days=1), last_date=plan.ends + timedelta(days=1)
        )
    return bytes(calendar.to_ical())


def _runs(doses: Iterable[Timed]) -> Iterator[list[Timed]]:
    """Doses of the same slot, step and zone on days that follow each other."""
    by_slot: dict[Slot, list[Timed]] = {}
    for dose in doses:
        by_slot.setdefault(dose.slot, []).append(dose)
    for same_slot in by_slot.values():
        run = same_slot[:1]
        for before, dose in pairwise(same_slot):
            follows = dose.day - before.day == timedelta(days=1)
            if not (follows and (dose.step, dose.zone) == (before.step, before.zone)):
                yield run
                run = []
            run.append(dose)
        yield run


def _series(run: list[Timed], plan: Plan) -> Event:
    first = run[0]
    event = Event()
    starts = datetime.combine(first.day, first.at, first.zone)
    event.add("dtstart", starts)
    event.add("dtend", starts + _LENGTH)
    event.add("rrule", vRecur({"FREQ": "DAILY", "COUNT": len(run)}))
    event.add("summary", f"Take medicine ({first.slot})")
    dose = dose_text(first.step.dose, micrograms_too=False)
    how = how_to_measure(first.step.measured)
    event.add("description", f"{dose}: {how}. Missed: skip, never double.")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Take medicine")
    alarm.add("trigger", timedelta(0))
    event.add_component(alarm)
    _finish(event, plan, f"{first.slot}/{first.day}")
    return event


def _finish(event: Event, plan: Plan, name: str) -> None:
    as_of = plan.verdict.as_of
    seed = f"{plan.id}/{name}"
    event.add("uid", f"{hashlib.sha256(seed.encode()).hexdigest()[:32]}@openldn")
    event.add("dtstamp", datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC))
    event.add("transp", "TRANSPARENT")
