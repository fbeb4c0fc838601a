"""A diary's file: CSV, JSON or FHIR, told apart by what is in it, read or refused with the place.

All three become the same text by column, which `record.diary` reads; so they cannot mean different things.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from openldn.cli import terminal
from openldn.cli.inputs import read_bytes
from openldn.cli.tables import csv_rows
from openldn.fhir.diary import diary_rows, untold
from openldn.fhir.diary_answers import flag_text, plain_number
from openldn.fhir.fields import Note
from openldn.fhir.json_text import BadInput, parse
from openldn.knowledge.load import Knowledge
from openldn.record.diary import COLUMNS, BadDiary, Diary, read_diary

_Rows = Iterator[tuple[str, Mapping[str, str]]]
_FORMS: Final = "a CSV table with a header, a JSON object with `entries`, or a FHIR QuestionnaireResponse"
_KNOWN: Final = f"there are {', '.join(COLUMNS)}"
_LISTS: Final = ("effects", "painkiller_name", "new_medicine", "results")


def diary_of(path: Path, knowledge: Knowledge, note: Note = untold) -> Diary:
    """The diary of a file, or of standard input for `-`.

    Args:
        path: a table, JSON or FHIR.
        knowledge: names of effects, medicines and tests.
        note: is told what was left out of FHIR, by place and reason.

    Raises:
        BadInput: a file that cannot be read; names the place and what would have worked.
    """
    try:
        return read_diary_file(read_bytes(path), knowledge, note)
    except BadInput as error:
        raise BadInput(f"diary {path}: {error}") from error


def note_left_out(place: str, reason: str) -> None:
    """Say on the side what was left out of a file."""
    terminal.err.print(f"{place}: {reason}", markup=False, soft_wrap=True, highlight=False)


def read_diary_file(data: bytes, knowledge: Knowledge, note: Note = untold) -> Diary:
    """The diary of a file's bytes.

    Raises:
        BadInput: they are no diary; names the place and what would have worked.
    """
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise BadInput(f"empty: {_FORMS} is expected")
    as_json = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    try:
        rows = _json_rows(data, knowledge, note) if as_json else csv_rows(data, COLUMNS, needed=("date",))
        return read_diary(rows, knowledge)
    except BadDiary as error:
        raise BadInput(str(error)) from error


def _json_rows(data: bytes, knowledge: Knowledge, note: Note) -> _Rows:
    try:
        tree = parse(data)
    except InvalidOperation:
        raise BadInput("a number with an exponent beyond all numbers: write it out") from None
    if isinstance(tree, dict) and "resourceType" in tree:
        yield from diary_rows(tree, knowledge, note)
        return
    entries = tree.get("entries") if isinstance(tree, dict) else None
    if not isinstance(tree, dict) or not isinstance(entries, list):
        raise BadInput(f"top level: a list `entries` is missing; {_FORMS} is expected")
    if others := tree.keys() - {"entries"}:
        raise BadInput(f"top level: {min(others)!r} is not read; only `entries` stands here")
    for n, entry in enumerate(entries, start=1):
        where = f"entry {n}"
        if not isinstance(entry, dict):
            raise BadInput(f"{where}: an object with the date and other fields is expected; {_KNOWN}")
        for name in entry:
            if name not in COLUMNS:
                raise BadInput(f"{where}: no field {name!r}; {_KNOWN}")
        try:
            yield where, {name: _text(name, value) for name, value in entry.items()}
        except _NoAnswer as error:
            raise BadInput(f"{where}, {error}") from error


class _NoAnswer(ValueError):
    """A JSON value that is no answer."""


def _text(column: str, value: Any) -> str:
    """A JSON value as the text of a column."""
    match value:
        case None:
            return ""
        case dict() if column == "effects":
            return "; ".join(f"{name} {_scalar(column, grade)}".strip() for name, grade in value.items())
        case dict() if column == "dose" and value.keys() == {"value", "unit"}:
            return f"{_scalar(column, value['value'])} {_scalar(column, value['unit'])}".strip()
        case list() if column in _LISTS:
            return "; ".join(
                _text(column, part) if isinstance(part, dict) else _part(column, part) for part in value
            )
        case _:
            return _scalar(column, value)


def _part(column: str, value: Any) -> str:
    """One of a list: a text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise _NoAnswer(f"{column}: {_shown(value)} in a list: texts are expected")
    return value


def _scalar(column: str, value: Any) -> str:
    try:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return flag_text(column, value)
        if isinstance(value, int | Decimal):
            return plain_number(value)
    except ValueError as error:
        raise _NoAnswer(f"{column}: {error}") from error
    more = " or a list" if column in _LISTS else ""
    raise _NoAnswer(f"{column}: {_shown(value)}: a text{more} is expected")


def _shown(value: Any) -> str:
    return {dict: "an object", list: "a list", type(None): "null"}.get(type(value), repr(value))
