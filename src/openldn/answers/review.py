"""A review as JSON: the same values that the screen and the summary show."""

from __future__ import annotations

from typing import Any

from openldn import __version__
from openldn.answers.guide import reference_json
from openldn.answers.plan import bite_json
from openldn.answers.values import DISCLAIMER, SCHEMA, dose_json
from openldn.followup.review import Proposal, Review
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import unverified


def review_json(answer: Review, knowledge: Knowledge, applied: str | None) -> dict[str, Any]:
    """One review: the proposal, who lost, what it rests on; `applied` is the number of the new plan."""
    standing, look, grounds = answer.standing, answer.assessment, answer.grounds
    return {
        "schema": f"{SCHEMA}/review",
        "version": __version__,
        "plan": answer.plan.id,
        "patient": answer.plan.patient,
        "as_of": answer.as_of.isoformat(),
        "read_until": answer.closed.isoformat(),
        "dose": answer.dose and dose_json(answer.dose),
        "proposal": _proposal(answer.proposal, knowledge),
        "lost": [_proposal(p, knowledge) for p in answer.lost],
        "standing": {
            "phase": standing.phase.name.lower(),
            "rung": standing.rung + 1,
            "rungs": len(answer.setting.rungs),
            "days_to_take": standing.due,
            "days_to_fill_in": standing.wait,
            "last_sign": standing.sign.name.lower().replace("_", " "),
            "halvings": standing.halvings,
            "stays": standing.stays,
        },
        "longer_look": {
            "response": look.response.value,
            "because": grounds.response,
            "gap": look.gap.value,
            "operation": look.operation.value,
            "last_dose": grounds.last_dose.isoformat() if grounds.last_dose else None,
            "in_the_way": sorted(b.value for b in look.blocks),
            "tests": grounds.tests or None,
            "rise_planned": look.rise_planned,
        },
        "applied": applied,
        "disclaimer": DISCLAIMER,
    }


def _proposal(proposal: Proposal, knowledge: Knowledge) -> dict[str, Any]:
    rule, candidate = proposal.rule, proposal.candidate
    return {
        "rule": rule.id,
        "level": candidate.level.name.lower().replace("_", " "),
        "move": str(proposal.move),
        "says": proposal.worded(),
        "from": proposal.starts.isoformat(),
        "dose": proposal.dose and dose_json(proposal.dose),
        "wanted": proposal.wanted and dose_json(proposal.wanted),
        "limits": [bite_json(b) for b in proposal.bites],
        "tells_patient": candidate.tells_patient,
        "needs_signature": proposal.needs_signature,
        "soon": candidate.soon,
        "read": [{"entry": r.where, "what": r.what} for r in proposal.read],
        "claims": [
            {"id": c, "status": str(knowledge.claims[c].status), "says": knowledge.claims[c].says}
            for c in rule.claims
        ],
        "references": [reference_json(key, knowledge.references[key]) for key in rule.references],
        "status": str(rule.status),
        "because": rule.because,
        "unverified": list(unverified(rule)),
    }
