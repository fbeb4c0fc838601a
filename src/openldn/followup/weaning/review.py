"""What the diary of a taper asks for: hold, slow, extend, go on again, or the planned reduction.

What holds a taper begins at once and needs no name; what goes on after a pause, or changes its pace, needs a
prescriber's. Nothing here raises a dose, takes more than one step, or stops an opioid.

Rules read here: all of weaning/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from openldn.followup.weaning.signs import (
    Baseline,
    Day,
    Scores,
    Sign,
    baselines,
    day_of,
    risen,
    scores_of,
    signs_of,
)
from openldn.followup.weaning.standing import (
    Limits,
    Setting,
    Standing,
    after_change,
    after_day,
    at_start,
    is_due,
    is_last,
    is_over,
    reduced,
    waits,
)
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.changes import Change, Move
from openldn.plan.weaning.taper import REVIEW_WITHIN, Piece, Step, Taper
from openldn.record.diary import Diary
from openldn.screening.verdict import Read

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule of the table: when it applies, what it does, who hears of it how soon."""

    rule: str
    move: Move
    applies: Callable[[Standing, Setting, bool], bool]
    """Of where the patient stands, the setting, and whether the review is overdue."""
    tells_patient: bool = False
    soon: bool = False
    """Somebody speaks with the patient in the next days."""


def _says(sign: Sign) -> Callable[[Standing, Setting, bool], bool]:
    return lambda s, c, overdue: s.sign is sign and (s.held or is_over(s, c))


def _goes_slower(s: Standing, c: Setting, overdue: bool) -> bool:
    return _settled(s, c, overdue) and s.pauses >= c.limits.pauses and s.times < c.limits.times


def _settled(s: Standing, c: Setting, overdue: bool) -> bool:
    return s.held and s.good >= c.limits.good


def _mild(s: Standing, c: Setting, overdue: bool) -> bool:
    near = s.due <= c.limits.near and not is_over(s, c) and not is_last(s, c)
    return s.sign is Sign.MILD and near and not s.held


TABLE: Final = (
    Candidate("overdose-signs", Move.HOLD, _says(Sign.OVERDOSE), tells_patient=True, soon=True),
    Candidate("suicidal-thoughts", Move.HOLD, _says(Sign.SUICIDAL_THOUGHTS), tells_patient=True, soon=True),
    Candidate("severe-withdrawal", Move.HOLD, _says(Sign.SEVERE_WITHDRAWAL), tells_patient=True, soon=True),
    Candidate(
        "lost-tolerance", Move.WAIT,
        lambda s, c, overdue: s.without >= c.limits.without and not is_over(s, c),
        tells_patient=True, soon=True,
    ),
    Candidate("pregnancy", Move.HOLD, _says(Sign.PREGNANT), tells_patient=True, soon=True),
    Candidate("more-than-planned", Move.HOLD, _says(Sign.MORE_TAKEN), soon=True),
    Candidate("besides", Move.HOLD, _says(Sign.BESIDES), soon=True),
    Candidate("withdrawal", Move.HOLD, _says(Sign.WITHDRAWAL), soon=True),
    Candidate("wish", Move.HOLD, _says(Sign.WISH), soon=True),
    Candidate("ended", Move.AS_PLANNED, lambda s, c, overdue: is_over(s, c)),
    Candidate("too-often", Move.SLOW, _goes_slower, soon=True),
    Candidate("go-on-again", Move.GO_ON_AGAIN, _settled),
    Candidate("still-paused", Move.HOLD, lambda s, c, overdue: s.held),
    Candidate("review-overdue", Move.WAIT, lambda s, c, overdue: overdue, soon=True),
    Candidate("silent-diary", Move.WAIT, lambda s, c, overdue: s.silent >= c.limits.silent, soon=True),
    Candidate("mild-withdrawal", Move.EXTEND, _mild, soon=True),
    Candidate("smaller-unit", Move.WAIT, lambda s, c, overdue: is_last(s, c) and s.due == 0, soon=True),
    Candidate("reduce", Move.REDUCE,
              lambda s, c, overdue: is_due(s, c) and not waits(s, c, overdue=overdue)),
    Candidate("as-planned", Move.AS_PLANNED, lambda s, c, overdue: True),
)  # fmt: skip
"""The first that applies is what is asked for; the others that apply are shown beside it."""


