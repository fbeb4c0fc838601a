"""What stands around every page: who is signed in, where, on which day; and the pages for what went wrong."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from openldn import __version__
from openldn.answers.values import DISCLAIMER
from openldn.clinic import clock
from openldn.clinic.access import Reach, SignedIn, page
from openldn.clinic.store.models import Account, Role

_HOMES: Final = {
    Role.PRESCRIBER: "prescriber:today",
    Role.PHARMACIST: "pharmacist:today",
    Role.PATIENT: "patient:today",
    Role.RESEARCHER: "researcher:counts",
    Role.ADMINISTRATOR: "administrator:accounts",
}
EMERGENCY: Final = {"GB": "999", "US": "911", "EU": "112", "NO": "113"}
"""Whom to call where."""
_ANYWHERE: Final = "the emergency number of your country"


def around_every_page(request: HttpRequest) -> dict[str, Any]:
    """What the frame of a page needs."""
    found: dict[str, Any] = {"disclaimer": DISCLAIMER, "version": __version__}
    account = getattr(request, "user", None)
    if isinstance(account, Account):
        clinic = account.clinic
        found |= {
            "clinic": clinic,
            "day": clock.today(clinic),
            "demonstration": clinic.is_demonstration,
            "emergency": EMERGENCY.get(clinic.country, _ANYWHERE),
        }
    return found


@page(Reach.SIGNED_IN)
def home(request: SignedIn) -> HttpResponse:
    """Each role's own first page."""
    return redirect(_HOMES[Role(request.user.role)])


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose protection no longer fits: nothing was changed, and what to do is said."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
