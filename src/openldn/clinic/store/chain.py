"""The chain of seals over the audit trail, and what of it does not hold.

Who owns the file of the database can take the triggers away and write the chain anew; only a head that
was kept elsewhere shows that (`openldn clinic audit`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from openldn.clinic.store import triggers
from openldn.clinic.store.models import AuditLine, AuditSeal, Decision, RecordFile, Snapshot

_START: Final = "0" * 64
_CHANGES: Final = ("insert", "update", "delete")


@dataclass(frozen=True, slots=True)
class Break:
    """Something that does not hold: where, and what is wrong there."""

    where: str
    what: str


def digest(value: Any) -> str:
    """SHA-256 of a value's JSON, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def last_line() -> int:
    """The number of the newest line."""
    newest = AuditLine.objects.order_by("-seq").values_list("seq", flat=True).first()
    return newest or 0


def note(op: str, about: str, row: str, body: Any, *, actor: str, reason: str) -> None:
    """Write what no trigger sees: that something was read, sent out, signed in to."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit (at, actor, reason, op, about, row, body) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [_now(), actor, reason, op, about, row, text],
        )


def _now() -> str:
    return timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seal(*, after: int) -> None:
    """Seal the lines after a number, if there are any."""
    lines = list(AuditLine.objects.filter(seq__gt=after).order_by("seq"))
    if not lines:
        return
    before = AuditSeal.objects.order_by("-id").first()
    previous = before.sha256 if before else _START
    AuditSeal.objects.create(
        first=lines[0].seq, last=lines[-1].seq, previous=previous, sha256=_link(previous, lines)
    )


def _link(previous: str, lines: list[AuditLine]) -> str:
    return digest([previous, *(line.parts() for line in lines)])


def head() -> str:
    """The newest link: kept elsewhere, it shows whether all was written anew."""
    newest = AuditSeal.objects.order_by("-id").first()
    return newest.sha256 if newest else _START


def breaks() -> list[Break]:
    """All that does not hold: links, lines that no link covers, rows and content that are not as recorded."""
    with _at_one_moment():
        return [*_links(), *_rows(), *_contents()]


@contextmanager
def _at_one_moment() -> Iterator[None]:
    """Read everything as it is now, while others go on writing."""
    if connection.in_atomic_block:
        yield
        return
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ" if connection.vendor == "postgresql" else "BEGIN"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _links() -> Iterator[Break]:
    lines = AuditLine.objects.order_by("seq").iterator(chunk_size=2000)
    line = next(lines, None)
    previous = _START
    for link in AuditSeal.objects.order_by("id").iterator(chunk_size=2000):
        while line is not None and line.seq < link.first:
            yield Break(f"line {line.seq}", "not sealed: written past the clinic")
            line = next(lines, None)
        covered = []
        while line is not None and line.seq <= link.last:
            covered.append(line)
            line = next(lines, None)
        if link.previous != previous:
            yield Break(f"link {link.id}", "does not follow the link before it")
        if link.sha256 != _link(link.previous, covered):
            yield Break(f"lines {link.first} to {link.last}", "changed after they were sealed")
        previous = link.sha256
    while line is not None:
        yield Break(f"line {line.seq}", "not sealed: written past the clinic")
        line = next(lines, None)


def _rows() -> Iterator[Break]:
    """Rows that were changed, made or taken away while the triggers were gone."""
    said = _last_said()
    for model in triggers.audited():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(triggers.rows_now(model, connection.vendor))
            for key, text in cursor:
                last = said.pop((table, str(key)), None)
                if last is None:
                    yield Break(f"{table} {key}", "is there, though no line says so")
                    continue
                columns, was = last
                now = json.loads(text)
                # Columns that came by a later migration are in no older line.
                if digest({c: now.get(c) for c in columns}) != was:
                    yield Break(f"{table} {key}", "is not as its last line says")
        for gone in [row for about, row in said if about == table]:
            yield Break(f"{table} {gone}", "is gone, though no line says so")


def _last_said() -> dict[tuple[str, str], tuple[tuple[str, ...], str]]:
    """Of each row that is there by what was said last: its columns, and a digest of them."""
    changes = AuditLine.objects.filter(op__in=_CHANGES)
    newest = changes.order_by().values("about", "row").annotate(newest=Max("seq")).values("newest")
    left = AuditLine.objects.filter(seq__in=newest).exclude(op="delete")
    said = {}
    seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    for about, row, body in left.values_list("about", "row", "body").iterator(chunk_size=2000):
        after = json.loads(body)["after"]
        columns = tuple(after)
        said[about, row] = seen.setdefault(columns, columns), digest(after)
    return said


def _contents() -> Iterator[Break]:
    for file in RecordFile.objects.iterator(chunk_size=100):
        if hashlib.sha256(file.content.encode()).hexdigest() != file.sha256:
            yield Break(f"record file {file.pk}", "its content is not what was imported")
    for decision in Decision.objects.iterator(chunk_size=100):
        if digest([decision.inputs, decision.answer]) != decision.sha256:
            yield Break(f"decision {decision.pk}", "its inputs or its answer are not what was decided")
    for snapshot in Snapshot.objects.iterator(chunk_size=1):
        if hashlib.sha256(bytes(snapshot.archive)).hexdigest() != snapshot.sha256:
            yield Break(f"snapshot {snapshot.pk}", "is not the knowledge that was used")
