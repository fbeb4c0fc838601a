"""What the patient wrote, day by day: one entry a day and slot at most.

A day without an entry is not a day without trouble, and a question that was not answered is not answered
"no": gaps are kept as gaps. Nothing is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Final, TypeVar

from openldn.knowledge.effect_schema import Complaint, Effect
from openldn.knowledge.finding_schema import Measure
from openldn.knowledge.load import Knowledge
from openldn.knowledge.measures import amount_in
from openldn.knowledge.names import NOT_NAMED, Identity
from openldn.quantities import Dose, NotAnAmount
from openldn.record.patient import Kind, Medication, Recorded
from openldn.record.results import TestResult


class Slot(StrEnum):
    """The part of the day to which a dose belongs."""

    MORNING = "morning"
    NIGHT = "night"


class Taken(StrEnum):
    """Whether a dose was taken."""

    YES = "yes"
    LATE = "late"
    MISSED = "missed"
    UNKNOWN = "unknown"


class Painkiller(StrEnum):
    """The answer to: any painkiller, cough or diarrhoea medicine?"""

    NO = "no"
    NOT_AN_OPIOID = "not an opioid"
    OPIOID = "opioid"
    NOT_NAMED = "not named"


class Asks(StrEnum):
    """What a patient asks for while an opioid is tapered."""

    PAUSE = "a pause"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Felt:
    """An effect with its grade: 0 none, 1 mild, 2 troublesome, 3 severe."""

    name: str
    taken_for: Complaint
    grade: int


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine that the patient named."""

    name: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a diary; what was not answered is None.

    `effects` are empty where the patient wrote that there were none. `operation` is the day of one,
    `no_operation` that none is planned any more. `where` is the place in the file.
    """

    day: date
    slot: Slot | None = None
    taken: Taken | None = None
    dose: Dose | None = None
    symptoms: int | None = None
    """0 none to 10 worst."""
    effects: tuple[Felt, ...] | None = None
    sleep: int | None = None
    """0 best to 10 worst."""
    pgic: int | None = None
    """1 very much better, 4 the same, 7 very much worse, since the start."""
    painkiller: Painkiller | None = None
    painkillers: tuple[Medicine, ...] = ()
    new_medicines: tuple[Medicine, ...] = ()
    pregnancy_test: bool | None = None
    operation: date | None = None
    no_operation: bool = False
    asks: Asks | None = None
    results: tuple[TestResult, ...] = ()
    note: str = ""
    where: str = ""


class BadDiary(ValueError):
    """A diary that cannot be read: names the entry, the field and what would have worked."""


@dataclass(frozen=True)
class Diary:
    """All entries in the order of their days and slots."""

    entries: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        seen: dict[tuple[date, Slot | None], Entry] = {}
        for entry in self.entries:
            before = seen.setdefault((entry.day, entry.slot), entry)
            if before is not entry:
                slot = f", {entry.slot}" if entry.slot else ""
                raise BadDiary(
                    f"{entry.where}: a second entry for {entry.day}{slot}, the first is {before.where}"
                )
        object.__setattr__(self, "entries", tuple(sorted(self.entries, key=lambda e: (e.day, e.slot or ""))))

    @cached_property
    def by_day(self) -> Mapping[date, tuple[Entry, ...]]:
        """The entries of each day that has any."""
        found: dict[date, tuple[Entry, ...]] = {}
        for entry in self.entries:
            found[entry.day] = (*found.get(entry.day, ()), entry)
        return MappingProxyType(found)

    def on(self, day: date) -> tuple[Entry, ...]:
        """The entries of one day."""
        return self.by_day.get(day, ())

    def until(self, day: date) -> Diary:
        """The entries up to and with a day."""
        return Diary(tuple(e for e in self.entries if e.day <= day))

    def between(self, first: date, last: date) -> Iterator[Entry]:
        """The entries of some days, both ends with them."""
        for n in range((last - first).days + 1):
            yield from self.on(first + timedelta(days=n))


def medicines_taken(diary: Diary, no_opioids: Container[str]) -> tuple[Medication, ...]:
    """What a diary tells of medicines, as entries of a record, so that a screening reads it.

    A painkiller ended with the last day on which it was written down; whether a new medicine is still taken
    is not known. What was an opioid, or could not be named, and has no name that says more, names no drug.

    Args:
        diary: what the patient wrote.
        no_opioids: names of painkillers that are none and that no rule reads (followup/unnamed-painkiller).
    """
    found: dict[tuple[str, Recorded], Medication] = {}
    for entry in diary.entries:
        for name, identity, status in _told(entry, no_opioids):
            found[name.casefold(), status] = Medication(
                id=f"diary of {entry.day.isoformat()}: {name}",
                kind=Kind.DIARY,
                status=status,
                recorded_status="written down by the patient",
                text=name,
                identity=identity,
                ordered=entry.day,
                runs_until=entry.day if status is Recorded.ENDED else None,
                runs_until_from="last taken" if status is Recorded.ENDED else "",
            )
    return tuple(found.values())


def _told(entry: Entry, no_opioids: Container[str]) -> Iterator[tuple[str, Identity, Recorded]]:
    asked = entry.painkiller is Painkiller.NOT_NAMED
    for medicine in entry.painkillers:
        unknown = asked and not medicine.identity.named and medicine.name.casefold() not in no_opioids
        yield medicine.name, NOT_NAMED if unknown else medicine.identity, Recorded.ENDED
    for medicine in entry.new_medicines:
        yield medicine.name, medicine.identity, Recorded.UNCLEAR
    blocking = any(n.drug.blocks_ldn for m in entry.painkillers for n in m.identity.named)
    if entry.painkiller is Painkiller.OPIOID and not blocking:
        yield "an opioid that is not named", NOT_NAMED, Recorded.ENDED
    elif asked and not entry.painkillers:
        yield "a painkiller that is not named", NOT_NAMED, Recorded.ENDED


COLUMNS: Final = (
    "date", "slot", "taken", "dose", "symptoms", "effects", "sleep", "pgic", "painkiller", "painkiller_name",
    "new_medicine", "pregnancy_test", "operation_on", "results", "asks", "note",
)  # fmt: skip
"""The fields of an entry as text; only `date` has to be there."""
_Word = TypeVar("_Word", bound=StrEnum)
_NONE: Final = ("none", "no", "-")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_GAP: Final = re.compile(r"[\s_-]+")
_RESULT: Final = re.compile(
    r"(?P<test>\S+) +(?P<sign><=|>=|<|>)? ?(?P<value>[^\s<>]+)"
    r"(?: +(?P<unit>(?!limit)\S+))?(?: +limit +(?P<limit>\S+))?"
)
_HOW: Final = "write a test in one word, a value, its unit, the upper limit: 'alt 120 U/L limit 40'"


@dataclass(frozen=True, slots=True)
class _Row:
    """One entry as text, and where it stands."""

    fields: Mapping[str, str]
    where: str
    knowledge: Knowledge = field(repr=False)

    def text(self, name: str) -> str:
        """A field without blanks around it."""
        return self.fields.get(name, "").strip()

    def refuse(self, name: str, expected: str) -> BadDiary:
        return BadDiary(f"{self.where}, {name}: {self.text(name)!r}: {expected}")

    def day(self, name: str) -> date | None:
        """A day, or None where nothing is written."""
        text = self.text(name)
        try:
            # Python reads week dates and dates without hyphens too, which nobody would check by eye.
            if text and not _DAY.fullmatch(text):
                raise ValueError(text)
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise self.refuse(name, "write a day like 2026-11-28") from None

    def scale(self, name: str, low: int, high: int) -> int | None:
        """A whole number within a range, or None."""
        text = self.text(name)
        if not text:
            return None
        if text not in map(str, range(low, high + 1)):
            raise self.refuse(name, f"a whole number from {low} to {high} is expected")
        return int(text)


def read_diary(rows: Iterable[tuple[str, Mapping[str, str]]], knowledge: Knowledge) -> Diary:
    """Make a diary of entries as text.

    Args:
        rows: each with its place (a line, a number) and its fields, of `COLUMNS`; empty: not answered.
        knowledge: names of effects, medicines and tests.

    Raises:
        BadDiary: a field that is not known or not understood, or two entries for one day and slot.
    """
    return Diary(tuple(_entry(_Row(fields, where, knowledge)) for where, fields in rows))


def _entry(row: _Row) -> Entry:
    for name in row.fields:
        if name not in COLUMNS:
            raise BadDiary(f"{row.where}: no field {name!r}; there are {', '.join(COLUMNS)}")
    day = row.day("date")
    if day is None:
        raise row.refuse("date", "write a day like 2026-11-28")
    told, named = _painkiller(row), _medicines(row, "painkiller_name")
    if named and told in (None, Painkiller.NO):
        raise row.refuse("painkiller_name", "a name, and `painkiller` does not say that one was taken")
    cancelled = row.text("operation_on").casefold() in _NONE
    return Entry(
        day=day,
        slot=_one_of(row, "slot", Slot),
        taken=_one_of(row, "taken", Taken),
        dose=_dose(row),
        symptoms=row.scale("symptoms", 0, 10),
        effects=_effects(row),
        sleep=row.scale("sleep", 0, 10),
        pgic=row.scale("pgic", 1, 7),
        painkiller=told,
        painkillers=named,
        new_medicines=() if row.text("new_medicine").casefold() in _NONE else _medicines(row, "new_medicine"),
        pregnancy_test=_pregnancy(row),
        operation=None if cancelled else row.day("operation_on"),
        no_operation=cancelled,
        asks=_one_of(row, "asks", Asks),
        results=tuple(_results(row, day)),
        note=row.text("note"),
        where=row.where,
    )


def _one_of(row: _Row, name: str, words: type[_Word]) -> _Word | None:
    text = row.text(name).casefold()
    if not text:
        return None
    try:
        return words(text)
    except ValueError:
        raise row.refuse(name, f"one of {', '.join(words)} is expected") from None


def _dose(row: _Row) -> Dose | None:
    try:
        return Dose.parse(row.text("dose")) if row.text("dose") else None
    except ValueError as error:  # NotAnAmount, or a number of more digits than Python reads
        hint = str(error) if isinstance(error, NotAnAmount) else "write it like '4.5 mg'"
        raise row.refuse("dose", hint) from None


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _effects(row: _Row) -> tuple[Felt, ...] | None:
    """Effects like 'nausea 2; headache 1', or 'none'; None where nothing is written."""
    text = row.text("effects")
    if not text:
        return None
    if text.casefold() in _NONE:
        return ()
    found = []
    for part in _parts(text):
        *words, grade = part.split()
        if not words or grade not in ("0", "1", "2", "3"):
            raise row.refuse("effects", "write each with its grade from 0 to 3, like 'nausea 2', or 'none'")
        if any("," in word or word[0].isdigit() for word in words):
            # 'nausea 1, dark urine 2' would be one effect of an unknown name, and its red flag would be lost.
            raise row.refuse("effects", "put a semicolon between two effects, like 'nausea 2; headache 1'")
        found.append(_felt(" ".join(words), int(grade), row.knowledge))
    if not found:
        raise row.refuse("effects", "write each with its grade from 0 to 3, like 'nausea 2', or 'none'")
    return tuple(found)


def _felt(name: str, grade: int, knowledge: Knowledge) -> Felt:
    effect = effect_named(name, knowledge)
    if effect is None:
        return Felt(name, Complaint.OTHER, grade)
    return Felt(effect.name, effect.taken_for, grade)


def effect_named(name: str, knowledge: Knowledge) -> Effect | None:
    """The effect that a patient's words name, whatever their capitals, blanks and hyphens."""
    wanted = _plain(name)
    return next(
        (e for i, e in knowledge.effects.items() if wanted in map(_plain, (i, e.name, *e.names))), None
    )


