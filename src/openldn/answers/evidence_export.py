"""Studies and effects for others: CSV tables, and a bundle of FHIR R5 Evidence.

Concepts of FHIR carry text and no code: no code of a statistic was seen in a source.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any, Final

from openldn.answers.evidence import NOTE, arms_say
from openldn.answers.values import to_text
from openldn.evidence.effects import Effect, effects_of
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import Outcome, Result, Study

_STATISTICS: Final = {
    "RR": "relative risk", "OR": "odds ratio", "RD": "risk difference", "NNT": "number needed to treat",
    "MD": "mean difference", "SMD": "standardised mean difference", "IRR": "incidence rate ratio",
}  # fmt: skip


def exported(knowledge: Knowledge) -> dict[str, str]:
    """The files by name."""
    rows = list(_effects(knowledge))
    return {
        "studies.csv": _csv(
            ("study", "title", "doi", "pmid", "registry", "design", "blinding", "publication", "stage",
             "therapy", "conditions", "people", "arms", "duration", "limits"),
            _studies(knowledge),
        ),
        "effects.csv": _csv(
            ("study", "outcome", "role", "better", "basis", "measure", "value", "low", "high", "p", "method",
             "flags", "source", "verified"),
            map(_effect_row, rows),
        ),
        "evidence.json": to_text(_bundle(rows, knowledge)) + "\n",
    }  # fmt: skip


def _studies(knowledge: Knowledge) -> Iterator[tuple[str, ...]]:
    for name, s in sorted(knowledge.studies.items()):
        ref = knowledge.references[name]
        yield (
            name, ref.title, ref.doi or "", ref.pmid or "", ref.registry or "", s.design, s.blinding,
            s.publication, s.stage, s.therapy, "; ".join(s.conditions), s.people, arms_say(s), s.duration,
            s.limits or "",
        )  # fmt: skip


_Row = tuple[Study, Outcome, Result, Effect]


def _effects(knowledge: Knowledge) -> Iterator[_Row]:
    for _, study in sorted(knowledge.studies.items()):
        for outcome in study.outcomes.values():
            for result in outcome.results:
                for effect in effects_of(study, outcome, result):
                    yield study, outcome, result, effect


def _effect_row(row: _Row) -> tuple[str, ...]:
    s, o, r, e = row
    numbers = map(_text, (e.value, e.low, e.high, e.p))
    seen = "yes" if r.source.verified else "no"
    return (
        *(s.id, o.name, o.role, o.better, r.basis, e.measure),
        *numbers,
        *(e.method, "; ".join(e.flags), r.source.ref, seen),
    )


def _text(value: float | None) -> str:
    return "" if value is None or not isfinite(value) else f"{value:.6g}"


def _csv(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula; numbers stay as they are."""
    starts = cell[:1] in ("=", "+", "@", "\t") or (cell[:1] == "-" and not cell[1:2].isdigit())
    return f"'{cell}" if starts else cell


def _bundle(rows: Iterable[_Row], knowledge: Knowledge) -> dict[str, Any]:
    """A FHIR R5 collection, an Evidence an outcome and way of counting."""
    grouped: dict[tuple[str, str, str], list[_Row]] = {}
    for row in rows:
        study, outcome, result, effect = row
        if isfinite(effect.value):
            grouped.setdefault((study.id, outcome.name, result.basis), []).append(row)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"urn:openldn:evidence:{n}", "resource": _evidence(n, found, knowledge)}
            for n, found in enumerate(grouped.values())
        ],
    }


def _evidence(n: int, rows: list[_Row], knowledge: Knowledge) -> dict[str, Any]:
    study, outcome, result, _ = rows[0]
    first, *_, last = study.arms.values()
    reference = knowledge.references[study.id]
    marks = sorted({flag for _, _, _, effect in rows for flag in effect.flags})
    return {
        "resourceType": "Evidence",
        "id": f"{study.id}-{n}",
        "status": "draft",
        "title": f"{study.id}: {outcome.name}",
        "description": f"{first.takes} against {last.takes}, {study.duration}; counted {result.basis}",
        "note": [{"text": NOTE}, *({"text": mark} for mark in marks)],
        "relatedArtifact": [{"type": "derived-from", "citation": _citation(reference.title, reference.doi)}],
        "variableDefinition": [
            _variable("population", study.people),
            _variable("exposure", first.takes),
            _variable("referenceExposure", last.takes),
            _variable("measuredVariable", outcome.name),
        ],
        "synthesisType": {"text": "single study, effect recomputed"},
        "statistic": [_statistic(effect, _people(study, result)) for _, _, _, effect in rows],
    }


def _citation(title: str, doi: str | None) -> str:
    return f"{title}, doi {doi}" if doi else title


def _variable(role: str, says: str) -> dict[str, Any]:
    return {"variableRole": {"text": role}, "description": says}


def _people(study: Study, result: Result) -> int | None:
    """How many people an effect is of: those counted, else those analysed, else those randomised."""
    first, *_, last = study.arms
    numbers: list[int | None] = [
        study.arms[arm].analysed or study.arms[arm].randomised for arm in (first, last)
    ]
    if result.counts:
        numbers = [result.counts[arm].of for arm in (first, last)]
    elif result.within:
        numbers = [result.within[arm].n for arm in (first, last)]
    if result.contrast is not None and result.contrast.n:
        return result.contrast.n
    known = [n for n in numbers if n is not None]
    if len(known) < 2:
        return None
    return max(known) if study.paired else sum(known)


def _statistic(effect: Effect, people: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "statisticType": {"text": _STATISTICS[effect.measure]},
        "quantity": {"value": float(f"{effect.value:.6g}")},
        "description": effect.method,
    }
    if people:
        found["sampleSize"] = {"numberOfParticipants": people}
    if isfinite(effect.low) and isfinite(effect.high):
        found["attributeEstimate"] = [
            {
                "type": {"text": "confidence interval"},
                "level": 0.95,
                "range": {
                    "low": {"value": float(f"{effect.low:.6g}")},
                    "high": {"value": float(f"{effect.high:.6g}")},
                },
            }
        ]
    return found
