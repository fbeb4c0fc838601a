"""Every change has an actor: the database itself refuses one without.

Changes are made within `acting`, in one transaction that ends with a seal; docs/explanation/audit.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from openldn.clinic.store import chain
from openldn.clinic.store.models import Account

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_NOTED_BY_READING: Final = "/accounts/2fa/recovery-codes/"
"""Who opens this page changes something: that the codes were shown is noted with them."""
_LOCK: Final = 5_316_911
"""Any number of our own: who holds it writes the next link of the chain."""


class ActsAlready(RuntimeError):
    """One actor within another: the lines of the inner one would be sealed twice."""


@contextmanager
def acting(actor: str, reason: str = "") -> Iterator[None]:
    """Let `actor` change things in one transaction, then seal what was recorded of it.

    Raises:
        ActsAlready: within another's.
    """
    with transaction.atomic():
        _begin(actor, reason)
        before = chain.last_line()
        yield
        chain.seal(after=before)
        _end()


def _begin(actor: str, reason: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One writer at a time, so that the lines of a link stand together.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            cursor.execute("SELECT nullif(current_setting('openldn.actor', true), '')")
            _refuse_second(cursor.fetchone()[0])
            cursor.execute(
                "SELECT set_config('openldn.actor', %s, true), set_config('openldn.reason', %s, true)",
                [actor, reason],
            )
        else:
            cursor.execute("SELECT max(actor) FROM audit_ctx")
            _refuse_second(cursor.fetchone()[0])
            cursor.execute("INSERT INTO audit_ctx (one, actor, reason) VALUES (1, %s, %s)", [actor, reason])


def _refuse_second(actor: str | None) -> None:
    if actor is not None:
        raise ActsAlready(f"{actor} acts already: what is done within is done by them")


def _end() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('openldn.actor', '', true)")
        else:
            cursor.execute("DELETE FROM audit_ctx")


def every_change_has_an_actor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer what may change something in one transaction of whoever is signed in; an error undoes it all."""

    def answered(request: HttpRequest) -> HttpResponse:
        if request.method in _SAFE and not request.path.startswith(_NOTED_BY_READING):
            return get_response(request)
        try:
            with acting(actor_of(request), request.path):
                response = get_response(request)
                if response.status_code >= 500:
                    # Django made a page of the error, so nothing else would undo what was done before it.
                    raise _Undone(response)
                return response
        except _Undone as undone:
            return undone.response

    return answered


class _Undone(Exception):
    """Carries an error page out of the transaction that it undoes."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def actor_of(request: HttpRequest) -> str:
    """Who asks, as it stands in the audit trail."""
    account = request.user
    return f"{account.role} {account.email}" if isinstance(account, Account) else "nobody signed in"
