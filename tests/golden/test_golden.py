"""Cases that a pharmacist can read: YAML in, YAML out, each with its source; one file a rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.names import Code
from openldn.knowledge.schema import Therapy
from openldn.knowledge.strict_yaml import read_yaml
from openldn.plan.products import ProductForm, product_for
from openldn.plan.rounding import Fills
from openldn.plan.steps import Plan, supply_in_all
from openldn.plan.titration import titrate
from openldn.quantities import Dose, Volume, number_text
from openldn.record.interview import Question, read_interview
from openldn.record.patient import (
    DrugList,
    EndStatement,
    Kind,
    ListState,
    Medication,
    Record,
    Recorded,
    Skipped,
)
from openldn.screening.screen import screen
from openldn.screening.verdict import Suitable

HERE = Path(__file__).parent
KNOWN = load_knowledge()
CASES = [
    (path.relative_to(HERE).with_suffix("").as_posix(), case)
    for path in sorted(HERE.rglob("*.yaml"))
    for case in read_yaml(path.read_text(encoding="utf-8"))
]
SCREENING = [(rule, case) for rule, case in CASES if "start" not in case]
PLANS = [(rule, case) for rule, case in CASES if "start" in case]
KEYS = {
    "case",
    "source",
    "arithmetic",
    "as_of",
    "therapy",
    "list",
    "drugs",
    "interview",
    "statements",
    "skipped",
    "expect",
    "start",
    "form",
}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _record(case: dict[str, Any]) -> Record:
    as_of = case["as_of"]
    given = {"state": "listed", "dated": as_of, **case.get("list", {})}
    listed = DrugList(ListState(given["state"]), _day(given["dated"]), gaps=tuple(given.get("gaps", ())))
    medications = tuple(_medication(n, drug) for n, drug in enumerate(case.get("drugs", [])))
    statements = tuple(
        EndStatement(s["drug"], date.fromisoformat(s["ended"]), s["by"], date.fromisoformat(s["stated"]))
        for s in case.get("statements", [])
    )
    skipped = tuple(
        Skipped(f"entry[{n}]", why, matters=True) for n, why in enumerate(case.get("skipped", []))
    )
    record = Record(drug_list=listed, medications=medications, skipped=skipped, statements=statements)
    said = case.get("interview", {})
    if said == "none":
        return record
    fields = {"held": as_of, "by": "Dr A", "no_opioid_since": "2026-09-01", **said}
    fields["answers"] = {**dict.fromkeys(Question, "no"), **said.get("answers", {})}
    return record.with_interview(read_interview(fields, KNOWN.vocabulary))


def _medication(n: int, drug: dict[str, str]) -> Medication:
    codes = tuple(Code(*drug["code"].split(" ")) for _ in [0] if "code" in drug)
    texts = (drug["text"],) if "text" in drug else ()
    return Medication(
        id=f"entry[{n}]",
        kind=Kind(drug.get("kind", "order")),
        status=Recorded(drug["status"]),
        recorded_status=drug["status"],
        text=drug.get("text", ""),
        identity=KNOWN.vocabulary.drugs.identify(codes, texts),
        codes=codes,
        texts=texts,
        ordered=_day(drug.get("ordered")),
        runs_until=_day(drug.get("runs_until")),
    )


@pytest.mark.parametrize(("rule", "case"), SCREENING, ids=[f"{r}: {c['case']}" for r, c in SCREENING])
def test_screening(rule: str, case: dict[str, Any]) -> None:
    assert set(case) <= KEYS, rule
    assert case["source"], rule
    therapy, expect = Therapy(case.get("therapy", "ldn")), case["expect"]
    screening = screen(_record(case), therapy, KNOWN, as_of=date.fromisoformat(case["as_of"]))
    found = {r.rule.id: r.clears_on.isoformat() if r.clears_on else None for r in screening.verdict.reasons}
    assert found == expect["reasons"]
    assert screening.verdict.word == expect["verdict"]
    assert screening.on_record == expect["on_record"]
    if "stale" in expect:
        assert any(e.stale for e in screening.exposures) is (expect["stale"] == "yes")
    for reason in screening.verdict.reasons:
        assert "{" not in reason.worded() + reason.asked()
        assert therapy in reason.rule.applies_to


def _measured(plan: Plan) -> Iterator[tuple[str, Any]]:
    def ml(volume: Volume) -> str:
        return number_text(volume.in_unit("mL"))

    def mg(dose: Dose) -> str:
        return number_text(dose.in_unit("mg"))

    supply = supply_in_all(plan)
    yield "doses", [mg(s.dose) for s in plan.steps]
    yield "lowest", mg(min(s.dose for s in plan.steps))
    yield "highest", mg(max(s.dose for s in plan.steps))
    yield "starts", [s.starts.isoformat() for s in plan.steps]
    yield "ends", plan.ends.isoformat()
    yield "judge_on", plan.judge_on.isoformat()
    yield "stop_signs", str(len(plan.stop_signs))
    yield "questions", str(len(plan.first_dose_check))
    yield "supply_ml", ml(supply.volume)
    yield "supply", {mg(dose): str(count) for dose, count in supply.capsules}
    fills = [s.measured for s in plan.steps if isinstance(s.measured, Fills)]
    yield "volumes", [ml(f.volume) for f in fills]
    yield "fills", [[ml(v) for v in f.volumes] for f in fills]
    yield "syringes", [ml(f.syringe.capacity) for f in fills]
    yield (
        "capsules",
        [[mg(d) for d in s.measured.strengths] for s in plan.steps if not isinstance(s.measured, Fills)],
    )


@pytest.mark.parametrize(("rule", "case"), PLANS, ids=[f"{r}: {c['case']}" for r, c in PLANS])
def test_plan(rule: str, case: dict[str, Any]) -> None:
    assert set(case) <= KEYS, rule
    day = date.fromisoformat(case["start"])
    product = product_for(ProductForm(case["form"]), KNOWN, as_of=day)
    plan = titrate(Suitable(Therapy.LDN, day, None), product, KNOWN, starts=day, as_of=day)
    found = dict(_measured(plan))
    assert {key: found[key] for key in case["expect"]} == case["expect"]


def test_every_rule_has_a_golden_case_and_every_case_a_rule() -> None:
    assert {rule for rule, _ in CASES} == set(KNOWN.rules)


@pytest.mark.parametrize(
    "rule", sorted(r for r in KNOWN.rules if KNOWN.rules[r].text and r.startswith("screening"))
)
def test_a_rule_with_a_reason_fires_in_its_own_file(rule: str) -> None:
    assert any(rule in case["expect"]["reasons"] for name, case in SCREENING if name == rule)
