"""Every page of every reader answers, and says what it is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from openldn.clinic.store.models import Decision, Patient, Plan, Proposal

SignedIn = Callable[[str], Client]
Find = Callable[[str], Patient]


def text_of(client: Client, address: str, status: int = 200) -> str:
    """A page as text."""
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def test_who_needs_me_today_puts_the_red_flag_first(signed_in: SignedIn) -> None:
    page = text_of(signed_in("prescriber"), "/prescriber/")
    assert page.index("Told to stop or wait (1)") < page.index("Frank Gill") < page.index("Proposals")
    for heading in ("Proposals", "Questions", "Due", "Supply that ends", "No diary for a week", "Drafts"):
        assert heading in page, heading


@pytest.mark.parametrize("given", ["Anna", "Brian", "Frank", "Hugo", "Ines"])
def test_pages_of_a_patient(given: str, signed_in: SignedIn, patient: Find) -> None:
    client, who = signed_in("prescriber"), patient(given)
    base = f"/prescriber/patients/{who.number}/"
    for page in ("", "record/", "interview/", "screening/", "plan/", "course/"):
        assert who.name in text_of(client, base + page), page
    for plan in Plan.objects.filter(patient=who):
        assert plan.number in text_of(client, f"{base}plans/{plan.pk}/")
    for proposal in Proposal.objects.filter(patient=who):
        assert proposal.rule in text_of(client, f"{base}proposals/{proposal.pk}/")
    for decision in Decision.objects.filter(patient=who):
        assert decision.sha256 in text_of(client, f"{base}decisions/{decision.pk}/")


def test_a_patient_sees_the_dose_of_today(signed_in: SignedIn) -> None:
    page = text_of(signed_in("anna"), "/patient/")
    assert "Tonight" in page
    assert "4.5 mg" in page
    assert "<svg" in page


def test_a_patient_who_took_an_opioid_sees_the_stop(signed_in: SignedIn) -> None:
    page = text_of(signed_in("frank"), "/patient/")
    assert "Do not take the next dose" in page
    assert "Taken</button>" not in page


def test_a_draft_is_not_shown_to_the_patient(signed_in: SignedIn) -> None:
    assert "No plan is signed" in text_of(signed_in("ines"), "/patient/")


@pytest.mark.parametrize(
    "page", ["", "diary/", "painkiller/", "ask/", "plan/", "data/", "data/openldn.json", "doses.ics"]
)
def test_pages_of_a_patients_own(page: str, signed_in: SignedIn) -> None:
    text_of(signed_in("anna"), f"/patient/{page}")


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("pharmacist", "/pharmacist/"),
        ("researcher", "/researcher/"),
        ("administrator", "/administrator/"),
        ("administrator", "/administrator/accounts/new/"),
        ("administrator", "/administrator/clinic/"),
        ("administrator", "/administrator/audit/"),
        ("prescriber", "/prescriber/patients/?q=be"),
        ("prescriber", "/prescriber/new/"),
        ("anna", "/accounts/2fa/"),
        ("anna", "/accounts/sessions/"),
        ("anna", "/accounts/password/change/"),
    ],
)
def test_pages_of_others(who: str, address: str, signed_in: SignedIn) -> None:
    text_of(signed_in(who), address)


@pytest.mark.parametrize("paper", ["leaflet", "emergency"])
def test_papers_of_a_patient(paper: str, signed_in: SignedIn) -> None:
    answer = signed_in("anna").get(f"/patient/papers/{paper}.pdf")
    assert answer["Content-Type"] == "application/pdf"
