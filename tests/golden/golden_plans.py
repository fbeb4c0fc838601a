"""Plans from golden cases: a case in plain words becomes a plan, the plan becomes plain words again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from golden_records import KNOWN

from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.schema import Severity, Therapy
from openldn.leaflets.wording import bite_text, item_text, tolerance_text
from openldn.plan.choice import Choice, Need, Needs, choose
from openldn.plan.ladders import CannotPlan, Profile, profile_named, proposals, typed
from openldn.plan.limits import SignedCeiling
from openldn.plan.rounding import Counts, Fills, Measured, Pieces
from openldn.plan.steps import Plan
from openldn.plan.stock import Stock, article_of, read_stock, syringes_on
from openldn.plan.titration import Wanted
from openldn.quantities import Dose, Volume, number_text
from openldn.screening.verdict import Allowed, Caution, Limit, Reason, Suitable

PLAN_KEYS: Final = frozenset({
    "case", "source", "arithmetic", "start", "as_of", "screened_on", "profile", "steps", "product", "stock",
    "reasons", "limits", "conditions", "needs", "wish", "intolerances", "child", "prescriber", "ceiling",
    "where", "expect",
})  # fmt: skip
"""What a case may say.

product: ids of formulations (default liquid-nz); stock: the list of a pharmacy as its file has it.
reasons: screening rules that speak; limits: by screening rule, as start, ceiling, only ("0.5 mg"), interval
(days) and last_day. child: youngest age and the dose by weight. ceiling: dose, by, reason, until.
"""


def planned(case: dict[str, Any]) -> dict[str, Any]:
    """What a case leads to, in plain words; `refused` where there is no plan."""
    day = date.fromisoformat(case.get("as_of", case["start"]))
    verdict = _verdict(case, day)
    conditions = tuple(_condition(c) for c in case.get("conditions", []))
    found: dict[str, Any] = {"proposed": [p.name for p in proposals(conditions, verdict, KNOWN)]}
    try:
        choice = _choice(case, verdict, conditions, day)
    except CannotPlan as error:
        return found | {"refused": str(error)}
    found |= {
        "grounds": {
            c.article.formulation.id.removeprefix("formulations/"): {
                g.rule.id.removeprefix("plan/choice-"): str(g.weight) for g in c.grounds
            }
            for c in choice.candidates
        },
        "changes": list(choice.changes),
    }
    if choice.best is None:
        return found | {"refused": choice.candidates[0].refused}
    return found | dict(_told(choice.best))


def _verdict(case: dict[str, Any], day: date) -> Allowed:
    named = {**dict.fromkeys(case.get("reasons", [])), **case.get("limits", {})}
    reasons = [_reason(rule, limit) for rule, limit in named.items()]
    reasons += [_with_finding(f"findings/{finding}") for finding in case.get("intolerances", [])]
    screened = date.fromisoformat(case.get("screened_on", day.isoformat()))
    kind = Caution if reasons else Suitable
    return kind(Therapy.LDN, screened, case.get("where"), tuple(reasons))


def _reason(rule: str, limit: dict[str, str] | None) -> Reason:
    rule_text = KNOWN.rule(rule).text["en"]
    values = tuple((name, "x") for name in re.findall(r"{(\w+)}", rule_text))
    made = limit and Limit(
        start=Dose.parse(limit["start"]) if "start" in limit else None,
        ceiling=Dose.parse(limit["ceiling"]) if "ceiling" in limit else None,
        only=Dose.parse(limit["only"]) if "only" in limit else None,
        interval=int(limit["interval"]) if "interval" in limit else None,
        last_day=date.fromisoformat(limit["last_day"]) if "last_day" in limit else None,
    )
    return Reason(KNOWN.rule(rule), Severity.CAUTION, values=values, limit=made or None)


def _with_finding(finding: str) -> Reason:
    name = KNOWN.findings[finding].name
    values = (("excipient", name), ("finding", finding), ("recorded", name))
    return Reason(KNOWN.rule("screening/allergy-excipient"), Severity.CAUTION, values=values)


def _condition(name: str) -> Condition:
    return KNOWN.conditions[f"conditions/{name}"]


def _choice(case: dict[str, Any], verdict: Allowed, conditions: tuple[Condition, ...], day: date) -> Choice:
    child = case.get("child", {})
    intolerances = tuple(
        (f"findings/{f}", KNOWN.findings[f"findings/{f}"].name) for f in case.get("intolerances", [])
    )
    needs = Needs(
        frozenset(Need(n) for n in case.get("needs", [])),
        Form(case["wish"]) if "wish" in case else None,
        intolerances,
        int(child["age"]) if child else None,
        Dose.parse(child["dose"]) if child else None,
    )
    wanted = Wanted(
        starts=date.fromisoformat(case["start"]),
        profile=_profile(case, verdict, day),
        prescriber=case.get("prescriber", ""),
        signed=_signed(case.get("ceiling")),
    )
    return choose(
        verdict, wanted, _stock(case, day), needs, KNOWN, as_of=day, patient="p1", conditions=conditions
    )


def _profile(case: dict[str, Any], verdict: Allowed, day: date) -> Profile:
    if "steps" in case:
        return typed(case["steps"])
    return profile_named(case.get("profile", "standard"), verdict, KNOWN, as_of=day)


def _signed(ceiling: dict[str, str] | None) -> SignedCeiling | None:
    if ceiling is None:
        return None
    until = date.fromisoformat(ceiling["until"])
    return SignedCeiling(Dose.parse(ceiling["dose"]), ceiling["by"], ceiling["reason"], until)


def _stock(case: dict[str, Any], day: date) -> Stock:
    if "stock" in case:
        return read_stock(case["stock"], KNOWN, as_of=day)
    syringes = syringes_on(KNOWN, day)
    ids = case.get("product", ["liquid-nz"])
    found = (KNOWN.formulations[f"formulations/{i}"] for i in ids)
    return Stock("golden", tuple(article_of(f, KNOWN, syringes, as_of=day) for f in found))


def _told(plan: Plan) -> Iterator[tuple[str, Any]]:
    yield "chosen", plan.article.formulation.id.removeprefix("formulations/")
    yield "doses", [_mg(s.dose) for s in plan.steps]
    yield "lowest", _mg(min(s.dose for s in plan.steps))
    yield "highest", _mg(max(s.dose for s in plan.steps))
    yield "days", [str(s.days) for s in plan.steps]
    yield "starts", [s.starts.isoformat() for s in plan.steps]
    yield "ends", plan.ends.isoformat()
    yield "judge_on", plan.course.judge_on.isoformat() if plan.course.judge_on else "none"
    yield "sign_by", plan.course.sign_by.isoformat()
    yield "times", [f"{slot} {at:%H:%M}" for slot, at in plan.times]
    yield "measured", [_measured(s.measured) for s in plan.steps]
    yield "tolerance", [tolerance_text(s.measured) for s in plan.steps]
    yield (
        "halved",
        [f"{_mg(s.halved[0])}: {_measured(s.halved[1])}" if s.halved else "pause" for s in plan.steps],
    )
    yield "supply", [item_text(item, amount) for item, amount in plan.supplied().items()]
    yield (
        "batches",
        [
            f"{item_text(b.item, b.dispensed)}, {b.made} to {b.last_use}, "
            f"left {_amount(b.left_over, pieces=b.item.pieces)}"
            for b in plan.batches
        ],
    )
    yield "cost", "none" if plan.score.unpriced else number_text(plan.score.cost)
    yield "bites", [bite_text(b) for b in plan.bites]
    yield "limits", [x.rule for x in plan.limiters]
    yield "due", [f"{d.on} {d.kind}: {d.rule.removeprefix('plan/')}" for d in plan.course.due]
    yield "stop_signs", str(len(plan.stop_signs))
    yield "questions", str(len(plan.first_dose_check))
    yield (
        "contingencies",
        {
            c.rule.removeprefix("plan/contingency-"): [str(a) for a in c.actions]
            for c in plan.course.contingencies
        },
    )


def _mg(dose: Dose) -> str:
    return number_text(dose.in_unit("mg"))


def _amount(amount: int, *, pieces: bool) -> str:
    return str(amount) if pieces or not amount else str(Volume(amount))


def _measured(measured: Measured) -> str:
    """Like "3 + 1.5 mL in 3 mL", "3 + 1" (pieces of so many mg), or "13 drops"."""
    if isinstance(measured, Fills):
        drawn = " + ".join(number_text(v.in_unit("mL")) for v in measured.volumes)
        return f"{drawn} mL in {measured.syringe.capacity}"
    if isinstance(measured, Pieces):
        return " + ".join(_mg(s) for s in measured.strengths)
    assert isinstance(measured, Counts)
    return f"{measured.count} {measured.product.word}s"
