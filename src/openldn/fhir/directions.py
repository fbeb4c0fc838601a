"""How much and how often, from the dosage of an order, statement or dispensing.

All parts are read: every instruction, every doseAndRate, both ends of a range, the code of a quantity before
its unit. Nothing that is missing is filled in: an order without a timing has no times a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from openldn.fhir.fields import Fields
from openldn.record.directions import Amount, Direction, Range, Supply, Unit

_UNITS: Final[dict[str, tuple[Unit, Fraction]]] = {
    name: (unit, Fraction(factor))
    for unit, factor, names in (
        (Unit.MG, "1", "mg milligram milligrams mgs"),
        (Unit.MG, "1/1000", "ug mcg µg μg microgram micrograms mcgs [mcg] ug/1"),
        (Unit.MG, "1/1000000", "ng nanogram nanograms"),
        (Unit.MG, "1000", "g gram grams gm"),
        (Unit.ML, "1", "ml milliliter milliliters millilitre millilitres cc"),
        (Unit.ML, "1000", "l liter liters litre litres"),
        (Unit.ML, "1/1000", "ul µl μl"),
        (
            Unit.MICROGRAM_PER_HOUR,
            "1",
            "ug/h mcg/h mcg/hr ug/hr µg/h μg/h microgram/hour micrograms/hour microgram/h [mcg]/h",
        ),
        (Unit.MICROGRAM_PER_HOUR, "1000", "mg/h mg/hr"),
        (
            Unit.PIECE,
            "1",
            "tab tabs tablet tablets tbl tabletter tablett {tab} {tbl} {tablet} {tablets} tabcp "
            "cap caps capsule capsules {cap} {capsule} erutab caplet caplets pill pills {pill} {each} each "
            "lozenge lozenges {lozenge} troche film films {film} {stuk} {stuks} stuk stuks patch patches "
            "{patch} pch transpatch supp suppository suppositories {suppository} "
            "428673006 732936001 732937005 428641000",
        ),
        (Unit.SPRAY, "1", "spray sprays {spray} actuat {actuat} actuation actuations puff puffs"),
    )
    for name in names.split()
}
"""Unit as written, in lower case -> what it counts, and how many of it."""

_DAYS: Final = {
    name: days
    for days, names in (
        (Fraction(1, 86400), "s"),
        (Fraction(1, 1440), "min"),
        (Fraction(1, 24), "h hr hour hours"),
        (Fraction(1), "d day days"),
        (Fraction(7), "wk week weeks"),
        (Fraction(30), "mo month months"),
        (Fraction(365), "a year years"),
    )
    for name in names.split()
}
_CODES: Final[dict[str, tuple[Fraction | int, Fraction | int]]] = {
    "QD": (1, 1),
    "AM": (1, 1),
    "PM": (1, 1),
    "BED": (1, 1),
    "BID": (2, 2),
    "TID": (3, 3),
    "QID": (4, 4),
    "QOD": (Fraction(1, 2), Fraction(1, 2)),
    "WK": (Fraction(1, 7), Fraction(1, 7)),
    "MO": (Fraction(1, 30), Fraction(1, 30)),
    **{f"Q{n}H": (Fraction(24, n), Fraction(24, n)) for n in (1, 2, 3, 4, 6, 8, 12, 24)},
    **{
        f"Q{n}-{m}H": (Fraction(24, m), Fraction(24, n)) for n, m in ((2, 4), (3, 4), (4, 6), (6, 8), (8, 12))
    },
}
"""Timing codes -> least and most times a day."""
_ORDERED: Final = "ordered"


def directions_of(instructions: list[Fields]) -> tuple[Direction, ...]:
    """Each instruction of a dosage, as far as it tells.

    What has the wrong shape is told in `unread`, not to the record: a dose that cannot be read makes an
    opioid's equivalents undefined and no drug less present.
    """
    return tuple(_direction(i) for i in instructions)


def _apart(fields: Fields, unread: list[str]) -> Fields:
    return Fields(fields.json, fields.path, lambda where, why: unread.append(f"{where}: {why}"))


def supply_of(order: Fields) -> Supply | None:
    """A quantity and the days that it is meant to last, from an order's or a dispensing's own words."""
    order = _apart(order, [])
    request = order.one("dispenseRequest") if "dispenseRequest" in order.json else None
    quantity = (request or order).one("quantity")
    length = request.one("expectedSupplyDuration") if request else order.one("daysSupply")
    amount = _amount(quantity, [])
    value = length.number("value") if length else None
    unit = length and (_DAYS.get(length.text("code").lower()) or _DAYS.get(length.text("unit").lower()))
    if amount is None or not value or value < 0 or not unit:
        return None
    return Supply(amount, value * unit)


def _direction(instruction: Fields) -> Direction:
    unread: list[str] = []
    instruction = _apart(instruction, unread)
    amount = _at_a_time(instruction, unread)
    as_needed = any(
        instruction.json.get(key) not in (None, False)
        for key in ("asNeededBoolean", "asNeeded", "asNeededCodeableConcept", "asNeededFor")
    )
    sequence = instruction.number("sequence")
    return Direction(
        amount=amount,
        times=_times(instruction, unread),
        as_needed=as_needed,
        most=_most(instruction, unread),
        phase=int(sequence) if sequence is not None else 0,
        unread=tuple(unread),
    )


def _at_a_time(instruction: Fields, unread: list[str]) -> Amount | None:
    """The amount of one time; of several entries the one marked as ordered, else all must agree."""
    found: list[tuple[bool, Amount]] = []
    for rate in instruction.each("doseAndRate"):
        ordered = any(c.code == _ORDERED for c in rate.concept("type")[0])
        found += [(ordered, a) for a in _doses(rate, unread)]
    if not found:
        found = [(False, a) for a in _doses(instruction, unread)]
    wanted = [a for ordered, a in found if ordered] or [a for _, a in found]
    if not wanted:
        return None
    if len({a.unit for a in wanted}) == 1:
        return Amount(
            Range(min(a.range.low for a in wanted), max(a.range.high for a in wanted)), wanted[0].unit
        )
    # One dose in two units ("10 mg", "1 tablet"): the weight says more than the piece.
    weights = [a for a in wanted if a.unit in (Unit.MG, Unit.MICROGRAM_PER_HOUR)]
    if len(weights) == 1:
        return weights[0]
    unread.append("several doses in different units")
    return None


def _doses(holder: Fields, unread: list[str]) -> Iterator[Amount]:
    for key in ("doseQuantity", "quantityQuantity", "dose", "quantity"):
        if isinstance(holder.json.get(key), dict) and (amount := _amount(holder.one(key), unread)):
            yield amount
    for key in ("doseRange", "quantityRange"):
        limits = holder.one(key) if isinstance(holder.json.get(key), dict) else None
        if limits is None:
            continue
        low, high = _amount(limits.one("low"), unread), _amount(limits.one("high"), unread)
        if low and high and low.unit is high.unit and low.range.low <= high.range.high:
            yield Amount(Range(low.range.low, high.range.high), low.unit)
        elif high and not low:
            yield Amount(Range(Fraction(0), high.range.high), high.unit)
        elif low or high:
            unread.append("a range of doses without an upper end")


def _amount(quantity: Fields | None, unread: list[str]) -> Amount | None:
    """An amount; the code of its unit counts before the unit's name, and both must not contradict."""
    if quantity is None:
        return None
    value = quantity.number("value")
    if value is None or value < 0:
        unread.append("a dose without a number" if value is None else "a dose below zero")
        return None
    code, name = quantity.text("code"), quantity.text("unit")
    by_code, by_name = _unit(code), _unit(name)
    if by_code and by_name and by_code != by_name:
        unread.append(f"a dose in {code} by its code and in {name} by its text")
        return None
    unit = by_code or by_name
    if unit is None:
        if (code or name) and (code or name) != "1":
            unread.append(f"a dose in {name or code}")
            return None
        if value > _FEW:
            unread.append(f"a dose of {value} without a unit")
            return None
        unit = (Unit.PIECE, Fraction(1))
    return Amount(Range.just(value * unit[1]), unit[0])


