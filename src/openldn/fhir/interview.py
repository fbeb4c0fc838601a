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
_DATES: Final = ("no-opioid-since", "operation-on")
_ASKED: Final = _QUESTIONS.keys() | _HEALTH.keys() | set(_DATES)
_COMPLETED: Final = ("completed", "amended")
_VOID: Final = "entered-in-error"
_WORDS: Final = {
    "yes": Said.YES, "y": Said.YES, "no": Said.NO, "n": Said.NO,
    "not known": Said.NOT_KNOWN, "unknown": Said.NOT_KNOWN, "asked-unknown": Said.NOT_KNOWN,
}  # fmt: skip


def interview_of(
    contents: Contents, names: DrugNames, belongs: Callable[[dict[str, Any]], bool]
) -> Interview | None:
    """The newest completed interview in the bundle; what was answered twice counts as the worse answer.

    One that cannot be placed in time, or that is not completed and newer, may hide a "yes": it is lost, not
    left out.
    """
    completed: dict[date, list[Fields]] = {}
    open_ones: list[tuple[Fields, date]] = []
    for found in contents.of_type("QuestionnaireResponse"):
        if not belongs(found.json):
            continue
        if not is_interview(found):
            if _QUESTIONS.keys() & {item.text("linkId") for item in _items(found)}:
                contents.lost(found.path, "the questions of an interview, of a questionnaire not named so")
            continue
        response = Fields(found.json, found.path, contents.lost)  # a field of a wrong shape may hide a "yes"
        held = response.days("authored")
        if response.json.get("status") == _VOID:
            contents.note(response.path, "an interview entered in error")
        elif held is None:
            contents.lost(response.path, "an interview without a date that can be read")
        elif response.text("status") in _COMPLETED:
            completed.setdefault(held.first, []).append(response)
        else:
            open_ones.append((response, held.last))
    newest = max(completed, default=None)
    for response, day in open_ones:
        late = newest is None or day > newest
        (contents.lost if late else contents.note)(response.path, "an interview that is not completed")
    for response in (r for day, responses in completed.items() if day != newest for r in responses):
        contents.note(response.path, "an older interview")
    return None if newest is None else _interview(newest, completed[newest], names, contents)


def is_interview(response: Fields) -> bool:
    """Whether a questionnaire's answers are an interview."""
    questionnaire = response.json.get("questionnaire")
    address = questionnaire.get("reference") if isinstance(questionnaire, dict) else questionnaire
    return isinstance(address, str) and address.split("|")[0].split("/")[-1] == QUESTIONNAIRE


def _interview(held: date, responses: list[Fields], names: DrugNames, contents: Contents) -> Interview:
    said: dict[str, list[Said]] = {}
    dates: dict[str, list[date | None]] = {}
    mentioned: list[Mentioned] = []
    for item in (item for response in responses for item in _items(response)):
        link = item.text("linkId")
        if link in _DATES:
            dates.setdefault(link, []).extend(a.day("valueDate") for a in item.each("answer"))
            continue
        if link not in _ASKED:
            contents.lost(f"{item.path}.linkId", f"{link or 'nothing'} is no question of the interview")
            continue
        said.setdefault(link, []).extend(_said(item, contents))
        if question := _QUESTIONS.get(link):
            for name, last in _named(item):
                identity = names.identify((), (name,) if name else (), spoken=True)
                mentioned.append(Mentioned(question, name, identity, last.day("valueDate") if last else None))
    return Interview(
        held,
        _author(responses[0]),
        {question: _worst(said[link]) for link, question in _QUESTIONS.items() if link in said},
        tuple(mentioned),
        _only(dates.get("no-opioid-since", [])),
        {question: _worst(said[link]) for link, question in _HEALTH.items() if link in said},
        _only(dates.get("operation-on", [])),
    )


def _items(holder: Fields) -> Iterator[Fields]:
    """The questions, those in groups too."""
    for item in holder.each("item"):
        if item.text("linkId") in _ASKED or "item" not in item.json or "answer" in item.json:
            yield item
        else:
            yield from _items(item)


def _author(response: Fields) -> str:
    author = response.one("author") or response.one("source")
    return (author.text("display") or author.text("reference") if author else "") or "not named"


def _worst(said: list[Said]) -> Said:
    if Said.YES in said:
        return Said.YES
    return Said.NO if said and set(said) == {Said.NO} else Said.NOT_KNOWN


def _only(days: list[date | None]) -> date | None:
    """A day that was given once or the same each time; else none, which is the careful reading."""
    return days[0] if len(set(days)) == 1 else None


def _said(item: Fields, contents: Contents) -> Iterator[Said]:
    for answer in item.each("answer"):
        flag = answer.flag("valueBoolean")
        if flag is not None:
            yield Said.YES if flag else Said.NO
            continue
        coding = answer.one("valueCoding")
        word = (coding.text("code") or coding.text("display")) if coding else answer.text("valueString")
        read = _WORDS.get(word.lower())
        if read is None:
            contents.lost(answer.path, "yes, no or not known is expected")
        yield read or Said.NOT_KNOWN


def _named(item: Fields) -> Iterator[tuple[str, Fields | None]]:
    """Medicines named below an answer: items `medicine`, each with `last-taken` below or beside it."""
    for holder in (item, *item.each("answer")):
        for below in holder.each("item"):
            if below.text("linkId") != "medicine":
                continue
            for answer in below.each("answer"):
                last = [a for i in (*answer.each("item"), *below.each("item")) for a in i.each("answer")]
                yield answer.text("valueString"), last[0] if last else None
