"""A taper as JSON (docs/reference/json.md)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from openldn import __version__
from openldn.answers.equivalents import number
from openldn.answers.guide import reference_json
from openldn.answers.values import DISCLAIMER, SCHEMA, day_json
from openldn.followup.weaning.review import Asked as Said
from openldn.followup.weaning.review import TaperReview
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import unverified
from openldn.plan.weaning.changes import Change
from openldn.plan.weaning.taper import Asked, Piece, Schedule, Step, Taper
from openldn.plan.weaning.uldn import UltraLow
from openldn.quantities import Dose, DoseRate, number_text


def amount_json(base: int, piece: Piece) -> dict[str, Any]:
    """The whole number that is kept, and as it is written."""
    if piece is Piece.PATCH:
        value = number_text(DoseRate(base).in_unit("microgram per hour"))
        return {"nanograms_per_hour": base, "value": value, "unit": "microgram per hour"}
    return {"nanograms": base, "value": number_text(Dose(base).in_unit("mg")), "unit": "mg"}


def schedule_json(
    source: str,
    found: Schedule,
    signed: Taper | None,
    beside: UltraLow | None = None,
    screening: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A schedule; with `signed` a plan that somebody answers for, and the `screening` it rests on."""
    asked, piece, problem = found.asked, found.asked.piece, found.problem
    return {
        "schema": f"{SCHEMA}/taper",
        "source": source,
        "kind": "plan" if signed else "calculation, nobody was screened",
        "drug": asked.drug.name,
        "from": amount_json(asked.daily, piece),
        "stock": [
            {"text": u.text, "kind": str(u.piece)} | amount_json(u.amount, u.piece) for u in asked.units
        ],
        "asked": _asked(asked),
        "basis": str(asked.basis),
        "rate_percent": number(found.pace.rate * 100),
        "interval_days": found.pace.interval,
        "why": found.pace.why,
        "warnings": list(found.pace.warnings),
        "max_step_percent": None if asked.max_step is None else number(asked.max_step * 100),
        "floor": amount_json(problem.floor, piece),
        "plan": signed and _plan(signed, screening),
        "steps": [_step(s, before, piece) for s, before in _with_before(found.steps)],
        "stops": found.stops and found.stops.isoformat(),
        "needs_smaller_unit": _stuck(found),
        "dispensed": [
            {"unit": amount_json(unit, piece), "count": n} for unit, n in sorted(found.dispensed.items())
        ],
        "optimum": {
            "nanogram_days_above_target": str(found.above_target),
            "units": sum(found.dispensed.values()),
            "changes": found.changes,
            "fingerprint": found.fingerprint,
        },
        "uldn": beside and _uldn(beside),
        "disclaimer": DISCLAIMER,
    }


def _asked(asked: Asked) -> dict[str, Any]:
    """All that the schedule is made of, exactly: with it the same schedule is made again."""
    return {
        "starts": asked.starts.isoformat(),
        "duration_days": asked.duration,
        "rate": None if asked.rate is None else str(asked.rate),
        "interval_days": asked.interval,
        "max_step": None if asked.max_step is None else str(asked.max_step),
        "floor": asked.floor,
        "doses_a_day": asked.doses_a_day,
        "faster_by": asked.faster_by or None,
    }


def _plan(signed: Taper, screening: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": signed.id,
        "prescriber": signed.prescriber,
        "review": signed.review.isoformat(),
        "team": list(signed.agreement.team),
        "agreed_on": day_json(signed.agreement.agreed_on),
        "changes": [_change(c) for c in signed.changes],
        "settled": day_json(signed.settled),
        "screening": screening,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "on": change.on.isoformat(),
        "move": str(change.move),
        "rule": change.rule or None,
        "by": change.by or None,
        "review": day_json(change.review),
    }


def changed_json(changed: Taper, fields: dict[str, Any]) -> dict[str, Any]:
    """The plan that was saved in `fields`, with what was done since."""
    return fields | {"plan": _plan(changed, fields["plan"]["screening"])}


