"""Rows to values of the core and back: the one module that knows both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

import msgspec
from msgspec import Struct

from openldn.clinic import decisions
from openldn.clinic.decisions import (
    Reviewed,
    ReviewInputs,
    ScreeningInputs,
    SetAside,
    Stated,
    TaperInputs,
    reviewed,
)
from openldn.clinic.store.models import DiaryEntry, Patient, Plan, RecordFile, Taper
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan import saved, steps
from openldn.plan.weaning import saved as saved_taper
from openldn.plan.weaning import taper as core
from openldn.plan.weaning.uldn import UltraLow
from openldn.record.diary import COLUMNS, BadDiary, Diary, Painkiller
from openldn.record.patient import Record

_ABOUT_MEDICINES: Final = ("date", "slot", "painkiller", "painkiller_name", "new_medicine")


def sha256(content: str) -> str:
    """The name of a record's text."""
    return hashlib.sha256(content.encode()).hexdigest()


def record_of(content: str) -> Record:
    """The record in a file.

    Raises:
        BadInput: it is no record of one patient.
    """
    return decisions.record_of(content, load_knowledge())


def content_of(patient: Patient, name: str) -> str:
    """The text of the record that inputs name."""
    if not name:
        return ""
    return patient.record_files.filter(sha256=name).values_list("content", flat=True)[0]


def newest_file(patient: Patient) -> RecordFile | None:
    """The record that counts."""
    return patient.record_files.order_by("-id").first()


def screening_inputs(patient: Patient, *, as_of: date) -> ScreeningInputs:
    """All that is known of a patient on a day."""
    file = patient.record_files.order_by("-id").values_list("sha256", flat=True).first()
    interview = patient.interviews.order_by("-held", "-id").values_list("fields", flat=True).first()
    said = patient.statements.select_related("by").order_by("id")
    aside = patient.settings_aside.filter(until__gte=as_of).select_related("by").order_by("id")
    return ScreeningInputs(
        as_of=as_of,
        record=file or "",
        interview=interview,
        stated=tuple(stated(s.drug, s.ended, s.by.name, s.stated) for s in said) if file else (),
        set_aside=tuple(SetAside(rule=a.rule, by=a.by.name, reason=a.reason, until=a.until) for a in aside),
        medicines=tuple(_medicines(diary_rows(patient))),
        where=patient.clinic.where,
        indication=patient.indication or None,
    )


