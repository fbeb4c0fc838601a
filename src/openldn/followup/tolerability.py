"""How the days so far were tolerated: a small state that each day moves on, and each change of the plan.

Everything that a proposal needs to remember of the days is in `Standing`, in whole numbers that end at
their limits. So its states can be counted, and `openldn prove` visits every one of them.

Rules read here: followup/recent-trouble, diary-holes, headache, flu-like, sleep-stays, second-failure,
spasticity; plan/halving.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from openldn.followup.signs import Day, Nausea, Sign
from openldn.plan.changes import Move

NIGHT: Final = -1
"""`morning` of someone who takes it at night."""


class Limits(NamedTuple):
    """How many days a rule waits, and how often it tries; from the rules, in whole numbers."""

    quiet: int
    """Days without trouble before more is taken."""
    filled: int
    """Days in a row that have to be filled in before more is taken."""
    headache: int
    flu_like: int
    reduced: int
    """Days for which a dose is halved."""
    morning: int
    """Days after the move to the morning until poor sleep counts again."""
    failures: int
    """Halvings that were tried before the lower dose is kept."""


class Rung(NamedTuple):
    """A dose of the ladder, as far as following it needs to know.

    `milder` is the rung to go back to and stay, None where there is none: the one before, in multiple
    sclerosis the highest below of at most 3 mg.
    """

    days: int
    """How long it is taken at least before a rise; 0: until the response is judged."""
    milder: int | None
    halvable: bool
    """Whether half of it can be measured with the product in hand; otherwise a reduction is a pause."""
    low: bool = False
    """Whether half of it is less than the first dose of the ladder."""


class Setting(NamedTuple):
    """What does not change while a plan is followed."""

    rungs: tuple[Rung, ...]
    limits: Limits
    once_at_night: bool
    """Whether it is taken once a day at night when the plan begins."""
    chronic_fatigue: bool


class Phase(IntEnum):
    """Where a patient stands."""

    TAKING = 0
    REDUCED = 1
    OVER = 2


class Standing(NamedTuple):
    """What the days so far leave behind.

    `rung` is the dose of the ladder; while reduced the one that was reduced. `due` counts the days at it
    that still have to be taken before a rise, while reduced the days of the reduction. `wait` counts the
    days in a row that still have to be filled in without trouble. `sign` is what the last day said that
    was filled in. `morning` counts the days after the move to the morning down to 0. `halvings` are those
    at this rung. `stays`: no rise any more.
    """

    phase: Phase
    rung: int
    due: int
    wait: int
    sign: Sign
    morning: int
    halvings: int
    stays: bool


def at_start(setting: Setting) -> Standing:
    """Before the first day."""
    days = setting.rungs[0].days
    morning = NIGHT if setting.once_at_night else 0
    return Standing(Phase.TAKING, 0, days, min(days, setting.limits.filled), Sign.NONE, morning, 0, False)


def after_day(standing: Standing, day: Day, setting: Setting) -> Standing:
    """The state after one more day."""
    if standing.phase is Phase.OVER or day.sign.stops:
        return _over(standing, day.sign)
    morning = standing.morning - 1 if standing.morning > 0 else standing.morning
    sign = _foremost(standing, day, morning)
    asked = _wait_after(sign, day, setting)
    wait = max(standing.wait, asked) if asked else max(standing.wait - 1, 0)
    return standing._replace(
        due=_due(standing, day),
        wait=wait,
        sign=_remembered(standing, sign, wait),
        morning=morning,
    )


def _over(standing: Standing, sign: Sign) -> Standing:
    """Nothing is taken any more; of several reasons the gravest stays."""
    before = standing.sign if standing.phase is Phase.OVER else Sign.NONE
    return Standing(Phase.OVER, 0, 0, 0, min(before, sign), 0, 0, False)


def _foremost(standing: Standing, day: Day, morning: int) -> Sign:
    """The gravest sign of a day, poor sleep and nausea weighed by the days before."""
    found = [day.sign]
    if day.sleep:
        found.append(Sign.SLEEP_STAYS if morning == 0 else Sign.SLEEP)
    if day.nausea:
        again = standing.sign in (Sign.NAUSEA, Sign.NAUSEA_STAYS)
        severe = day.nausea is Nausea.SEVERE
        found.append(Sign.NAUSEA_STAYS if again or severe else Sign.NAUSEA)
    return min(found)


def _wait_after(sign: Sign, day: Day, setting: Setting) -> int:
    """How many good days have to follow this one before more is taken."""
    limits = setting.limits
    if day.flu_like:
        return limits.flu_like
    if sign.troubles or day.sleep or day.nausea:
        return limits.quiet
    waits = {
        Sign.HOLE: limits.filled,
        Sign.NEW_MEDICINE: limits.filled,
        Sign.MORE_TAKEN: limits.quiet,
        Sign.MILDLY_WORSE: limits.quiet,
        Sign.HEADACHE: limits.headache,
    }
    return waits.get(sign, 0)


def _due(standing: Standing, day: Day) -> int:
    """A rise needs days on which the dose was taken; a reduction only runs."""
    counts = standing.phase is Phase.REDUCED or day.taken
    return max(standing.due - counts, 0)


def _remembered(standing: Standing, sign: Sign, wait: int) -> Sign:
    """What is remembered of the day: a hole leaves the last trouble standing, a good day makes it past."""
    before = standing.sign
    if sign is Sign.HOLE:
        return before if before.troubles else Sign.HOLE
    if sign is not Sign.NONE:
        return sign
    bowel = before in (Sign.BOWEL, Sign.PAST_BOWEL)
    if bowel and (wait or standing.phase is Phase.REDUCED):
        return Sign.PAST_BOWEL
    return Sign.PAST if wait and before not in (Sign.NONE, Sign.HOLE) else Sign.NONE


def after_change(standing: Standing, move: Move, setting: Setting) -> Standing:
    """The state after a change of the plan; one that changes nothing leaves it as it is."""
    limits, rung = setting.limits, standing.rung
    if standing.phase is Phase.OVER:
        return standing
    if move in (Move.STOP, Move.WAIT, Move.END):
        return _over(standing, Sign.ENDED)
    if move is Move.RISE and rung + 1 < len(setting.rungs):
        return _at(standing, rung + 1, setting)._replace(halvings=0)
    if move is Move.RETURN:
        return _at(standing, rung, setting)
    if move is Move.RESTART:
        # never more than before the gap
        lower = standing.phase is Phase.REDUCED and (rung == 0 or setting.rungs[rung].low)
        return standing if lower else _at(standing, 0, setting)._replace(halvings=0)
    past = Sign.PAST_BOWEL if standing.sign in (Sign.BOWEL, Sign.PAST_BOWEL) else Sign.PAST
    settled = standing._replace(sign=past if standing.wait else Sign.NONE)
    if move is Move.HALVE:
        halvings = min(standing.halvings + 1, limits.failures)
        kept = standing.stays or standing.sign is Sign.SLEEP_STAYS
        return settled._replace(phase=Phase.REDUCED, due=limits.reduced, halvings=halvings, stays=kept)
    if move is Move.KEEP:
        return settled._replace(phase=Phase.REDUCED, due=0, halvings=0, stays=True)
    if move is Move.BACK and rung:
        return settled._replace(rung=rung - 1, due=setting.rungs[rung - 1].days, halvings=0)
    milder = setting.rungs[rung].milder
    if move is Move.BACK_AND_STAY and milder is not None:
        return settled._replace(rung=milder, due=0, halvings=0, stays=True)
    if move is Move.MORNING:
        return settled._replace(morning=limits.morning, due=max(standing.due, limits.morning))
    return standing


def _at(standing: Standing, rung: int, setting: Setting) -> Standing:
    """The first day at a dose that is higher than the one before."""
    days = setting.rungs[rung].days
    wait = max(min(days, setting.limits.filled), standing.wait)
    sign = standing.sign if standing.wait else Sign.NONE
    return standing._replace(phase=Phase.TAKING, rung=rung, due=days, wait=wait, sign=sign)
