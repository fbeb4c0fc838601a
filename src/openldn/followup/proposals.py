"""The rules of follow-up in the order of their weight: the first one that applies is the proposal.

A specific rule stands before the general one for the same symptom. Among what remains: safety stop, opioid,
reduction, hold, time or form, rise. A rule that applies and does not come first has lost, and is shown.

Rules read here: all of followup/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from openldn.followup.assessment import Assessment, Block, Gap, Operation, Response
from openldn.followup.signs import Sign
from openldn.followup.tolerability import NIGHT, Phase, Setting, Standing
from openldn.plan.changes import Move


class Level(IntEnum):
    """How a proposal weighs against others, the gravest first."""

    SAFETY = 0
    OPIOID = 1
    REDUCTION = 2
    HOLD = 3
    TIME_OR_FORM = 4
    RISE = 5
    AS_PLANNED = 6


Applies = Callable[[Standing, Assessment, Setting], bool]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule of the table: when it applies, what it proposes, whether the patient is told at once.

    `soon`: someone looks at it in the next days.
    """

    rule: str
    level: Level
    move: Move
    applies: Applies
    tells_patient: bool = False
    soon: bool = False


def _stopped_by(sign: Sign) -> Applies:
    return lambda s, a, c: s.phase is Phase.OVER and s.sign is sign


def _taking(sign: Sign) -> Applies:
    """The sign of the last day, while a whole dose of the ladder is taken."""
    return lambda s, a, c: s.phase is Phase.TAKING and s.sign is sign


def _halve_for(sign: Sign) -> Applies:
    """The sign, while halving has not failed too often and is no longer open."""
    return lambda s, a, c: _taking(sign)(s, a, c) and s.halvings < c.limits.failures


def _not_over(s: Standing, a: Assessment, c: Setting) -> bool:
    return s.phase is not Phase.OVER


def _has(sign: Sign) -> Applies:
    return lambda s, a, c: _not_over(s, a, c) and s.sign is sign


def _blocked_by(block: Block) -> Applies:
    return lambda s, a, c: _not_over(s, a, c) and block in a.blocks


def _responds(*responses: Response) -> Applies:
    return lambda s, a, c: _not_over(s, a, c) and a.response in responses


def _restart(s: Standing, a: Assessment, c: Setting) -> bool:
    """Not where nothing is taken for good because nothing so small can be measured."""
    return _not_over(s, a, c) and a.gap is Gap.LONG and not (_paused(s, a, c) and s.stays)


def _paused(s: Standing, a: Assessment, c: Setting) -> bool:
    """Reduced, and half of the dose cannot be measured."""
    return s.phase is Phase.REDUCED and not c.rungs[s.rung].halvable


def _nothing_measurable(s: Standing, a: Assessment, c: Setting) -> bool:
    """A pause that is not over yet, or for good."""
    return _paused(s, a, c) and not _return(s, a, c)


def _gap_not_known(s: Standing, a: Assessment, c: Setting) -> bool:
    return _not_over(s, a, c) and a.gap is Gap.UNKNOWN


def _failed_twice(s: Standing, a: Assessment, c: Setting) -> bool:
    """Trouble again after halving was tried as often as it may be."""
    halving = (Sign.BOWEL, Sign.SEVERE_HEADACHE, Sign.TROUBLESOME, Sign.NAUSEA_STAYS, Sign.SLEEP_STAYS)
    lowest = s.sign in (Sign.SPASTICITY, Sign.FLU_LIKE) and not (_spasticity(s, a, c) or _flu_like(s, a, c))
    failed = s.halvings >= c.limits.failures
    return s.phase is Phase.TAKING and (s.sign in halving or lowest) and failed


def _spasticity(s: Standing, a: Assessment, c: Setting) -> bool:
    return _taking(Sign.SPASTICITY)(s, a, c) and c.rungs[s.rung].milder is not None


def _flu_like(s: Standing, a: Assessment, c: Setting) -> bool:
    return _taking(Sign.FLU_LIKE)(s, a, c) and s.rung > 0


def _worse(s: Standing, a: Assessment, c: Setting) -> bool:
    """Worse since a rise that can be taken back."""
    back = c.rungs[s.rung].milder is not None
    return s.phase is Phase.TAKING and a.response is Response.WORSE and back and not s.stays


def _worse_reduced(s: Standing, a: Assessment, c: Setting) -> bool:
    """Worse since a rise, and lower already: not back up."""
    return s.phase is Phase.REDUCED and a.response is Response.WORSE


