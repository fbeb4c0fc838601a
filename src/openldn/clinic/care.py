"""The acts of care: each takes rows, asks the core once, and keeps the answer with all it was made from."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Q

from openldn.clinic import clock, tapering
from openldn.clinic.decisions import (
    PlanInputs,
    Planned,
    Reviewed,
    Screened,
    kept,
    plan_after,
    planned,
    screened,
)
from openldn.clinic.keeping import Refused, keep
from openldn.clinic.store import convert
from openldn.clinic.store.models import (
    Account,
    Decision,
    DiaryEntry,
    Due,
    Interview,
    Kind,
    Patient,
    Plan,
    PlanState,
    Proposal,
    ProposalState,
    RecordFile,
    SettingAside,
    Statement,
)
from openldn.fhir.json_text import BadInput
from openldn.followup.adjustment import NotSigned
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.course_picture import is_hole
from openldn.plan.changes import Move
from openldn.plan.ladders import CannotPlan
from openldn.quantities import CannotMeasure
from openldn.record.diary import Painkiller
from openldn.record.interview import read_interview
from openldn.record.patient import Record
from openldn.screening.verdict import CannotOverride, override

_ADVICE: Final = (Move.WITH_FOOD, Move.ANOTHER_FORM, Move.DROPS)


def import_record(patient: Patient, name: str, content: str, *, by: Account) -> RecordFile:
    """Keep a record as it was brought; it counts from now on.

    Raises:
        BadInput: it is no record of one patient.
    """
    convert.record_of(content)
    return RecordFile.objects.create(
        patient=patient, name=name, content=content, sha256=convert.sha256(content), imported_by=by
    )


def keep_interview(patient: Patient, fields: dict[str, Any], *, by: Account) -> Interview:
    """Keep the answers of an interview.

    Raises:
        BadInterview: a field is missing, unknown or wrong.
    """
    held = read_interview(fields, load_knowledge().vocabulary).held
    return Interview.objects.create(patient=patient, held=held, fields=fields, saved_by=by)


def state_end(patient: Patient, drug: str, ended: date, *, by: Account, as_of: date) -> Statement:
    """Keep a prescriber's word that a recorded order ended.

    Raises:
        Refused: no such entry, or the days contradict each other.
    """
    inputs = convert.screening_inputs(patient, as_of=as_of)
    said = convert.stated(drug, ended, by.name, as_of)
    try:
        screened(
            convert.with_statement(inputs, said), convert.content_of(patient, inputs.record), load_knowledge()
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    return Statement.objects.create(patient=patient, drug=drug, ended=ended, stated=as_of, by=by)


def set_aside(
    patient: Patient, rule: str, reason: str, until: date, *, by: Account, as_of: date
) -> SettingAside:
    """Keep a prescriber's override of one rule's reason.

    Raises:
        Refused: the rule is no reason here, or cannot be set aside.
    """
    found = look_at(patient, as_of=as_of)
    try:
        override(found.verdict, rule, by=by.name, reason=reason, until=until)
    except CannotOverride as error:
        raise Refused(str(error)) from error
    return SettingAside.objects.create(patient=patient, rule=rule, reason=reason, until=until, by=by)


def look_at(patient: Patient, *, as_of: date) -> Screened:
    """What the rules say about a patient on a day; nothing is kept."""
    inputs = convert.screening_inputs(patient, as_of=as_of)
    return screened(inputs, convert.content_of(patient, inputs.record), load_knowledge())


def screen(patient: Patient, *, by: Account | None, as_of: date) -> Decision:
    """Screen a patient and keep the verdict."""
    inputs = convert.screening_inputs(patient, as_of=as_of)
    found = screened(inputs, convert.content_of(patient, inputs.record), load_knowledge())
    return keep(patient, Kind.SCREENING, as_of, found.verdict.word, kept(inputs), found.answer, by=by)


def plan_in_mind(patient: Patient, inputs: PlanInputs) -> Planned:
    """The plan that would be made; nothing is kept.

    Raises:
        Refused: it cannot be planned; says why and what would work.
    """
    try:
        return planned(inputs, convert.content_of(patient, inputs.screening.record), load_knowledge())
    except (CannotPlan, CannotMeasure, ValueError) as error:
        raise Refused(str(error)) from error


def draft_plan(patient: Patient, inputs: PlanInputs, *, by: Account) -> Plan:
    """Keep a plan as a draft; nobody but prescribers sees it.

    Raises:
        Refused: there is none; says why and what would work.
    """
    as_of = inputs.screening.as_of
    found = plan_in_mind(patient, inputs)
    if found.plan is None:
        hints = found.choice.changes if found.choice else ()
        raise Refused("; ".join(hints) or f"the verdict is {found.screened.verdict.word!r}: no plan")
    plan = found.plan
    decision = keep(patient, Kind.PLAN, as_of, plan.id, kept(inputs), found.answer, by=by)
    Plan.objects.filter(patient=patient, state=PlanState.DRAFT).update(state=PlanState.WITHDRAWN)
    return Plan.objects.create(
        patient=patient,
        number=plan.id,
        fields=found.answer,
        decision=decision,
        began=plan.began,
        starts=plan.starts,
        ends=plan.ends,
        supply_until=max((b.last_use for b in plan.batches), default=None),
        follows=in_force(patient),
    )


def sign(plan: Plan, *, by: Account, as_of: date) -> None:
    """Put a draft in force; it replaces the plan before it.

    Raises:
        Refused: it is no draft, it is too old, or the patient may no longer have it.
    """
    if plan.state != PlanState.DRAFT:
        raise Refused(f"plan {plan.number} is {plan.state}: only a draft is signed")
    last = date.fromisoformat(plan.fields["sign_by"])
    if as_of > last:
        raise Refused(f"plan {plan.number} could be signed until {last}: plan again")
    if as_of > plan.starts:
        raise Refused(f"plan {plan.number} begins on {plan.starts}, before today: plan again")
    verdict = look_at(plan.patient, as_of=as_of).verdict
    if not verdict.allows_plan:
        raise Refused(f"today the verdict is {verdict.word!r}: see the screening")
    before = in_force(plan.patient)
    if before is not None:
        # Another plan than the one proposed is an answer too.
        waiting = before.proposals.filter(state=ProposalState.OPEN, tells_patient=False)
        reason = f"plan {plan.number} was signed instead"
        waiting.update(state=ProposalState.CHANGED, answered_by=by, answered_at=clock.now(), reason=reason)
    tapering.end_following(plan.patient)
    _put_in_force(plan, before, by=by)


def withdraw(plan: Plan) -> None:
    """Take a draft back.

    Raises:
        Refused: it is signed.
    """
    if plan.state != PlanState.DRAFT:
        raise Refused(f"plan {plan.number} is {plan.state}: only a draft is taken back")
    plan.state = PlanState.WITHDRAWN
    plan.save(update_fields=["state"])


def in_force(patient: Patient) -> Plan | None:
    """The signed plan of a patient."""
    return Plan.objects.filter(patient=patient, state=PlanState.SIGNED).first()


def write_diary(
    patient: Patient, fields: Mapping[str, str], key: uuid.UUID, *, by: Account, as_of: date
) -> Proposal | None:
    """Keep an entry of a diary, and look at once whether a standing rule stops the next dose.

    Args:
        fields: text by column; what was answered before for the same day and slot stays where it is not
            answered anew.
        key: made where it was written; the same entry sent twice is kept once.

    Returns:
        What the clinic has to answer now, if anything.

    Raises:
        BadDiary: a field that is not understood; names it and what would have worked.
    """
    if not DiaryEntry.objects.filter(key=key).exists():
        merged = convert.merged_entry(patient, fields)
        DiaryEntry.objects.create(
            patient=patient,
            day=date.fromisoformat(merged["date"]),
            slot=merged.get("slot", ""),
            fields=merged,
            key=key,
            written_by=by,
        )
    tapering.review(patient, by=by, as_of=as_of)
    return review(patient, by=by, as_of=as_of)


def took_painkiller(
    patient: Patient, name: str, key: uuid.UUID, *, by: Account, as_of: date
) -> Proposal | None:
    """Keep that a painkiller was taken, besides those of the same day; the answer is that of `write_diary`.

    Args:
        name: in the patient's words; empty: it cannot be named.
    """
    slot = convert.usual_slot(in_force(patient))
    before = convert.written(patient, as_of, slot)
    # What was said before is never taken back by what is added: not an opioid, nor one without a name.
    names = [n for n in (before.get("painkiller_name", ""), name.replace(";", ",") or "not known") if n]
    opioid = before.get("painkiller") == Painkiller.OPIOID
    kind = Painkiller.OPIOID if opioid else Painkiller.NOT_NAMED
    fields = {
        "date": as_of.isoformat(),
        "slot": slot,
        "painkiller": kind,
        "painkiller_name": "; ".join(names),
    }
    return write_diary(patient, fields, key, by=by, as_of=as_of)


def look_at_course(plan: Plan, *, as_of: date) -> tuple[convert.ReviewKept, Reviewed]:
    """What the diary calls for, and what it was made from; nothing is kept.

    A day that is only begun (the dose ticked off, the questions open) counts where it stops something;
    anything else waits until it is filled in or over.
    """
    kept_inputs = convert.kept_review(plan, as_of=as_of)
    found = convert.review_from(kept_inputs, plan, load_knowledge())
    begun = found.diary.on(as_of)
    if begun and is_hole(begun) and not found.review.proposal.candidate.tells_patient:
        kept_inputs = convert.kept_review(plan, as_of=as_of, read_until=as_of - timedelta(days=1))
        found = convert.review_from(kept_inputs, plan, load_knowledge())
    return kept_inputs, found


def review(patient: Patient, *, by: Account | None, as_of: date) -> Proposal | None:
    """Ask what the diary calls for; keep it where it is news.

    A standing stop rule is carried out at once, and so is a hold, which only lets a planned rise wait;
    anything else waits for a prescriber's name.

    Returns:
        What the clinic has to answer now, if anything.
    """
    plan = in_force(patient)
    Patient.objects.filter(pk=patient.pk).exclude(reviewed_on=as_of).update(reviewed_on=as_of)
    if plan is None:
        return None
    inputs, found = look_at_course(plan, as_of=as_of)
    proposed = found.review.proposal
    alike = Q(rule=proposed.rule.id, move=proposed.move)
    known = (ProposalState.OPEN, ProposalState.ACCEPTED, ProposalState.REFUSED)
    rows = Proposal.objects.filter(alike, patient=patient, state__in=known).select_related("decision")
    if last := rows.order_by("-id").first():
        was, now = last.decision.answer["proposal"], found.answer["proposal"]
        told = last.tells_patient and last.says == proposed.worded()
        if last.state == ProposalState.OPEN and (told or was == now):
            return last
        if last.state != ProposalState.OPEN and was["read"] and was["read"] == now["read"]:
            return None
    # What is signed is what was shown: words, day and dose of yesterday make way for those of today.
    waiting = Proposal.objects.filter(
        alike | Q(tells_patient=False), patient=patient, state=ProposalState.OPEN
    )
    waiting.update(state=ProposalState.OVERTAKEN)
    if not _calls_for_something(found, plan):
        return None
    at_once = not proposed.needs_signature and proposed.move.changes_plan
    who = None if at_once else by
    decision = keep(patient, Kind.REVIEW, as_of, proposed.move, kept(inputs), found.answer, by=who)
    tells = proposed.candidate.tells_patient
    proposal = Proposal.objects.create(
        patient=patient,
        plan=plan,
        decision=decision,
        rule=proposed.rule.id,
        move=proposed.move,
        says=proposed.worded(),
        tells_patient=tells,
        soon=proposed.candidate.soon,
        state=ProposalState.CARRIED_OUT if at_once and not tells else ProposalState.OPEN,
    )
    if at_once:
        _change(plan, found, decision, by=None)
    return proposal if proposal.state == ProposalState.OPEN else None


def accept(proposal: Proposal, *, by: Account, as_of: date) -> None:
    """Sign what is proposed: the plan changes. A stop has changed it already and is acknowledged.

    Raises:
        Refused: it was answered before, the diary has moved on, or it needs a plan of its own.
    """
    _refuse_answered(proposal)
    if not proposal.tells_patient and Move(proposal.move).changes_plan:
        inputs, found = look_at_course(proposal.plan, as_of=as_of)
        now = found.review.proposal
        if found.answer["proposal"] != proposal.decision.answer["proposal"]:
            review(proposal.patient, by=by, as_of=as_of)
            raise Refused(f"the diary has moved on and now asks for: {now.worded()}")
        decision = keep(proposal.patient, Kind.REVIEW, as_of, now.move, kept(inputs), found.answer, by=by)
        _change(proposal.plan, found, decision, by=by)
    _answer(proposal, ProposalState.ACCEPTED, "", by=by)


def refuse(proposal: Proposal, reason: str, *, by: Account) -> None:
    """Leave the plan as it is, and say why.

    Raises:
        Refused: it was answered before, no reason is given, or it is a stop that only a new plan undoes.
    """
    _refuse_answered(proposal)
    if proposal.tells_patient:
        raise Refused("the patient has been told already: acknowledge it, then review or plan anew")
    if not reason.strip():
        raise Refused("say why: the next reader has only your words")
    _answer(proposal, ProposalState.REFUSED, reason.strip(), by=by)


def _refuse_answered(proposal: Proposal) -> None:
    if proposal.state != ProposalState.OPEN:
        raise Refused(f"this was answered already ({proposal.get_state_display().lower()})")


def _answer(proposal: Proposal, state: ProposalState, reason: str, *, by: Account) -> None:
    proposal.state, proposal.reason = state, reason
    proposal.answered_by, proposal.answered_at = by, clock.now()
    proposal.save(update_fields=["state", "reason", "answered_by", "answered_at"])


def _calls_for_something(found: Reviewed, plan: Plan) -> bool:
    """Whether the plan does not say so already."""
    move = found.review.proposal.move
    if move in _ADVICE or found.review.proposal.candidate.tells_patient:
        return True
    if not move.changes_plan:
        return False
    try:
        return plan_after(found, plan.fields, load_knowledge(), by="anybody") is not None
    except (CannotPlan, CannotMeasure, NotSigned):
        return True


def _change(plan: Plan, found: Reviewed, decision: Decision, *, by: Account | None) -> None:
    """Put the plan after a proposal in force; what stops at once rests on the signature before."""
    try:
        fields = plan_after(found, plan.fields, load_knowledge(), by=by.name if by else "")
    except (CannotPlan, CannotMeasure, NotSigned) as error:
        raise Refused(str(error)) from error
    if fields is None:
        return
    changed = Plan.objects.create(
        patient=plan.patient,
        number=fields["id"],
        fields=fields,
        decision=decision,
        began=date.fromisoformat(fields["began"]),
        starts=date.fromisoformat(fields["starts"]),
        ends=date.fromisoformat(fields["ends"]),
        supply_until=plan.supply_until,
        follows=plan,
    )
    signer = by or plan.signed_by
    assert signer is not None  # a plan in force is signed (constraint)
    _put_in_force(changed, plan, by=signer)


def _put_in_force(plan: Plan, before: Plan | None, *, by: Account) -> None:
    if before is not None:
        before.state = PlanState.REPLACED
        before.save(update_fields=["state"])
        before.dues.filter(done_at=None).delete()
        before.proposals.filter(state=ProposalState.OPEN, tells_patient=False).update(
            state=ProposalState.OVERTAKEN
        )
    plan.state, plan.signed_by, plan.signed_at = PlanState.SIGNED, by, clock.now()
    plan.save(update_fields=["state", "signed_by", "signed_at"])
    Due.objects.bulk_create(
        Due(plan=plan, on=date.fromisoformat(d["on"]), kind=d["kind"], what=d["what"], rule=d["rule"])
        for d in plan.fields["due"]
    )


def preview(content: str) -> Record:
    """What would be read of a record.

    Raises:
        BadInput: it is no record of one patient.
    """
    if not content.strip():
        raise BadInput("empty: a FHIR bundle (JSON) of one patient is expected")
    return convert.record_of(content)
