"""A plan from what was saved of it: the same plan, or a refusal.

Rules, formulations and conditions are looked up by their ids in the
knowledge of today; a plan whose number no longer fits its content is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from fractions import Fraction
from typing import Any, Final

from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Severity, Therapy
from openldn.plan.changes import Change, Move
from openldn.plan.course import Action, Contingency, Course, Due, DueKind
from openldn.plan.fitting import Score
from openldn.plan.ladders import Profile, Rung
from openldn.plan.limits import Bite, Bound, Limiter
from openldn.plan.rounding import Counts, Fills, Measured, Metered, Pieces, Solids, Syringe
from openldn.plan.steps import Plan, Step
from openldn.plan.stock import Article, article_of, syringes_on
from openldn.plan.supply import Batch, Item
from openldn.quantities import Dose, Volume
from openldn.record.diary import Slot
from openldn.screening.verdict import Allowed, Caution, Limit, Override, Read, Reason, Suitable

Fields = Mapping[str, Any]
_NOT_A_PLAN: Final = "not a plan as `openldn plan RECORD ... --json` prints it"


class BadPlan(ValueError):
    """A saved plan that cannot be followed; says why."""


def plan_of(fields: Fields, knowledge: Knowledge) -> Plan:
    """The plan that was saved.

    Args:
        fields: as `openldn plan ... --json` prints it.
        knowledge: the rules of today.

    Raises:
        BadPlan: no such plan, one that was altered, or one that names what is no longer known.
    """
    try:
        plan, named = _plan(fields, knowledge), fields["id"]
    except KeyError as error:
        raise BadPlan(f"{_NOT_A_PLAN}: {error.args[0]!r} is missing or no longer known") from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise BadPlan(f"{_NOT_A_PLAN}: {error}") from error
    if plan.id != named:
        raise BadPlan(f"its content is that of plan {plan.id}, not of {named}: it was altered")
    return plan


def _plan(fields: Fields, knowledge: Knowledge) -> Plan:
    as_of = date.fromisoformat(fields["as_of"])
    article = _article(fields["product"], knowledge, as_of)
    times = tuple((Slot(t["slot"]), time.fromisoformat(t["at"])) for t in fields["times"])
    ladder = tuple(Rung(_dose(r["dose"]), r["days"]) for r in fields["ladder"])
    rule = fields["profile"]["rule"]
    steps = tuple(_step(s, article) for s in fields["steps"])
    items = {i.name: i for i in article.items}
    return Plan(
        patient=fields["patient"],
        verdict=verdict_of(fields["screening"], knowledge),
        prescriber=fields["prescriber"],
        replaces=fields["replaces"] or "",
        profile=Profile(
            fields["profile"]["name"], knowledge.rule(rule) if rule else None, ladder, len(times)
        ),
        article=article,
        times=times,
        least=timedelta(hours=fields["least_hours"]),
        steps=steps,
        limiters=tuple(_limiter(x) for x in fields["limits"]),
        bites=tuple(_bite(b) for b in fields["changed_by_limits"]),
        batches=tuple(_batch(b, items) for b in fields["supply"]["batches"]),
        score=_score(fields["supply"]),
        course=_course(fields, knowledge),
        stop_signs=tuple(fields["stop_signs"]),
        first_dose_check=tuple(fields["first_dose_check"]),
        rules=tuple(fields["rules"]),
        ladder=ladder,
        conditions=tuple(knowledge.conditions[c].id for c in fields["conditions"]),
        began=date.fromisoformat(fields["began"]),
        changes=tuple(_change(c) for c in fields["changes"]),
    )


def _dose(fields: Fields) -> Dose:
    return Dose(int(fields["nanograms"]))


def _volume(fields: Fields) -> Volume:
    return Volume(int(fields["nanolitres"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _article(fields: Fields, knowledge: Knowledge, as_of: date) -> Article:
    formulation = knowledge.formulations[fields["formulation"]]
    items = fields["items"]
    packs = {i["pack"] for i in items}
    known = syringes_on(knowledge, as_of)
    at_hand = [(_volume(s["capacity"]), _volume(s["mark"])) for s in fields["syringes"]]
    syringes = tuple(
        next((s for s in known if (s.capacity, s.mark) == pair), Syringe(*pair)) for pair in at_hand
    )
    return article_of(
        formulation,
        knowledge,
        syringes,
        as_of=as_of,
        strengths=tuple(_dose(i["strength"]) for i in items),
        each=_dose(fields["each"]) if fields["each"] else None,
        pack=packs.pop() if len(packs) == 1 else None,
        prices={_dose(i["strength"]): Fraction(i["price"].replace(",", "")) for i in items if i["price"]},
        calibrated=fields["calibrated"] or "",
    )


def _step(fields: Fields, article: Article) -> Step:
    halved = fields["halved"]
    return Step(
        starts=date.fromisoformat(fields["starts"]),
        days=int(fields["days"]),
        dose=_dose(fields["dose"]),
        measured=_measured(fields, article),
        halved=(_dose(halved["dose"]), _measured(halved, article)) if halved else None,
    )


def _measured(fields: Fields, article: Article) -> Measured:
    product = article.product
    if isinstance(product, Solids):
        return Pieces(product.form, tuple(_dose(d) for d in fields["pieces"]))
    if isinstance(product, Metered):
        return Counts(product, int(fields["count"]))
    pair = (_volume(fields["syringe"]["capacity"]), _volume(fields["syringe"]["mark"]))
    syringe = next(s for s in product.syringes if (s.capacity, s.mark) == pair)
    return Fills(syringe, tuple(_volume(v) for v in fields["fills"]))


def _limit(fields: Fields) -> Limit:
    return Limit(
        start=_dose(fields["start"]) if fields["start"] else None,
        ceiling=_dose(fields["ceiling"]) if fields["ceiling"] else None,
        interval=fields["interval_days"],
        only=_dose(fields["only"]) if fields["only"] else None,
        last_day=_day(fields["last_day"]),
    )


def _limiter(fields: Fields) -> Limiter:
    return Limiter(fields["rule"], fields["says"], _limit(fields), _day(fields["until"]))


def _bite(fields: Fields) -> Bite:
    now = _bound(fields["now"])
    limit = Limit(ceiling=now) if isinstance(now, Dose) else Limit()
    return Bite(Limiter(fields["rule"], fields["says"], limit), fields["kind"], _bound(fields["was"]), now)


def _bound(value: Any) -> Bound:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, int) else _dose(value)


def _batch(fields: Fields, items: Mapping[str, Item]) -> Batch:
    item = items[fields["item"]]
    amount = "pieces" if item.pieces else "nanolitres"
    return Batch(
        item,
        date.fromisoformat(fields["made"]),
        date.fromisoformat(fields["use_until"]),
        int(fields["used"][amount]),
        int(fields["dispensed"][amount]),
    )


def _score(supply: Fields) -> Score:
    """What the choice was judged by, as far as it was saved: nothing is chosen by it any more."""
    cost = supply["cost"]
    return Score(
        products=supply["products"],
        waste=_dose(supply["waste"]).base,
        unpriced=cost is None,
        cost=Fraction(0) if cost is None else Fraction(cost.replace(",", "")),
        pauses=0,
        at_once=0,
    )


def _course(fields: Fields, knowledge: Knowledge) -> Course:
    return Course(
        judge_on=_day(fields["judge_on"]),
        due=tuple(
            # By its id, so that a test whose rule is gone is refused and not forgotten.
            Due(date.fromisoformat(d["on"]), DueKind(d["kind"]), d["what"], knowledge.rule(d["rule"]).id)
            for d in fields["due"]
        ),
        contingencies=tuple(
            Contingency(c["rule"], c["sign"], c["do"], tuple(Action(a) for a in c["actions"]))
            for c in fields["contingencies"]
        ),
        halved_days=int(fields["halved_days"]),
        sign_by=date.fromisoformat(fields["sign_by"]),
    )


def _change(fields: Fields) -> Change:
    dose = fields["dose"]
    on, move = date.fromisoformat(fields["on"]), Move(fields["move"])
    return Change(on, move, fields["rule"], fields["by"] or "", _dose(dose) if dose else None)


def verdict_of(fields: Fields, knowledge: Knowledge) -> Allowed:
    """The verdict in a screening that was saved, one that allows a plan."""
    kinds: dict[str, type[Allowed]] = {Suitable.word: Suitable, Caution.word: Caution}
    where = fields["where"] if fields["where"] in ("GB", "US", "EU", "NO") else None
    return kinds[fields["verdict"]](
        Therapy(fields["therapy"]),
        date.fromisoformat(fields["as_of"]),
        where,
        tuple(_reason(r, knowledge) for r in fields["reasons"]),
        tuple(_reason(r, knowledge) for r in fields["notes"]),
    )


def _reason(fields: Fields, knowledge: Knowledge) -> Reason:
    aside = fields["override"]
    return Reason(
        rule=knowledge.rule(fields["rule"]),
        severity=Severity(fields["severity"]),
        read=tuple(Read(r["entry"], r["what"]) for r in fields["read"]),
        values=tuple(sorted(fields["values"].items())),
        clears_on=_day(fields["clears_on"]),
        limit=_limit(fields["limit"]) if fields["limit"] else None,
        set_aside=Override(fields["rule"], aside["by"], aside["reason"], date.fromisoformat(aside["until"]))
        if aside
        else None,
    )
