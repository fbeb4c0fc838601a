"""Taper an opioid: the course, the days on which it is taken, what has to be dispensed.

`schedule` is arithmetic on what somebody typed; `taper` is a plan, and takes only a verdict that allows one.
A pause repeats the dose in force and moves what follows; nothing here ever goes up.

Rules read here: plan/taper-rate, plan/taper-basis, plan/taper-step, plan/taper-end, plan/verdict-expiry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from typing import Final

from openldn.knowledge.drug_schema import Drug
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.identity import code_of
from openldn.plan.ladders import CannotPlan
from openldn.plan.titration import refuse_stale
from openldn.plan.weaning.changes import Change
from openldn.plan.weaning.course import Course, Problem, Stuck, best_course
from openldn.plan.weaning.days import DayDose, days_up_to
from openldn.plan.weaning.targets import Basis
from openldn.quantities import Dose, DoseRate
from openldn.screening.verdict import Allowed

_LONGEST: Final = 366 * 10
"""Days; a taper that takes longer is no plan."""


class Piece(StrEnum):
    """What is taken of an opioid."""

    IMMEDIATE = "immediate release"
    EXTENDED = "extended release"
    LIQUID = "liquid"
    PATCH = "patch"

    def text(self, base: int) -> str:
        """A dose of it, or the rate of patches, as it is written."""
        return DoseRate(base).text("microgram per hour") if self is Piece.PATCH else Dose(base).text("mg")


_DOSES_A_DAY: Final = {Piece.IMMEDIATE: 4, Piece.EXTENDED: 2, Piece.LIQUID: 4, Piece.PATCH: 1}
"""Every 6 and every 12 hours, unless the prescriber says otherwise; patches are worn together."""
REVIEW_WITHIN: Final = timedelta(days=31)
"""CDC 2022 asks for a follow-up at least monthly."""
WEAR: Final = {"fentanyl": 3, "buprenorphine": 7}
"""Days for which a patch is worn: the day of change stays a multiple."""


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """One thing that the pharmacy has: a piece that is never split, or the least step of a liquid.

    `amount` is nanograms, for patches nanograms an hour.
    """

    amount: int
    piece: Piece
    text: str


class Phase(StrEnum):
    """Which rule a step follows."""

    START = "start"
    TAPER = "taper"
    END = "end rule"


@dataclass(frozen=True, slots=True)
class Step:
    """A daily dose from one day to another, both included. `every` 2: every other day."""

    starts: date
    ends: date
    day: DayDose
    phase: Phase
    target: Fraction | None = None
    every: int = 1

    @property
    def days(self) -> int:
        """How many days."""
        return (self.ends - self.starts).days + 1

    @property
    def ends_after(self) -> date:
        """The first day that is no longer part of it."""
        return self.ends + timedelta(days=1)

    @property
    def last_dose(self) -> date:
        """The last day on which any is taken."""
        return self.starts + timedelta(days=(self.days - 1) // self.every * self.every)

    @property
    def days_taken(self) -> int:
        """On how many of them something is taken."""
        return -(-self.days // self.every)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, complete: with it a schedule can be made again.

    `duration` is the days of use so far, None when nobody knows. `rate` and `interval` None: by the rule.
    `max_step` None: no limit, which a prescriber has to say. `floor` None: one smallest unit.
    """

    drug: Drug
    daily: int
    units: tuple[Unit, ...]
    starts: date
    duration: int | None = None
    rate: Fraction | None = None
    interval: int | None = None
    basis: Basis = Basis.HYBRID
    max_step: Fraction | None = None
    floor: int | None = None
    doses_a_day: int | None = None
    faster_by: str = ""
    """Who answers for more than the rule's rate."""

    @property
    def piece(self) -> Piece:
        """What is taken; a liquid beside tablets counts as tablets."""
        kinds = {u.piece for u in self.units}
        return next(p for p in (Piece.PATCH, Piece.EXTENDED, Piece.IMMEDIATE, Piece.LIQUID) if p in kinds)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, and why."""

    rate: Fraction
    interval: int
    why: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One more unit with which an end would be reached, and the floor that goes with it."""

    unit: Unit
    floor: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """The best course in days. `stuck`: it stops there, because a smaller unit is needed."""

    asked: Asked
    pace: Pace
    problem: Problem
    course: Course
    steps: tuple[Step, ...]
    stops: date | None
    """The first day without the opioid; None where it ends before that."""
    offer: Offer | None = None
    """With what it would not be stuck."""

    @property
    def stuck(self) -> Stuck | None:
        """Where it stops short."""
        return self.course.stuck

    @property
    def dispensed(self) -> Counter[int]:
        """Units by what they hold, over all days; a patch counts each time it is changed."""
        found: Counter[int] = Counter()
        wear = WEAR.get(self.asked.drug.name, 1) if self.asked.piece is Piece.PATCH else 1
        for step in self.steps:
            for unit, n in step.day.dispensed().items():
                found[unit] += n * -(-step.days_taken // wear)
        return found

    @property
    def doses(self) -> tuple[Step, ...]:
        """The steps, those of the same dose as one: what is taken, without the intervals it was made of."""
        found: list[Step] = []
        for step in self.steps:
            if found and (found[-1].day, found[-1].every) == (step.day, step.every):
                found[-1] = replace(found[-1], ends=step.ends)
            else:
                found.append(step)
        return tuple(found)

    @property
    def above_target(self) -> Fraction:
        """Nanogram-days above the course aimed at, before the end rule."""
        return self.course.above_target(self.problem) * self.pace.interval

    @property
    def changes(self) -> int:
        """How often the dose changes."""
        return sum(a.day.total != b.day.total or a.every != b.every for a, b in pairwise(self.steps))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all that the optimum depends on: the same asked for, the same answer."""
        p = self.problem
        told = (p.baseline, p.doses, p.rate, p.basis, p.switch, p.max_step, p.floor, self.pace.interval)
        return sha256(repr(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who helps on the way, and when the patient agreed to it; None: nobody has recorded it."""

    team: tuple[str, ...] = ()
    """Others than the prescriber, each with what they are to the patient."""
    agreed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Taper:
    """A schedule that somebody answers for, after a verdict that allows it."""

    verdict: Allowed
    schedule: Schedule
    prescriber: str
    review: date
    """The day of the first one."""
    agreement: Agreement = Agreement()
    changes: tuple[Change, ...] = ()
    """What was done so far, in the order of its days."""
    settled: date | None = None
    """Up to this day it is known what was taken: a diary that is corrected later does not change it."""

    @property
    def id(self) -> str:
        """The number of the plan: it stays while the taper is steered."""
        return code_of([self.schedule.fingerprint, self.schedule.asked.starts.isoformat(), self.prescriber])

    def review_on(self, day: date) -> date:
        """The review that was agreed on last, as known on a day."""
        return next((c.review for c in reversed(self.changes) if c.review and c.on <= day), self.review)


def taper(
    verdict: Allowed,
    asked: Asked,
    knowledge: Knowledge,
    *,
    prescriber: str,
    review: date,
    as_of: date,
    agreement: Agreement = Agreement(),
) -> Taper:
    """Plan a taper.

    Args:
        verdict: suitable or caution, for a taper.
        asked: what is tapered, and how.
        knowledge: rates and limits.
        prescriber: who prescribes the opioid, by name.
        review: the day on which it is looked at again, within a month of the beginning.
        as_of: the day of the decision.
        agreement: the team, and the patient's word.

    Raises:
        CannotPlan: nobody is named, the review is too late, or as `schedule`.

    Source: decisions "Taper"; facts/opioids.md 2.3, 2.4
    """
    if verdict.therapy is not Therapy.TAPER:
        raise CannotPlan(f"the verdict is for {verdict.therapy}, not for a taper")
    refuse_stale(verdict, knowledge, starts=asked.starts, as_of=as_of)
    if not prescriber.strip():
        raise CannotPlan("name who prescribes the opioid: no taper without a named opioid prescriber")
    latest = asked.starts + REVIEW_WITHIN
    if not as_of <= review <= latest:
        raise CannotPlan(f"the review has to lie between {as_of} and {latest}: at least monthly")
    if agreement.agreed_on is not None and agreement.agreed_on > as_of:
        raise CannotPlan(f"the patient cannot have agreed on {agreement.agreed_on}, after {as_of}")
    found = schedule(asked, knowledge, as_of=as_of)
    return Taper(verdict, found, prescriber.strip(), review, agreement)


def schedule(asked: Asked, knowledge: Knowledge, *, as_of: date) -> Schedule:
    """The best schedule for what is asked, nobody being screened.

    Raises:
        CannotPlan: units of several kinds, a dose that they do not make, a rate that is refused.
    """
    _check_units(asked)
    pace = pace_of(asked, knowledge, as_of=as_of)
    switch = knowledge.rule("plan/taper-basis").number("switch", as_of) / 100
    days = days_up_to(asked.daily, (u.amount for u in asked.units), _doses_a_day(asked))
    if asked.daily not in days:
        raise CannotPlan(_not_made(asked, days))
    floor = _floor(asked, days)
    problem = Problem(asked.daily, tuple(days), pace.rate, asked.basis, switch, asked.max_step, floor)
    course = best_course(problem)
    steps = tuple(_dated(course, problem, days, pace.interval, asked))
    if steps and (steps[-1].ends - asked.starts).days > _LONGEST:
        raise CannotPlan("this would take more than ten years: raise the rate or the floor")
    done = course.stuck is None
    stops = steps[-1].ends + timedelta(days=1) if done and asked.piece is not Piece.PATCH else None
    return Schedule(asked, pace, problem, course, steps, stops)


def with_offer(found: Schedule, candidates: Iterable[Unit], knowledge: Knowledge, *, as_of: date) -> Schedule:
    """The schedule with the first of the candidates that one would have to add so that it is not stuck."""
    if found.stuck is None:
        return found
    for unit in candidates:
        for times in range(_doses_a_day(found.asked), 0, -1):
            floor = unit.amount * times
            asked = replace(found.asked, units=(*found.asked.units, unit), floor=floor)
            if floor <= found.problem.floor and _has_an_end(asked, knowledge, as_of):
                return replace(found, offer=Offer(unit, floor))
    return found


def _has_an_end(asked: Asked, knowledge: Knowledge, as_of: date) -> bool:
    try:
        return schedule(asked, knowledge, as_of=as_of).stuck is None
    except CannotPlan:
        return False


def pace_of(asked: Asked, knowledge: Knowledge, *, as_of: date) -> Pace:
    """Rate and interval: those asked for, else those of the rule for so long a use.

    Raises:
        CannotPlan: faster than the rule allows.
    """
    rule = knowledge.rule("plan/taper-rate")

    def number(name: str) -> Fraction:
        return rule.number(name, as_of)

    long_use = asked.duration is None or asked.duration >= number("slow_from")
    kind = "slow" if long_use else "fast"
    if asked.duration is None:
        why = "how long it was used is not known"
    else:
        why = f"it was used for {asked.duration} days"
    rate = asked.rate if asked.rate is not None else number(f"{kind}_rate") / 100
    interval = asked.interval or int(number(f"{kind}_interval"))
    if not 0 < rate < 1 or interval < 1:
        raise CannotPlan("a rate lies above 0 and below 100 %, an interval is at least a day")
    if asked.piece is Piece.PATCH:
        wear = WEAR.get(asked.drug.name, 1)
        interval = -(-interval // wear) * wear
    weekly, fast = rate / interval, number("fast_rate") / 100 / number("fast_interval")
    warnings = []
    if weekly > fast:
        until = int(number("faster_until"))
        if asked.duration is None or asked.duration > until:
            known = "an unknown time" if asked.duration is None else f"{asked.duration} days"
            raise CannotPlan(
                f"faster than 10 % a week is refused after more than {until} days of use: {known}"
            )
        if not asked.faster_by:
            raise CannotPlan(
                "faster than 10 % a week: a prescriber has to answer for it by name (--faster-by)"
            )
        warnings.append(f"faster than CDC 2022, {asked.faster_by} answers for it")
    elif weekly > number(f"{kind}_rate") / 100 / number(f"{kind}_interval"):
        warnings.append("faster than 10 % a month, which is advised after long use")
    return Pace(rate, interval, why, tuple(warnings))


def _check_units(asked: Asked) -> None:
    kinds = {u.piece for u in asked.units}
    if not asked.units:
        raise CannotPlan("no unit: say which strengths the pharmacy has")
    if len(kinds) > 1 and kinds != {Piece.IMMEDIATE, Piece.LIQUID}:
        names = ", ".join(sorted(kinds))
        raise CannotPlan(f"one taper is of one kind of unit, not of {names}: plan one after the other")
    if asked.daily <= 0:
        raise CannotPlan("there is nothing to taper from")


def _doses_a_day(asked: Asked) -> int:
    return asked.doses_a_day or _DOSES_A_DAY[asked.piece]


def _not_made(asked: Asked, days: Iterable[int]) -> str:
    near = max((d for d in days if d), default=0)
    have = ", ".join(u.text for u in sorted(asked.units))
    return (
        f"the first dose cannot be made of {have} at {_doses_a_day(asked)} times a day, evenly spread; the "
        f"nearest below it that can is {near} ng. Say which strengths are taken now"
    )


def _floor(asked: Asked, days: Mapping[int, DayDose]) -> int:
    if asked.basis is Basis.BASELINE and asked.max_step is None and asked.floor is None:
        return 0
    floor = asked.floor if asked.floor is not None else min(u.amount for u in asked.units)
    if floor not in days:
        raise CannotPlan("the floor cannot be made of these units")
    if floor > asked.daily:
        raise CannotPlan("the floor lies above the first dose")
    # The end rule is exempt from the largest step, so it begins with the smallest unit alone: else a whole
    # dose could be left out at once.
    smallest = min(u.amount for u in asked.units)
    if any(dose != ((smallest, 1),) for dose in days[floor].doses):
        raise CannotPlan("the floor has to be the smallest unit, once or at several times of the day")
    return floor


def _dated(
    course: Course, problem: Problem, days: Mapping[int, DayDose], interval: int, asked: Asked
) -> Iterator[Step]:
    begins = asked.starts
    for n, (total, target) in enumerate(zip(course.doses, problem.targets(), strict=False)):
        if total:
            ends = begins + timedelta(days=interval - 1)
            yield Step(begins, ends, days[total], Phase.TAPER if n else Phase.START, target)
            begins = ends + timedelta(days=1)
    if course.stuck is not None or not problem.floor or asked.piece is Piece.PATCH:
        return
    day = days[problem.floor]
    for left in range(len(day.doses) - 1, 0, -1):
        fewer = day.doses[len(day.doses) - left :]
        total = sum(unit * n for dose in fewer for unit, n in dose)
        ends = begins + timedelta(days=interval - 1)
        yield Step(begins, ends, DayDose(total, fewer), Phase.END)
        begins = ends + timedelta(days=1)
    last = day.doses[-1:]
    total = sum(unit * n for dose in last for unit, n in dose)
    yield Step(begins, begins + timedelta(days=interval - 1), DayDose(total, last), Phase.END, every=2)
