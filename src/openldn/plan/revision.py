"""A plan after a change: what is taken from a day on, measured with what was supplied.

Nothing is decided here: `followup` says which rung of the ladder, whole or halved, and from when.

Rules read here: plan/halving, plan/judge-response, plan/reviews, plan/slot-times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

from openldn.knowledge.load import Knowledge
from openldn.plan.changes import Change, Move
from openldn.plan.course import Course, Due, DueKind, course_of
from openldn.plan.fitting import Stretch, fit
from openldn.plan.limits import Limiter
from openldn.plan.rounding import measurable
from openldn.plan.steps import Plan
from openldn.plan.titration import cut_short, refuse_beyond_signature, steps_of, stretches_of, usual_time
from openldn.quantities import CannotMeasure, Dose
from openldn.record.diary import Slot

_AT_LEAST = timedelta(weeks=4)
"""A changed plan runs on for so long, even where the day of decision is near."""


@dataclass(frozen=True, slots=True)
class Onward:
    """What is taken from a day on.

    `rung` counts the doses of the ladder from 0; `halved` takes the nearest dose at or below half of it,
    or nothing where there is none; `climbs` goes on up the ladder. Without a rung nothing is taken.
    """

    rung: int | None
    halved: bool = False
    climbs: bool = False
    morning: bool = False


def dose_at(plan: Plan, rung: int) -> Dose:
    """What is taken at once on a rung of the plan's ladder."""
    return plan.ladder[rung].dose.scaled(Fraction(1, len(plan.times)))


def halved_at(plan: Plan, rung: int, knowledge: Knowledge, *, as_of: date) -> Dose | None:
    """The nearest dose at or below half of a rung's that the product in hand measures; None: none."""
    half = Dose(int(dose_at(plan, rung).base * _half(knowledge, as_of)))
    try:
        return measurable(half, plan.article.product)
    except CannotMeasure:
        return None


def _half(knowledge: Knowledge, as_of: date) -> Fraction:
    return knowledge.rule("plan/halving").number("kept", as_of)


def rises_of(plan: Plan) -> tuple[date, ...]:
    """The days from which a response is judged: the first dose, each rise, a restart."""
    changed = (c.on for c in plan.changes if c.move in (Move.RISE, Move.RESTART))
    return (plan.began, *changed, *planned_rises(plan))


def planned_rises(plan: Plan) -> Iterator[date]:
    """The first days of the steps that lead up."""
    return (after.starts for before, after in pairwise(plan.steps) if after.dose > before.dose)


def revised(
    plan: Plan,
    change: Change,
    onward: Onward,
    knowledge: Knowledge,
    *,
    as_of: date,
    last_day: Limiter | None = None,
) -> Plan:
    """The plan from the day of a change on; it says which plan it replaces.

    Args:
        plan: in force until the day before the change.
        change: from which day, by which rule, who signed; its dose is filled in here.
        onward: what is taken from then on.
        knowledge: the rules.
        as_of: the day of the review.
        last_day: a limit with the last day of the plan that has become known, as for an operation.

    Raises:
        CannotPlan: a dose above the usual ceiling beyond the day until which was signed for it.
        CannotMeasure: a dose of the ladder that the product in hand does not measure.
    """
    before = tuple(
        Change(day, Move.RISE, "followup/rise", dose=plan.step_on(day).dose)
        for day in planned_rises(plan)
        if day < change.on
    )
    given = (*plan.limiters, last_day) if last_day else plan.limiters
    moved = onward.morning and onward.rung is not None
    times = morning_of(knowledge, as_of=as_of) if moved else plan.times
    starts = first_day(plan, change.on, times)
    judged = change.on
    if change.move not in (Move.RISE, Move.RESTART):
        judged = max((d for d in rises_of(plan) if d < change.on), default=plan.began)
    to_judge = timedelta(weeks=knowledge.rule("plan/judge-response").whole("after", as_of))
    wanted = tuple(_stretches(plan, onward, starts, judged + to_judge, to_judge, knowledge, as_of))
    wanted = _until_last_day(wanted, given)
    refuse_beyond_signature(wanted, given, knowledge, as_of=as_of)
    fitted = fit(wanted, plan.article, _half(knowledge, as_of)) if wanted else None
    steps = tuple(steps_of(wanted, fitted)) if fitted else ()
    done = replace(change, dose=steps[0].dose if steps else None)
    changed = replace(
        plan,
        replaces=plan.id,
        times=times,
        steps=steps,
        limiters=given,
        batches=fitted.batches if fitted else (),
        score=fitted.score if fitted else plan.score,
        first_dose_check=(),
        rules=tuple(dict.fromkeys((*plan.rules, change.rule))),
        changes=(*(c for c in plan.changes if c.on <= change.on), *before, done),
    )
    judge_on = max(rises_of(changed)) + to_judge
    return replace(changed, course=_course(changed, done, judge_on, knowledge, as_of))


