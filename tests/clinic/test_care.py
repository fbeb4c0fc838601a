"""The acts of care: what reaches a patient at once, what waits for a name, what never happens by itself."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from openldn.clinic import care, rounds
from openldn.clinic.keeping import Refused
from openldn.clinic.store import convert
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import (
    Account,
    Clinic,
    DiaryEntry,
    Draft,
    Patient,
    Plan,
    PlanState,
    Proposal,
    ProposalState,
    Role,
)
from openldn.plan.changes import Move
from openldn.quantities import Dose
from openldn.record.diary import BadDiary

Find = Callable[[str], Patient]
SignedIn = Callable[[str], Client]
DAY = date(2026, 11, 28)
GOOD = {"slot": "night", "taken": "yes", "symptoms": "5", "effects": "none", "painkiller": "no"}


@pytest.fixture
def prescriber(clinic: Clinic) -> Account:
    """The one prescriber."""
    return Account.objects.get(clinic=clinic, role=Role.PRESCRIBER)


@pytest.fixture
def ines(patient: Find, prescriber: Account) -> Patient:
    """Ines, whose draft (1 mg for 7 nights, then more) is signed on 28 November."""
    with acting("test"):
        care.sign(Plan.objects.get(patient=patient("Ines")), by=prescriber, as_of=DAY)
    return patient("Ines")


def write(who: Patient, day: date, **fields: str) -> Proposal | None:
    """An entry of a day, written by the patient on it."""
    with acting("test"):
        row = {"date": day.isoformat(), **fields}
        return care.write_diary(who, row, uuid.uuid4(), by=who.account, as_of=day)


def dose_on(who: Patient, day: date) -> Dose | None:
    """What the plan in force says for a day."""
    plan = care.in_force(who)
    assert plan is not None
    steps = convert.plan_of(plan).steps
    return next((s.dose for s in steps if s.starts <= day <= s.ends), None)


def test_an_opioid_stops_the_plan_at_once_and_waits_for_a_name(ines: Patient, prescriber: Account) -> None:
    told = write(ines, DAY, **GOOD | {"painkiller": "not named", "painkiller_name": "co-codamol"})
    assert told is not None
    assert (told.move, told.tells_patient, told.state) == (Move.STOP, True, ProposalState.OPEN)
    assert dose_on(ines, DAY + timedelta(days=1)) is None
    plan = care.in_force(ines)
    assert plan is not None
    assert plan.signed_by == prescriber
    assert plan.fields["changes"][-1]["by"] is None
    with acting("test"):
        with pytest.raises(Refused, match="told already"):
            care.refuse(told, "no", by=prescriber)
        care.accept(told, by=prescriber, as_of=DAY)
    assert (told.state, told.answered_by) == (ProposalState.ACCEPTED, prescriber)


def test_a_planned_rise_without_a_diary_does_not_take_place(ines: Patient) -> None:
    rise = DAY + timedelta(days=7)
    assert dose_on(ines, rise) == Dose.mg("2")
    rounds.this_morning(ines, as_of=rise)
    assert dose_on(ines, rise) == dose_on(ines, rise + timedelta(days=30)) == Dose.mg("1")
    waiting = Proposal.objects.get(patient=ines)
    assert (waiting.move, waiting.state) == (Move.HOLD, ProposalState.CARRIED_OUT)


def test_a_planned_rise_after_seven_good_days_takes_place(ines: Patient) -> None:
    for n in range(7):
        assert write(ines, DAY + timedelta(days=n), **GOOD) is None
    rise = DAY + timedelta(days=7)
    rounds.this_morning(ines, as_of=rise)
    assert dose_on(ines, rise) == Dose.mg("2")
    assert not Proposal.objects.filter(patient=ines).exists()


def test_a_dose_ticked_off_is_no_day_filled_in_and_no_hole_before_the_day_is_over(ines: Patient) -> None:
    for n in range(6):
        write(ines, DAY + timedelta(days=n), **GOOD)
    last = DAY + timedelta(days=6)
    assert write(ines, last, slot="night", taken="yes") is None
    assert dose_on(ines, last + timedelta(days=1)) == Dose.mg("2")
    rounds.this_morning(ines, as_of=last + timedelta(days=1))
    assert dose_on(ines, last + timedelta(days=1)) == Dose.mg("1")


def test_trouble_is_proposed_and_changes_nothing_before_a_name_stands_under_it(
    ines: Patient, prescriber: Account
) -> None:
    asked = write(ines, DAY, **GOOD | {"effects": "dizziness 2"})
    assert asked is not None
    assert (asked.move, asked.tells_patient) == (Move.HALVE, False)
    tomorrow = DAY + timedelta(days=1)
    assert dose_on(ines, tomorrow) == Dose.mg("1")
    with acting("test"):
        care.accept(asked, by=prescriber, as_of=DAY)
    assert dose_on(ines, tomorrow) == Dose.mg("0.5")
    with acting("test"), pytest.raises(Refused, match="answered already"):
        care.accept(asked, by=prescriber, as_of=DAY)


def test_a_refusal_needs_a_reason_and_changes_nothing(ines: Patient, prescriber: Account) -> None:
    asked = write(ines, DAY, **GOOD | {"effects": "dizziness 2"})
    assert asked is not None
    with acting("test"):
        with pytest.raises(Refused, match="say why"):
            care.refuse(asked, " ", by=prescriber)
        care.refuse(asked, "seen at the visit: it was the heat", by=prescriber)
    assert dose_on(ines, DAY + timedelta(days=1)) == Dose.mg("1")


def test_a_proposal_that_the_diary_has_overtaken_is_not_signed(ines: Patient, prescriber: Account) -> None:
    asked = write(ines, DAY, **GOOD | {"effects": "dizziness 2"})
    assert asked is not None
    write(ines, DAY, **GOOD | {"effects": "dizziness 2", "pregnancy_test": "positive"})
    asked.refresh_from_db()
    assert asked.state == ProposalState.OVERTAKEN
    with acting("test"), pytest.raises(Refused):
        care.accept(asked, by=prescriber, as_of=DAY)


def test_an_entry_sent_twice_is_kept_once(ines: Patient) -> None:
    key = uuid.uuid4()
    for _ in range(2):
        with acting("test"):
            care.write_diary(ines, {"date": DAY.isoformat(), **GOOD}, key, by=ines.account, as_of=DAY)
    assert DiaryEntry.objects.filter(patient=ines).count() == 1


def test_what_was_answered_stays_when_more_is_added(ines: Patient) -> None:
    write(ines, DAY, slot="night", taken="yes")
    write(ines, DAY, slot="night", symptoms="4")
    assert convert.written(ines, DAY, "night") == {
        "date": DAY.isoformat(), "slot": "night", "taken": "yes", "symptoms": "4",
    }  # fmt: skip


def test_a_field_that_is_not_understood_is_refused_and_nothing_is_lost(ines: Patient) -> None:
    write(ines, DAY, slot="night", taken="yes")
    with pytest.raises(BadDiary, match="symptoms"):
        write(ines, DAY, slot="night", symptoms="eleven")
    assert convert.written(ines, DAY, "night")["taken"] == "yes"


def _took(who: Patient, name: str) -> Proposal | None:
    with acting("test"):
        return care.took_painkiller(who, name, uuid.uuid4(), by=who.account, as_of=DAY)


def test_a_known_painkiller_without_an_opioid_stops_nothing(ines: Patient) -> None:
    assert _took(ines, "ibuprofen") is None
    assert dose_on(ines, DAY) == Dose.mg("1")


@pytest.mark.parametrize("name", ["", "the green ones from my neighbour"])
def test_a_painkiller_that_nobody_can_name_lets_the_dose_wait(name: str, ines: Patient) -> None:
    found = _took(ines, name)
    assert found is not None
    assert (found.move, found.tells_patient) == (Move.WAIT, True)


def test_a_second_painkiller_takes_nothing_back_of_the_first(ines: Patient) -> None:
    _took(ines, "codeine")
    _took(ines, "ibuprofen")
    assert convert.written(ines, DAY, "night")["painkiller_name"] == "codeine; ibuprofen"
    assert dose_on(ines, DAY) is None


def test_an_unnamed_painkiller_is_not_named_by_the_next_one(ines: Patient) -> None:
    _took(ines, "")
    _took(ines, "ibuprofen")
    assert convert.written(ines, DAY, "night")["painkiller_name"] == "not known; ibuprofen"
    assert dose_on(ines, DAY) is None


def test_a_new_plan_replaces_the_old_one_and_answers_its_proposals(
    ines: Patient, prescriber: Account, signed_in: SignedIn
) -> None:
    asked = write(ines, DAY, **GOOD | {"effects": "dizziness 2"})
    before = care.in_force(ines)
    client = signed_in("prescriber")
    base = f"/prescriber/patients/{ines.number}/"
    sent = client.post(f"{base}plan/", {"starts": "2026-11-29", "steps": "0.5 mg x 14, 1 mg"})
    draft = Plan.objects.get(patient=ines, state=PlanState.DRAFT)
    assert sent["Location"] == f"{base}plans/{draft.pk}/"
    assert asked is not None
    assert before is not None
    assert draft.fields["replaces"] == before.number
    client.post(f"{base}plans/{draft.pk}/sign/")
    asked.refresh_from_db()
    before.refresh_from_db()
    assert (asked.state, before.state) == (ProposalState.CHANGED, PlanState.REPLACED)
    assert asked.answered_by == prescriber
    assert dose_on(ines, date(2026, 11, 29)) == Dose.mg("0.5")


def test_a_draft_that_begins_before_today_is_not_signed(patient: Find, prescriber: Account) -> None:
    draft = Plan.objects.get(patient=patient("Ines"))
    with acting("test"), pytest.raises(Refused, match="before today"):
        care.sign(draft, by=prescriber, as_of=DAY + timedelta(days=1))


def test_an_interview_that_was_begun_waits_for_whoever_began_it(patient: Find, signed_in: SignedIn) -> None:
    address = f"/prescriber/patients/{patient('Hugo').number}/interview/"
    client = signed_in("prescriber")
    assert client.post(f"{address}draft/", {"liver-disease": "yes"}).status_code == 204
    page = client.get(address).content.decode()
    ticked = re.findall(r"<input[^>]*checked[^>]*>", page)
    assert [('name="liver-disease"' in t, 'value="yes"' in t) for t in ticked] == [(True, True)]
    assert Draft.objects.get().fields == {"liver-disease": "yes"}


def test_after_an_opioid_in_the_diary_no_plan_is_made_before_its_washout(
    ines: Patient, prescriber: Account, signed_in: SignedIn
) -> None:
    _took(ines, "co-codamol")
    assert care.look_at(ines, as_of=DAY).verdict.word == "contraindicated"
    page = signed_in("prescriber").get(f"/prescriber/patients/{ines.number}/plan/").content.decode()
    assert "screening/opioid-washout" in page
    assert "no plan can be built" in page
    assert care.look_at(ines, as_of=DAY + timedelta(days=14)).verdict.allows_plan
