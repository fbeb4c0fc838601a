"""What may never be proposed, and what must be: by the words of the decisions, not by the code of follow-up.

`Watch` remembers of a history what the invariants need, apart from what follow-up remembers. The numbers here
are written down again on purpose: a limit loosened in the rules must be noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from openldn.followup.assessment import Assessment, Gap, Operation, Response
from openldn.followup.proposals import Candidate, Level
from openldn.followup.signs import Sign
from openldn.followup.tolerability import NIGHT, Phase, Setting, Standing
from openldn.plan.changes import Move
from openldn.proofs.symbols import Symbol

WEEK: Final = 7
_HALVINGS: Final = 2
_NOTHING: Final = (Move.STOP, Move.WAIT, Move.END)
"""Answers after which nothing is taken."""
_FREE: Final = Assessment()
"""A longer look that stands in nobody's way."""


class Watch(NamedTuple):
    """What a history was, for the invariants: numbers that end at what they are compared with.

    `owed` counts the good days that have to follow before more is taken, `taken` the days on which the dose
    was taken since the last upward change, `lower` the days since it was lowered; each only while it matters.
    """

    owed: int
    taken: int
    lower: int
    flagged: bool
    """Whether a red flag, an opioid or an unnamed painkiller was ever written down."""
    ended: bool
    """Whether a prescriber signed the end, or a stop was carried out."""
    halvings: int
    """At this rung."""
    kept: bool
    """Whether a lower dose is kept for good."""


def watch_from(setting: Setting) -> Watch:
    """Before the first day."""
    return Watch(_new(0, setting), 0, WEEK, False, False, 0, False)


def _new(rung: int, setting: Setting) -> int:
    """The good days that a new dose has to be taken before the next."""
    return min(setting.rungs[rung].days, WEEK)


def watch_day(watch: Watch, symbol: Symbol, standing: Standing, setting: Setting) -> Watch:
    """After a day; `standing` is where it leads."""
    means = symbol.means
    if watch.flagged or watch.ended or means.red_flag:
        return Watch(0, 0, WEEK, watch.flagged or means.red_flag, watch.ended, 0, False)
    counts = standing.phase is Phase.TAKING and not watch.kept
    enough = max(setting.rungs[standing.rung].days, WEEK) if counts else 0
    owed = max(watch.owed, means.waits) if means.waits else max(watch.owed - 1, 0)
    taken, lower = min(watch.taken + means.taken, enough), min(watch.lower + 1, WEEK)
    return Watch(owed, taken, lower, watch.flagged, watch.ended, watch.halvings, watch.kept)


def watch_change(
    watch: Watch, before: Standing, move: Move, after: Standing, rule: str, setting: Setting
) -> Watch:
    """After a change of the plan that was signed, or that a stop made."""
    if move in _NOTHING:
        return Watch(0, 0, WEEK, watch.flagged, True, 0, False)
    if before == after:
        return watch
    if move in (Move.RISE, Move.RESTART):
        owed = max(watch.owed, _new(after.rung, setting))
        return watch._replace(owed=owed, taken=0, halvings=0, lower=WEEK)
    if move is Move.RETURN:
        owed = max(watch.owed, _new(after.rung, setting))
        return watch._replace(owed=owed, taken=0, lower=WEEK)
    if move is Move.HALVE:
        kept = watch.kept or rule == "sleep-stays"
        return watch._replace(taken=0, lower=0, halvings=watch.halvings + 1, kept=kept)
    if move in (Move.BACK, Move.BACK_AND_STAY, Move.KEEP):
        kept = watch.kept or move is not Move.BACK
        return watch._replace(taken=0, lower=WEEK, halvings=0, kept=kept)
    if move is Move.MORNING:
        days = setting.rungs[before.rung].days
        return watch._replace(taken=min(watch.taken, max(days, WEEK) - WEEK))
    return watch


class Case(NamedTuple):
    """One answer of follow-up in one state, to be judged."""

    standing: Standing
    watch: Watch
    assessment: Assessment
    candidate: Candidate
    after: Standing
    setting: Setting
    last: Symbol | None
    """The day before it."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that holds in every state. `broken` tells whether an answer breaks it."""

    name: str
    says: str
    broken: Callable[[Case], bool]


def height(standing: Standing) -> float:
    """How much is taken, for comparing only: half a rung lower when halved, nothing when over."""
    if standing.phase is Phase.OVER:
        return -1
    return standing.rung - (0.5 if standing.phase is Phase.REDUCED else 0)


def _up(c: Case) -> bool:
    """Whether more is taken afterwards; drops count, a restart after a fortnight without does not."""
    return c.candidate.move is Move.DROPS or (
        height(c.after) > height(c.standing) and c.candidate.move is not Move.RESTART
    )


