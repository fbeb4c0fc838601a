"""How long an order, a statement or a supply lasts by its own words: the last day it accounts for.

A day is only named when every part of the dosage is bounded; of several bounds the latest counts, and
when the rate of use is a range, the slowest. An order taken as needed has no end that its quantity
could tell. So the answer errs towards "still running".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from openldn.fhir.fields import Fields

_DAYS_PER: Final = {
    name: days
    for names, days in (
        ("s", Fraction(1, 86400)),
        ("min", Fraction(1, 1440)),
        ("h hr hour hours", Fraction(1, 24)),
        ("d day days", Fraction(1)),
        ("wk week weeks", Fraction(7)),
        ("mo month months", Fraction(31)),
        ("a year years", Fraction(366)),
    )
    for name in names.split()
}
"""Days in a unit of time; a month and a year are taken at their longest."""

_PIECES: Final = frozenset(
    {"", "1", "tab", "tablet", "tablets", "tbl", "{tab}", "{tbl}", "cap", "capsule", "capsules", "{cap}",
     "{stuk}", "{stuks}", "stuk", "stuks", "428673006", "732936001", "732937005", "428641000",
     "patch", "patches"}
)  # fmt: skip
_SUPPLY_KEYS: Final = frozenset(
    [
        "expectedSupplyDuration",
        "validityPeriod",
        "quantity",
        "numberOfRepeatsAllowed",
        "performer",
        "initialFill",
        "dispenseInterval",
        "dispenser",
        "dispenserInstruction",
        "medicationCodeableConcept",
    ]
)
_LONGEST: Final = 36525
"""Days of a century: a longer supply is a slip of the pen and tells nothing."""


def order_runs_until(order: Fields, ordered: date | None) -> tuple[date | None, str]:
    """The last day a prescription accounts for, and which field told so."""
    supply = order.one("dispenseRequest")
    validity = supply.one("validityPeriod") if supply else None
    begun = ordered or (validity.day("start") if validity else None)
    told: list[tuple[date, str]] = []
    length = _length(supply.one("expectedSupplyDuration")) if supply else None
    if supply and supply.json and not supply.json.keys() & _SUPPLY_KEYS:
        supply.note(supply.path, "a supply expected")
    if length and not begun:
        order.note(order.path, "a supply without a first day")
    if supply and begun and length:
        repeats = supply.number("numberOfRepeatsAllowed") or Fraction(0)
        told += _after(begun, length * (1 + max(repeats, Fraction(0))), "supply ends")
    instructions = list(order.each("dosageInstruction"))
    told += _bounded(instructions, begun)
    if not told and supply and begun:
        told += _used_up(instructions, supply, begun)
    if not told and validity and (end := validity.day("end")):
        told.append((end, "prescription valid until"))
    return max(told, default=(None, ""), key=lambda t: t[0])


def statement_runs_until(statement: Fields, begun: date | None) -> tuple[date | None, str]:
    """The last day a statement about taking accounts for."""
    told: list[tuple[date, str]] = []
    for key in ("effectivePeriod", "effective", "period"):
        value = statement.json.get(key)
        period = statement.one(key) if isinstance(value, dict) else None
        if period and (end := period.day("end")):
            told.append((end, "taken until"))
    if not told:
        told += _bounded(list(statement.each("dosage")), begun)
    return max(told, default=(None, ""), key=lambda t: t[0])


def dispense_runs_until(dispense: Fields, handed: date | None) -> tuple[date | None, str]:
    """The last day a dispensed supply accounts for; without days' supply nothing tells."""
    length = _length(dispense.one("daysSupply"))
    told = list(_after(handed, length, "supply ends")) if handed and length else []
    return told[0] if told else (None, "")


def administration_day(administration: Fields) -> date | None:
    """The last day of an administration."""
    for key in ("effectiveDateTime", "effectiveTimeDateTime", "occurenceDateTime", "occurrenceDateTime"):
        if day := administration.day(key):
            return day
    for key in ("effectivePeriod", "effectiveTimePeriod", "occurencePeriod", "occurrencePeriod"):
        period = administration.one(key)
        if period:
            return period.day("end")
    return None


def taken_as_needed(instructions: list[Fields]) -> bool:
    """Whether any part of the dosage is as needed, said as a flag, a code or a text."""
    return any(
        i.json.get(key) not in (None, False)
        for i in instructions
        for key in ("asNeededBoolean", "asNeeded", "asNeededCodeableConcept", "asNeededFor")
    )


