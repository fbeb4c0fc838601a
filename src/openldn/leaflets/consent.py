"""What a patient is told before agreeing, and what helps on the way, with where it was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from openldn.knowledge.guide_schema import Expectation, Figure, Reference
from openldn.knowledge.load import Knowledge

if TYPE_CHECKING:
    from openldn.evidence.pooling import Pooled
    from openldn.evidence.syntheses import Answer

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
    found = [_with_pooled(e, knowledge) if e.syntheses else e for e in found]
    cited = dict.fromkeys(f.source.ref for e in found for f in e.figures)
    return Told(tuple(found), {key: knowledge.references[key] for key in cited})


def _with_pooled(told: Expectation, knowledge: Knowledge) -> Expectation:
    """Side effects with what all trials against placebo come to, where they can be pooled."""
    from openldn.evidence.syntheses import answer  # noqa: PLC0415 - statistics take a while to load

    answers = [answer(knowledge.syntheses[name], knowledge) for name in told.syntheses]
    figures = [_pooled_figure(found, found.pooled) for found in answers if found.pooled is not None]
    return replace(told, figures=(*told.figures, *figures))


def _pooled_figure(found: Answer, p: Pooled) -> Figure:
    two = p.k == 2
    # Of two trials the random-effects interval says next to nothing: their common effect is told.
    value, low, high = (exp(x) for x in (p.common if two else (p.value, p.low, p.high)))
    names = " and ".join(r.study.called for r in found.rows)
    also = [f"{x.study}: {x.found}, not counted" for x in found.not_pooled if x.found]
    same = ["as if both showed the same"] if two else []
    return Figure(
        event={"en": f"{found.synthesis.counts}, {p.k} trials together"},
        ratio=f"{value:.1f} times as often ({low:.1f} to {high:.1f})",
        note="; ".join((f"worked out from {names}", *same, *also)),
        source=replace(
            found.rows[0].result.source, verified=all(r.result.source.verified for r in found.rows)
        ),
    )
