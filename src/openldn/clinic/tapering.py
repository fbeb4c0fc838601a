"""The acts of care about an opioid taper: plan it, sign it, follow it, decide what the diary asks for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from openldn.clinic import clock
from openldn.clinic.decisions import (
    Tapered,
    TaperInputs,
    TaperReviewed,
    TaperReviewInputs,
    kept,
    taper_reviewed,
    tapered,
)
from openldn.clinic.keeping import Refused, keep
from openldn.clinic.store import convert
from openldn.clinic.store.models import (
    Account,
    Kind,
    Patient,
    Plan,
    PlanState,
    ProposalState,
    Taper,
    TaperChange,
    TaperNotice,
)
from openldn.followup.weaning.review import TaperReview, signed
from openldn.knowledge.load import load_knowledge
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.changes import Change, Move
from openldn.quantities import NotAnAmount


def in_mind(patient: Patient, inputs: TaperInputs) -> Tapered:
    """The taper that would be made; nothing is kept.

    Raises:
        Refused: it cannot be planned; says why and what would work.
    """
    try:
        return tapered(inputs, convert.content_of(patient, inputs.screening.record), load_knowledge())
    except (CannotPlan, NotAnAmount, ValueError) as error:
        raise Refused(str(error)) from error


def draft(patient: Patient, inputs: TaperInputs, *, by: Account) -> Taper:
    """Keep a taper as a draft; nobody but prescribers sees it.

    Raises:
        Refused: there is none; says why and what would work.
    """
    found = in_mind(patient, inputs)
    if found.taper is None:
        raise Refused(f"the verdict is {found.screened.verdict.word!r}: no taper")
    taper = found.taper
    decision = keep(patient, Kind.TAPER, inputs.screening.as_of, taper.id, kept(inputs), found.answer, by=by)
    Taper.objects.filter(patient=patient, state=PlanState.DRAFT).update(state=PlanState.WITHDRAWN)
    return Taper.objects.create(
        patient=patient,
        number=taper.id,
        fields=found.answer,
        decision=decision,
        starts=taper.schedule.asked.starts,
    )


def sign(row: Taper, *, by: Account, as_of: date) -> None:
    """Put a draft in force; it replaces the taper before it.

    Raises:
        Refused: it is no draft, nobody has recorded that the patient agrees, it begins in the past, or it is
            no longer allowed.
    """
    if row.state != PlanState.DRAFT:
        raise Refused(f"taper {row.number} is {row.state}: only a draft is signed")
    if row.fields["plan"]["agreed_on"] is None:
        raise Refused("record first when the patient agreed: a taper goes on only with the patient")
    if as_of > row.starts:
        raise Refused(f"taper {row.number} begins on {row.starts}, before today: plan again")
    plan = Plan.objects.filter(patient=row.patient, state=PlanState.SIGNED).first()
    if plan is not None and plan.fields["steps"]:
        raise Refused(
            f"plan {plan.number} of low dose naltrexone is in force: it blocks the opioid, end it first"
        )
    inputs = convert.taper_inputs(row)
    now = convert.taper_screening(row.patient, as_of=as_of)
    again = convert.screened_again(now, row.patient)
    if not again.verdict.allows_plan:
        raise Refused(f"today the verdict is {again.verdict.word!r}: see what speaks against a taper")
    oldest = load_knowledge().rule("plan/verdict-expiry").whole("max_age", as_of)
    if (as_of - inputs.screening.as_of).days > oldest:
        raise Refused(f"it was planned on {inputs.screening.as_of}, more than {oldest} days ago: plan again")
    if inputs.review < as_of:
        raise Refused(f"the review of {inputs.review} is past: plan again")
    before = in_force(row.patient)
    if before is not None:
        before.state = PlanState.REPLACED
        before.save(update_fields=["state"])
        before.notices.filter(state=ProposalState.OPEN, tells_patient=False).update(
            state=ProposalState.OVERTAKEN
        )
    row.state, row.signed_by, row.signed_at = PlanState.SIGNED, by, clock.now()
    row.save(update_fields=["state", "signed_by", "signed_at"])


def withdraw(row: Taper) -> None:
    """Take a draft back.

    Raises:
        Refused: it is signed.
    """
    if row.state != PlanState.DRAFT:
        raise Refused(f"taper {row.number} is {row.state}: only a draft is taken back")
    row.state = PlanState.WITHDRAWN
    row.save(update_fields=["state"])


def in_force(patient: Patient) -> Taper | None:
    """The signed taper of a patient."""
    return Taper.objects.filter(patient=patient, state=PlanState.SIGNED).first()


def look_at(row: Taper, *, as_of: date) -> tuple[TaperReviewInputs, TaperReviewed]:
    """What the diary asks for, and what it was made from; nothing is kept."""
    inputs = TaperReviewInputs(
        fields=convert.taper_fields(row), diary=convert.diary_rows(row.patient), as_of=as_of
    )
    return inputs, taper_reviewed(inputs, load_knowledge())


def review(patient: Patient, *, by: Account | None, as_of: date) -> TaperNotice | None:
    """Follow a taper for a day: keep what took place, and ask for what is news.

    Returns:
        What the clinic has to answer now, if anything.
    """
    row = in_force(patient)
    if row is None or as_of < row.starts:
        return None
    inputs, found = look_at(row, as_of=as_of)
    _follow(row, found.review)
    asked = found.review.asked
    rows = TaperNotice.objects.filter(taper=row, rule=asked.rule.id).exclude(state=ProposalState.OVERTAKEN)
    if last := rows.select_related("decision").order_by("-id").first():
        same = last.decision.answer["asked"]["read"] == found.answer["asked"]["read"]
        if last.state == ProposalState.OPEN and (same or last.says == asked.worded()):
            return last
        if last.state != ProposalState.OPEN and same:
            return None
    row.notices.filter(state=ProposalState.OPEN, tells_patient=False).update(state=ProposalState.OVERTAKEN)
    candidate = asked.candidate
    if not (candidate.tells_patient or candidate.soon or asked.move.signed):
        return None
    decision = keep(patient, Kind.TAPER_REVIEW, as_of, asked.move, kept(inputs), found.answer, by=by)
    return TaperNotice.objects.create(
        patient=patient,
        taper=row,
        decision=decision,
        rule=asked.rule.id,
        move=asked.move,
        says=asked.worded(),
        tells_patient=candidate.tells_patient,
        soon=candidate.soon,
    )


def _follow(row: Taper, found: TaperReview) -> None:
    """Keep what took place, reductions and pauses: no later correction of the diary undoes them."""
    known = set(row.changes.values_list("on", "move"))
    for change in found.followed.changes:
        if (change.on, change.move) not in known:
            TaperChange.objects.create(taper=row, on=change.on, move=change.move, rule=change.rule)
    if row.settled != found.as_of:
        row.settled = found.as_of
        row.save(update_fields=["settled"])


def ask_for_a_pause(patient: Patient, *, as_of: date) -> None:
    """Hold the dose from tomorrow on at a patient's word, though the same word was answered today already."""
    row = in_force(patient)
    if row is None or as_of < row.starts:
        return
    _, found = look_at(row, as_of=as_of)
    if not found.review.standing.held:
        morning = found.review.closed + timedelta(days=1)
        TaperChange.objects.create(taper=row, on=morning, move=Move.HOLD, rule="weaning/wish")


