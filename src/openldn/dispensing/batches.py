"""A master formula for so much of it: every amount exactly, tablets whole or not at all.

Rules read here: dispensing/weighing, dispensing/dilution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from openldn.dispensing.budget import Budget, Factor, flask_factor, of_solution
from openldn.dispensing.dilution import DilutionPlan, Tool, dilutions
from openldn.dispensing.intervals import Interval
from openldn.dispensing.substance import Lot, as_shown, to_weigh
from openldn.dispensing.weighing import Balance
from openldn.knowledge.formula_schema import MasterFormula
from openldn.knowledge.load import Knowledge
from openldn.quantities import CannotMeasure, Dose, Mass, Strength, Volume, number_text


@dataclass(frozen=True, slots=True)
class Amount:
    """An ingredient for this batch."""

    name: str
    amount: Mass | Volume
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """So much of a product, and how it is made."""

    formula: MasterFormula
    volume: Volume
    drug: Dose
    tablets: int | None
    """From tablets: how many, all of them whole."""
    others: tuple[Amount, ...]

    @property
    def strength(self) -> Strength:
        """Of what is made, in a millilitre: that of its formula."""
        one = Fraction(self.drug.base * 10**6, self.volume.base)
        return Strength(Dose(int(one)), Volume.ml(1))


def batch_of(formula: MasterFormula, volume: Volume, strength: Strength | None = None) -> Batch:
    """A formula scaled to a volume; its strength is a whole number of nanograms in a millilitre.

    Args:
        formula: what is made.
        volume: how much of it.
        strength: as ordered; needed where no source states one (drops, cream).

    Raises:
        CannotMeasure: an amount is no whole number of nanograms, tablets would have to be divided, no
            strength is known, or another one than the formula's; says what would work.
    """
    times = Fraction(volume.base, formula.volume.base)
    if times <= 0:
        raise CannotMeasure("there is nothing to make")
    drug = _strength_of(formula, strength) * volume.base
    if drug.denominator != 1:
        raise CannotMeasure(f"{volume} would hold a part of a nanogram: choose a rounder volume")
    dose, tablets = Dose(int(drug)), None
    if (one := formula.in_a_tablet) is not None:
        count = drug / one.base
        if count.denominator != 1:
            raise CannotMeasure(_whole_tablets(formula, one, count))
        tablets = int(count)
    others = tuple(Amount(i.name, _scaled(i.exact, times), i.note) for i in formula.ingredients)
    return Batch(formula, volume, dose, tablets, others)


def _strength_of(formula: MasterFormula, strength: Strength | None) -> Fraction:
    """Nanograms in a nanolitre."""
    asked = Fraction(strength.dose.base, strength.volume.base) if strength else None
    if formula.holds is None:
        if asked is None:
            raise CannotMeasure(f"{formula.title}: no source states a strength, so the order has to")
        return asked
    own = Fraction(formula.holds.base, formula.volume.base)
    if asked not in (None, own):
        made = Strength.mg_per_ml(own)
        raise CannotMeasure(f"{formula.title}: it is made of {made}, not of {strength}: another formula")
    return own


def _whole_tablets(formula: MasterFormula, one: Dose, count: Fraction) -> str:
    each = one.base / _strength_of(formula, None)
    below, above = int(count), int(count) + 1
    offers = [f"{Volume(int(each * n))} ({n})" for n in (below, above) if n and (each * n).denominator == 1]
    dose = Dose(int(count * one.base)) if (count * one.base).denominator == 1 else None
    powder = f", or {dose} of powder" if dose else ""
    told = number_text(Fraction(round(count * 100), 100))
    return f"{told} tablets: no tablet is divided; whole ones make {' or '.join(offers)}{powder}"


def _scaled(amount: Mass | Volume, times: Fraction) -> Mass | Volume:
    base = amount.base * times
    if base.denominator != 1:
        raise CannotMeasure(f"{amount} times {times} is no whole amount: choose a rounder volume")
    return type(amount)(int(base))


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is weighed, dissolved and diluted for a batch from powder."""

    batch: Batch
    lot: Lot
    balance: Balance
    exact: Fraction
    """Nanograms of powder that hold the drug."""
    shown: Mass
    """What the balance is to show."""
    flask: Tool | None
    """The first flask of a dilution; None: the batch is made at once."""
    plan: DilutionPlan | None
    others: tuple[DilutionPlan, ...]
    """Further dilution plans, ranked."""
    budget: Budget


