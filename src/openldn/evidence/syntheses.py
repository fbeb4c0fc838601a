"""Questions that trials are pooled for: which results come in, which do not, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from openldn.evidence.effects import ASSUMED_WAY_ROUND, Effect, effects_of
from openldn.evidence.pooling import Pooled, pool
from openldn.knowledge.figures import retracted
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import Excluded, Outcome, Result, Study, Synthesis


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
    not_pooled: tuple[Excluded, ...]
    """By the question, because it is retracted, or because it gives no ratio."""
    other_way_round: Pooled | None
    """Pooled with every assumed direction reversed; none: nothing is assumed, or nothing pooled."""
    by_correlation: Mapping[float, tuple[tuple[Row, ...], Pooled | None]]
    """The same with other correlations in the place of an assumed one; empty: none was assumed."""

    @property
    def assumed(self) -> tuple[str, ...]:
        """The studies whose direction is assumed."""
        return tuple(r.study.id for r in self.rows if ASSUMED_WAY_ROUND in r.effect.flags)


OTHER_CORRELATIONS: Final = (0.3, 0.7)


def answer(synthesis: Synthesis, knowledge: Knowledge, *, correlation: float | None = None) -> Answer:
    """Pool what the studies have for a question.

    Args:
        synthesis: the question.
        knowledge: its studies that have a result which names the question count, unless they are retracted.
        correlation: between two measurements in the same people, instead of the one the question assumes.

    Raises:
        NoEffect: a result names the question and does not give its measure, a study has two results for it,
            or two studies count in opposite directions.
    """
    counted: list[tuple[Study, Outcome, Result]] = []
    left_out = [*synthesis.exclude]
    for study, outcome, result in naming(synthesis, knowledge):
        if why := retracted(study, result, knowledge.references):
            left_out.append(Excluded(study=study.id, why=why, found="retracted"))
        elif synthesis.measure == "RR" and (found := _nobody_or_everybody(study, result)):
            left_out.append(Excluded(study=study.id, why="no ratio can be had of it", found=found))
        else:
            counted.append((study, outcome, result))

    def rows_at(assumed: float) -> tuple[Row, ...]:
        return tuple(Row(s, o, r, _measured(synthesis, s, o, r, assumed)) for s, o, r in counted)

    rows = rows_at(float(synthesis.correlation) if correlation is None else correlation)
    _refuse_what_cannot_be_joined(synthesis, counted)
    others = {r: rows_at(r) for r in OTHER_CORRELATIONS} if _assume_a_correlation(rows) else {}
    return Answer(
        synthesis,
        rows,
        _pooled(rows),
        {name: _pooled([r for r in rows if r.study.id != name]) for name in synthesis.beside},
        tuple(left_out),
        _other_way_round(rows),
        {r: (found, _pooled(found)) for r, found in others.items()},
    )


def _assume_a_correlation(rows: Sequence[Row]) -> bool:
    return any("correlation of" in flag for row in rows for flag in row.effect.flags)


def _refuse_what_cannot_be_joined(
    synthesis: Synthesis, counted: Sequence[tuple[Study, Outcome, Result]]
) -> None:
    """A study counts once, and all in one direction: only standardised differences are turned."""
    names = [study.id for study, *_ in counted]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise NoEffect(f"studies/{twice}.yaml: two results are to be pooled for {synthesis.id}; name one")
    directions = {outcome.better for _, outcome, _ in counted}
    if synthesis.measure != "SMD" and len(directions) > 1:
        raise NoEffect(
            f"syntheses/{synthesis.id}.yaml: {synthesis.measure} of outcomes that run opposite ways "
            f"({', '.join(sorted(directions))}) cannot be pooled"
        )


def naming(synthesis: Synthesis, knowledge: Knowledge) -> Iterator[tuple[Study, Outcome, Result]]:
    """The results that name a question, by the id of their study."""
    for _, study in sorted(knowledge.studies.items()):
        for outcome in study.outcomes.values():
            for result in outcome.results:
                if result.pools == synthesis.id:
                    yield study, outcome, result


def _nobody_or_everybody(study: Study, result: Result) -> str | None:
    counts = [result.counts[arm] for arm in (*study.arms,) if arm in result.counts]
    events, people = sum(c.events for c in counts), sum(c.of for c in counts)
    if not counts or events not in (0, people):
        return None
    says = " against ".join(f"{c.events} of {c.of}" for c in counts)
    return f"{'nobody' if events == 0 else 'everybody'} in either group ({says})"


def _measured(
    synthesis: Synthesis, study: Study, outcome: Outcome, result: Result, correlation: float
) -> Effect:
    effects = {
        e.measure: e
        for e in effects_of(study, outcome, result, correlation)
        if e.compares in (None, synthesis.compares)
    }
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


def _other_way_round(rows: Sequence[Row]) -> Pooled | None:
    turned = [
        replace(r, effect=r.effect.turned()) if ASSUMED_WAY_ROUND in r.effect.flags else r for r in rows
    ]
    return _pooled(turned) if turned != [*rows] else None


def answers(knowledge: Knowledge) -> dict[str, Answer]:
    """All questions."""
    return {name: answer(synthesis, knowledge) for name, synthesis in knowledge.syntheses.items()}
