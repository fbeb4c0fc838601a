"""Morphine milligram equivalents (MME) of the opioids that are taken, by a named table of factors.

For judging risk: never for a replacement dose, because tolerance to one opioid is only in part tolerance to
another. What cannot be computed is "undefined, opioid present", never zero: then the total is undefined and
what could be computed is its lower bound. Two numbers: `scheduled`, what is taken in any case at its least,
and `maximum`, with all that may be taken as needed at the most that is allowed.

Source: CDC 2022 (MMWR 71(3), p. 42), facts/opioids.md 1.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from math import ceil
from typing import Final

from openldn.knowledge.drug_schema import Drug, Form, Role
from openldn.knowledge.factor_schema import Factor, FactorTable, Per, Route
from openldn.knowledge.names import UNNAMED, DrugNames
from openldn.knowledge.schema import Source
from openldn.knowledge.strengths import Strength, routes_of, strengths_of
from openldn.quantities import number_text
from openldn.record.directions import Amount, Direction, Range, Unit
from openldn.record.patient import Kind, Medication, Record
from openldn.screening.opioids import Exposure, Use, exposures

DEFAULT_TABLE: Final = "cdc-2022"


@dataclass(frozen=True, slots=True)
class Daily:
    """What is taken in a day, of one unit: in any case, and at most."""

    scheduled: Fraction
    maximum: Fraction
    per: Per


@dataclass(frozen=True, slots=True)
class Item:
    """One opioid of one entry: what was counted, with which factor, or why it cannot be.

    `maximum` is None when it cannot be computed; `why` then says what would be needed.
    """

    entry: str
    text: str
    drug: Drug
    use: Use
    daily: Daily | None = None
    factor: Fraction | None = None
    source: Source | None = None
    scheduled: Fraction | None = None
    maximum: Fraction | None = None
    why: str = ""
    notes: tuple[str, ...] = ()

    @property
    def defined(self) -> bool:
        """Whether its MME is known."""
        return self.maximum is not None


@dataclass(frozen=True, slots=True)
class Equivalents:
    """The MME of a day by one table. The table's name travels with every number."""

    table: FactorTable
    items: tuple[Item, ...] = ()
    gaps: tuple[str, ...] = field(default=())
    """Why opioids may be missing from the items."""

    @property
    def defined(self) -> bool:
        """Whether every opioid could be counted."""
        return all(i.defined for i in self.items) and not self.gaps

    @property
    def lower_bound(self) -> Fraction:
        """The maximum of all that could be counted: the total is at least that."""
        return sum((i.maximum for i in self.items if i.maximum is not None), Fraction(0))

    @property
    def scheduled(self) -> Fraction | None:
        """What is taken in any case; None where something could not be counted."""
        if not self.defined:
            return None
        return sum((i.scheduled or Fraction(0) for i in self.items), Fraction(0))

    @property
    def total(self) -> Fraction | None:
        """What thresholds are held against: the maximum; None where something could not be counted."""
        return self.lower_bound if self.defined else None

    def by_drug(self) -> dict[str, Fraction | None]:
        """The maximum of each opioid; None where part of it could not be counted."""
        found: dict[str, Fraction | None] = {}
        for item in self.items:
            before = found.get(item.drug.name, Fraction(0))
            found[item.drug.name] = None if before is None or item.maximum is None else before + item.maximum
        return found


def morphine_equivalents(
    record: Record, table: FactorTable, names: DrugNames, *, as_of: date, stale_after: int = 365
) -> Equivalents:
    """The MME of the opioids on a record on a day.

    Args:
        record: ended entries are not counted; entries of which it is not clear whether they are taken
            count towards the maximum and not towards what is scheduled.
        table: the factors, never mixed with those of another.
        names: product codes and names.
        as_of: the day.
        stale_after: days after which an active order without an end is called stale.
    """
    found = exposures(record, as_of=as_of, stale_after=stale_after)
    opioids = [e for e in found if e.named.drug.role is Role.EXPOSURE and e.use is not Use.ENDED]
    ordered = {e.named.drug.name for e in opioids if e.entry.kind is not Kind.PRODUCT}
    counted = [e for e in opioids if e.entry.kind is not Kind.PRODUCT or e.named.drug.name not in ordered]
    items = _once([(e.entry, _of_exposure(e, table, names)) for e in counted])
    return Equivalents(table, _in_bands(items, table), tuple(_gaps(record)))


