"""Plans and products as JSON: the same values that the screen and the papers show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from openldn import __version__
from openldn.answers.values import DISCLAIMER, SCHEMA, dose_json, limit_json, volume_json
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import unverified
from openldn.leaflets.wording import tolerance_text
from openldn.plan.changes import Change
from openldn.plan.choice import Candidate, Choice
from openldn.plan.identity import Identified, counted, drawn, pieced
from openldn.plan.ladders import Proposal, other_authors
from openldn.plan.limits import Bite, Bound
from openldn.plan.rounding import Counts, Fills, Liquid, Measured, Metered
from openldn.plan.steps import Plan, Step
from openldn.plan.stock import Article, Stock
from openldn.plan.supply import Item
from openldn.quantities import Dose, Volume, number_text


def plan_json(
    plan: Plan,
    choice: Choice,
    proposed: Iterable[Proposal],
    screened: dict[str, Any],
    knowledge: Knowledge,
) -> dict[str, Any]:
    """A plan with all its reasons, the products that were weighed, and the screening it rests on."""
    fields = plan_fields(plan, knowledge)
    fields["profile"]["proposed"] = [{"profile": p.name, "because": p.because} for p in proposed]
    fields["candidates"] = [_candidate(c) for c in choice.candidates]
    return {**fields, "screening": screened, "disclaimer": DISCLAIMER}


def changed_json(plan: Plan, fields: dict[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    """A plan that a review changed: what was known of the one before besides stays (`fields`)."""
    kept = {name: fields[name] for name in ("screening", "disclaimer")}
    changed = plan_fields(plan, knowledge)
    changed["profile"]["proposed"] = fields["profile"]["proposed"]
    return {**changed, "candidates": [], **kept}


def plan_fields(plan: Plan, knowledge: Knowledge) -> dict[str, Any]:
    """All that a plan itself holds."""
    course = plan.course
    return {
        "schema": f"{SCHEMA}/plan",
        "version": __version__,
        "id": plan.id,
        "replaces": plan.replaces or None,
        "patient": plan.patient,
        "prescriber": plan.prescriber,
        "as_of": plan.verdict.as_of.isoformat(),
        "verdict": plan.verdict.word,
        "sign_by": course.sign_by.isoformat(),
        "profile": _profile(plan, knowledge),
        "ladder": [{"dose": dose_json(r.dose), "days": r.days} for r in plan.ladder],
        "conditions": list(plan.conditions),
        "began": plan.began.isoformat(),
        "changes": [_change(c) for c in plan.changes],
        "form": str(plan.article.formulation.form),
        "product": product_json(plan.article),
        "times": [{"slot": str(slot), "at": f"{at:%H:%M}"} for slot, at in plan.times],
        "least_hours": int(plan.least.total_seconds()) // 3600,
        "halved_days": course.halved_days,
        "starts": plan.starts.isoformat(),
        "ends": plan.ends.isoformat(),
        "judge_on": course.judge_on.isoformat() if course.judge_on else None,
        "steps": [_step(step) for step in plan.steps],
        "limits": [
            {
                "rule": x.rule,
                "says": x.said,
                **limit_json(x.limit),
                "until": x.until.isoformat() if x.until else None,
            }
            for x in plan.limiters
        ],
        "changed_by_limits": [bite_json(b) for b in plan.bites],
        "supply": {
            "batches": [
                {
                    "item": b.item.name,
                    "made": b.made.isoformat(),
                    "use_until": b.last_use.isoformat(),
                    "used": _amount(b.item, b.used),
                    "dispensed": _amount(b.item, b.dispensed),
                    "left_over": _amount(b.item, b.left_over),
                }
                for b in plan.batches
            ],
            "in_all": [{"item": i.name, **_amount(i, n)} for i, n in plan.supplied().items()],
            "products": plan.score.products,
            "waste": dose_json(Dose(plan.score.waste)),
            "cost": None if plan.score.unpriced else _decimal(plan.score.cost),
        },
        "due": [
            {"on": d.on.isoformat(), "kind": str(d.kind), "what": d.what, "rule": d.rule} for d in course.due
        ],
        "contingencies": [
            {"rule": c.rule, "sign": c.sign, "do": c.do, "actions": [str(a) for a in c.actions]}
            for c in course.contingencies
        ],
        "stop_signs": list(plan.stop_signs),
        "first_dose_check": list(plan.first_dose_check),
        "rules": list(plan.rules),
        "unverified": {
            r: list(unverified(knowledge.rule(r))) for r in plan.rules if unverified(knowledge.rule(r))
        },
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "on": change.on.isoformat(),
        "move": str(change.move),
        "rule": change.rule,
        "by": change.by or None,
        "dose": change.dose and dose_json(change.dose),
    }


def refused_json(choice: Choice, screened: dict[str, Any]) -> dict[str, Any]:
    """Why no product fits, and what would help."""
    return {
        "schema": f"{SCHEMA}/plan-refused",
        "version": __version__,
        "candidates": [_candidate(c) for c in choice.candidates],
        "changes": list(choice.changes),
        "screening": screened,
        "disclaimer": DISCLAIMER,
    }


def id_of(fields: dict[str, Any]) -> str:
    """The number that a plan's JSON has by its own content.

    Raises:
        LookupError, TypeError, ValueError: it is no JSON of a plan.
    """
    return Identified(
        patient=fields["patient"],
        as_of=fields["as_of"],
        verdict=fields["verdict"],
        profile=fields["profile"]["name"],
        prescriber=fields["prescriber"],
        product=fields["product"]["name"],
        times=tuple(f"{t['slot']} {t['at']}" for t in fields["times"]),
        steps=tuple(
            (s["starts"], int(s["days"]), int(s["dose"]["nanograms"]), _amounts_in(s))
            for s in fields["steps"]
        ),
        supply=tuple(
            (b["item"], b["made"], int(b["dispensed"].get("pieces", b["dispensed"].get("nanolitres"))))
            for b in fields["supply"]["batches"]
        ),
    ).id


def _amounts_in(step: dict[str, Any]) -> str:
    """What a step of a plan's JSON says is measured, as the number of a plan has it."""
    if "fills" in step:
        capacity = int(step["syringe"]["capacity"]["nanolitres"])
        return drawn([int(v["nanolitres"]) for v in step["fills"]], capacity)
    if "pieces" in step:
        return pieced([int(p["nanograms"]) for p in step["pieces"]])
    return counted(int(step["count"]), int(step["each"]["nanograms"]))


