"""Can the drug list be trusted, and every entry in it be told?

Rules read here: screening/drug-list-missing, drug-list-empty-reason, drug-list-old, drug-list-incomplete,
entry-unreadable, drug-not-identified, drug-code-text-conflict, interview-drug-not-named.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from openldn.record.interview import Interview
from openldn.record.patient import ListState, Record, Recorded
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Read, Reason

_QUIET: Final = frozenset({ListState.LISTED, ListState.NONE_KNOWN})


def list_reasons(record: Record, rules: RulesOn) -> Iterator[Reason]:
    """What speaks against trusting the drug list as a whole."""
    drugs = record.drug_list
    read = (Read("drug list", f"{drugs.state}{f', {drugs.dated_from}' if drugs.dated_from else ''}"),)
    if drugs.state is ListState.ABSENT:
        detail = "" if not record.medications else " (only single administrations or products)"
        yield rules.reason("drug-list-missing", read, detail=detail)
    elif drugs.state not in _QUIET:
        yield rules.reason("drug-list-empty-reason", read, detail=drugs.detail)
    if drugs.state in _QUIET:
        limit = rules.days("drug-list-old", "max_age")
        if drugs.dated is None:
            age: str | None = "without a date that can be read"
        elif drugs.dated > rules.as_of + timedelta(days=1):
            age = f"dated {drugs.dated.isoformat()}, after the day of the decision"
        else:
            days = (rules.as_of - drugs.dated).days
            age = f"{days} days old" if days > limit else None
        if age:
            yield rules.reason("drug-list-old", read, age=age, limit=str(limit))
    for gap in drugs.gaps:
        yield rules.reason("drug-list-incomplete", read, detail=gap)


def entry_reasons(record: Record, interview: Interview | None, rules: RulesOn) -> Iterator[Reason]:
    """Entries that cannot be read, identified or believed."""
    for lost in record.skipped:
        if lost.matters:
            detail = f"{lost.where}: {lost.reason}"
            yield rules.reason("entry-unreadable", (Read(lost.where, lost.reason),), detail=detail)
    for entry in record.medications:
        if entry.status is Recorded.VOID or (entry.identity.readable and not entry.identity.conflict):
            continue
        read = (Read(entry.id, entry.describe()),)
        if not entry.identity.readable:
            yield rules.reason("drug-not-identified", read, recorded=entry.text or entry.id)
        if entry.identity.conflict:
            yield rules.reason(
                "drug-code-text-conflict",
                read,
                detail=entry.identity.conflict,
                recorded=entry.recorded_status,
            )
    if interview is not None:
        for question in interview.unnamed():
            names = ", ".join(m.name for m in interview.mentioned if m.question is question and m.name)
            yield rules.reason(
                "interview-drug-not-named",
                (Read("interview", f"{question}: yes"),),
                question=question,
                date=interview.held.isoformat(),
                detail=f" ({names})" if names else "",
            )
