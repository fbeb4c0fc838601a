"""Score a scale: what the answers add up to, what that is called, and what has to be asked or seen to.

A missing answer never counts as zero: without all items that are needed there is no total and no band.
Source: knowledge/scales/*.yaml
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from openldn.knowledge.scale_schema import Item, Scale

Toward = Literal["better", "worse", "neither"]


class NotAnAnswer(ValueError):
    """An answer that the scale does not know; names the item and what is allowed."""


class NotComparable(ValueError):
    """Two scores between which no change is computed; says why."""


class PercentIs(StrEnum):
    """Whether a change may be told in percent of its baseline."""

    JUDGED = "judged"
    TOO_LOW = "too low to judge"
    """The baseline lies below the scale's floor."""
    NO_RULE = "no rule"
    """No floor is known for this scale."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a filled-in scale says; items are named by their ids, in the order of the scale."""

    scale: str
    version: str
    total: Fraction | None
    """None: an item that is needed was not answered."""
    band: str | None
    missing: tuple[str, ...] = ()
    ask_again: tuple[str, ...] = ()
    """Missing items that have to be asked again at once."""
    alerts: tuple[str, ...] = ()
    """Safety items answered above 0: looked at by someone, whatever the total."""


@dataclass(frozen=True, slots=True)
class Change:
    """The way from one score to a later one; says nothing about its cause."""

    points: Fraction
    """Later minus earlier."""
    toward: Toward
    """Which way the number went: no judgement before it exceeds the error of measurement."""
    beyond_error: bool | None
    """Whether it exceeds the minimal detectable change of one person; None: that is not known."""
    percent: Fraction | None
    """Of the baseline; None where it is not `judged`."""
    percent_is: PercentIs


def score(scale: Scale, answers: Mapping[str, int]) -> Score:
    """Add up one person's answers.

    Args:
        scale: the scale that was answered.
        answers: value by item id; an item that was not answered is left out.

    Raises:
        NotAnAnswer: an item that the scale does not have, or a value outside its own list.
    """
    items = {i.id: i for i in scale.items}
    for item_id, value in answers.items():
        if item_id not in items:
            raise NotAnAnswer(f"{item_id!r} is no item of {scale.id}: it has {', '.join(items)}")
        _check(items[item_id], value)
    missing = tuple(i for i in items if i not in answers)
    total = None if missing else Fraction(sum(answers.values()))
    band = None if total is None else scale.band(total)
    again = scale.missing.ask_again
    return Score(
        scale=scale.id,
        version=scale.version,
        total=total,
        band=band.name if band else None,
        missing=missing,
        ask_again=tuple(
            i for i in missing if again == "all items" or (again == "safety items" and items[i].safety)
        ),
        alerts=tuple(i.id for i in scale.items if i.safety and answers.get(i.id, 0) > 0),
    )


def _check(item: Item, value: int) -> None:
    # True equals 1 and 1.0 equals 1, but neither is what someone ticked.
    if type(value) is not int or value not in item.values:
        allowed = ", ".join(map(str, item.values))
        raise NotAnAnswer(f"{item.id}: {value!r} is no answer; allowed are {allowed}")


def change(scale: Scale, before: Score, after: Score) -> Change:
    """Compare two scores of one person on one scale.

    Args:
        scale: the scale of both scores: tells which way is better, and from which baseline percent count.
        before: the baseline.
        after: the later score.

    Raises:
        NotComparable: another scale or version, a score without a total, or a scale that is itself a change.
    """
    for given in (before, after):
        if (given.scale, given.version) != (scale.id, scale.version):
            raise NotComparable(
                f"{given.scale} ({given.version}) is not {scale.id} ({scale.version}): "
                "compare scores of the same scale and version"
            )
    if scale.measures == "change":
        raise NotComparable(f"{scale.id} tells a change already: read each score by itself")
    baseline, points = _total(before), _total(after) - _total(before)
    percent_is = _percent_is(scale, baseline)
    return Change(
        points=points,
        toward=_toward(scale, points),
        beyond_error=_beyond_error(scale, points),
        percent=points * 100 / baseline if percent_is is PercentIs.JUDGED else None,
        percent_is=percent_is,
    )


def _total(given: Score) -> Fraction:
    if given.total is None:
        raise NotComparable(f"a score has no total: not answered are {', '.join(given.missing)}")
    return given.total


def _toward(scale: Scale, points: Fraction) -> Toward:
    if not points:
        return "neither"
    return "better" if (points < 0) == (scale.better == "lower") else "worse"


def _percent_is(scale: Scale, baseline: Fraction) -> PercentIs:
    if scale.percent is None:
        return PercentIs.NO_RULE
    return PercentIs.JUDGED if baseline >= Fraction(scale.percent.floor) else PercentIs.TOO_LOW


def _beyond_error(scale: Scale, points: Fraction) -> bool | None:
    """Against the largest known, where sources differ."""
    errors = [Fraction(d.points) for d in scale.mdc if d.points is not None]
    return abs(points) > max(errors) if errors else None
