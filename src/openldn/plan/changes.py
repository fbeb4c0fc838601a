"""What a review may do to a plan, and the record of what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from openldn.quantities import Dose


class Move(StrEnum):
    """What comes of a review, the gravest first."""

    STOP = "stop"
    """Do not take the next dose; reaches the patient at once."""
    WAIT = "wait"
    """The next dose waits until something is known; reaches the patient at once."""
    END = "end"
    """A proposal to end: it does not help, or is no longer needed."""
    RESTART = "restart"
    """From the start of the ladder."""
    BACK_AND_STAY = "back and stay"
    BACK = "back a step"
    KEEP = "keep the lower dose"
    HALVE = "halve"
    LAST_DOSE = "last dose"
    """The plan ends on a day before an operation."""
    HOLD = "hold"
    ANOTHER_FORM = "another form"
    MORNING = "move to the morning"
    WITH_FOOD = "with food"
    RETURN = "return"
    """Back to the dose before a reduction."""
    RISE = "rise"
    DROPS = "drops"
    """Drops at the next lower step: a new plan, and a rise, because more may be taken up."""
    GO_ON = "go on"

    @property
    def upward(self) -> bool:
        """Whether more is taken afterwards than before."""
        return self in (Move.RISE, Move.RETURN, Move.DROPS)

    @property
    def changes_plan(self) -> bool:
        """Whether a signed one gives another plan; the others are advice, or call for a new plan."""
        return self not in (Move.GO_ON, Move.WITH_FOOD, Move.ANOTHER_FORM, Move.DROPS)


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed from a day on, by which rule, who signed, and what was taken from then on.

    `by` is empty for a planned rise and for a standing stop rule. `dose` is None where nothing is taken.
    """

    on: date
    move: Move
    rule: str
    by: str = ""
    dose: Dose | None = None
