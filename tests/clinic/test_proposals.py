"""What is signed is what was shown; what was answered does not come back; a new danger is told anew."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from openldn.clinic import care
from openldn.clinic.keeping import Refused
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import Account, Clinic, Patient, Role

Find = Callable[[str], Patient]
DAY = date(2026, 11, 28)


@pytest.fixture
def prescriber(clinic: Clinic) -> Account:
    """The one prescriber."""
    return Account.objects.get(clinic=clinic, role=Role.PRESCRIBER)


def test_what_is_signed_is_what_was_shown(patient: Find, prescriber: Account) -> None:
    ewa, last = patient("Ewa"), DAY + timedelta(days=9)
    with acting("test"):
        for n in range(1, 10):
            care.review(ewa, by=None, as_of=DAY + timedelta(days=n))
        shown = ewa.proposals.get(state="open")
        care.accept(shown, by=prescriber, as_of=last)
    plan = care.in_force(ewa)
    assert plan is not None
    assert plan.fields["steps"][0]["dose"] == shown.decision.answer["proposal"]["dose"]


def test_a_proposal_of_days_ago_is_not_signed_but_made_anew(patient: Find, prescriber: Account) -> None:
    ewa, later = patient("Ewa"), DAY + timedelta(days=9)
    old = ewa.proposals.get(state="open")
    with acting("test"):
        with pytest.raises(Refused, match="moved on"):
            care.accept(old, by=prescriber, as_of=later)
        care.accept(ewa.proposals.get(state="open"), by=prescriber, as_of=later)


def test_a_later_opioid_moves_the_new_start(patient: Find) -> None:
    frank = patient("Frank")
    with acting("test"):
        told = care.took_painkiller(
            frank, "co-codamol", uuid.uuid4(), by=frank.account, as_of=DAY + timedelta(days=5)
        )
    assert told is not None
    assert "2026-12-03" in told.says


def test_a_stop_that_was_acknowledged_does_not_come_back(patient: Find, prescriber: Account) -> None:
    frank = patient("Frank")
    with acting("test"):
        care.accept(frank.proposals.get(state="open"), by=prescriber, as_of=DAY)
        care.review(frank, by=None, as_of=DAY + timedelta(days=1))
    assert not frank.proposals.filter(state="open").exists()


def test_a_proposal_that_was_refused_does_not_come_back(patient: Find, prescriber: Account) -> None:
    david = patient("David")
    with acting("test"):
        care.refuse(david.proposals.get(state="open"), "seen today", by=prescriber)
        care.review(david, by=None, as_of=DAY + timedelta(days=1))
    assert not david.proposals.filter(state="open").exists()


@pytest.mark.parametrize("given", ["Ewa", "David", "Jonas", "Frank"])
def test_looking_twice_on_a_day_proposes_once(given: str, patient: Find) -> None:
    who = patient(given)
    with acting("test"):
        care.review(who, by=None, as_of=DAY)
    assert who.proposals.filter(state="open").count() == 1


def test_the_pharmacist_sees_that_a_plan_was_stopped(signed_in: Callable[[str], Client]) -> None:
    page = signed_in("pharmacist").get("/pharmacist/").content.decode()
    assert "Stopped: nothing is handed out" in page
    assert "Frank Gill" in page
