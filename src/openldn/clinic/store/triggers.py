"""Triggers of both databases: each change of a row leaves a line, and what may not change cannot.

A trigger also sees what passes Django by: `update()`, bulk writes and raw SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.db import connections, transaction
from django.db.models import Model

_SECRET: Final = {"store_account": ("password",), "mfa_authenticator": ("data",)}
_LONG: Final = {
    "store_recordfile": ("content",),
    "store_snapshot": ("archive",),
    "store_decision": ("inputs", "answer"),
}
"""Columns whose SHA-256 stands beside them, which the line holds."""
_FIXED: Final = (
    "store_recordfile", "store_interview", "store_statement", "store_settingaside", "store_snapshot",
    "store_decision", "store_diaryentry", "store_taperchange", "store_compoundedbatch", "store_batchreading",
    "store_release", "store_handedout", "store_labelprint",
)  # fmt: skip
"""Tables whose rows are never changed: a correction is a new row."""
_LOCKED: Final = {"store_plan": ("state",), "store_taper": ("state", "settled")}
"""Tables whose rows are locked once signed, but for these columns."""
_UNSEEN: Final = ("store_draft",)
"""What nobody has sent yet."""


def audited() -> Iterator[type[Model]]:
    """The tables whose changes leave a line."""
    ours = (m for m in apps.get_app_config("store").get_models() if m._meta.managed)
    yield from (m for m in ours if m._meta.db_table not in _UNSEEN)
    yield apps.get_model("mfa", "Authenticator")
    yield apps.get_model("account", "EmailAddress")


def put_in_place(*, using: str = "default", **_: Any) -> None:
    """Make all triggers anew, at one stroke: nothing is written meanwhile without leaving a line."""
    connection = connections[using]
    there = set(connection.introspection.table_names())
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    if "audit" not in there:
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for model in audited():
            if model._meta.db_table in there:
                for statement in make(model):
                    cursor.execute(statement)


def rows_now(model: type[Model], vendor: str) -> str:
    """SQL for the key of each row and its JSON, as a line written now would hold it."""
    table, key, columns, _ = _columns(model)
    if vendor == "postgresql":
        body = f"to_jsonb(t) - string_to_array('{_left_out(model, columns)}', ',')"
        return f'SELECT t."{key}"::text, ({body})::text FROM "{table}" t'  # noqa: S608 - our own names
    return f'SELECT t."{key}", {_json("t", columns)} FROM "{table}" t'  # noqa: S608 - our own names


def _json(row: str, columns: list[str]) -> str:
    pairs = (f"'{column}', {row}.\"{column}\"" for column in columns)
    return f"json_object({', '.join(pairs)})"


def _left_out(model: type[Model], columns: list[str]) -> str:
    return ",".join(f.column for f in model._meta.local_concrete_fields if f.column not in columns)


def _columns(model: type[Model]) -> tuple[str, str, list[str], bool]:
    """The table, its key, the columns that a line holds, and whether its rows are fixed."""
    table = model._meta.db_table
    left_out = {*_SECRET.get(table, ()), *_LONG.get(table, ())}
    columns = [f.column for f in model._meta.local_concrete_fields if f.column not in left_out]
    return table, model._meta.pk.column, columns, table in _FIXED


def _sqlite(model: type[Model]) -> Iterator[str]:
    table, key, columns, fixed = _columns(model)
    before, after = _json("OLD", columns), _json("NEW", columns)
    for op, row, what in (
        ("insert", "NEW", f"json_object('after', {after})"),
        ("update", "NEW", f"json_object('before', {before}, 'after', {after})"),
        ("delete", "OLD", f"json_object('before', {before})"),
    ):
        yield f'DROP TRIGGER IF EXISTS "{table}_{op}"'
        yield (
            f'CREATE TRIGGER "{table}_{op}" AFTER {op.upper()} ON "{table}" BEGIN '  # noqa: S608 - our own names
            "INSERT INTO audit (at, actor, reason, op, about, row, body) VALUES ("
            "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), (SELECT actor FROM audit_ctx), "
            f"(SELECT reason FROM audit_ctx), '{op}', '{table}', {row}.\"{key}\", {what}); END"
        )
    for op in ("update", "delete"):
        yield f'DROP TRIGGER IF EXISTS "{table}_fixed_{op}"'
        if fixed:
            yield (
                f'CREATE TRIGGER "{table}_fixed_{op}" BEFORE {op.upper()} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never changed'); END"
            )
    if fixed:
        # REPLACE also removes what has another key: by any column that may hold a value only once.
        once = ["rowid", *(f.column for f in model._meta.local_concrete_fields if f.unique)]
        same = " OR ".join(f'"{column}" = NEW."{column}"' for column in once)
        yield f'DROP TRIGGER IF EXISTS "{table}_fixed_replace"'
        yield (
            f'CREATE TRIGGER "{table}_fixed_replace" BEFORE INSERT ON "{table}" '  # noqa: S608 - our own names
            f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {same}) '
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never changed'); END"
        )
    if table in _LOCKED:
        other_in_force = (
            f"NEW.state = 'signed' AND EXISTS (SELECT 1 FROM {table} WHERE state = 'signed' "  # noqa: S608 - our own names
            "AND patient_id = NEW.patient_id AND id <> NEW.id)"
        )
        replaced = f"EXISTS (SELECT 1 FROM {table} WHERE state <> 'draft' AND id = NEW.id)"  # noqa: S608 - the same
        for op, when in (
            ("update", f"({_locked(model, 'IS NOT')}) OR ({other_in_force})"),
            ("delete", "OLD.state <> 'draft'"),
            ("insert", f"({replaced}) OR ({other_in_force})"),
        ):
            yield f'DROP TRIGGER IF EXISTS "{table}_signed_{op}"'
            yield (
                f'CREATE TRIGGER "{table}_signed_{op}" BEFORE {op.upper()} ON "{table}" WHEN {when} '
                "BEGIN SELECT RAISE(ABORT, 'a signed plan is locked'); END"
            )


def _locked(plan: type[Model], differs: str) -> str:
    """Whether an update changes more of a plan than its draft may, or that it is replaced or withdrawn."""
    free = _LOCKED[plan._meta.db_table]
    columns = [f.column for f in plan._meta.local_concrete_fields if f.column not in free]
    changed = " OR ".join(f'OLD."{column}" {differs} NEW."{column}"' for column in columns)
    ended = "OLD.state = 'signed' AND NEW.state IN ('replaced', 'withdrawn')"
    return (
        f"OLD.id <> NEW.id OR (OLD.state <> 'draft' AND ({changed} OR "
        f"(OLD.state <> NEW.state AND NOT ({ended}))))"
    )


def _postgresql(model: type[Model]) -> Iterator[str]:
    table, key, columns, fixed = _columns(model)
    yield f'DROP TRIGGER IF EXISTS audit_line ON "{table}"'
    yield (
        f'CREATE TRIGGER audit_line AFTER INSERT OR UPDATE OR DELETE ON "{table}" FOR EACH ROW '
        f"EXECUTE FUNCTION audit_line('{key}', '{_left_out(model, columns)}')"
    )
    yield f'DROP TRIGGER IF EXISTS no_truncate ON "{table}"'
    yield (
        f'CREATE TRIGGER no_truncate BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT '
        "EXECUTE FUNCTION audit_refuse('rows are not taken away at once')"
    )
    yield f'DROP TRIGGER IF EXISTS fixed ON "{table}"'
    if fixed:
        yield (
            f'CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW '
            f"EXECUTE FUNCTION audit_refuse('{table}: rows are never changed')"
        )
    if table in _LOCKED:
        for op, when in (("update", _locked(model, "IS DISTINCT FROM")), ("delete", "OLD.state <> 'draft'")):
            yield f'DROP TRIGGER IF EXISTS signed_{op} ON "{table}"'
            yield (
                f'CREATE TRIGGER signed_{op} BEFORE {op.upper()} ON "{table}" FOR EACH ROW WHEN ({when}) '
                "EXECUTE FUNCTION audit_refuse('a signed plan is locked')"
            )
