"""Batches, their dilution and their error budget as JSON (docs/reference/json.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from openldn import __version__
from openldn.answers.values import SCHEMA, dose_json, volume_json
from openldn.dispensing.batches import Batch, Preparation
from openldn.dispensing.budget import Spread, slips_of
from openldn.dispensing.calibration import Calibration, Counted
from openldn.dispensing.capsule_batches import CapsuleBatch, Uniformity
from openldn.dispensing.dilution import DilutionPlan
from openldn.dispensing.hand_over import Compounded, HandOver
from openldn.dispensing.home import HomeDose, Made
from openldn.dispensing.making import Making
from openldn.dispensing.orders import CheckedOrder
from openldn.dispensing.readings import Outcome
from openldn.dispensing.substance import as_shown, uncorrected
from openldn.knowledge.load import Knowledge
from openldn.leaflets.wording import WORKSHEET_NOTE, hundredths_text
from openldn.plan.steps import Plan
from openldn.quantities import Dose, Mass, Strength, number_text


def mass_json(mass: Mass) -> dict[str, Any]:
    """What lies on a balance."""
    return {"nanograms": mass.base, "text": str(mass)}


def making_json(
    made: Making,
    chance: Spread | None,
    seed: int,
    uniformity: Uniformity | None,
    outcome: Outcome | None,
) -> dict[str, Any]:
    """A batch: what goes in, how far off it may be, what has to be read, and what was.

    Args:
        made: the batch.
        chance: the spread that was drawn, of a liquid from powder.
        seed: of the draw.
        uniformity: of capsules.
        outcome: readings, judged; None: nobody has read anything.
    """
    batch, formula = made.batch, made.batch.formula
    liquid = batch if isinstance(batch, Batch) else None
    return {
        "schema": f"{SCHEMA}/compound",
        "version": __version__,
        "formula": formula.id,
        "title": formula.title,
        "drug": dose_json(batch.drug),
        "liquid": liquid and _liquid(liquid),
        "capsules": None if isinstance(batch, Batch) else _capsules(batch, uniformity),
        "container": formula.container,
        "method": list(formula.method),
        "source": {"ref": formula.source.ref, "at": formula.source.at, "verified": formula.source.verified},
        "study": formula.study,
        "preparation": made.preparation and _preparation(made.preparation, chance, seed),
        "use_until": made.until.last_day.isoformat(),
        "bounds": [
            {"last_day": b.last_day.isoformat(), "says": b.said, "rule": b.rule, "verified": b.seen}
            for b in made.until.bounds
        ],
        "entries": [
            {"key": e.key, "asks": e.asks, "kind": str(e.kind), "passes": e.passes}
            for e in made.sheet.entries
        ],
        "outcome": outcome and outcome_json(outcome),
        "batch": compounded_json(made.compounded(outcome)),
        "note": WORKSHEET_NOTE,
    }


def _liquid(batch: Batch) -> dict[str, Any]:
    return {
        "volume": volume_json(batch.volume),
        "strength": str(batch.strength),
        "tablets": batch.tablets,
        "ingredients": [{"name": a.name, "amount": str(a.amount), "note": a.note} for a in batch.others],
        "make_up": batch.formula.make_up,
        "carries": batch.formula.carries,
    }


def _capsules(batch: CapsuleBatch, uniformity: Uniformity | None) -> dict[str, Any]:
    assert uniformity is not None
    fill, step = batch.blend.fill, batch.balance.readability
    value = uniformity.acceptance_value
    return {
        "dose": dose_json(batch.dose),
        "made": batch.capsules,
        "weigh": str(batch.weighed),
        "triturate": [
            {
                "weigh": str(batch.weighed if n == 0 else m.weighed),
                "filler": str(Mass(m.made.base - (batch.weighed if n == 0 else m.weighed).base)),
                "take": str(m.taken),
            }
            for n, m in enumerate(batch.mixtures)
        ],
        "filler": str(as_shown(batch.filler, step)),
        "blend": str(as_shown(batch.blend.total, step)),
        "fill": str(as_shown(fill.total, Mass.mg("0.1"))),
        "drug_part_percent": hundredths_text(fill.drug_part),
        "passes_weight_check_up_to": hundredths_text(fill.blind_up_to() / 100),
        "largest_particle_micrometres": round(uniformity.largest, 1),
        "particle_micrometres": uniformity.particle,
        "spread_percent": round(uniformity.spread_percent, 1),
        "uniform": uniformity.uniform,
        "acceptance_value": None if value is None else round(value, 2),
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Readings, judged: what passes, what fails and by which rule, and what was not asked for."""
    return {
        "passed": outcome.passed,
        "content_percent": None if outcome.content is None else hundredths_text(outcome.content),
        "judged": [
            {
                "key": j.entry.key,
                "read": list(j.texts),
                "passed": j.passed,
                "says": j.said,
                "rule": j.rule and j.rule.id,
            }
            for j in outcome.judged
        ],
        "not_asked_for": [{"key": r.key, "read": r.text, "by": r.by} for r in outcome.strays],
    }


def compounded_json(made: Compounded) -> dict[str, Any]:
    """A batch as hand-over reads it."""
    return {
        "number": made.number,
        "formula": made.formula.id,
        "pieces": made.pieces,
        "one": dose_json(made.one),
        "left": made.left,
        "made": made.made.isoformat(),
        "use_until": made.last_use.isoformat(),
        "released": made.released,
    }


