"""Which condition does somebody mean? By id, statement, code, name, abbreviation or words of the name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.load import Knowledge
from openldn.knowledge.phrases import same, tokens
from openldn.screening.indication import findings_named, is_code, narrowest

_SMALL: Final = {"of", "the", "a", "an", "in", "with"}


class Ambiguous(LookupError):
    """Several conditions are meant alike; `conditions` are they."""

    def __init__(self, conditions: tuple[Condition, ...]) -> None:
        """Keep the conditions."""
        super().__init__(", ".join(c.name for c in conditions))
        self.conditions = conditions


def conditions_meant(text: str, knowledge: Knowledge) -> tuple[Condition, ...]:
    """The condition that is meant, then the special cases of it that the same words mean.

    Every word of the text has to say something; the most exact way of naming one is taken.

    Returns:
        Nothing, where no condition is named.

    Raises:
        Ambiguous: several are named, and none of them holds the others.
    """
    for way in (_by_id, _by_statement, _by_code, _by_name, _by_phrase, _by_words):
        if found := tuple(way(text.strip(), knowledge)):
            return _general_first(found)
    return ()


def _general_first(found: tuple[Condition, ...]) -> tuple[Condition, ...]:
    if len(found) == 1:
        return found
    for condition in found:
        if all(c is condition or condition.id in (*c.broader, c.same_as) for c in found):
            return condition, *(c for c in found if c is not condition)
    raise Ambiguous(found)


def _by_id(text: str, knowledge: Knowledge) -> Iterator[Condition]:
    name = "-".join(text.lower().split()).removeprefix("conditions/")
    if (found := knowledge.conditions.get(f"conditions/{name}")) is not None:
        yield found


def _by_statement(text: str, knowledge: Knowledge) -> Iterator[Condition]:
    return (c for c in knowledge.conditions.values() if text.upper() in c.claims)


def _by_code(text: str, knowledge: Knowledge) -> Iterator[Condition]:
    if is_code(text):
        yield from narrowest(findings_named(text, knowledge), knowledge)


def _by_name(text: str, knowledge: Knowledge) -> Iterator[Condition]:
    said = _words(text)
    for condition in knowledge.conditions.values():
        names = [condition.name, *condition.short, *([condition.printed] if condition.printed else [])]
        if said and said in [_words(name) for name in names]:
            yield condition


def _by_phrase(text: str, knowledge: Knowledge) -> Iterator[Condition]:
    """Those of which the text is a name, word for word, in any order."""
    said = _words(text)
    for condition in knowledge.conditions.values():
        names = [name.lower().split() for names in condition.names.values() for name in names]
        if said and any(_alike(said, name) for name in names):
            yield condition


def _alike(said: list[str], name: list[str]) -> bool:
    """Whether two lists of words are the same in any order; words of a name may have a star."""
    if len(said) != len(name):
        return False
    first, *others = said
    rest = next((name[:n] + name[n + 1 :] for n, part in enumerate(name) if same(part, first)), None)
    return rest is not None and (not others or _alike(others, rest))


def _by_words(text: str, knowledge: Knowledge) -> Iterator[Condition]:
    """Those of whose name the text is a part, in whole words, one or many (opioid, opioids)."""
    said = [word.rstrip("s") for word in _words(text)]
    for condition in knowledge.conditions.values():
        names = {word.rstrip("s") for word in _words(condition.name)}
        if said and {*said} <= names and len({*said}) == len(said):
            yield condition


def _words(text: str) -> list[str]:
    return [t.word for t in tokens(text) if t.word not in _SMALL]


_FEWEST_LETTERS: Final = 3


def measured_in(text: str, knowledge: Knowledge) -> tuple[Condition, ...]:
    """Conditions in whose studies something of this name was measured: itching, in scleroderma."""
    said = {*_words(text)}
    if not said or min(map(len, said)) < _FEWEST_LETTERS:
        return ()
    names = {
        c
        for study in knowledge.studies.values()
        for outcome in study.outcomes.values()
        if outcome.role != "harm"
        and all(any(w.startswith(word) for w in _words(outcome.name)) for word in said)
        for c in study.conditions
    }
    return tuple(knowledge.conditions[name] for name in sorted(names))
