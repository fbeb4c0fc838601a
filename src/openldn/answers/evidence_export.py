"""The evidence for others: CSV tables, and a bundle of FHIR R5 Evidence.

Statistics and ratings carry text and no code: no code of one was seen in a source. Roles of variables have
the codes of terminology.hl7.org.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from openldn.answers.evidence import (
    GROUPS,
    NOTE,
    arms_say,
    cites,
    map_json,
    natural,
    page_json,
    result_says,
)
from openldn.answers.values import to_text
from openldn.evidence.effects import Effect, effects_of, people_of
from openldn.evidence.pages import page_of
from openldn.evidence.pooling import Pooled
from openldn.evidence.syntheses import Answer, answers
from openldn.knowledge.figures import retracted
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import Measure, Outcome, Result, Study

_STATISTICS: Final = {
    "RR": "relative risk", "OR": "odds ratio", "RD": "risk difference", "NNT": "number needed to treat",
    "MD": "mean difference", "SMD": "standardised mean difference", "IRR": "incidence rate ratio",
}  # fmt: skip
_ROLES: Final = "http://terminology.hl7.org/CodeSystem/variable-role"
_PLACE: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "openldn.evidence")


def exported(knowledge: Knowledge) -> dict[str, str]:
    """The files by name."""
    pages = [page_json(page_of(c, knowledge), knowledge) for c in knowledge.conditions.values()]
    found = answers(knowledge)
    return {
        "conditions.csv": _csv(
            ("condition", "name", "guide", "icd10", "snomed", "evidence", "oncology", "trials",
             "people_in_trials", "others", "without_results"),
            _conditions(knowledge),
        ),
        "studies.csv": _csv(
            ("study", "title", "doi", "pmid", "registry", "status", "recalled", "design", "blinding",
             "publication", "stage", "therapy", "conditions", "people", "arms", "duration", "errata",
             "limits"),
            _studies(knowledge),
        ),
        "results.csv": _csv(
            ("study", "outcome", "name", "role", "better", "at", "basis", "kind", "arm", "value", "low",
             "high", "sd", "events", "of", "n", "p", "words", "pools", "source", "verified", "retracted",
             "note"),
            _results(knowledge),
        ),
        "effects.csv": _csv(
            ("study", "outcome", "role", "better", "basis", "measure", "value", "low", "high", "p", "method",
             "flags", "source", "verified", "retracted"),
            _effect_rows(knowledge),
        ),
        "pooled.csv": _csv(
            ("question", "asks", "measure", "which", "trials", "value", "low", "high", "p", "next_low",
             "next_high", "tau2", "i2", "not_pooled"),
            _pooled_rows(found.values()),
        ),
        "certainty.csv": _csv(
            ("condition", "about", "question", "grade", "start", "domain", "steps", "why", "reviewed"),
            _certainty_rows(pages),
        ),
        "evidence.json": to_text(_bundle(knowledge, pages, found)) + "\n",
    }  # fmt: skip


# --- CSV ---------------------------------------------------------------------------------------------


def _conditions(knowledge: Knowledge) -> Iterator[tuple[str, ...]]:
    for row in map_json(knowledge)["conditions"]:
        c = knowledge.conditions[row["condition"]]
        yield (
            c.id, c.name, "; ".join(c.claims), "; ".join(c.icd10), "; ".join(c.snomed), row["evidence"],
            "yes" if c.oncology else "no",
            *(str(row[n]) for n in ("trials", "people_in_trials", "others", "without_results")),
        )  # fmt: skip


def _studies(knowledge: Knowledge) -> Iterator[tuple[str, ...]]:
    for name, s in sorted(knowledge.studies.items()):
        ref = knowledge.references[name]
        yield (
            name, ref.title, ref.doi or "", ref.pmid or "", ref.registry or "", ref.status,
            "; ".join(ref.unverified), s.design, s.blinding, s.publication, s.stage, s.therapy,
            "; ".join(s.conditions), s.people, arms_say(s), s.duration,
            "; ".join(f"{e.reference}: {e.says}" for e in s.errata), s.limits or "",
        )  # fmt: skip


def _each(knowledge: Knowledge) -> Iterator[tuple[Study, str, Outcome, Result]]:
    for _, study in sorted(knowledge.studies.items()):
        for key, outcome in study.outcomes.items():
            for result in outcome.results:
                yield study, key, outcome, result


def _results(knowledge: Knowledge) -> Iterator[tuple[str, ...]]:
    """Every number as it was printed, a line each."""
    for s, key, o, r in _each(knowledge):
        head = (s.id, key, o.name, o.role, o.better, o.at or "", r.basis)
        seen = "yes" if r.source.verified else "no"
        gone = retracted(s, r, knowledge.references) or ""
        foot = (r.words or "", r.pools or "", r.source.ref, seen, gone, r.note or "")
        for numbers in _printed(r):
            yield *head, *numbers, *foot


def _printed(result: Result) -> Iterator[tuple[str, ...]]:
    """kind, arm, value, low, high, sd, events, of, n, p of each number of a result."""
    p = result.p or ""
    found = False
    for kind, arm, value, low, high, sd, events, of, n, own in _numbers(result):
        found = True
        yield (kind, arm, *map(_as_printed, (value, low, high, sd, events, of, n)), _as_printed(own) or p)
    if not found:
        yield ("words", *[""] * 8, p)


_Number = Decimal | int | str | None
_Numbers = tuple[
    str, str, _Number, _Number, _Number, _Number, _Number, _Number, _Number, _Number
]  # kind, arm, value, low, high, sd, events, of, n, p


def _numbers(r: Result) -> Iterator[_Numbers]:
    for arm, count in r.counts.items():
        yield "count", arm, None, None, None, None, count.events, count.of, None, None
    for arm, percent in r.percent.items():
        yield "percent", arm, percent, None, None, None, None, None, None, None
    for arm, m in r.means.items():
        yield "mean", arm, m.mean, m.low, m.high, m.sd, None, None, m.n, None
    for arm, c in r.within.items():
        rows = (("before", c.before, c.before_sd), ("after", c.after, c.after_sd))
        for kind, value, sd in (*rows, ("change in percent", c.percent, None)):
            if value is not None:
                yield kind, arm, value, None, None, sd, None, None, c.n, c.p
        if c.fall is not None:
            yield "fall", arm, c.fall, c.low, c.high, None, None, None, c.n, c.p
    if (x := r.contrast) is not None:
        kind = "difference of means" if x.mean is not None else "median difference"
        value = x.mean if x.mean is not None else x.median
        yield kind, "", value, x.low, x.high, x.sd, None, None, x.n, x.p
        if x.iqr is not None:
            yield "interquartile range of the difference", "", x.iqr, None, None, None, None, None, x.n, None
    for arm, total in r.totals.items():
        yield "events", arm, None, None, None, None, total, None, None, None
    for e in r.printed:
        yield f"printed {e.measure}", "", e.value, e.low, e.high, None, None, None, None, e.p


def _as_printed(number: _Number) -> str:
    return "" if number is None else str(number)


def _effect_rows(knowledge: Knowledge) -> Iterator[tuple[str, ...]]:
    for s, _, o, r in _each(knowledge):
        for e in effects_of(s, o, r):
            ends = (e.low, e.high) if e.bounded else (None, None)
            seen = "yes" if r.source.verified else "no"
            yield (
                *(s.id, o.name, o.role, o.better, r.basis, e.measure),
                *map(_text, (e.value, *ends, e.p)),
                *(e.method, "; ".join(e.flags), r.source.ref, seen),
                retracted(s, r, knowledge.references) or "",
            )


def _pooled_rows(found: Iterable[Answer]) -> Iterator[tuple[str, ...]]:
    for answer in found:
        synthesis = answer.synthesis
        head = (synthesis.id, synthesis.question, synthesis.measure)
        left = "; ".join(f"{x.study}: {x.why}" for x in answer.not_pooled)
        sets = {"all": answer.pooled, **{f"without {n}": p for n, p in answer.without.items()}}
        if answer.assumed:
            sets["assumed directions the other way round"] = answer.other_way_round
        sets |= {f"correlation of {r} assumed": p for r, (_, p) in answer.by_correlation.items()}
        for which, pooled in sets.items():
            if pooled is not None:
                yield *head, which, *_pooled_numbers(pooled, synthesis.measure), left
        if answer.pooled is None:
            for row in answer.rows:
                e = row.effect
                alone = map(_text, (e.value, e.low, e.high, e.p))
                yield *head, f"only {row.study.id}", "1", *alone, "", "", "", "", left
        if not answer.rows:
            yield *head, "no trial that counts", "0", *[""] * 8, left


def _pooled_numbers(pooled: Pooled, measure: Measure) -> Iterator[str]:
    value, low, high, *ahead = natural(pooled, measure)
    yield str(pooled.k)
    next_trial = ahead if pooled.k > 2 else (None, None)
    yield from map(_text, (value, low, high, pooled.p, *next_trial, pooled.tau2, pooled.i2))


def _certainty_rows(pages: Iterable[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for page in pages:
        for judged in page["certainty"]:
            head = (page["condition"], judged["about"], judged["synthesis"] or "")
            for domain, x in judged["domains"].items():
                yield (
                    *head, judged["grade"], judged["start"], domain, str(x["steps"]), x["why"],
                    judged["reviewed"] or "",
                )  # fmt: skip


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


# --- FHIR --------------------------------------------------------------------------------------------


def _bundle(knowledge: Knowledge, pages: list[dict[str, Any]], found: dict[str, Answer]) -> dict[str, Any]:
    """A FHIR R5 collection: an Evidence for each way of counting an outcome, for each pooled question with
    its certainty, and for each judgement of a condition that no pooled question carries."""
    judged = {c["synthesis"]: c for page in reversed(pages) for c in page["certainty"] if c["synthesis"]}
    resources = [
        *(_study_evidence(*row, knowledge) for row in _each(knowledge)),
        *(_pooled_evidence(answer, judged.get(name), knowledge) for name, answer in found.items()),
        *(_judged_evidence(page, c) for page in pages for c in page["certainty"] if not c["synthesis"]),
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": uuid.uuid5(_PLACE, r["id"]).urn, "resource": r} for r in resources],
    }


def _evidence(name: str, title: str, description: str, **fields: Any) -> dict[str, Any]:
    notes = [NOTE, *fields.pop("marks", ())]
    found = {
        "resourceType": "Evidence",
        "id": _id(name),
        "status": "draft",
        "title": title,
        "description": description,
        "note": [{"text": text} for text in notes],
        **fields,
    }
    return {key: value for key, value in found.items() if value}


def _id(name: str) -> str:
    """A FHIR id from what a thing is called: at most 64 letters, digits and hyphens, the same each time."""
    if len(name) <= 64:
        return name
    return f"{name[:51].rstrip('-')}-{uuid.uuid5(_PLACE, name).hex[:12]}"


def _study_evidence(
    study: Study, key: str, outcome: Outcome, result: Result, knowledge: Knowledge
) -> dict[str, Any]:
    effects = [e for e in effects_of(study, outcome, result) if isfinite(e.value)]
    first, *_, last = (*study.arms.values(), *study.arms.values())
    compared = f" against {last.takes}" if len(study.arms) > 1 else ""
    number = [r for r in outcome.results if r.basis == result.basis].index(result)
    name = f"{study.id}-{key}-{result.basis}{f'-{number + 1}' if number else ''}"
    sources = dict.fromkeys((result.source.ref, study.id))
    return _evidence(
        name,
        f"{study.id}: {outcome.name}",
        f"{first.takes}{compared}, {study.duration}; counted {result.basis}: "
        f"{result_says(study, outcome, result, knowledge)}",
        marks=[
            *([why] if (why := retracted(study, result, knowledge.references)) else []),
            *sorted({flag for effect in effects for flag in effect.flags}),
            *([] if result.source.verified else ["numbers recalled, not seen"] if not effects else []),
            *([result.note] if result.note else []),
        ],
        relatedArtifact=[_cited(ref, knowledge) for ref in sources],
        variableDefinition=[
            _variable("population", study.people),
            _variable("exposure", first.takes),
            *([_variable("referenceExposure", last.takes)] if len(study.arms) > 1 else []),
            _variable("measuredVariable", outcome.name),
        ],
        synthesisType={"text": "single study, effect recomputed" if effects else "single study, as printed"},
        statistic=[_statistic(effect, _people(study, result)) for effect in effects],
    )


def _cited(ref: str, knowledge: Knowledge) -> dict[str, Any]:
    reference = knowledge.references[ref]
    return {"type": "derived-from", "citation": f"{reference.title} ({cites(reference)})"}


def _pooled_evidence(answer: Answer, judged: dict[str, Any] | None, knowledge: Knowledge) -> dict[str, Any]:
    synthesis, pooled = answer.synthesis, answer.pooled
    statistics = []
    if pooled is not None:
        statistics.append(_pooled_statistic(pooled, synthesis.measure, answer))
    elif answer.rows:
        row = answer.rows[0]
        statistics.append(_statistic(row.effect, _people(row.study, row.result)))
    kind = "random-effects meta-analysis" if pooled else "single study, nothing to pool"
    other = answer.rows[0].study if answer.rows else None
    beside = list(other.arms.values())[-1].takes if other else "placebo"
    return _evidence(
        f"synthesis-{synthesis.id}",
        synthesis.question,
        synthesis.note or f"{kind} of {len(answer.rows)} studies",
        marks=[f"not pooled: {x.study}, {x.why}" for x in answer.not_pooled],
        relatedArtifact=[_cited(row.study.id, knowledge) for row in answer.rows],
        variableDefinition=[
            _variable("population", ", ".join(knowledge.conditions[c].name for c in synthesis.conditions)
                      or synthesis.counts or "people in trials of low dose naltrexone"),
            _variable("exposure", "low dose naltrexone"),
            _variable("referenceExposure", beside),
            _variable("measuredVariable", synthesis.effect or synthesis.question),
        ],
        synthesisType={"text": kind},
        statistic=statistics,
        certainty=[_certainty(judged)] if judged else [],
    )  # fmt: skip


def _judged_evidence(page: dict[str, Any], judged: dict[str, Any]) -> dict[str, Any]:
    """What is thought of an outcome for which nothing is pooled, with the studies it rests on."""
    slug = "-".join(judged["about"].lower().replace(":", "").replace("'", "").split())
    studies = [s for group in GROUPS for s in page[group] if s["stage"] == "results"]
    return _evidence(
        f"judged-{page['condition'].partition('/')[2]}-{slug}",
        f"{page['name']}: {judged['about']}",
        " ".join(filter(None, (page["first"], page["lay"]))),
        marks=[f"best human evidence: {page['evidence']}"],
        relatedArtifact=[
            {"type": "derived-from", "citation": f"{s['source']['title']} ({s['cites']})"} for s in studies
        ],
        variableDefinition=[
            _variable("population", page["name"]),
            _variable("exposure", "low dose naltrexone"),
            _variable("measuredVariable", judged["about"]),
        ],
        synthesisType={"text": "read together, not pooled"},
        certainty=[_certainty(judged)],
    )


def _certainty(judged: dict[str, Any]) -> dict[str, Any]:
    by = judged["reviewed"] or "nobody yet"
    return {
        "description": f"our judgement by the GRADE domains, reviewed by {by}",
        "type": {"text": "overall certainty"},
        "rating": {"text": judged["grade"]},
        "subcomponent": [
            {
                "type": {"text": domain},
                "rating": {"text": f"lowered by {x['steps']}" if x["steps"] else "not lowered"},
                "description": x["why"],
            }
            for domain, x in judged["domains"].items()
        ],
    }


def _variable(role: str, says: str) -> dict[str, Any]:
    return {"variableRole": {"coding": [{"system": _ROLES, "code": role}]}, "description": says}


def _people(study: Study, result: Result) -> int | None:
    """How many people an effect is of."""
    found = people_of(study, result)
    return sum(found) if isinstance(found, tuple) else found


def _statistic(effect: Effect, people: int | None) -> dict[str, Any]:
    of = {"end": ", of the values at the end", "change": ", of the changes"}.get(effect.compares or "", "")
    found: dict[str, Any] = {
        "statisticType": {"text": _STATISTICS[effect.measure]},
        "quantity": {"value": float(f"{effect.value:.6g}")},
        "description": f"{effect.method}{of}",
    }
    if people:
        found["sampleSize"] = {"numberOfParticipants": people}
    if effect.bounded and isfinite(effect.low) and isfinite(effect.high):
        found["attributeEstimate"] = [_interval("confidence interval", effect.low, effect.high)]
    return found


def _pooled_statistic(pooled: Pooled, measure: Measure, answer: Answer) -> dict[str, Any]:
    value, low, high, *ahead = natural(pooled, measure)
    people = [_people(r.study, r.result) for r in answer.rows]
    known = sum(n for n in people if n is not None)
    return {
        "statisticType": {"text": _STATISTICS[measure]},
        "quantity": {"value": float(f"{value:.6g}")},
        "description": "random effects, Paule and Mandel's variance, Hartung and Knapp's interval",
        "sampleSize": {"numberOfStudies": pooled.k, **({"numberOfParticipants": known} if None not in people
                       else {})},
        "attributeEstimate": [
            _interval("confidence interval", low, high),
            *([_interval("prediction interval", *ahead)] if pooled.k > 2 else []),
            {"type": {"text": "I-squared"}, "quantity": {"value": round(pooled.i2, 3)}},
            {"type": {"text": "tau-squared"}, "quantity": {"value": float(f"{pooled.tau2:.6g}")}},
        ],
    }  # fmt: skip


def _interval(kind: str, low: float, high: float) -> dict[str, Any]:
    return {
        "type": {"text": kind},
        "level": 0.95,
        "range": {"low": {"value": float(f"{low:.6g}")}, "high": {"value": float(f"{high:.6g}")}},
    }
