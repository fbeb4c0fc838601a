"""The products at hand: those shipped as an assumption, or the list of this pharmacy.

Rules read here: dispensing/oral-syringes, dispensing/pieces-at-once, dispensing/whole-millilitres,
plan/choice-drops, plan/choice-cream.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

import msgspec
from msgspec import Struct

from openldn.knowledge.formulation_schema import Form, Formulation
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Text
from openldn.plan.rounding import Liquid, Metered, Product, Solids, Syringe
from openldn.plan.supply import Item
from openldn.quantities import CannotMeasure, Dose, NotAnAmount, Strength, Volume

ASSUMED: Final = "assumed: no list of a pharmacy was given"
_SOLID: Final = (Form.CAPSULE, Form.TABLET)


class BadStock(ValueError):
    """A list of products that cannot be used; says where and why."""


@dataclass(frozen=True, slots=True)
class Article:
    """A formulation as this pharmacy has it: what can be measured with it, and what is handed out."""

    formulation: Formulation
    product: Product
    items: tuple[Item, ...]
    calibrated: str = ""
    """When and by whom drops or strokes were calibrated."""

    @property
    def name(self) -> str:
        """For a reader: what it is, and how strong where it has one strength."""
        title = self.formulation.title
        return title if isinstance(self.product, Solids) else f"{title}, {self.product.strength}"


@dataclass(frozen=True, slots=True)
class Stock:
    """All products of a pharmacy."""

    pharmacy: str
    articles: tuple[Article, ...]
    currency: str = ""


class _Listed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One product of the file."""

    formulation: Text
    strengths: tuple[Text, ...] = ()
    each: Text | None = None
    """The calibrated dose of a drop or stroke."""
    calibrated: Text | None = None
    pack: Text | None = None
    prices: dict[Text, Text] = {}


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of products as a pharmacy writes it."""

    pharmacy: Text
    currency: Text = ""
    syringes: tuple[Text, ...] = ()
    formulations: dict[Text, dict[str, Any]] = {}
    """Formulations of this pharmacy's own, by id."""
    products: tuple[_Listed, ...]


def shipped_stock(knowledge: Knowledge, *, as_of: date) -> Stock:
    """What is assumed to be at hand where a pharmacy gives no list."""
    assumed = (f for f in knowledge.formulations.values() if f.stocked)
    syringes = syringes_on(knowledge, as_of)
    return Stock(ASSUMED, tuple(article_of(f, knowledge, syringes, as_of=as_of) for f in assumed))


def read_stock(tree: Any, knowledge: Knowledge, *, as_of: date) -> Stock:
    """The list of a pharmacy, from a YAML or JSON file whose scalars are text.

    Raises:
        BadStock: a field is missing, unknown or not understood; a formulation without a stated strength,
            drops or cream without a calibrated dose of each.
    """
    try:
        file = msgspec.convert(tree, _File)
        own = {
            i: msgspec.convert({**fields, "id": i}, Formulation, strict=False)
            for i, fields in file.formulations.items()
        }
    except msgspec.ValidationError as error:
        raise BadStock(str(error).replace("`$", "`")) from error
    try:
        known = syringes_on(knowledge, as_of)
        syringes = tuple(_syringe(text, known) for text in file.syringes) or known
        articles = tuple(
            _article(n, listed, {**knowledge.formulations, **own}, knowledge, syringes, as_of)
            for n, listed in enumerate(file.products, 1)
        )
    except (NotAnAmount, CannotMeasure) as error:
        raise BadStock(str(error)) from error
    if not articles:
        raise BadStock("products: none is listed")
    return Stock(file.pharmacy, articles, file.currency)


def _article(
    n: int,
    listed: _Listed,
    formulations: dict[str, Formulation],
    knowledge: Knowledge,
    syringes: tuple[Syringe, ...],
    as_of: date,
) -> Article:
    place = f"product {n}"
    found = formulations.get(listed.formulation) or formulations.get(f"formulations/{listed.formulation}")
    if found is None:
        known = ", ".join(sorted(f.removeprefix("formulations/") for f in formulations))
        raise BadStock(f"{place}: no formulation {listed.formulation!r}; there are {known}")
    try:
        strengths = tuple(Dose.parse(s) for s in listed.strengths)
        each = Dose.parse(listed.each) if listed.each else None
        prices = {Dose.parse(s): _price(p) for s, p in listed.prices.items()}
        pack = _pack(listed.pack, found.form)
    except NotAnAmount as error:
        raise BadStock(f"{place}: {error}") from error
    if any(not s.base for s in strengths):
        raise BadStock(f"{place}: a strength of nothing")
    if found.form not in _SOLID and len(strengths) > 1:
        raise BadStock(f"{place}: a {found.form} has one strength; list each as a product of its own")
    try:
        return article_of(
            found,
            knowledge,
            syringes,
            as_of=as_of,
            strengths=strengths,
            each=each,
            pack=pack,
            prices=prices,
            calibrated=listed.calibrated or "",
        )
    except BadStock as error:
        raise BadStock(f"{place}: {error}") from error


