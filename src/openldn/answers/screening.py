"""Screenings as JSON: the same values that the screen shows."""

from __future__ import annotations

from typing import Any, Final

from openldn import __version__
from openldn.answers.guide import condition_json, reference_json
from openldn.answers.values import DISCLAIMER, SCHEMA, day_json, limit_json
from openldn.knowledge.finding_schema import Measure
from openldn.knowledge.findings import Meanings
from openldn.knowledge.load import Knowledge
from openldn.knowledge.names import Identity
from openldn.knowledge.schema import unverified
from openldn.record.patient import Record
from openldn.screening.opioids import Exposure
from openldn.screening.screen import Screening
from openldn.screening.verdict import Reason, Verdict

STRICTEST: Final = "strictest of GB, US, EU, NO"


def screening_json(
    source: str, record: Record, screening: Screening, verdict: Verdict, knowledge: Knowledge
) -> dict[str, Any]:
    """A screening, with all it rests on and all that was not read."""
    return {
        "schema": f"{SCHEMA}/screen",
        "version": __version__,
        "file": source,
        "patient": record.patient.id,
        "therapy": str(verdict.therapy),
        "as_of": verdict.as_of.isoformat(),
        "where": verdict.where or STRICTEST,
        "verdict": verdict.word,
        "clears_on": day_json(verdict.clears_on),
        "opioid_on_record": str(screening.on_record),
        "opioids": [_exposure(e) for e in screening.exposures],
        "reasons": [_reason(r, verdict, knowledge) for r in verdict.reasons],
        "notes": [_reason(r, verdict, knowledge) for r in verdict.notes],
        "missing": [
            {"rule": r.rule.id, "question": r.asked(), "read": [x.where for x in r.read]}
            for r in verdict.missing
        ],
        "drug_list": {
            "state": str(record.drug_list.state),
            "dated": day_json(record.drug_list.dated),
            "dated_from": record.drug_list.dated_from,
            "entries": len(record.medications),
        },
        "conditions": [condition_json(c) for c in screening.conditions],
        "interview": _interview(record),
        "statements": [
            {"drug": s.drug, "ended": s.ended.isoformat(), "by": s.by, "stated": s.stated.isoformat()}
            for s in record.statements
        ],
        "skipped": [{"entry": s.where, "reason": s.reason, "matters": s.matters} for s in record.skipped],
        "not_read": dict(record.not_read),
        "disclaimer": DISCLAIMER,
    }


def identity_json(text: str, drugs: Identity, findings: Meanings, test: Measure | None) -> dict[str, Any]:
    """How a text is read: as which drugs, findings and test."""
    return {
        "text": text,
        "readable": drugs.readable,
        "drugs": [
            {
                "ingredient": n.drug.name,
                "kind": str(n.drug.kind),
                "blocks_ldn": n.drug.blocks_ldn,
                "classes": list(n.drug.classes),
                "recognised_by": n.by,
            }
            for n in drugs.named
        ],
        "findings": [{"id": m.finding, "past": m.past} for m in findings.named],
        "test": test and test.id,
    }


def _exposure(exposure: Exposure) -> dict[str, Any]:
    drug, entry = exposure.named.drug, exposure.entry
    return {
        "ingredient": drug.name,
        "text": entry.text,
        "status": str(exposure.use),
        "recorded_status": entry.recorded_status,
        "stale": exposure.stale,
        "kind": str(drug.kind),
        "blocks_ldn": drug.blocks_ldn,
        "form": exposure.named.form,
        "ordered": day_json(entry.ordered),
        "runs_until": day_json(entry.runs_until),
        "runs_until_from": entry.runs_until_from,
        "last_taken": day_json(exposure.last_taken),
        "last_taken_from": exposure.last_taken_from,
        "stated_by": exposure.stated.by if exposure.stated else None,
        "source": entry.id,
        "recognised_by": exposure.named.by,
    }


def _reason(reason: Reason, verdict: Verdict, knowledge: Knowledge) -> dict[str, Any]:
    aside, limit = reason.set_aside, reason.limit
    return {
        "rule": reason.rule.id,
        "severity": str(reason.severity),
        "tier": reason.severity.tier,
        "text": reason.worded(),
        "values": dict(reason.values),
        "read": [{"entry": r.where, "what": r.what} for r in reason.read],
        "claims": [
            {"id": c, "status": str(knowledge.claims[c].status), "says": knowledge.claims[c].says}
            for c in reason.rule.claims
        ],
        "references": [reference_json(key, knowledge.references[key]) for key in reason.rule.references],
        "unverified": list(unverified(reason.rule)),
        "status": str(reason.rule.status),
        "because": reason.rule.because,
        "clears_on": day_json(reason.clears_on),
        "limit": limit and limit_json(limit),
        "overridable": reason.rule.overridable_in(verdict.where),
        "overridable_by": reason.rule.overridable_by if reason.rule.overridable_in(verdict.where) else None,
        "override": aside and {"by": aside.by, "reason": aside.reason, "until": aside.until.isoformat()},
    }


def _interview(record: Record) -> dict[str, Any] | None:
    interview = record.interview
    if interview is None:
        return None
    return {
        "held": interview.held.isoformat(),
        "by": interview.by,
        "answers": {str(q): str(a) for q, a in interview.answers.items()},
        "medicines": [
            {"question": str(m.question), "name": m.name, "last_taken": day_json(m.last_taken)}
            for m in interview.mentioned
        ],
        "no_opioid_since": day_json(interview.no_opioid_since),
        "health": {str(q): str(a) for q, a in interview.health.items()},
        "operation_on": day_json(interview.operation_on),
        "results": [
            {"test": r.measure, "value": r.shown, "taken": day_json(r.taken)} for r in interview.results
        ],
    }
