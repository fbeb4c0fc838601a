"""Read test results: observations, their components, and scored questionnaires.

Only results that some rule reads are kept, each in the one unit of its measure; the others are counted. A
result that belongs to such a measure and cannot be read stays, with the reason: it may hide the value that
decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Final

from openldn.fhir.fields import Fields
from openldn.knowledge.finding_schema import Measure
from openldn.knowledge.measures import Amount, amount, amount_in
from openldn.knowledge.names import Code
from openldn.knowledge.vocabulary import Vocabulary
from openldn.record.results import TestResult

_VOID: Final = frozenset({"entered-in-error", "cancelled"})
_NOT_DONE: Final = frozenset({"not-performed", "not-asked", "asked-declined", "not-applicable"})
_VALUES: Final = (
    "valueQuantity", "valueCodeableConcept", "valueString", "valueInteger", "valueBoolean", "valueDecimal",
    "valueCoding", "valueRange", "valueRatio", "valueSampledData", "valueTime", "valueDateTime",
    "valuePeriod",
)  # fmt: skip
_STANDARD_CODE: Final = re.compile(r"\d{1,7}-\d|\d{6,18}")
"""LOINC or SNOMED CT: tells by itself which test it is."""
_ANNOTATION: Final = str.maketrans({"{": "", "}": "", "_": " "})
_NUMBER: Final = re.compile(r"\s*([<>]=?)?\s*(\d{1,12}(?:\.\d{1,12})?)\s*(\S.*?)?\s*")


def read_observation(observation: Fields, vocabulary: Vocabulary) -> Iterator[TestResult]:
    """The results of one observation that rules read; one without a name besides."""
    status = observation.text("status")
    if status in _VOID:
        return
    taken = _day(observation)
    for part in (observation, *observation.each("component")):
        codes, texts = part.concept("code")
        measure = vocabulary.measures.identify(codes, texts)
        if measure is not None:
            yield _result(part, measure, status, taken, vocabulary)
        elif part is observation and not _named(codes, texts, vocabulary):
            yield TestResult(part.path, "", "", status, taken, readable=False)


def read_answers(response: Fields, vocabulary: Vocabulary) -> Iterator[TestResult]:
    """The answers of a completed questionnaire whose items carry the code of a measure."""
    if response.text("status") in _VOID:
        return
    taken = response.day("authored")
    for item in _items(response):
        code = item.text("linkId").rsplit("/", 1)[-1]
        measure = vocabulary.measures.identify((Code("", code),), ()) if code else None
        if measure is None:
            continue
        for answer in item.each("answer"):
            yield _result(answer, measure, response.text("status"), taken, vocabulary)


def _items(holder: Fields) -> Iterator[Fields]:
    for item in holder.each("item"):
        yield item
        yield from _items(item)


def _named(codes: tuple[Code, ...], texts: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    if any(_STANDARD_CODE.fullmatch(c.code) for c in codes):
        return True
    return any(vocabulary.findings.tells(text) for text in texts)


def _day(observation: Fields) -> date | None:
    for key in ("effectiveDateTime", "effectiveInstant", "issued"):
        if observation.json.get(key) is not None:
            return observation.day(key)
    period = observation.one("effectivePeriod")
    return (period.day("end") or period.day("start")) if period else None


def _result(
    part: Fields, measure: Measure, status: str, taken: date | None, vocabulary: Vocabulary
) -> TestResult:
    wrong: list[str] = []

    def noted(where: str, reason: str) -> None:
        wrong.append(f"{where.removeprefix(f'{part.path}.')}: {reason}")
        part.note(where, reason)

    fields = Fields(part.json, part.path, noted)
    shown = _shown(fields)
    found: Amount | None = None
    answer: str | None = None
    limit: Fraction | None = None
    problem = ""
    if any(key in part.json for key in _VALUES):
        answer = vocabulary.measures.answer(measure, _said(fields)) if measure.answers else None
        found, problem = _amount_of_answer(answer) if measure.unit and answer else (None, "")
        if found is None and measure.unit:
            found, problem = _amount(fields, measure)
        elif answer is None:
            problem = f"{shown or 'the answer'} is none of {', '.join(measure.answers)}"
        limit = _upper_limit(fields, measure)
    elif not _was_not_done(part) and not ({"component", "hasMember"} & part.json.keys()):
        problem = "no value"
    if wrong and not problem:
        problem = "; ".join(wrong)
    if problem:
        found, answer = None, None
    return TestResult(
        id=part.path,
        text=measure.name,
        measure=measure.id,
        status=status,
        taken=taken,
        shown=shown,
        amount=found,
        upper_limit=limit,
        answer=answer,
        problem=problem,
    )


def _was_not_done(part: Fields) -> bool:
    """Whether there is no value because there was no test; any other reason may hide one."""
    codes, texts = part.concept("dataAbsentReason")
    said = {c.code.lower() for c in codes} or {text.lower().replace(" ", "-") for text in texts}
    return bool(said) and said <= _NOT_DONE


def _shown(part: Fields) -> str:
    quantity = part.one("valueQuantity") if isinstance(part.json.get("valueQuantity"), dict) else None
    if quantity:
        unit = (quantity.text("unit") or quantity.text("code")).translate(_ANNOTATION)
        comparator = quantity.text("comparator")
        return f"{comparator}{' ' if comparator else ''}{quantity.text('value')} {unit}".strip()
    return next(iter(_said(part)), "")


def _said(part: Fields) -> list[str]:
    """The words and codes of an answer, whatever its type."""
    said: list[str] = []
    for key in ("valueCodeableConcept", "valueCoding"):
        if part.json.get(key) is None:
            continue
        if key == "valueCoding":
            holder = part.one(key)
            said += [holder.text("display"), holder.text("code")] if holder else []
        else:
            codes, texts = part.concept(key)
            said += [*texts, *(c.code for c in codes)]
    for key in ("valueString", "valueInteger", "valueDecimal", "valueQuantity"):
        value = part.json.get(key)
        if value is not None and not isinstance(value, dict):
            said.append(part.text(key))
    flag = part.json.get("valueBoolean")
    if isinstance(flag, bool):
        said.append("yes" if flag else "no")
    return [word for word in said if word]


def _amount_of_answer(answer: str) -> tuple[Amount | None, str]:
    """A scored answer: its name is the score."""
    return (amount(Fraction(answer)), "") if answer.isdigit() else (None, "")


def _amount(part: Fields, measure: Measure) -> tuple[Amount | None, str]:
    """The value in the measure's unit, or why it cannot be had."""
    if isinstance(part.json.get("valueQuantity"), dict):
        quantity = part.one("valueQuantity")
        value = quantity.number("value") if quantity else None
        if quantity is None or value is None:
            return None, "no number"
        comparator = quantity.text("comparator")
        if comparator not in ("", "<", "<=", ">", ">="):
            return None, f"{comparator!r} is no comparator"
        units = [quantity.text("code"), quantity.text("unit")]
        return amount_in(measure, value, [u for u in units if u] or [""], comparator)
    for key in ("valueInteger", "valueDecimal"):
        if part.json.get(key) is not None:
            value = part.number(key)
            return (None, "no number") if value is None else amount_in(measure, value, [""])
    text = part.text("valueString") if isinstance(part.json.get("valueString"), str) else ""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None, f"{text!r} is no number" if text else "no number"
    return amount_in(measure, Fraction(found[2]), [found[3] or ""], found[1] or "")


def _upper_limit(part: Fields, measure: Measure) -> Fraction | None:
    """The lowest upper limit that the result itself names, in the measure's unit."""
    quantity = part.one("valueQuantity") if isinstance(part.json.get("valueQuantity"), dict) else None
    own = [quantity.text("code") or quantity.text("unit")] if quantity else []
    limits = []
    for reference in part.each("referenceRange"):
        high = reference.one("high")
        if high is None:
            continue
        value = high.number("value")
        unit = high.text("code") or high.text("unit")
        found, problem = (
            (None, "no number") if value is None else amount_in(measure, value, [unit] if unit else own)
        )
        if found is None or found.high is None or not found.high:
            part.note(high.path, f"an upper limit expected ({problem or 'zero'})")
        else:
            limits.append(found.high)
    return min(limits, default=None)
