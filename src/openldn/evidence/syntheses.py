"""Questions that trials are pooled for: which results come in, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openldn.evidence.effects import Effect, effects_of
from openldn.evidence.pooling import Pooled, pool
from openldn.knowledge.study_schema import Outcome, Result, Study, Synthesis


class NoEffect(ValueError):
    """A result that is to be pooled and does not give the effect that is asked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """A study in a question. Standardised differences are turned so that less is better."""

    study: Study
    outcome: Outcome
    result: Result
    effect: Effect


@dataclass(frozen=True, slots=True)
class Answer:
    """What the trials of a question come to."""

    synthesis: Synthesis
    rows: tuple[Row, ...]
    pooled: Pooled | None
    """None: fewer than two trials."""
    without: Mapping[str, Pooled | None]
    """Pooled without each study that the question wants seen beside."""


def answer(synthesis: Synthesis, studies: Mapping[str, Study], *, correlation: float | None = None) -> Answer:
    """Pool what the studies have for a question.

    Args:
        synthesis: the question.
        studies: all; those count that have a result which names the question.
        correlation: between the periods of crossovers, instead of the one the question assumes.

    Raises:
        NoEffect: a result names the question and does not give its measure.
    """
    rows = tuple(rows_of(synthesis, studies, correlation))
    return Answer(
        synthesis,
        rows,
        _pooled(rows),
        {name: _pooled([r for r in rows if r.study.id != name]) for name in synthesis.beside},
    )


def rows_of(
    synthesis: Synthesis, studies: Mapping[str, Study], correlation: float | None = None
) -> list[Row]:
    """The results that name a question, by the id of their study."""
    assumed = float(synthesis.correlation) if correlation is None else correlation
    found = []
    for _, study in sorted(studies.items()):
        for outcome in study.outcomes.values():
            for result in outcome.results:
                if result.pools == synthesis.id:
                    effect = _measured(synthesis, study, outcome, result, assumed)
                    found.append(Row(study, outcome, result, effect))
    return found


def _measured(
    synthesis: Synthesis, study: Study, outcome: Outcome, result: Result, correlation: float
) -> Effect:
    effects = {e.measure: e for e in effects_of(study, outcome, result, correlation)}
    if synthesis.measure not in effects:
        has = ", ".join(effects) or "no effect at all"
        raise NoEffect(
            f"studies/{study.id}.yaml: {result.basis} is to be pooled for {synthesis.id}, which asks for "
            f"{synthesis.measure}; its numbers give {has}"
        )
    effect = effects[synthesis.measure]
    # Scales that run the other way are pooled as one; a difference alone stays as it is.
    return effect.turned() if synthesis.measure == "SMD" and outcome.better == "higher" else effect


def _pooled(rows: Sequence[Row]) -> Pooled | None:
    return pool([(r.effect.yi, r.effect.vi) for r in rows]) if len(rows) > 1 else None


def answers(syntheses: Mapping[str, Synthesis], studies: Mapping[str, Study]) -> dict[str, Answer]:
    """All questions."""
    return {name: answer(synthesis, studies) for name, synthesis in syntheses.items()}
