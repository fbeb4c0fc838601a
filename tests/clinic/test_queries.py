"""How often a page asks the database: no more than a table says, and no more for forty rows than for three.

Not counted: savepoints, which stand for transactions in a test, and the statements that tell the database
who acts (they are others on PostgreSQL than on SQLite).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final, Protocol

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from openldn.clinic import clock, documents
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import (
    Account,
    CompoundedBatch,
    Decision,
    DiaryEntry,
    Due,
    Interview,
    Kind,
    Patient,
    Plan,
    PlanState,
    Proposal,
    ProposalState,
    Question,
    RecordFile,
    Role,
    SettingAside,
    Statement,
    Wish,
)


class Answer(Protocol):
    """What a client of a test gets."""

    status_code: int
    content: bytes


pytestmark = pytest.mark.django_db
DAY: Final = date(2026, 11, 28)
_NOT_COUNTED: Final = re.compile(
    r"SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK|.*(audit_ctx|set_config|current_setting|pg_advisory)", re.DOTALL
)

PAGES: Final[dict[str, tuple[str, str, int]]] = {
    # Who asks, about whom, and how many statements at most. Five of each are the session, the account,
    # where it is signed in (read, locked, written); five of those about a patient note that it was read.
    "home": ("prescriber", "", 5),
    "prescriber:today": ("prescriber", "", 16),
    "prescriber:patients": ("prescriber", "", 8),
    "prescriber:register": ("prescriber", "", 6),
    "prescriber:what_if": ("prescriber", "", 6),
    "prescriber:what_if_picture": ("prescriber", "", 6),
    "prescriber:patient": ("prescriber", "Anna", 23),
    "prescriber:record": ("prescriber", "Anna", 16),
    "prescriber:interview": ("prescriber", "Anna", 16),
    "prescriber:screening": ("prescriber", "Anna", 17),
    "prescriber:build": ("prescriber", "Anna", 20),
    "prescriber:preview": ("prescriber", "Anna", 19),
    "prescriber:plan": ("prescriber", "Anna", 15),
    "prescriber:paper": ("prescriber", "Anna", 12),
    "prescriber:course": ("prescriber", "Anna", 18),
    "prescriber:summary": ("prescriber", "Anna", 15),
    "prescriber:proposal": ("prescriber", "Ewa", 15),
    "prescriber:question": ("prescriber", "Karin", 15),
    "prescriber:decision": ("prescriber", "Anna", 15),
    "prescriber:taper": ("prescriber", "Maja", 25),
    "prescriber:taper_build": ("prescriber", "Maja", 20),
    "prescriber:taper_preview": ("prescriber", "Maja", 20),
    "prescriber:taper_plan": ("prescriber", "Maja", 15),
    "prescriber:taper_leaflet": ("prescriber", "Maja", 20),
    "pharmacist:today": ("pharmacist", "", 9),
    "pharmacist:batches": ("pharmacist", "", 9),
    "pharmacist:new": ("pharmacist", "", 6),
    "pharmacist:batch": ("pharmacist", "", 12),
    "pharmacist:worksheet": ("pharmacist", "", 9),
    "pharmacist:hand_over": ("pharmacist", "David", 18),
    "pharmacist:prescription": ("pharmacist", "Anna", 12),
    "patient:today": ("anna", "", 18),
    "patient:diary": ("anna", "", 9),
    "patient:painkiller": ("anna", "", 7),
    "patient:ask": ("anna", "", 8),
    "patient:plan": ("anna", "", 14),
    "patient:taper": ("maja", "", 20),
    "patient:taper_diary": ("maja", "", 10),
    "patient:taper_leaflet": ("maja", "", 19),
    "patient:data": ("anna", "", 16),
    "patient:data_file": ("anna", "", 16),
    "patient:paper": ("anna", "", 12),
    "patient:calendar": ("anna", "", 14),
    "researcher:counts": ("researcher", "", 10),
    "evidence:map": ("researcher", "", 6),
    "evidence:side_effects": ("researcher", "", 6),
    "evidence:condition": ("researcher", "", 6),
    "administrator:accounts": ("administrator", "", 8),
    "administrator:new": ("administrator", "", 6),
    "administrator:clinic": ("administrator", "", 6),
    "administrator:audit": ("administrator", "", 40),
}
SENT: Final[dict[str, tuple[str, str, dict[str, str], int]]] = {
    # Who sends, about whom, what, and how many statements at most.
    "patient:taken": ("anna", "", {"slot": "night", "taken": "yes"}, 24),
    "patient:diary": (
        "anna",
        "",
        {"slot": "night", "day": "2026-11-28", "symptoms": "3", "painkiller": "no"},
        26,
    ),
    "patient:painkiller": ("anna", "", {"name": "co-codamol"}, 34),
    "patient:taper_diary": ("maja", "", {"day": "2026-11-28", "taken": "yes", "withdrawal": "0"}, 30),
    "patient:taper_pause": ("maja", "", {}, 36),
    "prescriber:taper_decide": ("prescriber", "Maja", {"move": "extend"}, 32),
    "prescriber:taper_acknowledge": ("prescriber", "Maja", {}, 12),
    "prescriber:accept": ("prescriber", "Ewa", {}, 24),
    "prescriber:refuse": ("prescriber", "Ewa", {"reason": "it helps"}, 12),
    "prescriber:done": ("prescriber", "Anna", {}, 12),
}
NOT_HERE: Final = {
    # Sent rarely, or by hardly anybody.
    "next_day", "prescriber:interview_draft", "prescriber:screen_again", "prescriber:state_end",
    "prescriber:set_aside", "prescriber:sign", "prescriber:withdraw", "prescriber:taper_sign",
    "prescriber:taper_withdraw", "pharmacist:read", "pharmacist:sign", "pharmacist:recall",
    "pharmacist:handed_out", "pharmacist:label", "pharmacist:print_label", "administrator:invite",
    "administrator:close", "account_invitation",
}  # fmt: skip
_DRUGS: Final = {"Anna": "naproxen", "Ewa": "paracetamol", "Karin": "hydroxychloroquine"}
_WITH: Final = {
    "prescriber:preview": {"starts": DAY.isoformat()},
    "prescriber:taper_preview": {"starts": DAY.isoformat(), "stock": "5 mg", "daily": "40 mg",
                                 "basis": "hybrid", "prescriber": "Dr A", "review": DAY.isoformat()},
}  # fmt: skip


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every address of our own, by its name."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern) and hasattr(pattern.callback, "reach"):
            yield f"{prefix}{pattern.name}"


def address(name: str, about: str) -> str:
    """The address of a page, about a patient where it is about one."""
    last = name.rpartition(":")[2]
    if last in ("batch", "worksheet"):
        return reverse(name, args=[CompoundedBatch.objects.earliest("id").number])
    if not about:
        return reverse(name, args={"paper": ["leaflet"], "condition": ["fibromyalgia"]}.get(last, []))
    who = Patient.objects.get(given=about)
    plan = Plan.objects.filter(patient=who, state=PlanState.SIGNED).first()
    waiting = who.proposals.filter(state=ProposalState.OPEN).order_by("id").first()
    taper = who.tapers.filter(state=PlanState.SIGNED).first()
    rest: dict[str, list[Any]] = {
        "plan": [plan and plan.pk],
        "paper": [plan and plan.pk, "prescription"],
        **{key: [waiting and waiting.pk] for key in ("proposal", "accept", "refuse")},
        "done": [plan and plan.dues.order_by("id").filter(done_at=None).values_list("id", flat=True).first()],
        **{key: [taper and taper.pk] for key in ("taper_plan", "taper_leaflet")},
        "taper_acknowledge": [taper and taper.notices.order_by("id").values_list("id", flat=True).first()],
        "question": [who.questions.order_by("id").values_list("id", flat=True).first()],
        "decision": [who.decisions.order_by("id").values_list("id", flat=True).first()],
    }
    return reverse(name, args=[who.number, *rest.get(last, [])])


def counted(act: Callable[[], Answer], expected: int) -> list[str]:
    """The statements of an act, each cut short."""
    with CaptureQueriesContext(connection) as found:
        answer = act()
    assert answer.status_code == expected, (answer.status_code, answer.content[-2000:])
    return [q["sql"][:300] for q in found.captured_queries if not _NOT_COUNTED.match(q["sql"])]


def looked_at(name: str, client: Client) -> list[str]:
    """The statements of a page that was asked for once before, so that the session is not new."""
    _, about, _ = PAGES[name]
    where, fields = address(name, about), _WITH.get(name, {})
    expected = 302 if name == "home" else 200
    client.get(where, fields)
    return counted(lambda: client.get(where, fields), expected)


def sent(name: str, client: Client) -> list[str]:
    """The statements of a form that is sent."""
    _, about, fields, _ = SENT[name]
    where = address(name, about)
    client.get("/")
    given = {**fields, "key": str(uuid.uuid4())}
    return counted(lambda: client.post(where, given), 200 if name == "patient:painkiller" else 302)


def grow(rows: int) -> None:
    """So many rows more of all that a page may list: patients, and each kind of row about three of them."""
    anna = Patient.objects.get(given="Anna")
    like = Plan.objects.get(patient=anna, state=PlanState.SIGNED)
    doctor = Account.objects.get(clinic=anna.clinic, role=Role.PRESCRIBER)
    with acting("test"):
        people = Patient.objects.bulk_create(
            Patient(clinic=anna.clinic, given=f"More {n}", family="Others", born=anna.born)
            for n in range(rows)
        )
        Account.objects.bulk_create(
            Account(
                clinic=p.clinic, patient=p, role=Role.PATIENT, name=p.name, email=f"{p.number}@more.example"
            )
            for p in people
        )
        _plans(people, like, doctor)
        for given in _DRUGS:
            _about(Patient.objects.get(given=given), rows, like, doctor)


def _plans(people: list[Patient], like: Plan, doctor: Account) -> None:
    """A plan in force and a draft of each, with something due, proposals of each kind, and a question."""
    signed = {"signed_by": doctor, "signed_at": clock.now()}
    in_force = [_plan(p, like, PlanState.SIGNED, ends=DAY + timedelta(days=7), **signed) for p in people]
    Plan.objects.bulk_create(in_force)
    Plan.objects.bulk_create(_plan(p, like, PlanState.DRAFT) for p in people)
    Due.objects.bulk_create(
        Due(plan=plan, on=DAY, kind="test", what="a test", rule="plan/test") for plan in in_force
    )
    _propose(in_force, ProposalState.OPEN, tells=True)
    _propose(in_force, ProposalState.OPEN)
    _propose(in_force, ProposalState.CARRIED_OUT)
    Question.objects.bulk_create(Question(patient=p, about=Wish.TIME, text="When?") for p in people)


def _about(who: Patient, rows: int, like: Plan, doctor: Account) -> None:
    """Each kind of row about one patient; nothing that would change what is decided."""
    signed = {"signed_by": doctor, "signed_at": clock.now()}
    plan = Plan.objects.get(patient=who, state=PlanState.SIGNED)
    entry = who.diary_entries.order_by("id")[0]
    file = who.record_files.order_by("id")[0]
    talk = who.interviews.order_by("id")[0]
    _propose([plan] * rows, ProposalState.REFUSED, by=doctor)
    answered = {"answer": "At night.", "answered_by": doctor, "answered_at": clock.now()}
    for given in ({}, answered):
        Question.objects.bulk_create(
            Question(patient=who, about=Wish.TIME, text="When?", **given) for _ in range(rows)
        )
    Plan.objects.bulk_create(_plan(who, like, PlanState.REPLACED, **signed) for _ in range(rows))
    Due.objects.bulk_create(
        Due(plan=plan, on=DAY, kind="test", what="a test", rule="plan/test") for _ in range(rows)
    )
    DiaryEntry.objects.bulk_create(
        DiaryEntry(
            patient=who,
            day=entry.day,
            slot=entry.slot,
            fields=entry.fields,
            key=uuid.uuid4(),
            written_by=entry.written_by,
        )
        for _ in range(rows)
    )
    RecordFile.objects.bulk_create(
        RecordFile(patient=who, name=file.name, content=file.content, sha256=file.sha256, imported_by=doctor)
        for _ in range(rows)
    )
    Interview.objects.bulk_create(
        Interview(patient=who, held=talk.held, fields=talk.fields, saved_by=doctor) for _ in range(rows)
    )
    SettingAside.objects.bulk_create(
        SettingAside(patient=who, rule="screening/none", reason="x", until=DAY, by=doctor)
        for _ in range(rows)
    )
    Statement.objects.bulk_create(
        Statement(patient=who, drug=_DRUGS[who.given], ended=DAY, stated=DAY, by=doctor) for _ in range(rows)
    )


def _plan(who: Patient, like: Plan, state: PlanState, **given: Any) -> Plan:
    fields = {"began": like.began, "starts": like.starts, "ends": like.ends} | given
    return Plan(
        patient=who, number=like.number, fields=like.fields, decision=like.decision, state=state, **fields
    )


def _propose(
    plans: list[Plan], state: ProposalState, *, tells: bool = False, by: Account | None = None
) -> None:
    like = Decision.objects.filter(kind=Kind.REVIEW).order_by("id")[0]
    decisions = Decision.objects.bulk_create(
        Decision(
            patient=plan.patient,
            kind=Kind.REVIEW,
            as_of=DAY,
            word=like.word,
            inputs=like.inputs,
            answer=like.answer,
            sha256=like.sha256,
            snapshot=like.snapshot,
            version=like.version,
            made_by=by,
        )
        for plan in plans
    )
    Proposal.objects.bulk_create(
        Proposal(
            patient=plan.patient,
            plan=plan,
            decision=decision,
            rule="followup/bowel",
            move=like.word,
            says="More.",
            tells_patient=tells,
            soon=False,
            state=state,
            answered_by=by,
            answered_at=clock.now() if by else None,
        )
        for plan, decision in zip(plans, decisions, strict=True)
    )


def test_every_page_has_a_row() -> None:
    assert set(names(get_resolver())) == {*PAGES, *SENT, *NOT_HERE}


@pytest.fixture(scope="module")
def asked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, dict[int, list[str]]]:
    """The statements of every page and form: as the clinic is, with three rows more of all, and with forty.

    Rows are made once and each page undoes what it did, because making them takes longest.
    """
    found: dict[str, dict[int, list[str]]] = {name: {} for name in [*PAGES, *(f"send {n}" for n in SENT)]}
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "pdf_of", lambda html: html.encode())
        for rows, more in ((0, 0), (3, 3), (40, 37)):
            grow(more)
            for name, statements in found.items():
                statements[rows] = _undone(name)
        transaction.set_rollback(True)
    return found


def _undone(name: str) -> list[str]:
    before = transaction.savepoint()
    called = name.removeprefix("send ")
    who = (PAGES[name] if name in PAGES else SENT[called])[0]
    client = Client()
    with acting("test"):
        client.force_login(Account.objects.get(email=f"{who}@demo.example"))
    statements = looked_at(name, client) if name in PAGES else sent(called, client)
    transaction.savepoint_rollback(before)
    return statements


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_no_more_than_it_may(name: str, asked: dict[str, dict[int, list[str]]]) -> None:
    assert len(asked[name][0]) <= PAGES[name][2], "\n".join(asked[name][0])


@pytest.mark.parametrize("name", SENT)
def test_what_is_sent_asks_no_more_than_it_may(name: str, asked: dict[str, dict[int, list[str]]]) -> None:
    statements = asked[f"send {name}"][0]
    assert len(statements) <= SENT[name][3], "\n".join(statements)


@pytest.mark.parametrize("name", [*PAGES, *(f"send {n}" for n in SENT)])
def test_as_often_for_forty_rows_as_for_three(name: str, asked: dict[str, dict[int, list[str]]]) -> None:
    assert len(asked[name][40]) <= len(asked[name][3]), "\n".join(asked[name][40])