def _plain(name: str) -> str:
    return _GAP.sub(" ", name.strip()).casefold()


def _painkiller(row: _Row) -> Painkiller | None:
    return _one_of(row, "painkiller", Painkiller)


def _medicines(row: _Row, name: str) -> tuple[Medicine, ...]:
    drugs = row.knowledge.vocabulary.drugs
    return tuple(Medicine(part, drugs.identify((), (part,), spoken=True)) for part in _parts(row.text(name)))


def _pregnancy(row: _Row) -> bool | None:
    text = row.text("pregnancy_test").casefold()
    if text not in ("", "positive", "negative"):
        raise row.refuse("pregnancy_test", "positive or negative is expected")
    return {"positive": True, "negative": False}.get(text)


def _results(row: _Row, day: date) -> Iterator[TestResult]:
    """Results like 'alt 120 U/L limit 40; tsh 2.1 mIU/L'."""
    for part in _parts(row.text("results")):
        found = _RESULT.fullmatch(part)
        if found is None:
            raise row.refuse("results", _HOW)
        measure = _measure(found["test"], row.knowledge)
        if measure is None:
            known = ", ".join(sorted(row.knowledge.measures))
            raise row.refuse("results", f"{found['test']!r} is none of {known}")
        yield _result(row, day, part, measure, found)