def _troublesome(s: Standing, a: Assessment, c: Setting) -> bool:
    """Any effect without a rule of its own; those of the lowest dose too, which cannot go back a step."""
    plain = (Sign.TROUBLESOME, Sign.SPASTICITY, Sign.FLU_LIKE)
    return s.phase is Phase.TAKING and s.sign in plain and s.halvings < c.limits.failures


def _still_troubled(s: Standing, a: Assessment, c: Setting) -> bool:
    """At a lower dose that is not lowered again, for what has no rule of its own there."""
    own = s.sign in (Sign.SLEEP, Sign.NAUSEA) or (s.sign is Sign.BOWEL and s.due == 0)
    return s.phase is Phase.REDUCED and s.sign.troubles and not own


def _sleep(s: Standing, a: Assessment, c: Setting) -> bool:
    return _not_over(s, a, c) and s.sign is Sign.SLEEP and s.morning == NIGHT


def _sleep_moved(s: Standing, a: Assessment, c: Setting) -> bool:
    """Within days of the move to the morning."""
    return _not_over(s, a, c) and s.sign is Sign.SLEEP and s.morning != NIGHT


def _waits(s: Standing, a: Assessment, c: Setting) -> bool:
    """Trouble is past, and not for long enough to take more."""
    past = (Sign.PAST, Sign.PAST_BOWEL)
    more = s.phase is Phase.REDUCED or s.rung + 1 < len(c.rungs)
    return _not_over(s, a, c) and s.sign in past and s.wait > 0 and more and not s.stays


def _works(s: Standing, a: Assessment, c: Setting) -> bool:
    """It works, and a rise would be next."""
    return a.response in (Response.WORKS, Response.WELL) and _rise(s, a, c)


def _cannot_judge(s: Standing, a: Assessment, c: Setting) -> bool:
    """Nobody can tell whether it helps, and nothing else is to be done first."""
    return _not_over(s, a, c) and a.response is Response.UNKNOWN and s.sign is Sign.NONE


def _stays(s: Standing, a: Assessment, c: Setting) -> bool:
    return _not_over(s, a, c) and s.stays


def _operation(operation: Operation) -> Applies:
    return lambda s, a, c: _not_over(s, a, c) and a.operation is operation


def _bowel_persists(s: Standing, a: Assessment, c: Setting) -> bool:
    """Trouble of the bowel at the lower dose, its days being over."""
    return s.phase is Phase.REDUCED and s.due == 0 and s.sign is Sign.BOWEL


def _drops(s: Standing, a: Assessment, c: Setting) -> bool:
    """The bowel is quiet again after as many halvings as there may be: not back to the same form."""
    often = s.halvings >= c.limits.failures
    return _return(s, a, c) and s.sign is Sign.PAST_BOWEL and often


def _return(s: Standing, a: Assessment, c: Setting) -> bool:
    ready = s.phase is Phase.REDUCED and s.due == 0 and s.wait == 0
    return ready and not s.stays


def _rise(s: Standing, a: Assessment, c: Setting) -> bool:
    ready = s.phase is Phase.TAKING and s.due == 0 and s.wait == 0
    return ready and s.rung + 1 < len(c.rungs) and not s.stays


def _too_soon(s: Standing, a: Assessment, c: Setting) -> bool:
    """The plan would go up tomorrow, and the days of the dose before it are not over."""
    return s.phase is Phase.TAKING and a.rise_planned and not _rise(s, a, c)


def _always(s: Standing, a: Assessment, c: Setting) -> bool:
    return True


