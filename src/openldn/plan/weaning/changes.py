"""What may be done to a taper that is followed, and the record of what was done. Nothing here goes up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Move(StrEnum):
    """What comes of a day of a taper, the gravest first."""

    HOLD = "hold"
    """The dose stays as it is until a prescriber signs that it goes on; begins at once."""
    SLOW = "slow"
    """From here on each dose is taken longer; ends a pause."""
    EXTEND = "extend"
    """This dose is taken for one more interval; ends a pause."""
    GO_ON_AGAIN = "go on again"
    """The end of a pause: this dose for one whole interval, then the next."""
    WAIT = "wait"
    """The next reduction does not take place before something is known; ends by itself."""
    REDUCE = "reduce"
    """The next dose of the schedule."""
    AS_PLANNED = "as planned"

    @property
    def signed(self) -> bool:
        """Whether it counts only once a prescriber has signed it."""
        return self in (Move.SLOW, Move.EXTEND, Move.GO_ON_AGAIN)


@dataclass(frozen=True, slots=True)
class Change:
    """What was done on the morning of a day.

    `by` is empty for a reduction that the plan held already, and for a pause that the diary asked for.
    `review`: the day of the next one, where one was held.
    """

    on: date
    move: Move
    rule: str = ""
    by: str = ""
    review: date | None = None
