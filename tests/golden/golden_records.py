"""Core records of golden cases: what a pharmacist writes in YAML, with a quiet patient as the default."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, Final

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.measures import amount_in
from openldn.knowledge.names import Code
from openldn.record.directions import Amount, Direction, Range, Unit
from openldn.record.interview import Health, Question, read_interview
from openldn.record.patient import (
    Allergy,
    Born,
    Condition,
    DrugList,
    EndStatement,
    Kind,
    ListState,
    Medication,
    Patient,
    Procedure,
    Record,
    Recorded,
    Skipped,
    Stage,
)
from openldn.record.results import TestResult

KNOWN: Final = load_knowledge()
WORDS: Final = KNOWN.vocabulary
KEYS: Final = frozenset(
    {"case", "source", "arithmetic", "as_of", "where", "therapy", "indication", "patient", "list", "drugs",
     "problems", "conditions", "results", "procedures", "allergies", "interview", "statements", "skipped",
     "expect", "start", "form"}
)  # fmt: skip


def day(text: str | None) -> date | None:
    """A day, or none."""
    return date.fromisoformat(text) if text else None


def record_of(case: dict[str, Any]) -> Record:
    """The record of a case; what it does not name is known and quiet."""
    as_of = case["as_of"]
    given = {"state": "listed", "dated": as_of, **case.get("list", {})}
    record = Record(
        patient=_patient({"born": "1975-01-01", "sex": "male", **case.get("patient", {})}),
        drug_list=DrugList(ListState(given["state"]), day(given["dated"]), gaps=tuple(given.get("gaps", ()))),
        medications=tuple(_medication(n, drug) for n, drug in enumerate(case.get("drugs", []))),
        conditions=tuple(_condition(n, c) for n, c in enumerate(case.get("conditions", []))),
        no_known_problems=case.get("problems") != "missing",
        results=tuple(_result(n, r, as_of) for n, r in enumerate(case.get("results", []))),
        procedures=tuple(_procedure(n, p) for n, p in enumerate(case.get("procedures", []))),
        allergies=tuple(_allergy(n, a) for n, a in enumerate(case.get("allergies", []))),
        skipped=tuple(
            Skipped(f"entry[{n}]", why, matters=True) for n, why in enumerate(case.get("skipped", []))
        ),
        statements=tuple(
            EndStatement(s["drug"], date.fromisoformat(s["ended"]), s["by"], date.fromisoformat(s["stated"]))
            for s in case.get("statements", [])
        ),
    )
    said = case.get("interview", {})
    if said == "none":
        return record
    fields = {"held": as_of, "by": "Dr A", "no_opioid_since": "2026-09-01", **said}
    fields["answers"] = {**dict.fromkeys(Question, "no"), **said.get("answers", {})}
    fields["health"] = {**dict.fromkeys(Health, "no"), **said.get("health", {})}
    return record.with_interview(read_interview(fields, WORDS))


def _patient(given: dict[str, str]) -> Patient:
    born = day(given["born"])
    died = given.get("deceased", "")
    return Patient(
        born=Born(born, born, given["born"]) if born else None,
        sex=given["sex"],
        deceased=f"on {died}" if died else "",
        died=day(died),
    )


def _medication(n: int, drug: dict[str, str]) -> Medication:
    """An entry; `daily` ("40 mg", "4 pieces") is what is taken of it in a day."""
    codes = _codes(drug)
    texts = (drug["text"],) if "text" in drug else ()
    return Medication(
        id=f"entry[{n}]",
        kind=Kind(drug.get("kind", "order")),
        status=Recorded(drug["status"]),
        recorded_status=drug["status"],
        text=drug.get("text", ""),
        identity=WORDS.drugs.identify(codes, texts),
        codes=codes,
        texts=texts,
        ordered=day(drug.get("ordered")),
        runs_until=day(drug.get("runs_until")),
        directions=(_direction(drug["daily"]),) if "daily" in drug else (),
    )


def _direction(daily: str) -> Direction:
    number, unit = daily.split(" ", 1)
    amount = Amount(Range.just(Fraction(number)), Unit(unit.removesuffix("s")))
    return Direction(amount=amount, times=Range.just(1))


def _codes(given: dict[str, str]) -> tuple[Code, ...]:
    return (Code(*given["code"].split(" ")),) if "code" in given else ()


def _texts(given: dict[str, str]) -> tuple[str, ...]:
    return (given["text"],) if given.get("text") else ()


def _condition(n: int, given: dict[str, str]) -> Condition:
    return Condition(
        id=f"condition[{n}]",
        text=given.get("text", ""),
        meanings=WORDS.findings.identify(_codes(given), _texts(given)),
        clinical_status=given.get("status", "active"),
        verification=given.get("verification", "confirmed"),
        onset=day(given.get("since")),
        abated=day(given.get("until")),
        recorded=day(given.get("recorded")),
    )


def _result(n: int, given: dict[str, str], as_of: str) -> TestResult:
    measure = WORDS.measures.identify(_codes(given), (given["test"],))
    assert measure is not None, given
    found, problem = None, ""
    answer = WORDS.measures.answer(measure, [given["value"]])
    if measure.unit:
        comparator = given["value"].rstrip("0123456789. ")
        value = Fraction(given["value"].removeprefix(comparator).strip())
        found, problem = amount_in(measure, value, [given.get("unit", "")], comparator.strip())
    factor = measure.factor(given.get("unit", "")) or Fraction(1)
    return TestResult(
        id=f"result[{n}]",
        text=measure.name,
        measure=measure.id,
        status=given.get("status", "final"),
        taken=day(given.get("taken", as_of)),
        shown=f"{given['value']} {given.get('unit', '')}".strip(),
        amount=found,
        upper_limit=Fraction(given["limit"]) * factor if "limit" in given else None,
        answer=answer,
        problem=problem,
    )


def _procedure(n: int, given: dict[str, str]) -> Procedure:
    meanings = WORDS.findings.identify(_codes(given), _texts(given))
    stage = Stage(given["stage"])
    return Procedure(f"procedure[{n}]", given.get("text", ""), meanings, stage, day(given.get("on")))


def _allergy(n: int, given: dict[str, str]) -> Allergy:
    codes, texts = _codes(given), _texts(given)
    return Allergy(
        id=f"allergy[{n}]",
        text=given.get("text", ""),
        identity=WORDS.drugs.identify(codes, texts),
        meanings=WORDS.findings.identify(codes, texts),
        clinical_status=given.get("status", "active"),
    )
