"""A checker, not a recipe: how much a dose really holds of what somebody has made at home of tablets.

Ultra-low dose naltrexone at home is refused: a slip there is a thousandfold.

Rules read here: dispensing/home-dilution, dispensing/oral-syringes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from openldn.dispensing.intervals import Interval
from openldn.knowledge.load import Knowledge
from openldn.plan.stock import syringes_on
from openldn.quantities import CannotMeasure, Dose, Volume

_LEAST: Final = Dose.mg("0.1")
"""Below it is not the band of LDN: nobody does that at a kitchen table."""


@dataclass(frozen=True, slots=True)
class Made:
    """What somebody has made, and takes. Sizes of syringes; None: a cup, a spoon, a bottle's mark."""

    tablets: int
    tablet: Dose
    water: Volume
    water_by: Volume | None
    dose: Volume
    dose_by: Volume | None
    hours_old: int
    preserved: bool = False


@dataclass(frozen=True, slots=True)
class HomeDose:
    """What a dose of it holds, in nanograms; None: nobody can say."""

    nominal: Fraction
    holds: Interval | None
    ask: tuple[str, ...]
    """What to ask a pharmacist, the gravest first."""


def home_dose(made: Made, knowledge: Knowledge, *, as_of: date) -> HomeDose:
    """The likely range of a dose, and what to ask.

    Raises:
        CannotMeasure: ULDN, or nothing was made.
    """
    rule = knowledge.rule("dispensing/home-dilution")
    if not (made.tablets and made.water.base and made.dose.base and made.tablet.base):
        raise CannotMeasure("say how many tablets, in how much water, and how much is taken")
    drug = made.tablets * made.tablet.base
    nominal = Fraction(drug * made.dose.base, made.water.base)
    if nominal < _LEAST.base:
        raise CannotMeasure(
            f"less than {_LEAST} a dose is not made at home: one slip is a thousandfold. A pharmacy makes it"
        )
    tablet = Interval(
        drug * rule.number("tablet_low", as_of) / 100,
        Fraction(drug),
        drug * rule.number("tablet_high", as_of) / 100,
    )
    water = _measured(made.water, made.water_by, knowledge, as_of)
    dose = _measured(made.dose, made.dose_by, knowledge, as_of)
    ask = []
    if water is None or dose is None:
        ask.append("an oral syringe: cups and spoons are off by far more than syringes, often twofold")
    hours = rule.whole("hours", as_of)
    if made.hours_old > hours and not made.preserved:
        ask.append(
            f"whether it may still be taken: {made.hours_old} hours old without a preservative: throw it away"
        )
    elif made.hours_old > hours:
        ask.append(f"until when it may be taken: it is {made.hours_old} hours old")
    ask.append(
        "whether a liquid made by a pharmacy is to be had: its strength, age and germs are looked after"
    )
    ask.append("how to shake it: the grit is the tablet's filler, the film has to come off first")
    holds = None if water is None or dose is None else tablet / water * dose
    return HomeDose(nominal, holds, tuple(ask))


def _measured(volume: Volume, by: Volume | None, knowledge: Knowledge, as_of: date) -> Interval | None:
    """A volume as a syringe may really give it, fill by fill; None: no syringe."""
    if by is None:
        return None
    if volume > by:
        raise CannotMeasure(f"{volume} does not fit in one syringe of {by}: say what it was measured with")
    known = {s.capacity: s for s in syringes_on(knowledge, as_of)}
    part: Fraction | None
    if by in known:
        part = known[by].tolerance(volume)
    elif by > max(known):
        part = knowledge.rule("dispensing/home-dilution").number("large_syringe", as_of) / 100
    else:
        sizes = ", ".join(map(str, sorted(known)))
        raise CannotMeasure(f"no tolerance is known of a syringe of {by}: there are {sizes}, and larger ones")
    return None if part is None else Interval.within(volume.base, part * volume.base)