def _measure(name: str, knowledge: Knowledge) -> Measure | None:
    wanted = name.casefold()
    return knowledge.measures.get(wanted) or knowledge.vocabulary.measures.identify((), (wanted,))


def _result(row: _Row, day: date, part: str, measure: Measure, found: re.Match[str]) -> TestResult:
    value, units = found["value"], [found["unit"] or ""]
    plain = TestResult(
        id=f"diary {row.where}", text=measure.name, measure=measure.id, status="final", taken=day, shown=part
    )
    if measure.unit is None:
        if found["sign"] or found["unit"] or found["limit"]:
            raise row.refuse("results", f"{part!r}: a test and one word of {', '.join(measure.answers)}")
        answer = row.knowledge.vocabulary.measures.answer(measure, [value])
        if answer is None:
            raise row.refuse("results", f"{value!r} is none of {', '.join(measure.answers)}")
        return replace(plain, answer=answer)
    if not all(_NUMBER.fullmatch(number) for number in (value, found["limit"] or "1")):
        # No sign, no exponent: a limit below zero would be left out, and a large exponent never ends.
        raise row.refuse("results", f"{part!r}: {_HOW}")
    amount, problem = amount_in(measure, Fraction(value), units, found["sign"] or "")
    scale = row.knowledge.scales.get(measure.id)
    if scale is not None and not scale.lowest <= Fraction(value) <= scale.highest:
        # A slip in a score at the beginning would hide every rise after it.
        raise row.refuse("results", f"{part!r}: {measure.id} goes from {scale.lowest} to {scale.highest}")
    limit = amount_in(measure, Fraction(found["limit"]), units)[0] if found["limit"] else None
    if amount is None:
        known = ", ".join(u for u in measure.units if u) or "none"
        raise row.refuse("results", f"{part!r}: {problem} (units: {known})")
    return replace(plain, amount=amount, upper_limit=limit.high if limit else None)
