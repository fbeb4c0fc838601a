"""Batches, their dilution and their error budget as JSON (docs/reference/json.md)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from openldn import __version__
from openldn.answers.values import SCHEMA, dose_json, volume_json
from openldn.dispensing.batches import Batch, Preparation
from openldn.dispensing.beyond_use import BeyondUse
from openldn.dispensing.budget import Spread, slips_of
from openldn.dispensing.dilution import DilutionPlan
from openldn.dispensing.home import HomeDose, Made
from openldn.dispensing.substance import uncorrected
from openldn.leaflets.wording import WORKSHEET_NOTE, hundredths_text
from openldn.quantities import Mass, Strength, number_text


def mass_json(mass: Mass) -> dict[str, Any]:
    """What lies on a balance."""
    return {"nanograms": mass.base, "text": str(mass)}


def batch_json(
    batch: Batch, made: Preparation | None, chance: Spread | None, seed: int, until: BeyondUse
) -> dict[str, Any]:
    """A batch; with `made` also what is weighed and diluted, and how far off it may be."""
    formula = batch.formula
    return {
        "schema": f"{SCHEMA}/compound",
        "version": __version__,
        "formula": formula.id,
        "title": formula.title,
        "volume": volume_json(batch.volume),
        "strength": str(batch.strength),
        "drug": dose_json(batch.drug),
        "tablets": batch.tablets,
        "ingredients": [{"name": a.name, "amount": str(a.amount), "note": a.note} for a in batch.others],
        "make_up": formula.make_up,
        "container": formula.container,
        "method": list(formula.method),
        "carries": formula.carries,
        "source": {"ref": formula.source.ref, "at": formula.source.at, "verified": formula.source.verified},
        "study": formula.study,
        "preparation": made and _preparation(made, chance, seed),
        "use_until": until.last_day.isoformat(),
        "bounds": [
            {"last_day": b.last_day.isoformat(), "says": b.said, "rule": b.rule, "verified": b.seen}
            for b in until.bounds
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
