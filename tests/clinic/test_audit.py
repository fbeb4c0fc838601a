"""Every way past the audit trail is tried, on whichever database the settings name: a line, or a refusal.

What a test breaks is undone at its end, triggers too: both databases make and drop them within a transaction.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from psycopg.pq import TransactionStatus

from openldn.clinic import clock
from openldn.clinic.accounts import invitations
from openldn.clinic.store import chain, convert
from openldn.clinic.store.acting import ActsAlready, acting, every_change_has_an_actor
from openldn.clinic.store.chain import Break
from openldn.clinic.store.models import (
    Account,
    AuditLine,
    AuditSeal,
    BatchReading,
    Clinic,
    CompoundedBatch,
    Decision,
    DiaryEntry,
    Draft,
    Due,
    HandedOut,
    Interview,
    Invitation,
    Kind,
    LabelPrint,
    Patient,
    Plan,
    PlanState,
    Proposal,
    Question,
    RecordFile,
    Release,
    Role,
    SettingAside,
    Snapshot,
    Statement,
    Taper,
    TaperChange,
    TaperNotice,
)
from openldn.clinic.store.triggers import put_in_place

SignedIn = Callable[[str], Client]

DAY = date(2026, 11, 28)
ON_SQLITE = connection.vendor == "sqlite"

FIXED = (
    RecordFile, Interview, Statement, SettingAside, Snapshot, Decision, DiaryEntry, TaperChange,
    CompoundedBatch, BatchReading, Release, HandedOut, LabelPrint,
)  # fmt: skip
"""Rows of these are never changed: a correction is a new row."""
TABLES = sorted(
    {m._meta.db_table for m in apps.get_app_config("store").get_models() if m._meta.managed}
    - {"store_draft"}  # what nobody has sent yet
    | {"mfa_authenticator", "account_emailaddress"}
)
CHANGING = sorted(set(TABLES) - {m._meta.db_table for m in FIXED})
MODELS = {m._meta.db_table: m for m in apps.get_models()}


def run(statement: str, *values: Any) -> None:
    """Send SQL past Django's models."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def asked(statement: str) -> list[tuple[Any, ...]]:
    """The rows that SQL finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@contextmanager
def refused(why: str) -> Iterator[None]:
    """The database refuses what is tried here, for this reason; what was done before it is undone."""
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        yield


NO_ACTOR = "audit.actor" if ON_SQLITE else "a change without an actor"
ONLY_ADDED = "the audit trail is only ever added to"
NEVER_CHANGED = "rows are never changed"
LOCKED = "a signed plan is locked"


def since(before: int, table: str = "") -> list[AuditLine]:
    """Lines after a number, of a table or of all."""
    lines = AuditLine.objects.filter(seq__gt=before).order_by("seq")
    return list(lines.filter(about=table) if table else lines)


def says(line: AuditLine) -> Any:
    """What a line says of its row."""
    return json.loads(line.body)


@contextmanager
def recursive_triggers(on: bool) -> Iterator[None]:
    """SQLite as the clinic opens it, or as any other tool does: REPLACE then removes without a trigger."""
    try:
        run(f"PRAGMA recursive_triggers={on:d}")
        assert asked("PRAGMA recursive_triggers") == [(on,)]
        yield
    finally:
        run("PRAGMA recursive_triggers=1")


@contextmanager
def actor_by_hand(name: str) -> Iterator[None]:
    """Say who acts as somebody would who knows how the trail works, and seal nothing."""
    if ON_SQLITE:
        run("INSERT INTO audit_ctx (one, actor, reason) VALUES (1, %s, '')", name)
        yield
        run("DELETE FROM audit_ctx")
    else:
        run("SELECT set_config('openldn.actor', %s, true)", name)
        yield
        run("SELECT set_config('openldn.actor', '', true)")


def without_triggers(table: str) -> None:
    """Take the triggers of a table away, as its owner can."""
    if ON_SQLITE:
        for (name,) in asked(
            f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
        ):
            run(f'DROP TRIGGER "{name}"')
    else:
        run(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # a table cannot be altered before its constraints were looked at
        run(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')


def _saved(row: models.Model) -> models.Model:
    row.save()
    return row


def _batch(by: Account) -> CompoundedBatch:
    like = CompoundedBatch.objects.earliest("id")
    like.pk, like.number, like.begun_by = None, f"X-{uuid.uuid4().hex[:8]}", by
    like._state.adding = True
    like.save()
    return like


def _handed_out(plan: Plan, by: Account) -> HandedOut:
    batch = CompoundedBatch.objects.earliest("id")
    days = {"since": DAY, "until": DAY, "on": DAY}
    return HandedOut.objects.create(
        plan=plan, batch=batch, went=False, item="x", amount=1, said={}, answer={}, by=by, **days
    )


def made_in(table: str) -> models.Model:
    """A new row of any table whose changes leave lines; a new table needs a row here."""
    prescriber = Account.objects.get(role=Role.PRESCRIBER)
    pharmacist = Account.objects.get(email="pharmacist@demo.example")
    patient = Patient.objects.get(given="Ines")
    plan = Plan.objects.filter(patient__given="Anna", state=PlanState.SIGNED).get()
    decision = plan.decision
    match table:
        case "store_clinic":
            return Clinic.objects.create(name="Another clinic")
        case "store_compoundedbatch":
            return _batch(pharmacist)
        case "store_batchreading":
            batch = CompoundedBatch.objects.earliest("id")
            return BatchReading.objects.create(batch=batch, entry="made", text="1 mL", read_by=pharmacist)
        case "store_release":
            batch = CompoundedBatch.objects.earliest("id")
            return Release.objects.create(batch=batch, released=False, outcome={}, signed_by=pharmacist)
        case "store_handedout":
            return _handed_out(plan, pharmacist)
        case "store_labelprint":
            row = HandedOut.objects.first() or _handed_out(plan, pharmacist)
            return LabelPrint.objects.create(handed_out=row, fields={}, by=pharmacist)
        case "store_patient":
            return Patient.objects.create(clinic=patient.clinic, given="New", family="Patient", born=DAY)
        case "store_account":
            return Account.objects.create(
                email="new@demo.example", name="New", role=Role.PHARMACIST, clinic=patient.clinic
            )
        case "store_invitation":
            return Invitation.objects.create(account=pharmacist, digest="0" * 64, expires_at=clock.now())
        case "store_recordfile":
            text = "a record"
            return RecordFile.objects.create(
                patient=patient, name="x", content=text, sha256=convert.sha256(text), imported_by=prescriber
            )
        case "store_interview":
            return Interview.objects.create(patient=patient, held=DAY, fields={}, saved_by=prescriber)
        case "store_statement":
            return Statement.objects.create(
                patient=patient, drug="codeine", ended=DAY, stated=DAY, by=prescriber
            )
        case "store_settingaside":
            return SettingAside.objects.create(
                patient=patient, rule="any", reason="why", until=DAY, by=prescriber
            )
        case "store_snapshot":
            archive = b"knowledge"
            return Snapshot.objects.create(sha256=convert.sha256(archive.decode()), archive=archive)
        case "store_decision":
            return Decision.objects.create(
                patient=patient, kind=Kind.SCREENING, as_of=DAY, word="caution", inputs={}, answer={},
                sha256=chain.digest([{}, {}]), snapshot=decision.snapshot, version="0", made_by=prescriber,
            )  # fmt: skip
        case "store_plan":
            return Plan.objects.create(
                patient=plan.patient, number="new", fields=plan.fields, decision=decision,
                began=DAY, starts=DAY, ends=DAY,
            )  # fmt: skip
        case "store_due":
            return Due.objects.create(plan=plan, on=DAY, kind="test", what="blood", rule="any")
        case "store_diaryentry":
            return DiaryEntry.objects.create(
                patient=patient, day=DAY, fields={}, key=uuid.uuid4(), written_by=prescriber
            )
        case "store_proposal":
            return Proposal.objects.create(
                patient=plan.patient, plan=plan, decision=Decision.objects.filter(proposal=None)[0],
                rule="any", move="hold", says="wait", tells_patient=False, soon=False,
            )  # fmt: skip
        case "store_taper":
            return Taper.objects.create(
                patient=patient, number="new", fields={}, decision=decision, starts=DAY
            )
        case "store_taperchange":
            return TaperChange.objects.create(
                taper=Taper.objects.get(patient__given="Maja"), on=DAY, move="extend", by=prescriber
            )
        case "store_tapernotice":
            return TaperNotice.objects.create(
                patient=patient, taper=Taper.objects.get(patient__given="Maja"),
                decision=Decision.objects.filter(tapernotice=None)[0], rule="any", move="hold", says="wait",
                tells_patient=False, soon=False,
            )  # fmt: skip
        case "store_question":
            return Question.objects.create(patient=patient, about="question", text="why?")
        case "mfa_authenticator":
            return _saved(Authenticator(user=prescriber, type="recovery_codes", data={"seed": "s"}))
        case "account_emailaddress":
            return _saved(EmailAddress(user=pharmacist, email="second@demo.example"))
        case _:
            pytest.fail(f"{table}: say above how a row is made, so that what guards it can be tried")


pytestmark = pytest.mark.usefixtures("clinic")


# Each change leaves a line.


@pytest.mark.parametrize("table", TABLES)
def test_an_insert_leaves_a_line_with_who_why_and_what(table: str) -> None:
    before = chain.last_line()
    with acting("prescriber p@demo.example", "/why/"):
        row = made_in(table)
    (line,) = since(before)
    assert (line.actor, line.reason) == ("prescriber p@demo.example", "/why/")
    assert (line.op, line.about, line.row) == ("insert", table, str(row.pk))
    assert set(says(line)) == {"after"}
    assert str(says(line)["after"][row._meta.pk.column]) == str(row.pk)
    assert chain.breaks() == []


@pytest.mark.parametrize("table", CHANGING)
def test_updates_and_deletions_leave_lines(table: str) -> None:
    with acting("test"):
        row = made_in(table)
    key, before = row._meta.pk.column, chain.last_line()
    with acting("test"):
        run(f'UPDATE "{table}" SET "{key}" = "{key}" WHERE "{key}" = %s', row.pk)
        run(f'DELETE FROM "{table}" WHERE "{key}" = %s', row.pk)
    updated, deleted = since(before)
    assert (updated.op, updated.about, updated.row) == ("update", table, str(row.pk))
    assert (deleted.op, deleted.about, deleted.row) == ("delete", table, str(row.pk))
    assert says(updated)["before"] == says(updated)["after"] == says(deleted)["before"]
    assert set(says(deleted)) == {"before"}
    assert chain.breaks() == []


@pytest.mark.parametrize("table", TABLES)
def test_a_change_without_an_actor_is_refused(table: str) -> None:
    with refused(NO_ACTOR):
        made_in(table)
    with acting("test"):
        row = made_in(table)
    key = row._meta.pk.column
    why = NO_ACTOR if table in CHANGING else NEVER_CHANGED
    with refused(why):
        run(f'UPDATE "{table}" SET "{key}" = "{key}" WHERE "{key}" = %s', row.pk)
    with refused(why):
        run(f'DELETE FROM "{table}" WHERE "{key}" = %s', row.pk)


def test_an_actor_has_a_name() -> None:
    with refused("actor"), acting(""):
        made_in("store_question")


def test_every_table_of_the_clinic_but_drafts_is_watched() -> None:
    if ON_SQLITE:
        written = asked(
            "SELECT tbl_name, lower(substr(sql, instr(sql, ' AFTER ') + 7, 6)) FROM sqlite_master "
            "WHERE type = 'trigger' AND sql LIKE '%INSERT INTO audit %'"
        )
    else:
        written = asked(
            "SELECT event_object_table, lower(event_manipulation) FROM information_schema.triggers "
            "WHERE action_statement LIKE '%audit_line(%' AND action_timing = 'AFTER'"
        )
    assert set(written) == {(t, op) for t in TABLES for op in ("insert", "update", "delete")}


def test_drafts_of_forms_leave_no_line() -> None:
    before = chain.last_line()
    someone, patient = Account.objects.all()[0], Patient.objects.all()[0]
    draft = Draft.objects.create(account=someone, patient=patient, page="interview", fields={"a": "b"})
    draft.delete()
    assert since(before) == []


def test_triggers_that_were_taken_away_come_back_with_the_next_migration() -> None:
    def there() -> list[tuple[Any, ...]]:
        if ON_SQLITE:
            return asked("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        return asked(
            "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger "
            "WHERE NOT tgisinternal ORDER BY 1, 2"
        )

    before = there()
    without_triggers("store_plan")
    assert there() != before
    put_in_place()
    assert there() == before


def raw_insert(rows: list[Question]) -> None:
    """By SQL."""
    run(
        "INSERT INTO store_question (patient_id, about, text, asked_at, answer) "
        "VALUES (%s, 'question', 'new', %s, '')",
        rows[0].patient_id,
        clock.now(),
    )


def changed(rows: list[Question], text: str = "new") -> list[Question]:
    """The same questions in other words."""
    for row in rows:
        row.text = text
    return rows


def fresh(rows: list[Question]) -> Iterator[Question]:
    """Two questions more."""
    yield from (Question(patient_id=rows[0].patient_id, about="question", text="new") for _ in range(2))


def shadowed(rows: list[Question]) -> None:
    """An update by a session that has tables and functions of its own under the trail's names."""
    run("CREATE TEMPORARY TABLE audit AS SELECT * FROM audit WHERE false")
    if ON_SQLITE:
        own = "temp"
        run("CREATE TEMPORARY TABLE audit_ctx AS SELECT 1 AS one, 'somebody else' AS actor, '' AS reason")
    else:
        own = "pg_temp"
        run("CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$SELECT 'nothing'$$")
        run("SET LOCAL search_path = public, pg_catalog")
    run("UPDATE store_question SET text = 'new' WHERE id = %s", rows[0].pk)
    assert asked(f"SELECT * FROM {own}.audit") == []
    run(f"DROP TABLE {own}.audit")
    if ON_SQLITE:
        run("DROP TABLE temp.audit_ctx")
    else:
        run("DROP FUNCTION public.lower(text)")
        run("SET LOCAL search_path TO DEFAULT")