def prepared(
    batch: Batch,
    lot: Lot,
    balance: Balance,
    tools: Iterable[Tool],
    knowledge: Knowledge,
    *,
    as_of: date,
    more: tuple[Factor, ...] = (),
) -> Preparation:
    """How a batch is made from powder: weighed directly where the balance can, else by dilution.

    Args:
        batch: what is to be made.
        lot: the powder.
        balance: of this pharmacy.
        tools: its pipettes and flasks.
        knowledge: the limits.
        as_of: the day.
        more: further factors of the budget (the syringe).

    Raises:
        CannotMeasure: no way with these tools; says why.
    """
    rule = knowledge.rule("dispensing/weighing")
    part = rule.number("part", as_of) / 100
    least = balance.least(part)
    tools = tuple(tools)
    needed = to_weigh(batch.drug, lot)
    if needed >= least.base:
        shown = as_shown(needed, balance.readability)
        made = _measure_of(batch.volume, tools)
        budget = of_solution(shown, balance, made, None, (_substance(lot), *more))
        return Preparation(batch, lot, balance, needed, shown, None, None, (), budget)
    limits = knowledge.rule("dispensing/dilution")
    steps, most = limits.whole("most_steps", as_of), Volume.ml(limits.number("most_made", as_of))
    found = [
        made
        for flask in tools
        if flask.kind == "flask"
        for made in _diluted(batch, lot, balance, flask, tools, least, most, steps, more)
    ]
    if found:
        return min(found, key=_rank)
    raise CannotMeasure(
        limits.text["en"].format(start="1 mg per mL", end=str(batch.strength), steps=steps, made=str(most))
    )


def _measure_of(volume: Volume, tools: tuple[Tool, ...]) -> Factor:
    """What the batch is made up in: a flask of just this volume, else the smallest cylinder that holds it.

    Raises:
        CannotMeasure: there is neither, so nobody knows how exact the volume is.
    """
    flask = next((t for t in tools if t.kind == "flask" and t.holds == volume), None)
    cylinders = [t for t in tools if t.kind == "cylinder" and t.holds >= volume]
    tool = flask or min(cylinders, key=lambda t: t.holds, default=None)
    if tool is None:
        raise CannotMeasure(f"no flask of {volume} and no cylinder that holds it: make less, or name one")
    interval = Interval.within(volume.base, tool.within.base)
    return Factor(f"made up to {volume} in a {tool.kind} of {tool.holds}", interval, divides=True)


def _diluted(
    batch: Batch,
    lot: Lot,
    balance: Balance,
    flask: Tool,
    tools: tuple[Tool, ...],
    least: Mass,
    most: Volume,
    steps: int,
    more: tuple[Factor, ...],
) -> Iterator[Preparation]:
    """One milligram in each millilitre of a flask, so that what follows are powers of ten."""
    stock = Dose(flask.holds.base)
    exact = to_weigh(stock, lot)
    start = Strength(stock, flask.holds)
    factor = Fraction(batch.drug.base * start.volume.base, batch.volume.base * start.dose.base)
    if exact < least.base or factor >= 1:
        return
    found = dilutions(start, factor, tools, at_least=batch.volume, most_made=most, most_steps=steps)
    if found:
        shown = as_shown(exact, balance.readability)
        first = flask_factor(flask.holds, flask.within)
        budget = of_solution(shown, balance, first, found[0], (_substance(lot), *more))
        yield Preparation(batch, lot, balance, exact, shown, flask, found[0], found[1:6], budget)


def _rank(made: Preparation) -> tuple[Fraction, int, int]:
    """Smaller is better: error in all, transfers, what is made in all."""
    assert made.plan is not None
    assert made.flask is not None
    all_made = made.plan.made.base + made.flask.holds.base
    return (made.budget.interval.worst, len(made.plan.transfers), all_made)


def _substance(lot: Lot) -> Factor:
    """What the lot holds."""
    return Factor(
        f"lot {lot.number}, as its certificate says", Interval.exactly(lot.holds / lot.substance.for_one)
    )
