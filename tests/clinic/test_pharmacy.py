"""The pharmacy in the clinic: two people read, one signs, the counter asks again, labels become void."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from openldn.clinic import care, pharmacy
from openldn.clinic.keeping import Refused
from openldn.clinic.store import chain
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import (
    Account,
    BatchReading,
    Clinic,
    CompoundedBatch,
    HandedOut,
    LabelPrint,
    Patient,
    Plan,
    PlanState,
    Release,
)
from openldn.dispensing.readings import Kind

SignedIn = Callable[[str], Client]
BATCH = {
    "formula": "liquid-nz-powder",
    "make": "150 mL",
    "lot": "A123; assay=99.2; water=5",
    "balance": "0.1 mg",
    "glass": "flask-a-us, pipette-a-us, cylinder-a-us",
    "largest_flask": "100 mL",
}
ASKED = {"answer_0": "no", "answer_1": "no", "answer_2": "no", "avoids_nothing": "on"}


def begun(signed_in: SignedIn, **other: str) -> CompoundedBatch:
    """A batch that a pharmacist begins."""
    answer = signed_in("pharmacist").post("/pharmacist/batches/new/", {**BATCH, **other})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return CompoundedBatch.objects.latest("id")


def readings(row: CompoundedBatch, **other: str) -> dict[str, str]:
    """The form of somebody who reads everything right, but for what is given."""
    found = {}
    for entry in pharmacy.making_of(row).sheet.entries:
        text = other.get(entry.key, "L1; 2030-01-31" if entry.kind is Kind.LOT else entry.expected)
        if entry.kind in (Kind.MASS, Kind.DOSE, Kind.VOLUME):
            text, _, unit = text.partition(" ")
            found[f"{entry.key}.unit"] = unit.removesuffix("s")
        found[entry.key] = text
    return found


def read_by(client: Client, row: CompoundedBatch, **other: str) -> None:
    answer = client.post(f"/pharmacist/batches/{row.number}/read/", readings(row, **other))
    assert answer.status_code == 302, answer.content.decode()[-3000:]


def signed(client: Client, row: CompoundedBatch) -> Release:
    client.post(f"/pharmacist/batches/{row.number}/sign/")
    return Release.objects.filter(batch=row).latest("id")


def released(signed_in: SignedIn, **other: str) -> CompoundedBatch:
    row = begun(signed_in, **other)
    for who in ("pharmacist", "pharmacist2"):
        read_by(signed_in(who), row)
    assert signed(signed_in("pharmacist"), row).released
    return row


def test_two_pharmacists_read_and_one_signs(signed_in: SignedIn) -> None:
    row = begun(signed_in)
    one, other = signed_in("pharmacist"), signed_in("pharmacist2")
    read_by(one, row)
    assert not signed(one, row).released  # one person's readings
    read_by(other, row)
    found = signed(other, row)
    assert (found.released, found.signed_by.name) == (True, "Second Pharmacist")
    assert [b.left_text for b in pharmacy.stock(row.clinic) if b.row == row] == ["150 mL"]
    assert chain.breaks() == []


def test_who_reads_second_does_not_see_the_first(signed_in: SignedIn) -> None:
    row = begun(signed_in)
    read_by(signed_in("pharmacist"), row, **{"drug.weighed": "159.3 mg"})
    page = signed_in("pharmacist2").get(f"/pharmacist/batches/{row.number}/").content.decode()
    assert "159.3" not in page
    assert "Demo Pharmacist has read" in page
    assert "159.3" in signed_in("pharmacist").get(f"/pharmacist/batches/{row.number}/").content.decode()


def test_a_slip_of_one_is_shown_and_read_again(signed_in: SignedIn) -> None:
    row = begun(signed_in)
    one, other = signed_in("pharmacist"), signed_in("pharmacist2")
    read_by(one, row)
    read_by(other, row, **{"drug.weighed": "1593 mg"})
    assert not signed(one, row).released
    page = one.get(f"/pharmacist/batches/{row.number}/").content.decode()
    assert "dispensing/two-readings" in page
    assert "1593 mg" in page
    read_by(other, row)
    assert signed(one, row).released
    # What was read first stays.
    assert BatchReading.objects.filter(batch=row, text="1593 mg").count() == 1


def test_a_third_reader_is_not_asked_for(signed_in: SignedIn, clinic: Clinic) -> None:
    row = begun(signed_in)
    with acting("test"):
        third = Account.objects.create(clinic=clinic, role="pharmacist", name="Third", email="t@demo.example")
    read_by(signed_in("pharmacist"), row)
    read_by(signed_in("pharmacist2"), row)
    with acting("test"), pytest.raises(Refused, match="two people"):
        pharmacy.read(row, {"made": "150 mL"}, by=third)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"lot": ""}, "certificate"),
        ({"make": "a lot"}, "number and a unit"),
        ({"formula": "capsule-gelatin", "make": "60 capsules"}, "one capsule holds"),
        ({"expiries": "glycerol"}, "glycerol=2027-03-31"),
        ({"expiries": "glycerol=2020-03-31"}, "expired"),
        ({"formula": "capsule-uldn", "make": "60 capsules", "strength": "1 microgram",
          "filler_alone": "135 mg", "drug_alone": "180 mg"}, "Make a liquid"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_said(other: dict[str, str], says: str, signed_in: SignedIn) -> None:
    answer = signed_in("pharmacist").post("/pharmacist/batches/new/", {**BATCH, **other})
    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_a_unit_is_chosen_never_guessed(signed_in: SignedIn) -> None:
    row = begun(signed_in)
    sent = readings(row) | {"drug.weighed.unit": ""}
    answer = signed_in("pharmacist").post(f"/pharmacist/batches/{row.number}/read/", sent)
    assert "Choose the unit" in answer.content.decode()
    assert not row.readings.exists()


def counter(signed_in: SignedIn, given: str, row: CompoundedBatch, **other: str) -> HandedOut | str:
    """What becomes of a hand-over."""
    patient = Patient.objects.get(given=given)
    plan = care.in_force(patient)
    assert plan is not None
    sent = {
        **ASKED,
        "plan_scanned": f"openldn plan {plan.number}",
        "batch_scanned": row.number,
        "amount": "20",
    }
    before = HandedOut.objects.count()
    answer = signed_in("pharmacist").post(
        f"/pharmacist/patients/{patient.number}/hand-over/", {k: v for k, v in (sent | other).items() if v}
    )
    if HandedOut.objects.count() == before:
        return answer.content.decode()
    return HandedOut.objects.latest("id")


def test_everything_passes_and_the_stock_goes_down(signed_in: SignedIn) -> None:
    row = released(signed_in)
    found = counter(signed_in, "David", row)
    assert isinstance(found, HandedOut)
    assert found.went
    assert [b.left_text for b in pharmacy.stock(row.clinic) if b.row == row] == ["130 mL"]
    # What follows is asked for from the next day on.
    needed = {n.plan.patient.given: n.since for n in pharmacy.queue(row.clinic, today=found.on)}
    assert (needed["David"] - found.until).days == 1


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"answer_0": "yes"}, "hand-over-opioids"),
        ({"answer_0": ""}, "hand-over-opioids"),
        ({"answer_2": "not known"}, "hand-over-opioids"),
        ({"avoids_nothing": ""}, "hand-over-excipients"),
        ({"avoids_nothing": "", "avoids": "parabens"}, "hand-over-excipients"),
        ({"plan_scanned": "ABCD"}, "hand-over-product"),
        ({"amount": "151"}, "hand-over-quantity"),
    ],
)
def test_what_does_not_pass_is_kept_back_and_kept(
    other: dict[str, str], rule: str, signed_in: SignedIn
) -> None:
    row = released(signed_in)
    found = counter(signed_in, "David", row, **other)
    assert isinstance(found, HandedOut)
    assert not found.went
    assert found.answer["checks"][0]["rule"] == f"dispensing/{rule}"
    assert [b.left_text for b in pharmacy.stock(row.clinic) if b.row == row] == ["150 mL"]
    with acting("test"), pytest.raises(Refused, match="nothing was handed out"):
        pharmacy.label_of(found, by=found.by, reason="")


def test_a_batch_that_is_not_released_or_taken_back_does_not_go(signed_in: SignedIn) -> None:
    row = begun(signed_in)
    found = counter(signed_in, "David", row)
    assert isinstance(found, HandedOut)
    assert not found.went
    row = released(signed_in)
    client = signed_in("pharmacist2")
    client.post(f"/pharmacist/batches/{row.number}/recall/", {"reason": ""})
    assert Release.objects.filter(batch=row).latest("id").released
    client.post(f"/pharmacist/batches/{row.number}/recall/", {"reason": "the supplier called"})
    found = counter(signed_in, "David", row)
    assert isinstance(found, HandedOut)
    assert not found.went
    assert "taken back: the supplier called" in client.get("/pharmacist/batches/").content.decode()
    assert "was recalled" in client.post(
        f"/pharmacist/batches/{row.number}/sign/", follow=True
    ).content.decode()  # fmt: skip


def test_what_was_judged_stays_what_it_was(signed_in: SignedIn) -> None:
    row = released(signed_in)
    before = row.readings.count()
    last = row.readings.latest("id")
    with acting("test"), pytest.raises(Refused, match="take the batch back"):
        pharmacy.read(row, {last.entry: "something else"}, by=last.read_by)
    assert row.readings.count() == before


def test_a_batch_that_was_taken_back_gets_no_label(signed_in: SignedIn) -> None:
    row = released(signed_in)
    found = counter(signed_in, "David", row)
    assert isinstance(found, HandedOut)
    with acting("test"):
        pharmacy.label_of(found, by=found.by, reason="")
        pharmacy.recall(row, "the supplier called", by=found.by)
        with pytest.raises(Refused, match="taken back"):
            pharmacy.label_of(found, by=found.by, reason="smudged")
    assert found.prints.count() == 1
    address = f"/pharmacist/patients/{found.plan.patient.number}/handed-out/{found.pk}"
    answer = signed_in("pharmacist").get(f"{address}/label.pdf", follow=True)
    assert answer.redirect_chain == [(f"{address}/", 302)], (
        "the label that was made before is not shown either"
    )
    assert "taken back" in answer.content.decode()


def test_another_strength_does_not_go(signed_in: SignedIn) -> None:
    row = released(signed_in, formula="uldn-liquid", make="60 mL")
    found = counter(signed_in, "David", row)
    assert isinstance(found, HandedOut)
    failed = [c["says"] for c in found.answer["checks"] if not c["passed"]]
    assert "strength of a millilitre: 1 microgram is there, 1 mg was signed." in failed
    assert "no batch" in str(counter(signed_in, "David", row, batch_scanned="B-1"))


def test_a_label_is_printed_once_and_again_only_with_a_reason(signed_in: SignedIn) -> None:
    row = released(signed_in)
    found = counter(signed_in, "David", row)
    assert isinstance(found, HandedOut)
    client, number = signed_in("pharmacist"), found.plan.patient.number
    address = f"/pharmacist/patients/{number}/handed-out/{found.pk}"
    assert client.get(f"{address}/label.pdf").status_code == 404  # nothing is printed yet
    for reason in ("", "", "torn"):
        client.post(f"{address}/print/", {"reason": reason})
    assert client.get(f"{address}/label.pdf")["Content-Type"] == "application/pdf"
    prints = list(LabelPrint.objects.order_by("id"))
    assert [p.reason for p in prints] == ["", "torn"]
    assert prints[0].fields["patient"] == "David Ek"
    assert prints[0].fields["supplier"] == "Demonstration clinic, 1 Invented Street, Demotown"
    assert prints[0].fields["batch"] == row.number
    page = client.get(f"/pharmacist/patients/{number}/handed-out/{found.pk}/").content.decode()
    assert "again: torn" in page
    assert "first print; void" in page


def test_a_label_of_a_replaced_plan_is_void(signed_in: SignedIn) -> None:
    row = released(signed_in)
    found = counter(signed_in, "David", row)
    assert isinstance(found, HandedOut)
    with acting("test"):
        Plan.objects.filter(pk=found.plan_id).update(state=PlanState.REPLACED)
        found = HandedOut.objects.get(pk=found.pk)
        with pytest.raises(Refused, match="void"):
            pharmacy.label_of(found, by=found.by, reason="")
        with pytest.raises(Refused, match="in force"):
            pharmacy.hand_out(found.plan.patient, found.plan, None, None, by=found.by)  # type: ignore[arg-type]


def test_a_clinic_without_an_address_prints_no_label(signed_in: SignedIn, clinic: Clinic) -> None:
    row = released(signed_in)
    found = counter(signed_in, "David", row)
    assert isinstance(found, HandedOut)
    with acting("test"):
        Clinic.objects.filter(pk=clinic.pk).update(address="")
        found = HandedOut.objects.get(pk=found.pk)
        with pytest.raises(Refused, match=r"supplier.*administrator"):
            pharmacy.label_of(found, by=found.by, reason="")


def test_slips_typed_into_the_form_are_caught_like_those_in_a_table(signed_in: SignedIn) -> None:
    """Each amount of a batch ten times too large, typed by one: the form and the table read the same."""
    row = begun(signed_in)
    right = readings(row)
    read_by(signed_in("pharmacist"), row)
    amounts = [key for key in right if f"{key}.unit" in right]
    assert len(amounts) >= 6
    other = signed_in("pharmacist2")
    read_by(other, row)
    for key in amounts:
        tenfold = f"{float(right[key].replace(',', '')) * 10:.4f}".rstrip("0").rstrip(".")
        other.post(f"/pharmacist/batches/{row.number}/read/", {**right, key: tenfold})
        found = signed(other, row)
        failed = {j["key"]: j["rule"] for j in found.outcome["judged"] if not j["passed"]}
        assert failed == {key: "dispensing/two-readings"}
        other.post(f"/pharmacist/batches/{row.number}/read/", right)


def test_access_of_batches_is_of_one_clinic() -> None:
    rows = csv.DictReader((Path(__file__).with_name("access.csv")).read_text(encoding="utf-8").splitlines())
    batches = [r for r in rows if "<str:batch>" in r["address"]]
    assert len(batches) == 5
    assert all(r["pharmacist"] == "yes" and r["pharmacist of another clinic"] == "no" for r in batches)
