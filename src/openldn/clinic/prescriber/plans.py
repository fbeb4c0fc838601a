"""Building a plan with a live preview, looking at it, signing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from openldn.clinic import care, clock
from openldn.clinic.access import Reach, SignedIn, about_patient
from openldn.clinic.decisions import Planned
from openldn.clinic.documents import paper_of
from openldn.clinic.keeping import Refused
from openldn.clinic.prescriber.forms import PlanForm, first_day
from openldn.clinic.prescriber.patients import banner
from openldn.clinic.store import convert
from openldn.clinic.store.models import Patient, Plan
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.papers import Paper
from openldn.plan.ladders import proposals
from openldn.screening.verdict import Caution, Suitable


@about_patient(Reach.CARE, reads="plan")
def build(request: SignedIn, patient: Patient) -> HttpResponse:
    """The form, and beside it the plan that it would give."""
    as_of = clock.today(patient.clinic)
    found = care.look_at(patient, as_of=as_of)
    if not isinstance(found.verdict, Suitable | Caution):
        return render(request, "prescriber/no_plan.html", banner(patient) | {"verdict": found.verdict})
    proposed = tuple(
        (p.name, p.because) for p in proposals(found.conditions, found.verdict, load_knowledge())
    )
    form = PlanForm(request.POST or first_day(as_of), proposed=proposed)
    context: dict[str, Any] = banner(patient) | {"form": form, "verdict": found.verdict}
    if request.method == "POST" and "show" not in request.POST and form.is_valid():
        try:
            plan = care.draft_plan(patient, _inputs(form, patient, request), by=request.user)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect("prescriber:plan", patient.number, plan.pk)
    return render(request, "prescriber/build.html", context | _previewed(form, patient, request))


@about_patient(Reach.CARE, reads="plan preview")
def preview(request: SignedIn, patient: Patient) -> HttpResponse:
    """The plan that a form would give, while it is being filled in."""
    form = PlanForm(request.GET)
    return render(request, "prescriber/_preview.html", _previewed(form, patient, request))


def _previewed(form: PlanForm, patient: Patient, request: SignedIn) -> dict[str, Any]:
    if not form.is_valid():
        return {"problem": " ".join(str(e) for errors in form.errors.values() for e in errors)}
    try:
        found: Planned = care.plan_in_mind(patient, _inputs(form, patient, request))
    except Refused as error:
        return {"problem": str(error)}
    return {"found": found, "plan": found.plan, "choice": found.choice}


def _inputs(form: PlanForm, patient: Patient, request: SignedIn) -> Any:
    as_of = clock.today(patient.clinic)
    before = care.in_force(patient)
    screening = convert.screening_inputs(patient, as_of=as_of)
    return form.inputs(patient, screening, request.user.name, before.number if before else "")


@about_patient(Reach.CARE, reads="plan")
def show(request: SignedIn, patient: Patient, plan: int) -> HttpResponse:
    """A plan: what is taken when, measured how, and why."""
    row = _plan(patient, plan)
    return render(
        request,
        "prescriber/plan.html",
        banner(patient) | {"row": row, "plan": convert.plan_of(row), "fields": row.fields},
    )


@about_patient(Reach.CARE, reads="paper")
def paper(request: SignedIn, patient: Patient, plan: int, paper: str) -> HttpResponse:
    """A paper of a plan that is or was in force."""
    row = _plan(patient, plan)
    if paper not in set(Paper) or row.signed_at is None:
        raise Http404
    return paper_of(row, Paper(paper))


@require_POST
@about_patient(Reach.CARE, reads="plan")
def sign(request: SignedIn, patient: Patient, plan: int) -> HttpResponse:
    """Put a draft in force."""
    row = _plan(patient, plan)
    try:
        care.sign(row, by=request.user, as_of=clock.today(patient.clinic))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Plan {row.number} is signed. The patient sees it now.")
    return redirect("prescriber:plan", patient.number, row.pk)


@require_POST
@about_patient(Reach.CARE, reads="plan")
def withdraw(request: SignedIn, patient: Patient, plan: int) -> HttpResponse:
    """Take a draft back."""
    row = _plan(patient, plan)
    try:
        care.withdraw(row)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("prescriber:plan", patient.number, row.pk)
    messages.success(request, f"Draft {row.number} is taken back.")
    return redirect("prescriber:build", patient.number)


def _plan(patient: Patient, key: int) -> Plan:
    return get_object_or_404(Plan.objects.select_related("signed_by", "follows"), pk=key, patient=patient)
