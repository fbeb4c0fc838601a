"""A taper as JSON (docs/reference/json.md)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from openldn.answers.equivalents import number
from openldn.answers.values import DISCLAIMER, SCHEMA, day_json
from openldn.plan.weaning.taper import Piece, Schedule, Step, Taper
from openldn.plan.weaning.uldn import UltraLow
from openldn.quantities import Dose, DoseRate, number_text


def amount_text(base: int, piece: Piece) -> str:
    """A dose of an opioid, or the rate of patches, as it is written."""
    return DoseRate(base).text("microgram per hour") if piece is Piece.PATCH else Dose(base).text("mg")


def amount_json(base: int, piece: Piece) -> dict[str, Any]:
    """The whole number that is kept, and as it is written."""
    if piece is Piece.PATCH:
        value = number_text(DoseRate(base).in_unit("microgram per hour"))
        return {"nanograms_per_hour": base, "value": value, "unit": "microgram per hour"}
    return {"nanograms": base, "value": number_text(Dose(base).in_unit("mg")), "unit": "mg"}


def schedule_json(
    source: str, found: Schedule, signed: Taper | None, beside: UltraLow | None = None
) -> dict[str, Any]:
    """A schedule; with `signed` a plan that somebody answers for."""
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
        "basis": str(asked.basis),
        "rate_percent": number(found.pace.rate * 100),
        "interval_days": found.pace.interval,
        "why": found.pace.why,
        "warnings": list(found.pace.warnings),
        "max_step_percent": None if asked.max_step is None else number(asked.max_step * 100),
        "floor": amount_json(problem.floor, piece),
        "verdict": signed and {"verdict": signed.verdict.word, "as_of": signed.verdict.as_of.isoformat()},
        "prescriber": signed and signed.prescriber,
        "review": signed and signed.review.isoformat(),
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
