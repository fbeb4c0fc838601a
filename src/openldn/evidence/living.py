"""What rests on a study or a pooled question, and whether someone looked at it since either changed last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from openldn.evidence.syntheses import Answer, NoEffect, answers, naming
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import Looked, Study, Synthesis


def fingerprint(thing: Study | Synthesis, knowledge: Knowledge) -> str:
    """Of a study: of its content and of how its sources stand. Of a question: of its own words and of every
    result that is pooled for it. Any change of a number, a word or a mark changes it."""
    parts: list[Any]
    if isinstance(thing, Study):
        sources = {thing.id, *(r.source.ref for o in thing.outcomes.values() for r in o.results)}
        stands = {ref: knowledge.references[ref].status for ref in sources if ref in knowledge.references}
        parts = [thing, stands]
    else:
        parts = [thing, [(study.id, result) for study, _, result in naming(thing, knowledge)]]
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:16]


def looked_at(knowledge: Knowledge) -> dict[str, Study | Synthesis]:
    """All that somebody has to look at when it changes, by its place: studies/final-2024."""
    return {
        **{f"studies/{name}": study for name, study in sorted(knowledge.studies.items())},
        **{f"syntheses/{name}": synthesis for name, synthesis in sorted(knowledge.syntheses.items())},
    }


@dataclass(frozen=True, slots=True)
class Rests:
    """All that has to be looked at when something changes, by id."""

    claims: tuple[str, ...]
    conditions: tuple[str, ...]
    rules: tuple[str, ...]
    expectations: tuple[str, ...]
    """What patients are told."""
    syntheses: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every id."""
        return (*self.claims, *self.conditions, *self.rules, *self.expectations, *self.syntheses)


def rests_on(
    thing: Study | Synthesis, knowledge: Knowledge, before: Study | Synthesis | None = None
) -> Rests:
    """The statements, pages, rules and words for patients that rest on a study or a question: those that name
    it, and those that name a question it is pooled for, or another study of such a question.

    Args:
        thing: as it stands.
        knowledge: where it is looked for.
        before: as it was, so that a question that a study was taken out of counts too.
    """
    versions = [x for x in (thing, before) if x is not None]
    studies = [x for x in versions if isinstance(x, Study)]
    own = {x.id for x in studies}
    pooled = {r.pools for x in studies for o in x.outcomes.values() for r in o.results}
    questions = {
        s.id: s for s in knowledge.syntheses.values() if s in versions or s.id in pooled or own & {*s.beside}
    }
    names = own | {x.id for s in questions.values() for x, *_ in naming(s, knowledge)}
    also = [*studies, *(knowledge.studies[name] for name in names if name in knowledge.studies)]
    return Rests(
        claims=_sorted(
            *(c for study in also for c in study.claims),
            *(c.id for c in knowledge.claims.values() if names & {*c.references}),
        ),
        conditions=_sorted(
            *(c for study in studies for c in study.conditions),
            *(c for synthesis in questions.values() for c in synthesis.conditions),
            *(c.id for c in knowledge.conditions.values() if own & {*c.studies}),
            *(c.id for c in knowledge.conditions.values() for x in c.certainty if x.synthesis in questions),
        ),
        rules=_sorted(
            *(
                r.id
                for r in knowledge.rules.values()
                if names & {*r.references, *(v.source.ref for p in r.parameters.values() for v in p.values)}
            )
        ),
        expectations=_sorted(
            *(
                e.id
                for e in knowledge.expectations.values()
                if names & {*e.references, *(f.source.ref for f in e.figures)}
                or questions.keys() & {*e.syntheses}
            )
        ),
        syntheses=_sorted(*questions),
    )


def _sorted(*names: str) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def not_looked_at(knowledge: Knowledge) -> list[str]:
    """The places of all studies and questions that are new or changed since someone looked at them."""
    found = []
    for place, thing in looked_at(knowledge).items():
        last = knowledge.looked.get(place)
        if last is None or last.fingerprint != fingerprint(thing, knowledge):
            found.append(place)
    return found


def problems(knowledge: Knowledge) -> Iterator[str]:
    """One line for each study or question that changed since someone looked at what rests on it, for each
    erratum that nobody considered, and for each result that is to be pooled and cannot be."""
    try:
        answers(knowledge)
    except NoEffect as error:
        yield str(error)
    now = looked_at(knowledge)
    changed_since = {*not_looked_at(knowledge)}
    for place, thing in now.items():
        if place in changed_since:
            rests = rests_on(thing, knowledge)
            word = "has changed" if place in knowledge.looked else "is new"
            yield (
                f"{place}.yaml {word}; look at what rests on it ({', '.join(rests.all) or 'nothing yet'}), "
                f"then: openldn evidence looked {place} --by NAME"
            )
        for erratum in thing.errata if isinstance(thing, Study) else ():
            if erratum.considered is None:
                yield f"{place}.yaml: errata: {erratum.reference} was considered by nobody yet"
    for place in sorted(knowledge.looked.keys() - now.keys()):
        yield (
            f"{place}.yaml is there no more; look at what rested on it, then: "
            f"openldn evidence looked {place} --by NAME"
        )


_LOOKED_HEAD: Final = (
    "# Which state of each study and pooled question someone looked at last, with all that rests on it.\n"
    "# Written by `openldn evidence looked`; `openldn knowledge check` (so `make check`) fails for what is "
    "new or changed since.\n"
)


def looked_text(looked: Mapping[str, Looked]) -> str:
    """The file looked.yaml."""
    rows = [
        f'{name}: {{fingerprint: "{x.fingerprint}", by: {json.dumps(x.by)}, on: {x.on}}}'
        for name, x in sorted(looked.items())
    ]
    return _LOOKED_HEAD + "\n".join(rows or ["{}"]) + "\n"


def changed(before: Knowledge, after: Knowledge) -> dict[str, tuple[Answer | None, Answer]]:
    """The questions that come to something else, each before and after."""
    old, new = answers(before), answers(after)
    return {
        name: (old.get(name), found)
        for name, found in new.items()
        if name not in old
        or (old[name].pooled, old[name].not_pooled, [r.effect for r in old[name].rows])
        != (found.pooled, found.not_pooled, [r.effect for r in found.rows])
    }
