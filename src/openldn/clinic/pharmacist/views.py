"""What dispensing needs, and nothing of a diary."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render

from openldn.clinic import care, clock, pharmacy
from openldn.clinic.access import Reach, SignedIn, about_patient, page
from openldn.clinic.documents import paper_of
from openldn.clinic.store.models import Patient, Plan, PlanState
from openldn.leaflets.papers import Paper


@page(Reach.DISPENSING)
def today(request: SignedIn) -> HttpResponse:
    """What has to be handed out, the most urgent first, then the signed plans, the newest first."""
    clinic, day = request.user.clinic, clock.today(request.user.clinic)
    plans = (
        Plan.objects.filter(patient__clinic=clinic, state=PlanState.SIGNED)
        .filter(Q(ends__gte=day) | Q(fields__steps=[]))
        .select_related("patient", "signed_by")
        .order_by("-signed_at")[:100]
    )
    needed = pharmacy.queue(clinic, today=day)
    context = {"due": [n for n in needed if n.is_due(day)], "later": [n for n in needed if not n.is_due(day)]}
    return render(request, "pharmacist/today.html", context | {"plans": plans})


@about_patient(Reach.PAPERS, reads="prescription")
def prescription(request: SignedIn, patient: Patient) -> HttpResponse:
    """The prescription sheet of the signed plan."""
    row = care.in_force(patient)
    if row is None:
        raise Http404
    return paper_of(row, Paper.PRESCRIPTION)
