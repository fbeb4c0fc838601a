"""Golden cases of compounding: what is asked for in YAML, and what comes out, as a pharmacist reads it."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from golden_records import KNOWN

from openldn.dispensing.batches import batch_of, prepared
from openldn.dispensing.beyond_use import beyond_use
from openldn.dispensing.dilution import tools_of
from openldn.dispensing.home import Made, home_dose
from openldn.dispensing.substance import Lot
from openldn.dispensing.weighing import Balance
from openldn.leaflets.label import Handed, label_fields
from openldn.leaflets.wording import hundredths_text
from openldn.plan.saved import plan_of
from openldn.quantities import CannotMeasure, Dose, Mass, Volume

_SAVED: Final = Path(__file__).parents[2] / "docs" / "how-to" / "review-plan.json"
KEYS: Final = frozenset(
    {"case", "source", "arithmetic", "as_of", "compound", "home", "beyond_use", "label", "expect"}
)


def compounded(case: dict[str, Any]) -> dict[str, Any]:
    """What came out, under the names that a case may expect."""
    try:
        if "beyond_use" in case:
            return _beyond_use(case)
        if "label" in case:
            return _label(case)
        return _home(case) if "home" in case else _batch(case)
    except CannotMeasure as error:
        return {"refused": str(error)}


def _batch(case: dict[str, Any]) -> dict[str, Any]:
    given, as_of = case["compound"], date.fromisoformat(case["as_of"])
    batch = batch_of(KNOWN.formulas[given["formula"]], Volume.parse(given["make"]))
    step = Mass.parse(given["balance"])
    lot = Lot("A1", Fraction(given.get("assay", "100")) / 100, Fraction(given.get("water", "0")) / 100)
    kinds = [KNOWN.apparatus[name] for name in given.get("glass", ["flask-a-us", "pipette-a-us"])]
    tools = tools_of(kinds, largest=Volume.parse(given.get("largest", "100 mL")))
    found = prepared(batch, lot, Balance(step, step, Mass.parse("200 g")), tools, KNOWN, as_of=as_of)
    return {
        "weigh": str(found.shown),
        "steps": [f"{t.pipette.holds} to {t.flask.holds}" for t in found.plan.transfers]
        if found.plan
        else [],
        "error": hundredths_text(found.plan.error) if found.plan else "",
        "made": str(found.plan.made) if found.plan else "",
    }


def _beyond_use(case: dict[str, Any]) -> dict[str, Any]:
    given = case["beyond_use"]
    expiries = (("a component", date.fromisoformat(given["expires"])),) if "expires" in given else ()
    found = beyond_use(
        KNOWN.formulas[given["formula"]],
        KNOWN,
        made=date.fromisoformat(case["as_of"]),
        expiries=expiries,
        study="study" in given,
    )
    return {"last_day": found.last_day.isoformat(), "set_by": found.set_by.rule}


def _label(case: dict[str, Any]) -> dict[str, Any]:
    given = case["label"]
    plan = plan_of(json.loads(_SAVED.read_text(encoding="utf-8")), KNOWN)
    handed = Handed(
        given["patient"], given["supplier"], given["number"], date.fromisoformat(given["supplied"])
    )
    return {"fields": str(len(label_fields(plan, plan.batches[0], handed, KNOWN)))}


def _home(case: dict[str, Any]) -> dict[str, Any]:
    given = case["home"]
    made = Made(
        int(given["tablets"]),
        Dose.mg(50),
        Volume.parse(given["water"]),
        Volume.parse(given["water_by"]) if "water_by" in given else None,
        Volume.parse(given["dose"]),
        Volume.parse(given["dose_by"]) if "dose_by" in given else None,
        int(given.get("hours", "0")),
    )
    found = home_dose(made, KNOWN, as_of=date.fromisoformat(case["as_of"]))
    holds = found.holds
    return {
        "holds": f"{float(holds.low) / 1e6:.3f} to {float(holds.high) / 1e6:.3f} mg"
        if holds
        else "nobody knows",
        "ask": found.ask[0],
    }


def _mg(nanograms: Fraction) -> str:
    return f"{float(nanograms) / 1e6:.3f}"
