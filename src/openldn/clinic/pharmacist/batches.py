"""Batches: beginning one, reading it on one's own, signing it, taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from openldn.clinic import clock, pharmacy
from openldn.clinic.access import Reach, SignedIn, page
from openldn.clinic.documents import as_pdf
from openldn.clinic.keeping import Refused
from openldn.clinic.pharmacist.forms import BatchForm, ReadingsForm, ReasonForm
from openldn.clinic.pharmacy import InStock
from openldn.leaflets.worksheet import worksheet_html
from openldn.quantities import CannotMeasure


@page(Reach.DISPENSING)
def all_of_them(request: SignedIn) -> HttpResponse:
    """What is being made, what is in stock, what is over."""
    day = clock.today(request.user.clinic)
    groups: dict[str, list[InStock]] = {"In stock": [], "Not released": [], "Over": []}
    for found in pharmacy.stock(request.user.clinic):
        over = found.row.use_until < day or (found.is_released and not found.left)
        name = "Over" if over else "In stock" if found.is_released else "Not released"
        groups[name].append(found)
    return render(request, "pharmacist/batches.html", {"groups": groups.items()})


@page(Reach.DISPENSING)
def new(request: SignedIn) -> HttpResponse:
    """A batch to be made."""
    form = BatchForm(request.POST or None, initial={"formula": request.GET.get("formula", "")})
    if request.method == "POST" and form.is_valid():
        clinic = request.user.clinic
        try:
            row = pharmacy.begin(clinic, form.inputs(made=clock.today(clinic)), by=request.user)
        except (Refused, CannotMeasure) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Batch {row.number} is begun. Print its worksheet and labels first.")
            return redirect("pharmacist:batch", row.number)
    return render(request, "pharmacist/new.html", {"form": form})


@page(Reach.DISPENSING)
def show(request: SignedIn, batch: str) -> HttpResponse:
    """A batch: what to do, what I have read, whether it was signed."""
    return _show(request, _batch(request, batch))


def _show(request: SignedIn, found: InStock, form: ReadingsForm | None = None) -> HttpResponse:
    made = pharmacy.making_of(found.row)
    entries = made.sheet.entries
    form = form or ReadingsForm(entries, pharmacy.mine(found.row, request.user))
    others = found.row.readings.exclude(read_by=request.user).values_list("read_by__name", "entry")
    read_by: dict[str, set[str]] = {}
    for name, entry in others:
        read_by.setdefault(name, set()).add(entry)
    context: dict[str, Any] = {
        "found": found,
        "row": found.row,
        "answer": found.row.answer,
        "form": form,
        "entries": len(entries),
        "others": [(name, len(read)) for name, read in sorted(read_by.items())],
        "recall": ReasonForm(),
        "handed_out": found.row.handed_out.select_related("plan__patient", "by").order_by("-id")[:100],
    }
    return render(request, "pharmacist/batch.html", context)


@page(Reach.DISPENSING)
def worksheet(request: SignedIn, batch: str) -> HttpResponse:
    """The worksheet with the labels of flasks and pots."""
    row = _batch(request, batch).row
    return as_pdf(worksheet_html(pharmacy.making_of(row)), f"worksheet-{row.number}")


@require_POST
@page(Reach.DISPENSING)
def read(request: SignedIn, batch: str) -> HttpResponse:
    """Keep what I have read."""
    found = _batch(request, batch)
    made = pharmacy.making_of(found.row)
    form = ReadingsForm(made.sheet.entries, {}, request.POST)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        new_ones = pharmacy.read(found.row, form.texts(), by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Kept: {new_ones} readings of yours.")
    return redirect("pharmacist:batch", found.row.number)


@require_POST
@page(Reach.DISPENSING)
def sign(request: SignedIn, batch: str) -> HttpResponse:
    """Release it, if all readings pass."""
    found = _batch(request, batch)
    try:
        release = pharmacy.sign(found.row, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        if release.released:
            messages.success(request, f"Released by {request.user.name}: it may be handed out.")
        else:
            messages.error(request, "Not released: see below what does not pass.")
    return redirect("pharmacist:batch", found.row.number)


@require_POST
@page(Reach.DISPENSING)
def recall(request: SignedIn, batch: str) -> HttpResponse:
    """Take it back."""
    found, form = _batch(request, batch), ReasonForm(request.POST)
    try:
        pharmacy.recall(found.row, form.data.get("reason", ""), by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Taken back: nothing more of it is handed out.")
    return redirect("pharmacist:batch", found.row.number)


def _batch(request: SignedIn, number: str) -> InStock:
    found = pharmacy.batch_of(request.user.clinic, number)
    if found is None:
        raise Http404
    return found
