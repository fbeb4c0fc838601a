"""How amounts, days and supplies are written for a reader; one wording for screen and paper."""

from __future__ import annotations

from datetime import date
from typing import Final

from openldn.plan.rounding import Fills, Measured
from openldn.plan.steps import Supply
from openldn.quantities import Dose

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_text(day: date) -> str:
    """A day as 23 Nov 2026: no order of numbers to mistake, no locale of the machine."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def dose_text(dose: Dose, *, micrograms_too: bool) -> str:
    """A dose of a ladder in mg; below 1 mg with micrograms in brackets where a country writes it so."""
    text = dose.text("mg")
    return f"{text} ({dose.text('microgram')})" if micrograms_too and dose < Dose.mg(1) else text


def how_to_measure(measured: Measured) -> str:
    """What to draw up or which capsules to take."""
    if isinstance(measured, Fills):
        fills = " then ".join(str(v) for v in measured.volumes)
        return f"{fills} in the {measured.syringe.capacity} syringe"
    return " + ".join(str(d) for d in measured.strengths) + (
        " capsules" if len(measured.strengths) > 1 else " capsule"
    )


def supply_text(supply: Supply) -> str:
    """What is used up."""
    if supply.capsules:
        return ", ".join(f"{count} x {dose}" for dose, count in supply.capsules)
    return str(supply.volume)
