"""Drawn codes, read back from the PDF by a decoder that is not ours."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import zxingcpp

from openldn.dispensing.making import MakingInputs, making
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.label import Handed, label_fields, label_html, supply_of
from openldn.leaflets.pdf import pdf_of
from openldn.leaflets.worksheet import worksheet_html
from openldn.plan.saved import plan_of

KNOWN = load_knowledge()
LOT = "A123; assay=99.2; water=5"


def decoded(pdf: bytes) -> list[str]:
    """The texts of all codes on all pages."""
    found = []
    for page in pypdfium2.PdfDocument(io.BytesIO(pdf)):
        picture = page.render(scale=3, grayscale=True).to_numpy()
        found += [code.text for code in zxingcpp.read_barcodes(np.ascontiguousarray(picture.squeeze()))]
    return sorted(found)


def test_every_flask_of_a_worksheet_has_its_code() -> None:
    inputs = MakingInputs(
        formula="uldn-liquid", make="60 mL", lot=LOT, made=date(2026, 11, 30), number="B-17"
    )
    assert decoded(pdf_of(worksheet_html(making(inputs, KNOWN)))) == ["B-17", "B-17/0", "B-17/1", "B-17/2"]


def test_every_pot_of_capsules_has_its_code() -> None:
    inputs = MakingInputs(
        formula="capsule-gelatin",
        make="30 capsules",
        strength="0.5 mg",
        filler_alone="135 mg",
        drug_alone="180 mg",
        balance="1 mg",
        lot=LOT,
        made=date(2026, 11, 30),
        number="B-18",
    )
    assert decoded(pdf_of(worksheet_html(making(inputs, KNOWN)))) == ["B-18", "B-18/1"]


def test_a_label_names_plan_and_batch_and_no_patient() -> None:
    saved = Path(__file__).parents[3] / "docs" / "how-to" / "review-plan.json"
    plan = plan_of(json.loads(saved.read_text(encoding="utf-8")), KNOWN)
    handed = Handed("A. Example", "Pharmacy X, Town", "B-17", date(2021, 2, 1))
    fields = label_fields(plan, supply_of(plan, plan.batches[0]), handed, KNOWN)
    assert decoded(pdf_of(label_html(fields, plan))) == ["B-17", f"openldn plan {plan.id}"]
