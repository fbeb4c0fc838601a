"""A password chosen with an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpResponse
from django.shortcuts import redirect, render

from openldn.clinic import clock
from openldn.clinic.access import Reach, SignedIn, page
from openldn.clinic.accounts.invitations import invited_by
from openldn.clinic.store.models import Account

if TYPE_CHECKING:  # the class takes its type from the stubs only
    _PasswordForm: TypeAlias = SetPasswordForm[Account]


@page(Reach.EVERYBODY)
def invitation(request: SignedIn, secret: str) -> HttpResponse:
    """Choose a password; the paper works once."""
    found = invited_by(secret)
    if found is None:
        return render(request, "account/invitation_over.html", status=410)
    form: _PasswordForm = SetPasswordForm(found.account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        found.used_at = clock.now()
        found.save(update_fields=["used_at"])
        messages.success(request, "Your password is set. Sign in with it now.")
        return redirect("account_login")
    return render(request, "account/invitation.html", {"form": form, "account": found.account})
