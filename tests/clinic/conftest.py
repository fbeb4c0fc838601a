"""A clinic with the thirteen invented patients, made once, and who signs in to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date

import django
import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

# Here and not for all tests: only these wait for Django.
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic_settings"
django.setup()

from openldn.clinic import documents  # noqa: E402 - rows exist once Django is set up
from openldn.clinic.demo.build import build  # noqa: E402
from openldn.clinic.store.acting import acting  # noqa: E402
from openldn.clinic.store.models import Account, Clinic, Patient  # noqa: E402

DAY = date(2026, 11, 28)
PASSWORD = "demo-password-long"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The demonstration clinic, in which it is 28 November 2026; each test undoes what it does to it."""
    with django_db_blocker.unblock():
        build(PASSWORD, as_of=DAY)


@pytest.fixture
def clinic(db: None) -> Clinic:
    """The demonstration clinic."""
    return Clinic.objects.get()


@pytest.fixture
def signed_in(clinic: Clinic) -> Callable[[str], Client]:
    """A browser of an account, by the first part of its address."""

    def found(first: str) -> Client:
        client = Client()
        with acting("test"):
            client.force_login(Account.objects.get(email=f"{first}@demo.example"))
        return client

    return found


@pytest.fixture
def patient(clinic: Clinic) -> Callable[[str], Patient]:
    """A patient by first name."""
    return lambda given: Patient.objects.get(given=given)


@pytest.fixture
def untypeset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers are written but not typeset, which takes long; whether they can be is asked elsewhere."""
    monkeypatch.setattr(documents, "pdf_of", lambda html: html.encode())
