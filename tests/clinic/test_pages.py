"""Every page of every reader answers, and says what it is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import Clinic, Decision, Patient, Plan, Proposal
from openldn.record.interview import Health
from openldn.record.interview import Question as Asked

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


@pytest.mark.parametrize(
    ("country", "number"), [("GB", "999"), ("US", "911"), ("", "the emergency number of your country")]
)
@pytest.mark.parametrize("page", ["", "ask/", "painkiller/"])
def test_a_patient_is_told_whom_to_call(page: str, country: str, number: str, signed_in: SignedIn) -> None:
    client = signed_in("frank")
    with acting("test", "another country"):
        clinic = Clinic.objects.get()
        clinic.country = country
        clinic.save()
    assert f"in an emergency call {number}" in text_of(client, f"/patient/{page}")


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


def _record(client: Client, who: Patient, **fields: str) -> str:
    """A record by hand: shown first, then kept."""
    address = f"/prescriber/patients/{who.number}/record/"
    shown = client.post(address, {"sex": "female", "dated": "2026-11-28", **fields})
    page = shown.content.decode()
    content = shown.context["content"]
    kept = client.post(address, {"name": shown.context["name"], "content": content})
    assert kept.status_code == 302
    return page


def _interview(client: Client, who: Patient, **fields: str) -> None:
    answers = {str(q): "no" for q in (*Asked, *Health)}
    given = {**answers, "held": "2026-11-28", "no_opioid_since": "2026-08-01", **fields}
    sent = client.post(f"/prescriber/patients/{who.number}/interview/", given)
    assert sent.status_code == 302, sent.context["form"].errors


def _verdict(who: Patient) -> str:
    return Decision.objects.filter(patient=who, kind="screening").latest("id").word


def test_a_record_by_hand_is_read_like_any_other(signed_in: SignedIn, patient: Find) -> None:
    client, hugo = signed_in("prescriber"), patient("Hugo")
    page = _record(
        client, hugo, drugs="oxycodone 5 mg tablet, 2026-11-20\nOmeprazole 20 mg", conditions="Asthma"
    )
    assert "oxycodone 5 mg tablet" in page
    assert "ordered 20 Nov 2026" in page
    assert _verdict(hugo) == "contraindicated"


def test_no_medicines_by_hand_is_a_list_and_the_interview_does_the_rest(
    signed_in: SignedIn, patient: Find
) -> None:
    client, hugo = signed_in("prescriber"), patient("Hugo")
    _record(client, hugo, drugs="none", conditions="Fibromyalgia")
    assert _verdict(hugo) == "caution"
    _interview(client, hugo)
    assert _verdict(hugo) == "suitable"


def test_a_result_that_is_stated_in_the_interview_counts(signed_in: SignedIn, patient: Find) -> None:
    client, hugo = signed_in("prescriber"), patient("Hugo")
    _record(client, hugo, drugs="none")
    result = {"test": "alt", "value": "300", "unit": "U/L", "upper_limit": "40", "taken": "2026-11-20"}
    _interview(client, hugo, **{f"result-0-{name}": text for name, text in result.items()})
    assert _verdict(hugo) == "contraindicated"


def test_a_result_in_an_unknown_unit_is_refused_with_what_would_have_worked(
    signed_in: SignedIn, patient: Find
) -> None:
    client, hugo = signed_in("prescriber"), patient("Hugo")
    given = {"held": "2026-11-28", "result-0-test": "alt", "result-0-value": "300", "result-0-unit": "stones"}
    sent = client.post(
        f"/prescriber/patients/{hugo.number}/interview/", given | {"result-0-taken": "2026-11-20"}
    )
    assert "units: " in sent.content.decode()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"resourceType": "Bundle", "resourceType": "x"}', "\x00"])
def test_what_is_no_record_is_refused_and_says_why(text: str, signed_in: SignedIn, patient: Find) -> None:
    address = f"/prescriber/patients/{patient('Hugo').number}/record/"
    answer = signed_in("prescriber").post(address, {"text": text})
    assert answer.status_code == 200
    assert "error" in answer.content.decode()


def test_papers_of_a_signed_plan_open_for_the_prescriber_and_none_of_a_draft(
    signed_in: SignedIn, patient: Find
) -> None:
    client = signed_in("prescriber")
    for given, status in (("Anna", 200), ("Ines", 404)):
        plan = Plan.objects.get(patient__given=given)
        base = f"/prescriber/patients/{plan.patient.number}/plans/{plan.pk}"
        assert client.get(f"{base}/leaflet.pdf").status_code == status
        assert client.get(f"{base}/nothing.pdf").status_code == 404
