"""The diary: one tap for a dose, one minute for a day, one button for a painkiller that answers at once."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from openldn.clinic import care, clock
from openldn.clinic.access import Reach, SignedIn, page, patient_of
from openldn.clinic.patient.forms import DiaryForm
from openldn.clinic.store import convert
from openldn.record.diary import BadDiary, Slot


@require_POST
@page(Reach.OWN)
def taken(request: SignedIn) -> HttpResponse:
    """The dose of a slot was taken: one tap."""
    patient, as_of = patient_of(request), clock.today(request.user.clinic)
    try:
        fields = {
            "date": as_of.isoformat(),
            "slot": Slot(request.POST.get("slot", "")),
            "taken": request.POST.get("taken", "yes"),
        }
        key = uuid.UUID(request.POST.get("key", ""))
        care.write_diary(patient, fields, key, by=request.user, as_of=as_of)
    except ValueError:
        messages.error(request, "That could not be written down. Please fill in the diary instead.")
        return redirect("patient:diary")
    messages.success(request, "Written down.")
    return redirect("patient:today")


@page(Reach.OWN)
def entry(request: SignedIn) -> HttpResponse:
    """A day of the diary: today, or one of the last days."""
    patient, as_of = patient_of(request), clock.today(request.user.clinic)
    day = day_asked_for(request, as_of)
    once = convert.usual_slot(care.in_force(patient))
    written = {(r["date"], r.get("slot", "")): r for r in convert.diary_rows(patient)}
    before = written.get((day.isoformat(), once), {})
    initial = {**DiaryForm.fields_of(day, before), "slot": once, "key": uuid.uuid4()}
    form = DiaryForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            proposal = care.write_diary(
                patient, form.row(), form.cleaned_data["key"], by=request.user, as_of=as_of
            )
        except BadDiary as error:
            form.add_error(None, str(error))
        else:
            if proposal is None or not proposal.tells_patient:
                messages.success(request, "Thank you. Your diary is saved.")
            return redirect("patient:today")
    days = [as_of - timedelta(days=n) for n in range(7)]
    return render(request, "patient/diary.html", {"form": form, "of_day": day, "days": days})


def day_asked_for(request: SignedIn, as_of: date) -> date:
    """The day that a diary page is about: never one to come."""
    try:
        day = date.fromisoformat(request.POST.get("day") or request.GET.get("day", ""))
    except ValueError:
        return as_of
    return min(day, as_of)


@page(Reach.OWN)
def painkiller(request: SignedIn) -> HttpResponse:
    """I took a painkiller: which one decides, and the answer stands there at once."""
    patient, as_of = patient_of(request), clock.today(request.user.clinic)
    problem = ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()
        try:
            key = uuid.UUID(request.POST.get("key", ""))
            proposal = care.took_painkiller(patient, name, key, by=request.user, as_of=as_of)
        except ValueError as error:
            problem = str(error)
        else:
            answer = {"name": name, "proposal": proposal, "row": care.in_force(patient)}
            return render(request, "patient/painkiller_answer.html", answer)
    return render(request, "patient/painkiller.html", {"problem": problem, "key": uuid.uuid4()})
