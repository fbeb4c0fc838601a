"""Who needs me today; finding and registering patients; one patient at a glance."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render

from openldn.clinic import care, clock, tapering
from openldn.clinic.access import Reach, SignedIn, about_patient, page
from openldn.clinic.prescriber.forms import NewPatient
from openldn.clinic.store.models import (
    Clinic,
    Due,
    Kind,
    Patient,
    Plan,
    PlanState,
    Proposal,
    ProposalState,
    Question,
    TaperNotice,
)

_SILENT_AFTER: Final = timedelta(days=7)
_SUPPLY_WITHIN: Final = timedelta(days=14)
_HELD_FOR: Final = timedelta(days=7)
_SHOWN: Final = 50


@page(Reach.CARE)
def today(request: SignedIn) -> HttpResponse:
    """Who needs me today: what reached a patient first, then what waits for a name, then what is due."""
    clinic = request.user.clinic
    day = clock.today(clinic)
    waiting = (
        Proposal.objects.filter(patient__clinic=clinic, state=ProposalState.OPEN)
        .select_related("patient")
        .order_by("-soon", "made_at")
    )
    # A plan's fields are long, and no line of the lists reads them.
    plans = (
        Plan.objects.filter(patient__clinic=clinic, state=PlanState.SIGNED)
        .select_related("patient")
        .defer("fields")
    )
    lists = {
        "stopped": waiting.filter(tells_patient=True),
        "proposals": waiting.filter(tells_patient=False),
        "held": Proposal.objects.filter(
            patient__clinic=clinic, state=ProposalState.CARRIED_OUT, decision__as_of__gt=day - _HELD_FOR
        )
        .select_related("patient")
        .order_by("-id"),
        "questions": Question.objects.filter(patient__clinic=clinic, answered_at=None)
        .select_related("patient")
        .order_by("asked_at"),
        "dues": Due.objects.filter(
            plan__patient__clinic=clinic, plan__state=PlanState.SIGNED, done_at=None, on__lte=day
        )
        .select_related("plan__patient")
        .defer("plan__fields")
        .order_by("on"),
        "ending": plans.filter(ends__gte=day, ends__lte=day + _SUPPLY_WITHIN).order_by("ends"),
        "silent": plans.filter(began__lte=day - _SILENT_AFTER, ends__gte=day)
        .exclude(patient__diary_entries__day__gt=day - _SILENT_AFTER)
        .order_by("began"),
        "drafts": Plan.objects.filter(patient__clinic=clinic, state=PlanState.DRAFT)
        .select_related("patient")
        .defer("fields")
        .order_by("made_at"),
    }
    found = {name: list(rows[: _SHOWN + 1]) for name, rows in lists.items()}
    notices = TaperNotice.objects.filter(patient__clinic=clinic, state=ProposalState.OPEN)
    tapers = notices.select_related("patient").order_by("-tells_patient", "-soon", "made_at")[: _SHOWN + 1]
    return render(
        request,
        "prescriber/today.html",
        found
        | {
            "nobody": not any(found.values()) and not tapers,
            "tapers": tapers,
            "danger": any(n.tells_patient for n in tapers),
            "shown": _SHOWN,
            "none_yet": not _has_patients(clinic),
        },
    )


def _has_patients(clinic: Clinic) -> bool:
    return clinic.patients.exists()


@page(Reach.CARE)
def search(request: SignedIn) -> HttpResponse:
    """Patients by name or number."""
    asked = request.GET.get("q", "").strip()
    found = Patient.objects.filter(clinic=request.user.clinic).order_by("family", "given", "id")
    for word in asked.split():
        found = found.filter(
            Q(family__istartswith=word) | Q(given__istartswith=word) | Q(number__startswith=word)
        )
    shown = Paginator(found, _SHOWN).get_page(request.GET.get("page"))
    return render(request, "prescriber/patients.html", {"shown": shown, "asked": asked})


@page(Reach.CARE)
def register(request: SignedIn) -> HttpResponse:
    """A new patient, by hand; the record is brought afterwards."""
    form = NewPatient(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        patient = Patient.objects.create(clinic=request.user.clinic, **given)
        return redirect("prescriber:record", patient.number)
    return render(request, "prescriber/register.html", {"form": form})


@about_patient(Reach.CARE, reads="overview")
def overview(request: SignedIn, patient: Patient) -> HttpResponse:
    """One patient at a glance: what was decided, what is taken, what waits."""
    return render(
        request,
        "prescriber/patient.html",
        banner(patient)
        | {
            "proposals": patient.proposals.filter(state=ProposalState.OPEN).order_by("-tells_patient", "id"),
            "notices": patient.tapernotices.filter(state=ProposalState.OPEN).order_by("-tells_patient", "id"),
            "taper": tapering.in_force(patient),
            "questions": patient.questions.filter(answered_at=None).order_by("id"),
            "draft": patient.plans.filter(state=PlanState.DRAFT).first(),
            "plan": care.in_force(patient),
            "dues": Due.objects.filter(plan__patient=patient, plan__state=PlanState.SIGNED, done_at=None)
            .select_related("plan")
            .order_by("on")[:6],
            "decisions": patient.decisions.select_related("made_by").order_by("-id")[:10],
        },
    )


def banner(patient: Patient) -> dict[str, object]:
    """What stands on every page about a patient: who it is, and what the last screening said."""
    screening = patient.decisions.filter(kind=Kind.SCREENING).order_by("-id").first()
    return {
        "patient": patient,
        "screening": screening,
        "aside": patient.settings_aside.filter(until__gte=clock.today(patient.clinic)).select_related("by"),
    }
