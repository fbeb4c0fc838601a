"""The filled-in worksheet: what has to be scanned, weighed, measured and counted, each typed by two people.

A slip at the bench is read by both alike and lies outside of what passes; a slip of one of them differs from
the other. Neither shows in the weight of a capsule, so pots are scanned and what is left is measured.

Rules read here: dispensing/two-readings, dispensing/pot-scan, dispensing/reading-within.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from openldn.dispensing.gs1 import read_pack
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.quantities import Dose, Mass, NotAnAmount, Volume, number_text

_MILLIONTHS: Final = 1_000_000
_AMOUNTS: Final[dict[str, type[Dose] | type[Mass] | type[Volume]]] = {
    "mass": Mass,
    "volume": Volume,
    "dose": Dose,
}


class Kind(StrEnum):
    """What is typed for an entry."""

    CODE = "code"
    """Scanned: just this one."""
    LOT = "lot"
    """The number and expiry of a lot, whichever it is: 'G7; 2027-03-31'."""
    MASS = "mass"
    VOLUME = "volume"
    DOSE = "dose"
    """What stands on a label or pack."""
    COUNT = "count"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to read.

    `low` and `high` are what passes, in the smallest unit of its kind (nanograms, nanolitres, pieces,
    millionths of a percent); both are 0 for what is scanned. `power`: what is made holds the more (1) or the
    less (-1) of the drug, the greater this reading is.
    """

    key: str
    asks: str
    kind: Kind
    expected: str
    low: int = 0
    high: int = 0
    power: int = 0

    def value(self, text: str) -> int:
        """A number as typed, in the smallest unit.

        Raises:
            NotAnAmount: no number, or the wrong unit.
        """
        if kind := _AMOUNTS.get(self.kind):
            return kind.parse(text).base
        if self.kind is Kind.COUNT and re.fullmatch(r"[1-9]\d{0,5}", text):
            return int(text)
        if self.kind is Kind.PERCENT and re.fullmatch(r"\d{1,3}(\.\d{1,6})?", text):
            return int(Fraction(text) * _MILLIONTHS)
        raise NotAnAmount(f"{text!r}: write it like {self.expected}")

    @property
    def passes(self) -> str:
        """What passes, in words."""
        if self.low == self.high:
            return self.expected
        return f"{self._text(self.low)} to {self._text(self.high)}"

    def _text(self, base: int) -> str:
        if kind := _AMOUNTS.get(self.kind):
            return kind(base).text(self.expected.split(" ", 1)[1].removesuffix("s"))
        return number_text(Fraction(base, _MILLIONTHS if self.kind is Kind.PERCENT else 1))


def scanned(key: str, asks: str, code: str) -> Entry:
    """An entry for a code."""
    return Entry(key, asks, Kind.CODE, code)


def lot_of(key: str, name: str) -> Entry:
    """An entry for the lot of something that is not the drug."""
    return Entry(key, f"lot and expiry of {name}", Kind.LOT, "number; YYYY-MM-DD")


def measured(key: str, asks: str, amount: Dose | Mass | Volume, *, within: int = 0, power: int = 0) -> Entry:
    """An entry for an amount that passes within so many of the smallest unit."""
    kinds: dict[type, Kind] = {Dose: Kind.DOSE, Mass: Kind.MASS, Volume: Kind.VOLUME}
    low, high = amount.base - within, amount.base + within
    return Entry(key, asks, kinds[type(amount)], str(amount), low, high, power)


def counted(key: str, asks: str, pieces: int, *, within: int = 0, power: int = 0) -> Entry:
    """An entry for a count."""
    return Entry(key, asks, Kind.COUNT, str(pieces), pieces - within, pieces + within, power)


