"""Morphine equivalents as JSON (docs/reference/json.md)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from openldn.answers.values import DISCLAIMER, SCHEMA
from openldn.screening.morphine_equivalents import Equivalents, Item
from openldn.screening.verdict import Reason


def equivalents_json(source: str, found: Equivalents, advice: Iterable[Reason]) -> dict[str, Any]:
    """All that was counted, what could not be, and what it points to."""
    return {
        "schema": SCHEMA,
        "source": source,
        "table": found.table.id,
        "unit": found.table.unit,
        "defined": found.defined,
        "total": number(found.total),
        "lower_bound": number(found.lower_bound),
        "scheduled": number(found.scheduled),
        "maximum": number(found.total),
        "items": [_item(i) for i in found.items],
        "by_drug": [{"ingredient": d, "mme": number(v)} for d, v in found.by_drug().items()],
        "gaps": list(found.gaps),
        "advice": [{"rule": r.rule.id, "says": r.worded()} for r in advice],
        "disclaimer": DISCLAIMER,
    }


def _item(item: Item) -> dict[str, Any]:
    daily = item.daily
    return {
        "entry": item.entry,
        "text": item.text,
        "ingredient": item.drug.name,
        "status": str(item.use),
        "dose_per_day": number(daily.maximum) if daily else None,
        "scheduled_per_day": number(daily.scheduled) if daily else None,
        "unit": str(daily.per) if daily else None,
        "factor": number(item.factor),
        "mme": number(item.maximum),
        "mme_scheduled": number(item.scheduled),
        "source": item.source
        and {"ref": item.source.ref, "at": item.source.at, "verified": item.source.verified},
        "undefined_because": item.why or None,
        "note": "; ".join(item.notes) or None,
    }


def number(value: Fraction | None) -> int | float | None:
    """A number of a risk measure, which is no dose; whole where it is whole."""
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)
