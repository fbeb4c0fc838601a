"""A demonstration clinic: thirteen invented patients, brought to where they are by the acts of care."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt

from openldn.clinic import care, clock, pharmacy, tapering
from openldn.clinic.decisions import PlanInputs, TaperInputs
from openldn.clinic.store import convert
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import Account, Clinic, DiaryEntry, Due, Patient, Question, Role
from openldn.clinic.typed import bundle_of
from openldn.dispensing.hand_over import Counter, questions
from openldn.dispensing.making import MakingInputs
from openldn.dispensing.readings import Kind
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.strict_yaml import read_yaml
from openldn.plan.course import DueKind
from openldn.plan.supply import whole_packs
from openldn.record.interview import Health, Said
from openldn.record.interview import Question as Asked

_PATIENTS: Final = Path(__file__).with_name("patients.yaml")
_STAFF: Final = (
    (Role.PRESCRIBER, "Dr Demo Prescriber", "prescriber"),
    (Role.PHARMACIST, "Demo Pharmacist", "pharmacist"),
    (Role.PHARMACIST, "Second Pharmacist", "pharmacist2"),
    (Role.RESEARCHER, "Demo Researcher", "researcher"),
    (Role.ADMINISTRATOR, "Demo Administrator", "administrator"),
)
_SYSTEM: Final = "openldn clinic"


def build(password: str, *, as_of: date) -> Clinic:
    """Make the demonstration clinic, in which it is `as_of`; all its accounts have one password."""
    with acting(_SYSTEM, "demonstration"):
        clinic = Clinic.objects.create(
            name="Demonstration clinic",
            address="1 Invented Street, Demotown",
            zone="UTC",
            demonstrated_on=as_of,
        )
        for role, name, first in _STAFF:
            _account(clinic, role, name, first, password, second_factor=True)
    prescriber = Account.objects.get(clinic=clinic, role=Role.PRESCRIBER)
    for fields in read_yaml(_PATIENTS.read_text(encoding="utf-8")):
        with acting(_SYSTEM, "demonstration"):
            _patient(clinic, fields, prescriber, password, as_of)
    with acting(_SYSTEM, "demonstration"):
        _batches(clinic, as_of)
    return clinic


def _batches(clinic: Clinic, as_of: date) -> None:
    """A batch in stock, and one that waits for its second reader."""
    one, other = Account.objects.filter(clinic=clinic, role=Role.PHARMACIST).order_by("id")
    for make, readers in (("200 mL", (one, other)), ("100 mL", (other,))):
        inputs = MakingInputs(
            formula="liquid-nz-powder", make=make, made=as_of, lot="DEMO-1; assay=99.2; water=5"
        )
        row = pharmacy.begin(clinic, inputs, by=one)
        right = {
            e.key: "DEMO-LOT; 2099-12-31" if e.kind is Kind.LOT else e.expected
            for e in pharmacy.making_of(row).sheet.entries
        }
        for reader in readers:
            pharmacy.read(row, right, by=reader)
        if len(readers) > 1:
            pharmacy.sign(row, by=one)
            _hand_out(clinic, row.number, as_of, by=one)


def _hand_out(clinic: Clinic, batch: str, as_of: date, *, by: Account) -> None:
    """To the first patient who needs it, for the days that are left of the plan."""
    first = pharmacy.queue(clinic, today=as_of)[0]
    item = pharmacy.counter_item(first.plan, first.item)
    core = convert.plan_of(first.plan)
    amount = whole_packs(item, sum(used for day, used in core.uses(item) if day >= first.since))
    answers = (Said.NO,) * len(questions(load_knowledge(), as_of=as_of))
    at = Counter(as_of, answers, (), first.plan.number, batch, amount, first.since)
    pharmacy.hand_out(first.plan.patient, first.plan, item, at, by=by)


def _account(
    clinic: Clinic,
    role: Role,
    name: str,
    first: str,
    password: str,
    *,
    patient: Patient | None = None,
    second_factor: bool = False,
) -> Account:
    account = Account(clinic=clinic, role=role, name=name, email=f"{first}@demo.example", patient=patient)
    account.set_password(password)
    account.save()
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    if second_factor:
        TOTP.activate(account, generate_totp_secret())
    return account


def code_now(account: Account) -> str:
    """The six digits that a phone would show now: whoever tries a demonstration need not set one up."""
    found = Authenticator.objects.get(user=account, type=Authenticator.Type.TOTP)
    accepted = [*yield_hotp_counters_from_time()]
    counter = accepted[len(accepted) // 2]
    return str(format_hotp_value(hotp_value(decrypt(found.data["secret"]), counter)))


def _patient(clinic: Clinic, fields: dict[str, Any], by: Account, password: str, as_of: date) -> None:
    patient = Patient.objects.create(
        clinic=clinic, given=fields["given"], family=fields["family"], born=date.fromisoformat(fields["born"])
    )
    account = _account(clinic, Role.PATIENT, patient.name, patient.given.lower(), password, patient=patient)
    if "drugs" not in fields:
        return
    begun = as_of - timedelta(days=int(fields.get("planned", fields.get("taper", {}).get("began", 0))))
    drugs = [(d["text"], as_of - timedelta(days=int(d["ordered"]))) for d in fields["drugs"]]
    text = json.dumps(bundle_of(patient, fields["sex"], fields["conditions"], drugs, dated=begun))
    care.import_record(patient, "demonstration.json", text, by=by)
    care.keep_interview(patient, _interview(by, begun), by=by)
    care.screen(patient, by=by, as_of=begun)
    if "taper" in fields:
        _taper(patient, fields, by, account, as_of)
    if "planned" not in fields:
        return
    inputs = PlanInputs(
        screening=convert.screening_inputs(patient, as_of=begun),
        patient=patient.number,
        starts=begun,
        prescriber=by.name,
    )
    plan = care.draft_plan(patient, inputs, by=by)
    if fields.get("unsigned"):
        return
    care.sign(plan, by=by, as_of=begun)
    DiaryEntry.objects.bulk_create(
        DiaryEntry(
            patient=patient,
            day=date.fromisoformat(row["date"]),
            slot=row["slot"],
            fields=row,
            key=uuid.uuid4(),
            written_by=account,
        )
        for row in _diary(fields.get("diary", ()), begun)
    )
    if fields.get("asks"):
        Question.objects.create(patient=patient, about=fields["asks"], text=fields["says"])
    care.review(patient, by=account, as_of=as_of)
    # Reviews were held when they were due; tests wait, where a demonstration has no results.
    past = Due.objects.filter(plan__patient=patient, on__lt=as_of).exclude(kind=DueKind.TEST)
    past.update(done_at=clock.now(), done_by=by)


def _taper(patient: Patient, fields: dict[str, Any], by: Account, account: Account, as_of: date) -> None:
    given = fields["taper"]
    began = as_of - timedelta(days=int(given["began"]))
    inputs = TaperInputs(
        screening=convert.taper_screening(patient, as_of=began),
        daily=given["daily"],
        stock=given["stock"],
        starts=began,
        duration=int(given["duration"]),
        floor=given["floor"],
        prescriber=by.name,
        review=began + timedelta(days=28),
        team=tuple(given["team"]),
        agreed_on=began,
        uldn="1 microgram",
    )
    tapering.sign(tapering.draft(patient, inputs, by=by), by=by, as_of=began)
    for row in _diary(fields["diary"], began, slot=""):
        key, day = uuid.uuid4(), date.fromisoformat(row["date"])
        care.write_diary(patient, row, key, by=account, as_of=day)


def _diary(segments: Any, begun: date, slot: str = "night") -> Iterator[dict[str, str]]:
    day = 0
    for segment in segments:
        answers = {name: text for name, text in segment.items() if name != "until"}
        while day < int(segment["until"]):
            yield {"date": (begun + timedelta(days=day)).isoformat(), "slot": slot, **answers}
            day += 1


def _interview(by: Account, held: date) -> dict[str, Any]:
    return {
        "held": held.isoformat(),
        "by": by.name,
        "answers": {str(q): str(Said.NO) for q in Asked},
        "health": {str(h): str(Said.NO) for h in Health},
        "no_opioid_since": (held - timedelta(days=90)).isoformat(),
    }