class BadBatch(ValueError):
    """Fields that are no batch; says which."""


def compounded_of(fields: Mapping[str, Any], knowledge: Knowledge) -> Compounded:
    """A batch from the JSON of `compound`.

    Raises:
        BadBatch: it is none.
    """
    try:
        formula = knowledge.all_formulas[fields["formula"]]
        days = (date.fromisoformat(fields["made"]), date.fromisoformat(fields["use_until"]))
        one, left = Dose(fields["one"]["nanograms"]), int(fields["left"])
        return Compounded(
            str(fields["number"]),
            formula,
            fields["pieces"] is True,
            one,
            left,
            *days,
            fields["released"] is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadBatch(f"no batch as `openldn compound --json` prints it: {error}") from error


def hand_over_json(plan: Plan, made: Compounded, found: HandOver) -> dict[str, Any]:
    """The checks of a hand-over, and what goes over the counter."""
    supply = found.supply
    return {
        "schema": f"{SCHEMA}/hand-over",
        "version": __version__,
        "plan": plan.id,
        "batch": made.number,
        "may_go": found.may_go,
        "item": supply.item.name,
        "amount": supply.amount,
        "since": supply.since.isoformat(),
        "until": supply.until.isoformat(),
        "checks": [{"passed": c.passed, "says": c.said, "rule": c.rule.id} for c in found.checks],
        "note": WORKSHEET_NOTE,
    }


def orders_json(checked: Sequence[CheckedOrder]) -> dict[str, Any]:
    """Orders with what is wrong with them."""
    return {
        "schema": f"{SCHEMA}/orders",
        "version": __version__,
        "orders": [
            {
                "order": c.number,
                "passed": c.passed,
                "problems": [{"field": p.field, "says": p.said, "rule": p.rule.id} for p in c.problems],
            }
            for c in checked
        ],
    }


def calibration_json(found: Calibration, doses: Sequence[Counted], form: str) -> dict[str, Any]:
    """What a drop or stroke holds, and doses in whole ones."""
    return {
        "schema": f"{SCHEMA}/calibration",
        "version": __version__,
        "form": form,
        "strength": str(found.strength),
        "volume_ml": f"{float(found.volume) / 1e6:.5f}",
        "holds_mg": f"{float(found.holds) / 1e6:.4f}",
        "spread_percent": hundredths_text(found.spread),
        "doses": [
            {
                "dose": dose_json(c.dose),
                "count": c.pieces,
                "holds_mg": f"{float(c.holds.nominal) / 1e6:.3f}",
                "low_mg": f"{float(c.holds.low) / 1e6:.3f}",
                "high_mg": f"{float(c.holds.high) / 1e6:.3f}",
                "off_percent": f"{float(100 * c.off):+.1f}",
                "fits": c.fits,
            }
            for c in doses
        ],
        "note": WORKSHEET_NOTE,
    }


def _preparation(made: Preparation, chance: Spread | None, seed: int) -> dict[str, Any]:
    interval = made.budget.interval
    return {
        "lot": made.lot.number,
        "substance": made.lot.substance.title,
        "exact_nanograms": str(made.exact),
        "weigh": mass_json(made.shown),
        "uncorrected_percent": hundredths_text(abs(uncorrected(made.lot))),
        "flask": made.flask and volume_json(made.flask.holds),
        "dilution": made.plan and plan_json(made.plan),
        "further_plans": [plan_json(plan) for plan in made.others],
        "budget": {
            "low_percent": hundredths_text(interval.low / interval.nominal),
            "high_percent": hundredths_text(interval.high / interval.nominal),
            "factors": [
                {"name": f.name, "percent": hundredths_text(f.relative)} for f in made.budget.largest
            ],
            "chance": chance
            and {
                "seed": seed,
                "sd_percent": round(chance.sd_percent, 3),
                "low_percent": round(100 * chance.low / float(interval.nominal), 2),
                "high_percent": round(100 * chance.high / float(interval.nominal), 2),
            },
        },
        "slips": [
            {"what": s.what, "times": str(s.times), "caught_by": s.caught_by}
            for s in (slips_of(made.plan) if made.plan else ())
        ],
    }


def plan_json(plan: DilutionPlan) -> dict[str, Any]:
    """A dilution plan with the strength after each transfer."""
    return {
        "from": str(plan.start),
        "transfers": [
            {
                "take": volume_json(t.pipette.holds),
                "make_up_to": volume_json(t.flask.holds),
                "strength": str(Strength.mg_per_ml(strength / 10**6)),
            }
            for t, strength in plan.strengths()
        ],
        "error_percent": hundredths_text(plan.error),
        "made": volume_json(plan.made),
    }


def home_json(made: Made, found: HomeDose) -> dict[str, Any]:
    """What somebody has made at home, and what a dose of it holds."""
    holds = found.holds
    return {
        "schema": f"{SCHEMA}/home-dilution",
        "version": __version__,
        "tablets": made.tablets,
        "water": volume_json(made.water),
        "taken": volume_json(made.dose),
        "nominal_mg": _mg(found.nominal),
        "low_mg": holds and _mg(holds.low),
        "high_mg": holds and _mg(holds.high),
        "ask": list(found.ask),
        "note": "A check of what was made, not a recipe. Ask a pharmacist before the next dose.",
    }


def _mg(nanograms: Fraction) -> str:
    """Milligrams to the third decimal: what is told of an interval, never a dose to take."""
    return number_text(Fraction(round(nanograms / 1000), 1000))
