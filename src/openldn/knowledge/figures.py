"""Figures that patients are told, taken from the studies: a corrected study corrects the leaflet."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from msgspec.structs import replace

from openldn.knowledge.guide_schema import Expectation, Figure
from openldn.knowledge.study_schema import Count, Printed, Study

_TIMES: Final = {"RR": "times as often", "IRR": "times as many"}


class NoFigure(LookupError):
    """A study has no such outcome, or nothing in it that can be told."""


def from_studies(told: Expectation, studies: Mapping[str, Study]) -> Expectation:
    """A statement with the figures of its studies filled in.

    Raises:
        NoFigure: a study or outcome does not exist, or has neither counts, percentages nor a ratio.
    """
    return replace(told, figures=tuple(_filled(f, studies) if f.outcome else f for f in told.figures))


def _filled(figure: Figure, studies: Mapping[str, Study]) -> Figure:
    study = studies.get(figure.source.ref)
    outcome = study.outcomes.get(figure.outcome or "") if study else None
    if study is None or outcome is None:
        raise NoFigure(f"{figure.source.ref} has no outcome {figure.outcome}")
    first, *_, last = (*study.arms, *study.arms)
    share = outcome.better in ("more", "fewer")
    for result in outcome.results:
        if not result.source.verified:
            continue  # what was recalled is told to nobody as a fact
        if len(study.arms) == 1:
            if first in result.counts:
                return replace(figure, ldn=count_text(result.counts[first]))
            if first in result.percent and share:
                return replace(figure, ldn=f"{result.percent[first]} %")
            continue
        if first in result.counts and last in result.counts:
            one, other = (count_text(result.counts[arm]) for arm in (first, last))
            return replace(figure, ldn=one, control=other)
        if first in result.percent and last in result.percent and share:
            one, other = (f"{result.percent[arm]} %" for arm in (first, last))
            return replace(figure, ldn=one, control=other)
        for printed in result.printed:
            if printed.measure in _TIMES:
                return replace(figure, ratio=_ratio_text(printed))
    raise NoFigure(f"{figure.source.ref}, {figure.outcome}: no count, percentage or ratio to be told")


def count_text(count: Count) -> str:
    """41 of 49 (84 %)."""
    percent = Fraction(100 * count.events, count.of)
    return f"{count.events} of {count.of} ({(2 * percent + 1) // 2} %)"


def _ratio_text(printed: Printed) -> str:
    value = printed.value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    interval = "" if printed.low is None else f" ({printed.low} to {printed.high})"
    return f"{value} {_TIMES[printed.measure]}{interval}"
