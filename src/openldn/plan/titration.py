"""Start low, go up in steps that the product in hand measures exactly, under every limit; then judge.

Rules read here: plan/profile-*, plan/dose-band-ldn, plan/ceiling-override, plan/judge-response, plan/halving,
plan/standing-stop-rules, plan/first-dose-check, plan/verdict-expiry, plan/slot-times, plan/dose-interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.course import course_of
from openldn.plan.fitting import Fit, Stretch, fit
from openldn.plan.intervals import least_interval
from openldn.plan.ladders import CannotPlan, Ladder, Profile
from openldn.plan.limits import Bite, Limiter, SignedCeiling, limited, limiters
from openldn.plan.rounding import Liquid, Metered, Product, Solids, dose_of, measurable
from openldn.plan.steps import Plan, Step
from openldn.plan.stock import Article
from openldn.record.diary import Slot
from openldn.screening.verdict import Allowed, Limit

_RULES = (
    "plan/dose-band-ldn",
    "plan/judge-response",
    "plan/halving",
    "plan/standing-stop-rules",
    "plan/first-dose-check",
    "plan/verdict-expiry",
    "plan/slot-times",
    "plan/dose-interval",
)
_CLOCK_CHANGE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the prescriber asks for.

    `times` are the slots of a day with their clock times; empty: those of the rules, at night.
    """

    starts: date
    profile: Profile
    prescriber: str = ""
    signed: SignedCeiling | None = None
    times: tuple[tuple[Slot, time], ...] = ()
    replaces: str = ""


def titrate(
    verdict: Allowed,
    wanted: Wanted,
    article: Article,
    knowledge: Knowledge,
    *,
    as_of: date,
    patient: str = "",
    conditions: tuple[Condition, ...] = (),
) -> Plan:
    """Plan for a patient who may have LDN, in one product; whether it suits the patient `choose` decides.

    Args:
        verdict: suitable or caution, for LDN; the type takes no other.
        wanted: the start, at most 30 days after `as_of`; the profile; who prescribes; a signed ceiling.
        article: what is in hand; every step has to be measurable in it.
        knowledge: the rules.
        as_of: the day of planning; the verdict may be at most 30 days old.
        patient: an id, printed on the papers.
        conditions: those on the record; they call for tests.

    Raises:
        CannotPlan: verdict for another therapy or too old, a start before or too long after `as_of`, a
            dose outside the band, or a limit that the ladder cannot be brought under.
        CannotMeasure: a step that the product cannot measure.

    Source: facts/clinical.md B1, B2 and B5; decisions "Dose limits" and "Follow-up".
    """
    profile, starts = wanted.profile, wanted.starts
    _refuse_bad_days(verdict, knowledge, starts, as_of)
    if isinstance(article.product, Metered) and not wanted.prescriber.strip():
        raise CannotPlan(f"{article.formulation.title}: only by a prescriber who is named")
    if profile.by_weight and not wanted.prescriber.strip():
        raise CannotPlan(f"profile {profile.name!r}: only by a prescriber who is named")
    given = limiters(verdict, wanted.signed, knowledge, starts=starts, as_of=as_of)
    ladder, bites = limited(profile, given)
    _refuse_below_band(ladder, knowledge, as_of)
    if profile.by_weight:
        ladder, rounded = _measurable_in(ladder, article.product)
        bites += rounded
    times = wanted.times or _usual_times(profile.times_a_day, knowledge, as_of)
    least = least_interval(len(times), knowledge, as_of=as_of)
    _refuse_bad_times(times, profile, least)
    to_judge = timedelta(weeks=knowledge.rule("plan/judge-response").whole("after", as_of))
    stretches = tuple(stretches_of(ladder, starts, to_judge, len(times)))
    rises = _rises(stretches)
    stretches, cut = cut_short(stretches, given)
    refuse_beyond_signature(stretches, given, knowledge, as_of=as_of)
    fitted = fit(stretches, article, knowledge.rule("plan/halving").number("kept", as_of))
    steps = tuple(steps_of(stretches, fitted))
    return Plan(
        patient=patient,
        verdict=verdict,
        prescriber=wanted.prescriber.strip(),
        replaces=wanted.replaces,
        profile=profile,
        article=fitted.article,
        times=times,
        least=least,
        steps=steps,
        limiters=given,
        bites=(*bites, *cut, *_counted_lower(stretches, steps, fitted.article)),
        batches=fitted.batches,
        score=fitted.score,
        course=course_of(
            verdict,
            conditions,
            knowledge,
            rises=rises,
            ends=steps[-1].ends,
            judge_on=rises[-1] + to_judge,
            at_night={slot for slot, _ in times} == {Slot.NIGHT},
            as_of=as_of,
        ),
        stop_signs=knowledge.rule("plan/standing-stop-rules").words("signs", as_of),
        first_dose_check=_first_dose_check(starts, as_of, knowledge),
        rules=tuple(dict.fromkeys(((profile.rule.id,) if profile.rule else ()) + _RULES)),
        ladder=ladder,
        conditions=tuple(c.id for c in conditions),
        began=steps[0].starts,
    )


