"""What a patient is told before agreeing, and what helps on the way, with where it was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import exp
from typing import Final

from msgspec.structs import replace

from openldn.knowledge.guide_schema import Expectation, Figure, Reference
from openldn.knowledge.load import Knowledge

_AGREEING: Final = ("what-it-is", "benefit", "early-worsening", "side-effects", "not-known")
_ADVICE: Final = ("painkillers", "travel", "everyday")
_EMERGENCY: Final = ("emergency",)


@dataclass(frozen=True, slots=True)
class Told:
    """Statements in the order of their topics, and the sources of their figures."""

    expectations: tuple[Expectation, ...]
    sources: Mapping[str, Reference]
    """Of all figures, each once, in the order in which they are cited."""

    @property
    def figures(self) -> Iterator[tuple[Figure, int]]:
        """Every figure, and the number of its source from 1."""
        numbers = {key: n for n, key in enumerate(self.sources, 1)}
        for figure in (f for e in self.expectations for f in e.figures):
            yield figure, numbers[figure.source.ref]


@dataclass(frozen=True, slots=True)
class Texts:
    """All that the papers say besides the plan itself."""

    consent: Told
    advice: Told
    emergency: Told


def texts_for(conditions: Iterable[str], knowledge: Knowledge) -> Texts:
    """What a patient with these conditions is told."""
    wanted = set(conditions)
    return Texts(*(_told(topics, wanted, knowledge) for topics in (_AGREEING, _ADVICE, _EMERGENCY)))


def taper_texts(topic: str, knowledge: Knowledge) -> Told:
    """What is told about a taper or ULDN, by topic: taper, taper-danger, taper-agree, uldn, uldn-agree."""
    found = _told((topic,), set(), knowledge).expectations
    cited = dict.fromkeys(key for e in found for key in e.references)
    return Told(found, {key: knowledge.references[key] for key in cited})


def _told(topics: tuple[str, ...], conditions: set[str], knowledge: Knowledge) -> Told:
    found = [
        e
        for e in knowledge.expectations.values()
        if e.topic in topics and (not e.conditions or conditions & set(e.conditions))
    ]
    found.sort(key=lambda e: (topics.index(e.topic), bool(e.conditions), e.id))
    found = [_with_pooled(e, knowledge) if any(f.outcome for f in e.figures) else e for e in found]
    cited = dict.fromkeys(f.source.ref for e in found for f in e.figures)
    return Told(tuple(found), {key: knowledge.references[key] for key in cited})


def _with_pooled(told: Expectation, knowledge: Knowledge) -> Expectation:
    """Side effects with what all trials against placebo come to, where they can be pooled."""
    from openldn.evidence.syntheses import answer  # noqa: PLC0415 - statistics take a while to load

    figures = []
    for synthesis in knowledge.syntheses.values():
        found = (
            answer(synthesis, knowledge.studies) if synthesis.effect and synthesis.measure == "RR" else None
        )
        if found is None or found.pooled is None:
            continue
        # Of two trials the random-effects interval says next to nothing: their common effect is told.
        p, two = found.pooled, found.pooled.k == 2
        value, low, high = (exp(x) for x in (p.common if two else (p.value, p.low, p.high)))
        names, first = (
            " and ".join(r.study.id.replace("-", " ").capitalize() for r in found.rows),
            found.rows[0].result.source,
        )
        figures.append(
            Figure(
                event={"en": f"{synthesis.counts}, {p.k} trials together"},
                ratio=f"{value:.1f} times as often ({low:.1f} to {high:.1f})",
                note=f"worked out from {names}{', as if both showed the same' if two else ''}",
                source=replace(first, verified=all(r.result.source.verified for r in found.rows)),
            )
        )
    return replace(told, figures=(*told.figures, *figures))
