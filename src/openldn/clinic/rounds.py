"""The morning round: each diary is looked at once a day, whether or not anybody writes in it.

What time alone brings about (a rise whose conditions are not met, a gap that has grown) is found here.
"""

from __future__ import annotations

import logging
import threading
from datetime import date
from typing import Final

from django.db import close_old_connections
from django.db.models import Q

from openldn.clinic import care, clock, tapering
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import Clinic, Patient, PlanState

ACTOR: Final = "morning round"
_EVERY: Final = 60.0
"""Seconds between two looks for patients whose day has begun."""
_AT_A_TIME: Final = 100
_LOG: Final = logging.getLogger(__name__)


def this_morning(patient: Patient, *, as_of: date) -> None:
    """Look at one diary, unless that was done today."""
    if patient.reviewed_on == as_of:
        return
    with acting(ACTOR, as_of.isoformat()):
        fresh = Patient.objects.select_related("clinic").get(pk=patient.pk)
        if fresh.reviewed_on != as_of:
            tapering.review(fresh, by=None, as_of=as_of)
            care.review(fresh, by=None, as_of=as_of)


def go_round(clinic: Clinic, *, most: int = _AT_A_TIME) -> int:
    """Look at the diaries that nobody has looked at today, and say how many there were."""
    as_of = clock.today(clinic)
    followed = Q(plans__state=PlanState.SIGNED) | Q(tapers__state=PlanState.SIGNED)
    waiting = Patient.objects.filter(followed, clinic=clinic).exclude(reviewed_on=as_of).distinct()
    found = list(waiting.select_related("clinic").order_by("id")[:most])
    for patient in found:
        this_morning(patient, as_of=as_of)
    return len(found)


def keep_going_round(stopped: threading.Event) -> None:
    """Go round in all clinics, again and again; one that fails is written down and tried again."""
    while not stopped.wait(_EVERY):
        for clinic in Clinic.objects.all():
            try:
                while go_round(clinic) and not stopped.is_set():
                    pass
            except Exception:  # noqa: BLE001 - whatever it is, the next round must come
                _LOG.exception("the morning round of %s did not end", clinic)
        close_old_connections()
