"""An order to make something, as it comes from outside: every figure has to agree with the others.

Nothing is filled in from another figure: what is missing is asked for. So one wrong figure contradicts at
least one other, and a unit or a decimal place is caught before anything is weighed.

Rules read here: dispensing/order-figures, plan/dose-band-ldn, plan/dose-band-uldn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from openldn.dispensing.substance import Substance
from openldn.knowledge.formula_schema import AnyFormula, CapsuleFormula, MasterFormula
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule, Therapy
from openldn.quantities import Dose, NotAnAmount, Strength, Volume

FIELDS: Final = (
    "order", "product", "substance", "strength", "amount", "holds", "dose", "taken", "times", "days",
)  # fmt: skip
"""Columns of an order, all of them needed."""
_PIECES: Final = re.compile(r"([1-9]\d{0,4}) capsules?")
_WHOLE: Final = re.compile(r"[1-9]\d{0,3}")
_STRENGTH: Final = re.compile(r"(?P<dose>.+?) (?:per|in) (?P<per>.+)")
_TIMES: Final = {Therapy.LDN: 1, Therapy.ULDN: 2, Therapy.TAPER: 0}
_FIGURES: Final = ("strength", "amount", "holds", "dose", "taken", "times", "days")


@dataclass(frozen=True, slots=True)
class Problem:
    """A figure that cannot be right, and the rule that says so."""

    field: str
    said: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Order:
    """An order whose figures could be read. Amounts are nanolitres of a liquid, else capsules."""

    number: str
    formula: AnyFormula
    one: Dose
    """In a millilitre or a capsule."""
    amount: int
    holds: Dose
    dose: Dose
    taken: int
    times: int
    days: int

    @property
    def pieces(self) -> bool:
        """Whether it is counted."""
        return isinstance(self.formula, CapsuleFormula)

    @property
    def unit(self) -> int:
        """The amount that `one` is in."""
        return 1 if self.pieces else Volume.ml(1).base

    @property
    def used(self) -> int:
        """What all days take."""
        return self.taken * self.times * self.days

    def in_amount(self, amount: int) -> Fraction:
        """Nanograms in an amount."""
        return Fraction(self.one.base * amount, self.unit)

    def amount_text(self, amount: int) -> str:
        """An amount in words."""
        return f"{amount} capsules" if self.pieces else str(Volume(amount))


@dataclass(frozen=True, slots=True)
class CheckedOrder:
    """An order and what is wrong with it; no order: it could not be read."""

    number: str
    order: Order | None
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Whether it may be made."""
        return self.order is not None and not self.problems


def checked_order(fields: Mapping[str, str], knowledge: Knowledge, *, as_of: date) -> CheckedOrder:
    """Read an order and hold its figures against each other.

    Args:
        fields: text by column (`FIELDS`).
        knowledge: products and limits.
        as_of: the day.
    """
    given = {name: " ".join(fields.get(name, "").split()) for name in FIELDS}
    told = [*_missing(fields, given), *_of_product(given, knowledge)]
    order = None
    if not told:
        order, told = _read(given, knowledge.all_formulas[given["product"]])
    rule = knowledge.rule("dispensing/order-figures")
    problems = [Problem(f, rule.text["en"].format(field=f, why=why), rule) for f, why in told]
    if order is not None:
        for field, why in _contradictions(order, given, rule, as_of):
            problems.append(Problem(field, rule.text["en"].format(field=field, why=why), rule))
        problems += _outside_the_band(order, knowledge, as_of)
    return CheckedOrder(given["order"], order, tuple(problems))


