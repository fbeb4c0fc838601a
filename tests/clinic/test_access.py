"""Who may open which page: every address, asked by every identity, against a table that people review.

access.csv is that table. OPENLDN_WRITE_ACCESS=1 writes it anew: read the difference before you
commit it.
"""

from __future__ import annotations

import csv
import io
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from openldn.clinic.access import Reach
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import (
    Account,
    Clinic,
    CompoundedBatch,
    Due,
    HandedOut,
    LabelPrint,
    Patient,
    Plan,
    PlanState,
    Proposal,
    ProposalState,
    Question,
    Role,
    Taper,
    TaperNotice,
)

TABLE = Path(__file__).with_name("access.csv")
IDENTITIES = (
    "nobody",
    "patient",
    "another patient",
    "prescriber",
    "prescriber of another clinic",
    "pharmacist",
    "pharmacist of another clinic",
    "researcher",
    "administrator",
    "administrator of another clinic",
)
COLUMNS = ("address", "method", "for", *IDENTITIES)
_FIELDS = dict.fromkeys(
    ("patient", "supplier", "supplied", "made", "drug", "total", "directions", "warnings", "use until",
     "storage", "batch", "compounded", "route", "children", "excipients"), "x",
)  # fmt: skip
_FOREIGN = "prescriber of another clinic", "pharmacist of another clinic", "administrator of another clinic"


@pytest.fixture
def world(untypeset: None, clinic: Clinic) -> dict[str, Any]:
    """Anna with something of everything, and another clinic."""
    anna = Patient.objects.get(given="Anna")
    plan = Plan.objects.get(patient=anna, state=PlanState.SIGNED)
    frank = Proposal.objects.filter(patient__given="Frank", tells_patient=True).get()
    with acting("test"):
        other = Clinic.objects.create(name="Another clinic")
        for role in (Role.PRESCRIBER, Role.PHARMACIST, Role.ADMINISTRATOR):
            account = Account.objects.create(clinic=other, role=role, name="X", email=f"{role}@other.example")
            has_second_factor(account)
        proposal = Proposal.objects.create(
            patient=anna,
            plan=plan,
            decision=_decision_like(frank.decision, anna),
            rule="followup/no-response",
            move="end",
            says="x",
            tells_patient=False,
            soon=False,
            state=ProposalState.OPEN,
        )
        due = Due.objects.create(plan=plan, on=plan.starts, kind="review", what="x", rule="plan/review-days")
        question = Question.objects.create(patient=anna, about="question", text="x")
        maja = Taper.objects.select_related("decision").get(patient__given="Maja")
        decision = _decision_like(maja.decision, anna, inputs=maja.decision.inputs | {"uldn": ""})
        taper = Taper.objects.create(
            patient=anna,
            number=maja.number,
            fields=maja.fields,
            decision=decision,
            state=PlanState.SIGNED,
            starts=maja.starts,
            signed_at=maja.signed_at,
            signed_by=maja.signed_by,
        )
        notice = TaperNotice.objects.create(
            patient=anna,
            taper=taper,
            decision=_decision_like(maja.notices.get().decision, anna),
            rule="weaning/wish",
            move="hold",
            says="x",
            tells_patient=False,
            soon=True,
        )
        batch = CompoundedBatch.objects.earliest("id")
        pharmacist = Account.objects.get(email="pharmacist@demo.example")
        days = {"since": plan.starts, "until": plan.starts, "on": plan.starts}
        handed = HandedOut.objects.create(
            plan=plan, batch=batch, went=False, item="x", amount=1, said={}, answer={}, by=pharmacist, **days
        )
        LabelPrint.objects.create(handed_out=handed, fields=_FIELDS, by=pharmacist)
    return {
        "batch": batch.number,
        "handed": handed.pk,
        "number": anna.number,
        "plan": plan.pk,
        "proposal": proposal.pk,
        "due": due.pk,
        "question": question.pk,
        "decision": plan.decision.pk,
        "account": Account.objects.get(patient=anna).pk,
        "paper": "leaflet",
        "taper": taper.pk,
        "notice": notice.pk,
        "condition": "fibromyalgia",
        "secret": "no-such-secret",
        "pk": 999_999,
    }


def has_second_factor(account: Account) -> None:
    """Give an account what staff need to get past the door."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(account, generate_totp_secret())


def _decision_like(decision: Any, patient: Patient, **other: Any) -> Any:
    from openldn.clinic.store.models import Decision

    fields = ("kind", "as_of", "word", "inputs", "answer", "sha256", "snapshot", "version")
    return Decision.objects.create(patient=patient, **{f: getattr(decision, f) for f in fields} | other)


def addresses() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every address there is, with its view."""
    yield from _below(get_resolver(), "/")


