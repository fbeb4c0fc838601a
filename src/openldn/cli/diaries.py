"""A diary's file: CSV, JSON or FHIR, told apart by what is in it, read or refused with the place.

All three become the same text by column, which `record.diary` reads; so they cannot mean different things.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from openldn.cli import terminal
from openldn.cli.inputs import read_bytes
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
_QUOTES: Final = "a quoted cell begins and ends with a quote, and a quote within is doubled"
_UTF_8: Final = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"


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
        return read_diary(_json_rows(data, knowledge, note) if as_json else _csv_rows(data), knowledge)
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


def _csv_rows(data: bytes) -> _Rows:
    text = _decoded(data)
    header, names, delimiter = _header(text)
    for line, cells in _lines(text, delimiter):
        if line <= header or not any(cell.strip() for cell in cells):
            continue
        where = f"line {line}"
        if len(cells) > len(names):
            raise BadInput(
                f"{where}: {len(cells)} fields, and the header has {len(names)}: put a cell that holds"
                f" {_shown_delimiter(delimiter)} in quotes"
            )
        if len(cells) < len(names) and delimiter == ";":
            # Effects are divided by semicolons too: without quotes the rest of the row would move over.
            raise BadInput(
                f"{where}: {len(cells)} fields, and the header has {len(names)}: where semicolons divide"
                " the cells, every row needs all of them, and a cell that holds a semicolon stands in quotes"
            )
        row = dict(zip(names, cells, strict=False))
        if row.pop("", "").strip():
            raise BadInput(f"{where}: a cell of a column without a name")
        yield where, row


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"line {line}: not UTF-8 text: {_UTF_8}") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadInput(f"line {line}: a zero byte, as in UTF-16: {_UTF_8}")
    return text


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins."""
    # Strict: otherwise a quote that is never closed would swallow the rest of the diary.
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise BadInput(f"line {before + 1}: {error}: {_QUOTES}") from error


def _header(text: str) -> tuple[int, list[str], str]:
    """The line of the header, the names of its columns, and the delimiter: the one that gives known names."""
    line, names, delimiter = _best_header(text)
    for name in filter(None, names):
        if name not in COLUMNS:
            raise BadInput(f"line {line}: no column {name!r}; {_KNOWN}")
        if names.count(name) > 1:
            raise BadInput(f"line {line}: the column {name!r} stands there twice")
    if "date" not in names:
        raise BadInput(f"line {line}: no column 'date'; {_KNOWN}")
    if names.count("") > 1:
        raise BadInput(f"line {line}: {names.count('')} columns without a name: leave them out")
    return line, names, delimiter


def _best_header(text: str) -> tuple[int, list[str], str]:
    found: list[tuple[int, list[str], str]] = []
    problem: BadInput | None = None
    for delimiter in ",;\t":
        try:
            found.append((*_first_row(text, delimiter), delimiter))
        except BadInput as error:  # quotes are in their place for one delimiter only
            problem = problem or error
    if problem and not found:
        raise problem
    return max(found, key=lambda f: sum(name in COLUMNS for name in f[1]))


def _first_row(text: str, delimiter: str) -> tuple[int, list[str]]:
    for line, cells in _lines(text, delimiter):
        names = [cell.strip().casefold() for cell in cells]
        if any(names):
            return line, names
    raise BadInput(f"empty: {_FORMS} is expected")


def _shown_delimiter(delimiter: str) -> str:
    return {",": "a comma", ";": "a semicolon"}.get(delimiter, "a tab")
