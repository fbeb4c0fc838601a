"""Opioid exposure: which opioids are on the record, how sure is it, when was the last one taken?

The age of an order never changes its status; it is reported as stale. What a prescriber stated about
an order's end counts from then on and stays visible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from openldn.knowledge.drug_schema import Form, Washout
from openldn.knowledge.names import Named
from openldn.record.interview import Interview
from openldn.record.patient import EndStatement, Kind, Medication, Record, Recorded


class Use(StrEnum):
    """Whether a recorded drug is being taken on the day of the decision."""

    ACTIVE = "active"
    UNCLEAR = "unclear"
    ENDED = "ended"


class OnRecord(StrEnum):
    """Whether an opioid that blocks LDN is on the record."""

    YES = "yes"
    UNCLEAR = "unclear"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Exposure:
    """One drug of one entry on the day of the decision.

    `last_taken` is the latest day on which a dose can have been taken; None when nothing tells.
    """

    named: Named
    entry: Medication
    use: Use
    last_taken: date | None
    last_taken_from: str
    stale: bool
    stated: EndStatement | None = None

    @property
    def washout(self) -> Washout | None:
        """The washout row for this drug and form; the longest that fits when the form is not known."""
        return self.named.drug.washout_for(self.named.form)

    def clears(self, days: int) -> date | None:
        """The first day after `days` without it, counted from the latest possible dose."""
        return self.last_taken + timedelta(days=days) if self.last_taken else None


def exposures(
    record: Record, *, as_of: date, stale_after: int, current_interview: Interview | None = None
) -> tuple[Exposure, ...]:
    """All drugs of the record that some rule reads, as they stand on `as_of`.

    Args:
        record: entries that count as nothing (cancelled, draft, proposal, error) give no exposure;
            medicines named in an interview, however old, count as entries.
        as_of: the day of the decision.
        stale_after: days after which an active order without an end is called stale.
        current_interview: the record's interview when it is recent enough for its "no opioid since"
            to date the end of an order that ended on an unrecorded day.
    """
    since = current_interview.no_opioid_since if current_interview else None
    entries = (*record.medications, *_mentioned(record, as_of))
    return tuple(e for entry in entries for e in _of_entry(record, entry, as_of, stale_after, since))


def drugs_in_use(record: Record, as_of: date) -> tuple[Medication, ...]:
    """Entries that are in use or may be, whatever drug they name; one entry a drug."""
    found: dict[object, Medication] = {}
    for entry in (*record.medications, *_mentioned(record, as_of)):
        if entry.status is Recorded.VOID:
            continue
        use, _, _ = _standing(entry, record.stated_end(entry), as_of)
        if use is not Use.ENDED:
            named = frozenset(n.drug.name for n in entry.identity.named)
            found.setdefault(named or entry.text.casefold() or entry.id, entry)
    return tuple(found.values())


def opioid_on_record(found: tuple[Exposure, ...]) -> OnRecord:
    """yes: an active opioid that blocks LDN; unclear: one that may be; no: neither."""
    uses = {e.use for e in found if e.named.drug.blocks_ldn}
    if Use.ACTIVE in uses:
        return OnRecord.YES
    return OnRecord.UNCLEAR if Use.UNCLEAR in uses else OnRecord.NO


def _of_entry(
    record: Record, entry: Medication, as_of: date, stale_after: int, since: date | None
) -> Iterator[Exposure]:
    if entry.status is Recorded.VOID or not entry.identity.named:
        return
    stated = record.stated_end(entry)
    use, last, told = _standing(entry, stated, as_of)
    old = entry.ordered is not None and (as_of - entry.ordered).days > stale_after
    stale = use is Use.ACTIVE and old and entry.runs_until is None
    for named in entry.identity.named:
        day, why = last, told
        if use is Use.ENDED and stated is None:
            day, why = _ended_day(entry, named, last, told, since)
        yield Exposure(named, entry, use, min(day, as_of) if day else None, why, stale, stated)


def _standing(entry: Medication, stated: EndStatement | None, as_of: date) -> tuple[Use, date | None, str]:
    if stated is not None and stated.stated <= as_of:
        return Use.ENDED, stated.ended, f"stated by {stated.by} on {stated.stated.isoformat()}"
    if entry.status is Recorded.ENDED:
        return Use.ENDED, entry.runs_until, entry.runs_until_from
    if entry.status is Recorded.UNCLEAR:
        return Use.UNCLEAR, None, ""
    if entry.runs_until is not None and entry.runs_until < as_of:
        return Use.UNCLEAR, None, ""
    return Use.ACTIVE, as_of, "in use"


def _ended_day(
    entry: Medication, named: Named, last: date | None, told: str, since: date | None
) -> tuple[date | None, str]:
    """The latest possible dose of an ended entry; the patient's own word helps where the record is silent."""
    if named.form is Form.PATCH and entry.kind is Kind.ADMINISTRATION:
        return None, ""  # the day it was put on is known, the day it was taken off is not
    if last is None and since is not None and entry.ordered is not None and entry.ordered <= since:
        return since, "no opioid since then, as the patient says"
    return last, told


def _mentioned(record: Record, as_of: date) -> Iterator[Medication]:
    """Medicines named in the interview, as entries: with a last day ended, without one in use."""
    interview = record.interview
    if interview is None or interview.held > as_of:
        return
    for n, medicine in enumerate(interview.mentioned):
        ended = medicine.last_taken
        yield Medication(
            id=f"interview[{n}]",
            kind=Kind.INTERVIEW,
            status=Recorded.ENDED if ended else Recorded.ACTIVE,
            recorded_status=f"said on {interview.held.isoformat()} ({medicine.question})",
            text=medicine.name,
            identity=medicine.identity,
            ordered=interview.held,
            runs_until=ended,
            runs_until_from="last taken" if ended else "",
        )
