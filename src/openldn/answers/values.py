"""What every answer as JSON is made of: its schema, its disclaimer, exact amounts, days."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from openldn.quantities import Dose, Volume, number_text
from openldn.screening.verdict import Limit

SCHEMA: Final = "openldn/1"
DISCLAIMER: Final = (
    "Information for a prescriber's decision, not a prescription by itself. Low dose naltrexone is off-label."
)


def _number(value: Any) -> int | float:
    """A number that was read from JSON, as it was written there; no dose is one."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no value of an answer")
    return int(value) if value == value.to_integral_value() else float(value)


def to_text(value: Mapping[str, Any], *, one_line: bool = False) -> str:
    """JSON text; keys in the order in which they were put in."""
    return json.dumps(value, ensure_ascii=False, indent=None if one_line else 2, default=_number)


def dose_json(dose: Dose) -> dict[str, Any]:
    """A dose: the whole number that is stored, and as it is written."""
    return {"nanograms": dose.nanograms, "value": number_text(dose.in_unit("mg")), "unit": "mg"}


def volume_json(volume: Volume) -> dict[str, Any]:
    """A volume: the whole number that is stored, and as it is written."""
    return {"nanolitres": volume.nanolitres, "value": number_text(volume.in_unit("mL")), "unit": "mL"}


def limit_json(limit: Limit) -> dict[str, Any]:
    """What a plan may not exceed."""
    return {
        "start": limit.start and dose_json(limit.start),
        "ceiling": limit.ceiling and dose_json(limit.ceiling),
        "only": limit.only and dose_json(limit.only),
        "interval_days": limit.interval,
        "last_day": day_json(limit.last_day),
    }


def day_json(day: date | None) -> str | None:
    """A day in ISO format, or null."""
    return day.isoformat() if day else None
