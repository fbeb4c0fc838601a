"""Operations: planned, without a date, within days, or just done.

Rules read here: screening/operation-soon, operation-planned, operation-undated, operation-recent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from openldn.record.interview import Health, Said
from openldn.record.patient import Record, Stage
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Limit, Read, Reason

_OPERATION = "findings/operation"


def operation_reasons(record: Record, rules: RulesOn) -> Iterator[Reason]:
    """What operations say, those named in the record and that of the interview."""
    for procedure in record.procedures:
        meaning = procedure.meanings.by(_OPERATION)
        if meaning is None or meaning.past:
            continue
        read = (Read(procedure.id, f"{procedure.describe()}, by {meaning.by}"),)
        name = procedure.text or procedure.id
        if procedure.stage is Stage.VOID:
            continue
        ahead = procedure.on is not None and procedure.on > rules.as_of
        undated = procedure.day_unreadable or (procedure.stage is Stage.UNCLEAR and not procedure.on)
        if ahead or undated or procedure.stage is Stage.PLANNED:
            yield from _planned(name, procedure.on, read, rules)
        elif procedure.on:
            yield from _done(name, procedure.on, read, rules)
    interview = record.interview
    if (
        interview
        and interview.held <= rules.as_of
        and interview.health_answer(Health.OPERATION_PLANNED) is Said.YES
        # A "yes" without a date is taken for the operation that the record plans, where it plans one.
        and (interview.operation_on or not _planned_in(record, rules.as_of))
    ):
        told = f"{Health.OPERATION_PLANNED}: yes, said on {interview.held.isoformat()}"
        read = (Read("interview.health", told),)
        yield from _planned("an operation (interview)", interview.operation_on, read, rules)


def _planned_in(record: Record, as_of: date) -> bool:
    """Whether the record plans an operation with a day to come."""
    return any(
        p.stage is Stage.PLANNED and p.on and p.on >= as_of and _OPERATION in p.meanings.ids
        for p in record.procedures
    )


def _planned(name: str, on: date | None, read: tuple[Read, ...], rules: RulesOn) -> Iterator[Reason]:
    stop = timedelta(days=rules.days("operation-soon", "stop_before"))
    looked_back = timedelta(days=rules.days("operation-undated", "looked_back"))
    if on is None:
        yield rules.reason(
            "operation-undated", read, recorded=name, when="no date that can be read is recorded"
        )
    elif on < rules.as_of - looked_back:
        return
    elif on < rules.as_of:
        when = f"it was planned for {on.isoformat()} and is not recorded as done"
        yield rules.reason("operation-undated", read, recorded=name, when=when)
    elif on <= rules.as_of + stop:
        yield rules.reason(
            "operation-soon", read, recorded=name, on=on.isoformat(), stop_before=str(stop.days)
        )
    else:
        last = on - stop - timedelta(days=1)  # whole days without: nobody knows the hour of the operation
        yield rules.reason(
            "operation-planned",
            read,
            plan_limit=Limit(last_day=last),
            recorded=name,
            on=on.isoformat(),
            last_dose=last.isoformat(),
        )


def _done(name: str, on: date, read: tuple[Read, ...], rules: RulesOn) -> Iterator[Reason]:
    """Opioids of an operation seldom stand on the drug list."""
    since = rules.as_of - timedelta(days=rules.days("operation-recent", "looked_back"))
    if since <= on <= rules.as_of:
        yield rules.reason("operation-recent", read, recorded=name)