def applying(standing: Standing, setting: Setting, *, overdue: bool) -> tuple[Candidate, ...]:
    """Every rule that applies, the foremost first."""
    return tuple(c for c in TABLE if c.applies(standing, setting, overdue))


@dataclass(frozen=True, slots=True)
class Asked:
    """What one rule asks for; `values` fill its text."""

    rule: Rule
    candidate: Candidate
    read: tuple[Read, ...]
    values: tuple[tuple[str, str], ...]

    @property
    def move(self) -> Move:
        """What it does."""
        return self.candidate.move

    def worded(self, language: str = "en") -> str:
        """The rule's text in a language (English where it is missing) with what was found."""
        template = self.rule.text.get(language) or self.rule.text["en"]
        return template.format_map(dict(self.values))


@dataclass(frozen=True, slots=True)
class Lived:
    """A day as it was: which step was in force on it, and what it said."""

    day: date
    step: int
    planned: int
    """What was to be taken; 0: nothing on this day."""
    amounts_to: Day


@dataclass(frozen=True, slots=True)
class TaperReview:
    """The answer of one day."""

    taper: Taper
    as_of: date
    closed: date
    """The last day that was looked at as a whole."""
    setting: Setting
    standing: Standing
    """After `closed`, with what was signed for the morning after."""
    paused_since: date | None
    lived: tuple[Lived, ...]
    asked: Asked
    besides: tuple[Asked, ...]
    done: tuple[Change, ...]
    """What was done so far, the reductions that took place among it."""
    ahead: tuple[Step, ...]
    """The step in force on the morning after `closed`, and what follows if nothing comes between.

    While something holds or waits, the step in force alone: nobody knows its end.
    """

    @property
    def is_open(self) -> bool:
        """Whether nobody knows how long the dose in force is taken."""
        return len(self.ahead) == 1 and not (
            self.setting.ends and self.standing.step == len(self.setting.days) - 1
        )

    def in_force(self, day: date) -> Step | None:
        """What is taken on a day that was looked at, or on the morning after; None: nothing any more."""
        lived = next((d.step for d in self.lived if d.day == day), None)
        if lived is None:
            return self.ahead[0] if self.ahead else None
        doses = self.taper.schedule.doses
        return doses[lived] if lived < len(doses) else None

    def planned(self, day: date) -> int:
        """How much is taken on such a day; 0 on the days between those of every other day."""
        lived = next((d.planned for d in self.lived if d.day == day), None)
        if lived is not None:
            return lived
        step = self.in_force(day)
        return 0 if step is None or (day - step.starts).days % step.every else step.day.total

    @property
    def followed(self) -> Taper:
        """The taper with what took place: kept, so that no later correction of the diary changes it."""
        changes = [c for c in self.done if c.move is not Move.REDUCE or c.on <= self.as_of]
        since = self.paused_since
        if since is not None and not any(c.move is Move.HOLD and c.on >= since for c in changes):
            changes.append(Change(since, Move.HOLD, self.asked.rule.id))
        return replace(self.taper, changes=tuple(changes), settled=self.as_of)


_SIGN_OF: Final = {
    "overdose-signs": Sign.OVERDOSE,
    "suicidal-thoughts": Sign.SUICIDAL_THOUGHTS,
    "severe-withdrawal": Sign.SEVERE_WITHDRAWAL,
    "pregnancy": Sign.PREGNANT,
    "more-than-planned": Sign.MORE_TAKEN,
    "besides": Sign.BESIDES,
    "withdrawal": Sign.WITHDRAWAL,
    "wish": Sign.WISH,
    "mild-withdrawal": Sign.MILD,
}


