"""The ladder: start low, go up in steps that the product in hand measures exactly, then judge.

Rules read here: plan/ladder-standard, plan/dose-band-ldn, plan/judge-response, plan/standing-stop-rules,
plan/first-dose-check, plan/verdict-expiry.
"""

from __future__ import annotations

from datetime import date, timedelta

from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.rounding import Product, measure
from openldn.plan.steps import Plan, Slot, Step
from openldn.quantities import Dose
from openldn.screening.verdict import Allowed

_RULES = (
    "plan/ladder-standard",
    "plan/dose-band-ldn",
    "plan/judge-response",
    "plan/standing-stop-rules",
    "plan/first-dose-check",
    "plan/verdict-expiry",
)


class CannotPlan(ValueError):
    """A plan that may not be made; says what would have worked."""


def titrate(
    verdict: Allowed,
    product: Product,
    knowledge: Knowledge,
    *,
    starts: date,
    as_of: date,
    slot: Slot = Slot.NIGHT,
) -> Plan:
    """Plan the standard ladder for a patient who may have LDN.

    Args:
        verdict: suitable or caution, for LDN; the type takes no other.
        product: what is in hand; every step has to be measurable in it.
        knowledge: the rules.
        starts: the day of the first dose, at most 30 days after `as_of`.
        as_of: the day of planning; the verdict may be at most 30 days old.
        slot: the part of the day, the same every day.

    Raises:
        CannotPlan: verdict for another therapy or too old, a start before or too long after `as_of`, or
            a limit of the screening that the ladder would pass.
        CannotMeasure: a step that the product cannot measure.

    Source: facts/clinical.md B1 and B2; decisions "Verdicts" and "Follow-up".
    """
    _refuse_bad_days(verdict, knowledge, starts, as_of)
    ladder = knowledge.rule("plan/ladder-standard")
    band = knowledge.rule("plan/dose-band-ldn")
    doses, interval = ladder.doses("steps", as_of), ladder.whole("interval", as_of)
    (lowest,), (highest,) = band.doses("lowest", as_of), band.doses("highest", as_of)
    outside = [dose for dose in doses if not lowest <= dose <= highest]
    if outside:
        raise CannotPlan(f"{outside[0]} lies outside {lowest} to {highest} a day")
    _refuse_beyond_limits(verdict, doses, interval)
    weeks = knowledge.rule("plan/judge-response").whole("after", as_of)
    at_target = weeks * 7
    lengths = [interval] * (len(doses) - 1) + [at_target]
    steps = []
    day = starts
    for dose, days in zip(doses, lengths, strict=True):
        steps.append(Step(day, days, dose, measure(dose, product)))
        day += timedelta(days=days)
    check = knowledge.rule("plan/first-dose-check").words("questions", as_of) if starts > as_of else ()
    return Plan(
        verdict=verdict,
        product=product,
        slot=slot,
        steps=tuple(steps),
        judge_on=steps[-1].starts + timedelta(days=at_target),
        stop_signs=knowledge.rule("plan/standing-stop-rules").words("signs", as_of),
        first_dose_check=check,
        rules=_RULES,
    )


def _refuse_beyond_limits(verdict: Allowed, doses: tuple[Dose, ...], interval: int) -> None:
    """The standard ladder may not pass a limit of the screening; a lower ladder is not planned yet."""
    for reason in verdict.reasons:
        limit = reason.limit
        if limit is None:
            continue
        wanted = [
            f"only {limit.only} a day, without a ladder" if limit.only else "",
            f"start at {limit.start} or below" if limit.start and doses[0] > limit.start else "",
            f"at most {limit.ceiling} a day" if limit.ceiling and max(doses) > limit.ceiling else "",
            f"steps of at least {limit.interval} days"
            if limit.interval and interval < limit.interval
            else "",
        ]
        if any(wanted):
            raise CannotPlan(
                f"the standard ladder passes a limit of {reason.rule.id}: {', '.join(filter(None, wanted))}. "
                "This version plans no other ladder"
            )


def _refuse_bad_days(verdict: Allowed, knowledge: Knowledge, starts: date, as_of: date) -> None:
    if not verdict.allows_plan:
        raise CannotPlan(f"the verdict is {verdict.word!r}: no plan")
    if verdict.therapy is not Therapy.LDN:
        raise CannotPlan(f"the verdict is for {verdict.therapy.upper()}: screen for LDN first")
    limit = knowledge.rule("plan/verdict-expiry").whole("max_age", as_of)
    age = (as_of - verdict.as_of).days
    if not 0 <= age <= limit:
        raise CannotPlan(
            f"the verdict of {verdict.as_of} is {age} days old (0 to {limit} allowed): screen again"
        )
    ends = [r.set_aside.until for r in verdict.reasons if r.set_aside and r.set_aside.until < starts]
    if ends:
        raise CannotPlan(
            f"an override that the verdict rests on ends on {min(ends)}, before the start {starts}"
        )
    delay = knowledge.rule("plan/first-dose-check").whole("max_delay", as_of)
    if starts < as_of:
        raise CannotPlan(f"the start {starts} lies before the day of planning {as_of}")
    if (starts - as_of).days > delay:
        last = as_of + timedelta(days=delay)
        raise CannotPlan(f"the start {starts} lies more than {delay} days after {as_of}: start by {last}")