def percent(key: str, asks: str, part: Fraction) -> Entry:
    """An entry for a figure of a certificate; `part` is of one."""
    base = int(part * 100 * _MILLIONTHS)
    return Entry(key, asks, Kind.PERCENT, number_text(part * 100), base, base)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that has to be read of a batch, in order."""

    number: str
    """Of the batch; flasks and pots bear it with the number of their step."""
    entries: tuple[Entry, ...]

    def entry(self, key: str) -> Entry | None:
        """The entry of a key."""
        return next((e for e in self.entries if e.key == key), None)


def pot_code(number: str, step: int) -> str:
    """What a flask or pot of a step bears."""
    return f"{number}/{step}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody typed for an entry."""

    key: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry with what was typed; `rule` is what it fails by, None: it passes."""

    entry: Entry
    texts: tuple[str, ...]
    rule: Rule | None = None
    said: str = ""

    @property
    def passed(self) -> bool:
        """Whether it passes."""
        return self.rule is None


@dataclass(frozen=True, slots=True)
class Outcome:
    """All entries judged, and readings that the sheet does not ask for: something else was done."""

    judged: tuple[Judged, ...]
    strays: tuple[Reading, ...]

    @property
    def passed(self) -> bool:
        """Whether the batch may be released."""
        return not self.strays and all(j.passed for j in self.judged)

    @property
    def failed(self) -> tuple[Judged, ...]:
        """What does not pass."""
        return tuple(j for j in self.judged if not j.passed)

    @property
    def content(self) -> Fraction | None:
        """What was made holds so many times what the sheet asks for, as read; None: not all is read."""
        found = Fraction(1)
        for judged in (j for j in self.judged if j.entry.power):
            try:
                (value,) = {judged.entry.value(t) for t in judged.texts}
            except (NotAnAmount, ValueError):
                return None
            nominal = Fraction(judged.entry.low + judged.entry.high, 2)
            found *= (value / nominal) ** judged.entry.power
        return found


def judge(sheet: Sheet, readings: Iterable[Reading], knowledge: Knowledge, *, as_of: date) -> Outcome:
    """Whether what two people typed passes.

    Args:
        sheet: what has to be read.
        readings: of both, in any order.
        knowledge: the rules.
        as_of: the day of making; a lot that expired before it does not pass.
    """
    found = tuple(readings)
    strays = tuple(r for r in found if sheet.entry(r.key) is None)
    judged = tuple(
        _judged(entry, [r for r in found if r.key == entry.key], knowledge, as_of) for entry in sheet.entries
    )
    return Outcome(judged, strays)


def _judged(entry: Entry, read: list[Reading], knowledge: Knowledge, as_of: date) -> Judged:
    texts = tuple(r.text.strip(" \t\r\n") for r in read)

    def fails(rule: str, **values: str) -> Judged:
        found = knowledge.rule(f"dispensing/{rule}")
        return Judged(entry, texts, found, found.text["en"].format(asks=entry.asks, **values))

    if why := _not_by_two(read, texts):
        return fails("two-readings", why=why)
    one, other = texts
    values: set[int | str] = set(texts)
    if entry.kind not in (Kind.CODE, Kind.LOT):
        try:
            values = {entry.value(t) for t in texts}
        except NotAnAmount as error:
            return fails("reading-within", read=str(error), passes=entry.passes)
    if len(values) > 1:
        return fails("two-readings", why=f"one read {one}, the other {other}")
    if entry.kind is Kind.CODE and one != entry.expected:
        return fails("pot-scan", read=one, expected=entry.expected)
    if entry.kind is Kind.LOT and (why := _bad_lot(one, as_of)):
        return fails("pot-scan", read=one, expected=why)
    if entry.kind not in (Kind.CODE, Kind.LOT) and not entry.low <= entry.value(one) <= entry.high:
        return fails("reading-within", read=one, passes=entry.passes)
    return Judged(entry, texts)


def _not_by_two(read: list[Reading], texts: tuple[str, ...]) -> str:
    """Why these are not two readings by two people; empty: they are."""
    people = {r.by.strip().casefold() for r in read}
    if not read:
        return "nobody has read it"
    if "" in people:
        return "a reading without a name"
    if len(read) == 1:
        return "one person has read it, two have to"
    if len(read) > 2:
        return f"read {len(read)} times: it was done more than once, or another entry is meant"
    if len(people) == 1:
        return "the same person read it twice"
    return "" if all(texts) else "nothing is written"


def _bad_lot(text: str, as_of: date) -> str:
    """What a lot and its expiry should look like; empty: it is good."""
    if pack := read_pack(text):
        number, expires = pack.lot or "", pack.expires
    else:
        number, _, day = (part.strip() for part in text.partition(";"))
        expires = _day_or_none(day)
    if not number or expires is None:
        return "the code of a pack, or a lot and its expiry like 'G7; 2027-03-31'"
    return f"a lot that has not expired by {as_of}" if expires < as_of else ""


def _day_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
