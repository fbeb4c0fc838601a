"""Options that several commands share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from openldn.cli.inputs import day_option
from openldn.knowledge.schema import COUNTRIES, Country

AsOf = Annotated[
    date | None,
    typer.Option("--as-of", parser=day_option, metavar="DATE", help="The day of the decision. [today]"),
]
Where = Annotated[
    str | None,
    typer.Option("--where", metavar="|".join(COUNTRIES), help="Whose labels count. [the strictest of all]"),
]
InterviewFile = Annotated[
    Path | None, typer.Option("--interview", help="Drug history by asking (YAML or JSON); see docs/how-to.")
]
CodesFile = Annotated[
    Path | None, typer.Option("--codes", help="Your own drug codes: CSV with the columns system, code, name.")
]
Ended = Annotated[
    list[str] | None,
    typer.Option(
        "--ended",
        metavar="'DRUG; ended=DATE; by=NAME'",
        help="A prescriber states that a recorded order ended. Repeatable.",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--override",
        metavar="'RULE; by=NAME; reason=TEXT; until=DATE'",
        help="A prescriber sets one overridable reason aside. Repeatable.",
    ),
]
Indication = Annotated[
    str | None,
    typer.Option(
        "--for", metavar="CONDITION", help="What it is to be used for: shows the evidence there is."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def country_of(where: str | None) -> Country | None:
    if where is None:
        return None
    for country in COUNTRIES:
        if country == where.upper():
            return country
    raise typer.BadParameter(f"{where!r} is not one of {', '.join(COUNTRIES)}", param_hint="--where")
