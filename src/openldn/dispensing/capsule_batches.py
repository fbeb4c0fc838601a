"""Capsules of a dose for so many: what is weighed, triturated and filled up, exactly.

Rules read here: dispensing/weighing, dispensing/packing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from openldn.dispensing.capsules import Blend, Packing, acceptance_value, fill_of, largest_particle, spread
from openldn.dispensing.substance import Lot, as_shown, to_weigh
from openldn.dispensing.weighing import Balance, Mixture, triturations
from openldn.knowledge.formula_schema import CapsuleFormula
from openldn.knowledge.load import Knowledge
from openldn.quantities import CannotMeasure, Dose, Mass

_LARGEST: Final = Mass.parse("20 g")
"""The most that is mixed at once in a mortar."""
_COARSE: Final = 100
"""Micrometres, where nobody states a size."""


@dataclass(frozen=True, slots=True)
class CapsuleBatch:
    """So many capsules of a dose, and how they are made."""

    formula: CapsuleFormula
    dose: Dose
    capsules: int
    """All that are made, those beyond what was asked for too."""
    blend: Blend
    lot: Lot
    balance: Balance
    weighed: Mass
    """What the balance is to show of the powder, as its lot needs it."""
    mixtures: tuple[Mixture, ...]
    """Triturates, where the drug is too little for the balance."""
    filler: Fraction
    """Nanograms of filler that are added at the end."""

    @property
    def filler_name(self) -> str:
        """What it is."""
        return self.formula.filler

    @property
    def drug(self) -> Dose:
        """In all of them."""
        return self.dose * self.capsules


def capsule_batch(
    formula: CapsuleFormula,
    dose: Dose,
    capsules: int,
    packing: Packing,
    lot: Lot,
    balance: Balance,
    knowledge: Knowledge,
    *,
    as_of: date,
) -> CapsuleBatch:
    """What is weighed and mixed for so many capsules.

    Args:
        formula: shell and filler.
        dose: in one.
        capsules: how many, losses with them.
        packing: what a shell holds, measured with these lots.
        lot: the powder.
        balance: of this pharmacy.
        knowledge: the limits.
        as_of: the day.

    Raises:
        CannotMeasure: a dose that does not fit, packing that no powder has, or no way to weigh it.
    """
    _plausible(formula, packing, knowledge, as_of)
    blend = Blend(fill_of(dose, packing), capsules)
    part = knowledge.rule("dispensing/weighing").number("part", as_of) / 100
    drug = dose * capsules
    exact = to_weigh(drug, lot)
    if exact >= balance.least(part).base:
        shown = as_shown(exact, balance.readability)
        return CapsuleBatch(formula, dose, capsules, blend, lot, balance, shown, (), blend.filler)
    found = triturations(Mass(drug.base), balance, part=part, largest=_LARGEST)
    fits = [t for t in found if t.mixtures[-1].taken.base - drug.base < blend.filler]
    if not fits:
        raise CannotMeasure("the triturate would be more than all the filler: take a finer balance")
    mixtures = fits[0].mixtures
    shown = as_shown(to_weigh(Dose(mixtures[0].weighed.base), lot), balance.readability)
    filler = blend.filler - (mixtures[-1].taken.base - drug.base)
    return CapsuleBatch(formula, dose, capsules, blend, lot, balance, shown, mixtures, filler)


def _plausible(formula: CapsuleFormula, packing: Packing, knowledge: Knowledge, as_of: date) -> None:
    rule, shell = knowledge.rule("dispensing/packing"), knowledge.shells[formula.shell]
    least, most = shell.fill_between(rule.number("light", as_of), rule.number("heavy", as_of))
    told = (("filler alone", packing.filler_alone), ("drug alone", packing.drug_alone))
    for what, mass in told:
        if not least <= mass <= most:
            said = {"what": what, "mass": mass, "size": formula.shell, "least": least, "most": most}
            raise CannotMeasure(rule.text["en"].format(**said))


@dataclass(frozen=True, slots=True)
class Uniformity:
    """Whether a dry blend can be uniform, and how contents that were found are judged."""

    particle: int | None
    """Largest particle of the drug in micrometres; None: nobody stated it, and a coarse one is taken."""
    largest: float
    """The largest particle, in micrometres, with which the blend can pass."""
    spread_percent: float
    """Of the drug in single capsules, by chance alone."""
    acceptance_value: float | None
    """Of ten contents that were found; at most 15 passes."""

    @property
    def uniform(self) -> bool:
        """Whether the particle is small enough."""
        return (self.particle or _COARSE) <= self.largest


def uniformity_of(dose: Dose, particle: int | None, contents: tuple[Fraction, ...] | None) -> Uniformity:
    """Whether capsules of a dose can be uniform.

    Args:
        dose: in one.
        particle: the largest of the drug, in micrometres; None: not known.
        contents: ten that were found, in percent of the label; None: none were.
    """
    value = acceptance_value(contents) if contents else None
    return Uniformity(particle, largest_particle(dose), spread(dose, particle or _COARSE), value)
