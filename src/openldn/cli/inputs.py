"""Files and options of the command line, read and refused with the place and what would have worked."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typer

from openldn.answers.values import to_text
from openldn.fhir.json_text import BadInput, parse
from openldn.fhir.read import read_records
from openldn.knowledge.load import Knowledge
from openldn.knowledge.strict_yaml import BadYaml, read_yaml
from openldn.knowledge.vocabulary import Vocabulary
from openldn.plan.limits import SignedCeiling
from openldn.plan.stock import BadStock, Stock, read_stock, shipped_stock
from openldn.quantities import Dose, NotAnAmount
from openldn.record.interview import BadInterview, read_interview
from openldn.record.patient import EndStatement, Record
from openldn.screening.verdict import CannotOverride, Verdict, override


def day_option(text: str) -> date:
    """A day given as an option: ISO format only."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day: write it like 2026-11-23") from None


def today() -> date:
    """The day of the machine, the default of --as-of; nothing below the command line asks for it."""
    return datetime.now().astimezone().date()  # noqa: TID251 - the one clock


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, or of standard input for `-`."""
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}") from error


def records_of(path: Path, knowledge: Knowledge, codes: Path | None = None) -> tuple[Record, ...]:
    """All records of a file."""
    found = read_records(read_bytes(path), vocabulary_with(knowledge, codes))
    if not found:
        raise BadInput("no record in it")
    return found


def vocabulary_with(knowledge: Knowledge, codes: Path | None) -> Vocabulary:
    """All names, with the user's own table of codes (system, code, name) where one is given."""
    if codes is None:
        return knowledge.vocabulary
    rows = csv.DictReader(read_bytes(codes).decode("utf-8-sig").splitlines())
    if not {"system", "code", "name"} <= set(rows.fieldnames or ()):
        raise BadInput(f"{codes}: a CSV table with the columns system, code, name is expected")
    return knowledge.vocabulary.with_local_codes({(r["system"], r["code"]): r["name"] for r in rows})


def with_interview(record: Record, path: Path | None, knowledge: Knowledge) -> Record:
    """The record with the interview of a YAML or JSON file."""
    if path is None:
        return record
    try:
        return record.with_interview(read_interview(_tree(path), knowledge.vocabulary))
    except (BadInput, BadInterview) as error:
        raise BadInput(f"interview {path}: {error}") from error


def with_statements(record: Record, given: list[str], as_of: date) -> Record:
    """The record with statements like 'oxycodone; ended=2026-10-01; by=Dr A. Smith; stated=2026-11-01'."""
    for text in given:
        drug, fields = _fields(text, {"ended", "by", "stated"})
        ended, stated = _day(fields, "ended", text), _day(fields, "stated", text, as_of)
        if stated > as_of:
            raise BadInput(f"--ended {text!r}: stated on {stated}, after {as_of}")
        if not fields.get("by"):
            raise BadInput(f"--ended {text!r}: by=NAME of the prescriber is missing")
        try:
            record = record.stating_end(EndStatement(drug, ended, fields["by"], stated))
        except ValueError as error:
            raise BadInput(f"--ended {text!r}: {error}") from error
    return record


def with_overrides(verdict: Verdict, given: list[str]) -> Verdict:
    """The verdict with overrides like 'RULE; by=Dr A. Smith; reason=...; until=2026-12-31'."""
    for text in given:
        rule, fields = _fields(text, {"by", "reason", "until"})
        until = _day(fields, "until", text)
        try:
            verdict = override(
                verdict, rule, by=fields.get("by", ""), reason=fields.get("reason", ""), until=until
            )
        except CannotOverride as error:
            raise BadInput(f"--override {text!r}: {error}") from error
    return verdict


def ceiling_option(text: str | None) -> SignedCeiling | None:
    """A signed ceiling like '6 mg; by=Dr A. Smith; reason=...; until=2026-12-31'."""
    if text is None:
        return None
    amount, fields = _fields(text, {"by", "reason", "until"})
    try:
        ceiling = Dose.parse(amount)
    except NotAnAmount as error:
        raise BadInput(f"--ceiling {text!r}: {error}") from error
    until = _day(fields, "until", text)
    return SignedCeiling(ceiling, fields.get("by", ""), fields.get("reason", ""), until)


def stock_of(path: Path | None, knowledge: Knowledge, as_of: date) -> Stock:
    """The products of a pharmacy's file, or those that are assumed without one."""
    if path is None:
        return shipped_stock(knowledge, as_of=as_of)
    try:
        return read_stock(_tree(path), knowledge, as_of=as_of)
    except (BadInput, BadStock) as error:
        raise BadInput(f"stock {path}: {error}") from error


def json_of(path: Path) -> dict[str, Any]:
    """A JSON file that holds one object."""
    found = parse(read_bytes(path))
    if not isinstance(found, dict):
        raise BadInput("one JSON object is expected")
    return found


def write_json(path: Path, fields: dict[str, Any]) -> None:
    """Write an answer to a file, whole or not at all.

    Raises:
        BadInput: it cannot be written.
    """
    from openldn.leaflets.pdf import replace_file  # noqa: PLC0415 - only where something is written

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, to_text(fields).encode())
    except OSError as error:
        raise BadInput(f"cannot write {error.filename}: {error.strerror}") from error


def _fields(text: str, allowed: set[str]) -> tuple[str, dict[str, str]]:
    first, *rest = (part.strip() for part in text.split(";"))
    fields: dict[str, str] = {}
    for part in rest:
        key, _, value = part.partition("=")
        if key.strip() not in allowed or not value.strip() or key.strip() in fields:
            raise BadInput(f"{text!r}: {part!r} is not understood; write {'=..; '.join(sorted(allowed))}=..")
        fields[key.strip()] = value.strip()
    return first, fields


def _day(fields: dict[str, str], key: str, text: str, default: date | None = None) -> date:
    if key not in fields and default is not None:
        return default
    try:
        return date.fromisoformat(fields.get(key, ""))
    except ValueError:
        raise BadInput(f"{text!r}: {key}= needs a day like 2026-11-23") from None


def _tree(path: Path) -> Any:
    """A YAML or JSON file as plain text values; a key given twice is refused in both."""
    data = read_bytes(path)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return parse(data)
    try:
        return read_yaml(data.decode("utf-8-sig"))
    except BadYaml as error:
        raise BadInput(f"{error.key}: {error}" if error.key else str(error)) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start}: not UTF-8 text") from error
