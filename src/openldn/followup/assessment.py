"""What takes a longer look than day by day: the response, gaps, tests, operations.

Rules read here: followup/no-response, lowest-dose, worse-after-rise, stop-trial, restart-after-gap,
overdue-test, thyroid-signs; plan/judge-response, screening/operation-soon.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from openldn.knowledge.effect_schema import Complaint
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.plan.changes import Move
from openldn.plan.course import DueKind
from openldn.plan.revision import planned_rises, rises_of
from openldn.plan.steps import Plan
from openldn.record.diary import Diary, Entry, Taken
from openldn.record.results import TestResult
from openldn.screening.verdict import Read


class Response(Enum):
    """Whether it helps."""

    TOO_EARLY = "too early"
    WORSE = "worse since the last rise"
    WORKS = "works"
    WELL = "works, for half a year"
    FAILED = "no response"
    UNKNOWN = "cannot be told"


class Gap(Enum):
    """How long no dose was taken."""

    SHORT = "at most 14 days"
    LONG = "more than 14 days"
    UNKNOWN = "more than 14 days without a recorded dose"


class Operation(Enum):
    """Where an operation stands."""

    NONE = "none"
    AHEAD = "ahead, beyond which the plan goes on"
    AGREED = "ahead, and the plan ends before"
    NEAR = "within days, or past"


class Block(Enum):
    """What stops a rise and can be settled."""

    TEST = "a test is overdue"
    DATES = "entries of days to come"
    OVERRIDE = "an override has ended"


class Assessment(NamedTuple):
    """The longer look, in a few words; what it rests on is in `Grounds`."""

    response: Response = Response.TOO_EARLY
    gap: Gap = Gap.SHORT
    operation: Operation = Operation.NONE
    blocks: frozenset[Block] = frozenset()
    rise_planned: bool = False
    """Whether the plan goes up on the next day unless a review says no."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What each word of an assessment rests on, in words; and the days that follow from it."""

    response: str = ""
    gap: str = ""
    tests: str = ""
    dates: str = ""
    override: str = ""
    operation: str = ""
    last_dose: date | None = None
    """The last day before an operation on which a dose may be taken."""
    read: tuple[Read, ...] = ()


def assess(
    plan: Plan, diary: Diary, knowledge: Knowledge, *, closed: date, as_of: date
) -> tuple[Assessment, Grounds]:
    """The longer look at a diary.

    Args:
        plan: what is followed.
        diary: entries after `as_of` are not read, only reported.
        knowledge: the rules.
        closed: the last day that is looked at as a whole.
        as_of: the day of the review.
    """
    known = diary.until(as_of)
    response, why, read = _response(plan, known, knowledge, closed, as_of)
    gap, gap_why = _gap(plan, known, knowledge, closed, as_of)
    operation, operation_why, last_dose = _operation(plan, known, knowledge, closed, as_of)
    tests = "; ".join(_owed(plan, known, knowledge, as_of))
    ahead = [e for e in diary.entries if e.day > as_of]
    ended = [
        f"{r.rule.id}, until {r.set_aside.until}"
        for r in plan.verdict.reasons
        if r.set_aside and r.set_aside.until < as_of
    ]
    blocks = {Block.TEST: tests, Block.DATES: ahead, Block.OVERRIDE: ended}
    return (
        Assessment(
            response,
            gap,
            operation,
            frozenset(b for b, found in blocks.items() if found),
            closed + timedelta(days=1) in planned_rises(plan),
        ),
        Grounds(
            response=why,
            gap=gap_why,
            tests=tests,
            dates=", ".join(f"{e.day} ({e.where})" for e in ahead),
            override="; ".join(ended),
            operation=operation_why,
            last_dose=last_dose,
            read=read,
        ),
    )


def judged_from(plan: Plan, closed: date) -> date:
    """The day of the last upward change so far."""
    return max((d for d in rises_of(plan) if d <= closed), default=plan.began)