def setting_of(taper: Taper, knowledge: Knowledge, *, as_of: date) -> Setting:
    """What does not change while a taper is followed."""
    found = taper.schedule
    limits = limits_of(knowledge, as_of=as_of)
    days = tuple(s.days for s in found.doses)
    return Setting(days, found.stops is not None, found.pace.interval, limits)


def limits_of(knowledge: Knowledge, *, as_of: date) -> Limits:
    """Days and counts of the rules."""

    def whole(rule: str, parameter: str) -> int:
        return knowledge.rule(f"weaning/{rule}").whole(parameter, as_of)

    return Limits(
        silent=whole("silent-diary", "days"),
        without=whole("lost-tolerance", "days"),
        good=whole("go-on-again", "days"),
        pauses=whole("too-often", "pauses"),
        times=whole("too-often", "times"),
        near=whole("mild-withdrawal", "near"),
    )


def review_taper(taper: Taper, diary: Diary, knowledge: Knowledge, *, as_of: date) -> TaperReview:
    """What the diary asks for on a day.

    Args:
        taper: what is followed, with what was done so far.
        diary: entries after `as_of` are not read.
        knowledge: the rules.
        as_of: the day of the review. An entry of that day closes it; without one the day before is the last
            that counts.

    Source: facts/opioids.md 2.4 and 2.6; decisions "For an opioid taper the safe direction is hold and
    contact".
    """
    known = diary.until(as_of)
    closed = as_of if known.on(as_of) else as_of - _ONE_DAY
    return _Walk(taper, known, knowledge, as_of, closed).reviewed()


