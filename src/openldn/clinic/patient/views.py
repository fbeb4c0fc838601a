"""What a patient sees: today's dose, the plan that was signed, the papers, their own data."""

from __future__ import annotations

import json
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from openldn.clinic import care, clock, rounds, tapering
from openldn.clinic.access import Reach, SignedIn, page, patient_of
from openldn.clinic.documents import paper_of
from openldn.clinic.patient.forms import AskForm
from openldn.clinic.store import convert
from openldn.clinic.store.models import ProposalState, Question
from openldn.leaflets.calendar import Stay, calendar_text
from openldn.leaflets.papers import Paper
from openldn.plan.steps import NoStepInForce, Plan, Step

_FOR_PATIENTS = (Paper.LEAFLET, Paper.EMERGENCY)


@require_safe
@page(Reach.OWN, reads="today")
def today(request: SignedIn) -> HttpResponse:
    """Today's dose as a picture, and what to do; a stop stands above everything."""
    patient = patient_of(request)
    as_of = clock.today(patient.clinic)
    rounds.this_morning(patient, as_of=as_of)
    row = care.in_force(patient)
    if row and row.follows and row.fields["steps"] and as_of < row.starts:
        row = row.follows  # until the day on which the new plan begins
    context: dict[str, Any] = {
        "stops": patient.proposals.filter(tells_patient=True, state=ProposalState.OPEN).order_by("-id"),
        "answers": patient.questions.exclude(answered_at=None)
        .select_related("answered_by")
        .order_by("-answered_at")[:3],
        "row": row,
        "taper": tapering.in_force(patient),
    }
    if row is not None:
        plan = convert.plan_of(row)
        step = _step(plan, as_of)
        written = {e.slot: e for e in convert.diary_of(patient).on(as_of)}
        slots = [slot for slot, _ in plan.times] if step else []
        context |= {
            "plan": plan,
            "step": step,
            "nothing_more": not plan.steps,
            "slots": [(slot, at, written.get(slot)) for slot, at in plan.times if slot in slots],
            "keys": {slot: uuid.uuid4() for slot in slots},
            "whole_day": written.get(None),
            "check": plan.first_dose_check if as_of == plan.began else (),
        }
    return render(request, "patient/today.html", context)


def _step(plan: Plan, day: Any) -> Step | None:
    try:
        return plan.step_on(day)
    except NoStepInForce:
        return None


@page(Reach.OWN, reads="plan")
def plan(request: SignedIn) -> HttpResponse:
    """The signed plan: what is taken when, what to do if, whom to call."""
    row = care.in_force(patient_of(request))
    context = {"row": row, "plan": convert.plan_of(row)} if row else {"row": None}
    return render(request, "patient/plan.html", context)


@page(Reach.OWN)
def ask(request: SignedIn) -> HttpResponse:
    """Ask the clinic for another form, another time, or anything."""
    patient = patient_of(request)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Question.objects.create(patient=patient, **form.cleaned_data)
        messages.success(request, "Sent. The clinic answers here; nobody reads it at night.")
        return redirect("patient:today")
    asked = patient.questions.select_related("answered_by").order_by("-id")[:20]
    return render(request, "patient/ask.html", {"form": form, "asked": asked})


@page(Reach.OWN, reads="own data")
def own_data(request: SignedIn) -> HttpResponse:
    """What the clinic keeps of me."""
    patient = patient_of(request)
    return render(
        request,
        "patient/data.html",
        {
            "patient": patient,
            "files": patient.record_files.order_by("-id"),
            "entries": patient.diary_entries.count(),
            "plans": patient.plans.exclude(signed_at=None).order_by("-id"),
            "interviews": patient.interviews.order_by("-id"),
        },
    )


@page(Reach.OWN, reads="own data")
def own_data_file(request: SignedIn) -> HttpResponse:
    """The same as a file that other programs read."""
    patient = patient_of(request)
    content = {
        "schema": "openldn/1/own-data",
        "number": patient.number,
        "given": patient.given,
        "family": patient.family,
        "born": patient.born.isoformat(),
        "records": [json.loads(f.content) for f in patient.record_files.order_by("id")],
        "interviews": [i.fields for i in patient.interviews.order_by("id")],
        "plans": [p.fields for p in patient.plans.exclude(signed_at=None).order_by("id")],
        "tapers": [convert.taper_fields(t) for t in patient.tapers.exclude(signed_at=None).order_by("id")],
        "diary": list(convert.diary_rows(patient)),
    }
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return HttpResponse(
        text,
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="openldn.json"'},
    )


@page(Reach.OWN, reads="paper")
def paper(request: SignedIn, paper: str) -> HttpResponse:
    """A paper of the signed plan."""
    row = care.in_force(patient_of(request))
    if row is None or paper not in _FOR_PATIENTS:
        raise Http404
    return paper_of(row, Paper(paper))


@page(Reach.OWN, reads="calendar")
def calendar(request: SignedIn) -> HttpResponse:
    """The doses as a calendar."""
    row = care.in_force(patient_of(request))
    if row is None or not row.fields["steps"]:
        raise Http404
    plan = convert.plan_of(row)
    text = calendar_text(plan, (Stay(plan.starts, ZoneInfo(row.patient.clinic.zone)),))
    return HttpResponse(
        text,
        content_type="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="doses.ics"'},
    )
