"""A code of the second factor, which opens once for as long as it would be accepted.

A code that a phone showed half a minute ago, or will show in half a minute, is accepted: people take time to
type, and clocks differ (RFC 6238, section 5.2). django-allauth remembers a used code for one period only: a
code looked at over a shoulder would open a second time in the next. These forms remember it to its end.
"""

from __future__ import annotations

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.core.cache import cache


class _OpensOnce(BaseAuthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        """The code that opened.

        Raises:
            ValidationError: it is wrong, or it has opened before.

        """
        code = str(super().clean_code())
        used = self.authenticator
        if used.type != Authenticator.Type.TOTP or cache.add(
            f"openldn.code.used?account={used.user_id}&code={normalize_user_code(code)}",
            "",
            timeout=_accepted_for(),
        ):
            return code
        self._emit_authentication_failed(used)
        raise get_adapter().validation_error("incorrect_code")


def _accepted_for() -> int:
    """Seconds from the first to the last moment at which one code is accepted."""
    return int(app_settings.TOTP_PERIOD * (1 + 2 * app_settings.TOTP_TOLERANCE))


class SignInCode(_OpensOnce, AuthenticateForm):  # type: ignore[misc]
    """After the password."""


class AgainCode(_OpensOnce, ReauthenticateForm):  # type: ignore[misc]
    """Before something that asks once more who is there."""