class _Walk:
    """The days of a taper from its first to the last that is closed."""

    def __init__(self, taper: Taper, diary: Diary, knowledge: Knowledge, as_of: date, closed: date) -> None:
        self.taper, self.diary, self.knowledge = taper, diary, knowledge
        self.as_of, self.closed = as_of, max(closed, taper.schedule.asked.starts - _ONE_DAY)
        self.setting = setting_of(taper, knowledge, as_of=as_of)
        self.piece = taper.schedule.asked.piece
        self.scores: Scores = scores_of(knowledge, as_of=as_of)
        self.standing = at_start(self.setting)
        self.began = taper.schedule.asked.starts
        """The first day at the dose in force."""
        self.paused: date | None = None
        self.done: list[Change] = []
        self.lived: list[Lived] = []

    @cached_property
    def baselines(self) -> tuple[Baseline, ...]:
        """How each SOWS was before the taper, and at the first dose."""
        first = self.diary.entries[0].day if self.diary.entries else self.closed
        last = next((c.on for c in self.taper.changes if c.move is Move.REDUCE), None)
        planned = self.taper.schedule.doses[0].ends
        return baselines(self.diary, first, (last or planned + _ONE_DAY) - _ONE_DAY, self.scores)

    def reviewed(self) -> TaperReview:
        """Walk, and say what is asked for on the morning after."""
        day = self.taper.schedule.asked.starts
        while day <= self.closed:
            self._morning(day)
            self._day(day)
            day += _ONE_DAY
        self._signed(self.closed + _ONE_DAY)
        overdue = self._overdue(self.closed + _ONE_DAY)
        candidates = applying(self.standing, self.setting, overdue=overdue)
        asked, *besides = [self._asked(c) for c in candidates]
        if asked.move is Move.REDUCE:
            self._reduce(self.closed + _ONE_DAY)
        return TaperReview(
            self.taper, self.as_of, self.closed, self.setting, self.standing, self.paused, tuple(self.lived),
            asked, tuple(besides), tuple(self.done), tuple(self._ahead()),
        )  # fmt: skip

    def _morning(self, day: date) -> None:
        self._signed(day)
        if self.taper.settled is not None and day <= self.taper.settled:
            return  # what took place then is known
        overdue = self._overdue(day)
        if is_due(self.standing, self.setting) and not waits(self.standing, self.setting, overdue=overdue):
            self._reduce(day)

    def _signed(self, day: date) -> None:
        for change in self.taper.changes:
            if change.on == day:
                self._move(change)

    def _reduce(self, day: date) -> None:
        self._move(Change(day, Move.REDUCE, "weaning/reduce"))

    def _move(self, change: Change) -> None:
        before = self.standing.step
        if not self._written_since(change):
            self._at(after_change(self.standing, change.move, self.setting), change.on)
        if self.standing.step != before:
            self.began = change.on
        self.done.append(change)

    def _written_since(self, change: Change) -> bool:
        """Whether something graver is written than what was answered: later that day, or for days before."""
        sign = self.standing.sign
        if not (change.move.signed and self.standing.held and sign.holds):
            return False
        name = change.rule.removeprefix("weaning/")
        # Where lost tolerance stood foremost, what else was said is not known: it counts as answered.
        answered = Sign.OVERDOSE if name == "lost-tolerance" else _SIGN_OF.get(name, Sign.NONE)
        return sign < answered

    def _at(self, standing: Standing, morning: date) -> None:
        """Stand there from a morning on."""
        began = morning if standing.held and not self.standing.held else self.paused
        self.standing, self.paused = standing, began if standing.held else None

    def _overdue(self, day: date) -> bool:
        return not is_over(self.standing, self.setting) and day > self.taper.review_on(day)

    def _planned(self, day: date) -> int:
        if is_over(self.standing, self.setting):
            return 0
        step = self.taper.schedule.doses[self.standing.step]
        return 0 if (day - self.began).days % step.every else step.day.total

    def _day(self, day: date) -> None:
        planned = self._planned(day)
        found = day_of(self.diary.on(day), planned, self.piece, self.scores)
        if found.sign > Sign.WISH and risen(self.diary, day, self._known_on(day), self.scores):
            found = found._replace(sign=Sign.WITHDRAWAL)
        self.lived.append(Lived(day, self.standing.step, planned, found))
        self._at(after_day(self.standing, found, self.setting), day + _ONE_DAY)

    def _known_on(self, day: date) -> tuple[Baseline, ...]:
        """None while the first dose is still taken."""
        return self.baselines if self.standing.step or is_over(self.standing, self.setting) else ()

    def _ahead(self) -> Iterator[Step]:
        steps, at, starts = self.taper.schedule.doses, self.standing, self.began
        morning = self.closed + _ONE_DAY
        stays = at.held or (at.due == 0 and waits(at, self.setting, overdue=self._overdue(morning)))
        ends = morning + timedelta(days=max(at.due, 1) - 1)
        while not is_over(at, self.setting):
            yield replace(steps[at.step], starts=starts, ends=ends)
            if stays or is_last(at, self.setting):
                return
            at, starts = reduced(at, self.setting), ends + _ONE_DAY
            ends += timedelta(days=at.due)

    def _asked(self, candidate: Candidate) -> Asked:
        rule = self.knowledge.rule(f"weaning/{candidate.rule}")
        read = tuple(self._evidence(candidate.rule))
        what = "; ".join(dict.fromkeys(r.what for r in read))
        return Asked(rule, candidate, read, tuple(sorted(self._values(candidate, what).items())))

    def _evidence(self, rule: str) -> Iterator[Read]:
        """What the rule's words rest on."""
        sign, morning = _SIGN_OF.get(rule), self.closed + _ONE_DAY
        if sign is not None:
            day = max(lived.day for lived in self.lived if lived.amounts_to.sign is sign)
            yield from self._told(day, sign)
        elif rule == "lost-tolerance":
            days = [lived.day for lived in self.lived if lived.amounts_to.without][-self.standing.without :]
            yield Read("diary", f"nothing taken on {', '.join(map(str, days))}")
        elif rule == "silent-diary":
            last = max((d.day for d in self.lived if d.amounts_to.written), default=None)
            told = f"no word since {last}" if last else "no word so far"
            yield Read("diary", f"{told}, read until {self.closed}")
        elif rule == "review-overdue":
            yield Read("plan", str(self.taper.review_on(morning)))
        elif rule == "smaller-unit":
            yield Read("plan", self._next_unit())
        elif rule == "still-paused":
            yield Read("diary", str(self.paused))
        elif rule == "too-often":
            yield Read("diary", str(self.standing.pauses))

    def _told(self, day: date, sign: Sign) -> Iterator[Read]:
        planned = next(lived.planned for lived in self.lived if lived.day == day)
        entries = self.diary.on(day)
        words = [w for s, w in signs_of(entries, planned, self.piece, self.scores) if s is sign]
        if sign is Sign.WITHDRAWAL and (rise := risen(self.diary, day, self.baselines, self.scores)):
            words.append(rise)
        yield from (Read(f"entry of {day}", f"{word} ({day})") for word in words)

    def _next_unit(self) -> str:
        stuck = self.taper.schedule.stuck
        if stuck is None:
            return "this is the smallest patch; what follows is decided by who prescribes"
        return f"from {self.piece.text(stuck.at)} to {self.piece.text(stuck.below)} would be too large a step"

    def _values(self, candidate: Candidate, what: str) -> dict[str, str]:
        standing, setting, move = self.standing, self.setting, candidate.move
        over = is_over(standing, setting)
        whole = 0 if over else setting.interval * standing.times
        due = {Move.GO_ON_AGAIN: max(standing.due, whole), Move.REDUCE: 0}.get(move, standing.due)
        step = standing.step + (move is Move.REDUCE)
        return {
            "what": what,
            "day": (self.closed + _ONE_DAY + timedelta(days=due)).isoformat(),
            "days": str(whole if move is Move.EXTEND else setting.limits.good),
            "dose": dose_text(self.taper, step),
        }


