"""An interview in FHIR: a QuestionnaireResponse whose linkIds are the names of the questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

from openldn.fhir.bundles import Contents
from openldn.fhir.fields import Fields
from openldn.knowledge.names import DrugNames
from openldn.record.interview import Health, Interview, Mentioned, Question, Said

QUESTIONNAIRE: Final = "openldn-opioid-interview"
"""The last part of the canonical address of the questionnaire."""
_QUESTIONS: Final = {q.value: q for q in Question}
_HEALTH: Final = {q.value: q for q in Health}


def interview_of(
    contents: Contents, names: DrugNames, belongs: Callable[[dict[str, Any]], bool]
) -> Interview | None:
    """The newest completed interview in the bundle."""
    found = [
        interview
        for response in contents.of_type("QuestionnaireResponse")
        if belongs(response.json) and (interview := _interview(response, names))
    ]
    return max(found, key=lambda i: i.held, default=None)


def is_interview(response: Fields) -> bool:
    """Whether a questionnaire's answers are an interview."""
    questionnaire = response.json.get("questionnaire")
    address = questionnaire.get("reference") if isinstance(questionnaire, dict) else questionnaire
    return isinstance(address, str) and address.split("|")[0].split("/")[-1] == QUESTIONNAIRE


def _interview(response: Fields, names: DrugNames) -> Interview | None:
    if not is_interview(response):
        return None
    held = response.days("authored")
    if held is None or response.text("status") not in ("completed", "amended"):
        response.note(response.path, "an interview without a date, or not completed, does not count")
        return None
    answers: dict[Question, Said] = {}
    health: dict[Health, Said] = {}
    mentioned: list[Mentioned] = []
    for item in response.each("item"):
        said = list(_said(item))
        answer = said[0] if len(said) == 1 else Said.NOT_KNOWN
        if about := _HEALTH.get(item.text("linkId")):
            health[about] = answer
        question = _QUESTIONS.get(item.text("linkId"))
        if question is None:
            continue
        answers[question] = answer
        for name, last in _named(item):
            identity = names.identify((), (name,) if name else (), spoken=True)
            mentioned.append(Mentioned(question, name, identity, last.day("valueDate") if last else None))
    author = response.one("author") or response.one("source")
    by = (author.text("display") or author.text("reference")) if author else ""
    return Interview(
        held.first,
        by or "not named",
        answers,
        tuple(mentioned),
        _date_answered(response, "no-opioid-since"),
        health,
        _date_answered(response, "operation-on"),
    )


def _date_answered(response: Fields, link: str) -> date | None:
    items = (item for item in response.each("item") if item.text("linkId") == link)
    return next((a.day("valueDate") for item in items for a in item.each("answer")), None)


def _said(item: Fields) -> Iterator[Said]:
    for answer in item.each("answer"):
        flag = answer.flag("valueBoolean")
        if flag is not None:
            yield Said.YES if flag else Said.NO
            continue
        coding = answer.one("valueCoding")
        word = (coding.text("code") or coding.text("display")) if coding else answer.text("valueString")
        yield {"yes": Said.YES, "y": Said.YES, "no": Said.NO, "n": Said.NO}.get(word.lower(), Said.NOT_KNOWN)


def _named(item: Fields) -> Iterator[tuple[str, Fields | None]]:
    """Medicines named below an answer: items `medicine`, each with `last-taken` below or beside it."""
    for holder in (item, *item.each("answer")):
        for below in holder.each("item"):
            if below.text("linkId") != "medicine":
                continue
            for answer in below.each("answer"):
                last = [a for i in (*answer.each("item"), *below.each("item")) for a in i.each("answer")]
                yield answer.text("valueString"), last[0] if last else None
