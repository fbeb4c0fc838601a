"""How amounts, days and supplies are written for a reader; one wording for screen and paper."""

from __future__ import annotations

import re
from datetime import date, time
from fractions import Fraction
from typing import Final

from openldn.plan.limits import Bite, Bound
from openldn.plan.rounding import Counts, Fills, Measured
from openldn.plan.supply import Item
from openldn.quantities import Dose, Volume, number_text
from openldn.record.diary import Slot

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO_DAY: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

WORKSHEET_NOTE: Final = (
    "A worksheet for a pharmacist who checks and signs it; no formula here is signed by one yet."
)


def day_text(day: date) -> str:
    """A day as 23 Nov 2026: no order of numbers to mistake, no locale of the machine."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def with_days(text: str) -> str:
    """A text whose days, written as 2026-11-23, are written as 23 Nov 2026; what is no day stays."""

    def written(found: re.Match[str]) -> str:
        try:
            return day_text(date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    return _ISO_DAY.sub(written, text)


def dose_text(dose: Dose, *, micrograms_too: bool) -> str:
    """A dose of a ladder in mg; below 1 mg with micrograms in brackets where a country writes it so."""
    text = dose.text("mg")
    return f"{text} ({dose.text('microgram')})" if micrograms_too and dose < Dose.mg(1) else text


def dose_in_words(dose: Dose) -> str:
    """A dose of less than 10 mg in words, digit by digit after the point: "four point five milligrams"."""
    whole, _, part = number_text(dose.in_unit("mg")).partition(".")
    words = [_DIGITS[int(whole)], *(["point", *(_DIGITS[int(d)] for d in part)] if part else [])]
    return f"{' '.join(words)} milligram{'' if dose == Dose.mg(1) else 's'}"


def times_text(times: tuple[tuple[Slot, time], ...]) -> str:
    """The slots of a day with their clock times: 'at night (22:00)'."""
    return " and ".join(
        f"{'in the' if slot is Slot.MORNING else 'at'} {slot} ({at:%H:%M})" for slot, at in times
    )


def how_to_measure(measured: Measured) -> str:
    """What to draw up, which pieces to take, or how many drops."""
    if isinstance(measured, Fills):
        fills = " then ".join(str(v) for v in measured.volumes)
        return f"{fills} in the {measured.syringe.capacity} syringe"
    if isinstance(measured, Counts):
        return f"{measured.count} {measured.product.word}{'s' if measured.count > 1 else ''}"
    many = "s" if len(measured.strengths) > 1 else ""
    return " + ".join(str(d) for d in measured.strengths) + f" {measured.form}{many}"


def tolerance_text(measured: Measured) -> str:
    """How far off a measure may be within the standard of its syringe; empty where none is known."""
    if not isinstance(measured, Fills) or measured.tolerance is None:
        return ""
    return f"within {percent_text(measured.tolerance)}"


def percent_text(part: Fraction) -> str:
    """A fraction as a percentage of at most one decimal, rounded up."""
    tenths = -(-part.numerator * 1000 // part.denominator)
    return f"{number_text(Fraction(tenths, 10))} %"


def hundredths_text(part: Fraction) -> str:
    """A fraction in percent of two decimals, rounded up: an error is never told smaller than it is."""
    hundredths = -(-part.numerator * 10_000 // part.denominator)
    return number_text(Fraction(hundredths, 100))


def amount_text(item: Item, amount: int) -> str:
    """An amount of something that is handed out, without its name."""
    if not amount:
        return "nothing"
    return f"{amount:,}" if item.pieces else str(Volume(amount))


def item_text(item: Item, amount: int) -> str:
    """An amount of something that is handed out, with its name."""
    if not item.pieces:
        return f"{amount_text(item, amount)} of {item.name}"
    return (
        f"{amount_text(item, amount)} {item.name if amount != 1 else item.name.replace('s of ', ' of ', 1)}"
    )


def supply_text(supplied: dict[Item, int]) -> str:
    """What is handed out in all."""
    return ", ".join(item_text(item, amount) for item, amount in supplied.items())


def bound_text(bound: Bound) -> str:
    """A dose, a number of days, or a day."""
    if isinstance(bound, Dose):
        return bound.text("mg")
    return day_text(bound) if isinstance(bound, date) else f"{bound} days"


def bite_text(bite: Bite) -> str:
    """What a limit changed: 'ceiling 4.5 mg down to 3 mg (rule)'."""
    return f"{bite.kind}: {bound_text(bite.was)} became {bound_text(bite.now)} ({bite.limiter.rule})"
