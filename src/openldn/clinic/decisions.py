"""Decisions as functions of their inputs: each can be made again years later, with the same answer.

Inputs are plain values that the store keeps beside the answer; no row, clock or request is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import Struct

from openldn.answers.plan import changed_json, plan_json, refused_json
from openldn.answers.review import review_json
from openldn.answers.screening import screening_json
from openldn.answers.tapers import review_json as taper_review_json
from openldn.answers.tapers import schedule_json
from openldn.fhir.json_text import BadInput
from openldn.fhir.read import read_records
from openldn.followup.adjustment import adjusted
from openldn.followup.review import Review, review
from openldn.followup.weaning.review import TaperReview, review_taper
from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Country, Therapy
from openldn.knowledge.strict_yaml import BadYaml, read_yaml
from openldn.plan.choice import Choice, Need, choose, needs_of
from openldn.plan.ladders import CannotPlan, Proposal, profile_named, proposals, typed
from openldn.plan.limits import SignedCeiling
from openldn.plan.saved import plan_of
from openldn.plan.steps import Plan
from openldn.plan.stock import BadStock, Stock, read_stock, shipped_stock
from openldn.plan.titration import Wanted, usual_time
from openldn.plan.weaning.recorded import opioid_named, opioids_taken, taken_a_day
from openldn.plan.weaning.saved import taper_of
from openldn.plan.weaning.stock import candidates, read_units
from openldn.plan.weaning.taper import Agreement, Asked, Piece, Taper, taper, with_offer
from openldn.plan.weaning.targets import Basis
from openldn.plan.weaning.uldn import UltraLow, beside_taper
from openldn.quantities import Dose, DoseRate
from openldn.record.diary import Diary, Slot, medicines_taken, read_diary
from openldn.record.interview import read_interview
from openldn.record.patient import EndStatement, Record
from openldn.screening.indication import treated
from openldn.screening.screen import Screening, screen
from openldn.screening.verdict import Allowed, Caution, Suitable, Verdict, override


class Stated(Struct, frozen=True, kw_only=True):
    """A prescriber's word that an order ended."""

    drug: str
    ended: date
    by: str
    stated: date


class SetAside(Struct, frozen=True, kw_only=True):
    """A prescriber's override of one rule's reason."""

    rule: str
    by: str
    reason: str
    until: date