TABLE = (
    Candidate("withdrawal", Level.SAFETY, Move.STOP, _stopped_by(Sign.WITHDRAWAL), True),
    Candidate("suicidal-thoughts", Level.SAFETY, Move.STOP, _stopped_by(Sign.SUICIDAL_THOUGHTS), True),
    Candidate("liver-signs", Level.SAFETY, Move.STOP, _stopped_by(Sign.LIVER_SIGNS), True),
    Candidate("liver-values", Level.SAFETY, Move.STOP, _stopped_by(Sign.LIVER_VALUES), True),
    Candidate("pregnancy", Level.SAFETY, Move.STOP, _stopped_by(Sign.PREGNANT), True),
    Candidate("opioid-taken", Level.OPIOID, Move.STOP, _stopped_by(Sign.OPIOID), True),
    Candidate("unnamed-painkiller", Level.OPIOID, Move.WAIT, _stopped_by(Sign.NOT_NAMED), True),
    Candidate("operation-near", Level.OPIOID, Move.WAIT, _operation(Operation.NEAR), True),
    Candidate("ended", Level.REDUCTION, Move.END, _stopped_by(Sign.ENDED)),
    Candidate("restart-after-gap", Level.REDUCTION, Move.RESTART, _restart),
    Candidate("no-response", Level.REDUCTION, Move.END, _responds(Response.FAILED)),
    Candidate("second-failure", Level.REDUCTION, Move.KEEP, _failed_twice),
    Candidate("spasticity", Level.REDUCTION, Move.BACK_AND_STAY, _spasticity),
    Candidate("flu-like", Level.REDUCTION, Move.BACK, _flu_like),
    Candidate("bowel", Level.REDUCTION, Move.HALVE, _halve_for(Sign.BOWEL)),
    Candidate("headache-severe", Level.REDUCTION, Move.HALVE, _halve_for(Sign.SEVERE_HEADACHE)),
    Candidate("nausea-stays", Level.REDUCTION, Move.HALVE, _halve_for(Sign.NAUSEA_STAYS)),
    Candidate("sleep-stays", Level.REDUCTION, Move.HALVE, _halve_for(Sign.SLEEP_STAYS)),
    Candidate("troublesome", Level.REDUCTION, Move.HALVE, _troublesome),
    Candidate("worse-after-rise", Level.REDUCTION, Move.BACK_AND_STAY, _worse),
    Candidate("operation-ahead", Level.REDUCTION, Move.LAST_DOSE, _operation(Operation.AHEAD)),
    Candidate("stop-trial", Level.REDUCTION, Move.END, _responds(Response.WELL)),
    Candidate("mood-change", Level.HOLD, Move.HOLD, _has(Sign.MOOD), soon=True),
    Candidate("thyroid-signs", Level.HOLD, Move.HOLD, _has(Sign.THYROID), soon=True),
    Candidate("still-troubled", Level.HOLD, Move.HOLD, _still_troubled, soon=True),
    Candidate("worse-after-rise", Level.HOLD, Move.HOLD, _worse_reduced, soon=True),
    Candidate("new-medicine", Level.HOLD, Move.HOLD, _has(Sign.NEW_MEDICINE), soon=True),
    Candidate("more-than-planned", Level.HOLD, Move.HOLD, _has(Sign.MORE_TAKEN), soon=True),
    Candidate("overdue-test", Level.HOLD, Move.HOLD, _blocked_by(Block.TEST)),
    Candidate("override-ended", Level.HOLD, Move.HOLD, _blocked_by(Block.OVERRIDE)),
    Candidate("diary-dates", Level.HOLD, Move.HOLD, _blocked_by(Block.DATES)),
    Candidate("gap-not-known", Level.HOLD, Move.HOLD, _gap_not_known),
    Candidate("diary-holes", Level.HOLD, Move.HOLD, _has(Sign.HOLE)),
    Candidate("early-worsening", Level.HOLD, Move.HOLD, _has(Sign.MILDLY_WORSE)),
    Candidate("headache", Level.HOLD, Move.HOLD, _has(Sign.HEADACHE)),
    Candidate("recent-trouble", Level.HOLD, Move.HOLD, _waits),
    Candidate("cannot-judge", Level.HOLD, Move.HOLD, _cannot_judge),
    Candidate("lowest-dose", Level.HOLD, Move.HOLD, _works),
    Candidate("operation-ahead", Level.HOLD, Move.HOLD, _operation(Operation.AGREED)),
    Candidate("too-soon", Level.HOLD, Move.HOLD, _too_soon),
    Candidate("bowel-persists", Level.TIME_OR_FORM, Move.ANOTHER_FORM, _bowel_persists, soon=True),
    Candidate("nothing-measurable", Level.TIME_OR_FORM, Move.ANOTHER_FORM, _nothing_measurable, soon=True),
    Candidate("sleep", Level.TIME_OR_FORM, Move.MORNING, _sleep),
    Candidate("sleep-moved", Level.TIME_OR_FORM, Move.HOLD, _sleep_moved),
    Candidate("nausea", Level.TIME_OR_FORM, Move.WITH_FOOD, _has(Sign.NAUSEA)),
    Candidate("drops", Level.RISE, Move.DROPS, _drops),
    Candidate("return", Level.RISE, Move.RETURN, _return),
    Candidate("rise", Level.RISE, Move.RISE, _rise),
    Candidate("stays", Level.AS_PLANNED, Move.HOLD, _stays),
    Candidate("as-planned", Level.AS_PLANNED, Move.GO_ON, _always),
)
"""In the order of weight; `as-planned` always applies, so every state has a reason."""


def foremost(standing: Standing, assessment: Assessment, setting: Setting) -> Candidate:
    """The rule that is proposed."""
    return next(c for c in TABLE if c.applies(standing, assessment, setting))


def applying(standing: Standing, assessment: Assessment, setting: Setting) -> Iterator[Candidate]:
    """Every rule that applies, the proposed one first."""
    return (c for c in TABLE if c.applies(standing, assessment, setting))
