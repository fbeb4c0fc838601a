"""The counter: asking again, scanning, handing out, printing the label, printing it again with a reason."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from openldn.clinic import care, clock, pharmacy
from openldn.clinic.access import Reach, SignedIn, about_patient
from openldn.clinic.documents import as_pdf
from openldn.clinic.keeping import Refused
from openldn.clinic.pharmacist.forms import CounterForm, ReasonForm
from openldn.clinic.store import convert
from openldn.clinic.store.models import HandedOut, Patient, Plan
from openldn.leaflets.label import label_html


@about_patient(Reach.DISPENSING, reads="hand-over")
def hand_over(request: SignedIn, patient: Patient) -> HttpResponse:
    """Ask, scan, count; hand it out if everything passes."""
    plan, day = care.in_force(patient), clock.today(patient.clinic)
    if plan is None or not plan.fields["steps"]:
        raise Http404
    items = {n.item: n.since for n in pharmacy.needed_of([plan], today=day)}
    name = request.GET.get("item", "") or next(iter(items), "")
    if name not in items:
        return render(request, "pharmacist/nothing_due.html", {"patient": patient, "plan": plan})
    item, since = pharmacy.counter_item(plan, name), items[name]
    form = CounterForm(item, day, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            at = form.counter(on=day, since=since)
            row, checks = pharmacy.hand_out(patient, plan, item, at, by=request.user)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            if checks.may_go:
                messages.success(request, "Everything passes: hand it out with its label.")
            else:
                messages.error(request, "Not handed out: see what does not pass.")
            return redirect("pharmacist:handed_out", patient.number, row.pk)
    good = [s for s in pharmacy.stock(patient.clinic) if _is_it(s, plan, item.strength.base, day)]
    stock = [(s, *pharmacy.most_for(plan, item, s, since)) for s in good]
    context = {"patient": patient, "plan": plan, "item": item, "since": since, "form": form, "stock": stock}
    return render(request, "pharmacist/hand_over.html", context)


def _is_it(found: pharmacy.InStock, plan: Plan, strength: int, day: date) -> bool:
    """Whether a batch is the product of a plan, and good."""
    product = found.compounded.formula.formulation
    signed = plan.fields["product"]["formulation"]
    return found.good_on(day) and found.row.one == strength and product == signed


@about_patient(Reach.DISPENSING, reads="hand-over")
def handed_out(request: SignedIn, patient: Patient, handed: int) -> HttpResponse:
    """What was checked, what went, and its labels."""
    row = _row(patient, handed)
    prints = row.prints.select_related("by").order_by("-id")
    context = {"patient": patient, "row": row, "prints": prints, "form": ReasonForm()}
    return render(request, "pharmacist/handed_out.html", context)


@require_POST
@about_patient(Reach.DISPENSING, reads="label")
def print_label(request: SignedIn, patient: Patient, handed: int) -> HttpResponse:
    """Make the label; again only with a reason, which voids the one before."""
    row = _row(patient, handed)
    try:
        pharmacy.label_of(row, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The label is ready to be printed.")
    return redirect("pharmacist:handed_out", patient.number, row.pk)


@about_patient(Reach.DISPENSING, reads="label")
def label(request: SignedIn, patient: Patient, handed: int) -> HttpResponse:
    """The newest label; those before it are void and are not shown, nor is one of what is void altogether."""
    row = _row(patient, handed)
    printed = row.prints.order_by("-id").first()
    if printed is None:
        raise Http404
    try:
        pharmacy.refuse_void(row)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("pharmacist:handed_out", patient.number, row.pk)
    return as_pdf(label_html(printed.fields, convert.plan_of(row.plan)), f"label-{row.batch.number}")


def _row(patient: Patient, key: int) -> HandedOut:
    rows = HandedOut.objects.select_related("plan__patient__clinic", "batch", "by")
    return get_object_or_404(rows, pk=key, plan__patient=patient)
