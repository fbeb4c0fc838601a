"""What one day of a diary amounts to while an opioid is tapered: the gravest thing that it says.

Rules read here: weaning/overdose-signs, suicidal-thoughts, severe-withdrawal, pregnancy, more-than-planned,
besides, withdrawal, wish, mild-withdrawal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Final, NamedTuple

from openldn.knowledge.effect_schema import Complaint
from openldn.knowledge.load import Knowledge
from openldn.plan.weaning.taper import Piece
from openldn.quantities import number_text
from openldn.record.diary import Asks, Diary, Entry, Painkiller, Taken
from openldn.record.results import TestResult

_TROUBLESOME: Final = 2
"""From this grade on signs of withdrawal are more than mild."""
_SEDATIVES: Final = "sedatives"
_SOWS: Final = ("sows-16", "sows-gossop")


class Sign(IntEnum):
    """What a day says, the gravest first; the order is that in which one stands for the whole day."""

    OVERDOSE = 0
    SUICIDAL_THOUGHTS = 1
    SEVERE_WITHDRAWAL = 2
    PREGNANT = 3
    MORE_TAKEN = 4
    BESIDES = 5
    WITHDRAWAL = 6
    WISH = 7
    MILD = 8
    NONE = 9

    @property
    def holds(self) -> bool:
        """Whether the dose stays as it is until a prescriber signs that it goes on."""
        return self <= Sign.WISH

    @property
    def is_danger(self) -> bool:
        """Whether it stands, whatever the days after say, until somebody has signed an answer."""
        return self <= Sign.PREGNANT


class Day(NamedTuple):
    """What one day amounts to.

    `written`: something says how the dose is borne. `without`: what was planned was left out wholly; None:
    nothing was planned, or nobody knows.
    """

    sign: Sign = Sign.NONE
    written: bool = False
    without: bool | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """From which scores on withdrawal counts."""

    mild: Fraction
    moderate: Fraction
    severe: Fraction
    rise: Fraction
    """Of a SOWS above its baseline, in standard deviations."""
    baseline: int
    """Scores at the first dose that are needed for one."""
    days: int
    needed: int
    """Scores in the last `days` that are needed for a mean."""


def scores_of(knowledge: Knowledge, *, as_of: date) -> Scores:
    """From which scores on withdrawal counts, by the rules."""
    withdrawal = knowledge.rule("weaning/withdrawal")
    return Scores(
        mild=knowledge.rule("weaning/mild-withdrawal").number("cows", as_of),
        moderate=withdrawal.number("cows", as_of),
        severe=knowledge.rule("weaning/severe-withdrawal").number("cows", as_of),
        rise=withdrawal.number("rise", as_of),
        baseline=withdrawal.whole("baseline", as_of),
        days=withdrawal.whole("days", as_of),
        needed=withdrawal.whole("scores", as_of),
    )


def day_of(entries: tuple[Entry, ...], planned: int | None, piece: Piece, scores: Scores) -> Day:
    """What the entries of one day amount to.

    Args:
        entries: those of the day, none where nothing was written.
        planned: what is to be taken on it, in the units of `piece`; 0: nothing on this day; None: not known.
        piece: what is taken.
        scores: from which on withdrawal counts.
    """
    if not entries:
        return Day()
    found = min((sign for sign, _ in signs_of(entries, planned, piece, scores)), default=Sign.NONE)
    return Day(found, any(map(_tells, entries)), _without(entries, planned))


def _tells(entry: Entry) -> bool:
    """Whether it says how the dose is borne; that it was taken does not."""
    scored = any(r.measure in ("cows", *_SOWS) for r in entry.results)
    return entry.effects is not None or entry.asks is not None or scored


def _without(entries: tuple[Entry, ...], planned: int | None) -> bool | None:
    if not planned:
        return None
    told = {e.taken for e in entries if e.taken not in (None, Taken.UNKNOWN)}
    amounts = [e.dose.base for e in entries if e.dose is not None]
    if told & {Taken.YES, Taken.LATE} or any(amounts):
        return False
    return True if told or amounts else None


def signs_of(
    entries: tuple[Entry, ...], planned: int | None, piece: Piece, scores: Scores
) -> Iterator[tuple[Sign, str]]:
    """Everything that the entries of a day say, each with its words."""
    for entry in entries:
        yield from _of_effects(entry)
        yield from _of_medicines(entry)
        yield from _of_results(entry.results, scores)
        if entry.pregnancy_test:
            yield Sign.PREGNANT, "a positive pregnancy test"
        if entry.asks is Asks.PAUSE:
            yield Sign.WISH, "the patient asks for a pause"
    yield from _more(entries, planned, piece)


def _of_effects(entry: Entry) -> Iterator[tuple[Sign, str]]:
    plain = {Complaint.OVERDOSE: Sign.OVERDOSE, Complaint.SUICIDAL_THOUGHTS: Sign.SUICIDAL_THOUGHTS}
    for felt in entry.effects or ():
        words = f"{felt.name}, grade {felt.grade}"
        if felt.grade and felt.taken_for in plain:
            yield plain[felt.taken_for], words
        elif felt.grade and felt.taken_for is Complaint.WITHDRAWAL:
            yield Sign.WITHDRAWAL if felt.grade >= _TROUBLESOME else Sign.MILD, words


def _of_medicines(entry: Entry) -> Iterator[tuple[Sign, str]]:
    for medicine in (*entry.painkillers, *entry.new_medicines):
        drugs = [n.drug for n in medicine.identity.named]
        if any(d.blocks_ldn or _SEDATIVES in d.classes for d in drugs):
            yield Sign.BESIDES, medicine.name
        elif not medicine.identity.readable:
            yield Sign.BESIDES, f"{medicine.name!r}, which names no medicine"
    if entry.painkiller is Painkiller.OPIOID:
        yield Sign.BESIDES, "an opioid besides"
    if entry.painkiller is Painkiller.NOT_NAMED and not entry.painkillers:
        yield Sign.BESIDES, "a painkiller that is not named"


def _of_results(results: Iterable[TestResult], scores: Scores) -> Iterator[tuple[Sign, str]]:
    for result in results:
        amount = result.amount
        if result.measure == "cows":
            for sign, least in (
                (Sign.SEVERE_WITHDRAWAL, scores.severe),
                (Sign.WITHDRAWAL, scores.moderate),
                (Sign.MILD, scores.mild),
            ):
                if amount is None or not amount.below(least):
                    yield sign, result.shown
                    break
        elif result.measure == "phq9-item-9" and (amount is None or amount.may_exceed(Fraction(0))):
            yield Sign.SUICIDAL_THOUGHTS, result.shown
        elif result.measure == "pregnancy-test" and result.answer == "positive":
            yield Sign.PREGNANT, result.shown


def _more(entries: tuple[Entry, ...], planned: int | None, piece: Piece) -> Iterator[tuple[Sign, str]]:
    """More than is planned for the day, as far as amounts are written; a patch is written as taken or not."""
    amounts = [e.dose for e in entries if e.dose is not None]
    if planned is not None and piece is not Piece.PATCH and sum(a.base for a in amounts) > planned:
        yield Sign.MORE_TAKEN, f"{' and '.join(map(str, amounts))} taken, more than planned"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The scores of one SOWS while the first dose was taken."""

    scale: str
    mean: Fraction
    variance: Fraction
    """Of the scores, with n - 1."""