def _missing(fields: Mapping[str, str], given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(fields.keys() - set(FIELDS)):
        yield name, f"no column of an order: there are {', '.join(FIELDS)}"
    for name, text in given.items():
        if not text:
            yield name, "it is missing, and nothing is filled in for it"


def _of_product(given: Mapping[str, str], knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    products = knowledge.all_formulas
    if given["product"] and given["product"] not in products:
        yield "product", f"no formula {given['product']!r}: there are {', '.join(sorted(products))}"


def _read(given: Mapping[str, str], formula: AnyFormula) -> tuple[Order | None, list[tuple[str, str]]]:
    """The order, or the figures of it that could not be read."""
    pieces = isinstance(formula, CapsuleFormula)
    values: dict[str, int] = {}
    problems = []
    for field in _FIGURES:
        try:
            values[field] = _figure(field, given[field], pieces)
        except ValueError as error:
            problems.append((field, str(error)))
    if problems:
        return None, problems
    one, holds, dose = (Dose(values[name]) for name in ("strength", "holds", "dose"))
    amount, taken, times, days = (values[name] for name in ("amount", "taken", "times", "days"))
    return Order(given["order"], formula, one, amount, holds, dose, taken, times, days), []


def _figure(field: str, text: str, pieces: bool) -> int:
    """A figure in its smallest unit; a strength is of one millilitre or capsule."""
    if field == "strength":
        return _strength(text, pieces).base
    if field in ("holds", "dose"):
        found = Dose.parse(text).base
    elif field in ("amount", "taken"):
        found = _pieces(text) if pieces else Volume.parse(text).base
    elif _WHOLE.fullmatch(text):
        found = int(text)
    else:
        raise NotAnAmount(f"{text!r} is no whole number")
    if not found:
        raise NotAnAmount(f"{text!r} is nothing")
    return found


def _strength(text: str, pieces: bool) -> Dose:
    found = _STRENGTH.fullmatch(text)
    example = "4.5 mg per capsule" if pieces else "1 mg per mL"
    if found is None or (found["per"] == "capsule") is not pieces:
        raise NotAnAmount(f"{text!r}: write it like {example}")
    dose, per = Dose.parse(found["dose"]), found["per"]
    if pieces:
        return dose
    return Strength(dose, Volume.ml(1) if per == "mL" else Volume.parse(per)).dose_in(Volume.ml(1))


def _pieces(text: str) -> int:
    found = _PIECES.fullmatch(text)
    if found is None:
        raise NotAnAmount(f"{text!r}: write it like 30 capsules")
    return int(found[1])


def _contradictions(
    order: Order, given: Mapping[str, str], rule: Rule, as_of: date
) -> Iterator[tuple[str, str]]:
    """Figures that do not agree with each other or with the product."""
    wanted = Substance.HYDROCHLORIDE
    if given["substance"] != wanted.word:
        yield "substance", _as_hydrochloride(given["substance"], order)
    formula = order.formula
    if isinstance(formula, MasterFormula) and formula.holds is not None:
        own = Fraction(formula.holds.base * order.unit, formula.volume.base)
        if own != order.one.base:
            is_one = Dose(int(own))
            yield "strength", f"{order.one} in a millilitre, but {formula.title} holds {is_one}"
    if order.in_amount(order.amount) != order.holds.base:
        in_all, amount = _dose_text(order.in_amount(order.amount)), order.amount_text(order.amount)
        yield "holds", f"{amount} of this strength hold {in_all} in all, not {order.holds}"
    if order.in_amount(order.taken) != order.dose.base:
        in_it, amount = _dose_text(order.in_amount(order.taken)), order.amount_text(order.taken)
        yield "dose", f"{amount} of this strength hold {in_it}, not {order.dose}"
    usual = _TIMES[formula.therapy]
    if order.times != usual:
        yield "times", f"{order.times} times a day, {usual} is meant for this therapy"
    most = order.used * rule.number("at_most", as_of) / 100
    if not order.used <= order.amount <= most:
        used, amount = order.amount_text(order.used), order.amount_text(order.amount)
        yield "amount", f"{order.days} days use up {used}, {amount} is ordered"


def _as_hydrochloride(word: str, order: Order) -> str:
    """What another salt or hydrate would mean, where it is one."""
    found = next((s for s in Substance if s.word == word), None)
    if found is None:
        known = ", ".join(s.word for s in Substance)
        return f"{word!r}: there are {known}, and doses are of the anhydrous hydrochloride"
    milligrams = float(order.dose.base / found.for_one) / 1e6
    return (
        f"{order.dose} of {found.title} is {milligrams:.3f} mg of the anhydrous hydrochloride, in which "
        "doses are written: ask the prescriber which is meant"
    )


def _outside_the_band(order: Order, knowledge: Knowledge, as_of: date) -> Iterator[Problem]:
    """A dose that the product is not for."""
    if order.formula.therapy is Therapy.ULDN:
        rule = knowledge.rule("plan/dose-band-uldn")
        (known,) = rule.doses("dose", as_of)
        if order.dose != known:
            yield Problem("dose", f"{order.dose}: {rule.text['en'].format(dose=known)}", rule)
        return
    rule = knowledge.rule("plan/dose-band-ldn")
    (lowest,), (highest,) = rule.doses("lowest", as_of), rule.doses("highest", as_of)
    if not lowest <= order.dose <= highest:
        said = rule.text["en"].format(
            dose=order.dose, lowest=lowest, highest=highest, band="ask the prescriber"
        )
        yield Problem("dose", said, rule)


def _dose_text(nanograms: Fraction) -> str:
    return str(Dose(int(nanograms))) if nanograms.denominator == 1 else f"{float(nanograms) / 1e6:.4f} mg"
