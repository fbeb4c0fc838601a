"""The way to a password on paper: a secret address that works once, until a day; only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from openldn.clinic import clock
from openldn.clinic.store.models import Account, Invitation

VALID_FOR: Final = timedelta(days=7)


def invite(account: Account) -> str:
    """Make an invitation and return its secret; earlier ones of the account end."""
    Invitation.objects.filter(account=account, used_at=None).delete()
    secret = secrets.token_urlsafe(24)
    Invitation.objects.create(account=account, digest=_digest(secret), expires_at=clock.now() + VALID_FOR)
    return secret


def invited_by(secret: str) -> Invitation | None:
    """The invitation of a secret, if it still opens anything."""
    found = Invitation.objects.select_related("account").filter(
        digest=_digest(secret), used_at=None, expires_at__gt=clock.now()
    )
    return found.first()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
