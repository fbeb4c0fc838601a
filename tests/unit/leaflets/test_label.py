"""Labels: every field or none, millilitres for what is handed out, each batch its own days."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from openldn.cli.app import app
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.label import Handed, label_fields, label_html, supply_of
from openldn.plan.saved import plan_of
from openldn.quantities import CannotMeasure

KNOWN: Final = load_knowledge()
SAVED: Final = Path(__file__).parents[3] / "docs" / "how-to" / "review-plan.json"
PLAN: Final = plan_of(json.loads(SAVED.read_text(encoding="utf-8")), KNOWN)
HANDED: Final = Handed("A. Example", "Pharmacy X, Town", "B-17", date(2021, 2, 1))


def test_every_field_of_the_rule_is_filled_in() -> None:
    fields = label_fields(PLAN, supply_of(PLAN, PLAN.batches[0]), HANDED, KNOWN)
    wanted = KNOWN.rule("dispensing/label-fields").words("fields", date(2021, 2, 1))
    assert tuple(fields) == wanted
    assert all(fields.values())
    # 1, 2, 3, 4 mg a week each, then 4.5 mg until the batch of 60 days ends on 1 April.
    assert fields["directions"].count(";") == 4
    assert "1 Mar 2021 to 1 Apr 2021 4.5 mg, 3 mL then 1.5 mL" in fields["directions"]
    assert fields["use until"] == "1 Apr 2021"
    assert "1 mg per mL" in fields["drug"]
    assert fields["total"].startswith("214 mL")
    assert "not stated, ask the supplier: lactose" in fields["excipients"]


def test_the_next_batch_goes_on_where_the_first_ends() -> None:
    first, second = PLAN.batches
    later = replace(HANDED, supplied=second.made)
    assert label_fields(PLAN, supply_of(PLAN, second), later, KNOWN)["directions"].count("mg") == 1
    assert "2 Apr 2021" in label_fields(PLAN, supply_of(PLAN, second), later, KNOWN)["made"]
    assert first.last_use < second.made


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"patient": " "}, "patient"),
        ({"number": ""}, "batch"),
        ({"supplier": ""}, "supplier"),
        ({"supplied": date(2021, 4, 2)}, "handed out between"),
        ({"supplied": date(2021, 1, 31)}, "handed out between"),
    ],
)
def test_what_is_missing_refuses_the_label(change: dict[str, object], said: str) -> None:
    with pytest.raises(CannotMeasure, match=said):
        label_fields(PLAN, supply_of(PLAN, PLAN.batches[0]), replace(HANDED, **change), KNOWN)  # type: ignore[arg-type]


def test_the_page_holds_all_fields_and_a_code_without_the_patient() -> None:
    fields = label_fields(PLAN, supply_of(PLAN, PLAN.batches[0]), HANDED, KNOWN)
    page = label_html(fields, PLAN)
    for name in ("patient", "drug", "total", "storage", "batch", "compounded", "children", "excipients"):
        assert fields[name].casefold() in page.casefold(), name
    assert f"Code of plan {PLAN.id}" in page


def test_as_typed(tmp_path: Path) -> None:
    page = tmp_path / "label.html"
    given = ["label", str(SAVED), "--patient", "A", "--supplier", "X", "--number", "B-17"]
    day = ["--supplied", "2021-02-01"]
    result = CliRunner().invoke(app, [*given, *day, "--out", str(page), "--json"])
    assert (result.exit_code, page.is_file()) == (0, True)
    assert json.loads(result.stdout)["fields"]["batch"] == "B-17"
    wrong = CliRunner().invoke(app, [*given, *day, "--batch", "9"])
    assert (wrong.exit_code, "the plan has 2" in wrong.stderr) == (2, True)
