"""Who sees other people's records signs in with a second factor; a patient may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openldn.clinic.store.models import Account, Role

_HAS_ONE: Final = "has_second_factor"
_OPEN: Final = ("/accounts/", "/static/")


def second_factor_first(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Lead staff without a second factor to where they set one up, and nowhere else."""

    def answered(request: HttpRequest) -> HttpResponse:
        account = request.user
        if (
            not isinstance(account, Account)
            or account.role == Role.PATIENT
            or request.session.get(_HAS_ONE)
            or request.path.startswith(_OPEN)
        ):
            return get_response(request)
        if is_mfa_enabled(account):
            request.session[_HAS_ONE] = True
            return get_response(request)
        messages.info(request, "Set up a second factor first: an app on your phone that shows six digits.")
        return redirect(reverse("mfa_activate_totp"))

    return answered
