"""The newest results of a test on the day of the decision, and how far they can be relied on.

A result that alarms counts whatever its age or status; one that reassures only if it is dated, recent and
final. A result without a date may be the newest, so it counts beside the newest dated ones. A newer one
that cannot be read is said, never skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from openldn.knowledge.measures import Amount
from openldn.quantities import number_text
from openldn.record.patient import Record
from openldn.record.results import TestResult
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Read, Reason

_FINAL: Final = frozenset({"final", "amended", "corrected", "completed"})


@dataclass(frozen=True, slots=True)
class Newest:
    """The results of one measure that may be its newest, and those as new that cannot be read."""

    measure: str
    results: tuple[TestResult, ...] = ()
    unreadable: tuple[TestResult, ...] = ()

    @property
    def dated(self) -> date | None:
        """The day of the newest final result that can be read."""
        return max((r.taken for r in self.results if r.taken and r.status in _FINAL), default=None)

    def amounts(self) -> tuple[tuple[TestResult, Amount], ...]:
        """Results with their amounts."""
        return tuple((r, r.amount) for r in self.results if r.amount is not None)

    def reassuring(self, as_of: date, oldest: int) -> tuple[TestResult, ...]:
        """Results to rely on: dated, at most `oldest` days old, final; none if a newer cannot be read."""
        if self.unreadable:
            return ()
        since = as_of - timedelta(days=oldest)
        return tuple(
            r for r in self.results if r.status in _FINAL and r.taken is not None and r.taken >= since
        )


def newest(record: Record, measure: str, as_of: date) -> Newest:
    """The newest results of a measure; results after `as_of` are not read.

    Only a dated, final result makes an older one outdated; any other counts beside it.
    """
    found = [r for r in record.results if r.measure == measure and (r.taken is None or r.taken <= as_of)]
    read = [r for r in found if r.amount is not None or r.answer is not None]
    last = max((r.taken for r in read if r.taken and r.status in _FINAL), default=date.min)

    def may_be_newest(result: TestResult) -> bool:
        return result.taken is None or result.taken >= last

    return Newest(
        measure,
        tuple(r for r in read if may_be_newest(r)),
        tuple(r for r in found if r.problem and may_be_newest(r)),
    )


def shown(result: TestResult) -> str:
    """A result in words: test, value, day."""
    return f"{result.text} {result.shown} ({day(result)})"


def about(number: Fraction) -> str:
    """A number for reading, rounded to two places."""
    return number_text(Fraction(round(number, 2)))


def day(result: TestResult) -> str:
    """The day of a result, in words."""
    return result.taken.isoformat() if result.taken else "without a date"


def read_of(result: TestResult) -> Read:
    """What in the record a reason rests on."""
    return Read(result.id, shown(result))


def unreadable_reasons(found: Newest, rules: RulesOn) -> list[Reason]:
    """One reason for each result that may be the newest and cannot be read."""
    return [
        rules.reason("test-unreadable", (read_of(r),), test=r.text, date=day(r), why=r.problem)
        for r in found.unreadable
    ]


def undecided(result: TestResult, rules: RulesOn, limit: str) -> Reason:
    """A result such as "< 60" that leaves open on which side of a limit it lies."""
    why = f"{result.shown} leaves open whether it is beyond {limit}"
    return rules.reason("test-unreadable", (read_of(result),), test=result.text, date=day(result), why=why)


def state_of_tests(found: tuple[Newest, ...], names: str, oldest: int) -> str:
    """Why no test can be relied on, in words."""
    latest = max(
        (r for n in found for r in n.results if r.taken), key=lambda r: r.taken or date.min, default=None
    )
    if latest is None:
        return f"no {names} is recorded"
    return f"the last one, {shown(latest)}, is not of the last {oldest} days and final"
