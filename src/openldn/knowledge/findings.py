"""Which finding does an entry name? By code (SNOMED CT, ICD-10) and by every text, with its negation.

A text may deny ("no history of"), look back ("status post"), or speak of somebody else ("family history
of"); a code does not. What cannot be recognised at all is said to be unreadable, so that it is never taken
for harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from openldn.knowledge.finding_schema import Finding
from openldn.knowledge.names import Code
from openldn.knowledge.phrases import Phrases, said_after, said_before, same, tokens

_ICD10: Final = re.compile(r"[A-Z]\d[0-9A-Z][0-9A-Z.]*")
_WORD: Final = re.compile(r"[^\W\d_]{3,}|[一-鿿぀-ヿ가-힯]+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A finding that an entry names, by what it was recognised, and whether it looks back."""

    finding: str
    by: str
    past: bool = False


@dataclass(frozen=True, slots=True)
class Meanings:
    """What an entry names, and whether it can be told at all."""

    named: tuple[Meaning, ...] = ()
    readable: bool = True

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all findings named."""
        return frozenset(m.finding for m in self.named)

    def by(self, finding: str) -> Meaning | None:
        """How one finding was recognised; one that does not only look back first."""
        found = [m for m in self.named if m.finding == finding]
        return min(found, key=lambda m: m.past, default=None)


UNREADABLE: Final = Meanings(readable=False)


@dataclass(frozen=True, slots=True)
class FindingNames:
    """Every code and phrase of the findings, arranged for looking up."""

    findings: Mapping[str, Finding]
    wording: Mapping[str, frozenset[str]]
    """knowledge/findings/_wording.yaml: words that deny, that look back, that name nothing."""
    _snomed: Mapping[str, tuple[tuple[str, bool], ...]]
    """Code -> (finding, whether it looks back)."""
    _icd10: Mapping[str, tuple[tuple[str, str, bool], ...]]
    """First letter -> (beginning of a code or first-last categories, finding, whether it looks back)."""
    _phrases: Phrases
    local_codes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    _seen: dict[tuple[tuple[Code, ...], tuple[str, ...]], Meanings] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, findings: Mapping[str, Finding], wording: Mapping[str, Any]) -> FindingNames:
        """Arrange the codes and names of `findings`, broader ones included."""
        snomed: dict[str, list[tuple[str, bool]]] = {}
        icd10: dict[str, list[tuple[str, str, bool]]] = {}
        named: list[tuple[str, str]] = []
        for found in findings.values():
            for past, codes in ((False, found.snomed), (True, found.snomed_past)):
                for code in codes:
                    snomed.setdefault(code, []).append((found.id, past))
            for past, codes in ((False, found.icd10), (True, found.icd10_past)):
                for code in codes:
                    icd10.setdefault(code[0], []).append((code.replace(".", ""), found.id, past))
            named += [(name, found.id) for names in found.names.values() for name in names]
        return cls(
            findings=findings,
            wording={key: frozenset(words) for key, words in wording.items()},
            _snomed={code: tuple(ids) for code, ids in snomed.items()},
            _icd10={letter: tuple(rows) for letter, rows in icd10.items()},
            _phrases=Phrases(named),
        )

    def with_local_codes(self, table: Mapping[tuple[str, str], str]) -> FindingNames:
        """The same names, understanding further codes: (system, code) -> a name in any language."""
        return replace(self, local_codes=table, _seen={})

    def identify(self, codes: Sequence[Code], texts: Sequence[str]) -> Meanings:
        """Name the findings of one entry, those that they are cases of included."""
        key = (tuple(codes), tuple(texts))
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._identify(*key)
        return found

    def _identify(self, codes: tuple[Code, ...], texts: tuple[str, ...]) -> Meanings:
        local = (self.local_codes.get((c.system, c.code), "") for c in codes) if self.local_codes else ()
        texts = tuple(dict.fromkeys([*texts, *filter(None, local)]))
        direct = [*self._by_code(codes), *(m for text in texts for m in self._by_text(text))]
        named: dict[tuple[str, bool], Meaning] = {}
        for meaning in (wide for m in direct for wide in self._widened(m)):
            named.setdefault((meaning.finding, meaning.past), meaning)
        readable = bool(named) or any(self.tells(text) for text in texts) or any(map(_is_complete, codes))
        return Meanings(tuple(named.values()), readable)

    def _by_code(self, codes: Iterable[Code]) -> Iterator[Meaning]:
        for code in codes:
            if _is_icd10(code):
                plain = code.code.upper().replace(".", "")
                rows = [row for row in self._icd10.get(plain[:1], ()) if _falls_in(plain, row[0])]
                over = {finding for _, finding, past in rows if past}
                for _, finding, past in rows:
                    if past or finding not in over:
                        yield Meaning(finding, f"ICD-10 {code.code}", past)
            else:
                for finding, past in self._snomed.get(code.code, ()):
                    yield Meaning(finding, f"SNOMED CT {code.code}", past)

    def _by_text(self, text: str) -> Iterator[Meaning]:
        written = tokens(text)
        words = {t.word for t in written}
        for hit in self._phrases.find(text):
            before = said_before(hit, written, self.wording)
            after = said_after(hit, written, self.wording)
            other = any(same(w, word) for w in self.findings[hit.target].not_with for word in words)
            if "denies" in before or "is_no_case" in after or other:
                continue
            yield Meaning(hit.target, f"text {text!r}", past="looks_back" in before or "is_over" in after)

    def _widened(self, meaning: Meaning) -> Iterator[Meaning]:
        """The meaning, and what its finding is a case of."""
        yield meaning
        for broader in self.findings[meaning.finding].broader:
            yield from self._widened(replace(meaning, finding=broader))

    def tells(self, text: str) -> bool:
        """Whether a text says anything: a word that is no stand-in for one, and nothing garbled."""
        if "�" in text or any((ord(c) < 32 and c not in "\t\r\n") or ord(c) == 127 for c in text):
            return False
        words = {w.casefold() for w in _WORD.findall(text)}
        return bool(words - self.wording["stand_ins"])


def _is_icd10(code: Code) -> bool:
    system = code.system.lower().replace("-", "").replace("_", "")
    return (
        "icd10" in system
        or "cid10" in system
        or system.endswith(("2.16.840.1.113883.6.90", "2.16.840.1.113883.6.3"))
    )


def _is_complete(code: Code) -> bool:
    """A code that tells by itself which disease it is not: ICD-10, whose chapters are all known."""
    return _is_icd10(code) and _ICD10.fullmatch(code.code.upper()) is not None


def _falls_in(plain: str, start: str) -> bool:
    first, dash, last = start.partition("-")
    return first <= plain[: len(first)] <= last if dash else plain.startswith(first)
