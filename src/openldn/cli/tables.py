"""A CSV table as rows of text by column, read or refused with the line and what would have worked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from openldn.fhir.json_text import BadInput

Rows = Iterator[tuple[str, Mapping[str, str]]]
"""Each row with the line on which it begins."""
_QUOTES: Final = "a quoted cell begins and ends with a quote, and a quote within is doubled"
_UTF_8: Final = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"


def csv_rows(data: bytes, columns: Sequence[str], *, needed: Sequence[str]) -> Rows:
    """The rows of a table; commas, semicolons or tabs divide the cells.

    Args:
        data: the file.
        columns: names that may stand in its header.
        needed: those that have to.

    Raises:
        BadInput: it is no such table; names the line and what would have worked.
    """
    text = _decoded(data)
    header, names, delimiter = _header(text, columns, needed)
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
            # Lists in a cell are divided by semicolons too: without quotes the rest of the row would move.
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
    # Strict: otherwise a quote that is never closed would swallow the rest of the table.
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


def _header(text: str, columns: Sequence[str], needed: Sequence[str]) -> tuple[int, list[str], str]:
    """The line of the header, the names of its columns, and the delimiter: the one that gives known names."""
    line, names, delimiter = _best_header(text, columns)
    known = f"there are {', '.join(columns)}"
    for name in filter(None, names):
        if name not in columns:
            raise BadInput(f"line {line}: no column {name!r}; {known}")
        if names.count(name) > 1:
            raise BadInput(f"line {line}: the column {name!r} stands there twice")
    for name in needed:
        if name not in names:
            raise BadInput(f"line {line}: no column {name!r}; {known}")
    if names.count("") > 1:
        raise BadInput(f"line {line}: {names.count('')} columns without a name: leave them out")
    return line, names, delimiter


def _best_header(text: str, columns: Sequence[str]) -> tuple[int, list[str], str]:
    found: list[tuple[int, list[str], str]] = []
    problem: BadInput | None = None
    for delimiter in ",;\t":
        try:
            found.append((*_first_row(text, delimiter), delimiter))
        except BadInput as error:  # quotes are in their place for one delimiter only
            problem = problem or error
    if problem and not found:
        raise problem
    return max(found, key=lambda f: sum(name in columns for name in f[1]))


def _first_row(text: str, delimiter: str) -> tuple[int, list[str]]:
    for line, cells in _lines(text, delimiter):
        names = [cell.strip().casefold() for cell in cells]
        if any(names):
            return line, names
    raise BadInput("empty: a table with a header is expected")


def _shown_delimiter(delimiter: str) -> str:
    return {",": "a comma", ";": "a semicolon"}.get(delimiter, "a tab")