def of_entries(entries: Iterable[Medication], table: FactorTable, names: DrugNames) -> Equivalents:
    """The MME of entries that are all in use, as typed at a command line."""
    items = [
        _item(e, n.drug, n.form, Use.ACTIVE, table, names)
        for e in entries
        for n in e.identity.named
        if n.drug.role is Role.EXPOSURE
    ]
    return Equivalents(table, _in_bands(items, table))


def _once(found: list[tuple[Medication, Item]]) -> list[Item]:
    """One course that is recorded as an order, a statement and a dispensing counts once.

    The same order twice may be a renewal: it counts twice at most, and once as scheduled.
    """
    kept: list[tuple[Medication, Item]] = []
    for entry, item in sorted(found, key=lambda pair: not pair[1].defined):
        kept.append((entry, _beside(entry, item, kept)))
    return [item for _, item in kept]


def _beside(entry: Medication, item: Item, others: Iterable[tuple[Medication, Item]]) -> Item:
    like = [e for e, i in others if i.drug is item.drug and _same_course(e, i, entry, item)]
    elsewhere = next((e for e in like if e.kind is not entry.kind), None)
    if elsewhere is not None:
        notes = (*item.notes, f"the same as {elsewhere.id}: counted there")
        return replace(item, scheduled=Fraction(0), maximum=Fraction(0), notes=notes)
    if like and item.maximum is not None:
        note = f"stands twice, also as {like[0].id}: counted twice at most, once as scheduled"
        return replace(item, scheduled=Fraction(0), notes=(*item.notes, note))
    return item


def _same_course(one: Medication, first: Item, other: Medication, second: Item) -> bool:
    """Whether it is the same product, in the same dose where both say it; the dose alone is not enough."""
    if first.daily is not None and second.daily is not None and first.daily != second.daily:
        return False
    same_text = bool(one.text) and one.text.casefold() == other.text.casefold()
    return same_text or bool(set(one.codes) & set(other.codes))


def rounded(value: Fraction) -> Fraction:
    """To a hundredth, for a reader: a measure of risk is not known better."""
    return Fraction(round(value * 100), 100)


def _gaps(record: Record) -> Iterator[str]:
    for lost in record.skipped:
        if lost.matters:
            yield f"{lost.where}: {lost.reason}"
    for entry in record.medications:
        if not entry.identity.readable:
            yield f"{entry.id}: {entry.text or 'an entry'} cannot be identified"


def _of_exposure(exposure: Exposure, table: FactorTable, names: DrugNames) -> Item:
    return _item(exposure.entry, exposure.named.drug, exposure.named.form, exposure.use, table, names)


def _item(
    entry: Medication, drug: Drug, form: Form | None, use: Use, table: FactorTable, names: DrugNames
) -> Item:
    item = Item(entry.id, entry.text, drug, use)
    if drug.name == UNNAMED:
        return _undefined(item, "which opioid it is, is not said")
    if entry.identity.conflict:
        return _undefined(item, f"code and text contradict each other: {entry.identity.conflict}")
    if excluded := table.exclusion(drug.name):
        return _undefined(item, f"{table.title} leaves {drug.name} out: {excluded.because}")
    routes = routes_of(drug, entry.codes, (*entry.texts, *entry.routes), names)
    if form in (Form.DEPOT, Form.IMPLANT):
        return _undefined(item, f"a {form} has no factor")
    if len(routes) > 1:
        return _undefined(item, f"more than one route is said: {', '.join(sorted(routes))}")
    strengths = strengths_of(drug, entry.codes, entry.texts, names)
    notes: list[str] = []
    route = next(iter(routes)) if routes else _route_of(drug, strengths, entry, table, notes)
    if route is None:
        return _undefined(item, "the form is not said, and its factor depends on it")
    factors = table.factors_for(drug.name, route)
    if not factors:
        return _undefined(item, f"{table.title} has no factor for {drug.name}, {route}")
    daily = _daily(entry, strengths, factors, notes)
    if isinstance(daily, str):
        return _undefined(item, daily, notes)
    factor = next(f for f in factors if f.per is daily.per)
    if factor.note:
        notes.append(factor.note)
    if use is Use.UNCLEAR:
        notes.append("whether it is taken is not clear: counted at most, not as scheduled")
        daily = Daily(Fraction(0), daily.maximum, daily.per)
    return replace(
        item,
        daily=daily,
        factor=factor.at(daily.maximum),
        source=factor.source,
        scheduled=daily.scheduled * factor.at(daily.scheduled),
        maximum=daily.maximum * factor.at(daily.maximum),
        notes=tuple(notes),
    )


