"""What the commands of a pharmacist read alike: what two people typed of a batch."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from openldn.cli.inputs import day_option, read_bytes
from openldn.cli.tables import csv_rows
from openldn.dispensing.readings import Reading, Sheet
from openldn.fhir.json_text import BadInput
from openldn.knowledge.formula_schema import Kept

_COLUMNS: Final = ("entry", "asks", "read", "by")

Number = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="Of the batch; flasks and pots bear it with their step.")
]
ToFill = Annotated[
    Path | None, typer.Option("--to-fill", help="Write the table (.csv) in which two people type readings.")
]
Readings = Annotated[
    Path | None, typer.Option("--readings", help="Judge a filled-in table: pass or fail, entry by entry.")
]
Expires = Annotated[
    list[str] | None,
    typer.Option(metavar="'NAME=DATE'", help="A component's expiry: 'glycerol=2027-03-31'. Repeatable."),
]

LotText = Annotated[
    str | None,
    typer.Option(
        "--lot",
        metavar="'NUMBER; assay=99.2; water=5'",
        help="The powder, in percent as its certificate says; also solvent=, substance= "
        "(anhydrous, dihydrate, tetrahydrate, base).",
    ),
]
MadeOn = Annotated[
    date | None,
    typer.Option("--made", parser=day_option, metavar="DATE", help="The day of making. [today]"),
]
Study = Annotated[
    Kept | None,
    typer.Option("--study", help="Attach the stability study of just this preparation, kept like this."),
]
SheetFile = Annotated[Path | None, typer.Option("--sheet", help="Write the worksheet (.pdf or .html).")]


def readings_of(path: Path) -> tuple[Reading, ...]:
    """What two people typed, from a table with the columns entry, read, by (and asks, which is not read).

    Raises:
        BadInput: it is no such table; names the line and what would have worked.
    """
    try:
        rows = list(csv_rows(read_bytes(path), _COLUMNS, needed=("entry", "read", "by")))
    except BadInput as error:
        raise BadInput(f"readings {path}: {error}") from error
    given = (tuple(row.get(name, "").strip() for name in ("entry", "read", "by")) for _, row in rows)
    return tuple(Reading(*cells) for cells in given if cells[1] or cells[2])


def write_to_fill(path: Path, sheet: Sheet) -> None:
    """An empty table of readings: each entry for two people, without what is expected.

    Raises:
        BadInput: it cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for entry in sheet.entries:
        for _ in range(2):
            writer.writerow((entry.key, entry.asks, "", ""))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {error.filename}: {error.strerror}") from error