def article_of(
    formulation: Formulation,
    knowledge: Knowledge,
    syringes: tuple[Syringe, ...],
    *,
    as_of: date,
    strengths: tuple[Dose, ...] = (),
    each: Dose | None = None,
    pack: int | None = None,
    prices: dict[Dose, Fraction] | None = None,
    calibrated: str = "",
) -> Article:
    """A formulation as a product; what is not given is taken from the formulation.

    Raises:
        BadStock: no strength is stated anywhere; drops or cream without a calibrated dose of each.
    """
    strengths = strengths or tuple(Dose.mg(s) for s in formulation.strengths)
    if not strengths:
        raise BadStock(f"{formulation.title}: no source states a strength, so the product has to")
    prices = prices or {}
    stray = [str(s) for s in prices if s not in strengths]
    if stray:
        raise BadStock(f"{formulation.title}: a price for {', '.join(stray)}, which is not listed")
    form = formulation.form
    if form in _SOLID:
        most = knowledge.rule("dispensing/pieces-at-once").whole("most_at_once", as_of)
        items = tuple(Item(f"{form}s of {s}", s, True, pack, prices.get(s)) for s in sorted(strengths))
        return Article(formulation, Solids(form, strengths, most), items)
    (dose,) = strengths
    strength = Strength(dose, Volume.ml(1))
    product: Product
    if form is Form.LIQUID:
        fills = knowledge.rule("dispensing/oral-syringes").whole("most_fills", as_of)
        product = Liquid(strength, syringes, fills)
    else:
        product = _metered(formulation, strength, each, calibrated, knowledge, as_of)
    if pack is None:
        pack = Volume.ml(knowledge.rule("dispensing/whole-millilitres").whole("smallest", as_of)).base
    item = Item(
        f"{'oral ' if form is Form.LIQUID else ''}{form} {strength}", dose, False, pack, prices.get(dose)
    )
    return Article(formulation, product, (item,), calibrated)


def _metered(
    formulation: Formulation,
    strength: Strength,
    each: Dose | None,
    calibrated: str,
    knowledge: Knowledge,
    as_of: date,
) -> Metered:
    form = formulation.form
    if each is None or not each.base or not calibrated:
        word = "drop" if form is Form.DROPS else "stroke"
        raise BadStock(
            f"{formulation.title}: `each` (the calibrated dose of a {word}) and `calibrated` (when, by whom) "
            "have to be stated"
        )
    rule = knowledge.rule(f"plan/choice-{form}")
    product = Metered(form, strength, each, rule.whole("most", as_of), rule.number("below", as_of) / 100)
    try:
        strength.volume_of(each)  # what `volume_each` needs: refused here, so that no plan fails on it later
    except CannotMeasure as error:
        raise BadStock(f"{formulation.title}: {error}; state `each` with fewer digits") from error
    return product


def syringes_on(knowledge: Knowledge, as_of: date) -> tuple[Syringe, ...]:
    """The syringes that are assumed to be at hand."""
    rule = knowledge.rule("dispensing/oral-syringes")
    named = rule.words("syringes", as_of)
    from_half = rule.words("tolerance_from_half", as_of)
    below = rule.words("tolerance_below_half", as_of)
    return tuple(_with_tolerance(*row) for row in zip(named, from_half, below, strict=True))


def _with_tolerance(text: str, from_half: str, below: str) -> Syringe:
    capacity, mark = text.split(" / ")
    of_capacity, of_volume = (Fraction(p) / 100 for p in below.split(" + "))
    return Syringe(Volume.ml(capacity), Volume.ml(mark), Fraction(from_half) / 100, (of_capacity, of_volume))


def _syringe(text: str, known: tuple[Syringe, ...]) -> Syringe:
    """A syringe of a file, like '5 mL / 0.2 mL'; how exact it is, is known where the rules name it too."""
    capacity, _, mark = (part.strip() for part in text.partition("/"))
    if not mark:
        raise BadStock(f"syringe {text!r}: write capacity and mark, like '5 mL / 0.2 mL'")
    syringe = Syringe(Volume.parse(capacity), Volume.parse(mark))
    if not syringe.mark.base or syringe.capacity.marks_of(syringe.mark) is None:
        raise BadStock(f"syringe {text!r}: the capacity is no whole number of marks")
    same = (s for s in known if (s.capacity, s.mark) == (syringe.capacity, syringe.mark))
    return next(same, syringe)


def _pack(text: str | None, form: Form) -> int | None:
    if text is None:
        return None
    if form in _SOLID:
        if not text.isdecimal() or not int(text):
            raise NotAnAmount(f"pack {text!r}: a number of {form}s, like 30, is expected")
        return int(text)
    volume = Volume.parse(text)
    if not volume.base:
        raise NotAnAmount(f"pack {text!r}: a volume, like 100 mL, is expected")
    return volume.base


def _price(text: str) -> Fraction:
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise NotAnAmount(f"price {text!r}: a number like 12.5 is expected") from None
    if not price.is_finite() or price < 0:
        raise NotAnAmount(f"price {text!r}: a number like 12.5 is expected")
    return Fraction(price)
