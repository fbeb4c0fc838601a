"""FHIR dates: the day as it was written, never moved into another time zone.

A dose and an order belong to the local day of whoever wrote them. A partial date (2021, 2021-03)
stands for the days it spans; callers take the end that is careful for them.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

_TIME: Final = r"[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
_DATE: Final = re.compile(rf"(?P<y>\d{{4}})(?:-(?P<m>\d\d)(?:-(?P<d>\d\d)(?:{_TIME})?)?)?")


@dataclass(frozen=True, slots=True)
class Days:
    """The days a FHIR date stands for."""

    first: date
    last: date


def days(value: Any) -> Days | None:
    """The days a FHIR date, dateTime or instant stands for; None when it is no date."""
    return _days(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _days(value: str) -> Days | None:
    """The same for a text; a record repeats its days many times."""
    found = _DATE.fullmatch(value.strip())
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.group("y", "m", "d"))
    try:
        if year is None or month is None:
            return None if year is None else Days(date(year, 1, 1), date(year, 12, 31))
        if day is None:
            return Days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
        exact = date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        return None
    return Days(exact, exact)