def _refuse_below_band(ladder: Ladder, knowledge: Knowledge, as_of: date) -> None:
    band = knowledge.rule("plan/dose-band-ldn")
    (lowest,), (highest,) = band.doses("lowest", as_of), band.doses("highest", as_of)
    (ultra_low,) = knowledge.rule("plan/dose-band-uldn").doses("dose", as_of)
    for rung in (r for r in ladder if r.dose < lowest):
        another = "an ultra-low dose, which is another therapy"
        where = another if rung.dose <= ultra_low * 2 else "a band that the guide does not describe"
        raise CannotPlan(band.text["en"].format(dose=rung.dose, lowest=lowest, highest=highest, band=where))


def refuse_beyond_signature(
    stretches: tuple[Stretch, ...], given: tuple[Limiter, ...], knowledge: Knowledge, *, as_of: date
) -> None:
    """Refuse a dose above the usual ceiling where no signature for it holds any more.

    Raises:
        CannotPlan: it is planned beyond the day until which was signed.
    """
    (usual,) = knowledge.rule("plan/dose-band-ldn").doses("highest", as_of)
    signed = next((g for g in given if g.until is not None), None)
    if signed is None or signed.until is None:
        return
    for stretch in stretches:
        last = stretch.starts + timedelta(days=stretch.days - 1)
        if stretch.dose * stretch.times_a_day > usual and last > signed.until:
            raise CannotPlan(
                f"the signature for {signed.limit.ceiling} ends on {signed.until}, and more than {usual} a "
                f"day is planned until {last}: sign until then"
            )


def _measurable_in(ladder: Ladder, product: Product) -> tuple[Ladder, tuple[Bite, ...]]:
    """A dose by weight becomes the nearest one at or below that can be measured."""
    (rung,) = ladder
    dose = measurable(rung.dose, product)
    if dose == rung.dose:
        return ladder, ()
    limiter = Limiter(measured_by(product), f"{product.name} measures {dose}", Limit(ceiling=dose))
    return (replace(rung, dose=dose),), (Bite(limiter, "ceiling", rung.dose, dose),)


def measured_by(product: Product) -> str:
    """The rule that says which doses a product can measure."""
    if isinstance(product, Liquid):
        return "dispensing/oral-syringes"
    return "dispensing/pieces-at-once" if isinstance(product, Solids) else f"plan/choice-{product.form}"


def _usual_times(times_a_day: int, knowledge: Knowledge, as_of: date) -> tuple[tuple[Slot, time], ...]:
    slots = (Slot.NIGHT,) if times_a_day == 1 else (Slot.MORNING, Slot.NIGHT)
    return tuple((slot, usual_time(slot, knowledge, as_of=as_of)) for slot in slots)


def usual_time(slot: Slot, knowledge: Knowledge, *, as_of: date) -> time:
    """The clock time of a slot, unless the prescriber says otherwise."""
    (text,) = knowledge.rule("plan/slot-times").words(slot, as_of)
    return time.fromisoformat(text)