def review_json(found: TaperReview, knowledge: Knowledge, applied: str | None) -> dict[str, Any]:
    """One review of a taper: what is asked for, what applies besides, and what lies ahead."""
    piece = found.taper.schedule.asked.piece
    return {
        "schema": f"{SCHEMA}/taper-review",
        "version": __version__,
        "plan": found.taper.id,
        "drug": found.taper.schedule.asked.drug.name,
        "as_of": found.as_of.isoformat(),
        "read_until": found.closed.isoformat(),
        "asked": _said(found.asked, knowledge),
        "besides": [_said(a, knowledge) for a in found.besides],
        "paused_since": day_json(found.paused_since),
        "review_on": found.taper.review_on(found.as_of).isoformat(),
        "ahead": [_step(s, before, piece) for s, before in _with_before(found.ahead)],
        "open": found.is_open,
        "applied": applied,
        "disclaimer": DISCLAIMER,
    }


def _said(asked: Said, knowledge: Knowledge) -> dict[str, Any]:
    rule = asked.rule
    return {
        "rule": rule.id,
        "move": str(asked.move),
        "says": asked.worded(),
        "tells_patient": asked.candidate.tells_patient,
        "needs_signature": asked.move.signed,
        "soon": asked.candidate.soon,
        "read": [{"entry": r.where, "what": r.what} for r in asked.read],
        "references": [reference_json(key, knowledge.references[key]) for key in rule.references],
        "status": str(rule.status),
        "because": rule.because,
        "unverified": list(unverified(rule)),
    }


def _uldn(beside: UltraLow) -> dict[str, Any]:
    ldn = beside.ldn
    return {
        "dose": {
            "nanograms": beside.dose.nanograms,
            "value": number_text(beside.dose.in_unit("microgram")),
            "unit": "microgram",
        },
        "every_hours": beside.every_hours,
        "starts": beside.starts.isoformat(),
        "ends": day_json(beside.ends),
        "says": beside.says,
        "first_dose": beside.first_dose,
        "ldn_not_before": day_json(ldn.minimum if ldn else None),
        "ldn_prudent_from": day_json(ldn.prudent if ldn else None),
    }


def beside_json(source: str, beside: UltraLow, screening: dict[str, Any]) -> dict[str, Any]:
    """ULDN beside an opioid that goes on, and the screening it rests on."""
    return {
        "schema": f"{SCHEMA}/uldn",
        "version": __version__,
        "source": source,
        "plan": beside.id,
        "drug": beside.opioid,
        "prescriber": beside.prescriber,
        "review": beside.review.isoformat(),
        "uldn": _uldn(beside),
        "screening": screening,
        "disclaimer": DISCLAIMER,
    }


def _with_before(steps: tuple[Step, ...]) -> list[tuple[Step, Step | None]]:
    return [(step, steps[n - 1] if n else None) for n, step in enumerate(steps)]


def _step(step: Step, before: Step | None, piece: Piece) -> dict[str, Any]:
    return {
        "from": step.starts.isoformat(),
        "to": step.ends.isoformat(),
        "phase": str(step.phase),
        "daily": amount_json(step.day.total, piece),
        "every_days": step.every,
        "doses": [[{"unit": amount_json(u, piece), "count": n} for u, n in dose] for dose in step.day.doses],
        "target": None if step.target is None else str(step.target),
        "drop_percent": number(drop(step, before) * 100),
    }


def drop(step: Step, before: Step | None) -> Fraction:
    """The part of the dose before that goes; every other day counts as half."""
    if before is None:
        return Fraction(0)
    was, now = Fraction(before.day.total, before.every), Fraction(step.day.total, step.every)
    return (was - now) / was


def _stuck(found: Schedule) -> dict[str, Any] | None:
    if found.stuck is None:
        return None
    piece = found.asked.piece
    return {
        "at": amount_json(found.stuck.at, piece),
        "next": amount_json(found.stuck.below, piece),
        "drop_percent": number(found.stuck.drop * 100),
        "would_do": found.offer
        and {
            "text": found.offer.unit.text,
            **amount_json(found.offer.unit.amount, piece),
            "floor": amount_json(found.offer.floor, piece),
        },
    }
