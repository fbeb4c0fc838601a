"""What dispensing needs, and nothing of a diary."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render

from openldn.clinic import care, clock
from openldn.clinic.access import Reach, SignedIn, about_patient, page
from openldn.clinic.documents import paper_of
from openldn.clinic.store.models import Patient, Plan, PlanState
from openldn.leaflets.papers import Paper


@page(Reach.DISPENSING)
def today(request: SignedIn) -> HttpResponse:
    """Signed plans, the newest first: what is handed out, made when, kept until when."""
    clinic = request.user.clinic
    plans = (
        Plan.objects.filter(patient__clinic=clinic, state=PlanState.SIGNED)
        .filter(Q(ends__gte=clock.today(clinic)) | Q(fields__steps=[]))
        .select_related("patient", "signed_by")
        .order_by("-signed_at")[:100]
    )
    return render(request, "pharmacist/today.html", {"plans": plans})


@about_patient(Reach.PAPERS, reads="prescription")
def prescription(request: SignedIn, patient: Patient) -> HttpResponse:
    """The prescription sheet of the signed plan."""
    row = care.in_force(patient)
    if row is None:
        raise Http404
    return paper_of(row, Paper.PRESCRIPTION)
