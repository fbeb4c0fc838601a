"""The one clock of the clinic; below it every day is an argument."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from openldn.clinic.store.models import Clinic


def now() -> datetime:
    """This instant, in UTC."""
    return timezone.now()


def today(clinic: Clinic) -> date:
    """The day it is where the clinic is; in a demonstration the day that it was set to."""
    return clinic.demonstrated_on or now().astimezone(ZoneInfo(clinic.zone)).date()