class ScreeningInputs(Struct, frozen=True, kw_only=True):
    """All that a verdict is made from, but the record's own text: that is named by its SHA-256."""

    as_of: date
    record: str = ""
    interview: dict[str, Any] | None = None
    stated: tuple[Stated, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    medicines: tuple[dict[str, str], ...] = ()
    """Entries of the diary that tell of a painkiller or a new medicine, as text by column."""
    therapy: Therapy = Therapy.LDN
    where: Country | None = None
    indication: str | None = None


class Ceiling(Struct, frozen=True, kw_only=True):
    """A ceiling above the usual one, signed."""

    dose: str
    by: str
    reason: str
    until: date


class PlanInputs(Struct, frozen=True, kw_only=True):
    """All that a plan is made from: a published `profile` or typed `steps`, else what is proposed."""

    screening: ScreeningInputs
    patient: str
    starts: date
    prescriber: str
    profile: str = ""
    steps: str = ""
    form: Form | None = None
    needs: tuple[Need, ...] = ()
    slot: Slot | None = None
    ceiling: Ceiling | None = None
    stock: str = ""
    replaces: str = ""


class ReviewInputs(Struct, frozen=True, kw_only=True):
    """All that a proposal is made from: a plan, the diary as text by column, the day."""

    plan: dict[str, Any]
    diary: tuple[dict[str, str], ...]
    as_of: date
    read_until: date | None = None
    """The last day whose entries are read; None: all are."""


class TaperInputs(Struct, frozen=True, kw_only=True):
    """All that a taper is made from; amounts as text, empty: as the record or the rules say."""

    screening: ScreeningInputs
    """For a taper."""
    drug: str = ""
    daily: str = ""
    stock: str
    starts: date
    duration: int | None = None
    rate: str = ""
    """Percent at each interval."""
    interval: int | None = None
    basis: Basis = Basis.HYBRID
    max_step: str = ""
    """Percent; 'off': no limit."""
    floor: str = ""
    doses_a_day: int | None = None
    faster_by: str = ""
    prescriber: str
    review: date
    team: tuple[str, ...] = ()
    agreed_on: date | None = None
    uldn: str = ""
    """The order of ultra-low dose naltrexone beside it."""


class TaperReviewInputs(Struct, frozen=True, kw_only=True):
    """All that a review of a taper is made from: the plan with what was done, the diary, the day."""

    fields: dict[str, Any]
    diary: tuple[dict[str, str], ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class Tapered:
    """A taper, or the verdict that allows none."""

    screened: Screened
    taper: Taper | None
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TaperReviewed:
    """What is asked for, and what it was made from."""

    review: TaperReview
    diary: Diary
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Screened:
    """A verdict, and the record it is about."""

    record: Record
    screening: Screening
    verdict: Verdict
    conditions: tuple[Condition, ...]
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, or why there is none."""

    screened: Screened
    proposed: tuple[Proposal, ...]
    choice: Choice | None
    """None: the verdict does not allow one."""
    answer: dict[str, Any]

    @property
    def plan(self) -> Plan | None:
        """The best plan there is."""
        return self.choice.best if self.choice else None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A proposal, and what it was made from."""

    review: Review
    diary: Diary
    answer: dict[str, Any]


def screened(inputs: ScreeningInputs, content: str, knowledge: Knowledge) -> Screened:
    """The verdict.

    Args:
        inputs: as kept.
        content: the record's text (FHIR JSON) that `inputs.record` names; empty: there is none.
        knowledge: of today, or of the day on which it was decided first.

    Raises:
        BadInput, BadInterview, CannotOverride, ValueError: what was put in cannot be used.
    """
    record = record_of(content, knowledge)
    if inputs.interview is not None:
        record = record.with_interview(read_interview(inputs.interview, knowledge.vocabulary))
    no_opioids = knowledge.rule("followup/unnamed-painkiller").words("no_opioids", inputs.as_of)
    told = diary_of(inputs.medicines, knowledge).until(inputs.as_of)
    record = record.with_medications(medicines_taken(told, no_opioids))
    for said in inputs.stated:
        record = record.stating_end(EndStatement(said.drug, said.ended, said.by, said.stated))
    found = screen(
        record,
        inputs.therapy,
        knowledge,
        as_of=inputs.as_of,
        where=inputs.where,
        indication=inputs.indication,
    )
    verdict = found.verdict
    for aside in inputs.set_aside:
        if any(r.rule.id == aside.rule for r in verdict.reasons):
            verdict = override(verdict, aside.rule, by=aside.by, reason=aside.reason, until=aside.until)
    conditions = treated(inputs.indication, found.conditions, knowledge)
    answer = screening_json(inputs.record, record, found, verdict, knowledge)
    return Screened(record, found, verdict, conditions, answer)


def record_of(content: str, knowledge: Knowledge) -> Record:
    """The one record of a file.

    Raises:
        BadInput: it is no FHIR record, or not of one patient.
    """
    if not content:
        return Record()
    records = read_records(content.encode(), knowledge.vocabulary)
    if len(records) != 1:
        raise BadInput(f"{len(records)} patients in it: a file of one patient is expected")
    return records[0]


def planned(inputs: PlanInputs, content: str, knowledge: Knowledge) -> Planned:
    """The plan, in the product of the stock that suits best.

    Raises:
        CannotPlan, CannotMeasure, BadStock: it cannot be planned; says why and what would work.
    """
    found = screened(inputs.screening, content, knowledge)
    if not isinstance(found.verdict, Suitable | Caution):
        return Planned(found, (), None, found.answer)
    verdict: Allowed = found.verdict
    as_of = inputs.screening.as_of
    proposed = proposals(found.conditions, verdict, knowledge)
    name = inputs.profile or proposed[0].name
    profile = typed(inputs.steps) if inputs.steps else profile_named(name, verdict, knowledge, as_of=as_of)
    times = (
        ((inputs.slot, usual_time(inputs.slot, knowledge, as_of=as_of)),)
        if inputs.slot and profile.times_a_day == 1
        else ()
    )
    choice = choose(
        verdict,
        Wanted(
            starts=inputs.starts,
            profile=profile,
            prescriber=inputs.prescriber,
            signed=_ceiling(inputs.ceiling),
            times=times,
            replaces=inputs.replaces,
        ),
        stock_of(inputs.stock, knowledge, as_of=as_of),
        needs_of(found.record, verdict, as_of=as_of, stated=frozenset(inputs.needs), wish=inputs.form),
        knowledge,
        as_of=as_of,
        patient=inputs.patient,
        conditions=found.conditions,
    )
    answer = (
        plan_json(choice.best, choice, proposed, found.answer, knowledge)
        if choice.best
        else refused_json(choice, found.answer)
    )
    return Planned(found, tuple(proposed), choice, answer)


def stock_of(text: str, knowledge: Knowledge, *, as_of: date) -> Stock:
    """The products of a pharmacy's list, or those that are assumed without one.

    Raises:
        BadStock: the list cannot be used.
    """
    if not text.strip():
        return shipped_stock(knowledge, as_of=as_of)
    try:
        return read_stock(read_yaml(text), knowledge, as_of=as_of)
    except BadYaml as error:
        raise BadStock(f"{error.key}: {error}" if error.key else str(error)) from error


def reviewed(inputs: ReviewInputs, knowledge: Knowledge) -> Reviewed:
    """The proposal.

    Raises:
        BadPlan, BadDiary: the plan or the diary cannot be read any more.
    """
    diary = diary_of(inputs.diary, knowledge)
    if inputs.read_until is not None:
        diary = diary.until(inputs.read_until)
    found = review(plan_of(inputs.plan, knowledge), diary, knowledge, as_of=inputs.as_of)
    return Reviewed(found, diary, review_json(found, knowledge, None))


def tapered(inputs: TaperInputs, content: str, knowledge: Knowledge) -> Tapered:
    """The best taper in the units at hand.

    Raises:
        CannotPlan, NotAnAmount: it cannot be planned; says why and what would work.
    """
    found = screened(inputs.screening, content, knowledge)
    if not isinstance(found.verdict, Suitable | Caution):
        return Tapered(found, None, found.answer)
    as_of = inputs.screening.as_of
    made = taper(
        found.verdict,
        _asked(inputs, found.record, knowledge),
        knowledge,
        prescriber=inputs.prescriber,
        review=inputs.review,
        as_of=as_of,
        agreement=Agreement(inputs.team, inputs.agreed_on),
    )
    also = beside(inputs, made, content, knowledge) if inputs.uldn else None
    scheduled = with_offer(made.schedule, candidates(made.schedule, knowledge), knowledge, as_of=as_of)
    return Tapered(found, made, schedule_json("", scheduled, made, also, found.answer))


def _asked(inputs: TaperInputs, record: Record, knowledge: Knowledge) -> Asked:
    as_of = inputs.screening.as_of
    taken = opioids_taken(record, knowledge, as_of=as_of)
    drug = opioid_named(inputs.drug, knowledge) if inputs.drug else next(iter(taken.values()), None)
    if drug is None or drug.name not in taken or (not inputs.drug and len(taken) != 1):
        raise CannotPlan(f"say which opioid: the record holds {', '.join(sorted(taken)) or 'none in use'}")
    units = tuple(read_units([inputs.stock]))
    kind = DoseRate if any(u.piece is Piece.PATCH for u in units) else Dose
    daily = kind.parse(inputs.daily) if inputs.daily else taken_a_day(record, drug, knowledge, as_of=as_of)
    if not isinstance(daily, kind):
        raise CannotPlan("patches are not tapered in tablets, nor tablets in patches")
    off = inputs.max_step.strip().lower() == "off"
    usual = knowledge.rule("plan/taper-step").number("most", as_of) / 100
    return Asked(
        drug=drug,
        daily=daily.base,
        units=units,
        starts=inputs.starts,
        duration=inputs.duration,
        rate=_part(inputs.rate),
        interval=inputs.interval,
        basis=inputs.basis,
        max_step=None if off else _part(inputs.max_step) or usual,
        floor=kind.parse(inputs.floor).base if inputs.floor else None,
        doses_a_day=inputs.doses_a_day,
        faster_by=inputs.faster_by,
    )


def _part(percent: str) -> Fraction | None:
    try:
        return Fraction(percent.strip().rstrip("%").strip()) / 100 if percent.strip() else None
    except (ValueError, ZeroDivisionError):
        raise CannotPlan(f"{percent!r} is no percentage: write it like 10") from None


def beside(inputs: TaperInputs, made: Taper, content: str, knowledge: Knowledge) -> UltraLow:
    """ULDN with a taper, after a verdict of its own that allows it.

    Raises:
        CannotPlan: it is not allowed.
    """
    also = msgspec.structs.replace(inputs.screening, therapy=Therapy.ULDN)
    verdict = screened(also, content, knowledge).verdict
    if not isinstance(verdict, Suitable | Caution):
        raise CannotPlan(f"ULDN: the verdict is {verdict.word!r}")
    return beside_taper(verdict, inputs.uldn, made, knowledge, as_of=inputs.screening.as_of)


def taper_reviewed(inputs: TaperReviewInputs, knowledge: Knowledge) -> TaperReviewed:
    """What the diary of a taper asks for.

    Raises:
        BadPlan, BadDiary: the taper or the diary cannot be read any more.
    """
    diary = diary_of(inputs.diary, knowledge)
    found = review_taper(taper_of(inputs.fields, knowledge), diary, knowledge, as_of=inputs.as_of)
    return TaperReviewed(found, diary, taper_review_json(found, knowledge, None))


def diary_of(rows: tuple[dict[str, str], ...], knowledge: Knowledge) -> Diary:
    """A diary of entries as text by column."""
    return read_diary(((f"entry of {row['date']}", row) for row in rows), knowledge)


def plan_after(
    found: Reviewed, fields: dict[str, Any], knowledge: Knowledge, *, by: str
) -> dict[str, Any] | None:
    """The JSON of the plan after a proposal; None where it changes nothing in the plan.

    Raises:
        NotSigned: a change that needs a prescriber's name.
        CannotPlan, CannotMeasure: it needs a plan of its own; says why.
    """
    changed = adjusted(found.review, knowledge, by=by)
    return None if changed is found.review.plan else changed_json(changed, fields, knowledge)


def kept(inputs: Struct) -> dict[str, Any]:
    """Inputs as they are kept."""
    fields: dict[str, Any] = msgspec.to_builtins(inputs)
    return fields


def _ceiling(given: Ceiling | None) -> SignedCeiling | None:
    return SignedCeiling(Dose.parse(given.dose), given.by, given.reason, given.until) if given else None