def _response(
    plan: Plan, diary: Diary, knowledge: Knowledge, closed: date, as_of: date
) -> tuple[Response, str, tuple[Read, ...]]:
    since = judged_from(plan, closed)
    days = (closed - since).days + 1
    to_judge = 7 * knowledge.rule("plan/judge-response").whole("after", as_of)
    worse = _worse(plan, diary, knowledge, since, closed, as_of)
    if worse:  # found within weeks of a rise only, long before the response is judged
        return Response.WORSE, *worse
    works, why, read = _works(plan, diary, knowledge, closed, as_of)
    if days < knowledge.rule("followup/lowest-dose").whole("after", as_of):
        return Response.TOO_EARLY, f"day {days} at this dose", ()
    if works:
        half_a_year = 7 * knowledge.rule("followup/stop-trial").whole("after", as_of)
        well = (closed - plan.began).days + 1 >= half_a_year and days >= to_judge
        return Response.WELL if well else Response.WORKS, why, read
    if days < to_judge:
        return Response.TOO_EARLY, f"day {days} of {to_judge} since {since}", read
    if works is None:
        return Response.UNKNOWN, why, read
    return Response.FAILED, f"{why}, {days} days after the last rise on {since}", read


def _works(
    plan: Plan, diary: Diary, knowledge: Knowledge, closed: date, as_of: date
) -> tuple[bool | None, str, tuple[Read, ...]]:
    """Whether symptoms fell by as much as counts, or the patient says so; None: cannot be told."""
    rule = knowledge.rule("followup/no-response")
    window = timedelta(days=rule.whole("window", as_of) - 1)
    recent = list(diary.between(max(closed - window, plan.began), closed))
    said = [e for e in recent if e.pgic is not None]
    if said and said[-1].pgic is not None:
        grade, by = said[-1].pgic, (Read(said[-1].where, f"global change {said[-1].pgic} of 7"),)
        works = grade <= rule.whole("responder", as_of)
        return works, f"global change {grade} of 7 on {said[-1].day}", by
    before, now = _baseline(plan, diary, rule, as_of), _mean(recent, rule.whole("least", as_of))
    if before is None or now is None:
        missing = "from before the start" if before is None else "of the last two weeks"
        return None, f"too few symptom scores {missing}", ()
    floor = rule.number("floor", as_of)
    if before < floor:
        return None, f"symptoms of {_about(before)} at the start are too low to judge by percent", ()
    fall = (before - now) / before * 100
    read = (Read("symptoms", f"mean {_about(before)} at the start, {_about(now)} over the last two weeks"),)
    return fall >= rule.number("fall", as_of), f"symptoms {_fallen(fall)} since the start", read


def _fallen(percent: Fraction) -> str:
    if percent == 0:
        return "unchanged"
    return f"{'down' if percent > 0 else 'up'} by {_about(abs(percent))} %"


def _about(value: Fraction) -> str:
    """A mean for a reader, with one decimal; nothing is decided by it."""
    return f"{float(value):.1f}"


def _baseline(plan: Plan, diary: Diary, rule: Rule, as_of: date) -> Fraction | None:
    """The mean of the days before the first dose; where none were filled in, of the first days with it."""
    days = timedelta(days=rule.whole("baseline", as_of))
    before = list(diary.between(plan.began - days, plan.began - timedelta(days=1)))
    found = _mean(before, 1)
    return found if found is not None else _mean(list(diary.between(plan.began, plan.began + days)), 1)


def _mean(entries: Sequence[Entry], least: int) -> Fraction | None:
    given = [e.symptoms for e in entries if e.symptoms is not None]
    return Fraction(sum(given), len(given)) if len(given) >= least else None


