"""A second follow-up engine: what a review would propose, from tables and one pass over the days.

An oracle for the first engine, written without having seen it, from the decisions, the facts (clinical,
B2 to B6) and docs/explanation/follow-up-conventions.md alone. Where these are silent: QUESTIONS.md.
Days are ordinals inside; amounts are nanograms. A sign carries the name of the rule that it leads to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from openldn.knowledge.effect_schema import Complaint
from openldn.record.diary import Entry, Medicine, Painkiller, Taken
from openldn.record.results import TestResult

MS: Final = frozenset({"conditions/multiple-sclerosis"})
CFS: Final = frozenset({"conditions/chronic-fatigue-syndrome", "conditions/chronic-fatigue"})

WEEK: Final = 7
TWO_WEEKS: Final = 14
TWELVE_WEEKS: Final = 84
HALF_A_YEAR: Final = 168
GAP: Final = 14
HALVINGS: Final = 2
STAY_AT_MOST: Final = 3_000_000
WITHOUT_A_DOSE: Final = 4
"""The last dose is so many days before an operation."""

RED_FLAGS: Final = (
    ("withdrawal", "stop"),
    ("suicidal-thoughts", "stop"),
    ("liver-signs", "stop"),
    ("liver-values", "stop"),
    ("pregnancy", "stop"),
    ("opioid-taken", "stop"),
    ("unnamed-painkiller", "wait"),
)
FLAG_NAMES: Final = frozenset(flag for flag, _ in RED_FLAGS)
OF_A_CONDITION: Final = ("spasticity", "flu-like")
OF_ANYONE: Final = ("bowel", "headache-severe", "troublesome", "nausea-stays", "sleep-stays")
TROUBLE: Final = OF_A_CONDITION + OF_ANYONE
"""The signs that lead to less being taken, the gravest first."""
LESSER: Final = (
    "mood-change",
    "thyroid-signs",
    "new-medicine",
    "more-than-planned",
    "diary-holes",
    "early-worsening",
    "headache",
    "sleep",
    "nausea",
)
RANK: Final = {sign: n for n, sign in enumerate((*TROUBLE, *LESSER))}
"""The gravest has the lowest number; red flags are looked at apart."""

# What an effect of grade 0, 1, 2, 3 is a sign of. The two rows of a condition hold for who has it.
EFFECTS: Final[Mapping[Complaint, tuple[str, str, str, str]]] = {
    Complaint.WITHDRAWAL: ("", "withdrawal", "withdrawal", "withdrawal"),
    Complaint.SUICIDAL_THOUGHTS: ("", "suicidal-thoughts", "suicidal-thoughts", "suicidal-thoughts"),
    Complaint.OVERDOSE: ("", "opioid-taken", "opioid-taken", "opioid-taken"),
    Complaint.LIVER: ("", "liver-signs", "liver-signs", "liver-signs"),
    Complaint.SPASTICITY: ("", "", "troublesome", "troublesome"),
    Complaint.FLU_LIKE: ("", "", "troublesome", "troublesome"),
    Complaint.BOWEL: ("", "", "bowel", "bowel"),
    Complaint.NAUSEA: ("", "", "nausea", "nausea-stays"),
    Complaint.HEADACHE: ("", "headache", "headache", "headache-severe"),
    Complaint.SLEEP: ("", "", "sleep", "sleep"),
    Complaint.MOOD: ("", "mood-change", "mood-change", "mood-change"),
    Complaint.THYROID: ("", "thyroid-signs", "thyroid-signs", "thyroid-signs"),
    Complaint.OTHER: ("", "", "troublesome", "troublesome"),
}
IN_MS: Final = {Complaint.SPASTICITY: ("", "early-worsening", "spasticity", "spasticity")}
IN_CFS: Final = {Complaint.FLU_LIKE: ("", "early-worsening", "flu-like", "flu-like")}

# Days to be filled in without trouble after a sign; a sign that is not here takes one day off.
WAITS: Final[Mapping[str, int]] = {
    **dict.fromkeys((*TROUBLE, "nausea", "sleep", "mood-change", "thyroid-signs"), 7),
    **dict.fromkeys(("diary-holes", "new-medicine", "more-than-planned", "early-worsening"), 7),
    "headache": 5,
}
WAITS_IN_CFS: Final = {**WAITS, "flu-like": 14, "early-worsening": 14}

LIVER: Final = {"alt": 3, "ast": 3, "bilirubin": 2}
"""Measure -> above how many times its upper limit it is a red flag."""
POINTS: Final[Mapping[str, tuple[str, Callable[[Fraction], bool]]]] = {
    "cows": ("withdrawal", lambda points: points >= 5),
    "phq9-item-9": ("suicidal-thoughts", lambda points: points > 0),
}
"""Score -> the red flag, and whether so many points are one."""
ANSWERS: Final = {("pregnancy-test", "positive"): "pregnancy", ("pregnancy-status", "pregnant"): "pregnancy"}
THYROID_TESTS: Final = ("tsh", "free-t4")


@dataclass(frozen=True)
class Case:
    """What is known of a patient and a plan besides the diary.

    `ladder` holds for each rung, the lowest first, the dose a day and the days of its interval (0 on the
    last). `doses` and `halves` are what is taken at once, whole and halved (None: no half can be measured).
    `slots` are those of the first dose. `changes` are what was signed, with the day from which it counts.
    `planned_rises` are the first days of steps up that the plan in force still plans. `signed_last_day` is
    the last day of dosing that is part of the plan (an operation known when it was made).
    """

    ladder: tuple[tuple[int, int], ...]
    doses: tuple[int, ...]
    halves: tuple[int | None, ...]
    conditions: frozenset[str]
    slots: tuple[str, ...]
    verdict_day: date
    began: date
    changes: tuple[tuple[date, str], ...]
    planned_rises: frozenset[date]
    plan_ends: date
    signed_last_day: date | None
    tests: tuple[tuple[date, tuple[str, ...]], ...]
    overrides_until: tuple[date, ...]


@dataclass(slots=True)
class _Course:
    """What is remembered while the days are walked, and what the morning of the review adds."""

    case: Case
    closed: int
    rung: int = 0
    due: int = 0
    wait: int = 0
    last: str = ""
    """The last sign; "past" is trouble that is over, "" none."""
    bowel: bool = False
    halvings: int = 0
    stays: bool = False
    reduced: bool = False
    ended: bool = False
    moved: int | None = None
    """The day of the move to the morning."""
    raised: int = 0
    """The day of the last upward change."""
    gap: int = 0
    gap_missed: bool = True
    """Whether every day of the gap is recorded as missed."""
    thyroid: int | None = None
    """The last day with thyroid signs."""

    begun: bool = True
    flags: set[str] = field(default_factory=set)
    rise_signed: bool = False
    rise_planned: bool = False
    operation: str = ""
    response: str = ""
    overdue: bool = False
    override_ended: bool = False
    from_later: bool = False

    @property
    def interval(self) -> int:
        return self.case.ladder[self.rung][1]

    @property
    def top(self) -> bool:
        return self.rung == len(self.case.ladder) - 1

    @property
    def more_is_due(self) -> bool:
        return self.due == 0 and self.wait == 0 and not self.stays

    @property
    def rise_is_due(self) -> bool:
        return not self.reduced and not self.top and self.more_is_due

    @property
    def return_is_due(self) -> bool:
        return self.reduced and self.more_is_due

    @property
    def at_night(self) -> bool:
        return self.moved is None and self.case.slots == ("night",)

    @property
    def may_halve(self) -> bool:
        return not self.reduced and self.halvings < HALVINGS

    @property
    def paused(self) -> bool:
        return self.reduced and self.case.halves[self.rung] is None

    @property
    def stuck(self) -> bool:
        """A sign of a condition, and no rung to go back to."""
        lowest = {"spasticity": self.rung_to_stay is None, "flu-like": self.rung == 0}
        return lowest.get(self.last, False)

    @property
    def rung_to_stay(self) -> int | None:
        """The rung before; in MS the highest below of at most 3 mg."""
        at_most = STAY_AT_MOST if MS & self.case.conditions else math.inf
        return next((n for n in reversed(range(self.rung)) if self.case.ladder[n][0] <= at_most), None)

    def planned(self) -> tuple[tuple[str, ...], int]:
        """The slots of the day and what is taken at once in each."""
        once = (self.case.halves[self.rung] or 0) if self.reduced else self.case.doses[self.rung]
        if self.moved is None:
            return self.case.slots, once
        return ("morning",), once * len(self.case.slots)


# ---- what a signed change does


def _new_rung(c: _Course, rung: int) -> None:
    c.rung, c.reduced, c.halvings, c.due = rung, False, 0, c.case.ladder[rung][1]


def _rise(c: _Course, day: int) -> None:
    _new_rung(c, min(c.rung + 1, len(c.case.ladder) - 1))
    c.wait = max(c.wait, min(WEEK, c.interval))
    c.raised = day


def _return(c: _Course, _: int) -> None:
    c.reduced, c.due = False, c.interval
    c.wait = max(c.wait, min(WEEK, c.interval))


def _restart(c: _Course, day: int) -> None:
    half = c.case.halves[c.rung]
    still_reduced = c.reduced and (c.rung == 0 or (half or c.case.doses[0]) < c.case.doses[0])
    if still_reduced and c.rung:
        c.raised, c.gap, c.gap_missed = day, 0, True
        return
    _new_rung(c, 0)
    c.wait = max(c.wait, min(WEEK, c.interval))
    if still_reduced:
        c.reduced, c.due = True, 0 if c.stays else WEEK
    c.raised = day
    c.gap, c.gap_missed = 0, True


def _halve(c: _Course, _: int) -> None:
    c.stays = c.stays or c.last == "sleep-stays"
    c.reduced, c.due = True, WEEK
    c.halvings += 1


def _keep_lower(c: _Course, _: int) -> None:
    c.reduced, c.due, c.halvings, c.stays = True, 0, 0, True


def _back_a_step(c: _Course, _: int) -> None:
    _new_rung(c, max(c.rung - 1, 0))


def _back_and_stay(c: _Course, _: int) -> None:
    rung = c.rung_to_stay
    _new_rung(c, max(c.rung - 1, 0) if rung is None else rung)
    c.due, c.stays = 0, True


def _to_the_morning(c: _Course, day: int) -> None:
    c.moved = day
    c.due = max(c.due, WEEK)


def _end(c: _Course, _: int) -> None:
    c.ended = True


CHANGES: Final[Mapping[str, Callable[[_Course, int], None]]] = {
    "rise": _rise,
    "return": _return,
    "restart": _restart,
    "halve": _halve,
    "keep the lower dose": _keep_lower,
    "back a step": _back_a_step,
    "back and stay": _back_and_stay,
    "move to the morning": _to_the_morning,
    "stop": _end,
    "wait": _end,
    "end": _end,
}
"""The other moves (hold, with food, last dose, another form, drops, go on) leave it all as it is."""
MORE: Final = frozenset({"rise", "return", "restart"})
"""They leave the last sign as it is: trouble is not over because more is taken."""
LEAVES_THE_RISE: Final = frozenset({"go on"})
"""Signed on the day of a planned rise, it lets it happen; anything else takes its place."""


# ---- the order of the proposals

RULES: Final[tuple[tuple[str, str, Callable[[_Course], bool]], ...]] = (
    # nothing but red flags (looked at before) counts once nothing is taken, or before the first dose
    ("ended", "end", lambda c: c.ended),
    ("operation-near", "wait", lambda c: c.operation == "near"),
    ("not-begun", "go on", lambda c: not c.begun),
    # less is taken
    ("restart-after-gap", "restart", lambda c: c.gap > GAP and c.gap_missed and not (c.paused and c.stays)),
    ("no-response", "end", lambda c: c.response == "none"),
    (
        "second-failure",
        "keep the lower dose",
        lambda c: not c.reduced and c.halvings >= HALVINGS and (c.last in OF_ANYONE or c.stuck),
    ),
    (
        "spasticity",
        "back and stay",
        lambda c: c.last == "spasticity" and not c.reduced and c.rung_to_stay is not None,
    ),
    ("flu-like", "back a step", lambda c: c.last == "flu-like" and not c.reduced and c.rung > 0),
    ("bowel", "halve", lambda c: c.last == "bowel" and c.may_halve),
    ("headache-severe", "halve", lambda c: c.last == "headache-severe" and c.may_halve),
    ("nausea-stays", "halve", lambda c: c.last == "nausea-stays" and c.may_halve),
    ("sleep-stays", "halve", lambda c: c.last == "sleep-stays" and c.may_halve),
    ("troublesome", "halve", lambda c: c.last in ("troublesome", *OF_A_CONDITION) and c.may_halve),
    (
        "worse-after-rise",
        "back and stay",
        lambda c: c.response == "worse" and not c.reduced and c.rung_to_stay is not None and not c.stays,
    ),
    ("operation-ahead", "last dose", lambda c: c.operation == "ahead"),
    ("stop-trial", "end", lambda c: c.response == "well"),
    # nothing is changed
    ("mood-change", "hold", lambda c: c.last == "mood-change"),
    ("thyroid-signs", "hold", lambda c: c.last == "thyroid-signs"),
    (
        "still-troubled",
        "hold",
        lambda c: c.reduced and c.last in TROUBLE and (c.last != "bowel" or c.due > 0),
    ),
    ("worse-after-rise", "hold", lambda c: c.response == "worse" and c.reduced),
    ("new-medicine", "hold", lambda c: c.last == "new-medicine"),
    ("more-than-planned", "hold", lambda c: c.last == "more-than-planned"),
    ("overdue-test", "hold", lambda c: c.overdue),
    ("override-ended", "hold", lambda c: c.override_ended),
    ("diary-dates", "hold", lambda c: c.from_later),
    ("gap-not-known", "hold", lambda c: c.gap > GAP and not c.gap_missed),
    ("diary-holes", "hold", lambda c: c.last == "diary-holes"),
    ("early-worsening", "hold", lambda c: c.last == "early-worsening"),
    ("headache", "hold", lambda c: c.last == "headache"),
    (
        "recent-trouble",
        "hold",
        lambda c: c.last == "past" and c.wait > 0 and (c.reduced or not c.top) and not c.stays,
    ),
    ("cannot-judge", "hold", lambda c: c.response == "not told" and not c.last),
    ("lowest-dose", "hold", lambda c: c.response == "works" and c.rise_is_due),
    ("operation-ahead", "hold", lambda c: c.operation == "agreed"),
    ("too-soon", "hold", lambda c: not c.reduced and c.rise_planned and not c.rise_is_due),
    # another time, another form
    ("bowel-persists", "another form", lambda c: c.reduced and c.due == 0 and c.last == "bowel"),
    ("nothing-measurable", "another form", lambda c: c.paused and not c.return_is_due),
    ("sleep", "move to the morning", lambda c: c.last == "sleep" and c.at_night),
    ("sleep-moved", "hold", lambda c: c.last == "sleep" and not c.at_night),
    ("nausea", "with food", lambda c: c.last == "nausea"),
    # more is taken: drops count as more
    ("drops", "drops", lambda c: c.return_is_due and c.halvings >= HALVINGS and c.bowel),
    ("return", "return", lambda c: c.return_is_due),
    ("rise", "rise", lambda c: c.rise_is_due),
    # nothing speaks for a change
    ("stays", "hold", lambda c: c.stays),
    ("as-planned", "go on", lambda _: True),
)


def propose(
    case: Case, entries: Sequence[Entry], as_of: date, usual_limits: Mapping[str, Fraction]
) -> tuple[str, str]:
    """Say what the review of a morning would propose.

    Args:
        case: the patient and the plan.
        entries: the whole diary, in any order; of those after `as_of` only the day is read.
        as_of: the day of the review.
        usual_limits: measure -> upper limit in its unit, for results that carry none.

    Returns:
        The move, and the rule that proposes it.
    """
    today = as_of.toordinal()
    by_day: dict[int, list[Entry]] = {}
    from_later = False
    for entry in entries:
        ordinal = entry.day.toordinal()
        if ordinal > today:
            from_later = True
        else:
            by_day.setdefault(ordinal, []).append(entry)
    course = _Course(case, closed=today if today in by_day else today - 1, from_later=from_later)
    course.flags = _red_flags(case, by_day, usual_limits)
    for name, move in RED_FLAGS:
        if name in course.flags:
            return move, name
    scores = _walk(course, by_day)
    if not course.ended:
        course.operation = _operation(course, by_day)
    if course.begun and not course.ended:
        course.response = _response(course, scores, by_day)
        course.overdue = _overdue(course, today, by_day)
        course.override_ended = any(until < as_of for until in case.overrides_until)
    return next((move, rule) for rule, move, applies in RULES if applies(course))


# ---- red flags: of every day since the one after the verdict


def _red_flags(case: Case, by_day: Mapping[int, list[Entry]], usual: Mapping[str, Fraction]) -> set[str]:
    after = min(case.verdict_day.toordinal(), case.began.toordinal() - 1)
    return {
        flag
        for day, entries in by_day.items()
        if day > after
        for entry in entries
        for flag in _flags_of(entry, usual)
    }


def _flags_of(entry: Entry, usual: Mapping[str, Fraction]) -> Iterable[str]:
    for felt in entry.effects or ():
        if felt.grade and felt.taken_for.red_flag:
            yield EFFECTS[felt.taken_for][felt.grade]
    if entry.pregnancy_test:
        yield "pregnancy"
    for result in entry.results:
        yield from _flag_of_result(result, usual)
    if entry.painkiller is Painkiller.OPIOID:
        yield "opioid-taken"
    if entry.painkiller is Painkiller.NOT_NAMED and not entry.painkillers:
        yield "unnamed-painkiller"
    for medicine in entry.painkillers:
        if _is_opioid(medicine):
            yield "opioid-taken"
        elif not medicine.identity.readable:
            yield "unnamed-painkiller"
    for medicine in entry.new_medicines:
        if _is_opioid(medicine):
            yield "opioid-taken"


def _flag_of_result(result: TestResult, usual: Mapping[str, Fraction]) -> Iterable[str]:
    """A result that may lie beyond the limit counts as beyond it, one that cannot be read too."""
    amount, measure = result.amount, result.measure
    if flag := ANSWERS.get((measure, result.answer or "")):
        yield flag
    elif measure in LIVER and (amount or result.problem):
        limit = usual.get(measure) if result.upper_limit is None else result.upper_limit
        if amount is None or limit is None or amount.may_exceed(LIVER[measure] * limit):
            yield "liver-values"
    elif measure in POINTS and (amount or result.problem):
        flag, enough = POINTS[measure]
        if amount is None or amount.high is None or enough(amount.high):
            yield flag


def _is_opioid(medicine: Medicine) -> bool:
    return any(named.drug.blocks_ldn for named in medicine.identity.named)


def _is_like_an_opioid(medicine: Medicine) -> bool:
    return any(named.drug.role.at_opioid_receptors for named in medicine.identity.named)


# ---- the days, from the first dose to the one that is closed


def _walk(course: _Course, by_day: Mapping[int, list[Entry]]) -> dict[int, int]:
    """Live through the days; returns the symptoms of each day that tells them."""
    case, closed = course.case, course.closed
    began = case.began.toordinal()
    changes: dict[int, list[str]] = {}
    for from_day, move in case.changes:
        # What was signed before the first dose counts from it, or at once where it ends the plan.
        ordinal = from_day.toordinal()
        if ordinal <= closed + 1:
            changes.setdefault(max(ordinal, min(began, closed + 1)), []).append(move)
    planned = {day.toordinal() for day in case.planned_rises}
    course.begun, course.raised = closed >= began, began
    course.due = course.interval
    course.wait = min(WEEK, course.interval)
    effects: dict[Complaint, tuple[str, str, str, str]] = {
        **EFFECTS,
        **(IN_MS if MS & case.conditions else {}),
        **(IN_CFS if CFS & case.conditions else {}),
    }
    waits = WAITS_IN_CFS if CFS & case.conditions else WAITS
    for day in range(began, closed + 1):
        signed = changes.get(day, ())
        if day in planned and LEAVES_THE_RISE.issuperset(signed) and _can_rise(course):
            _change(course, "rise", day)
        for move in signed:
            _change(course, move, day)
        _live(course, day, by_day.get(day, ()), effects, waits)
    for move in changes.get(closed + 1, ()):
        _change(course, move, closed + 1)
        course.rise_signed = course.rise_signed or move == "rise"
    course.rise_planned = closed + 1 in planned and not course.rise_signed
    return {
        day: max(told)
        for day, entries in by_day.items()
        if day <= closed and (told := [e.symptoms for e in entries if e.symptoms is not None])
    }


def _can_rise(c: _Course) -> bool:
    return not (c.reduced or c.stays or c.top or c.ended)


def _change(course: _Course, move: str, day: int) -> None:
    do = CHANGES.get(move)
    if do is None:
        return
    do(course, day)
    if move in MORE:
        return
    course.last = "" if course.last in ("", "diary-holes") else "past"
    _forget(course)


def _forget(course: _Course) -> None:
    """What is past is kept in mind while there is still to wait; the bowel also while reduced."""
    if course.wait == 0:
        if course.last == "past":
            course.last = ""
        if not course.reduced and course.last != "bowel":
            course.bowel = False


def _live(
    course: _Course,
    day: int,
    entries: Sequence[Entry],
    effects: Mapping[Complaint, tuple[str, str, str, str]],
    waits: Mapping[str, int],
) -> None:
    """Let one day count: what was taken, and what was felt."""
    taken, some, more = _dosing(entries, *course.planned())
    signs, nauseous, filled = _signs(entries, effects)
    if more:
        signs.add("more-than-planned")
    if not filled:
        signs.add("diary-holes")
    if nauseous and course.last in ("nausea", "nausea-stays"):
        signs.add("nausea-stays")
    if "sleep" in signs and not course.at_night and (course.moved is None or day - course.moved + 1 >= WEEK):
        signs.add("sleep-stays")
    if "thyroid-signs" in signs:
        course.thyroid = day

    if course.due and (course.reduced or taken is Taken.YES):
        course.due -= 1
    needed = max((waits.get(sign, 0) for sign in signs), default=0)
    course.wait = max(course.wait, needed) if needed else max(course.wait - 1, 0)
    _remember(course, min(signs, key=RANK.__getitem__, default=""))
    if some:
        course.gap, course.gap_missed = 0, True
    else:
        course.gap += 1
        course.gap_missed = course.gap_missed and taken is Taken.MISSED


def _remember(course: _Course, sign: str) -> None:
    in_trouble = course.last in (*TROUBLE, "mood-change", "thyroid-signs", "sleep", "nausea")
    if not sign:
        course.last = "" if course.last in ("", "diary-holes") else "past"
    elif sign != "diary-holes" or not in_trouble:  # a hole leaves trouble standing
        course.last = sign
    if sign:  # a later sign, or a hole, is what is kept in mind
        course.bowel = course.last == "bowel"
    _forget(course)


def _dosing(entries: Sequence[Entry], slots: Sequence[str], once: int) -> tuple[Taken, bool, bool]:
    """Whether the doses of a day were taken, whether any was, and whether more was than planned."""
    answered: dict[str, set[Taken]] = {slot: set() for slot in slots}
    some = more = less = False
    total = 0
    for entry in entries:
        more = more or (entry.dose is not None and entry.dose.nanograms > once)
        if entry.taken is None:
            continue
        for slot, answers in answered.items():
            if len(slots) == 1 or entry.slot is None or entry.slot == slot:
                answers.add(Taken.YES if entry.taken is Taken.LATE else entry.taken)
        if entry.taken in (Taken.YES, Taken.LATE):
            some = True
            # A dose that is not written down is the planned one; where none is planned it is some dose.
            amount = entry.dose.nanograms if entry.dose else once or 1
            total += amount
            more = more or amount > once
            less = less or amount < once
    more = more or total > once * len(slots)
    if not less and all(answers == {Taken.YES} for answers in answered.values()):
        return Taken.YES, some, more
    if all(answers == {Taken.MISSED} for answers in answered.values()):
        return Taken.MISSED, some, more
    return Taken.UNKNOWN, some, more


def _signs(
    entries: Sequence[Entry], effects: Mapping[Complaint, tuple[str, str, str, str]]
) -> tuple[set[str], bool, bool]:
    """The signs of a day without its red flags, whether nausea was troublesome, whether it is filled in."""
    signs: set[str] = set()
    nauseous = told = asked = False
    for entry in entries:
        asked = asked or entry.painkiller is not None
        if entry.effects is not None:
            told = True
            for felt in entry.effects:
                if sign := effects[felt.taken_for][felt.grade]:
                    signs.add(sign)
                    nauseous = nauseous or sign in ("nausea", "nausea-stays")
        if entry.new_medicines or any(map(_is_like_an_opioid, entry.painkillers)):
            signs.add("new-medicine")
    return signs - FLAG_NAMES, nauseous, told and asked


# ---- the longer look


def _operation(course: _Course, by_day: Mapping[int, list[Entry]]) -> str:
    case, closed = course.case, course.closed
    planned = case.signed_last_day.toordinal() if case.signed_last_day else None
    speaking = [e for entries in by_day.values() for e in entries if e.operation or e.no_operation]
    operation = max(speaking, key=lambda e: (e.day, e.slot or "")).operation if speaking else None
    last_dose = planned
    if operation is not None and operation >= case.began:
        last_dose = operation.toordinal() - WITHOUT_A_DOSE
    if last_dose is None:
        return ""
    if closed >= last_dose:
        return "near"
    return "agreed" if case.plan_ends.toordinal() <= last_dose else "ahead"


def _mean(scores: Mapping[int, int], first: int, last: int, at_least: int) -> Fraction | None:
    told = [scores[day] for day in range(first, last + 1) if day in scores]
    return Fraction(sum(told), len(told)) if len(told) >= at_least else None


def _response(course: _Course, scores: Mapping[int, int], by_day: Mapping[int, list[Entry]]) -> str:
    """Whether it works: "" is too early to say, "not told" is too late and still not known."""
    closed, began, raised = course.closed, course.case.began.toordinal(), course.raised
    days = closed - raised + 1
    if began < raised and days <= 28:
        now = _mean(scores, max(raised, closed - WEEK + 1), closed, 4)
        before = _mean(scores, raised - WEEK, raised - 1, 4)
        if now is not None and before is not None and now >= before + 2 and 10 * now >= 13 * before:
            return "worse"
    if days < TWO_WEEKS:
        return ""
    works = _works(closed, began, scores, by_day)
    if works:
        long_enough = days >= TWELVE_WEEKS and closed - began + 1 >= HALF_A_YEAR
        return "well" if long_enough else "works"
    if days < TWELVE_WEEKS:
        return ""
    return "not told" if works is None else "none"


def _works(
    closed: int, began: int, scores: Mapping[int, int], by_day: Mapping[int, list[Entry]]
) -> bool | None:
    for day in range(closed, closed - TWO_WEEKS, -1):
        if told := [e.pgic for e in by_day.get(day, ()) if e.pgic is not None]:
            return max(told) <= 2
    now = _mean(scores, closed - TWO_WEEKS + 1, closed, 7)
    start = _mean(scores, began - WEEK, began - 1, 1)
    if start is None:
        start = _mean(scores, began, began + WEEK, 1)
    if now is None or start is None or start < 4:
        return None
    return 10 * now <= 7 * start


def _overdue(course: _Course, today: int, by_day: Mapping[int, list[Entry]]) -> bool:
    owed = [
        (due.toordinal() - TWO_WEEKS, measures)
        for due, measures in course.case.tests
        if due.toordinal() < today
    ]
    if course.thyroid is not None:
        owed.append((course.thyroid, THYROID_TESTS))
    if not owed:
        return False
    newest: dict[str, int] = {}
    for day, entries in by_day.items():
        for entry in entries:
            for result in entry.results:
                if result.amount is not None or result.answer is not None:
                    taken = result.taken.toordinal() if result.taken else day
                    newest[result.measure] = max(newest.get(result.measure, 0), taken)
    return any(newest.get(measure, 0) < since for since, measures in owed for measure in measures)