def _below(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry, path)
        else:
            assert isinstance(entry, URLPattern)
            yield path, entry.callback


def filled(address: str, world: Mapping[str, Any]) -> str:
    """An address with its places filled in."""
    for name, value in world.items():
        for kind in ("str", "int"):
            address = address.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in address, f"{address}: the test knows nothing to put there"
    return address


def as_identity(identity: str) -> Client:
    """A browser of an identity."""
    client = Client()
    role, _, elsewhere = identity.partition(" of ")
    if identity == "nobody":
        return client
    email = {"patient": "anna@demo.example", "another patient": "david@demo.example"}.get(
        identity, f"{role}@{'other' if elsewhere else 'demo'}.example"
    )
    with acting("test"):
        client.force_login(Account.objects.get(email=email))
    return client


def method_of(view: Callable[..., Any], address: str) -> str:
    """How an address is asked: those that only change something by sending."""
    return "GET" if Client().get(address).status_code != 405 else "POST"


def answer_to(signed_in: SimpleCookie, method: str, address: str) -> str:
    """yes: the page is opened; no: there is none for this identity; sign in: it leads there."""
    with transaction.atomic():
        client = Client()
        client.cookies = copy(signed_in)  # a page may sign out
        sent = {"key": str(uuid.uuid4()), "slot": "night", "reason": "x"}
        found = client.get(address) if method == "GET" else client.post(address, sent)
        transaction.set_rollback(True)
    if found.status_code in (301, 302) and "/accounts/login/" in found["Location"]:
        return "sign in"
    return "no" if found.status_code in (403, 404) else "yes"


def table(world: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is really answered."""
    rows = []
    signed_in = {identity: as_identity(identity).cookies for identity in IDENTITIES}
    for pattern, view in addresses():
        address = filled(pattern, world)
        method = method_of(view, address)
        reach: Reach | None = getattr(view, "reach", None)
        rows.append(
            {"address": pattern, "method": method, "for": str(reach or "allauth")}
            | {identity: answer_to(signed_in[identity], method, address) for identity in IDENTITIES}
        )
    return rows


def as_csv(rows: list[dict[str, str]]) -> str:
    """The table as it is kept."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def kept() -> list[dict[str, str]]:
    """The reviewed table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_address_answers_as_the_table_says(world: dict[str, Any]) -> None:
    found = table(world)
    if os.environ.get("OPENLDN_WRITE_ACCESS"):
        TABLE.write_text(as_csv(found), encoding="utf-8")
    wanted = {row["address"]: row for row in kept()}
    assert {row["address"] for row in found} == set(wanted), "an address without a row, or a row without one"
    wrong = [
        f"{row['address']} asked by {identity}: {row[identity]}, not {wanted[row['address']][identity]}"
        for row in found
        for identity in IDENTITIES
        if row[identity] != wanted[row["address"]][identity]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_table_grants_nothing_that_no_role_may_have() -> None:
    """Said once more in other words, for whoever reviews the table."""
    for row in kept():
        granted = {identity for identity in IDENTITIES if row[identity] == "yes"}
        if "<str:number>" in row["address"]:
            assert not granted & {*_FOREIGN, "nobody", "another patient", "researcher", "administrator"}, row
            if not row["address"].endswith("prescription.pdf"):
                theirs = "pharmacist" if row["address"].startswith("/pharmacist/") else "prescriber"
                assert granted == {theirs}, row
        if row["address"].startswith("/patient/"):
            assert granted <= {"patient", "another patient"}, row
        if row["address"].startswith("/administrator/"):
            assert granted <= {"administrator", "administrator of another clinic"}, row
        if "<int:account>" in row["address"]:
            assert granted == {"administrator"}, row
        if not row["address"].startswith("/accounts/"):
            assert "nobody" not in granted, row


@pytest.mark.parametrize(
    "what", ["plans/{plan}/", "proposals/{proposal}/", "decisions/{decision}/", "tapers/{taper}/"]
)
def test_a_patients_address_opens_nothing_of_another(what: str, world: dict[str, Any]) -> None:
    david = Patient.objects.get(given="David")
    own, foreign = (
        f"/prescriber/patients/{number}/{what.format(**world)}" for number in (world["number"], david.number)
    )
    client = as_identity("prescriber")
    assert (client.get(own).status_code, client.get(foreign).status_code) == (200, 404)


def test_our_own_pages_all_say_for_whom_they_are() -> None:
    without = [
        path
        for path, view in addresses()
        if view.__module__.startswith("openldn.") and not hasattr(view, "reach")
    ]
    assert not without
