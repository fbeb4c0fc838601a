"""Published cases of morphine equivalents, through the command line.

Held against the CDC 2022 column, and against the origin's own number where it says that it counted with the
CDC's table of 2016.
"""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.fhir.directions import directions_of
from openldn.fhir.fields import Fields
from openldn.knowledge.factor_schema import Route
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.strengths import route_in

pytestmark = pytest.mark.needs("cases")

CASES = Path(__file__).parents[3] / "shared" / "cases" / "mme"
COUNTS_BUPRENORPHINE: Final = ("mcp-0019", "mcp-0020")
"""Under the name of a table that leaves it out: here undefined under that name."""
OWN_FACTOR: Final = "mcp-0021"
"""The caller gives drug and factor: no opioid is named, so nothing is counted."""


def rows(what: str) -> list[dict[str, str]]:
    path = CASES / "cases.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["what"] == what]


def answer(row: dict[str, str], table: str) -> dict[str, Any]:
    drug = row["rxnorm"] or row["drug"]
    if row["quantity"]:
        per_day = str(int(Fraction(row["quantity"]) / Fraction(row["days_supply"])))
    elif row["doses_per_day"]:
        unit = {"{actuat}": "sprays", "{tab}": "tablets"}[row["dose_unit"]]
        per_day = f"{int(Fraction(row['dose']) * Fraction(row['doses_per_day']))} {unit}"
    else:
        per_day = f"{row['dose']} {row['dose_unit']}"
    out = CliRunner().invoke(app, ["mme", "--drug", drug, "--per-day", per_day, "--table", table, "--json"])
    found: dict[str, Any] = json.loads(out.stdout)
    assert out.exit_code == (2 if "error" in found else 0 if found["defined"] else 3)
    return found


@pytest.mark.parametrize("row", rows("mme"), ids=lambda r: r["case_id"])
def test_cdc_2022(row: dict[str, str]) -> None:
    found = answer(row, "cdc-2022")
    if row["case_id"] == OWN_FACTOR:
        assert "names no opioid" in found["error"]
        return
    wanted = row["expected_cdc2022_mme"]
    assert found["total"] == (float(wanted) if wanted else None)
    assert found["items"]


OF_2016: Final = [r for r in rows("mme") if r["rules"] == "cdc2016" and r["case_id"] != OWN_FACTOR]


@pytest.mark.parametrize("row", OF_2016, ids=lambda r: r["case_id"])
def test_the_table_of_the_origin(row: dict[str, str]) -> None:
    wanted = None if row["case_id"] in COUNTS_BUPRENORPHINE else float(row["expected_origin_mme"])
    assert answer(row, "cdc-2016")["total"] == wanted


@pytest.mark.parametrize("row", rows("timing"), ids=lambda r: r["case_id"])
def test_how_often(row: dict[str, str]) -> None:
    repeat = {
        "frequency": int(row["frequency"]),
        "period": int(float(row["period"])),
        "periodUnit": row["period_unit"],
    }
    line = Fields({"timing": {"repeat": repeat}}, "dosage", lambda *_: None)
    (found,) = directions_of([line])
    assert found.times is not None
    assert abs(found.times.high - Fraction(row["expected_doses_per_day"])) < Fraction(1, 10**6)


@pytest.mark.parametrize("row", rows("factor"), ids=lambda r: r["case_id"])
def test_factor(row: dict[str, str]) -> None:
    known = load_knowledge()
    named = known.vocabulary.drugs.identify((), (row["drug"],)).named
    route = route_in(row["dose_form"]) or Route.ORAL
    factors = [f for n in named for f in known.opioid_factors["cdc-2022"].factors_for(n.drug.name, route)]
    # The origin's own number, else what the collection's note says of 2022 where the origin has none.
    said = row["expected_factor"] or row["note"].partition("CDC 2022 factor ")[2]
    assert [Fraction(f.value or 0) for f in factors] == ([Fraction(said)] if said else [])


def test_the_bundle() -> None:
    path = CASES / "fhir" / "mmer4-fhir-patient-mme-less-than-fifty.bundle.json"
    out = CliRunner().invoke(app, ["mme", str(path), "--as-of", "2020-11-01", "--json"])
    assert json.loads(out.stdout)["total"] == 30
