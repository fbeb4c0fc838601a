"""Accounts of a clinic, its settings, and whether its audit trail holds."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import segno
from django import forms
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from openldn.clinic import clock, decisions
from openldn.clinic.access import Reach, SignedIn, page
from openldn.clinic.accounts import invitations
from openldn.clinic.store import chain
from openldn.clinic.store.models import Account, AuditLine, Clinic, Patient, Role
from openldn.knowledge.load import load_knowledge
from openldn.plan.stock import BadStock


class AccountForm(forms.Form):
    """Who may sign in, and as what."""

    name = forms.CharField(max_length=200)
    email = forms.EmailField(label="E-mail address, which is the name to sign in with")
    role = forms.ChoiceField(choices=Role.choices)
    patient = forms.CharField(
        label="Number of the patient",
        required=False,
        help_text="only for a patient's account; the prescriber's page of the patient shows it",
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clinic = clinic

    def clean_email(self) -> str:
        """One account an address."""
        email = str(self.cleaned_data["email"]).lower()
        if Account.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("There is an account with this address already.")
        return email

    def clean(self) -> dict[str, Any]:
        """A patient's account has a patient of this clinic, and no other has."""
        given = super().clean() or {}
        number = given.get("patient", "").strip()
        given["patient"] = None
        if given.get("role") == Role.PATIENT:
            found = Patient.objects.filter(clinic=self.clinic, number=number, account=None).first()
            if found is None:
                self.add_error("patient", "No patient of this clinic has this number and no account yet.")
            given["patient"] = found
        elif number:
            self.add_error("patient", "Only a patient's account has a patient.")
        return given


class ClinicForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a clinic is called, where it is, what its pharmacy has."""

    class Meta:
        """The fields that may be changed."""

        model = Clinic
        fields = ("name", "address", "country", "zone", "stock")
        labels = {  # noqa: RUF012 - Django's own form of it
            "address": "Address of its pharmacy, as it stands on labels",
            "country": "Country whose labels count (empty: the strictest of all)",
            "zone": "Time zone",
            "stock": "Products of the pharmacy (YAML; empty: those that are assumed)",
        }

    def clean_zone(self) -> str:
        """A zone that exists."""
        try:
            ZoneInfo(self.cleaned_data["zone"])
        except (LookupError, ValueError, OSError):
            raise forms.ValidationError("No such time zone; write it like Europe/London.") from None
        return str(self.cleaned_data["zone"])

    def clean_stock(self) -> str:
        """A list that plans can be made from."""
        text = str(self.cleaned_data["stock"])
        try:
            decisions.stock_of(text, load_knowledge(), as_of=clock.today(self.instance))
        except BadStock as error:
            raise forms.ValidationError(str(error)) from error
        return text


@page(Reach.ACCOUNTS)
def accounts(request: SignedIn) -> HttpResponse:
    """Who may sign in."""
    found = Account.objects.filter(clinic=request.user.clinic).order_by("role", "name")
    staff = found.exclude(role=Role.PATIENT)
    patients = found.filter(role=Role.PATIENT)[:200]
    groups = [("Staff", staff), ("Patients", patients)]
    return render(request, "administrator/accounts.html", {"groups": groups})


@page(Reach.ACCOUNTS)
def new(request: SignedIn) -> HttpResponse:
    """A new account, and the paper to open it with."""
    form = AccountForm(request.POST or None, clinic=request.user.clinic)
    if request.method == "POST" and form.is_valid():
        account = Account(clinic=request.user.clinic, **form.cleaned_data)
        account.set_unusable_password()
        account.save()
        return _sheet(request, account)
    return render(request, "administrator/new.html", {"form": form})


@require_POST
@page(Reach.ACCOUNTS)
def invite(request: SignedIn, account: int) -> HttpResponse:
    """A new paper for somebody who has none, or forgot a password."""
    return _sheet(request, _account(request, account))


@require_POST
@page(Reach.ACCOUNTS)
def close(request: SignedIn, account: int) -> HttpResponse:
    """Close an account: it signs in no more, and is signed out where it is."""
    found = _account(request, account)
    if found == request.user:
        messages.error(request, "You cannot close your own account.")
        return redirect("administrator:accounts")
    found.is_active = False
    found.save(update_fields=["is_active"])
    for session in Session.objects.filter(expire_date__gt=clock.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(found.pk):
            session.delete()
    messages.success(request, f"{found.name} can no longer sign in.")
    return redirect("administrator:accounts")


@page(Reach.ACCOUNTS)
def settings(request: SignedIn) -> HttpResponse:
    """Settings of the clinic."""
    form = ClinicForm(request.POST or None, instance=request.user.clinic)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Kept.")
        return redirect("administrator:clinic")
    return render(request, "administrator/clinic.html", {"form": form})


@page(Reach.ACCOUNTS)
def audit(request: SignedIn) -> HttpResponse:
    """Whether the audit trail holds, and its newest lines, without what they say of patients."""
    actors = [f"{role} {email}" for role, email in request.user.clinic.accounts.values_list("role", "email")]
    return render(
        request,
        "administrator/audit.html",
        {
            "breaks": list(chain.breaks()),
            "head": chain.head(),
            "lines": AuditLine.objects.filter(actor__in=actors).order_by("-seq").defer("body")[:100],
        },
    )


def _account(request: SignedIn, key: int) -> Account:
    return get_object_or_404(Account, pk=key, clinic=request.user.clinic)


def _sheet(request: SignedIn, account: Account) -> HttpResponse:
    secret = invitations.invite(account)
    address = request.build_absolute_uri(reverse("account_invitation", args=[secret]))
    code = segno.make(address, error="m", micro=False).svg_inline(
        scale=4, omitsize=True, title=f"Address for {account.name}"
    )
    return render(
        request,
        "administrator/sheet.html",
        {
            "account": account,
            "address": address,
            "code": mark_safe(code),  # noqa: S308 - our own drawing
            "until": clock.now() + invitations.VALID_FOR,
        },
    )