def _paused(c: Case) -> bool:
    """Nothing is taken because nothing so small can be measured."""
    return c.standing.phase is Phase.REDUCED and not c.setting.rungs[c.standing.rung].halvable


def _stands_in_the_way(a: Assessment) -> bool:
    return bool(a.blocks) or a.gap is not Gap.SHORT or a.operation is not Operation.NONE


def _free(c: Case) -> bool:
    """Nothing but the days themselves decides."""
    return c.assessment == _FREE and not c.watch.flagged and not c.watch.ended


def _must(c: Case, *moves: Move) -> bool:
    """Broken: none of these moves, and nothing graver."""
    return c.candidate.move not in moves


NEVER: Final = (
    Invariant("above the ladder", "never a rung that the ladder does not have",
              lambda c: not 0 <= c.after.rung < len(c.setting.rungs)),
    Invariant("rise by two", "never up by more than one rung at a time",
              lambda c: _up(c) and height(c.after) - height(c.standing) > 1),
    Invariant("too few good days",
              "no rise within 7 days after trouble or a hole, 5 after a headache, 14 after flu-like days",
              lambda c: _up(c) and c.watch.owed > 0),
    Invariant("something in the way",
              "no rise with a test overdue, dates ahead, a gap, an operation, an override that has ended",
              lambda c: _up(c) and _stands_in_the_way(c.assessment)),
    Invariant("after an opioid", "no rise after an opioid, a painkiller without a name, or any red flag",
              lambda c: (c.watch.flagged or c.watch.ended) and height(c.after) > -1),
    Invariant("interval", "no rise before the dose was taken on as many days as the interval has",
              lambda c: c.candidate.move is Move.RISE
              and c.watch.taken < c.setting.rungs[c.standing.rung].days),
    Invariant("reduction undone",
              "a reduction is undone only by the return or by drops, after 7 days, and never once it is kept",
              lambda c: _up(c) and c.standing.phase is Phase.REDUCED
              and (_must(c, Move.RETURN, Move.DROPS) or c.watch.lower < WEEK or c.watch.kept)),
    Invariant("kept dose raised", "a dose that is kept is never raised",
              lambda c: _up(c) and c.watch.kept),
    Invariant("restart too high", "a restart begins at the lowest rung",
              lambda c: c.candidate.move is Move.RESTART and c.after.rung != 0),
    Invariant("restart without a gap", "a restart only after more than 14 days without a dose",
              lambda c: c.candidate.move is Move.RESTART and c.assessment.gap is not Gap.LONG),
    Invariant("rise by another rule", "only `rise`, `return` and `drops` lead up, and they weigh least",
              lambda c: _up(c) and (c.candidate.rule not in ("rise", "return", "drops")
                                    or c.candidate.level is not Level.RISE)),
    Invariant("without a reason", "every answer has a rule and every rule a level",
              lambda c: not c.candidate.rule),
    Invariant("halved too often", "never halved more than twice at one rung",
              lambda c: c.candidate.move is Move.HALVE and c.watch.halvings >= _HALVINGS),
)  # fmt: skip
MUST: Final = (
    Invariant("red flag",
              "after a red flag a stop or a wait, told at once, on the next morning and ever after",
              lambda c: c.watch.flagged
              and (_must(c, *_NOTHING) or not (c.watch.ended or c.candidate.tells_patient))),
    Invariant("operation near", "no dose within days of an operation",
              lambda c: c.assessment.operation is Operation.NEAR and _must(c, *_NOTHING)),
    Invariant("gap", "after more than 14 days without a dose from the start of the ladder",
              lambda c: c.assessment.gap is Gap.LONG and not (_paused(c) and c.watch.kept)
              and _must(c, *_NOTHING, Move.RESTART)),
    Invariant("no response", "without a response after 12 weeks the end is proposed",
              lambda c: c.assessment == Assessment(Response.FAILED) and _must(c, *_NOTHING)),
    Invariant("well", "well for half a year: a trial of stopping, unless something graver is to be done",
              lambda c: c.assessment == Assessment(Response.WELL) and c.candidate.level > Level.REDUCTION),
    Invariant("worse after a rise", "worse since a rise: back, unless something graver is to be done",
              lambda c: c.assessment == Assessment(Response.WORSE) and c.standing.phase is Phase.TAKING
              and c.standing.rung > 0 and not c.watch.kept and c.candidate.level > Level.REDUCTION),
    Invariant("operation ahead", "an operation beyond which the plan goes on is planned for",
              lambda c: c.assessment == Assessment(operation=Operation.AHEAD)
              and c.candidate.level > Level.REDUCTION),
    Invariant("hold", "what stands in the way of a rise is said",
              lambda c: _stands_in_the_way(c.assessment) and not (_paused(c) and c.watch.kept)
              and c.candidate.level > Level.HOLD),
    Invariant("planned rise", "a rise that is planned for tomorrow and may not be is stopped",
              lambda c: c.assessment == Assessment(rise_planned=True) and c.standing.phase is Phase.TAKING
              and c.candidate.level > Level.HOLD and c.candidate.move is not Move.RISE),
    Invariant("it works", "what works is not raised",
              lambda c: c.assessment.response in (Response.WORKS, Response.WELL)
              and c.candidate.move is Move.RISE),
    Invariant("rise due", "good days, the interval over, below the top: the rise is proposed",
              lambda c: _free(c) and c.standing.phase is Phase.TAKING and not c.watch.kept
              and c.standing.rung + 1 < len(c.setting.rungs)
              and c.watch.owed == 0 and c.watch.taken >= max(c.setting.rungs[c.standing.rung].days, WEEK)
              and c.standing.morning <= 0 and c.candidate.move is not Move.RISE),
    Invariant("return due", "7 days lower and good days: the return is proposed, or drops",
              lambda c: _free(c) and c.standing.phase is Phase.REDUCED and not c.watch.kept
              and c.watch.owed == 0 and c.watch.lower >= WEEK
              and c.candidate.move not in (Move.RETURN, Move.DROPS)),
    Invariant("nothing lowered", "a reduction lowers",
              lambda c: c.candidate.move in (Move.HALVE, Move.BACK, Move.BACK_AND_STAY, Move.KEEP)
              and height(c.after) >= height(c.standing)),
)  # fmt: skip
ANSWERED: Final = (
    Invariant("trouble unheard", "a troublesome effect is answered",
              lambda c: _free(c) and c.last is not None and c.last.means.trouble
              and c.candidate.level > Level.TIME_OR_FORM),
    Invariant("bowel unheard", "bowel trouble at a whole dose lowers it",
              lambda c: _free(c) and _last_is(c, Sign.BOWEL) and c.standing.phase is Phase.TAKING
              and _must(c, Move.HALVE, Move.KEEP, Move.BACK, Move.BACK_AND_STAY)),
    Invariant("third halving", "trouble after two halvings keeps the lower dose",
              lambda c: _free(c) and _last_is(c, Sign.BOWEL, Sign.TROUBLESOME, Sign.SEVERE_HEADACHE)
              and c.standing.phase is Phase.TAKING and c.watch.halvings >= _HALVINGS and _must(c, Move.KEEP)),
    Invariant("poor sleep at night", "poor sleep at night moves it to the morning first",
              lambda c: _free(c) and c.last is not None and c.last.day.sleep and c.last.day.sign is Sign.NONE
              and not c.last.day.nausea and c.standing.morning == NIGHT and not _paused(c)
              and _must(c, Move.MORNING)),
    Invariant("poor sleep in the morning", "poor sleep a week after the move lowers the dose",
              lambda c: _free(c) and c.last is not None and c.last.day.sleep and c.last.day.sign is Sign.NONE
              and not c.last.day.nausea and c.standing.morning == 0 and c.standing.phase is Phase.TAKING
              and _must(c, Move.HALVE, Move.KEEP)),
    Invariant("worse in MS", "spasticity or fatigue in MS goes back to a lower rung and stays",
              lambda c: _free(c) and _last_is(c, Sign.SPASTICITY) and c.standing.phase is Phase.TAKING
              and c.standing.rung > 0
              and (_must(c, Move.BACK_AND_STAY) or height(c.after) >= height(c.standing))),
    Invariant("worse in CFS/ME", "flu-like days in CFS/ME, more than mild, go back a step",
              lambda c: _free(c) and _last_is(c, Sign.FLU_LIKE) and c.standing.phase is Phase.TAKING
              and c.standing.rung > 0 and (_must(c, Move.BACK) or height(c.after) >= height(c.standing))),
)  # fmt: skip
"""What the day before asks for: looked at on the morning after each kind of day."""
STANDING: Final = (*NEVER, *MUST)
"""Looked at in every state, under every longer look."""
ALL: Final = (*STANDING, *ANSWERED)


def _last_is(c: Case, *signs: Sign) -> bool:
    return c.last is not None and c.last.day.sign in signs


def alike(a: Assessment) -> tuple[object, ...]:
    """What the invariants see of a longer look: two that give the same are judged the same."""
    alone = a if a in _ALONE else None
    works = a.response in (Response.WORKS, Response.WELL)
    return (alone, _stands_in_the_way(a), a.gap is Gap.LONG, a.operation is Operation.NEAR, works)


_ALONE: Final = frozenset(
    {
        _FREE,
        *(Assessment(r) for r in Response),
        Assessment(operation=Operation.AHEAD),
        Assessment(rise_planned=True),
    }
)