def _refuse_bad_times(times: tuple[tuple[Slot, time], ...], profile: Profile, least: timedelta) -> None:
    if len(times) != profile.times_a_day:
        raise CannotPlan(
            f"profile {profile.name!r} is taken {profile.times_a_day} times a day, not {len(times)}"
        )
    at = [datetime.combine(date.min, t) for _, t in times]
    gaps = [b - a for a, b in zip(at, [*at[1:], at[0] + timedelta(days=1)], strict=True)]
    if min(gaps) - _CLOCK_CHANGE < least:
        hours = int((least + _CLOCK_CHANGE).total_seconds() // 3600)
        raise CannotPlan(
            f"the clock times lie too close: {hours} hours apart at least, in the order of the day"
        )


def stretches_of(ladder: Ladder, starts: date, to_judge: timedelta, times_a_day: int) -> Iterator[Stretch]:
    day = starts
    for rung in ladder:
        days = to_judge.days if rung.days is None else rung.days
        yield Stretch(day, days, rung.dose.scaled(Fraction(1, times_a_day)), times_a_day)
        day += timedelta(days=days)


def _rises(stretches: tuple[Stretch, ...]) -> tuple[date, ...]:
    """The first day, and the first day of every step up."""
    up = (b.starts for a, b in pairwise(stretches) if b.dose > a.dose)
    return (stretches[0].starts, *up)


def cut_short(
    stretches: tuple[Stretch, ...], given: tuple[Limiter, ...]
) -> tuple[tuple[Stretch, ...], tuple[Bite, ...]]:
    """No dose after the last day that a limit allows."""
    with_day = [g for g in given if g.limit.last_day is not None]
    if not with_day:
        return stretches, ()
    first = min(with_day, key=lambda g: g.limit.last_day or date.max)
    last_day = first.limit.last_day
    ends = stretches[-1].starts + timedelta(days=stretches[-1].days - 1)
    if last_day is None or last_day >= ends:
        return stretches, ()
    if last_day < stretches[0].starts:
        starts = stretches[0].starts
        raise CannotPlan(f"the last dose would be on {last_day}, before the start {starts}: {first.said}")
    kept = (s for s in stretches if s.starts <= last_day)
    cut = tuple(replace(s, days=min(s.days, (last_day - s.starts).days + 1)) for s in kept)
    return cut, (Bite(first, "last day", ends, last_day),)


def _counted_lower(
    stretches: tuple[Stretch, ...], steps: tuple[Step, ...], article: Article
) -> Iterator[Bite]:
    """Doses that drops or strokes only come near to."""
    for stretch, step in zip(stretches, steps, strict=True):
        if step.dose != stretch.dose:
            said = f"{article.product.name} counts {step.dose}"
            limiter = Limiter(measured_by(article.product), said, Limit(ceiling=step.dose))
            yield Bite(limiter, "count", stretch.dose, step.dose)


def steps_of(stretches: tuple[Stretch, ...], fitted: Fit) -> Iterator[Step]:
    product = fitted.article.product
    for stretch, measured, halved in zip(stretches, fitted.measured, fitted.halved, strict=True):
        yield Step(stretch.starts, stretch.days, dose_of(measured, product), measured, halved)


def _first_dose_check(starts: date, as_of: date, knowledge: Knowledge) -> tuple[str, ...]:
    return knowledge.rule("plan/first-dose-check").words("questions", as_of) if starts > as_of else ()


def _refuse_bad_days(verdict: Allowed, knowledge: Knowledge, starts: date, as_of: date) -> None:
    if verdict.therapy is not Therapy.LDN:
        raise CannotPlan(f"the verdict is for {verdict.therapy.upper()}: screen for LDN first")
    refuse_stale(verdict, knowledge, starts=starts, as_of=as_of)
    delay = knowledge.rule("plan/first-dose-check").whole("max_delay", as_of)
    if (starts - as_of).days > delay:
        last = as_of + timedelta(days=delay)
        raise CannotPlan(f"the start {starts} lies more than {delay} days after {as_of}: start by {last}")


def refuse_stale(verdict: Allowed, knowledge: Knowledge, *, starts: date, as_of: date) -> None:
    """Refuse to plan anything from a verdict that no longer holds, or for days that are past.

    Raises:
        CannotPlan: the verdict allows none, is too old, or rests on an override that ends; or the start is
            past.
    """
    if not verdict.allows_plan:
        raise CannotPlan(f"the verdict is {verdict.word!r}: no plan")
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
    if starts < as_of:
        raise CannotPlan(f"the start {starts} lies before the day of planning {as_of}")
