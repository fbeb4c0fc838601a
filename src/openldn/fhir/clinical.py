"""Read diagnoses, allergies and procedures, with what each of them names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from openldn.fhir.fields import Fields
from openldn.knowledge.findings import UNREADABLE, Meanings
from openldn.knowledge.names import NOT_NAMED, Code
from openldn.knowledge.vocabulary import Vocabulary
from openldn.record.patient import Allergy, Condition, Procedure, Stage

_NO_KNOWN_PROBLEMS: Final = frozenset({"no-known-problems"})
_NO_INFORMATION: Final = frozenset({"no-problem-info", "no-allergy-info", "no-procedure-info"})
_NO_KNOWN_ALLERGIES: Final = frozenset(
    {"no-known-allergies", "no-known-medication-allergies", "no-known-environmental-allergies",
     "no-known-food-allergies", "716186003", "409137002", "428607008", "429625007"}
)  # fmt: skip
_NOT_DONE: Final = frozenset({"not-done", "entered-in-error", "revoked", "cancelled", "noshow"})
_DONE: Final = frozenset(
    {"completed", "in-progress", "stopped", "fulfilled", "arrived", "checked-in", "aborted"}
)
_PLANNED: Final = frozenset(
    {"preparation", "on-hold", "active", "draft", "proposed", "pending", "booked", "waitlist"}
)
_DAYS_OF_PROCEDURE: Final = (
    "performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod", "start",
    "requestedPeriod",
)  # fmt: skip
_REFUTED: Final = frozenset({"refuted", "entered-in-error"})


def says_no_known_problems(codes: Iterable[Code], texts: Iterable[str]) -> bool:
    """Whether an entry states that there is no problem at all."""
    return any(c.code in _NO_KNOWN_PROBLEMS for c in codes) or any(
        text.casefold().strip(" .") in ("no known problems", "no known active problems", "no active problems")
        for text in texts
    )


def says_nothing(codes: Iterable[Code]) -> bool:
    """Whether an entry only states that there is no information, or no known allergy."""
    return any(c.code in _NO_INFORMATION | _NO_KNOWN_ALLERGIES for c in codes)


def read_condition(resource: Fields, vocabulary: Vocabulary) -> Condition | None:
    """Read a diagnosis; None for one that was refuted or entered in error."""
    verification = _code_of(resource, "verificationStatus")
    if verification in _REFUTED:
        return None
    codes, texts = resource.concept("code")
    return Condition(
        id=resource.path,
        text=_text(codes, texts),
        meanings=_meanings(codes, texts, vocabulary),
        clinical_status=_code_of(resource, "clinicalStatus"),
        verification=verification,
        onset=_day(resource, ("onsetDateTime", "onsetPeriod")),
        abated=_day(resource, ("abatementDateTime", "abatementPeriod")),
        recorded=_day(resource, ("recordedDate", "assertedDate", "dateRecorded")),
    )


def read_allergy(resource: Fields, vocabulary: Vocabulary) -> Allergy | None:
    """Read an allergy; None for one that was refuted or entered in error."""
    verification = _code_of(resource, "verificationStatus")
    if verification in _REFUTED:
        return None
    codes, texts = resource.concept("code")
    for reaction in resource.each("reaction"):
        more = reaction.concept("substance")
        codes, texts = (*codes, *more[0]), (*texts, *more[1])
    return Allergy(
        id=resource.path,
        text=_text(codes, texts),
        identity=vocabulary.drugs.identify(codes, texts) if codes or texts else NOT_NAMED,
        meanings=_meanings(codes, texts, vocabulary),
        clinical_status=_code_of(resource, "clinicalStatus"),
        verification=verification,
    )


def read_procedure(resource: Fields, vocabulary: Vocabulary) -> Procedure:
    """Read a procedure, a request for one, or an appointment."""
    kind = resource.text("resourceType")
    codes, texts = resource.concept("code")
    if kind == "Appointment":
        texts = tuple(filter(None, (*texts, resource.text("description"), resource.text("comment"))))
    for key in ("category", "serviceType", "serviceCategory", "reasonCode", "appointmentType"):
        for holder in resource.each(key):
            more = holder.coded()
            codes, texts = (*codes, *more[0]), (*texts, *more[1])
    named = _meanings(codes, texts, vocabulary)
    if kind == "Appointment" and not codes and not texts:
        named = Meanings()  # most appointments say only when
    on = _day(resource, _DAYS_OF_PROCEDURE)
    return Procedure(
        id=resource.path,
        text=_text(codes, texts),
        meanings=named,
        stage=_stage(resource),
        on=on,
        day_unreadable=on is None and any(resource.json.get(key) is not None for key in _DAYS_OF_PROCEDURE),
    )


def _stage(resource: Fields) -> Stage:
    status = resource.text("status").lower()
    if status in _NOT_DONE or resource.flag("doNotPerform") or resource.flag("notDone"):
        return Stage.VOID
    if status in _DONE:
        return Stage.DONE
    return Stage.PLANNED if status in _PLANNED else Stage.UNCLEAR


def _meanings(codes: tuple[Code, ...], texts: tuple[str, ...], vocabulary: Vocabulary) -> Meanings:
    return vocabulary.findings.identify(codes, texts) if codes or texts else UNREADABLE


def _text(codes: tuple[Code, ...], texts: tuple[str, ...]) -> str:
    return max(texts, key=len, default="") or ", ".join(map(str, codes))


def _code_of(fields: Fields, key: str) -> str:
    codes, texts = fields.concept(key)
    return (codes[0].code if codes else (texts[0] if texts else "")).lower()


def _day(resource: Fields, keys: tuple[str, ...]) -> date | None:
    for key in keys:
        value = resource.json.get(key)
        if value is None:
            continue
        if isinstance(value, dict):
            period = resource.one(key)
            day = (period.day("start") or period.day("end")) if period else None
        elif isinstance(value, list):
            days = [p.day("start") for p in resource.each(key)]
            day = min((d for d in days if d), default=None)
        else:
            day = resource.day(key)
        if day:
            return day
    return None
