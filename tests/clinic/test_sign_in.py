"""Signing in: password, second factor, lock-out, sessions that end, invitations on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from openldn.clinic import clock
from openldn.clinic.accounts import invitations
from openldn.clinic.demo.build import code_now
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import Account, AuditLine, Clinic, Role

SignedIn = Callable[[str], Client]
PASSWORD = "demo-password-long"


def sign_in(client: Client, who: str, password: str = PASSWORD) -> str:
    """Send a password; where it leads."""
    sent = client.post("/accounts/login/", {"login": f"{who}@demo.example", "password": password})
    return str(sent.get("Location", "")) or sent.content.decode()


@pytest.fixture(autouse=True)
def _nothing_counted(db: None) -> None:
    cache.clear()


def test_staff_sign_in_with_two_factors(clinic: Clinic) -> None:
    client = Client()
    assert sign_in(client, "prescriber") == "/accounts/2fa/authenticate/"
    assert client.get("/prescriber/")["Location"].startswith("/accounts/login/")
    code = code_now(Account.objects.get(email="prescriber@demo.example"))
    assert client.post("/accounts/2fa/authenticate/", {"code": code})["Location"] == "/"
    assert client.get("/prescriber/").status_code == 200


def test_a_code_opens_once(clinic: Clinic) -> None:
    code = code_now(Account.objects.get(email="prescriber@demo.example"))
    for wanted in (302, 200):
        client = Client()
        sign_in(client, "prescriber")
        assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == wanted


@pytest.mark.parametrize(("seconds", "opens"), [(-45, False), (-30, True), (30, True), (75, False)])
def test_a_code_may_be_a_step_early_or_late(
    seconds: int, opens: bool, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6238: who types at the end of a step is not sent away."""
    begin = 1_700_000_010  # where a step of thirty seconds begins
    _at(monkeypatch, begin)
    code = code_now(Account.objects.get(email="prescriber@demo.example"))
    client = Client()
    sign_in(client, "prescriber")
    _at(monkeypatch, begin + seconds)
    answer = client.post("/accounts/2fa/authenticate/", {"code": code})
    assert (answer.status_code == 302) is opens


