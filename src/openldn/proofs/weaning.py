"""Every history of a taper's diary, and every signature: what steering may never do.

The functions called are those that review a patient: `applying`, `waits`, `after_change`, `after_day`. What
an invariant needs of the past (what was said and not answered, days without a word) is counted here from the
days themselves, not from what steering remembers. That no dose is taken for fewer days than planned is shown
by three invariants together: a dose begins with all its days due, a day takes off one at most and none in a
pause, and nothing is lowered before none is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Final, Generic, NamedTuple, TypeVar

from openldn.followup.weaning.review import TABLE, Candidate, applying, limits_of
from openldn.followup.weaning.signs import Day, Sign
from openldn.followup.weaning.standing import (
    Setting,
    Standing,
    after_change,
    after_day,
    at_start,
    is_due,
    is_over,
    waits,
)
from openldn.knowledge.load import Knowledge
from openldn.plan.weaning.changes import Move

KINDS: Final = (Sign.SUICIDAL_THOUGHTS, Sign.WISH, Sign.MILD, Sign.NONE)
"""Signs that hold a taper are alike but for their name (tests/unit/proofs/test_weaning.py): two stand for
all, one that reaches the patient at once and one that does not."""
DAYS: Final = tuple(
    Day(sign, written, without)
    for sign, written, without in product(KINDS, (True, False), (True, False, None))
    if written or sign.holds or sign is Sign.NONE
)
"""Every kind of day: what is not written about tells of no mild withdrawal."""
SIGNED: Final = (Move.HOLD, Move.SLOW, Move.EXTEND, Move.GO_ON_AGAIN)
"""What a prescriber may sign on any morning, whatever is proposed."""


class Watch(NamedTuple):
    """What the past days were, told apart only as far as an invariant asks."""

    asked: Sign = Sign.NONE
    """The gravest thing that was said and that nobody has signed an answer to."""
    silent: int = 0
    without: int = 0


class Node(NamedTuple):
    """A state in the evening, with what the invariants remember."""

    standing: Standing
    watch: Watch


@dataclass(frozen=True, slots=True)
class Morning:
    """One morning: where it stood in the evening, what was done, where it stands then."""

    before: Node
    overdue: bool
    signed: Move | None
    after: Standing
    foremost: Candidate
    """What was asked for."""
    setting: Setting


_Case = TypeVar("_Case")


@dataclass(frozen=True, slots=True)
class Invariant(Generic[_Case]):
    """What may never be, and how a morning or a day shows that it is."""

    name: str
    says: str
    broken: Callable[[_Case], bool]


def _went_down(m: Morning) -> bool:
    return m.after.step != m.before.standing.step


def _whole(m: Morning) -> int:
    """All days of the dose after the morning."""
    return 0 if is_over(m.after, m.setting) else m.setting.days[m.after.step] * m.after.times


def _held(m: Morning) -> Standing:
    return after_change(m.before.standing, Move.HOLD, m.setting)


MORNINGS: Final[tuple[Invariant[Morning], ...]] = (
    Invariant("never up", "no morning has a higher dose than the day before",
              lambda m: m.after.step < m.before.standing.step),
    Invariant("one step", "no morning takes more than one step of the schedule: nothing stops abruptly",
              lambda m: m.after.step > m.before.standing.step + 1),
    Invariant("never faster", "nothing is lowered before all days at the dose are over",
              lambda m: _went_down(m) and m.before.standing.due > 0),
    Invariant("whole interval", "a dose begins with all its days due",
              lambda m: _went_down(m) and m.after.due < _whole(m)),
    Invariant("pause repeated", "what goes on after a pause takes a whole interval first",
              lambda m: m.signed is Move.GO_ON_AGAIN and m.before.standing.held
              and m.after.due < m.setting.interval * m.after.times),
    Invariant("nothing shortened", "no signature takes days off a dose",
              lambda m: not _went_down(m) and m.after.due < m.before.standing.due),
    Invariant("no signature lowers", "a signature never takes a step by itself",
              lambda m: m.signed is not None and _went_down(m)
              and after_change(m.before.standing, m.signed, m.setting).step != m.before.standing.step),
    Invariant("paused", "nothing is lowered while something is said that nobody has answered",
              lambda m: _went_down(m) and m.signed is None and m.before.watch.asked.holds),
    Invariant("silent", "nothing is lowered after days without a word",
              lambda m: _went_down(m) and m.before.watch.silent >= m.setting.limits.silent),
    Invariant("lost tolerance", "nothing is lowered after days without any of it",
              lambda m: _went_down(m) and m.signed is None
              and m.before.watch.without >= m.setting.limits.without),
    Invariant("overdue", "nothing is lowered while the review is overdue",
              lambda m: _went_down(m) and m.overdue),
    Invariant("pause possible", "a pause can be signed on every morning, and holds the dose",
              lambda m: not is_over(m.before.standing, m.setting)
              and not (_held(m).held and _held(m).step == m.before.standing.step)),
    Invariant("danger heard", "danger reaches the patient the same day, and stands until somebody signs",
              lambda m: m.before.watch.asked.is_danger and not m.foremost.tells_patient),
    Invariant("pace kept", "what was slowed down is never fast again",
              lambda m: m.after.times < m.before.standing.times),
    Invariant("over is over", "nothing is taken again after the end",
              lambda m: is_over(m.before.standing, m.setting) and not is_over(m.after, m.setting)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evening:
    """One day: where it stood in the morning, what was said, where it stands then."""

    before: Standing
    day: Day
    after: Standing


EVENINGS: Final[tuple[Invariant[Evening], ...]] = (
    Invariant("one day a day", "a day takes off one day at most, and none in a pause",
              lambda e: e.after.due < e.before.due - (not e.after.held)),
    Invariant("no step by day", "what is said never takes a step",
              lambda e: e.after.step != e.before.step),
    Invariant("said and held", "what asks for a pause begins one the same day",
              lambda e: e.day.sign.holds and e.before.due > 0 and not e.after.held),
    Invariant("pause stays", "a pause does not end by itself",
              lambda e: e.before.held and not e.after.held),
)  # fmt: skip


ALL: Final = (*((i.name, i.says) for i in MORNINGS), *((i.name, i.says) for i in EVENINGS))


@dataclass(slots=True)
class Found:
    """What was visited, and the first history that breaks each invariant."""

    states: int = 0
    transitions: int = 0
    days: int = 0
    """The day on which the last new state was found."""
    proposed: set[str] = field(default_factory=set)
    broken: dict[str, tuple[str, ...]] = field(default_factory=dict)


def never_asked(found: Iterable[Found]) -> list[str]:
    """Rules of the table that no history led to, but for the signs that stand for others."""
    alike = {c.rule for c in TABLE if c.move is Move.HOLD}
    reached = {rule for f in found for rule in f.proposed}
    return sorted({c.rule for c in TABLE} - reached - alike)


class _Explorer:
    """One setting, explored; what depends on where a patient stands alone is asked once."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.found = Found()
        self.came: dict[Node, tuple[Node, str] | None] = {}
        self._judged: set[tuple[Standing, Day]] = set()
        self._after_days: dict[Standing, tuple[tuple[Day, Standing], ...]] = {}
        self._after_mornings: dict[Standing, tuple[_Way, ...]] = {}

    def explore(self, until: Set[str]) -> Found:
        frontier = [Node(at_start(self.setting), Watch())]
        self.came[frontier[0]] = None
        while frontier and not (until and until <= self.found.broken.keys()):
            following = [reached for node in frontier for reached in self._from(node)]
            self.found.days += bool(following)
            frontier = following
        self.found.states = len(self.came)
        return self.found

    def _from(self, node: Node) -> Iterator[Node]:
        """Every evening of the next day that is new."""
        seen = set()
        for way in self._mornings(node.standing):
            self._judge(node, way)
            watch = _answered(node.watch, way.signed)
            if (way.after, watch) in seen:
                continue
            seen.add((way.after, watch))
            for day, standing in self._days(way.after):
                self.found.transitions += 1
                self._judge_day(node, way, day, standing)
                reached = Node(standing, _watched(watch, day, standing, self.setting))
                if reached not in self.came:
                    self.came[reached] = (node, f"{_signed(way.signed)}{_told(day)}")
                    yield reached

    def _judge(self, node: Node, way: _Way) -> None:
        morning = Morning(node, way.overdue, way.signed, way.after, way.foremost, self.setting)
        for invariant in MORNINGS:
            if invariant.name not in self.found.broken and invariant.broken(morning):
                last = f"{_signed(way.signed)}then step {way.after.step + 1}, asked for: {way.foremost.rule}"
                self.found.broken[invariant.name] = (*self._history(node), last)

    def _judge_day(self, node: Node, way: _Way, day: Day, after: Standing) -> None:
        """Asked once of each place where a patient stands in a morning, and each kind of day."""
        if (way.after, day) in self._judged:
            return
        self._judged.add((way.after, day))
        for invariant in EVENINGS:
            if invariant.name not in self.found.broken and invariant.broken(Evening(way.after, day, after)):
                last = f"{_signed(way.signed)}{_told(day)}"
                self.found.broken[invariant.name] = (*self._history(node), last)

    def _mornings(self, standing: Standing) -> tuple[_Way, ...]:
        """What a morning may make of where a patient stands."""
        known = self._after_mornings.get(standing)
        if known is None:
            known = self._after_mornings[standing] = tuple(self._ways(standing))
            self.found.proposed |= {way.foremost.rule for way in known}
        return known

    def _ways(self, standing: Standing) -> Iterator[_Way]:
        seen = set()
        for signed, overdue in product((None, *SIGNED), (False, True)):
            foremost = applying(standing, self.setting, overdue=overdue)[0]
            after = standing if signed is None else after_change(standing, signed, self.setting)
            if is_due(after, self.setting) and not waits(after, self.setting, overdue=overdue):
                after = after_change(after, Move.REDUCE, self.setting)
            # Overdue or not is the same but where a step is taken.
            key = (signed, after, foremost.rule, overdue and after.step != standing.step)
            if key not in seen:
                seen.add(key)
                yield _Way(signed, overdue, foremost, after)

    def _days(self, standing: Standing) -> tuple[tuple[Day, Standing], ...]:
        known = self._after_days.get(standing)
        if known is None:
            known = tuple((day, after_day(standing, day, self.setting)) for day in DAYS)
            self._after_days[standing] = known
        return known

    def _history(self, node: Node) -> tuple[str, ...]:
        words: list[str] = []
        at = self.came[node]
        while at is not None:
            words.append(at[1])
            at = self.came[at[0]]
        return tuple(reversed(words))


