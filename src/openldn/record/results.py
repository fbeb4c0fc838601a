"""A test result of one patient: in the one unit of its measure, or why it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from openldn.knowledge.measures import Amount


@dataclass(frozen=True, slots=True)
class TestResult:
    """One measured value or answer as recorded.

    `amount` is in the unit of the measure; None with a `problem` when it is there and cannot be read, None
    without one when the result says itself that there is none.
    """

    __test__ = False  # no test of pytest's

    id: str
    text: str
    measure: str
    """The measure's id; empty: no rule reads it."""
    status: str = ""
    taken: date | None = None
    shown: str = ""
    amount: Amount | None = None
    upper_limit: Fraction | None = None
    answer: str | None = None
    problem: str = ""
    readable: bool = True
    """False: not even which test it is can be told."""
