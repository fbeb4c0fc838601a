"""Until when a batch may be used: every bound with its reason, the shortest of them sets the date.

A stability study extends the default only where it is attached on purpose, for just this preparation, and
never beyond the ceiling or its own end.

Rules read here: dispensing/beyond-use-limits, dispensing/beyond-use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from openldn.knowledge.formula_schema import AnyFormula, Kept, StabilityStudy
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
    formula: AnyFormula,
    knowledge: Knowledge,
    *,
    made: date,
    expiries: tuple[tuple[str, date], ...] = (),
    study: Kept | None = None,
) -> BeyondUse:
    """Until when a batch may be used.

    Args:
        formula: what is made.
        knowledge: the limits.
        made: the day of making.
        expiries: components with their expiry.
        study: attach the study of just this preparation, kept like this; None: the default.

    Raises:
        CannotMeasure: a component has expired, or there is no study to attach.
    """
    rule, counting = knowledge.rule("dispensing/beyond-use-limits"), knowledge.rule("dispensing/beyond-use")
    first = counting.whole("day_of_making", made)

    def after(days: int) -> date:
        return made + timedelta(days=days - first)

    bounds = []
    if study is not None:
        found = _study_of(formula, study, knowledge)
        days = found.days[study]
        said = f"study {formula.study}: {days} days ({study}); {found.conditions}"
        bounds.append(Bound(after(days), said, formula.id, found.source.verified))
        ceiling, most = rule.value("ceiling", made), rule.whole("ceiling", made)
        said = f"the ceiling with a study: {most} days, disputed"
        bounds.append(Bound(after(most), said, rule.id, ceiling.source.verified))
    else:
        parameter, what = _CLASSES[formula.water]
        usual, days = rule.value(parameter, made), rule.whole(parameter, made)
        said = rule.text["en"].format(what=what, days=days)
        bounds.append(Bound(after(days), said, rule.id, usual.source.verified))
        product = knowledge.formulations.get(formula.formulation or "")
        if product is not None and product.beyond_use.days < days:
            keep = product.beyond_use
            said = f"limit of the formula: {keep.days} days"
            bounds.append(Bound(after(keep.days), said, product.id, keep.source.verified))
    for name, expires in expiries:
        if expires < made:
            raise CannotMeasure(f"{name} expired on {expires}: it is not used")
        bounds.append(Bound(expires, f"{name} expires", "its label", seen=True))
    return BeyondUse(tuple(sorted(bounds, key=lambda b: b.last_day)))


def _study_of(formula: AnyFormula, kept: Kept, knowledge: Knowledge) -> StabilityStudy:
    if formula.study is None:
        raise CannotMeasure(f"no stability study of just this preparation is known: {formula.title}")
    found = knowledge.stability[formula.study]
    if kept not in found.days:
        raise CannotMeasure(f"study {formula.study} covers {', '.join(found.days)}, not {kept}")
    return found