def morning_of(knowledge: Knowledge, *, as_of: date) -> tuple[tuple[Slot, time], ...]:
    """Once a day in the morning."""
    return ((Slot.MORNING, usual_time(Slot.MORNING, knowledge, as_of=as_of)),)


def first_day(plan: Plan, on: date, times: tuple[tuple[Slot, time], ...]) -> date:
    """The day of the first dose: one that would come too soon after the night's is skipped."""
    if times == plan.times:
        return on
    last = datetime.combine(on - timedelta(days=1), plan.times[-1][1])
    return on if datetime.combine(on, times[0][1]) - last >= plan.least else on + timedelta(days=1)


def _stretches(
    plan: Plan,
    onward: Onward,
    starts: date,
    judge_on: date,
    to_judge: timedelta,
    knowledge: Knowledge,
    as_of: date,
) -> Iterator[Stretch]:
    if onward.rung is None:
        return
    if onward.climbs:
        yield from stretches_of(plan.ladder[onward.rung :], starts, to_judge, len(plan.times))
        return
    halved = halved_at(plan, onward.rung, knowledge, as_of=as_of)
    dose = halved if onward.halved else dose_at(plan, onward.rung)
    if dose is not None:
        yield Stretch(starts, (max(judge_on, starts + _AT_LEAST) - starts).days, dose, len(plan.times))


def _until_last_day(wanted: tuple[Stretch, ...], given: tuple[Limiter, ...]) -> tuple[Stretch, ...]:
    """Nothing after the last day that a limit allows; nothing at all where that is past."""
    last = min((g.limit.last_day for g in given if g.limit.last_day), default=None)
    if wanted and last is not None and last < wanted[0].starts:
        return ()
    return cut_short(wanted, given)[0] if wanted else ()


def _course(plan: Plan, change: Change, judge_on: date, knowledge: Knowledge, as_of: date) -> Course:
    """What is due from now on; tests stay on the list, so that an overdue one is seen."""
    before = [g for g in plan.limiters if g.limit.last_day == plan.ends]
    course = course_of(
        plan.verdict,
        tuple(knowledge.conditions[c] for c in plan.conditions),
        knowledge,
        rises=rises_of(plan),
        ends=plan.ends if before or not plan.steps else max(plan.ends, judge_on - timedelta(days=1)),
        judge_on=judge_on,
        at_night={slot for slot, _ in plan.times} == {Slot.NIGHT},
        as_of=as_of,
    )
    due = [d for d in course.due if d.kind is DueKind.TEST or d.on >= change.on]
    again = change.on + timedelta(days=course.halved_days)
    if change.move in (Move.HALVE, Move.MORNING) and (again <= plan.ends or not plan.steps):
        due.append(Due(again, DueKind.REVIEW, "decide how to go on", change.rule))
    told = {d.rule for d in due if d.kind is DueKind.LAST_DOSE}
    due += [Due(plan.ends, DueKind.LAST_DOSE, g.said, g.rule) for g in before if g.rule not in told]
    return replace(course, due=tuple(sorted(due, key=lambda d: (d.on, d.rule))), sign_by=change.on)
