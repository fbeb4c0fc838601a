"""A decision can be made again with the same answer, and a change of what is known shows whom it concerns."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

from openldn.clinic import again, care, clock
from openldn.clinic.again import Changed, replay
from openldn.clinic.keeping import Refused
from openldn.clinic.store import snapshots
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import Account, Clinic, Decision, Kind, Patient, Plan, PlanState, Role
from openldn.knowledge.load import Knowledge, load_knowledge

Find = Callable[[str], Patient]


def test_every_decision_of_the_demonstration_is_made_again_with_the_same_answer(clinic: Clinic) -> None:
    kinds = set()
    for decision in Decision.objects.select_related("patient", "snapshot"):
        assert replay(decision) == [], (decision.kind, decision.patient.name)
        kinds.add(decision.kind)
    assert kinds == set(Kind)


def test_the_snapshot_is_all_the_knowledge_there_was(clinic: Clinic) -> None:
    decision = Decision.objects.select_related("snapshot").earliest("id")
    then, now = snapshots.knowledge_of(decision.snapshot), load_knowledge()
    assert then.rules == now.rules
    assert then.drugs == now.drugs
    assert then.claims == now.claims


def _stricter(knowledge: Knowledge) -> Knowledge:
    """Today's knowledge, in which naproxen (a note up to now) is a contraindication."""
    rule = msgspec.structs.replace(
        knowledge.rule("screening/interaction-nsaid"), title="Changed", because="changed for this test"
    )
    return dataclasses.replace(knowledge, rules=MappingProxyType({**knowledge.rules, rule.id: rule}))


def test_another_knowledge_gives_another_answer_and_says_where(
    clinic: Clinic, patient: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = Decision.objects.get(patient=patient("Anna"), kind=Kind.SCREENING)
    changed = _stricter(load_knowledge())
    monkeypatch.setattr(again, "load_knowledge", lambda: changed)
    found = replay(decision, with_todays_knowledge=True)
    assert [(d.where.split(".")[-1], d.now) for d in found] == [("because", "changed for this test")]
    assert replay(decision) == []


def _with_oxycodone(patient: Patient) -> str:
    bundle: dict[str, Any] = json.loads(patient.record_files.latest("id").content)
    bundle["timestamp"] = "2026-11-28T09:00:00Z"
    bundle["entry"].append(
        {
            "resource": {
                "resourceType": "MedicationRequest",
                "id": "new",
                "subject": {"reference": f"Patient/{patient.number}"},
                "status": "active",
                "intent": "order",
                "authoredOn": "2026-11-27",
                "medicationCodeableConcept": {"text": "oxycodone 5 mg tablet"},
            }
        }
    )
    return json.dumps(bundle)


def test_after_an_import_the_recheck_names_whose_answer_changed_and_why(
    clinic: Clinic, patient: Find
) -> None:
    anna = patient("Anna")
    before = {c.plan.patient.name for c in again.recheck() if isinstance(c, Changed)}
    prescriber = Account.objects.get(clinic=clinic, role=Role.PRESCRIBER)
    with acting("test"):
        care.import_record(anna, "newer.json", _with_oxycodone(anna), by=prescriber)
    found = {c.plan.patient.name: c for c in again.recheck() if isinstance(c, Changed)}
    assert found["Anna Berg"].now == "contraindicated"
    assert any("oxycodone" in says for _, says in found["Anna Berg"].reasons)
    assert set(found) - before <= {"Anna Berg"}


def test_a_plan_that_is_signed_with_an_opioid_on_the_newest_record_is_refused(
    clinic: Clinic, patient: Find
) -> None:
    ines = patient("Ines")
    prescriber = Account.objects.get(clinic=clinic, role=Role.PRESCRIBER)
    draft = Plan.objects.get(patient=ines, state=PlanState.DRAFT)
    with acting("test"):
        care.import_record(ines, "newer.json", _with_oxycodone(ines), by=prescriber)
        with pytest.raises(Refused, match="contraindicated"):
            care.sign(draft, by=prescriber, as_of=clock.today(clinic))
