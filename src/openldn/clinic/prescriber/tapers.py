"""An opioid taper: planning it with a live preview, signing it, following it, deciding."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from openldn.clinic import clock, tapering
from openldn.clinic.access import Reach, SignedIn, about_patient
from openldn.clinic.documents import taper_leaflet_of
from openldn.clinic.keeping import Refused
from openldn.clinic.prescriber.patients import banner
from openldn.clinic.prescriber.taper_forms import DecisionForm, TaperForm, first_taper
from openldn.clinic.store import convert
from openldn.clinic.store.models import Patient, PlanState, ProposalState, Taper, TaperNotice
from openldn.leaflets.taper_picture import taper_svg
from openldn.screening.verdict import Caution, Suitable


@about_patient(Reach.CARE, reads="taper")
def course(request: SignedIn, patient: Patient) -> HttpResponse:
    """The taper in force: what the diary asks for, the picture, the decision. Without one, planning it."""
    row = tapering.in_force(patient)
    if row is None:
        return redirect("prescriber:taper_build", patient.number)
    return _course(request, patient, row, DecisionForm())


def _course(request: SignedIn, patient: Patient, row: Taper, form: DecisionForm) -> HttpResponse:
    _, found = tapering.look_at(row, as_of=clock.today(patient.clinic))
    review = found.review
    return render(
        request,
        "prescriber/taper.html",
        banner(patient)
        | {
            "row": row,
            "review": review,
            "taper": review.taper,
            "review_on": review.taper.review_on(review.as_of),
            "picture": mark_safe(taper_svg(review, found.diary)),  # noqa: S308 - our own drawing
            "notices": row.notices.filter(state=ProposalState.OPEN).order_by("-tells_patient", "id"),
            "changes": row.changes.select_related("by").order_by("-on", "-id"),
            "entries": reversed(found.diary.entries),
            "form": form,
            "draft": patient.tapers.filter(state=PlanState.DRAFT).first(),
        },
    )


@about_patient(Reach.CARE, reads="taper")
def build(request: SignedIn, patient: Patient) -> HttpResponse:
    """The form, and beside it the taper that it would give."""
    as_of = clock.today(patient.clinic)
    found = convert.screened_again(convert.taper_screening(patient, as_of=as_of), patient)
    context: dict[str, Any] = banner(patient) | {"verdict": found.verdict}
    if not isinstance(found.verdict, Suitable | Caution):
        return render(request, "prescriber/no_taper.html", context)
    form = TaperForm(request.POST or None, initial=first_taper(as_of, request.user.name))
    if request.method == "POST" and "show" not in request.POST and form.is_valid():
        try:
            row = tapering.draft(
                patient, form.inputs(convert.taper_screening(patient, as_of=as_of)), by=request.user
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect("prescriber:taper_plan", patient.number, row.pk)
    previewed = _previewed(form, patient) if request.method == "POST" else {}
    return render(request, "prescriber/taper_build.html", context | {"form": form} | previewed)


@about_patient(Reach.CARE, reads="taper preview")
def preview(request: SignedIn, patient: Patient) -> HttpResponse:
    """The taper that a form would give, while it is being filled in."""
    return render(request, "prescriber/_taper_preview.html", _previewed(TaperForm(request.GET), patient))


def _previewed(form: TaperForm, patient: Patient) -> dict[str, Any]:
    if not form.is_valid():
        told = {str(form.fields[n].label or n): e for n, e in form.errors.items() if n in form.fields}
        return {"problem": "; ".join(f"{label}: {' '.join(map(str, e))}" for label, e in told.items())}
    as_of = clock.today(patient.clinic)
    try:
        found = tapering.in_mind(patient, form.inputs(convert.taper_screening(patient, as_of=as_of)))
    except Refused as error:
        return {"problem": str(error)}
    return {"fields": found.answer}


@about_patient(Reach.CARE, reads="taper")
def show(request: SignedIn, patient: Patient, taper: int) -> HttpResponse:
    """A taper: its steps, what it rests on; a draft is signed here."""
    row = _taper(patient, taper)
    return render(request, "prescriber/taper_plan.html", banner(patient) | {"row": row, "fields": row.fields})


@about_patient(Reach.CARE, reads="paper")
def leaflet(request: SignedIn, patient: Patient, taper: int) -> HttpResponse:
    """The leaflet of a taper that is or was in force, as it stands now."""
    row = _taper(patient, taper)
    if row.signed_at is None:
        raise Http404
    return taper_leaflet_of(row, as_of=clock.today(patient.clinic))


@require_POST
@about_patient(Reach.CARE, reads="taper")
def sign(request: SignedIn, patient: Patient, taper: int) -> HttpResponse:
    """Put a draft in force."""
    row = _taper(patient, taper)
    try:
        tapering.sign(row, by=request.user, as_of=clock.today(patient.clinic))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("prescriber:taper_plan", patient.number, row.pk)
    messages.success(request, f"Taper {row.number} is signed. The patient sees it now.")
    return redirect("prescriber:taper", patient.number)


@require_POST
@about_patient(Reach.CARE, reads="taper")
def withdraw(request: SignedIn, patient: Patient, taper: int) -> HttpResponse:
    """Take a draft back."""
    row = _taper(patient, taper)
    try:
        tapering.withdraw(row)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("prescriber:taper_plan", patient.number, row.pk)
    messages.success(request, f"Draft {row.number} is taken back.")
    return redirect("prescriber:taper_build", patient.number)


@require_POST
@about_patient(Reach.CARE, reads="taper")
def decide(request: SignedIn, patient: Patient) -> HttpResponse:
    """Sign what the diary asks for, or something else."""
    row, form = tapering.in_force(patient), DecisionForm(request.POST)
    if row is None:
        raise Http404
    if form.is_valid():
        try:
            tapering.decide(row, by=request.user, as_of=clock.today(patient.clinic), **form.decided())
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Signed: {form.cleaned_data['move']}. {patient.name}'s page shows it.")
            return redirect("prescriber:taper", patient.number)
    return _course(request, patient, row, form)


@require_POST
@about_patient(Reach.CARE, reads="taper")
def acknowledge(request: SignedIn, patient: Patient, notice: int) -> HttpResponse:
    """Say by name that it is seen to."""
    row = get_object_or_404(TaperNotice, pk=notice, patient=patient)
    try:
        tapering.acknowledge(row, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Acknowledged by {request.user.name}.")
    return redirect("prescriber:taper", patient.number)


def _taper(patient: Patient, key: int) -> Taper:
    return get_object_or_404(Taper.objects.select_related("signed_by"), pk=key, patient=patient)