def baselines(diary: Diary, first: date, last: date, scores: Scores) -> tuple[Baseline, ...]:
    """How each SOWS was before the first reduction; without enough scores there is none.

    Args:
        diary: what was written.
        first: the day from which scores count.
        last: the last day at the first dose.
        scores: how many are needed.
    """
    found = []
    for scale in _SOWS:
        told = _scores(diary, scale, first, last)
        if len(told) >= max(scores.baseline, 2):
            mean = Fraction(sum(told), len(told))
            found.append(
                Baseline(scale, mean, Fraction(sum((s - mean) ** 2 for s in told)) / (len(told) - 1))
            )
    return tuple(found)


def risen(diary: Diary, day: date, known: tuple[Baseline, ...], scores: Scores) -> str:
    """In words how far a SOWS has risen above its baseline, empty where it has not, or nobody knows.

    The mean of the last days is compared, because a single score moves by more than half a standard
    deviation on a third of all days.
    """
    for base in known:
        first = date.fromordinal(day.toordinal() - scores.days + 1)
        told = _scores(diary, base.scale, first, day)
        if len(told) < scores.needed:
            continue
        rise = Fraction(sum(told), len(told)) - base.mean
        if rise > 0 and rise**2 >= scores.rise**2 * base.variance:
            points = number_text(Fraction(round(rise * 10), 10))
            return f"{base.scale} {points} points above its mean at the first dose"
    return ""


def _scores(diary: Diary, scale: str, first: date, last: date) -> list[Fraction]:
    """The scores of some days; of a range its upper end, where it has one."""
    entries = diary.between(first, last) if first <= last else ()
    amounts = [r.amount for e in entries for r in e.results if r.measure == scale]
    return [a.low if a.high is None else a.high for a in amounts if a is not None]
