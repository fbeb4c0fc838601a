"""Find claims, rules, conditions, sources and statements for patients by their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from openldn.knowledge.load import Knowledge
from openldn.knowledge.phrases import tokens

Kind = Literal["claim", "rule", "condition", "expectation", "source"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that has an id and can be shown."""

    kind: Kind
    id: str
    title: str
    text: str


def entries(knowledge: Knowledge) -> Iterator[Entry]:
    """All that can be searched and shown, with all its words."""
    for claim in knowledge.claims.values():
        words = [
            claim.says,
            claim.literature,
            claim.asks or "",
            claim.not_computable or "",
            *claim.references,
        ]
        yield Entry("claim", claim.id, claim.says, " ".join(words))
    for rule in knowledge.rules.values():
        words = [rule.title, rule.because, *rule.text.values(), *rule.question.values(), *rule.references]
        yield Entry("rule", rule.id, rule.title, " ".join(words))
    for condition in knowledge.conditions.values():
        words = [condition.name, condition.printed or "", condition.note or "", *condition.studies]
        words += [name for names in condition.names.values() for name in names]
        yield Entry("condition", condition.id, condition.name, " ".join(words))
    for told in knowledge.expectations.values():
        yield Entry("expectation", told.id, told.title["en"], " ".join(told.text.values()))
    for key, source in knowledge.references.items():
        words = [
            source.title,
            source.year or "",
            source.doi or "",
            source.pmid or "",
            source.note or "",
            source.status,
        ]
        yield Entry("source", key, source.title, " ".join(words))


def search(knowledge: Knowledge, text: str) -> tuple[Entry, ...]:
    """Entries in which every word of `text` begins some word; those with it in id or title come first."""
    wanted = [t.word for t in tokens(text)]
    found: list[tuple[int, Entry]] = []
    for entry in entries(knowledge):
        heading = {t.word for t in tokens(f"{entry.id} {entry.title}")}
        words = heading | {t.word for t in tokens(entry.text)}
        if wanted and all(any(word.startswith(w) for word in words) for w in wanted):
            in_heading = sum(any(word.startswith(w) for word in heading) for w in wanted)
            found.append((-in_heading, entry))
    return tuple(entry for _, entry in sorted(found, key=lambda f: (f[0], f[1].kind, f[1].id)))


def find(knowledge: Knowledge, name: str) -> Entry | None:
    """The entry of this id; the folder of a rule, condition or statement may be left out."""
    wanted = name.strip().casefold()
    found = [e for e in entries(knowledge) if wanted in (e.id.casefold(), e.id.casefold().rsplit("/", 1)[-1])]
    return min(found, key=lambda e: e.id.casefold() != wanted, default=None)