def copied_in(rows: list[Question]) -> None:
    """PostgreSQL's own way for many rows."""
    columns = "patient_id, about, text, asked_at, answer"
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY store_question ({columns}) FROM STDIN") as copy,
    ):
        copy.write_row((rows[0].patient_id, "question", "new", clock.now(), ""))


THREE = ["update"] * 3
WAYS: dict[str, tuple[Callable[[list[Question]], object], list[str]]] = {
    "save": (lambda rows: [_saved(row) for row in changed(rows)], THREE),
    "update": (lambda rows: Question.objects.filter(pk__in=[r.pk for r in rows]).update(text="new"), THREE),
    "bulk_update": (lambda rows: Question.objects.bulk_update(changed(rows), ["text"]), THREE),
    "bulk_create": (lambda rows: Question.objects.bulk_create(fresh(rows)), ["insert"] * 2),
    "bulk_create over what is there": (
        lambda rows: Question.objects.bulk_create(
            changed(rows), update_conflicts=True, unique_fields=["id"], update_fields=["text"]
        ),
        THREE,
    ),
    "delete": (lambda rows: Question.objects.filter(pk__in=[r.pk for r in rows]).delete(), ["delete"] * 3),
    "SQL INSERT": (raw_insert, ["insert"]),
    "SQL UPDATE": (
        lambda rows: run("UPDATE store_question SET text = 'new' WHERE id = %s", rows[0].pk),
        ["update"],
    ),
    # Without WHERE, SQLite would take all rows at once if there were no triggers.
    "SQL DELETE": (lambda rows: run("DELETE FROM store_question"), ["delete"] * 3),
    "beside things of the same names": (shadowed, ["update"]),
} | (
    {
        "REPLACE": (
            lambda rows: run(
                "REPLACE INTO store_question SELECT * FROM store_question WHERE id = %s", rows[0].pk
            ),
            ["delete", "insert"],
        ),
    }
    if ON_SQLITE
    else {
        "COPY": (copied_in, ["insert"]),
        "MERGE": (
            lambda rows: run(
                "MERGE INTO store_question q USING (SELECT %s AS id) s ON q.id = s.id "
                "WHEN MATCHED THEN UPDATE SET text = 'new'",
                rows[0].pk,
            ),
            ["update"],
        ),
    }
)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_writing_leaves_a_line_a_row(way: str) -> None:
    write, ops = WAYS[way]
    with acting("test"):
        Question.objects.all().delete()
        rows = [made_in("store_question") for _ in range(3)]
    before = chain.last_line()
    with acting("test"):
        write([row for row in rows if isinstance(row, Question)])
    found = since(before)
    assert [line.op for line in found] == ops
    assert {line.about for line in found} == {"store_question"}
    for line in found:
        body = says(line)
        assert body.get("before", {}).get("text", "why?") == "why?"
        assert body.get("after", {}).get("text", "new") in ("new", "why?" if way == "REPLACE" else "new")
    assert chain.breaks() == []


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_writing_does_without_an_actor(way: str) -> None:
    with acting("test"):
        rows = [made_in("store_question") for _ in range(3)]
    with refused(NO_ACTOR):
        WAYS[way][0]([row for row in rows if isinstance(row, Question)])


