"""What the guide's data say, as JSON: the same values that `openldn guide` shows as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from openldn.knowledge.finding_schema import LEVELS, Condition
from openldn.knowledge.guide_schema import Claim, Reference
from openldn.knowledge.links import Uses, uses
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Parameter, Rule, Value, unverified
from openldn.knowledge.search import Entry


def coverage(knowledge: Knowledge) -> dict[str, Any]:
    """Counts and lists of what became of the statements."""
    used = uses(knowledge)
    claims = sorted(knowledge.claims.values(), key=lambda c: c.id)
    planned: dict[str, list[str]] = {}
    for claim in claims:
        if claim.planned:
            planned.setdefault(claim.planned.capability, []).append(claim.id)
    return {
        "statements": len(claims),
        "by_status": dict(sorted(Counter(str(c.status) for c in claims).items())),
        "by_rules": sum(bool(used[c.id].rules) for c in claims),
        "by_conditions": sum(bool(used[c.id].conditions) for c in claims),
        "by_expectations": sum(bool(used[c.id].expectations) for c in claims),
        "by_formulations": sum(bool(used[c.id].formulations) for c in claims),
        "planned": planned,
        "not_computable": {c.id: c.not_computable for c in claims if c.not_computable},
        "without_fate": [c.id for c in claims if not (used[c.id] or c.planned or c.not_computable)],
    }


def fate_text(claim: Claim, used: Uses) -> str:
    """What became of a statement, in one line."""
    parts = [*used.rules, *used.conditions, *used.expectations, *used.formulations]
    if claim.planned:
        parts.append(f"planned ({claim.planned.capability}): {claim.planned.what}")
    if claim.not_computable:
        parts.append(f"not computable: {claim.not_computable}")
    return "; ".join(parts)


def claim_json(claim: Claim, used: Uses, knowledge: Knowledge) -> dict[str, Any]:
    """A statement with its standing and its fate."""
    return {
        "id": claim.id,
        "says": claim.says,
        "at": claim.at,
        "kind": claim.kind,
        "status": str(claim.status),
        "literature": claim.literature,
        "unverified": list(claim.unverified),
        "references": [reference_json(k, knowledge.references[k]) for k in claim.references],
        "asks": claim.asks,
        "rules": list(used.rules),
        "conditions": list(used.conditions),
        "expectations": list(used.expectations),
        "formulations": list(used.formulations),
        "planned": claim.planned and {"capability": claim.planned.capability, "what": claim.planned.what},
        "not_computable": claim.not_computable,
    }


def reference_json(key: str, reference: Reference) -> dict[str, Any]:
    """A source with its ids and how it stands."""
    return {
        "key": key,
        "title": reference.title,
        "year": reference.year,
        "doi": reference.doi,
        "pmid": reference.pmid,
        "registry": reference.registry,
        "status": reference.status,
        "unverified": list(reference.unverified),
        "note": reference.note,
    }


def condition_json(condition: Condition) -> dict[str, Any]:
    """A condition with its codes and its evidence."""
    early = condition.early_worsening
    return {
        "id": condition.id,
        "name": condition.name,
        "printed": condition.printed,
        "claims": list(condition.claims),
        "same_as": condition.same_as,
        "evidence": [
            {"level": e.level, "part": e.part, "means": LEVELS[e.level]} for e in condition.evidence
        ],
        "studies": list(condition.studies),
        "oncology": condition.oncology,
        "early_worsening": early
        and {"signs": early.signs, "lasts": early.lasts, "claims": list(early.claims)},
        "icd10": list(condition.icd10),
        "snomed": list(condition.snomed),
        "unverified": list(condition.unverified),
        "note": condition.note,
    }


def rule_json(rule: Rule, knowledge: Knowledge) -> dict[str, Any]:
    """A rule with its values, each with its source and mark."""
    severity = rule.severity
    return {
        "id": rule.id,
        "title": rule.title,
        "applies_to": [str(t) for t in rule.applies_to],
        "status": str(rule.status),
        "because": rule.because,
        "severity": dict(severity) if isinstance(severity, dict) else severity,
        "overridable": rule.overridable,
        "text": dict(rule.text),
        "question": dict(rule.question),
        "claims": [{"id": c, "status": str(knowledge.claims[c].status)} for c in rule.claims],
        "references": [reference_json(k, knowledge.references[k]) for k in rule.references],
        "parameters": {name: [_value(v, p) for v in p.values] for name, p in rule.parameters.items()},
        "unverified": list(unverified(rule)),
        "reviewed": rule.reviewed,
    }


def _value(value: Value, parameter: Parameter) -> dict[str, Any]:
    return {
        "since": value.since.isoformat(),
        "where": value.where,
        "value": value.value,
        "unit": parameter.unit,
        "ref": value.source.ref,
        "at": value.source.at,
        "verified": value.source.verified,
    }


def entry_json(entry: Entry, knowledge: Knowledge) -> dict[str, Any]:
    """All that is known of one entry."""
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "claim": lambda: claim_json(knowledge.claims[entry.id], uses(knowledge)[entry.id], knowledge),
        "rule": lambda: rule_json(knowledge.rules[entry.id], knowledge),
        "condition": lambda: condition_json(knowledge.conditions[entry.id]),
        "source": lambda: reference_json(entry.id, knowledge.references[entry.id]),
        "expectation": lambda: expectation_json(entry.id, knowledge),
    }
    return {"what": entry.kind, **makers[entry.kind]()}


def expectation_json(name: str, knowledge: Knowledge) -> dict[str, Any]:
    """A statement for patients with its figures."""
    told = knowledge.expectations[name]
    return {
        "id": told.id,
        "topic": told.topic,
        "title": told.title["en"],
        "text": dict(told.text),
        "status": str(told.status),
        "claims": list(told.claims),
        "references": [reference_json(k, knowledge.references[k]) for k in told.references],
        "conditions": list(told.conditions),
        "figures": [
            {"event": f.event["en"], "ldn": f.ldn, "control": f.control, "ratio": f.ratio, "note": f.note,
             "ref": f.source.ref, "at": f.source.at, "verified": f.source.verified}
            for f in told.figures
        ],
    }  # fmt: skip
