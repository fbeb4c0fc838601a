"""A diary in FHIR: one QuestionnaireResponse a day and slot, whose linkIds are the columns of the diary.

What was said is turned into the text that `record.diary` reads, or refused with its place: a diary from which
a sentence fell out looks better than it is. What was not answered stays a hole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import Any, Final

from openldn.fhir.bundles import Contents, open_bundle
from openldn.fhir.dates import days
from openldn.fhir.diary_answers import LINKS, Said, refuse, status_of
from openldn.fhir.fields import Fields, Note
from openldn.fhir.json_text import BadInput
from openldn.knowledge.load import Knowledge

QUESTIONNAIRE: Final = "openldn-diary"
"""The last part of the canonical address of the questionnaire."""
_TELLING: Final = frozenset(LINKS) - {"date", "note", "results", "result", "sleep", "symptoms"}
"""Questions that stand in hardly any other questionnaire."""
_DEEPEST: Final = 20
_LATER: Final = ("completed", "amended", "entered-in-error")
"""States that follow each other: an amendment comes after what it amends."""


def untold(_where: str, _reason: str) -> None:
    """Tell nobody what was left out."""


def diary_rows(found: Any, knowledge: Knowledge, note: Note = untold) -> list[tuple[str, dict[str, str]]]:
    """Turn a QuestionnaireResponse, or a Bundle of them, into entries of a diary as text.

    Args:
        found: parsed JSON; in a Bundle other resources and other questionnaires are not read.
        knowledge: names of effects, medicines and tests, to tell which of code and display is known.
        note: is told what was left out and what is not completed, by place and reason.

    Returns:
        Each entry with its place, for `read_diary`; two for one day and slot are both there.

    Raises:
        BadInput: no diary, one of several patients, or an answer that would be lost; names the place.
    """
    try:
        return list(_rows(found, knowledge, note))
    except RecursionError:
        raise BadInput("nested too deep to be a diary") from None


def _rows(found: Any, knowledge: Knowledge, note: Note) -> Iterator[tuple[str, dict[str, str]]]:
    kind = found.get("resourceType") if isinstance(found, dict) else None
    if kind not in ("QuestionnaireResponse", "Bundle"):
        refuse("top level", f"a QuestionnaireResponse or a Bundle of them is expected, found {kind!r}")
    contents = open_bundle(found)
    for gap in contents.gaps:
        raise BadInput(f"{gap}: entries may be missing; put all pages into one Bundle")
    for skipped in contents.skipped:
        (refuse if skipped.matters else note)(skipped.where, skipped.reason)
    diaries = _diaries(contents, alone=kind != "Bundle", note=note)
    read = [r for r in _last_versions(diaries, note) if not _in_error(r, note)]
    _one_patient(read, contents)
    places: dict[str, int] = {}
    for response, row in _amended([(r, Said(knowledge).row(r)) for r in read], note):
        again = places[response.path] = places.get(response.path, 0) + 1
        if status_of(response) not in ("completed", "amended"):
            note(response.path, "not completed: what it says counts, what it does not say is not known")
        yield response.path if again == 1 else f"{response.path} ({again})", row


def _diaries(contents: Contents, *, alone: bool, note: Note) -> list[Fields]:
    """The answers to the diary's questionnaire; refused where there are none at all."""
    diaries, others = [], []
    for bare in contents.of_type("QuestionnaireResponse"):
        response = Fields(bare.json, bare.path, refuse)  # a field of a wrong shape may hide an answer
        address = _address(response)
        if address.split("|")[0].split("/")[-1] == QUESTIONNAIRE:
            diaries.append(response)
        elif not alone and _TELLING & set(_links(bare.json)):
            refuse(
                response.path, f"the questions of a diary; its questionnaire has to end in {QUESTIONNAIRE}"
            )
        else:
            others.append(address or "a questionnaire that is not named")
    if alone and others:
        refuse("questionnaire", f"{others[0]}; that of a diary ends in {QUESTIONNAIRE}")
    if not diaries:
        named = f"; there is {others[0]}" if others else ""
        refuse("Bundle", f"no QuestionnaireResponse whose questionnaire ends in {QUESTIONNAIRE}{named}")
    kinds = Counter(kind for _, kind, _ in contents.resources)
    kinds["QuestionnaireResponse"] = len(others)
    if unread := ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()) if n):
        note("Bundle", f"not read, for it is no diary: {unread}")
    return diaries


