"""What one study more, less or corrected changes in what people read: on pages, in leaflet and consent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from openldn.answers.evidence import page_json
from openldn.evidence.pages import page_of
from openldn.knowledge.figures import from_studies
from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import Study
from openldn.leaflets.consent import texts_for


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence that reads otherwise; none: it stands only before, or only after."""

    where: str
    before: str | None
    after: str | None


def with_study(knowledge: Knowledge, study: Study) -> Knowledge:
    """The knowledge with one study more, or another state of it, and the figures that follow from it.

    Raises:
        NoFigure: a figure that patients are told can no longer be taken from the studies.
    """
    studies = {**knowledge.studies, study.id: study}
    told = {
        name: from_studies(e, studies, knowledge.references) for name, e in knowledge.expectations.items()
    }
    return replace(knowledge, studies=studies, expectations=told)


def without_study(knowledge: Knowledge, name: str) -> Knowledge:
    """The knowledge as if a study were not there: no page names it, no figure is taken from it."""
    studies = {key: s for key, s in knowledge.studies.items() if key != name}
    told = {
        key: msgspec.structs.replace(e, figures=tuple(f for f in e.figures if f.source.ref != name))
        for key, e in knowledge.expectations.items()
    }
    findings = {
        key: msgspec.structs.replace(f, studies=tuple(s for s in f.studies if s != name))
        if isinstance(f, Condition)
        else f
        for key, f in knowledge.findings.items()
    }
    return replace(knowledge, studies=studies, expectations=told, findings=findings)


def told_otherwise(before: Knowledge, after: Knowledge) -> list[Told]:
    """Every sentence of a page or a paper that reads otherwise."""
    old, new = dict(_told(before)), dict(_told(after))
    return [
        Told(where, old.get(where), new.get(where))
        for where in dict.fromkeys((*old, *new))
        if old.get(where) != new.get(where)
    ]


def _told(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    for condition in knowledge.conditions.values():
        page = page_json(page_of(condition, knowledge), knowledge)
        for judged in page["certainty"]:
            for name, domain in judged["domains"].items():
                yield f"{page['name']}, certainty about {judged['about']}, {name}", domain["why"]
        if page["doses"]:
            yield f"{page['name']}, taken in studies", "; ".join(page["doses"])
    for figure, _ in texts_for(knowledge.conditions, knowledge).consent.figures:
        said = " against ".join(filter(None, (figure.ldn, figure.control))) or figure.ratio or ""
        note = f" ({figure.note})" if figure.note else ""
        yield f"leaflet and consent, {figure.event['en']}", f"{said}{note}"


def told_json(told: list[Told]) -> list[dict[str, Any]]:
    """The same as JSON."""
    return [{"where": t.where, "before": t.before, "after": t.after} for t in told]
