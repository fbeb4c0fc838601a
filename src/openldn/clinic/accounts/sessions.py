"""Sessions end when nobody is there, and after a working day at the latest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from openldn.clinic import clock

_SEEN: Final = "seen_at"
_SINCE: Final = "signed_in_at"
_NOTED_EVERY: Final = timedelta(minutes=1)
"""How exactly it is known when somebody was there: each note costs a write."""


def idle_sessions_end(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sign out who was away too long, or in too long."""

    def answered(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _checked(request)
        return get_response(request)

    return answered


def _checked(request: HttpRequest) -> None:
    now = clock.now()
    seen = datetime.fromisoformat(request.session.get(_SEEN, now.isoformat()))
    since = datetime.fromisoformat(request.session.setdefault(_SINCE, now.isoformat()))
    if now - seen > settings.IDLE_SESSION_ENDS or now - since > settings.SESSION_ENDS:
        logout(request)
    elif now - seen > _NOTED_EVERY or _SEEN not in request.session:
        request.session[_SEEN] = now.isoformat()