def _undefined(item: Item, why: str, notes: Iterable[str] = ()) -> Item:
    return replace(item, why=why, notes=tuple(notes))


def _route_of(
    drug: Drug, strengths: set[Strength], entry: Medication, table: FactorTable, notes: list[str]
) -> Route | None:
    """The route when none is said: a rated dose is a patch; else by mouth, if the table has only that."""
    units = {s.unit for s in strengths} | {d.amount.unit for d in entry.directions if d.amount}
    if "microgram per hour" in units or Unit.MICROGRAM_PER_HOUR in units:
        return Route.TRANSDERMAL
    known = {f.route for f in table.factors if f.drug == drug.name} or {Route.ORAL}
    if known == {Route.ORAL} and "mg/spray" not in units:
        notes.append("no form is said: taken as by mouth")
        return Route.ORAL
    return None


def _daily(
    entry: Medication, strengths: set[Strength], factors: tuple[Factor, ...], notes: list[str]
) -> Daily | str:
    """What a day holds in the unit of a factor, or why that cannot be told."""
    pers = {f.per for f in factors}
    per = Per.MICROGRAM_PER_HOUR if Per.MICROGRAM_PER_HOUR in pers else next(iter(pers))
    if not entry.directions:
        return _by_supply(entry, strengths, per, notes)
    if unread := [u for d in entry.directions for u in d.unread]:
        return f"the dosage cannot be read: {'; '.join(dict.fromkeys(unread))}"
    phases: list[tuple[Fraction, Fraction]] = []
    for _, lines in groupby(sorted(entry.directions, key=lambda d: d.phase), key=lambda d: d.phase):
        least, most = Fraction(0), Fraction(0)
        for line in lines:
            found = _line(line, strengths, per, notes)
            if isinstance(found, str):
                if any(d.as_needed for d in entry.directions):
                    return found  # what was handed out does not tell the most of a day
                told = _by_supply(entry, strengths, per, notes)
                return told if isinstance(told, Daily) else found
            least, most = least + found[0], most + found[1]
        phases.append((least, most))
    if len(phases) > 1:
        notes.append("several phases that follow each other: the highest counts at most")
    return Daily(min(p[0] for p in phases), max(p[1] for p in phases), per)


def _line(
    line: Direction, strengths: set[Strength], per: Per, notes: list[str]
) -> tuple[Fraction, Fraction] | str:
    """Least and most a day by one line, in the unit of the factor."""
    limit = _in(line.most, strengths, per, worn=False) if line.most else None
    if isinstance(limit, str):
        return limit
    if line.amount is None:
        if line.as_needed and limit is not None:
            return Fraction(0), limit.high
        return "how much is taken is not said"
    amount = _in(line.amount, strengths, per, worn=True)
    if isinstance(amount, str):
        return amount
    if per is Per.MICROGRAM_PER_HOUR:
        return _patches(line, amount, strengths, notes)
    if line.times is None:
        if line.as_needed and limit is not None:
            return Fraction(0), limit.high
        return "how often it is taken is not said"
    day = amount.times(line.times)
    most = min(day.high, limit.high) if limit is not None else day.high
    if line.as_needed:
        notes.append("as needed: counted at the most that is allowed, not as scheduled")
        return Fraction(0), most
    return min(day.low, most), most