def stock_json(stock: Stock) -> dict[str, Any]:
    """The products at hand."""
    return {
        "schema": f"{SCHEMA}/products",
        "version": __version__,
        "pharmacy": stock.pharmacy,
        "currency": stock.currency or None,
        "products": [product_json(a) for a in stock.articles],
        "disclaimer": DISCLAIMER,
    }


def product_json(article: Article) -> dict[str, Any]:
    """A product: what it holds, how it is measured, how long it keeps."""
    formulation, product = article.formulation, article.product
    keep = formulation.beyond_use
    return {
        "formulation": formulation.id,
        "name": article.name,
        "form": str(formulation.form),
        "release": str(formulation.release),
        "filler": formulation.filler,
        "items": [
            {
                "name": i.name,
                "strength": dose_json(i.strength),
                "per": "piece" if i.pieces else "mL",
                "pack": i.pack,
                "price": None if i.price is None else _decimal(i.price),
            }
            for i in article.items
        ],
        "syringes": [
            {"capacity": volume_json(s.capacity), "mark": volume_json(s.mark)} for s in product.syringes
        ]
        if isinstance(product, Liquid)
        else [],
        "each": dose_json(product.each) if isinstance(product, Metered) else None,
        "calibrated": article.calibrated or None,
        "excipients": {f.removeprefix("findings/"): str(h) for f, h in formulation.excipients.items()},
        "beyond_use": {
            "days": keep.days,
            "storage": keep.storage["en"],
            "source": keep.source.ref,
            "verified": keep.source.verified,
        },
        "claims": list(formulation.claims),
        "note": formulation.note,
    }


def _profile(plan: Plan, knowledge: Knowledge) -> dict[str, Any]:
    rule = plan.profile.rule
    return {
        "name": plan.profile.name,
        "rule": rule and rule.id,
        "says": plan.profile.said,
        "status": rule and str(rule.status),
        "because": rule and rule.because,
        "claims": list(rule.claims) if rule else [],
        "other_authors": [
            {"rule": r.id, "says": r.text["en"], "status": str(r.status)}
            for r in other_authors(plan.profile, knowledge)
        ],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    plan = candidate.plan
    return {
        "product": candidate.article.name,
        "fits": candidate.fits,
        "refused": candidate.refused or None,
        "products": plan.score.products if plan else None,
        "waste": dose_json(Dose(plan.score.waste)) if plan else None,
        "cost": None if plan is None or plan.score.unpriced else _decimal(plan.score.cost),
        "grounds": [{"rule": g.rule.id, "weight": str(g.weight), "says": g.said} for g in candidate.grounds],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "starts": step.starts.isoformat(),
        "ends": step.ends.isoformat(),
        "days": step.days,
        "dose": dose_json(step.dose),
        **_measured(step.measured),
        "halved": {"dose": dose_json(step.halved[0]), **_measured(step.halved[1])} if step.halved else None,
    }


def _measured(measured: Measured) -> dict[str, Any]:
    if isinstance(measured, Fills):
        return {
            "volume": volume_json(measured.volume),
            "fills": [volume_json(v) for v in measured.volumes],
            "syringe": {
                "capacity": volume_json(measured.syringe.capacity),
                "mark": volume_json(measured.syringe.mark),
            },
            "tolerance": tolerance_text(measured) or None,
        }
    if isinstance(measured, Counts):
        return {
            "count": measured.count,
            "of": measured.product.word,
            "each": dose_json(measured.product.each),
        }
    return {"pieces": [dose_json(d) for d in measured.strengths]}


def bite_json(bite: Bite) -> dict[str, Any]:
    """What a limit changed."""
    return {
        "rule": bite.limiter.rule,
        "kind": bite.kind,
        "was": _bound(bite.was),
        "now": _bound(bite.now),
        "says": bite.limiter.said,
    }


def _bound(bound: Bound) -> Any:
    if isinstance(bound, Dose):
        return dose_json(bound)
    return bound.isoformat() if isinstance(bound, date) else bound


def _amount(item: Item, amount: int) -> dict[str, Any]:
    return {"pieces": amount} if item.pieces else volume_json(Volume(amount))


def _decimal(value: Any) -> str:
    return number_text(value)
