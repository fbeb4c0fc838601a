"""What rests on a study, and whether someone looked at it since the study's file was changed last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from openldn.evidence.syntheses import Answer, NoEffect, answers
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import Looked, Study


def fingerprint(study: Study) -> str:
    """Of a study's content: any change of a number, a word or a mark changes it."""
    return hashlib.sha256(msgspec.json.encode(study, order="sorted")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Rests:
    """All that has to be looked at when a study changes, by id."""

    claims: tuple[str, ...]
    conditions: tuple[str, ...]
    rules: tuple[str, ...]
    expectations: tuple[str, ...]
    """What patients are told."""
    syntheses: tuple[str, ...]


def rests_on(study: Study, knowledge: Knowledge) -> Rests:
    """The statements, pages, rules, words for patients and pooled questions that rest on a study."""
    name = study.id
    pools = {r.pools for o in study.outcomes.values() for r in o.results if r.pools}
    return Rests(
        claims=_sorted(*study.claims, *(c.id for c in knowledge.claims.values() if name in c.references)),
        conditions=_sorted(
            *study.conditions, *(c.id for c in knowledge.conditions.values() if name in c.studies)
        ),
        rules=_sorted(
            *(
                r.id
                for r in knowledge.rules.values()
                if name in r.references
                or any(v.source.ref == name for p in r.parameters.values() for v in p.values)
            )
        ),
        expectations=_sorted(
            *(
                e.id
                for e in knowledge.expectations.values()
                if name in e.references or any(f.source.ref == name for f in e.figures)
            )
        ),
        syntheses=_sorted(*pools),
    )


def _sorted(*names: str) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def problems(knowledge: Knowledge) -> Iterator[str]:
    """One line for each study that changed since someone looked at what rests on it, for each erratum that
    nobody considered, and for each result that is to be pooled and cannot be."""
    try:
        answers(knowledge.syntheses, knowledge.studies)
    except NoEffect as error:
        yield str(error)
    for name, study in sorted(knowledge.studies.items()):
        last = knowledge.looked.get(name)
        if last is None or last.fingerprint != fingerprint(study):
            rests = rests_on(study, knowledge)
            on = ", ".join(
                (*rests.claims, *rests.conditions, *rests.rules, *rests.expectations, *rests.syntheses)
            )
            word = "is new" if last is None else "has changed"
            yield (
                f"studies/{name}.yaml {word}; look at what rests on it ({on or 'nothing yet'}), "
                f"then: openldn evidence looked {name} --by NAME"
            )
        for erratum in study.errata:
            if erratum.considered is None:
                yield f"studies/{name}.yaml: errata: {erratum.reference} was considered by nobody yet"
    for name in sorted(knowledge.looked.keys() - knowledge.studies.keys()):
        yield f"looked.yaml: {name}: there is no such study any more"


_LOOKED_HEAD = (
    "# Which state of each study someone looked at last, with all that rests on it. Written by "
    "`openldn evidence looked`;\n"
    "# `openldn knowledge check` (so `make check`) fails for a study that is new or changed since.\n"
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
    old, new = (answers(k.syntheses, k.studies) for k in (before, after))
    return {
        name: (old.get(name), found)
        for name, found in new.items()
        if name not in old
        or (old[name].pooled, [r.effect for r in old[name].rows])
        != (found.pooled, [r.effect for r in found.rows])
    }
