"""Limits walk a ladder down, one after the other: each may only tighten, and leaves its reason.

Nothing here can loosen: no order of limiters gives more on any day (tests/property/test_limits.py).

Rules read here: plan/dose-band-ldn, plan/ceiling-override, and the limits that screening rules carry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import TypeAlias

from openldn.knowledge.load import Knowledge
from openldn.plan.ladders import CannotPlan, Ladder, Profile, Rung
from openldn.quantities import Dose
from openldn.screening.verdict import Allowed, Limit

Bound: TypeAlias = Dose | int | date


@dataclass(frozen=True, slots=True)
class Limiter:
    """A limit with the rule it comes from and what that says; `until` where it was signed for a time."""

    rule: str
    said: str
    limit: Limit
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Bite:
    """A limit that changed the ladder: what was asked for, and what is left of it."""

    limiter: Limiter
    kind: str
    was: Bound
    now: Bound


@dataclass(frozen=True, slots=True)
class SignedCeiling:
    """A prescriber signs for a ceiling of the dose a day, above or below the usual one."""

    ceiling: Dose
    by: str
    reason: str
    until: date


def limiters(
    verdict: Allowed, signed: SignedCeiling | None, knowledge: Knowledge, *, starts: date, as_of: date
) -> tuple[Limiter, ...]:
    """All limits of this patient: the band, the prescriber's, and those of the screening.

    Raises:
        CannotPlan: a ceiling that nobody may sign, without a name or reason, or that has ended.
    """
    band = knowledge.rule("plan/dose-band-ldn")
    (highest,) = band.doses("highest", as_of)
    found = [Limiter(band.id, f"low dose naltrexone is at most {highest} a day", Limit(ceiling=highest))]
    if signed is not None:
        found = [_signed(signed, knowledge, starts, as_of)]
        if signed.ceiling < highest:
            found.insert(0, Limiter(band.id, f"at most {highest} a day", Limit(ceiling=highest)))
    found += [Limiter(r.rule.id, r.worded(), r.limit) for r in verdict.reasons if r.limit]
    return tuple(found)


def _signed(signed: SignedCeiling, knowledge: Knowledge, starts: date, as_of: date) -> Limiter:
    rule = knowledge.rule("plan/ceiling-override")
    (most,) = rule.doses("highest", as_of)
    if signed.ceiling > most:
        raise CannotPlan(f"a ceiling of {signed.ceiling} a day: nobody may sign for more than {most}")
    if not signed.by.strip() or not signed.reason.strip():
        raise CannotPlan("a ceiling needs the prescriber's name and a reason")
    if signed.until < starts:
        raise CannotPlan(f"the ceiling's signature ended on {signed.until}, before the start {starts}")
    said = f"{signed.by} signed for at most {signed.ceiling} a day until {signed.until}: {signed.reason}"
    return Limiter(rule.id, said, Limit(ceiling=signed.ceiling), signed.until)


def limited(profile: Profile, given: tuple[Limiter, ...]) -> tuple[Ladder, tuple[Bite, ...]]:
    """The ladder after all limits, and what each of them changed.

    Raises:
        CannotPlan: a limit that this ladder cannot be brought under; says what would.
    """
    ladder, bites = profile.ladder, list[Bite]()
    for limiter in given:
        for narrowed, bite in _each(ladder, limiter, profile):
            ladder = narrowed
            bites.append(bite)
    return ladder, tuple(bites)


def _each(ladder: Ladder, limiter: Limiter, profile: Profile) -> Iterator[tuple[Ladder, Bite]]:
    limit = limiter.limit
    if limit.only is not None and (len(ladder) > 1 or not profile.by_weight):
        raise CannotPlan(
            f"profile {profile.name!r}: {limiter.rule} allows only {limit.only} a day, by weight and without "
            "a ladder: choose profile 'crohns-child'"
        )
    highest = max(r.dose for r in ladder)
    if limit.ceiling is not None and highest > limit.ceiling:
        ladder = _under(ladder, limit.ceiling)
        yield ladder, Bite(limiter, "ceiling", highest, limit.ceiling)
    first = ladder[0].dose
    if limit.start is not None and first > limit.start:
        ladder = _from(ladder, limit.start, limiter, profile)
        yield ladder, Bite(limiter, "start", first, limit.start)
    fastest = min((r.days for r in ladder[:-1] if r.days), default=None)
    if limit.interval is not None and fastest is not None and fastest < limit.interval:
        ladder = tuple(_slowed(ladder, limit.interval))
        yield ladder, Bite(limiter, "interval", fastest, limit.interval)


def _under(ladder: Ladder, ceiling: Dose) -> Ladder:
    """Each dose at most the ceiling; steps that have become alike are one."""
    found: list[Rung] = []
    for rung in (replace(r, dose=min(r.dose, ceiling)) for r in ladder):
        if found and found[-1].dose == rung.dose:
            before = found.pop().days
            days = None if rung.days is None or before is None else before + rung.days
            found.append(replace(rung, days=days))
        else:
            found.append(rung)
    return tuple(found)


def _from(ladder: Ladder, start: Dose, limiter: Limiter, profile: Profile) -> Ladder:
    """A first step at the start limit, where the next one is then no further up than the ladder's own."""
    rises = [b.dose.base - a.dose.base for a, b in pairwise(ladder)]
    days = next((r.days for r in ladder if r.days is not None), None)
    if days is None or ladder[0].dose.base - start.base > max(rises, default=0):
        raise CannotPlan(
            f"profile {profile.name!r} starts at {ladder[0].dose}, and {limiter.rule} allows a start at "
            f"{start}: choose one that starts there, like 'sensitive'"
        )
    return (Rung(start, days), *ladder)


def _slowed(ladder: Ladder, interval: int) -> Iterator[Rung]:
    for n, rung in enumerate(ladder):
        last = n == len(ladder) - 1
        yield rung if last or rung.days is None else replace(rung, days=max(rung.days, interval))
