"""Words of the papers, for pages: days, doses, how a dose is measured, its picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from openldn.clinic.demo.build import code_now
from openldn.clinic.store.models import Account
from openldn.leaflets.pictures import drawn
from openldn.leaflets.taper_papers import amount_text, taken_lines
from openldn.leaflets.wording import day_text, dose_text, how_to_measure, times_text, with_days
from openldn.plan.rounding import Measured
from openldn.plan.weaning.taper import Step, Taper
from openldn.quantities import Dose

register = template.Library()


@register.filter
def day(value: date | str | None) -> str:
    """A day as it is written for people."""
    if not value:
        return ""
    return day_text(date.fromisoformat(value) if isinstance(value, str) else value)


@register.filter
def dose(value: Dose | None) -> str:
    """A dose in mg, below 1 mg in micrograms too."""
    return "nothing" if value is None else dose_text(value, micrograms_too=True)


@register.filter
def mg(fields: dict[str, Any] | None) -> str:
    """A dose of an answer as JSON."""
    return "nothing" if fields is None else dose(Dose(int(fields["nanograms"])))


@register.filter
def demonstration_code(account: Account) -> str:
    """The second factor of an account of a demonstration; nothing for any other."""
    return code_now(account) if account.clinic.is_demonstration else ""


@register.filter
def measured(value: Measured) -> str:
    """How a dose is measured."""
    return how_to_measure(value)


@register.filter
def daily(step: Step, taper: Taper) -> str:
    """What is taken a day at a step of a taper."""
    return amount_text(step, taper)


@register.filter
def how_taken(step: Step, taper: Taper) -> str:
    """How the doses of a day of a taper are made."""
    return "; ".join(taken_lines(step, taper))


@register.filter
def pictures(value: Measured) -> SafeString:
    """The syringe, capsules or drops to scale."""
    return mark_safe("".join(drawn(value)))  # noqa: S308 - our own drawing


@register.filter
def get(values: Mapping[Any, Any], key: Any) -> Any:
    """A value by its key."""
    return values.get(key)


@register.filter
def pretty(value: Any) -> str:
    """JSON to be read."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def times(value: Any) -> str:
    """When on a day."""
    return times_text(value)


@register.filter
def days_in(text: str) -> str:
    """A text whose days are written for people."""
    return with_days(text)