def _medicines(rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Of the diary only what tells of a medicine."""
    for row in rows:
        told = row.get("painkiller", "") not in ("", Painkiller.NO) or row.get("new_medicine")
        if told:
            yield {name: row[name] for name in _ABOUT_MEDICINES if name in row}


def stated(drug: str, ended: date, by: str, on: date) -> Stated:
    """A statement as inputs have it."""
    return Stated(drug=drug, ended=ended, by=by, stated=on)


def with_statement(inputs: ScreeningInputs, said: Stated) -> ScreeningInputs:
    """The same inputs with one statement more."""
    return msgspec.structs.replace(inputs, stated=(*inputs.stated, said))


def diary_rows(patient: Patient, *, until: int | None = None) -> tuple[dict[str, str], ...]:
    """The diary as text by column: of each day and slot what was written last, up to a row."""
    rows = patient.diary_entries.order_by("id")
    if until is not None:
        rows = rows.filter(id__lte=until)
    newest = {(row.day, row.slot): row.fields for row in rows}
    return tuple(fields for _, fields in sorted(newest.items(), key=lambda item: item[0]))


def diary_of(patient: Patient) -> Diary:
    """The diary of a patient."""
    return decisions.diary_of(diary_rows(patient), load_knowledge())


def written(patient: Patient, day: date, slot: str) -> dict[str, str]:
    """What was written last for a day and slot; nothing: no entry."""
    rows = DiaryEntry.objects.filter(patient=patient, day=day, slot=slot).order_by("-id")
    found: dict[str, str] = rows.values_list("fields", flat=True).first() or {}
    return found


def usual_slot(plan: Plan | None) -> str:
    """The slot that an entry of a day belongs to: that of the one dose a day; else none."""
    times: list[dict[str, str]] = plan.fields["times"] if plan else []
    return times[0]["slot"] if len(times) == 1 else ""


def merged_entry(patient: Patient, fields: Mapping[str, str]) -> dict[str, str]:
    """An entry with what was answered before for the same day and slot.

    Raises:
        BadDiary: a field that is not understood; names it and what would have worked.
    """
    given = {name: text.strip() for name, text in fields.items() if text.strip()}
    if unknown := given.keys() - set(COLUMNS):
        raise BadDiary(f"no field {min(unknown)!r}")
    decisions.diary_of((given,), load_knowledge())
    merged = {**written(patient, date.fromisoformat(given["date"]), given.get("slot", "")), **given}
    decisions.diary_of((merged,), load_knowledge())
    return merged


def plan_of(plan: Plan, knowledge: Knowledge | None = None) -> steps.Plan:
    """The plan of the core."""
    return saved.plan_of(plan.fields, knowledge or load_knowledge())


class ReviewKept(Struct, frozen=True, kw_only=True):
    """What a review was made from, by row: rows of the diary and signed plans never change."""

    plan: int
    entries_until: int
    as_of: date
    read_until: date | None = None


def kept_review(plan: Plan, *, as_of: date, read_until: date | None = None) -> ReviewKept:
    """What a review now would be made from."""
    newest = plan.patient.diary_entries.order_by("-id").values_list("id", flat=True).first()
    return ReviewKept(plan=plan.pk, entries_until=newest or 0, as_of=as_of, read_until=read_until)


def review_from(kept: ReviewKept, plan: Plan, knowledge: Knowledge) -> Reviewed:
    """The review, made now or again."""
    diary = diary_rows(plan.patient, until=kept.entries_until)
    inputs = ReviewInputs(plan=plan.fields, diary=diary, as_of=kept.as_of, read_until=kept.read_until)
    return reviewed(inputs, knowledge)


def taper_screening(patient: Patient, *, as_of: date) -> ScreeningInputs:
    """All that is known of a patient on a day, asked for a taper."""
    return msgspec.structs.replace(screening_inputs(patient, as_of=as_of), therapy=Therapy.TAPER)


def screened_again(inputs: ScreeningInputs, patient: Patient) -> decisions.Screened:
    """The verdict that inputs give with the knowledge of today."""
    return decisions.screened(inputs, content_of(patient, inputs.record), load_knowledge())


def taper_inputs(row: Taper) -> TaperInputs:
    """What a taper was made from."""
    return msgspec.convert(row.decision.inputs, TaperInputs)


def taper_fields(row: Taper) -> dict[str, Any]:
    """A taper as it was signed, with what was done since."""
    changes = [
        {
            "on": c.on.isoformat(),
            "move": c.move,
            "rule": c.rule or None,
            "by": c.by.name if c.by else None,
            "review": c.review.isoformat() if c.review else None,
        }
        for c in row.changes.select_related("by").order_by("on", "id")
    ]
    settled = row.settled.isoformat() if row.settled else None
    fields: dict[str, Any] = row.fields
    return fields | {"plan": fields["plan"] | {"changes": changes, "settled": settled}}


def taper_of(row: Taper) -> core.Taper:
    """The taper of the core."""
    return saved_taper.taper_of(taper_fields(row), load_knowledge())


def beside_of(row: Taper) -> UltraLow | None:
    """ULDN beside a taper, made again from what the taper was made from."""
    inputs = taper_inputs(row)
    if not inputs.uldn:
        return None
    content = content_of(row.patient, inputs.screening.record)
    return decisions.beside(inputs, taper_of(row), content, load_knowledge())
