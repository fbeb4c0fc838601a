"""A patient who tapers an opioid: today's dose, a minute of diary, a pause at any time."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from openldn.clinic import care, clock, rounds, tapering
from openldn.clinic.access import Reach, SignedIn, page, patient_of
from openldn.clinic.documents import taper_leaflet_of
from openldn.clinic.patient.diary import day_asked_for
from openldn.clinic.patient.taper_forms import TaperDiaryForm
from openldn.clinic.store import convert
from openldn.clinic.store.models import ProposalState
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.consent import taper_texts
from openldn.record.diary import Asks, BadDiary


@require_safe
@page(Reach.OWN, reads="taper")
def taper(request: SignedIn) -> HttpResponse:
    """Today's dose, what comes next, and what to do; danger stands above everything."""
    patient = patient_of(request)
    as_of = clock.today(patient.clinic)
    rounds.this_morning(patient, as_of=as_of)
    row = tapering.in_force(patient)
    context: dict[str, Any] = {"row": row, "key": uuid.uuid4()}
    if row is not None:
        _, found = tapering.look_at(row, as_of=as_of)
        review = found.review
        context |= {
            "review": review,
            "taper": review.taper,
            "step": review.in_force(as_of),
            "skipped": review.planned(as_of) == 0,
            "next": next((s for s in review.ahead if s.starts > as_of), None),
            "told": row.notices.filter(state=ProposalState.OPEN, tells_patient=True).order_by("-id"),
            "danger": taper_texts("taper-danger", load_knowledge()).expectations,
            "paused": review.paused_since,
        }
    return render(request, "patient/taper.html", context)


@page(Reach.OWN)
def entry(request: SignedIn) -> HttpResponse:
    """A day of the diary: today, or one of the last days."""
    patient, as_of = patient_of(request), clock.today(request.user.clinic)
    if tapering.in_force(patient) is None:
        raise Http404
    day = day_asked_for(request, as_of)
    written = {r["date"]: r for r in convert.diary_rows(patient) if not r.get("slot")}
    initial = TaperDiaryForm.fields_of(day, written.get(day.isoformat(), {})) | {"key": uuid.uuid4()}
    form = TaperDiaryForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            care.write_diary(patient, form.row(), form.cleaned_data["key"], by=request.user, as_of=as_of)
            if form.cleaned_data["asks"] == Asks.PAUSE and day == as_of:
                tapering.ask_for_a_pause(patient, as_of=as_of)
        except BadDiary as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Thank you. Your diary is saved.")
            return redirect("patient:taper")
    days = [as_of - timedelta(days=n) for n in range(7)]
    return render(request, "patient/taper_diary.html", {"form": form, "of_day": day, "days": days})


@require_POST
@page(Reach.OWN)
def pause(request: SignedIn) -> HttpResponse:
    """Ask for a pause: it begins at once."""
    patient, as_of = patient_of(request), clock.today(request.user.clinic)
    if tapering.in_force(patient) is None:
        raise Http404
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        key = uuid.uuid4()
    fields = {"date": as_of.isoformat(), "asks": Asks.PAUSE}
    care.write_diary(patient, fields, key, by=request.user, as_of=as_of)
    tapering.ask_for_a_pause(patient, as_of=as_of)
    messages.success(request, "The pause has begun: you stay at the dose you take. The clinic is told.")
    return redirect("patient:taper")


@page(Reach.OWN, reads="paper")
def leaflet(request: SignedIn) -> HttpResponse:
    """The leaflet as it stands now."""
    row = tapering.in_force(patient_of(request))
    if row is None:
        raise Http404
    return taper_leaflet_of(row, as_of=clock.today(row.patient.clinic))