# Secrets and long texts stand in no line.


def test_secrets_stand_in_no_line_but_their_change_does() -> None:
    account, before = Account.objects.get(email="pharmacist@demo.example"), chain.last_line()
    with acting("test"):
        account.set_password("another long password")
        account.save()
        RecoveryCodes.activate(account)
        paper = invitations.invite(account)
    assert {(line.about, line.op) for line in since(before)} == {
        ("store_account", "update"),
        ("mfa_authenticator", "insert"),
        ("store_invitation", "insert"),
    }
    secrets = {paper, *Account.objects.values_list("password", flat=True)}
    for data in Authenticator.objects.values_list("data", flat=True):
        secrets |= {str(value) for value in data.values() if isinstance(value, str)}
    assert len(secrets) > 10
    for line in AuditLine.objects.all():
        assert not [s for s in secrets if s in line.body], f"line {line.seq} of {line.about}"
        assert not {"password", "data"} & {*says(line).get("before", {}), *says(line).get("after", {})}


@pytest.mark.parametrize(
    ("model", "left_out"),
    [(RecordFile, {"content"}), (Decision, {"inputs", "answer"}), (Snapshot, {"archive"})],
)
def test_of_long_texts_a_line_holds_the_hash(model: type[models.Model], left_out: set[str]) -> None:
    line = AuditLine.objects.filter(about=model._meta.db_table)[0]
    row = model._default_manager.get(pk=line.row)
    columns = {f.column for f in model._meta.local_concrete_fields}
    assert set(says(line)["after"]) == columns - left_out
    assert says(line)["after"]["sha256"] == getattr(row, "sha256")  # noqa: B009 - any of the three