def dose_text(taper: Taper, step: int) -> str:
    """What is taken a day at a step of the schedule."""
    found = taper.schedule
    if step == len(found.doses):
        return "nothing"
    piece = found.asked.piece
    often = " every other day" if found.doses[step].every > 1 else " a day"
    return f"{piece.text(found.doses[step].day.total)}{'' if piece is Piece.PATCH else often}"


def signed(found: TaperReview, move: Move, *, by: str, review: date | None = None) -> Taper:
    """The taper after somebody's decision, from the morning after the last closed day on.

    Args:
        found: what the decision rests on.
        move: what is decided; it need not be what is asked for. A pause can always be signed.
        by: who decides, by name.
        review: the day of the next review, where one was held: within a month.

    Raises:
        CannotPlan: nobody is named, a reduction before its day, or a review too late.
    """
    morning = found.closed + _ONE_DAY
    if not by.strip():
        raise CannotPlan("name who decides: what goes on after a pause or changes the pace is signed (--by)")
    if move in (Move.REDUCE, Move.WAIT):
        raise CannotPlan(
            f"{move!s} is not signed: a reduction has its day, and what it waits for ends by itself"
        )
    if move is Move.GO_ON_AGAIN and not found.standing.held:
        raise CannotPlan("there is no pause to end")
    latest = morning + REVIEW_WITHIN
    if review is not None and not found.as_of <= review <= latest:
        raise CannotPlan(f"the next review has to lie between {found.as_of} and {latest}: at least monthly")
    # What stood foremost is what is answered; what is written afterwards is not.
    change = Change(morning, move, found.asked.rule.id, by.strip(), review)
    # The reduction of a morning that has come is in force; one that is still to come makes way.
    return replace(found.followed, changes=(*found.followed.changes, change))
