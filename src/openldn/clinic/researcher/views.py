"""Counts over a clinic's patients; small ones are not told, because they would tell of somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render

from openldn.clinic.access import Reach, SignedIn, page
from openldn.clinic.store.models import Decision, Kind, Plan, PlanState, Proposal

_FEWEST: Final = 5
"""Of fewer people than these nothing is told (facts/engineering.md D.4)."""


@page(Reach.COUNTS)
def counts(request: SignedIn) -> HttpResponse:
    """How many patients, verdicts, plans and proposals there are."""
    clinic = request.user.clinic
    of_clinic = {"patient__clinic": clinic}
    people = Count("patient", distinct=True)
    tables = {
        "Verdicts of screenings": Decision.objects.filter(kind=Kind.SCREENING, **of_clinic)
        .values_list("word")
        .annotate(people),
        "Forms of plans in force": Plan.objects.filter(state=PlanState.SIGNED, **of_clinic)
        .values_list("fields__form")
        .annotate(people),
        "What reviews proposed": Proposal.objects.filter(**of_clinic).values_list("move").annotate(people),
    }
    shown = {title: _told(rows) for title, rows in tables.items()}
    whole = clinic.patients.count()
    return render(
        request,
        "researcher/counts.html",
        {"tables": shown, "patients": whole if whole >= _FEWEST else None, "fewest": _FEWEST},
    )


def _told(rows: Iterable[tuple[str, int]]) -> list[tuple[str, int | None]]:
    return [(word, number if number >= _FEWEST else None) for word, number in sorted(rows)]
