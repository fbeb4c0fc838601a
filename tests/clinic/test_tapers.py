"""An opioid taper in the clinic: planned, signed with the patient, steered by the diary, never up."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from msgspec.structs import replace

from openldn.clinic import again, care, tapering
from openldn.clinic.keeping import Refused
from openldn.clinic.store import convert
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import Account, Decision, Kind, Patient, ProposalState, Role, TaperNotice
from openldn.plan.weaning.changes import Move

DAY = date(2026, 11, 28)


@pytest.fixture
def maja(patient: Callable[[str], Patient]) -> Patient:
    """On a taper for 17 days: two good weeks, a step, then withdrawal and the wish for a pause."""
    return patient("Maja")


@pytest.fixture
def prescriber(db: None) -> Account:
    return Account.objects.get(role=Role.PRESCRIBER)


def write(maja: Patient, day: date, **fields: str) -> None:
    with acting("test"):
        account = Account.objects.get(patient=maja)
        care.write_diary(maja, {"date": day.isoformat(), **fields}, uuid.uuid4(), by=account, as_of=day)


def row_of(maja: Patient) -> Any:
    row = tapering.in_force(maja)
    assert row is not None
    return row


def test_the_demonstration_is_held_and_asks_for_somebody(maja: Patient) -> None:
    row = row_of(maja)
    assert [(c.on, c.move) for c in row.changes.order_by("on")] == [
        (DAY - timedelta(days=3), "reduce"),
        (DAY, "hold"),
    ]
    (notice,) = row.notices.filter(state=ProposalState.OPEN)
    assert (notice.rule, notice.tells_patient, notice.soon) == ("weaning/withdrawal", False, True)
    assert row.fields["uldn"]["dose"]["value"] == "1"
    assert row.fields["plan"]["team"] == ["physiotherapist: P. Demo"]


def test_a_word_taken_back_does_not_end_a_pause(maja: Patient) -> None:
    for n in (3, 2, 1):
        write(maja, DAY - timedelta(days=n), effects="none", asks="nothing", results="sows-gossop 5")
    _, found = tapering.look_at(row_of(maja), as_of=DAY)
    assert found.review.standing.held
    assert found.review.taper.schedule.doses[found.review.standing.step].day.total == 35_000_000


def test_what_is_decided_is_kept_by_name_and_answers_what_was_asked(
    maja: Patient, prescriber: Account
) -> None:
    with acting("test"):
        tapering.decide(
            row_of(maja),
            Move.SLOW,
            by=prescriber,
            as_of=DAY,
            next_review=DAY + timedelta(days=28),
            reason="x",
        )
    assert not TaperNotice.objects.filter(patient=maja, state=ProposalState.OPEN).exists()
    answered = TaperNotice.objects.filter(patient=maja).order_by("-id")[0]
    assert (answered.state, answered.answered_by, answered.reason) == ("changed", prescriber, "x")
    _, found = tapering.look_at(row_of(maja), as_of=DAY)
    assert (found.review.standing.held, found.review.standing.times) == (False, 2)
    assert found.review.taper.review_on(DAY) == DAY + timedelta(days=28)


def test_danger_reaches_the_patient_at_once(maja: Patient, signed_in: Callable[[str], Client]) -> None:
    write(maja, DAY, effects="overdose-signs 1")
    page = signed_in("maja").get("/patient/taper/").content.decode()
    assert "Call now" in page
    assert "emergency number" in page
    assert "emergency number" in signed_in("prescriber").get("/prescriber/").content.decode()


def test_a_pause_is_one_button(
    maja: Patient, prescriber: Account, signed_in: Callable[[str], Client]
) -> None:
    with acting("test"):
        tapering.decide(row_of(maja), Move.GO_ON_AGAIN, by=prescriber, as_of=DAY)
    client = signed_in("maja")
    assert "I want a pause now" in client.get("/patient/taper/").content.decode()
    client.post("/patient/taper/pause/", {"key": str(uuid.uuid4())})
    page = client.get("/patient/taper/").content.decode()
    assert "Paused since" in page
    assert "I want a pause now" not in page
    assert TaperNotice.objects.filter(patient=maja, rule="weaning/wish", state=ProposalState.OPEN).exists()


def test_the_diary_scores_ten_answers_or_none(maja: Patient, signed_in: Callable[[str], Client]) -> None:
    client = signed_in("maja")
    names = re.findall(r'name="(sows-[a-z-]+)"', client.get("/patient/taper/diary/").content.decode())
    assert len(names) == 10
    given = {"day": DAY.isoformat(), "key": str(uuid.uuid4()), "taken": "yes", "withdrawal": "0"}
    some = client.post("/patient/taper/diary/", given | {names[0]: "1"}).content.decode()
    assert "all ten questions" in some
    assert client.post("/patient/taper/diary/", given | dict.fromkeys(names, "2")).status_code == 302
    assert convert.written(maja, DAY, "")["results"] == "sows-gossop 20"
    assert convert.written(maja, DAY, "")["effects"] == "none"


def test_no_taper_is_signed_without_the_patients_word(maja: Patient, prescriber: Account) -> None:
    row = row_of(maja)
    inputs = convert.taper_inputs(row)
    now = replace(
        inputs,
        screening=convert.taper_screening(maja, as_of=DAY),
        starts=DAY,
        review=DAY + timedelta(days=20),
        agreed_on=None,
    )
    with acting("test"):
        draft = tapering.draft(maja, now, by=prescriber)
        with pytest.raises(Refused, match="only with the patient"):
            tapering.sign(draft, by=prescriber, as_of=DAY)
        agreed = tapering.draft(maja, replace(now, agreed_on=DAY), by=prescriber)
        tapering.sign(agreed, by=prescriber, as_of=DAY)
    row.refresh_from_db()
    assert row.state == "replaced"
    assert tapering.in_force(maja) == agreed


def test_every_decision_about_a_taper_can_be_made_again(maja: Patient, prescriber: Account) -> None:
    with acting("test"):
        tapering.decide(row_of(maja), Move.HOLD, by=prescriber, as_of=DAY)
    kinds = (Kind.TAPER, Kind.TAPER_REVIEW)
    decisions = Decision.objects.filter(patient=maja, kind__in=kinds)
    assert decisions.count() >= 3
    assert [again.replay(d) for d in decisions] == [[]] * decisions.count()


def test_a_signed_taper_and_its_changes_are_locked(maja: Patient) -> None:
    row = row_of(maja)
    with acting("test"):
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(fields={})
        with pytest.raises(DatabaseError), transaction.atomic():
            row.changes.update(on=DAY)
        with pytest.raises(DatabaseError), transaction.atomic():
            row.changes.all().delete()


def test_the_pages_of_a_prescriber(maja: Patient, signed_in: Callable[[str], Client]) -> None:
    client, number, row = signed_in("prescriber"), maja.number, row_of(maja)
    page = client.get(f"/prescriber/patients/{number}/taper/").content.decode()
    for needed in ("weaning/withdrawal", "until it is signed", "35 mg every day", "<svg", "sows-gossop 14"):
        assert needed in page, needed
    plan = client.get(f"/prescriber/patients/{number}/tapers/{row.pk}/").content.decode()
    assert "physiotherapist: P. Demo" in plan
    assert "1 microgram" in plan
    built = client.get(f"/prescriber/patients/{number}/taper/plan/").content.decode()
    assert "1.28 times" in built
    given = {"starts": DAY.isoformat(), "stock": "5 mg", "daily": "40 mg", "basis": "hybrid"}
    given |= {"prescriber": "Dr A", "review": (DAY + timedelta(days=20)).isoformat(), "floor": "20 mg"}
    shown = client.get(f"/prescriber/patients/{number}/taper/preview/", given).content.decode()
    assert "Without it from" in shown
    wrong = client.get(f"/prescriber/patients/{number}/taper/preview/", given | {"stock": "many"})
    assert "is not understood" in wrong.content.decode()
    stuck = client.get(f"/prescriber/patients/{number}/taper/preview/", given | {"floor": ""})
    assert "A smaller unit is needed" in stuck.content.decode()
    decided = client.post(
        f"/prescriber/patients/{number}/taper/decide/", {"move": "go on again", "reason": ""}
    )
    assert decided.status_code == 302
    late = {"move": "as planned", "next_review": (DAY + timedelta(days=90)).isoformat()}
    assert (
        "at least monthly"
        in client.post(f"/prescriber/patients/{number}/taper/decide/", late).content.decode()
    )


def test_who_has_no_opioid_gets_no_taper(
    patient: Callable[[str], Patient], signed_in: Callable[[str], Client]
) -> None:
    number = patient("Liam").number
    page = signed_in("prescriber").get(f"/prescriber/patients/{number}/taper/", follow=True).content.decode()
    assert "No taper now" in page
    assert "screening/taper-without-opioid" in page


def test_own_data_hold_the_taper(maja: Patient, signed_in: Callable[[str], Client]) -> None:
    found = json.loads(signed_in("maja").get("/patient/data/openldn.json").content)
    (taper,) = found["tapers"]
    assert [c["move"] for c in taper["plan"]["changes"]] == ["reduce", "hold"]


def test_the_leaflet_as_it_stands_now(maja: Patient, signed_in: Callable[[str], Client]) -> None:
    answer = signed_in("maja").get("/patient/taper/leaflet.pdf")
    assert answer.status_code == 200
    assert answer["Content-Type"].split(";")[0] in ("application/pdf", "text/html")


def test_a_pause_is_asked_for_again_after_it_was_answered_the_same_day(
    maja: Patient, prescriber: Account, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("maja")
    client.post("/patient/taper/pause/", {"key": str(uuid.uuid4())})
    with acting("test"):
        tapering.decide(row_of(maja), Move.GO_ON_AGAIN, by=prescriber, as_of=DAY)
    assert "Paused since" not in client.get("/patient/taper/").content.decode()
    client.post("/patient/taper/pause/", {"key": str(uuid.uuid4())})
    assert "Paused since" in client.get("/patient/taper/").content.decode()


def test_naltrexone_and_a_taper_are_never_in_force_together(
    maja: Patient, prescriber: Account, patient: Callable[[str], Patient]
) -> None:
    plan = patient("Anna").plans.get(state="signed")
    row = row_of(maja)
    inputs = convert.taper_inputs(row)
    with acting("test"):
        plan.pk, plan.patient, plan._state.adding = None, maja, True
        plan.save()
        again_ = replace(
            inputs,
            screening=convert.taper_screening(maja, as_of=DAY),
            starts=DAY,
            review=DAY + timedelta(days=20),
            agreed_on=DAY,
        )
        draft = tapering.draft(maja, again_, by=prescriber)
        with pytest.raises(Refused, match="it blocks the opioid"):
            tapering.sign(draft, by=prescriber, as_of=DAY)
        tapering.end_following(maja)
    assert tapering.in_force(maja) is None