def _length(duration: Fields | None) -> Fraction | None:
    if duration is None:
        return None
    value = duration.number("value")
    unit = _DAYS_PER.get(duration.text("code").lower()) or _DAYS_PER.get(duration.text("unit").lower())
    if value is None or value <= 0 or unit is None:
        duration.note(duration.path, "a length of time expected")
        return None
    return value * unit


def _days_per(repeat: Fields) -> Fraction | None:
    """Days in the unit of a period; an unknown unit is noted."""
    word = repeat.text("periodUnit").lower()
    if word and word not in _DAYS_PER:
        repeat.note(f"{repeat.path}.periodUnit", "a unit of time expected")
    return _DAYS_PER.get(word)


def _after(begun: date, length: Fraction, why: str) -> Iterator[tuple[date, str]]:
    days = -(-length.numerator // length.denominator)
    if 0 < days <= _LONGEST and begun.year < 9900:
        yield begun + timedelta(days=days), why


def _bounded(instructions: list[Fields], begun: date | None) -> list[tuple[date, str]]:
    """The latest end of all dosage instructions; nothing as soon as one of them is open."""
    ends: list[tuple[date, str]] = []
    for instruction in instructions:
        own = list(_ends(instruction, begun))
        if not own:
            return []
        ends += own
    return ends


def _ends(instruction: Fields, begun: date | None) -> Iterator[tuple[date, str]]:
    timing = instruction.one("timing")
    if timing is None:
        return
    repeat = timing.one("repeat")
    if repeat is not None:
        period = repeat.one("boundsPeriod")
        if period and (end := period.day("end")):
            yield end, "dosage ends"
        bounds = repeat.one("boundsRange")
        length = _length(repeat.one("boundsDuration") or (bounds.one("high") if bounds else None))
        if begun and length:
            yield from _after(begun, length, "dosage ends")
        if begun and (length := _counted(repeat)):
            yield from _after(begun, length, "dosage ends")
        return
    events = timing.json.get("event")
    listed = events if isinstance(events, list) else []
    spans = [f.day("event") for f in (Fields({"event": e}, timing.path, timing.note) for e in listed)]
    if spans and all(spans):
        yield max(s for s in spans if s), "dosage ends"


def _counted(repeat: Fields) -> Fraction | None:
    """How long a fixed number of doses lasts at the slowest rate."""
    count = repeat.number("countMax") or repeat.number("count")
    unit = _days_per(repeat)
    period = repeat.number("periodMax") or repeat.number("period")
    frequency = repeat.number("frequency") or Fraction(1)
    if not count or not unit or not period or count < 0 or period < 0 or frequency <= 0:
        return None
    return count * period * unit / frequency


def _used_up(instructions: list[Fields], supply: Fields, begun: date) -> Iterator[tuple[date, str]]:
    """When a quantity of pieces is used up at the slowest rate; never told when taken as needed."""
    quantity = supply.one("quantity")
    pieces = _pieces(quantity)
    if pieces is None or not instructions or taken_as_needed(instructions):
        return
    slowest: Fraction = Fraction(0)
    for instruction in instructions:
        rate = _rate(instruction)
        if rate is None:
            return
        slowest = max(slowest, rate)
    if slowest:
        repeats = supply.number("numberOfRepeatsAllowed") or Fraction(0)
        yield from _after(begun, pieces * (1 + max(repeats, Fraction(0))) / slowest, "quantity lasts until")


def _rate(instruction: Fields) -> Fraction | None:
    """Pieces a day by one instruction, at its slowest; None when it cannot be told."""
    timing = instruction.one("timing")
    repeat = timing.one("repeat") if timing else None
    if repeat is None:
        return None
    unit = _days_per(repeat)
    period = repeat.number("periodMax") or repeat.number("period")
    frequency = repeat.number("frequency") or Fraction(1)
    amounts = []
    for rate in instruction.each("doseAndRate"):
        given = rate.one("doseQuantity")
        limits = rate.one("doseRange")
        amounts.append(_pieces(given or (limits.one("low") if limits else None)))
    known = [a for a in amounts if a]
    if not unit or not period or period <= 0 or frequency <= 0 or not known:
        return None
    return min(known) * frequency / (period * unit)


def _pieces(quantity: Fields | None) -> Fraction | None:
    """A number of tablets, capsules or patches; None for anything weighed or poured."""
    if quantity is None:
        return None
    unit, code = quantity.text("unit").lower(), quantity.text("code").lower()
    value = quantity.number("value")
    fits = unit in _PIECES and code in _PIECES
    return value if fits and value is not None and value > 0 else None
