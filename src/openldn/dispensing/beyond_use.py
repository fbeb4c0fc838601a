"""Until when a batch may be used: every bound with its reason, the shortest of them sets the date.

A stability study extends the default only where it is attached on purpose, for just this preparation, and
never beyond the ceiling or its own end.

Rules read here: dispensing/beyond-use-limits, dispensing/beyond-use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from openldn.knowledge.formula_schema import MasterFormula
from openldn.knowledge.load import Knowledge
from openldn.quantities import CannotMeasure

_CLASSES = {
    "preserved": ("preserved", "an aqueous preparation with a preservative"),
    "not preserved": ("not_preserved", "an aqueous preparation without a preservative, in the fridge"),
    "none": ("none", "a preparation without water"),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A last day, why, and by what."""

    last_day: date
    said: str
    rule: str
    seen: bool
    """Whether the number was seen in a source."""


@dataclass(frozen=True, slots=True)
class BeyondUse:
    """The last day on which a batch may be used, and all that bounds it, the shortest first."""

    bounds: tuple[Bound, ...]

    @property
    def last_day(self) -> date:
        """The day that is printed."""
        return self.bounds[0].last_day

    @property
    def set_by(self) -> Bound:
        """What sets it."""
        return self.bounds[0]


def beyond_use(
    formula: MasterFormula,
    knowledge: Knowledge,
    *,
    made: date,
    expiries: tuple[tuple[str, date], ...] = (),
    study: bool = False,
) -> BeyondUse:
    """Until when a batch may be used.

    Args:
        formula: what is made.
        knowledge: the limits.
        made: the day of making.
        expiries: components with their expiry.
        study: whether the study of just this preparation is attached, and its storage kept.

    Raises:
        CannotMeasure: a component has expired, or there is no study to attach.
    """
    rule, counting = knowledge.rule("dispensing/beyond-use-limits"), knowledge.rule("dispensing/beyond-use")
    first = counting.whole("day_of_making", made)

    def after(days: int) -> date:
        return made + timedelta(days=days - first)

    parameter, what = _CLASSES[formula.water]
    usual = rule.value(parameter, made)
    days = rule.whole(parameter, made)
    bounds = []
    product = knowledge.formulations.get(formula.formulation or "")
    if study:
        if formula.study is None or product is None:
            raise CannotMeasure(f"no stability study of just this preparation is known: {formula.title}")
        keep = product.beyond_use
        said = f"study {formula.study}: {keep.days} days, kept {keep.storage['en']}"
        bounds.append(Bound(after(keep.days), said, formula.id, keep.source.verified))
        ceiling = rule.value("ceiling", made)
        most = rule.whole("ceiling", made)
        bounds.append(
            Bound(
                after(most),
                f"the ceiling with a study: {most} days, disputed",
                rule.id,
                ceiling.source.verified,
            )
        )
    else:
        said = rule.text["en"].format(what=what, days=days)
        bounds.append(Bound(after(days), said, rule.id, usual.source.verified))
        if product is not None and product.beyond_use.days < days:
            keep = product.beyond_use
            said = f"limit of the formula: {keep.days} days"
            bounds.append(Bound(after(keep.days), said, product.id, keep.source.verified))
    for name, expires in expiries:
        if expires < made:
            raise CannotMeasure(f"{name} expired on {expires}: it is not used")
        bounds.append(Bound(expires, f"{name} expires", "its label", seen=True))
    return BeyondUse(tuple(sorted(bounds, key=lambda b: b.last_day)))
