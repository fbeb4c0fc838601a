"""The history taken by asking: opioids from sources that stand on no list, and what else decides.

An interview counts for 30 days and replaces no list. A question that was not answered is not known,
never "no".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any

import msgspec

from openldn.knowledge.finding_schema import Measure
from openldn.knowledge.measures import Amount, amount_in
from openldn.knowledge.names import Identity
from openldn.knowledge.vocabulary import Vocabulary
from openldn.record.results import TestResult


class Question(StrEnum):
    """The seven sources of opioids that have to be asked about."""

    PRESCRIBED_ELSEWHERE = "prescribed-elsewhere"
    OVER_THE_COUNTER = "over-the-counter"
    COUGH_AND_DIARRHOEA = "cough-and-diarrhoea-medicine"
    HERBAL_OR_KRATOM = "herbal-or-kratom"
    TREATMENT_CLINIC = "treatment-clinic"
    INJECTION_OR_IMPLANT = "injection-or-implant"
    OTHER_PEOPLES = "other-peoples-medicine"


class Health(StrEnum):
    """Questions about health, for what a record may be silent about."""

    LIVER_DISEASE = "liver-disease"
    KIDNEY_DISEASE = "kidney-disease"
    ORGAN_TRANSPLANT = "organ-transplant"
    PREGNANT = "pregnant"
    BREASTFEEDING = "breastfeeding"
    OPERATION_PLANNED = "operation-planned"
    SUICIDAL_THOUGHTS = "suicidal-thoughts"
    CANCER_OR_ADVANCED_ILLNESS = "cancer-or-advanced-illness"


class Said(StrEnum):
    """An answer."""

    NO = "no"
    YES = "yes"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A medicine the patient named, and when it was last taken (None: still taken, or not known)."""

    question: Question
    name: str
    identity: Identity
    last_taken: date | None = None


@dataclass(frozen=True, slots=True)
class Interview:
    """Dated answers to the seven questions about opioids and to those about health."""

    held: date
    by: str
    answers: Mapping[Question, Said]
    mentioned: tuple[Mentioned, ...] = ()
    no_opioid_since: date | None = None
    """The patient's word that no opioid of any kind was taken since this day."""
    health: Mapping[Health, Said] = field(default_factory=lambda: MappingProxyType({}))
    operation_on: date | None = None
    results: tuple[TestResult, ...] = ()
    """Results that the interviewer states, for what the record does not hold."""

    def health_answer(self, question: Health) -> Said:
        """The answer to a question about health, or not known."""
        return self.health.get(question, Said.NOT_KNOWN)

    def answer(self, question: Question) -> Said:
        """The answer, or not known."""
        return self.answers.get(question, Said.NOT_KNOWN)

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """Questions whose answer is not known."""
        return tuple(q for q in Question if self.answer(q) is Said.NOT_KNOWN)

    def unnamed(self) -> tuple[Question, ...]:
        """Questions answered yes without a medicine that can be identified."""
        named = {m.question for m in self.mentioned if m.name and m.identity.readable}
        blurred = {m.question for m in self.mentioned if not m.identity.readable}
        yes = {q for q in Question if self.answer(q) is Said.YES}
        return tuple(q for q in Question if q in blurred or (q in yes and q not in named))


class _MedicineFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    question: Question
    name: str = ""
    last_taken: date | None = None


class _ResultFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    test: Annotated[str, msgspec.Meta(min_length=1)]
    value: Annotated[str, msgspec.Meta(min_length=1)]
    unit: str = ""
    upper_limit: str | None = None
    taken: date


class _InterviewFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An interview as a file holds it (YAML or JSON, scalars as text)."""

    held: date
    by: Annotated[str, msgspec.Meta(min_length=1)]
    answers: dict[Question, Said] = {}
    medicines: tuple[_MedicineFile, ...] = ()
    no_opioid_since: date | None = None
    health: dict[Health, Said] = {}
    operation_on: date | None = None
    results: tuple[_ResultFile, ...] = ()


class BadInterview(ValueError):
    """An interview that cannot be used; names the field and what is allowed."""


def read_interview(fields: Any, vocabulary: Vocabulary) -> Interview:
    """Make an interview of a parsed file.

    Raises:
        BadInterview: a field is missing, unknown or wrong.
    """
    try:
        given = msgspec.convert(fields, _InterviewFile, strict=False)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        field = place.strip("`").removeprefix("$").lstrip(".")
        raise BadInterview(f"{field or 'interview'}: {reason}") from error
    mentioned = tuple(
        Mentioned(m.question, m.name, _drug(m.name, vocabulary), m.last_taken) for m in given.medicines
    )
    for medicine in mentioned:
        if medicine.last_taken and medicine.last_taken > given.held:
            raise BadInterview(f"medicines: {medicine.name} was taken after the interview of {given.held}")
    if given.no_opioid_since and given.no_opioid_since > given.held:
        raise BadInterview(f"no_opioid_since: lies after the interview of {given.held}")
    if given.operation_on and given.health.get(Health.OPERATION_PLANNED) is not Said.YES:
        raise BadInterview("operation_on: only with health: operation-planned: yes")
    return Interview(
        given.held,
        given.by,
        given.answers,
        mentioned,
        given.no_opioid_since,
        given.health,
        given.operation_on,
        tuple(_result(n, r, given, vocabulary) for n, r in enumerate(given.results)),
    )


def _drug(name: str, vocabulary: Vocabulary) -> Identity:
    return vocabulary.drugs.identify((), (name,) if name else (), spoken=True)


def _result(n: int, given: _ResultFile, interview: _InterviewFile, vocabulary: Vocabulary) -> TestResult:
    """A result as stated: with the name of the interviewer in its text."""
    where = f"results[{n}]"
    measure = vocabulary.measures.measures.get(given.test) or vocabulary.measures.identify((), (given.test,))
    if measure is None:
        known = ", ".join(sorted(vocabulary.measures.measures))
        raise BadInterview(f"{where}.test: {given.test!r} is none of {known}")
    if given.taken > interview.held:
        raise BadInterview(f"{where}.taken: lies after the interview of {interview.held}")
    answer = vocabulary.measures.answer(measure, [given.value])
    found = limit = None
    if measure.unit:
        found = _amount(f"{where}.value", given.value, given.unit, measure)
        if given.upper_limit:
            limit = _amount(f"{where}.upper_limit", given.upper_limit, given.unit, measure).high
    elif answer is None:
        raise BadInterview(f"{where}.value: {given.value!r} is none of {', '.join(measure.answers)}")
    return TestResult(
        id=f"interview.{where}",
        text=f"{measure.name}, stated by {interview.by},",
        measure=measure.id,
        status="final",
        taken=given.taken,
        shown=f"{given.value} {given.unit}".strip(),
        amount=found,
        upper_limit=limit,
        answer=answer,
    )


def _amount(where: str, text: str, unit: str, measure: Measure) -> Amount:
    try:
        found, problem = amount_in(measure, Fraction(Decimal(text)), [unit])
    except (InvalidOperation, ValueError, OverflowError):
        found, problem = None, f"{text!r} is no number"
    if found is None:
        raise BadInterview(f"{where}: {problem} (units: {', '.join(filter(None, measure.units)) or 'none'})")
    return found
