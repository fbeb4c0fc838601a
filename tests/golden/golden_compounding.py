"""Golden cases of compounding: what is asked for in YAML, and what comes out, as a pharmacist reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from golden_records import KNOWN

from openldn.dispensing.batches import batch_of, prepared
from openldn.dispensing.beyond_use import beyond_use
from openldn.dispensing.calibration import calibrated, counted
from openldn.dispensing.dilution import tools_of
from openldn.dispensing.hand_over import Compounded, Counter, hand_over
from openldn.dispensing.home import Made, home_dose
from openldn.dispensing.making import MakingInputs, making
from openldn.dispensing.orders import checked_order
from openldn.dispensing.readings import Entry, Kind, Reading, judge
from openldn.dispensing.substance import Lot
from openldn.dispensing.weighing import Balance
from openldn.knowledge.formula_schema import Kept
from openldn.leaflets.label import Handed, label_fields, supply_of
from openldn.leaflets.wording import hundredths_text
from openldn.plan.saved import plan_of
from openldn.quantities import CannotMeasure, Dose, Mass, Strength, Volume
from openldn.record.interview import Said

_SAVED: Final = Path(__file__).parents[2] / "docs" / "how-to" / "review-plan.json"
KINDS: Final = frozenset(
    {"compound", "home", "beyond_use", "label", "sheet", "order", "hand_over", "calibrate"}
)
"""What a case of compounding asks for."""
KEYS: Final = frozenset({"case", "source", "arithmetic", "as_of", "expect"}) | KINDS


def compounded(case: dict[str, Any]) -> dict[str, Any]:
    """What came out, under the names that a case may expect."""
    try:
        (kind,) = KINDS & set(case)
        return _ASKED[kind](case)
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
        KNOWN.all_formulas[given["formula"]],
        KNOWN,
        made=date.fromisoformat(case["as_of"]),
        expiries=expiries,
        study=Kept(given["study"]) if "study" in given else None,
    )
    return {"last_day": found.last_day.isoformat(), "set_by": found.set_by.rule}


def _label(case: dict[str, Any]) -> dict[str, Any]:
    given = case["label"]
    plan = plan_of(json.loads(_SAVED.read_text(encoding="utf-8")), KNOWN)
    handed = Handed(
        given["patient"], given["supplier"], given["number"], date.fromisoformat(given["supplied"])
    )
    return {"fields": str(len(label_fields(plan, supply_of(plan, plan.batches[0]), handed, KNOWN)))}


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


def _inputs(case: dict[str, Any]) -> MakingInputs:
    return MakingInputs(
        **{"made": date.fromisoformat(case["as_of"]), "number": "B-17", **case["sheet"]["made"]}
    )


def _sheet(case: dict[str, Any]) -> dict[str, Any]:
    """What has to be read; with `read`, what becomes of two readings that are right but for what is changed.

    `read` gives for an entry what both read, or a list: what each of the two reads.
    """
    given, made = case["sheet"], making(_inputs(case), KNOWN)
    entries = {e.key: e.passes for e in made.sheet.entries}
    if "read" not in given:
        return {"entries": entries, "keys": list(entries)}
    texts = {e.key: [_right(e)] * 2 for e in made.sheet.entries}
    for key, text in given["read"].items():
        texts[key] = text if isinstance(text, list) else [text] * 2
    names = given.get("by", ["A. First", "B. Second"])
    readings = [Reading(k, t, by) for k, pair in texts.items() for t, by in zip(pair, names, strict=False)]
    found = judge(made.sheet, readings, KNOWN, as_of=made.inputs.made)
    return {
        "passed": "yes" if found.passed else "no",
        "fails": {j.entry.key: j.rule.id for j in found.failed if j.rule},
        "says": "; ".join(j.said for j in found.failed),
        "not_asked_for": [r.key for r in found.strays],
    }


def _right(entry: Entry) -> str:
    return "L1; 2030-01-31" if entry.kind is Kind.LOT else entry.expected


def _order(case: dict[str, Any]) -> dict[str, Any]:
    found = checked_order(case["order"], KNOWN, as_of=date.fromisoformat(case["as_of"]))
    return {
        "passed": "yes" if found.passed else "no",
        "wrong": {p.field: p.rule.id for p in found.problems},
        "says": "; ".join(p.said for p in found.problems),
    }


def _hand_over(case: dict[str, Any]) -> dict[str, Any]:
    """A batch of the saved plan, right but for what is given."""
    given, on = case["hand_over"], date.fromisoformat(case["as_of"])
    plan = plan_of(json.loads(_SAVED.read_text(encoding="utf-8")), KNOWN)
    batch = plan.batches[0]
    one = Dose.parse(given["one"]) if "one" in given else batch.item.strength
    formula = KNOWN.all_formulas[given.get("formula", "liquid-nz-powder")]
    until = date.fromisoformat(given["use_until"]) if "use_until" in given else batch.last_use
    left = Volume.parse(given["left"]).base if "left" in given else batch.dispensed
    made = Compounded("B-17", formula, False, one, left, batch.made, until, "unreleased" not in given)
    said = given.get("avoids", [])
    at = Counter(
        on,
        tuple(Said(text) for text in given.get("answers", ["no"] * 3)),
        None if said == "not asked" else tuple(said),
        given.get("plan", plan.id),
        given.get("batch", "B-17"),
        Volume.parse(given["amount"]).base if "amount" in given else batch.dispensed,
        date.fromisoformat(given["since"]) if "since" in given else plan.starts,
    )
    found = hand_over(plan, batch.item, made, at, KNOWN)
    failed = [c for c in found.checks if not c.passed]
    return {
        "goes": "yes" if found.may_go else "no",
        "until": found.supply.until.isoformat(),
        "by": sorted({c.rule.id for c in failed}),
        "says": "; ".join(c.said for c in failed),
    }


def _calibrate(case: dict[str, Any]) -> dict[str, Any]:
    given, as_of = case["calibrate"], date.fromisoformat(case["as_of"])
    masses = [Mass.parse(text) for text in given["weighed"]]
    of = Strength.mg_per_ml(given["strength"])
    found = calibrated(int(given["count"]), masses, Fraction(given["density"]), of, KNOWN, as_of=as_of)
    doses = [counted(Dose.mg(d), found, KNOWN, form="drops", as_of=as_of) for d in given["doses"]]
    return {
        "holds": f"{float(found.holds) / 1e6:.4f} mg",
        "drops": [f"{c.pieces}: {float(c.holds.nominal) / 1e6:.3f}" for c in doses],
        "off": [f"{float(100 * c.off):+.1f}" for c in doses],
        "fits": ["yes" if c.fits else "no" for c in doses],
    }


_ASKED: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "compound": _batch,
    "home": _home,
    "beyond_use": _beyond_use,
    "label": _label,
    "sheet": _sheet,
    "order": _order,
    "hand_over": _hand_over,
    "calibrate": _calibrate,
}