# The trail itself.

VALUE = {"audit": "actor", "audit_seal": "sha256"}
COLUMNS = {"audit": "at, actor, reason, op, about, row, body", "audit_seal": "first, last, previous, sha256"}
KEY = {"audit": "seq", "audit_seal": "id"}
TAMPERING = ["UPDATE {table} SET {value} = 'x'", "DELETE FROM {table}"] + (
    [
        "UPDATE OR REPLACE {table} SET {value} = 'x'",
        "UPDATE OR REPLACE {table} SET {key} = {key} + 1",
        "REPLACE INTO {table} SELECT * FROM {table}",
        "REPLACE INTO {table} (rowid, {columns}) SELECT {key}, {columns} FROM {table}",
        "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET {value} = 'x'",
    ]
    if ON_SQLITE
    else [
        "TRUNCATE {table}",
        "TRUNCATE {table} RESTART IDENTITY CASCADE",
        "INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table} "
        "ON CONFLICT ({key}) DO UPDATE SET {value} = 'x'",
        "MERGE INTO {table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    ]
)


@pytest.mark.parametrize("recursive", [True, False] if ON_SQLITE else [True])
@pytest.mark.parametrize("table", VALUE)
@pytest.mark.parametrize("statement", TAMPERING)
def test_the_trail_is_only_ever_added_to(statement: str, table: str, recursive: bool) -> None:
    sql = statement.format(table=table, value=VALUE[table], key=KEY[table], columns=COLUMNS[table])
    with recursive_triggers(recursive) if ON_SQLITE else transaction.atomic(), refused(ONLY_ADDED):
        run(sql)
    with (
        recursive_triggers(recursive) if ON_SQLITE else transaction.atomic(),
        refused(ONLY_ADDED),
        acting("somebody with a name"),
    ):
        run(sql)
    assert chain.breaks() == []


@pytest.mark.parametrize("model", [AuditLine, AuditSeal])
def test_nor_does_django_change_it(model: type[models.Model]) -> None:
    rows = model._default_manager.all()
    with refused(ONLY_ADDED), acting("test"):
        rows.update(**{VALUE[model._meta.db_table]: "x"})
    with refused(ONLY_ADDED), acting("test"):
        rows.delete()


if not ON_SQLITE:

    @pytest.mark.parametrize("table", TABLES)
    def test_no_table_is_emptied_at_once(table: str) -> None:
        with refused("rows are not taken away at once"), acting("test"):
            run(f'TRUNCATE "{table}" CASCADE')

    def test_the_clinics_user_cannot_switch_triggers_off_for_its_session() -> None:
        with refused("permission denied"):
            run("SET session_replication_role = replica")


# Rows that are never changed.


@pytest.mark.parametrize("model", FIXED)
def test_rows_of_fixed_tables_are_never_changed(model: type[models.Model]) -> None:
    table, key = model._meta.db_table, model._meta.pk.column
    with acting("test"):
        row = made_in(table)
    for statement in (
        f'UPDATE "{table}" SET "{key}" = "{key}" WHERE "{key}" = %s',
        f'DELETE FROM "{table}" WHERE "{key}" = %s',
        f'INSERT INTO "{table}" SELECT * FROM "{table}" WHERE "{key}" = %s '
        f'ON CONFLICT ("{key}") DO UPDATE SET "{key}" = excluded."{key}"',
    ):
        with refused(NEVER_CHANGED), acting("test"):
            run(statement, row.pk)
    with refused(NEVER_CHANGED), acting("test"):
        row.save()
    with refused(NEVER_CHANGED), acting("test"):
        row.delete()


if ON_SQLITE:

    @pytest.mark.parametrize("recursive", [True, False])
    @pytest.mark.parametrize("model", FIXED)
    def test_nor_are_they_replaced_by_any_column_that_holds_a_value_once(
        model: type[models.Model], recursive: bool
    ) -> None:
        """A new key would be given to a row that takes the place of another."""
        table, key = model._meta.db_table, model._meta.pk.column
        with acting("test"):
            row = made_in(table)
        others = ", ".join(f'"{f.column}"' for f in model._meta.local_concrete_fields if not f.primary_key)
        ways = [f'REPLACE INTO "{table}" SELECT * FROM "{table}" WHERE "{key}" = %s']
        if any(f.unique for f in model._meta.local_concrete_fields if not f.primary_key):
            ways.append(
                f'REPLACE INTO "{table}" ({others}) SELECT {others} FROM "{table}" WHERE "{key}" = %s'
            )
        if isinstance(model._meta.pk, models.CharField):
            ways.append(
                f'REPLACE INTO "{table}" (rowid, "{key}", {others}) '
                f'SELECT rowid, \'another\', {others} FROM "{table}" WHERE "{key}" = %s'
            )
        for way in ways:
            with recursive_triggers(recursive), refused(NEVER_CHANGED), acting("test"):
                run(way, row.pk)


# A signed plan.


def plan_of(given: str) -> Plan:
    """Anna's is in force, Ines's is a draft."""
    return Plan.objects.get(
        patient__given=given, state=PlanState.SIGNED if given == "Anna" else PlanState.DRAFT
    )


def another(field: Any, plan: Plan) -> Any:
    """A value for a column that it does not have."""
    now = getattr(plan, field.attname)
    if field.related_model is Patient:
        return Patient.objects.exclude(pk=now).filter(plans=None)[0].pk
    if field.related_model is not None:
        return field.related_model.objects.exclude(pk=now).order_by("-pk")[0].pk
    match field:
        case models.JSONField():
            return {**now, "steps": []}
        case models.DateTimeField():
            return clock.now() + timedelta(days=1)
        case models.DateField():
            return DAY + timedelta(days=400)
    return "another"


COLUMNS_OF_PLANS = [f for f in Plan._meta.local_concrete_fields if f.name not in ("id", "state")]


@pytest.mark.parametrize("field", COLUMNS_OF_PLANS, ids=lambda f: f.name)
def test_no_column_of_a_signed_plan_changes_but_a_drafts_does(field: Any) -> None:
    signed, draft = plan_of("Anna"), plan_of("Ines")
    with refused(LOCKED), acting("test"):
        Plan.objects.filter(pk=signed.pk).update(**{field.attname: another(field, signed)})
    before = chain.last_line()
    with acting("test"):
        Plan.objects.filter(pk=draft.pk).update(**{field.attname: another(field, draft)})
    (line,) = since(before, "store_plan")
    assert says(line)["before"][field.column] != says(line)["after"][field.column]


@pytest.mark.parametrize(
    ("was", "becomes", "allowed"),
    [
        (PlanState.SIGNED, PlanState.DRAFT, False),
        (PlanState.SIGNED, PlanState.REPLACED, True),
        (PlanState.SIGNED, PlanState.WITHDRAWN, True),
        (PlanState.REPLACED, PlanState.DRAFT, False),
        (PlanState.REPLACED, PlanState.SIGNED, False),
        (PlanState.REPLACED, PlanState.WITHDRAWN, False),
        (PlanState.WITHDRAWN, PlanState.DRAFT, False),
        (PlanState.WITHDRAWN, PlanState.SIGNED, False),
        (PlanState.WITHDRAWN, PlanState.REPLACED, False),
    ],
)
def test_a_plan_never_comes_back(was: PlanState, becomes: PlanState, allowed: bool) -> None:
    plan = Plan.objects.filter(pk=plan_of("Anna").pk)
    if was != PlanState.SIGNED:
        with acting("test"):
            plan.update(state=was)
    if allowed:
        with acting("test"):
            plan.update(state=becomes)
        assert plan.get().state == becomes
    else:
        with refused(LOCKED), acting("test"):
            plan.update(state=becomes)


def test_only_drafts_of_plans_are_taken_away() -> None:
    with refused(LOCKED), acting("test"):
        run("DELETE FROM store_plan WHERE id = %s", plan_of("Anna").pk)
    draft, before = plan_of("Ines"), chain.last_line()
    key = str(draft.pk)
    with acting("test"):
        draft.delete()
    assert [(line.op, line.about, line.row) for line in since(before)] == [("delete", "store_plan", key)]


if ON_SQLITE:

    @pytest.mark.parametrize("recursive", [True, False])
    @pytest.mark.parametrize(
        "way",
        [
            "REPLACE INTO store_plan SELECT * FROM store_plan WHERE id = {signed}",
            "UPDATE OR REPLACE store_plan SET id = {signed} WHERE id = {draft}",
            "UPDATE OR REPLACE store_plan SET state = 'signed', signed_at = made_at, signed_by_id = 1 "
            "WHERE id = {draft}",
            "REPLACE INTO store_plan ({columns}) SELECT {columns} FROM store_plan WHERE id = {signed}",
        ],
    )
    def test_a_signed_plan_is_not_replaced_past_its_lock(way: str, recursive: bool) -> None:
        with acting("test"):
            draft = made_in("store_plan")
        columns = ", ".join(f.column for f in Plan._meta.local_concrete_fields if not f.primary_key)
        sql = way.format(signed=plan_of("Anna").pk, draft=draft.pk, columns=columns)
        with recursive_triggers(recursive), refused(LOCKED), acting("test"):
            run(sql)


# What was changed all the same is found.


def test_the_trail_of_the_demonstration_holds() -> None:
    assert AuditLine.objects.count() > 500
    assert chain.breaks() == []


def test_the_trail_is_read_as_of_one_moment_while_others_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests are a transaction each; a connection of its own, in another thread, is in none."""

    def state() -> str:
        with connection.cursor() as cursor:
            if ON_SQLITE:
                return "one moment" if cursor.connection.in_transaction else "none"
            if cursor.connection.info.transaction_status == TransactionStatus.IDLE:
                return "none"
            cursor.execute("SHOW transaction_isolation")
            return "one moment" if cursor.fetchone()[0] == "repeatable read" else "each statement"

    within: list[str] = []
    contents = chain._contents

    def noted() -> Iterator[Break]:
        within.append(state())
        yield from contents()

    def read() -> tuple[list[Break], str, str]:
        found = chain.breaks()
        states = within[0], state()
        connection.close()
        return found, *states

    monkeypatch.setattr(chain, "_contents", noted)
    with ThreadPoolExecutor(1) as another:
        assert another.submit(read).result() == ([], "one moment", "none")


def middle() -> AuditSeal:
    """A link with several lines, and others on both sides."""
    return AuditSeal.objects.filter(last__gt=models.F("first") + 2).order_by("id")[3]


CHANGED_LINE = {
    "its actor": "UPDATE audit SET actor = 'somebody else' WHERE seq = {seq}",
    "its time": "UPDATE audit SET at = '2020-01-01T00:00:00.000Z' WHERE seq = {seq}",
    "its body": "UPDATE audit SET body = body || ' ' WHERE seq = {seq}",
    "removed": "DELETE FROM audit WHERE seq = {seq}",
}


@pytest.mark.parametrize("how", CHANGED_LINE)
def test_a_line_that_was_changed_without_its_trigger_is_located(how: str) -> None:
    link = middle()
    without_triggers("audit")
    run(CHANGED_LINE[how].format(seq=link.first + 1))
    found = [b for b in chain.breaks() if b.where.startswith("lines ")]
    assert found == [Break(f"lines {link.first} to {link.last}", "changed after they were sealed")]


def test_a_link_that_was_taken_away_is_located() -> None:
    link = middle()
    without_triggers("audit_seal")
    run("DELETE FROM audit_seal WHERE id = %s", link.id)
    after = AuditSeal.objects.filter(id__gt=link.id).order_by("id")[0]
    unsealed = [
        Break(f"line {seq}", "not sealed: written past the clinic")
        for seq in range(link.first, link.last + 1)
    ]
    assert chain.breaks() == [*unsealed, Break(f"link {after.id}", "does not follow the link before it")]


def test_a_link_that_was_made_anew_over_changed_lines_is_located_at_the_next() -> None:
    link = middle()
    without_triggers("audit")
    without_triggers("audit_seal")
    run("UPDATE audit SET reason = 'another' WHERE seq = %s", link.first)
    lines = AuditLine.objects.filter(seq__range=(link.first, link.last)).order_by("seq")
    sealed_anew = chain.digest([link.previous, *(line.parts() for line in lines)])
    run("UPDATE audit_seal SET sha256 = %s WHERE id = %s", sealed_anew, link.id)
    after = AuditSeal.objects.filter(id__gt=link.id).order_by("id")[0]
    assert chain.breaks() == [Break(f"link {after.id}", "does not follow the link before it")]


def test_whoever_takes_the_newest_link_away_changes_the_head() -> None:
    head, newest = chain.head(), AuditSeal.objects.order_by("-id")[0]
    without_triggers("audit_seal")
    run("DELETE FROM audit_seal WHERE id = %s", newest.id)
    assert chain.head() != head
    assert {b.what for b in chain.breaks()} == {"not sealed: written past the clinic"}


def test_lines_written_past_the_clinic_stay_in_sight() -> None:
    before = chain.last_line()
    with actor_by_hand("somebody"):
        run("UPDATE store_question SET answer = 'forged'")
    forged = since(before, "store_question")
    assert forged
    said = [Break(f"line {line.seq}", "not sealed: written past the clinic") for line in forged]
    assert chain.breaks() == said
    with acting("test"):
        made_in("store_question")
    assert chain.breaks() == said, "what is sealed later does not cover them"


def test_a_line_that_nothing_was_changed_for_stays_in_sight() -> None:
    before = chain.last_line()
    run(
        "INSERT INTO audit (at, actor, reason, op, about, row, body) "
        "VALUES ('2026-11-28T08:00:00.000Z', 'Dr Nobody', '', 'read', 'record', '1', '{}')"
    )
    (forged,) = since(before)
    assert chain.breaks() == [Break(f"line {forged.seq}", "not sealed: written past the clinic")]


@pytest.mark.parametrize(
    ("table", "column", "where", "what"),
    [
        ("store_recordfile", "content", "record file", "its content is not what was imported"),
        ("store_decision", "inputs", "decision", "its inputs or its answer are not what was decided"),
        ("store_decision", "answer", "decision", "its inputs or its answer are not what was decided"),
    ],
)
def test_content_that_is_not_what_was_kept_is_located(table: str, column: str, where: str, what: str) -> None:
    with acting("test"):
        row = made_in(table)
    without_triggers(table)
    run(f"UPDATE {table} SET {column} = %s WHERE id = %s", '{"another": 1}', row.pk)
    assert chain.breaks() == [Break(f"{where} {row.pk}", what)]


def test_knowledge_that_is_not_what_was_used_is_located() -> None:
    with acting("test"):
        row = made_in("store_snapshot")
    without_triggers("store_snapshot")
    run("UPDATE store_snapshot SET archive = %s WHERE sha256 = %s", b"other rules", row.pk)
    assert chain.breaks() == [Break(f"snapshot {row.pk}", "is not the knowledge that was used")]


def test_content_with_a_hash_made_anew_does_not_fit_its_line() -> None:
    with acting("test"):
        row = made_in("store_recordfile")
    without_triggers("store_recordfile")
    forged = convert.sha256("another record")
    run("UPDATE store_recordfile SET content = 'another record', sha256 = %s WHERE id = %s", forged, row.pk)
    assert chain.breaks() == [Break(f"store_recordfile {row.pk}", "is not as its last line says")]


@pytest.mark.parametrize("table", TABLES)
def test_a_row_made_or_taken_away_without_its_triggers_is_located(table: str) -> None:
    with acting("test"):
        row = made_in(table)
    key = row._meta.pk.column
    without_triggers(table)
    run(f'DELETE FROM "{table}" WHERE "{key}" = %s', row.pk)
    gone = Break(f"{table} {row.pk}", "is gone, though no line says so")
    assert chain.breaks() == [gone]
    new = made_in(table)
    wanted = set() if new.pk == row.pk else {gone}
    found = {b for b in chain.breaks() if b not in wanted}
    assert {b.where for b in found} == {f"{table} {new.pk}"}


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Patient, {"born": date(1900, 1, 1)}),
        (Account, {"name": "Dr Nobody"}),
        (Interview, {"fields": {"held": "2026-11-28"}}),
        (DiaryEntry, {"day": date(2026, 1, 1)}),
        (Plan, {"fields": {"steps": []}}),
        (Due, {"on": date(2030, 1, 1)}),
        (Proposal, {"says": "rise"}),
        (EmailAddress, {"email": "another@demo.example"}),
    ],
    ids=lambda v: v.__name__ if isinstance(v, type) else "",
)
def test_a_row_changed_without_its_triggers_is_located(
    model: type[models.Model], values: dict[str, Any]
) -> None:
    table = model._meta.db_table
    row = model._default_manager.order_by("pk")[0]
    without_triggers(table)
    model._default_manager.filter(pk=row.pk).update(**values)
    assert chain.breaks() == [Break(f"{table} {row.pk}", "is not as its last line says")]


# All or nothing.


def nothing_left(before: int, seals: int) -> None:
    """Neither a line nor a link nor an actor."""
    assert since(before) == []
    assert AuditSeal.objects.count() == seals
    with refused(NO_ACTOR):
        made_in("store_question")
    assert chain.breaks() == []


def test_an_error_leaves_neither_change_nor_line_nor_actor() -> None:
    before, seals = chain.last_line(), AuditSeal.objects.count()

    def fails() -> None:
        with acting("test"):
            made_in("store_question")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not Question.objects.filter(text="why?").exists()
    nothing_left(before, seals)


def test_after_acting_nobody_acts() -> None:
    with acting("test"):
        made_in("store_question")
    nothing_left(chain.last_line(), AuditSeal.objects.count())


def test_one_actor_does_not_act_within_another() -> None:
    before, seals = chain.last_line(), AuditSeal.objects.count()

    def both() -> None:
        with acting("first"):
            made_in("store_question")
            with acting("second"):
                made_in("store_clinic")

    with pytest.raises(ActsAlready, match="first"):
        both()
    nothing_left(before, seals)


def test_what_is_refused_within_leaves_the_rest() -> None:
    before = chain.last_line()
    with acting("test"):
        made_in("store_question")
        with refused(ONLY_ADDED):
            made_in("store_clinic")
            run("DELETE FROM audit")
    assert [line.about for line in since(before)] == ["store_question"]
    assert chain.breaks() == []


def test_a_request_leaves_lines_of_whoever_is_signed_in(signed_in: SignedIn) -> None:
    client, before = signed_in("anna"), chain.last_line()
    client.post("/patient/ask/", {"about": "question", "text": "May I swim?"})
    (line,) = since(before, "store_question")
    assert (line.actor, line.reason) == ("patient anna@demo.example", "/patient/ask/")
    assert says(line)["after"]["text"] == "May I swim?"
    assert chain.breaks() == []


def test_reading_about_a_patient_leaves_a_line(signed_in: SignedIn) -> None:
    client, before = signed_in("prescriber"), chain.last_line()
    number = Patient.objects.get(given="Anna").number
    client.get(f"/prescriber/patients/{number}/record/")
    (line,) = [line for line in since(before) if line.op == "read"]
    assert (line.actor, line.about, line.row) == ("prescriber prescriber@demo.example", "record", number)
    assert chain.breaks() == []


def test_a_page_that_fails_undoes_what_it_did(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        assert Question.objects.filter(text="May I swim?").exists(), "the page has written before it fails"
        raise ZeroDivisionError

    client = signed_in("anna")
    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.messages.success", fails)
    before, seals = chain.last_line(), AuditSeal.objects.count()
    answer = client.post("/patient/ask/", {"about": "question", "text": "May I swim?"})
    assert answer.status_code == 500
    assert not Question.objects.filter(text="May I swim?").exists()
    nothing_left(before, seals)


def answered(method: str, status: int) -> HttpResponse:
    """What the clinic makes of a page that writes a question and answers with a status."""

    def page(_: HttpRequest) -> HttpResponse:
        made_in("store_question")
        return HttpResponse(status=status)

    request = RequestFactory().generic(method, "/somewhere/")
    request.user = Account.objects.get(role=Role.PRESCRIBER)
    return every_change_has_an_actor(page)(request)


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (302, True), (409, True), (500, False), (503, False)]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_answer_that_says_it_failed_undoes_what_was_done(method: str, status: int, kept: bool) -> None:
    before, seals = chain.last_line(), AuditSeal.objects.count()
    assert answered(method, status).status_code == status
    if kept:
        assert [line.about for line in since(before)] == ["store_question"]
    else:
        nothing_left(before, seals)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_page_that_is_only_read_changes_nothing(method: str) -> None:
    with refused(NO_ACTOR):
        answered(method, 200)