def _address(response: Fields) -> str:
    address = response.json.get("questionnaire")
    if isinstance(address, dict):
        address = address.get("reference")
    return address.strip() if isinstance(address, str) else ""


def _links(holder: Any, depth: int = 0) -> Iterator[str]:
    """The linkIds below something that may have any shape."""
    if isinstance(holder, list):
        for part in holder:
            yield from _links(part, depth + 1)
    elif isinstance(holder, dict) and depth < 2 * _DEEPEST:
        yield str(holder.get("linkId"))
        yield from _links(holder.get("item"), depth + 1)
        yield from _links(holder.get("answer"), depth + 1)


def _in_error(response: Fields, note: Note) -> bool:
    if status_of(response) != "entered-in-error":
        return False
    note(response.path, "entered in error, left out")
    return True


def _last_versions(responses: list[Fields], note: Note) -> Iterator[Fields]:
    """Leave out what a later version of the same id replaces.

    Versions that a server dated are told apart when the bundle is opened; here only the status tells. Two of
    which neither can be called later both stay, for the diary to refuse.
    """
    for old in responses:
        if any(new is not old and _replaces(new, old) for new in responses):
            note(old.path, "an older version, left out")
        else:
            yield old


def _replaces(new: Fields, old: Fields) -> bool:
    if not new.text("id") or new.text("id") != old.text("id"):
        return False
    rank, before = _rank(new), _rank(old)
    order = _order(new.json.get("authored"), old.json.get("authored"))
    return rank > 0 and order >= 0 and (rank, order) > (before, 0)


def _amended(
    rows: list[tuple[Fields, dict[str, str]]], note: Note
) -> Iterator[tuple[Fields, dict[str, str]]]:
    """Leave out what an amended entry of the same identifier replaces.

    The day and slot have to be the same: a careless program writes one identifier, the patient's, into all.
    """
    by_key: dict[tuple[Hashable, ...], Fields] = {}
    for response, row in rows:
        if status_of(response) == "amended":
            by_key.update(dict.fromkeys(_keys(response, row), response))
    for response, row in rows:
        later = next((by_key[key] for key in _keys(response, row) if key in by_key), None)
        if later is None or status_of(response) == "amended":
            yield response, row
        else:
            note(response.path, f"replaced by an amended entry ({later.path})")


def _keys(response: Fields, row: dict[str, str]) -> list[tuple[Hashable, ...]]:
    named = [(i.text("system"), i.text("value")) for i in response.each("identifier")]
    return [(*name, row["date"], row.get("slot", "").casefold()) for name in named if name[1]]


def _rank(response: Fields) -> int:
    status = status_of(response)
    return _LATER.index(status) if status in _LATER else 0


def _order(new: Any, old: Any) -> int:
    """1 where the first time is later, -1 where it is earlier, 0 where that cannot be told."""
    try:
        first, second = datetime.fromisoformat(str(new)), datetime.fromisoformat(str(old))
        if first.tzinfo and second.tzinfo:
            return (first > second) - (first < second)
    except ValueError:
        pass
    a, b = days(new), days(old)
    if a is None or b is None:
        return 0
    return (a.first > b.last) - (a.last < b.first)


def _one_patient(responses: list[Fields], contents: Contents) -> None:
    found: dict[str, str] = {}
    for response in responses:
        subject = response.one("subject")
        if subject is None or not subject.text("reference"):
            continue
        patient = contents.resolve(response, subject)
        named = patient.path if patient else subject.text("reference").split("/_history/")[0]
        found.setdefault(named.split("/")[-1].removeprefix("urn:uuid:"), response.path)
    if len(found) > 1:
        (one, first), (other, second) = list(found.items())[:2]
        refuse(second, f"of patient {other}, and {first} is of {one}: a diary is of one patient")