@pytest.mark.parametrize("between", ["", "-"])
def test_a_code_opens_once_for_as_long_as_it_is_accepted(
    between: str, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the period for which django-allauth remembers it."""
    begin = 1_700_000_010
    _at(monkeypatch, begin)
    account = Account.objects.get(email="prescriber@demo.example")
    code = code_now(account)
    for typed, wanted in ((code, 302), (code[:3] + between + code[3:], 200)):
        client = Client()
        sign_in(client, "prescriber")
        assert client.post("/accounts/2fa/authenticate/", {"code": typed}).status_code == wanted
        _at(monkeypatch, begin + 35)
        cache.delete(f"allauth.mfa.totp.used?user={account.pk}&code={code}")


def _at(monkeypatch: pytest.MonkeyPatch, second: int) -> None:
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: second))


def test_a_wrong_code_does_not_open(clinic: Clinic) -> None:
    client = Client()
    sign_in(client, "prescriber")
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/prescriber/").status_code == 302


def test_staff_without_a_second_factor_get_no_further_than_setting_one_up(clinic: Clinic) -> None:
    with acting("test"):
        account = Account.objects.create(
            clinic=clinic, role=Role.PRESCRIBER, name="New", email="new@demo.example"
        )
        account.set_password(PASSWORD)
        account.save()
    client = Client()
    assert sign_in(client, "new") == "/"
    assert client.get("/prescriber/")["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("mfa_activate_totp")).status_code in (200, 302)


def test_a_patient_signs_in_with_a_password(clinic: Clinic) -> None:
    client = Client()
    assert sign_in(client, "anna") == "/"
    assert client.get("/patient/").status_code == 200


def test_five_wrong_passwords_lock_the_account_out_for_a_while(clinic: Clinic) -> None:
    for _ in range(5):
        assert "not correct" in sign_in(Client(), "anna", "wrong")
    assert "Too many failed" in sign_in(Client(), "anna")


def test_nobody_signs_up(clinic: Clinic) -> None:
    assert Client().get("/accounts/signup/").status_code == 404
    assert Client().get("/accounts/password/reset/").status_code == 404


@pytest.mark.parametrize(
    ("after", "signed_in_still"),
    [(timedelta(minutes=29), True), (timedelta(minutes=31), False)],
)
def test_a_session_ends_when_nobody_is_there(
    after: timedelta, signed_in_still: bool, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("anna")
    client.get("/patient/")
    later = datetime.now(UTC) + after  # noqa: TID251 - sessions live in real time
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (client.get("/patient/").status_code == 200) is signed_in_still


def test_a_session_ends_after_a_working_day(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client, began = signed_in("anna"), datetime.now(UTC)  # noqa: TID251
    client.get("/patient/")
    for minutes in range(20, 12 * 60 + 1, 20):
        monkeypatch.setattr(clock, "now", lambda m=minutes: began + timedelta(minutes=m))
        assert client.get("/patient/").status_code == 200, minutes
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(hours=12, minutes=5))
    assert client.get("/patient/").status_code == 302


def test_a_closed_account_is_signed_out_where_it_is(signed_in: SignedIn) -> None:
    anna = Account.objects.get(email="anna@demo.example")
    client = signed_in("anna")
    assert client.get("/patient/").status_code == 200
    signed_in("administrator").post(f"/administrator/accounts/{anna.pk}/close/")
    assert client.get("/patient/").status_code == 302
    assert "/accounts/inactive/" in sign_in(Client(), "anna")


def test_an_administrator_makes_an_account_and_its_sheet_opens_once(signed_in: SignedIn) -> None:
    given = {"name": "Dr New", "email": "Dr.New@demo.example", "role": "prescriber"}
    sheet = signed_in("administrator").post("/administrator/accounts/new/", given).content.decode()
    (address,) = re.findall(r"http://testserver(/accounts/invitation/[^<]+)<", sheet)
    assert "<svg" in sheet
    client, passwords = (
        Client(),
        {"new_password1": "a long new password", "new_password2": "a long new password"},
    )
    assert "Dr New" in client.get(address).content.decode()
    assert client.post(address, passwords)["Location"] == "/accounts/login/"
    assert client.get(address).status_code == 410
    assert sign_in(Client(), "dr.new", "a long new password") == "/"


def test_a_sheet_is_over_after_seven_days(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting("test"):
        secret = invitations.invite(Account.objects.get(email="anna@demo.example"))
    assert invitations.invited_by(secret)
    later = clock.now() + timedelta(days=7, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert invitations.invited_by(secret) is None


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012"])
def test_a_weak_password_is_refused(password: str, clinic: Clinic) -> None:
    with acting("test"):
        secret = invitations.invite(Account.objects.get(email="anna@demo.example"))
    sent = Client().post(
        f"/accounts/invitation/{secret}/", {"new_password1": password, "new_password2": password}
    )
    assert sent.status_code == 200
    assert invitations.invited_by(secret)


def test_reading_leaves_a_line_with_who_and_of_whom(signed_in: SignedIn, clinic: Clinic) -> None:
    number = clinic.patients.get(given="Anna").number
    signed_in("prescriber").get(f"/prescriber/patients/{number}/interview/")
    line = AuditLine.objects.latest("seq")
    assert (line.op, line.about, line.row, line.actor) == (
        "read", "interview", number, "prescriber prescriber@demo.example",
    )  # fmt: skip


@pytest.mark.parametrize("address", ["/accounts/login/", "/patient/", "/no/such/page/"])
def test_every_answer_has_its_headers(address: str, signed_in: SignedIn) -> None:
    answer = signed_in("anna").get(address)
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_passwords_are_kept_by_argon2() -> None:
    from openldn.clinic import settings as real

    assert real.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.DEBUG is False


def test_recovery_codes_can_be_made_and_read(signed_in: SignedIn) -> None:
    client = signed_in("pharmacist")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    base = "/accounts/2fa/recovery-codes/"
    assert client.post(f"{base}generate/")["Location"] == base
    assert "Recovery Codes" in client.get(base).content.decode()
