"""What one day of a diary amounts to: was the dose taken, and what is the gravest thing it says?

Two days that amount to the same are the same to everything that follows
(tests/property/test_follow_up_laws.py).

Rules read here: followup/troublesome, headache-severe, withdrawal, liver-values, unnamed-painkiller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

from openldn.knowledge.effect_schema import Complaint
from openldn.knowledge.load import Knowledge
from openldn.quantities import Dose
from openldn.record.diary import Entry, Medicine, Painkiller, Slot, Taken
from openldn.record.results import TestResult


class Sign(IntEnum):
    """What a day says, the gravest first; the order is that in which one stands for the whole day."""

    WITHDRAWAL = 0
    SUICIDAL_THOUGHTS = 1
    LIVER_SIGNS = 2
    LIVER_VALUES = 3
    PREGNANT = 4
    OPIOID = 5
    NOT_NAMED = 6
    ENDED = 7
    """The plan was ended by a prescriber: no day says so."""
    SPASTICITY = 8
    FLU_LIKE = 9
    BOWEL = 10
    SEVERE_HEADACHE = 11
    TROUBLESOME = 12
    NAUSEA_STAYS = 13
    SLEEP_STAYS = 14
    MOOD = 15
    THYROID = 16
    NEW_MEDICINE = 17
    MORE_TAKEN = 18
    HOLE = 19
    """The questions about effects or painkillers were not answered."""
    MILDLY_WORSE = 20
    HEADACHE = 21
    SLEEP = 22
    NAUSEA = 23
    PAST_BOWEL = 24
    """No trouble any more, that of the bowel being the last there was."""
    PAST = 25
    """No trouble any more."""
    NONE = 26

    @property
    def stops(self) -> bool:
        """Whether nothing is taken any more."""
        return self <= Sign.ENDED

    @property
    def troubles(self) -> bool:
        """Whether it is a troublesome side effect."""
        return self in _TROUBLES


_TROUBLES = frozenset(
    {
        Sign.SPASTICITY, Sign.FLU_LIKE, Sign.BOWEL, Sign.SEVERE_HEADACHE, Sign.TROUBLESOME,
        Sign.NAUSEA_STAYS, Sign.SLEEP_STAYS, Sign.MOOD, Sign.THYROID, Sign.SLEEP, Sign.NAUSEA,
    }
)  # fmt: skip


class Nausea(IntEnum):
    """How troublesome nausea is on one day."""

    NONE = 0
    TROUBLESOME = 1
    SEVERE = 2


class Day(NamedTuple):
    """What one day amounts to.

    `sign` leaves out poor sleep and nausea, whose weight depends on the days before; they stand apart, unless
    the sign outweighs them anyway.
    """

    taken: bool = False
    """Whether the whole dose is known to have been taken."""
    sign: Sign = Sign.HOLE
    sleep: bool = False
    nausea: Nausea = Nausea.NONE
    flu_like: bool = False
    """Whether it is flu-like, or mildly worse, in CFS/ME: whatever else it says, the longest wait follows."""


@dataclass(frozen=True, slots=True)
class Grades:
    """From which grade on an effect counts, and which values stop; read once from the rules."""

    troublesome: int
    severe: int
    cows: Fraction
    enzymes: Fraction
    bilirubin: Fraction
    multiple_sclerosis: bool
    chronic_fatigue: bool
    no_opioids: frozenset[str]
    """Names of painkillers that are none and that no other rule reads."""
    knowledge: Knowledge


def day_of(entries: tuple[Entry, ...], planned: Dose | None, slots: tuple[Slot, ...], grades: Grades) -> Day:
    """What the entries of one day amount to.

    Args:
        entries: those of the day, none where nothing was written.
        planned: the dose at once on that day; None: none.
        slots: in which it is taken.
        grades: from which grade on an effect counts.
    """
    found = sorted(sign for sign, _ in signs_of(entries, planned, slots, grades))
    plain = [s for s in found if s not in (Sign.SLEEP, Sign.NAUSEA, Sign.NAUSEA_STAYS)]
    sign = plain[0] if plain else Sign.NONE
    if sign.stops:
        return Day(sign=sign)
    taken = _taken(entries, planned, slots)
    flu_like = grades.chronic_fatigue and (Sign.FLU_LIKE in found or Sign.MILDLY_WORSE in found)
    if sign <= Sign.TROUBLESOME:
        return Day(taken, sign, flu_like=flu_like)
    nausea = Nausea.SEVERE if Sign.NAUSEA_STAYS in found else Nausea(Sign.NAUSEA in found)
    return Day(taken, sign, Sign.SLEEP in found, nausea, flu_like)


def signs_of(
    entries: tuple[Entry, ...], planned: Dose | None, slots: tuple[Slot, ...], grades: Grades
) -> Iterator[tuple[Sign, str]]:
    """Everything that the entries of a day say, each with its words."""
    for entry in entries:
        yield from _of_effects(entry, grades)
        yield from _of_medicines(entry, grades)
        yield from _of_results(entry, grades)
        if entry.pregnancy_test:
            yield Sign.PREGNANT, "a positive pregnancy test"
    yield from _more_than_planned(entries, planned, slots)
    if all(e.effects is None for e in entries):
        yield Sign.HOLE, "effects not filled in"
    if all(e.painkiller is None for e in entries):
        yield Sign.HOLE, "painkillers not filled in"


def _more_than_planned(
    entries: tuple[Entry, ...], planned: Dose | None, slots: tuple[Slot, ...]
) -> Iterator[tuple[Sign, str]]:
    """A dose above the planned one, a dose where none is planned, or more doses than slots."""
    once = planned or Dose(0)
    for entry in entries:
        if entry.dose is not None and entry.dose > once:
            yield Sign.MORE_TAKEN, f"{entry.dose} taken, {once if planned else 'none'} planned"
    taken = [e.dose or once for e in entries if e.taken in (Taken.YES, Taken.LATE)]
    if taken and planned is None:
        yield Sign.MORE_TAKEN, "a dose taken, none planned"
    elif sum(d.base for d in taken) > once.base * len(slots):
        yield Sign.MORE_TAKEN, f"{len(taken)} doses taken, {len(slots)} planned"


def _of_effects(entry: Entry, grades: Grades) -> Iterator[tuple[Sign, str]]:
    for felt in entry.effects or ():
        sign = _sign_of(felt.taken_for, felt.grade, grades)
        if sign is not None:
            yield sign, f"{felt.name}, grade {felt.grade}"


def _sign_of(complaint: Complaint, grade: int, grades: Grades) -> Sign | None:
    """What an effect of a grade is a sign of; None: nothing to heed."""
    if not grade:
        return None
    if complaint in _ANY_GRADE:
        return _ANY_GRADE[complaint]
    worse = {
        Complaint.SPASTICITY: (grades.multiple_sclerosis, Sign.SPASTICITY),
        Complaint.FLU_LIKE: (grades.chronic_fatigue, Sign.FLU_LIKE),
    }.get(complaint)
    if worse and worse[0]:
        return worse[1] if grade >= grades.troublesome else Sign.MILDLY_WORSE
    if complaint is Complaint.HEADACHE:
        return Sign.SEVERE_HEADACHE if grade >= grades.severe else Sign.HEADACHE
    if grade < grades.troublesome:
        return None
    if complaint is Complaint.NAUSEA:
        return Sign.NAUSEA_STAYS if grade >= grades.severe else Sign.NAUSEA
    return {Complaint.BOWEL: Sign.BOWEL, Complaint.SLEEP: Sign.SLEEP}.get(complaint, Sign.TROUBLESOME)


_ANY_GRADE = {
    Complaint.WITHDRAWAL: Sign.WITHDRAWAL,
    Complaint.SUICIDAL_THOUGHTS: Sign.SUICIDAL_THOUGHTS,
    Complaint.OVERDOSE: Sign.OPIOID,
    Complaint.LIVER: Sign.LIVER_SIGNS,
    Complaint.MOOD: Sign.MOOD,
    Complaint.THYROID: Sign.THYROID,
}


def _of_medicines(entry: Entry, grades: Grades) -> Iterator[tuple[Sign, str]]:
    """Opioids by what is named, whatever the answer; a painkiller without a name that is known waits."""
    for medicine in (*entry.painkillers, *entry.new_medicines):
        if blocks(medicine):
            yield Sign.OPIOID, medicine.name
        elif not medicine.identity.readable:
            yield Sign.NOT_NAMED, f"{medicine.name!r} names no medicine"
    if entry.painkiller is Painkiller.OPIOID:
        yield Sign.OPIOID, "an opioid"
    if entry.painkiller is Painkiller.NOT_NAMED and not _told(entry, grades):
        yield Sign.NOT_NAMED, "a painkiller that is not named"
    for medicine in entry.new_medicines:
        yield Sign.NEW_MEDICINE, medicine.name
    for medicine in entry.painkillers:
        if any(n.drug.role.at_opioid_receptors and not n.drug.blocks_ldn for n in medicine.identity.named):
            yield Sign.NEW_MEDICINE, f"{medicine.name}, which acts at opioid receptors"


def blocks(medicine: Medicine) -> bool:
    """Whether it names an opioid that LDN would block."""
    return any(n.drug.blocks_ldn for n in medicine.identity.named)


def _told(entry: Entry, grades: Grades) -> bool:
    """Whether every painkiller has a name that is known."""
    known = (bool(m.identity.named) or m.name.casefold() in grades.no_opioids for m in entry.painkillers)
    return bool(entry.painkillers) and all(known)


def _of_results(entry: Entry, grades: Grades) -> Iterator[tuple[Sign, str]]:
    for result in entry.results:
        if result.measure == "cows" and not (result.amount and result.amount.below(grades.cows)):
            yield Sign.WITHDRAWAL, result.shown
        elif result.measure == "phq9-item-9" and _above_zero(result):
            yield Sign.SUICIDAL_THOUGHTS, result.shown
        elif result.measure == "pregnancy-test" and result.answer == "positive":
            yield Sign.PREGNANT, result.shown
        elif result.measure in ("alt", "ast", "bilirubin") and _too_high(result, grades):
            yield Sign.LIVER_VALUES, result.shown


def _above_zero(result: TestResult) -> bool:
    return result.amount is None or result.amount.may_exceed(Fraction(0))


def _too_high(result: TestResult, grades: Grades) -> bool:
    """Whether it may lie above what stops; without any upper limit it is taken as too high."""
    measure = grades.knowledge.measures[result.measure]
    usual = Fraction(measure.upper_limit.value) if measure.upper_limit else None
    limit = result.upper_limit or usual
    if result.amount is None or not limit:
        return True
    times = grades.bilirubin if result.measure == "bilirubin" else grades.enzymes
    return result.amount.may_exceed(limit * times)


def _taken(entries: tuple[Entry, ...], planned: Dose | None, slots: tuple[Slot, ...]) -> bool:
    """Whether the whole dose of the day was taken; less than planned was not."""
    told = [(e.slot, e.taken) for e in entries if e.taken is not None]
    if any(e.dose is not None and planned is not None and e.dose < planned for e in entries):
        return False
    if not told or any(taken not in (Taken.YES, Taken.LATE) for _, taken in told):
        return False
    named = {slot for slot, _ in told}
    return None in named or named >= set(slots)
