"""Who may open which page, about whom: one function decides, one decorator asks it.

The reviewed table of every address and identity is tests/clinic/access.csv; an address without a row fails.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from openldn.clinic.store import chain
from openldn.clinic.store.acting import acting, actor_of
from openldn.clinic.store.models import Account, Patient, Role

_Rest = ParamSpec("_Rest")


class Reach(StrEnum):
    """For whom a page is."""

    EVERYBODY = "everybody"
    SIGNED_IN = "signed in"
    OWN = "own"
    """A patient, about themselves."""
    CARE = "care"
    """A prescriber, about patients of their clinic."""
    DISPENSING = "dispensing"
    """A pharmacist, about what is signed for patients of their clinic."""
    PAPERS = "papers"
    """Signed papers: who prescribes, who dispenses, and the patient."""
    COUNTS = "counts"
    """A researcher: nothing about anybody."""
    ACCOUNTS = "accounts"
    """An administrator: accounts of their clinic, no care."""


_ROLES = {
    Reach.OWN: {Role.PATIENT},
    Reach.CARE: {Role.PRESCRIBER},
    Reach.DISPENSING: {Role.PHARMACIST},
    Reach.PAPERS: {Role.PRESCRIBER, Role.PHARMACIST, Role.PATIENT},
    Reach.COUNTS: {Role.RESEARCHER},
    Reach.ACCOUNTS: {Role.ADMINISTRATOR},
    Reach.SIGNED_IN: set(Role),
}


class SignedIn(HttpRequest):
    """A request of somebody who is signed in."""

    user: Account


def patient_of(request: SignedIn) -> Patient:
    """Whoever is signed in, as a patient; only for pages of `Reach.OWN`."""
    assert request.user.patient is not None  # a patient's account has one (constraint)
    return request.user.patient


class Page(Protocol):
    """A view that says for whom it is."""

    reach: Reach

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def may(account: Account | None, reach: Reach, patient: Patient | None) -> bool:
    """Whether somebody may open a page, about a patient if it is about one."""
    if reach is Reach.EVERYBODY:
        return True
    if account is None or not account.is_active or account.role not in _ROLES[reach]:
        return False
    if patient is None:
        return True
    if account.role == Role.PATIENT:
        return account.patient_id == patient.pk
    return account.clinic_id == patient.clinic_id


def page(
    reach: Reach, *, reads: str = ""
) -> Callable[[Callable[Concatenate[SignedIn, _Rest], HttpResponse]], Page]:
    """Make a page of a view that is about nobody, or about whoever is signed in.

    Args:
        reach: for whom it is.
        reads: what of a patient it shows, for the audit trail; empty: nothing.
    """

    def made(view: Callable[Concatenate[SignedIn, _Rest], HttpResponse]) -> Page:
        @wraps(view)
        def asked(request: HttpRequest, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponse:
            account = request.user if isinstance(request.user, Account) else None
            if account is None and reach is not Reach.EVERYBODY:
                return redirect_to_login(request.get_full_path())
            if not may(account, reach, account.patient if account else None):
                raise Http404
            response = view(cast(SignedIn, request), *args, **kwargs)
            if account and account.patient and reads:
                _note_reading(request, account.patient, reads)
            return response

        return _with_reach(asked, reach)

    return made


def about_patient(
    reach: Reach, *, reads: str
) -> Callable[[Callable[Concatenate[SignedIn, Patient, _Rest], HttpResponse]], Page]:
    """Make a page of a view about the patient whose `number` stands in its address.

    What is not for somebody does not exist for them: 404, whether or not it is there.
    """

    def made(view: Callable[Concatenate[SignedIn, Patient, _Rest], HttpResponse]) -> Page:
        @wraps(view)
        def asked(
            request: HttpRequest, number: str, *args: _Rest.args, **kwargs: _Rest.kwargs
        ) -> HttpResponse:
            if not isinstance(request.user, Account):
                return redirect_to_login(request.get_full_path())
            patient = get_object_or_404(Patient.objects.select_related("clinic"), number=number)
            if not may(request.user, reach, patient):
                raise Http404
            response = view(cast(SignedIn, request), patient, *args, **kwargs)
            _note_reading(request, patient, reads)
            return response

        return _with_reach(asked, reach)

    return made


def _with_reach(view: Callable[..., HttpResponse], reach: Reach) -> Page:
    found = cast(Page, view)
    found.reach = reach
    return found


def _note_reading(request: HttpRequest, patient: Patient, reads: str) -> None:
    """Reading leaves a line too; what is sent leaves its own."""
    if request.method != "GET":
        return
    actor = actor_of(request)
    with acting(actor, request.path):
        chain.note("read", reads, patient.number, {}, actor=actor, reason=request.path)
