"""Which test is a result of, and how much is it in the one unit that rules read?

By LOINC code, else by name. A value is kept as the interval it stands for ("> 60" is 60 or more), exact. A
unit that is not among those of the test makes the value unreadable: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from openldn.knowledge.finding_schema import Measure
from openldn.knowledge.names import Code
from openldn.knowledge.phrases import Phrases, tokens


@dataclass(frozen=True, slots=True)
class Amount:
    """The values a result may stand for, in the measure's unit: none is below zero."""

    low: Fraction
    high: Fraction | None
    """None is without end."""

    def above(self, limit: Fraction) -> bool:
        """Whether it certainly is higher."""
        return self.low > limit

    def below(self, limit: Fraction) -> bool:
        """Whether it certainly is lower."""
        return self.high is not None and self.high < limit

    def may_exceed(self, limit: Fraction) -> bool:
        """Whether it may be higher."""
        return self.high is None or self.high > limit

    def may_fall_below(self, limit: Fraction) -> bool:
        """Whether it may be lower."""
        return self.low < limit


def amount(value: Fraction, comparator: str = "") -> Amount:
    """The interval of a value with its comparator (<, <=, >, >=, or none)."""
    if comparator.startswith("<"):
        return Amount(Fraction(0), value)
    if comparator.startswith(">"):
        return Amount(value, None)
    return Amount(value, value)


def amount_in(
    measure: Measure, value: Fraction, units: Sequence[str], comparator: str = ""
) -> tuple[Amount | None, str]:
    """The amount in the measure's unit, or none and why.

    Args:
        measure: one with a unit.
        value: as written.
        units: what is written as its unit, as code and in words; they have to agree where both are known.
        comparator: <, <=, >, >= or none.
    """
    if value < 0:
        return None, "it is below zero"
    factors = {factor for unit in units if (factor := measure.factor(unit)) is not None}
    if len(factors) != 1:
        named = " / ".join(filter(None, units)) or "no unit"
        return None, f"{named} {'contradict each other' if factors else f'is no unit of {measure.name}'}"
    return amount(value * factors.pop(), comparator), ""


@dataclass(frozen=True, slots=True)
class MeasureNames:
    """Every code and name of the measures, arranged for looking up."""

    measures: Mapping[str, Measure]
    _by_code: Mapping[str, str]
    _phrases: Phrases
    _answers: Mapping[str, Mapping[str, str]]
    local_codes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    _seen: dict[tuple[tuple[Code, ...], tuple[str, ...]], str] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, measures: Mapping[str, Measure]) -> MeasureNames:
        """Arrange the codes and names of `measures`."""
        return cls(
            measures=measures,
            _by_code={code: m.id for m in measures.values() for code in (*m.loinc, *m.snomed)},
            _phrases=Phrases((n, m.id) for m in measures.values() for ns in m.names.values() for n in ns),
            _answers={
                m.id: {_folded(word): answer for answer, words in m.answers.items() for word in words}
                for m in measures.values()
            },
        )

    def with_local_codes(self, table: Mapping[tuple[str, str], str]) -> MeasureNames:
        """The same names, understanding further codes: (system, code) -> a name in any language."""
        return replace(self, local_codes=table, _seen={})

    def identify(self, codes: Sequence[Code], texts: Sequence[str]) -> Measure | None:
        """The measure that a result is of, if rules read it."""
        key = (tuple(codes), tuple(texts))
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._identify(*key)
        return self.measures.get(found)

    def _identify(self, codes: tuple[Code, ...], texts: tuple[str, ...]) -> str:
        for code in codes:
            if found := self._by_code.get(code.code):
                return found
        local = (self.local_codes.get((c.system, c.code), "") for c in codes) if self.local_codes else ()
        return next((m for text in (*texts, *filter(None, local)) if (m := self._by_text(text))), "")

    def _by_text(self, text: str) -> str:
        words = {t.word for t in tokens(text)}
        for hit in self._phrases.find(text):
            if not words & set(self.measures[hit.target].not_with):
                return hit.target
        return ""

    def answer(self, measure: Measure, said: Iterable[str]) -> str | None:
        """The answer that codes or words stand for; None when none is known."""
        known = self._answers[measure.id]
        return next((known[_folded(word)] for word in said if _folded(word) in known), None)


def _folded(word: str) -> str:
    return " ".join(t.word for t in tokens(word)) or word.strip()
