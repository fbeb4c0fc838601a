"""Which opioid a record holds, and how much of it is taken a day: never a guess."""

from __future__ import annotations

from datetime import date

from openldn.knowledge.drug_schema import Drug
from openldn.knowledge.factor_schema import Per
from openldn.knowledge.load import Knowledge
from openldn.plan.ladders import CannotPlan
from openldn.quantities import Dose, DoseRate
from openldn.record.patient import Record
from openldn.screening.morphine_equivalents import DEFAULT_TABLE, Item, morphine_equivalents


def opioid_named(text: str, knowledge: Knowledge) -> Drug:
    """The opioid that a name stands for.

    Raises:
        CannotPlan: none that is known, or several.
    """
    found = {n.drug.name: n.drug for n in knowledge.vocabulary.drugs.identify((), (text,)).named}
    opioids = [d for d in found.values() if d.blocks_ldn]
    if len(opioids) != 1:
        raise CannotPlan(f"{text!r} names no opioid that is known here, or several")
    return opioids[0]


def opioids_taken(record: Record, knowledge: Knowledge, *, as_of: date) -> dict[str, Drug]:
    """The opioids that a record holds as in use, by name."""
    table = knowledge.opioid_factors[DEFAULT_TABLE]
    found = morphine_equivalents(record, table, knowledge.vocabulary.drugs, as_of=as_of)
    return {i.drug.name: i.drug for i in found.items}


def taken_a_day(record: Record, opioid: Drug, knowledge: Knowledge, *, as_of: date) -> Dose | DoseRate:
    """How much of an opioid is taken a day, or at which rate, as its record says.

    Raises:
        CannotPlan: the record does not say it, or not clearly.
    """
    table = knowledge.opioid_factors[DEFAULT_TABLE]
    found = morphine_equivalents(record, table, knowledge.vocabulary.drugs, as_of=as_of)
    # What stands in the record a second time counts nothing there, and here.
    told = [_recorded(i) for i in found.items if i.drug is opioid and i.maximum != 0]
    if len({type(t) for t in told}) != 1:
        raise CannotPlan(
            "patches and other forms are taken: name the part to taper with its amount and stock"
        )
    return type(told[0])(sum(t.base for t in told))


def _recorded(item: Item) -> Dose | DoseRate:
    """What a record says is taken a day, or at what rate."""
    if item.daily is None:
        raise CannotPlan(f"say how much is taken a day: {item.text}: {item.why}")
    if item.scheduled != item.maximum:
        raise CannotPlan(
            f"say how much is really taken a day: {item.text} is a range, as needed or stands twice"
        )
    per = {Per.MG: 10**6, Per.MICROGRAM: 10**3, Per.MICROGRAM_PER_HOUR: 10**3}
    base = item.daily.scheduled * per[item.daily.per]
    if base.denominator != 1:
        raise CannotPlan(f"say how much is taken a day: {item.text} is no whole number of nanograms")
    return (DoseRate if item.daily.per is Per.MICROGRAM_PER_HOUR else Dose)(int(base))
