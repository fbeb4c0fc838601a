"""The days that a diary can hold, as few as there are kinds of: what a proof feeds to follow-up.

Every combination of the answers is made as an entry and read by `day_of`, the function that reads a
patient's. Entries that come out alike, and mean the same to the invariants, are one symbol.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Final, NamedTuple

from openldn.followup.signs import Day, Grades, day_of
from openldn.knowledge.effect_schema import Complaint
from openldn.knowledge.load import Knowledge
from openldn.quantities import Dose
from openldn.record.diary import Entry, Felt, Painkiller, Slot, Taken, read_diary

_DAY: Final = date(2026, 1, 1)
DOSE: Final = Dose.mg(1)
"""What is planned on the day of a symbol."""
WORST: Final = (None, 0, 1, 2, 3)
"""The worst grade of an effect without a rule of its own; None: not filled in."""
EVENTS: Final = {
    "nothing else": {},
    "headache": {"effects": "headache 1"},
    "severe headache": {"effects": "headache 3"},
    "nausea": {"effects": "nausea 2"},
    "severe nausea": {"effects": "nausea 3"},
    "change of mood": {"effects": "mood-change 1"},
    "palpitations": {"effects": "palpitations 1"},
    "spasticity, mild": {"effects": "spasticity 1"},
    "spasticity": {"effects": "spasticity 2"},
    "flu-like, mild": {"effects": "flu-like 1"},
    "flu-like": {"effects": "flu-like 2"},
    "dark urine": {"effects": "dark-urine 1"},
    "thoughts of suicide": {"effects": "suicidal-thoughts 1"},
    "withdrawal": {"effects": "withdrawal 1"},
    "COWS 5": {"results": "cows 5"},
    "PHQ-9 item 9 above 0": {"results": "phq9-item-9 1"},
    "positive pregnancy test": {"pregnancy_test": "positive"},
    "ALT 3.1 times the limit": {"results": "alt 124 U/L limit 40"},
    "a new medicine": {"new_medicine": "amoxicillin"},
    "a new opioid": {"new_medicine": "tramadol"},
    "two doses": {"dose": "2 mg"},
    "half a dose": {"dose": "0.5 mg"},
}
_PAINKILLERS: Final = {
    None: "",
    Painkiller.NO: "no painkiller",
    Painkiller.NOT_AN_OPIOID: "a painkiller, no opioid",
    Painkiller.OPIOID: "an opioid",
    Painkiller.NOT_NAMED: "a painkiller that is not named",
}


class Means(NamedTuple):
    """What a day means to the invariants, read from the answers and not by follow-up."""

    red_flag: bool
    """Something that must stop the next dose, an opioid or a painkiller without a name among it."""
    trouble: bool
    """A troublesome effect, or one that counts at any grade."""
    waits: int
    """How many good days have to follow before more is taken."""
    taken: bool


class Symbol(NamedTuple):
    """One kind of day: what follow-up makes of it, what it means, and an entry that is one."""

    day: Day
    means: Means
    entry: Entry
    words: str


@dataclass(frozen=True, slots=True)
class Alphabet:
    """All kinds of days for one patient, and how many combinations of answers they stand for."""

    symbols: tuple[Symbol, ...]
    combinations: int


def entries(knowledge: Knowledge) -> Iterator[tuple[Entry, str]]:
    """Every combination of the answers, as an entry and in words."""
    events = {
        name: read_diary([("event", {"date": str(_DAY)} | fields)], knowledge).entries[0]
        for name, fields in EVENTS.items()
    }
    for taken, worst, sleep, gut, painkiller, (name, event) in product(
        Taken, WORST, (False, True), (False, True), _PAINKILLERS, events.items()
    ):
        filled = worst is not None
        if not filled and (sleep or gut or event.effects):
            continue  # effects are filled in or they are not
        yield (
            _entry(taken, worst, sleep, gut, painkiller, event),
            _words(taken, worst, sleep, gut, painkiller, name),
        )
    yield Entry(_DAY), "nothing written"


def _entry(
    taken: Taken, worst: int | None, sleep: bool, gut: bool, painkiller: Painkiller | None, event: Entry
) -> Entry:
    felt = list(event.effects or ())
    if worst:
        felt.append(Felt("another effect", Complaint.OTHER, worst))
    felt += [Felt("poor sleep", Complaint.SLEEP, 2)] * sleep + [
        Felt("loose stools", Complaint.BOWEL, 2)
    ] * gut
    answered = None if worst is None else tuple(felt)
    return replace(event, taken=taken, effects=answered, painkiller=painkiller, where="")


def _words(
    taken: Taken, worst: int | None, sleep: bool, gut: bool, painkiller: Painkiller | None, event: str
) -> str:
    effects = (
        "effects not filled in" if worst is None else f"another effect of grade {worst}" if worst else ""
    )
    parts = [
        f"taken: {taken}",
        effects,
        "poor sleep" if sleep else "",
        "loose stools" if gut else "",
        _PAINKILLERS[painkiller] or "painkillers not filled in",
        "" if event == "nothing else" else event,
    ]
    return ", ".join(filter(None, parts))


def alphabet(knowledge: Knowledge, grades: Grades) -> Alphabet:
    """The kinds of days for a patient whose grades count so."""
    found: dict[tuple[Day, Means], Symbol] = {}
    count = 0
    for entry, words in entries(knowledge):
        count += 1
        written = () if entry == Entry(_DAY) else (entry,)
        day = day_of(written, DOSE, (Slot.NIGHT,), grades)
        symbol = Symbol(day, means(entry, grades), entry, words)
        known = found.setdefault((day, symbol.means), symbol)
        if len(words) < len(known.words):
            found[day, symbol.means] = symbol
    return Alphabet(tuple(found.values()), count)


_STOPS: Final = (Complaint.WITHDRAWAL, Complaint.SUICIDAL_THOUGHTS, Complaint.OVERDOSE, Complaint.LIVER)
_ANY_GRADE: Final = (Complaint.MOOD, Complaint.THYROID)
_WEEK: Final = 7
_FLU_LIKE: Final = 14
_HEADACHE: Final = 5


def means(entry: Entry, grades: Grades) -> Means:
    """What an entry means, by the words of the decisions alone."""
    felt = [f for f in entry.effects or () if f.grade]
    opioid = any(n.drug.blocks_ldn for m in entry.new_medicines for n in m.identity.named)
    stops = any(f.taken_for in _STOPS for f in felt) or bool(entry.pregnancy_test) or opioid
    told = entry.painkiller in (Painkiller.OPIOID, Painkiller.NOT_NAMED)
    trouble = any(f.grade >= 2 or f.taken_for in _ANY_GRADE for f in felt)
    hole = entry.effects is None or entry.painkiller is None
    more = entry.dose is not None and entry.dose > DOSE
    waits = [_WEEK * (trouble or hole or more or bool(entry.new_medicines))]
    waits += [_HEADACHE for f in felt if f.taken_for is Complaint.HEADACHE]
    waits += [_FLU_LIKE if grades.chronic_fatigue else 0 for f in felt if f.taken_for is Complaint.FLU_LIKE]
    waits += [_WEEK if grades.multiple_sclerosis else 0 for f in felt if f.taken_for is Complaint.SPASTICITY]
    return Means(
        red_flag=stops or told or bool(entry.results),
        trouble=trouble,
        waits=max(waits),
        taken=entry.taken in (Taken.YES, Taken.LATE) and not (entry.dose is not None and entry.dose < DOSE),
    )