def _patches(
    line: Direction, amount: Range, strengths: set[Strength], notes: list[str]
) -> tuple[Fraction, Fraction] | str:
    """Patches count by what is worn together, whatever the day of change."""
    worn = next((s.wear_hours for s in strengths if s.wear_hours), None)
    every = 24 / line.times.low if line.times and line.times.low else None
    if worn and every and every != worn:
        notes.append(
            f"changed every {number_text(every / 24)} days, but made for {number_text(worn / 24)}: ask"
        )
    if line.amount and line.amount.unit is Unit.PIECE and (pieces := line.amount.range.high) % 1:
        notes.append("part of a patch: patches are not cut, ask what is meant; at most it is a whole one")
        amount = Range(amount.low, amount.high / pieces * ceil(pieces))
    return (Fraction(0) if line.as_needed else amount.low), amount.high


def _in(amount: Amount, strengths: set[Strength], per: Per, *, worn: bool) -> Range | str:
    """An amount in the unit of a factor."""
    if amount.unit is Unit.MICROGRAM_PER_HOUR:
        if per is Per.MICROGRAM_PER_HOUR:
            return Range(*(Fraction("12.5") if r == 12 else r for r in (amount.range.low, amount.range.high)))
        return f"a dose in microgram per hour, but the factor is per {per}"
    if amount.unit is Unit.MG:
        if per is Per.MICROGRAM_PER_HOUR:
            return "a patch is counted by its rate in microgram per hour, not by its weight"
        return amount.range.times(Range.just(1000 if per is Per.MICROGRAM else 1))
    wanted = {Unit.PIECE: {"mg", "microgram per hour"}, Unit.ML: {"mg/mL"}, Unit.SPRAY: {"mg/spray"}}
    fitting = {s for s in strengths if s.unit in wanted[amount.unit]}
    if amount.unit is Unit.PIECE and per is not Per.MICROGRAM_PER_HOUR:
        fitting = {s for s in fitting if s.unit == "mg"} or {s for s in strengths if s.unit == "mg/spray"}
    if not fitting:
        return f"the strength of one {amount.unit} is not said"
    if len({s.value for s in fitting}) > 1:
        said = ", ".join(sorted(f"{number_text(s.value)} {s.unit}" for s in fitting))
        return f"more than one strength is said: {said}"
    (strength,) = {s.value for s in fitting}
    if per is Per.MICROGRAM_PER_HOUR:
        if next(iter(fitting)).unit != "microgram per hour":
            return "the rate of the patch is not said"
        return amount.range.times(Range.just(strength))
    return amount.range.times(Range.just(strength * (1000 if per is Per.MICROGRAM else 1)))


def _by_supply(entry: Medication, strengths: set[Strength], per: Per, notes: list[str]) -> Daily | str:
    """Without directions that tell: what was handed out, spread over the days it is meant to last."""
    if entry.supply is None:
        return "how much is taken, and how often, is not said"
    if per is Per.MICROGRAM_PER_HOUR:
        return "how many patches are worn together is not said"
    amount = _in(entry.supply.amount, strengths, per, worn=False)
    if isinstance(amount, str):
        return amount
    notes.append("by quantity and days of supply: the directions do not tell")
    daily = amount.high / entry.supply.days
    return Daily(daily, daily, per)


def _in_bands(items: list[Item], table: FactorTable) -> tuple[Item, ...]:
    """Bands hold for the whole day: several entries of one opioid get the factor of their sum."""
    done: list[Item] = []
    for item in items:
        factors = [f for f in table.factors if f.drug == item.drug.name and f.bands]
        if item.daily is None or not factors:
            done.append(item)
            continue
        same = [i.daily for i in items if i.drug is item.drug and i.daily]
        most = factors[0].at(sum((d.maximum for d in same), Fraction(0)))
        least = factors[0].at(sum((d.scheduled for d in same), Fraction(0)))
        counted = item.maximum or item.scheduled
        done.append(
            replace(
                item,
                factor=most,
                scheduled=item.daily.scheduled * least if item.scheduled else item.scheduled,
                maximum=item.daily.maximum * most if counted else item.maximum,
            )
        )
    return tuple(done)
