"""Which doses are taken on a journey: one that would come too soon after the one before is skipped.

Rules read here: plan/dose-interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from openldn.knowledge.load import Knowledge

Dosed = TypeVar("Dosed")


def least_interval(times_a_day: int, knowledge: Knowledge, *, as_of: date) -> timedelta:
    """The least time between two doses."""
    rule = knowledge.rule("plan/dose-interval")
    name = "once_a_day" if times_a_day == 1 else "twice_a_day"
    return timedelta(hours=rule.whole(name, as_of))


def kept(doses: Iterable[tuple[datetime, Dosed]], least: timedelta) -> Iterator[tuple[datetime, Dosed]]:
    """Those doses that lie at least `least` after the one that was taken before; the others are skipped.

    Args:
        doses: aware instants, each with what it is; in the order of the patient's days and slots.
        least: from `least_interval`.
    """
    last: datetime | None = None
    for at, what in doses:
        # In UTC: the difference of two times of one zone ignores its change of clocks.
        if last is None or at.astimezone(UTC) - last >= least:
            last = at.astimezone(UTC)
            yield at, what