class _Way(NamedTuple):
    """What may come of a morning."""

    signed: Move | None
    overdue: bool
    foremost: Candidate
    after: Standing


def settings_of(knowledge: Knowledge, *, as_of: date) -> dict[str, Setting]:
    """What is proved: steps of a week with the limits of the rules, and steps of a month.

    A step is like every other to steering, but for its days; the last one is not. Where the counts of a rule
    would make a month too long, they are shortened: they are compared with their limit alone.
    """
    limits = limits_of(knowledge, as_of=as_of)
    short = limits._replace(silent=2, without=2, good=2)
    return {
        "taper, steps of a week": Setting((7, 7), True, 7, limits),
        "taper, steps of a month (short counts)": Setting((30, 30), True, 30, short),
        "taper, no end (short counts)": Setting((14, 7), False, 7, short),
    }


def explore(setting: Setting, until: Set[str] = frozenset()) -> Found:
    """Visit every state that any diary and any signatures can lead to, until no new one is found.

    Args:
        setting: the steps and the limits.
        until: ends sooner, once all these invariants are broken.
    """
    return _Explorer(setting).explore(until)


def _signed(move: Move | None) -> str:
    return f"signed: {move}; " if move else ""


def _answered(watch: Watch, signed: Move | None) -> Watch:
    if signed is not None and signed.signed:
        watch = watch._replace(asked=Sign.NONE, without=0)
    return watch


def _watched(watch: Watch, day: Day, standing: Standing, setting: Setting) -> Watch:
    if is_over(standing, setting):
        return Watch(asked=day.sign if day.sign.holds else Sign.NONE)
    without = {True: watch.without + 1, False: 0, None: watch.without}[day.without]
    return Watch(
        asked=min(watch.asked, day.sign) if day.sign.holds else watch.asked,
        silent=0 if day.written else min(watch.silent + 1, setting.limits.silent),
        without=min(without, setting.limits.without),
    )


def _told(day: Day) -> str:
    said = day.sign.name.lower().replace("_", " ") if day.sign is not Sign.NONE else "nothing special"
    taken = {True: ", none taken", False: ", taken", None: ""}[day.without]
    return f"{said}{taken}{'' if day.written else ', not written about'}"
