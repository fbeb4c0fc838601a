"""The drug history taken by asking: opioids from sources that stand on no list.

An interview counts for 30 days and replaces no list. A question that was not answered is not known,
never "no".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from openldn.knowledge.names import DrugNames, Identity


class Question(StrEnum):
    """The seven sources that have to be asked about."""

    PRESCRIBED_ELSEWHERE = "prescribed-elsewhere"
    OVER_THE_COUNTER = "over-the-counter"
    COUGH_AND_DIARRHOEA = "cough-and-diarrhoea-medicine"
    HERBAL_OR_KRATOM = "herbal-or-kratom"
    TREATMENT_CLINIC = "treatment-clinic"
    INJECTION_OR_IMPLANT = "injection-or-implant"
    OTHER_PEOPLES = "other-peoples-medicine"


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
    """Dated answers to the seven questions."""

    held: date
    by: str
    answers: Mapping[Question, Said]
    mentioned: tuple[Mentioned, ...] = ()
    no_opioid_since: date | None = None
    """The patient's word that no opioid of any kind was taken since this day."""

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


class _InterviewFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An interview as a file holds it (YAML or JSON, scalars as text)."""

    held: date
    by: Annotated[str, msgspec.Meta(min_length=1)]
    answers: dict[Question, Said] = {}
    medicines: tuple[_MedicineFile, ...] = ()
    no_opioid_since: date | None = None


class BadInterview(ValueError):
    """An interview that cannot be used; names the field and what is allowed."""


def read_interview(fields: Any, names: DrugNames) -> Interview:
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
        Mentioned(
            m.question, m.name, names.identify((), (m.name,) if m.name else (), spoken=True), m.last_taken
        )
        for m in given.medicines
    )
    for medicine in mentioned:
        if medicine.last_taken and medicine.last_taken > given.held:
            raise BadInterview(f"medicines: {medicine.name} was taken after the interview of {given.held}")
    if given.no_opioid_since and given.no_opioid_since > given.held:
        raise BadInterview(f"no_opioid_since: lies after the interview of {given.held}")
    return Interview(given.held, given.by, given.answers, mentioned, given.no_opioid_since)