def end_following(patient: Patient) -> None:
    """A plan of low dose naltrexone takes the place of a taper that has ended."""
    Taper.objects.filter(patient=patient, state=PlanState.SIGNED).update(state=PlanState.REPLACED)


def decide(
    row: Taper, move: Move, *, by: Account, as_of: date, next_review: date | None = None, reason: str = ""
) -> None:
    """Sign what is asked for, or something else; every open question of the taper is answered by it.

    Raises:
        Refused: it is not possible; says why.
    """
    if row.state != PlanState.SIGNED:
        raise Refused(f"taper {row.number} is {row.state}: nothing is decided about it")
    inputs, found = look_at(row, as_of=as_of)
    _follow(row, found.review)
    try:
        after = signed(found.review, move, by=by.name, review=next_review)
    except CannotPlan as error:
        raise Refused(str(error)) from error
    change: Change = after.changes[-1]
    keep(row.patient, Kind.TAPER_REVIEW, as_of, move, kept(inputs), found.answer, by=by)
    TaperChange.objects.create(
        taper=row, on=change.on, move=change.move, rule=change.rule, by=by, review=change.review
    )
    answered: dict[str, Any] = {"answered_by": by, "answered_at": clock.now(), "reason": reason.strip()}
    for notice in row.notices.filter(state=ProposalState.OPEN):
        same = notice.move == move or notice.tells_patient
        notice.state = ProposalState.ACCEPTED if same else ProposalState.CHANGED
        for name, value in answered.items():
            setattr(notice, name, value)
        notice.save(update_fields=["state", *answered])


def acknowledge(notice: TaperNotice, *, by: Account) -> None:
    """Say by name that it is seen to; the taper stays as it is.

    Raises:
        Refused: it was answered before.
    """
    if notice.state != ProposalState.OPEN:
        raise Refused(f"this was answered already ({notice.get_state_display().lower()})")
    notice.state, notice.answered_by, notice.answered_at = ProposalState.ACCEPTED, by, clock.now()
    notice.save(update_fields=["state", "answered_by", "answered_at"])
