"""The drug list as a whole: is there one, of which day, and what does it say about itself?

Its day is that of its List or Composition; without one, that of the bundle; without that, its newest
entry. A date that is there but cannot be read is no date: an old list must not look new by a defect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from openldn.fhir.bundles import Contents
from openldn.fhir.dates import days
from openldn.fhir.fields import Fields
from openldn.fhir.resource_types import DRUG_ENTRIES
from openldn.knowledge.names import Code, DrugNames
from openldn.record.patient import DrugList, Kind, ListState, Medication

_SECTION_CODES: Final = frozenset(
    {"10160-0", "29549-3", "42346-7", "19009-0", "57828-6", "52471-0", "721912009"}
)
"""LOINC and SNOMED codes of sections that hold the drug list."""
_LIST_CODES: Final = _SECTION_CODES | {"medications"}
_NONE_KNOWN_CODES: Final = frozenset({"no-known-medications", "787481004"})
_NO_INFORMATION_CODES: Final = frozenset({"no-medication-info"})


def says_none_known(codes: Iterable[Code], texts: Iterable[str], names: DrugNames) -> bool:
    """Whether an entry states that the patient takes no medicine."""
    return any(c.code in _NONE_KNOWN_CODES for c in codes) or names.says_none_known(texts)


def says_no_information(codes: Iterable[Code]) -> bool:
    """Whether an entry states that nothing is known about medicines."""
    return any(c.code in _NO_INFORMATION_CODES for c in codes)


def read_drug_list(
    contents: Contents, medications: Sequence[Medication], stated: ListState | None, gaps: Sequence[str]
) -> DrugList:
    """Describe the list that `medications` came from; `stated` is what a no-drug entry said."""
    holders = _holders(contents)
    reasons = [reason for _, holder in holders if (reason := _empty_reason(holder))]
    dated, told = _dated(contents, [date_of for date_of, _ in holders], medications)
    gaps = (*gaps, *_missing_entries(contents, [h for _, h in holders]))
    if reasons:
        state, detail = ListState.EMPTY_REASON, "; ".join(dict.fromkeys(reasons))
    elif stated is ListState.NO_INFORMATION:
        state, detail = stated, "no information about medicines"
    elif any(m.kind in (Kind.ORDER, Kind.STATEMENT, Kind.DISPENSE) for m in medications):
        state, detail = ListState.LISTED, ""
    elif stated is ListState.NONE_KNOWN:
        state, detail = stated, "no known medicines"
    else:
        state, detail = ListState.ABSENT, ""
    return DrugList(state, dated, told, detail, tuple(dict.fromkeys(gaps)))


def _holders(contents: Contents) -> list[tuple[Fields, Fields]]:
    """(what carries the date, what carries entries and emptyReason) of every drug list."""
    found: list[tuple[Fields, Fields]] = []
    for composition in contents.of_type("Composition"):
        for section in _sections(composition):
            codes, _ = section.concept("code")
            if any(c.code in _SECTION_CODES for c in codes):
                found.append((composition, section))
    for listing in contents.of_type("List"):
        codes, _ = listing.concept("code")
        if any(c.code in _LIST_CODES for c in codes) or _points_to_drugs(listing):
            found.append((listing, listing))
    return found


def _sections(holder: Fields) -> Iterable[Fields]:
    for section in holder.each("section"):
        yield section
        yield from _sections(section)


def _points_to_drugs(listing: Fields) -> bool:
    for entry in listing.each("entry"):
        item = entry.one("item")
        if item and item.text("reference").split("/")[0] in DRUG_ENTRIES:
            return True
    return False


def _empty_reason(holder: Fields) -> str:
    codes, texts = holder.concept("emptyReason")
    return (
        (texts or [c.code for c in codes] or ["a reason that cannot be read"])[0]
        if (holder.json.get("emptyReason") is not None)
        else ""
    )


def _missing_entries(contents: Contents, holders: Iterable[Fields]) -> Iterable[str]:
    """Entries that a list names and the record does not hold."""
    for holder in holders:
        for entry in holder.each("entry"):
            target = entry.one("item") if "item" in entry.json else entry
            if target is None or not target.text("reference"):
                yield f"{entry.path} points to nothing"
            elif contents.resolve(holder, target) is None:
                yield f"{entry.path} points to {target.text('reference')}, which is not in the record"


def _dated(
    contents: Contents, holders: Sequence[Fields], medications: Sequence[Medication]
) -> tuple[date | None, str]:
    if holders:
        first = [h.days("date") for h in holders]
        oldest = min((d.first for d in first if d), default=None)
        told = holders[0].json.get("resourceType", "list")
        return (oldest, f"date of the {told}") if all(first) else (None, f"the {told} has no readable date")
    for composition in contents.of_type("Composition"):
        found = composition.days("date")
        return (found.first, "date of the Composition") if found else (None, "no readable date")
    if contents.timestamp is not None:
        stamp = days(contents.timestamp)
        return (stamp.first, "timestamp of the bundle") if stamp else (None, "the timestamp cannot be read")
    newest = max((m.ordered for m in medications if m.ordered), default=None)
    return (newest, "newest entry") if newest else (None, "no date anywhere")
