"""Where a patient stands in a taper: a small state that each morning and each day move on.

It can go down the schedule, one step at a time, and stay; nothing here goes up. Its counts end at their
limits, so its states can be counted, and `openldn prove` visits every one of them.
"""

from __future__ import annotations

from typing import NamedTuple

from openldn.followup.weaning.signs import Day, Sign
from openldn.plan.weaning.changes import Move


class Limits(NamedTuple):
    """Days and counts of the rules."""

    silent: int
    """Days without an entry after which no reduction takes place."""
    without: int
    """Days in a row without any of it after which tolerance may be lost."""
    good: int
    """Good days in a row after which a pause may end."""
    pauses: int
    """Pauses at one dose after which it goes slower."""
    times: int
    """By how much an interval is lengthened then."""
    near: int
    """Days before a reduction in which mild withdrawal lengthens the step."""


class Setting(NamedTuple):
    """What does not change while a taper is followed.

    `days`: for how long each dose of the schedule is taken, one interval or several. `ends`: whether nothing
    is taken after the last one; otherwise that dose stays until somebody decides.
    """

    days: tuple[int, ...]
    ends: bool
    interval: int
    limits: Limits


class Standing(NamedTuple):
    """What the days so far leave behind.

    `step` is that of the schedule, its number of steps: over. `due` counts the days still to be taken at this
    dose. `held`: paused. `pauses` are those since the last reduction. `times`: how much longer than planned
    each dose is taken. `sign` is what the last day said that said anything; danger stands until it is
    answered. `good` counts good days in a row in a pause, `silent` the days since an entry, `without` the
    days in a row without any of it.
    """

    step: int = 0
    due: int = 0
    held: bool = False
    pauses: int = 0
    times: int = 1
    sign: Sign = Sign.NONE
    good: int = 0
    silent: int = 0
    without: int = 0


def at_start(setting: Setting) -> Standing:
    """Before the first day."""
    return Standing(due=setting.days[0])


def is_over(standing: Standing, setting: Setting) -> bool:
    """Whether nothing is taken any more."""
    return standing.step == len(setting.days)


def is_last(standing: Standing, setting: Setting) -> bool:
    """Whether no further step can be made."""
    return not setting.ends and standing.step == len(setting.days) - 1


def is_due(standing: Standing, setting: Setting) -> bool:
    """Whether its days at this dose are over, so that a reduction comes next if nothing is in its way."""
    return standing.due == 0 and not is_over(standing, setting) and not is_last(standing, setting)


def waits(standing: Standing, setting: Setting, *, overdue: bool) -> bool:
    """Whether a reduction that is due does not take place."""
    limits = setting.limits
    lost = standing.without >= limits.without
    return standing.held or overdue or lost or standing.silent >= limits.silent


def reduced(standing: Standing, setting: Setting) -> Standing:
    """The first morning at the next dose."""
    step = standing.step + 1
    days = setting.days[step] * standing.times if step < len(setting.days) else 0
    # A pause that a late entry tells of is not over because the reduction had taken place.
    return standing._replace(step=step, due=days, pauses=int(standing.held))


def after_day(standing: Standing, day: Day, setting: Setting) -> Standing:
    """The state after one more day."""
    limits = setting.limits
    silent = 0 if day.written else min(standing.silent + 1, limits.silent)
    sign = day.sign if day.written or day.sign.holds else standing.sign
    if standing.sign.is_danger:
        sign = min(standing.sign, sign)
    if is_over(standing, setting):
        return standing._replace(sign=sign, silent=silent)
    without = {True: min(standing.without + 1, limits.without), False: 0, None: standing.without}[day.without]
    held = standing.held or day.sign.holds
    pauses = min(standing.pauses + (held and not standing.held), limits.pauses)
    good = min(standing.good + 1, limits.good) if day.written and not day.sign.holds else 0
    return standing._replace(
        due=standing.due if held else max(standing.due - 1, 0),
        held=held,
        pauses=pauses,
        sign=sign,
        good=good if held else 0,
        silent=silent,
        without=without,
    )


def after_change(standing: Standing, move: Move, setting: Setting) -> Standing:
    """The state after what was done on a morning; one that does nothing leaves it as it is."""
    if is_over(standing, setting):
        return standing
    if move is Move.REDUCE and not is_last(standing, setting):
        return reduced(standing, setting)
    if move is Move.HOLD and not standing.held:
        pauses = min(standing.pauses + 1, setting.limits.pauses)
        return standing._replace(held=True, pauses=pauses, good=0)
    whole = setting.interval * standing.times
    past = standing._replace(held=False, sign=Sign.NONE, good=0, without=0)
    if move is Move.GO_ON_AGAIN and standing.held:
        return past._replace(due=max(standing.due, whole))
    if move is Move.EXTEND:
        most = setting.days[standing.step] * standing.times + whole
        return past._replace(due=max(standing.due, min(standing.due + whole, most)))
    if move is Move.SLOW:
        times = setting.limits.times
        return past._replace(times=times, due=max(standing.due, setting.interval * times))
    return standing
