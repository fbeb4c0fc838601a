"""The course so far, what is proposed, and a prescriber's answer to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from openldn.clinic import care, clock
from openldn.clinic.access import Reach, SignedIn, about_patient
from openldn.clinic.documents import as_pdf
from openldn.clinic.keeping import Refused
from openldn.clinic.prescriber.patients import banner
from openldn.clinic.store.models import Decision, Due, Kind, Patient, Proposal, Question
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.course_picture import course_days, course_svg
from openldn.leaflets.summary import summary_html
from openldn.plan.changes import Move


@about_patient(Reach.CARE, reads="course")
def course(request: SignedIn, patient: Patient) -> HttpResponse:
    """Doses, symptoms, side effects and tests in one picture, with its table."""
    row = care.in_force(patient)
    if row is None:
        return render(request, "prescriber/no_course.html", banner(patient))
    _, found = care.look_at_course(row, as_of=clock.today(patient.clinic))
    days = course_days(found.review, found.diary)
    return render(
        request,
        "prescriber/course.html",
        banner(patient)
        | {
            "row": row,
            "found": found,
            "days": days,
            "picture": mark_safe(course_svg(days, found.review)),  # noqa: S308 - our own drawing
            "entries": reversed(found.diary.entries),
        },
    )


@about_patient(Reach.CARE, reads="summary")
def summary(request: SignedIn, patient: Patient) -> HttpResponse:
    """The one page for a visit."""
    row = care.in_force(patient)
    if row is None:
        return render(request, "prescriber/no_course.html", banner(patient))
    _, found = care.look_at_course(row, as_of=clock.today(patient.clinic))
    html = summary_html(found.review, found.diary, load_knowledge())
    return as_pdf(html, f"summary-{patient.number}")


@about_patient(Reach.CARE, reads="proposal")
def proposal(request: SignedIn, patient: Patient, proposal: int) -> HttpResponse:
    """A proposal with its rule, what it read, and which rules lost."""
    return _proposal(request, patient, _found(patient, proposal))


def _proposal(request: SignedIn, patient: Patient, row: Proposal) -> HttpResponse:
    answer = row.decision.answer
    return render(
        request,
        "prescriber/proposal.html",
        banner(patient)
        | {
            "row": row,
            "answer": answer,
            "proposed": answer["proposal"],
            "advice": not Move(row.move).changes_plan,
            "lost": [other for other in answer["lost"] if other["move"] != Move.GO_ON],
        },
    )


@require_POST
@about_patient(Reach.CARE, reads="proposal")
def accept(request: SignedIn, patient: Patient, proposal: int) -> HttpResponse:
    """Sign it."""
    row = _found(patient, proposal)
    try:
        care.accept(row, by=request.user, as_of=clock.today(patient.clinic))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("prescriber:proposal", patient.number, row.pk)
    told = "Acknowledged" if row.tells_patient else "Signed"
    messages.success(request, f"{told}: {row.move}. {patient.name}'s page shows it.")
    return redirect("prescriber:today")


@require_POST
@about_patient(Reach.CARE, reads="proposal")
def refuse(request: SignedIn, patient: Patient, proposal: int) -> HttpResponse:
    """Leave the plan as it is, with a reason."""
    row = _found(patient, proposal)
    try:
        care.refuse(row, request.POST.get("reason", ""), by=request.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("prescriber:proposal", patient.number, row.pk)
    messages.success(request, "Refused; the plan stays as it is.")
    return redirect("prescriber:today")


@require_POST
@about_patient(Reach.CARE, reads="dues")
def done(request: SignedIn, patient: Patient, due: int) -> HttpResponse:
    """Say that something due was done."""
    row = get_object_or_404(Due, pk=due, plan__patient=patient, done_at=None)
    row.done_at, row.done_by = clock.now(), request.user
    row.save(update_fields=["done_at", "done_by"])
    messages.success(request, f"Done: {row.what}")
    return redirect("prescriber:patient", patient.number)


@about_patient(Reach.CARE, reads="question")
def question(request: SignedIn, patient: Patient, question: int) -> HttpResponse:
    """Answer what a patient asked."""
    row = get_object_or_404(Question, pk=question, patient=patient)
    if request.method == "POST" and request.POST.get("answer", "").strip():
        row.answer, row.answered_at, row.answered_by = (
            request.POST["answer"].strip(),
            clock.now(),
            request.user,
        )
        row.save(update_fields=["answer", "answered_at", "answered_by"])
        messages.success(request, "Answered; it stands on the patient's page.")
        return redirect("prescriber:today")
    return render(request, "prescriber/question.html", banner(patient) | {"row": row})


@about_patient(Reach.CARE, reads="decision")
def decision(request: SignedIn, patient: Patient, decision: int) -> HttpResponse:
    """A decision as it was kept: inputs, answer, knowledge and version."""
    row = get_object_or_404(Decision.objects.select_related("made_by"), pk=decision, patient=patient)
    return render(request, "prescriber/decision.html", banner(patient) | {"row": row, "kinds": Kind})


def _found(patient: Patient, key: int) -> Proposal:
    return get_object_or_404(
        Proposal.objects.select_related("plan", "decision", "answered_by"), pk=key, patient=patient
    )
