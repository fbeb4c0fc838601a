"""Time in a demonstration goes on when somebody says so."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from openldn.clinic import care
from openldn.clinic.access import Reach, SignedIn, page


@require_POST
@page(Reach.SIGNED_IN)
def next_day(request: SignedIn) -> HttpResponse:
    """The day after; only where all patients are invented."""
    clinic = request.user.clinic
    if clinic.demonstrated_on is None:
        raise Http404
    clinic.demonstrated_on += timedelta(days=1)
    clinic.save(update_fields=["demonstrated_on"])
    for patient in clinic.patients.select_related("clinic"):
        care.review(patient, by=None, as_of=clinic.demonstrated_on)
    return redirect("home")