_FEW: Final = 4
"""A number without a unit is a number of pieces up to here; a larger one may be milligrams."""


def _unit(text: str) -> tuple[Unit, Fraction] | None:
    """What a unit counts; 'M' and other words with a meaning of their own in capitals are not folded."""
    return _UNITS.get(text.strip().lower().rstrip("."))


def _most(instruction: Fields, unread: list[str]) -> Amount | None:
    """The most in a day, where it is said for a day or a time that divides into days."""
    told: list[Amount] = []
    for limit in instruction.each("maxDosePerPeriod"):
        amount = _amount(limit.one("numerator"), unread)
        period = limit.one("denominator")
        value = period.number("value") if period else None
        unit = period and (_DAYS.get(period.text("code").lower()) or _DAYS.get(period.text("unit").lower()))
        if amount and unit and value:
            told.append(Amount(Range.just(amount.range.high / (value * unit)), amount.unit))
    return min(told, key=lambda a: a.range.high, default=None)


def _times(instruction: Fields, unread: list[str]) -> Range | None:
    """Administrations a day: from repeat, else from a code, else from the events of one day."""
    timing = instruction.one("timing") if isinstance(instruction.json.get("timing"), dict) else None
    if timing is None:
        return None
    repeat = timing.one("repeat")
    if repeat is not None and (found := _repeated(repeat, unread)):
        return found
    codes = [c.code.upper() for c in timing.concept("code")[0]]
    codes += [t.upper().replace(" ", "") for t in timing.concept("code")[1]]
    for code in codes:
        if code in _CODES:
            low, high = _CODES[code]
            return Range(Fraction(low), Fraction(high))
    return None


def _repeated(repeat: Fields, unread: list[str]) -> Range | None:
    word = (repeat.text("periodUnit") or repeat.text("periodUnits")).lower()
    period, longest = repeat.number("period"), repeat.number("periodMax")
    frequency, most = repeat.number("frequency"), repeat.number("frequencyMax")
    a_day = _days_of_week(repeat)
    listed = _listed(repeat, "timeOfDay") or _listed(repeat, "when")
    if period is None and not word and frequency is None:
        if listed or a_day != 1:
            return Range.just(Fraction(listed or 1) * a_day)
        return None
    if period is None or word not in _DAYS or period <= 0:
        # FHIR gives a period no default: "3 times" without "a day" is not three times a day.
        unread.append("how often, without the time in which")
        return None
    count = frequency if frequency is not None else Fraction(listed or 1)
    shortest, longest = period * _DAYS[word], (longest or period) * _DAYS[word]
    if count <= 0 or longest < shortest:
        unread.append("how often, in numbers that cannot be")
        return None
    # Two times of the day beside "once a day" contradict it: at most, both.
    return Range(count / longest * a_day, max(count, most or count, Fraction(listed)) / shortest * a_day)


def _listed(repeat: Fields, key: str) -> int:
    value = repeat.json.get(key)
    return len(value) if isinstance(value, list) else 1 if isinstance(value, str) else 0


def _days_of_week(repeat: Fields) -> Fraction:
    """The part of the days on which anything is taken."""
    return Fraction(_listed(repeat, "dayOfWeek") or 7, 7)
