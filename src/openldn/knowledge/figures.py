"""Figures that patients are told, taken from the studies: a corrected study corrects the leaflet."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from msgspec.structs import replace

from openldn.knowledge.guide_schema import Expectation, Figure, Reference
from openldn.knowledge.study_schema import Count, Printed, Result, Study

_TIMES: Final = {"RR": "times as often", "IRR": "times as many"}


class NoFigure(LookupError):
    """A study has no such outcome, or nothing in it that can be told."""


def retracted(study: Study, result: Result, references: Mapping[str, Reference]) -> str | None:
    """Why a result counts no more; none: neither its study nor its source is retracted."""
    if _is_retracted(study.id, references):
        return "retracted"
    if _is_retracted(result.source.ref, references):
        return f"its source {result.source.ref} is retracted"
    return None


def _is_retracted(name: str, references: Mapping[str, Reference]) -> bool:
    reference = references.get(name)
    return reference is not None and reference.status == "retracted"


def from_studies(
    told: Expectation, studies: Mapping[str, Study], references: Mapping[str, Reference]
) -> Expectation:
    """A statement with the figures of its studies filled in; those of a retracted study are told no more.

    Raises:
        NoFigure: a study or outcome does not exist, or has neither counts, percentages nor a ratio.
    """
    figures = [
        _filled(f, studies, references) if f.outcome else f
        for f in told.figures
        if not (f.outcome and _is_retracted(f.source.ref, references))
        if not _only_from_retracted(f, studies, references)
    ]
    return replace(told, figures=tuple(figures))


def _only_from_retracted(
    figure: Figure, studies: Mapping[str, Study], references: Mapping[str, Reference]
) -> bool:
    """Whether all that could be told was seen in another source, a review say, that is retracted."""
    study = studies.get(figure.source.ref)
    outcome = study.outcomes.get(figure.outcome or "") if study else None
    seen = [r.source.ref for r in outcome.results if r.source.verified] if outcome else []
    return bool(seen) and all(ref != figure.source.ref and _is_retracted(ref, references) for ref in seen)


def _filled(figure: Figure, studies: Mapping[str, Study], references: Mapping[str, Reference]) -> Figure:
    study = studies.get(figure.source.ref)
    outcome = study.outcomes.get(figure.outcome or "") if study else None
    if study is None or outcome is None:
        raise NoFigure(f"{figure.source.ref} has no outcome {figure.outcome}")
    first, *_, last = (*study.arms, *study.arms)
    share = outcome.better in ("more", "fewer")
    if study.times and study.times not in (figure.note or ""):
        figure = replace(figure, note=", ".join(filter(None, (figure.note, study.times))))
    for result in outcome.results:
        if not result.source.verified or _is_retracted(result.source.ref, references):
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
    # Below 1 a tenth is too coarse: 0.84 is not 0.8.
    value = printed.value.quantize(Decimal("0.1"), ROUND_HALF_UP) if printed.value >= 1 else printed.value
    interval = "" if printed.low is None else f" ({printed.low} to {printed.high})"
    return f"{value} {_TIMES[printed.measure]}{interval}"
