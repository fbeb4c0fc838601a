"""Which of many phrases stand in a text? Words in any order, near each other, in any accent or case.

A diagnosis is written as "Cirrhosis of liver", "Liver cirrhosis" or "Leberzirrhose". So a phrase is a set
of words that must all stand within a few words of each other; a word with a star stands for all that begin
(cirrho*) or end (*ectomy) so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from anyascii import anyascii

_CLAUSE: Final = re.compile(r"[,;:.()\[\]/]+")
_TOKEN: Final = re.compile(r"[a-z0-9]+")
_SLACK: Final = 3
"""Further words that may stand among those of a phrase."""
_KEY: Final = 4
"""Letters by which words are looked up; a shorter word only as a whole."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text and the clause in which it stands."""

    word: str
    clause: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A set of words that stands for a target."""

    words: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found; `at` is the place of its first word among the tokens, `last` that of its last."""

    target: str
    at: int
    last: int


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text in small Latin letters."""
    clauses = _CLAUSE.split(anyascii(text).lower())
    return tuple(Token(word, n) for n, clause in enumerate(clauses) for word in _TOKEN.findall(clause))


def same(word: str, written: str) -> bool:
    """Whether a word of a phrase stands for a word of a text."""
    if word.endswith("*"):
        return written.startswith(word[:-1])
    return written.endswith(word[1:]) if word.startswith("*") else written == word


class Phrases:
    """Phrases arranged for looking up."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        """Take (phrase, target) pairs."""
        self._by_key: dict[str, list[Phrase]] = {}
        for text, target in named:
            words = tuple(anyascii(word).lower() for word in text.split())
            rarest = max(words, key=lambda w: len(w.strip("*")))
            letters = rarest.strip("*")
            key = f"*{letters[-_KEY:]}" if rarest.startswith("*") else letters[:_KEY]
            self._by_key.setdefault(key, []).append(Phrase(words, target))

    def find(self, text: str) -> Iterator[Hit]:
        """All phrases that stand in a text."""
        written = tokens(text)
        for at, token in enumerate(written):
            for key in (token.word[:_KEY], f"*{token.word[-_KEY:]}"):
                for phrase in self._by_key.get(key, ()):
                    if hit := _hit(phrase, written, at):
                        yield hit

    def __bool__(self) -> bool:
        return bool(self._by_key)


def _hit(phrase: Phrase, written: tuple[Token, ...], at: int) -> Hit | None:
    """The phrase around the token at `at`, which has to be one of its words."""
    if not any(same(word, written[at].word) for word in phrase.words):
        return None
    if len(phrase.words) == 1:
        return Hit(phrase.target, at, at)
    reach = len(phrase.words) + _SLACK
    near = range(max(0, at - reach), min(len(written), at + reach + 1))
    places = [
        min((n for n in near if same(word, written[n].word)), key=lambda n: abs(n - at), default=None)
        for word in phrase.words
    ]
    found = [n for n in places if n is not None]
    if len(found) < len(places) or max(found) - min(found) >= reach:
        return None
    return Hit(phrase.target, min(found), max(found))


def said_before(hit: Hit, written: tuple[Token, ...], wording: Mapping[str, frozenset[str]]) -> set[str]:
    """Which kinds of words ("no", "history of") stand just before a hit, in its clause."""
    clause = written[hit.at].clause
    near = [t.word for t in written[max(0, hit.at - 5) : hit.at] if t.clause == clause]
    return _kinds(near, wording)


def said_after(hit: Hit, written: tuple[Token, ...], wording: Mapping[str, frozenset[str]]) -> set[str]:
    """Which kinds of words ("screening", "in remission") stand just behind a hit, or inside it."""
    return _kinds([t.word for t in written[hit.at : hit.last + 3]], wording)


def _kinds(near: list[str], wording: Mapping[str, frozenset[str]]) -> set[str]:
    return {kind for kind, words in wording.items() if any(same(w, n) for w in words for n in near)}