def _worse(
    plan: Plan, diary: Diary, knowledge: Knowledge, since: date, closed: date, as_of: date
) -> tuple[str, tuple[Read, ...]] | None:
    """Whether symptoms are higher than in the week before the last rise."""
    rule = knowledge.rule("followup/worse-after-rise")
    window, least = timedelta(days=rule.whole("window", as_of)), rule.whole("least", as_of)
    if since == plan.began or (closed - since).days + 1 > rule.whole("within", as_of):
        return None
    before = _mean(list(diary.between(since - window, since - timedelta(days=1))), least)
    now = _mean(list(diary.between(max(closed - window + timedelta(days=1), since), closed)), least)
    if before is None or now is None:
        return None
    up = now - before
    if up < rule.number("points", as_of) or up * 100 < before * rule.number("percent", as_of):
        return None
    words = f"symptoms from {_about(before)} to {_about(now)} since the rise on {since}"
    return words, (Read("symptoms", words),)


def _gap(plan: Plan, diary: Diary, knowledge: Knowledge, closed: date, as_of: date) -> tuple[Gap, str]:
    """Days without a recorded dose up to `closed`; a restart begins anew."""
    longest = knowledge.rule("followup/restart-after-gap").whole("longest", as_of)
    restarts = [c.on for c in plan.changes if c.move is Move.RESTART and c.on <= closed + timedelta(days=1)]
    first = max([plan.began, *restarts])
    day, missed = closed, True
    while day >= first:
        taken = {e.taken for e in diary.on(day)}
        if taken & {Taken.YES, Taken.LATE}:
            break
        missed = missed and taken == {Taken.MISSED}
        day -= timedelta(days=1)
    days = (closed - day).days
    if days <= longest:
        return Gap.SHORT, ""
    words = f"no dose for {days} days" if missed else f"no dose recorded for {days} days"
    return (Gap.LONG if missed else Gap.UNKNOWN), words


def _operation(
    plan: Plan, diary: Diary, knowledge: Knowledge, closed: date, as_of: date
) -> tuple[Operation, str, date | None]:
    """The operation of which the newest entry speaks, unless the plan began after it; else the plan's own."""
    told = [e for e in diary.entries if e.operation or e.no_operation]
    on = told[-1].operation if told else None
    if on is not None and on >= plan.began:
        stop = timedelta(days=knowledge.rule("screening/operation-soon").whole("stop_before", as_of))
        last_dose, words = on - stop - timedelta(days=1), f"an operation on {on}"
    else:
        signed = [g for g in plan.limiters if g.limit.last_day]
        if not signed:
            return Operation.NONE, "", None
        first = min(signed, key=lambda g: g.limit.last_day or date.max)
        last_dose, words = first.limit.last_day or date.max, first.said
    if closed >= last_dose:
        return Operation.NEAR, words, last_dose
    return (Operation.AGREED if plan.ends <= last_dose else Operation.AHEAD), words, last_dose


def _owed(plan: Plan, diary: Diary, knowledge: Knowledge, as_of: date) -> Iterator[str]:
    """Tests whose day is past without a result of every measure they ask for."""
    early = timedelta(days=knowledge.rule("followup/overdue-test").whole("early", as_of))
    results = [r for e in diary.entries for r in e.results]
    for due in plan.course.due:
        if due.kind is not DueKind.TEST or due.on >= as_of:
            continue
        missing = _without(knowledge.rule(due.rule), results, due.on - early, knowledge)
        if missing:
            yield f"{due.what}, due on {due.on} (without a result: {', '.join(missing)})"
    thyroid = knowledge.rule("followup/thyroid-signs")
    since = (e for e in diary.entries if e.day >= plan.began)
    told = [e for e in since if any(f.grade and f.taken_for is Complaint.THYROID for f in e.effects or ())]
    if told:
        missing = _without(thyroid, results, told[-1].day, knowledge)
        if missing:
            yield f"TSH and fT4 after the signs of {told[-1].day} (without a result: {', '.join(missing)})"


def _without(rule: Rule, results: Sequence[TestResult], since: date, knowledge: Knowledge) -> list[str]:
    """The measures of a rule without a result since a day."""
    there = {r.measure for r in results if r.taken and r.taken >= since}
    return [knowledge.measures[m].name for m in rule.measures if m not in there]
