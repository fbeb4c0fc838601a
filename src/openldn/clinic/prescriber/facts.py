"""What is known of a patient, and what the rules say of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from openldn.clinic import care, clock
from openldn.clinic.access import Reach, SignedIn, about_patient
from openldn.clinic.keeping import Refused
from openldn.clinic.prescriber.forms import AsideForm, EndForm, InterviewForm, RecordUpload, TypedRecord
from openldn.clinic.prescriber.patients import banner
from openldn.clinic.store import convert
from openldn.clinic.store.models import Draft, Patient
from openldn.fhir.json_text import BadInput
from openldn.leaflets.wording import day_text
from openldn.record.interview import BadInterview


@about_patient(Reach.CARE, reads="record")
def record(request: SignedIn, patient: Patient) -> HttpResponse:
    """The record as it was read; bringing a new one shows first what would be read and what not."""
    as_of = clock.today(patient.clinic)
    by_hand = "drugs" in request.POST
    form = RecordUpload((not by_hand and request.POST) or None, request.FILES or None)
    typed = TypedRecord((by_hand and request.POST) or None, initial={"dated": as_of}, auto_id="typed_%s")
    context: dict[str, Any] = banner(patient) | {
        "form": form,
        "typed": typed,
        "file": convert.newest_file(patient),
    }
    name, content = request.POST.get("name", ""), request.POST.get("content", "")
    filled: RecordUpload | TypedRecord = typed if by_hand else form
    if request.method == "POST" and filled.is_valid():
        try:
            if content:
                care.import_record(patient, name, content, by=request.user)
                care.screen(patient, by=request.user, as_of=as_of)
                messages.success(request, "The record is kept and was screened.")
                return redirect("prescriber:screening", patient.number)
            if isinstance(filled, TypedRecord):
                name, content = f"typed by {request.user.name}", filled.bundle(patient)
            else:
                name, content = filled.content()
            context |= {"preview": care.preview(content), "name": name, "content": content}
        except BadInput as error:
            filled.add_error(None, f"{name}: {error}")
    if "preview" not in context and context["file"]:
        context["kept"] = convert.record_of(context["file"].content)
    return render(request, "prescriber/record.html", context)


@about_patient(Reach.CARE, reads="interview")
def interview(request: SignedIn, patient: Patient) -> HttpResponse:
    """The interview; what was answered last time stands there to be asked again."""
    as_of = clock.today(patient.clinic)
    draft = Draft.objects.filter(account=request.user, patient=patient, page="interview").first()
    before = patient.interviews.order_by("-held", "-id").first()
    initial = draft.fields if draft else InterviewForm.fields_of(before.fields) if before else {}
    form = InterviewForm(request.POST or None, initial={**initial, "held": as_of})
    if request.method == "POST" and form.is_valid():
        try:
            care.keep_interview(patient, form.interview(request.user.name), by=request.user)
        except BadInterview as error:
            form.add_error(None, str(error))
        else:
            Draft.objects.filter(account=request.user, patient=patient, page="interview").delete()
            care.screen(patient, by=request.user, as_of=as_of)
            messages.success(request, "The interview is kept, and the patient was screened.")
            return redirect("prescriber:screening", patient.number)
    return render(request, "prescriber/interview.html", banner(patient) | {"form": form, "before": before})


@require_POST
@about_patient(Reach.CARE, reads="interview")
def interview_draft(request: SignedIn, patient: Patient) -> HttpResponse:
    """Keep what is filled in so far; it waits for whoever began it."""
    names = InterviewForm().fields
    fields = {name: request.POST[name] for name in names if request.POST.get(name)}
    Draft.objects.update_or_create(
        account=request.user, patient=patient, page="interview", defaults={"fields": fields}
    )
    return HttpResponse(status=204)


@about_patient(Reach.CARE, reads="screening")
def screening(request: SignedIn, patient: Patient) -> HttpResponse:
    """The verdict that was kept last, with its reasons and what would change it."""
    return _screening(request, patient)


def _screening(request: SignedIn, patient: Patient, **context: Any) -> HttpResponse:
    around = banner(patient)
    return render(
        request,
        "prescriber/screening.html",
        around
        | {
            "end_form": EndForm(auto_id="end_%s"),
            "statements": patient.statements.select_related("by").order_by("id"),
            "file": convert.newest_file(patient),
            "interview": patient.interviews.order_by("-held", "-id").first(),
        }
        | context,
    )


@require_POST
@about_patient(Reach.CARE, reads="screening")
def screen_again(request: SignedIn, patient: Patient) -> HttpResponse:
    """Screen as of today."""
    care.screen(patient, by=request.user, as_of=clock.today(patient.clinic))
    return redirect("prescriber:screening", patient.number)


@require_POST
@about_patient(Reach.CARE, reads="screening")
def state_end(request: SignedIn, patient: Patient) -> HttpResponse:
    """State that a recorded order ended: by name, shown from then on."""
    form = EndForm(request.POST, auto_id="end_%s")
    as_of = clock.today(patient.clinic)
    if form.is_valid():
        given = form.cleaned_data
        try:
            care.state_end(patient, given["drug"], given["ended"], by=request.user, as_of=as_of)
        except Refused as error:
            form.add_error("drug", str(error))
        else:
            care.screen(patient, by=request.user, as_of=as_of)
            messages.success(request, f"Stated: {given['drug']} ended. The patient was screened anew.")
            return redirect("prescriber:screening", patient.number)
    return _screening(request, patient, end_form=form)


@require_POST
@about_patient(Reach.CARE, reads="screening")
def set_aside(request: SignedIn, patient: Patient) -> HttpResponse:
    """Set one rule's reason aside: by name, with a reason, until a day."""
    form = AsideForm(request.POST)
    as_of = clock.today(patient.clinic)
    if form.is_valid():
        given = form.cleaned_data
        try:
            care.set_aside(
                patient, given["rule"], given["reason"], given["until"], by=request.user, as_of=as_of
            )
        except Refused as error:
            messages.error(request, str(error))
        else:
            care.screen(patient, by=request.user, as_of=as_of)
            messages.success(request, f"{given['rule']} is set aside until {day_text(given['until'])}.")
    else:
        messages.error(request, "Setting a reason aside needs a reason and a day.")
    return redirect("prescriber:screening", patient.number)
