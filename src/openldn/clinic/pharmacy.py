"""The acts of a pharmacy: begin a batch, read it, release or recall it, hand it out, print its label.

Every row is only added: what was read, signed or handed out stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import msgspec
from django.db.models import Sum

from openldn import __version__
from openldn.answers.compounding import hand_over_json, making_json, outcome_json
from openldn.clinic.keeping import Refused
from openldn.clinic.store import convert, snapshots
from openldn.clinic.store.models import (
    Account,
    BatchReading,
    Clinic,
    CompoundedBatch,
    HandedOut,
    LabelPrint,
    Patient,
    Plan,
    PlanState,
    Release,
)
from openldn.dispensing.capsule_batches import CapsuleBatch, uniformity_of
from openldn.dispensing.hand_over import Compounded, Counter, HandOver, Supply, hand_over, usable
from openldn.dispensing.making import Making, MakingInputs, making
from openldn.dispensing.readings import Outcome, Reading, judge
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.label import Handed, label_fields
from openldn.plan.supply import Item
from openldn.quantities import CannotMeasure, Dose, NotAnAmount

_NO_SEED: Final = 0
"""Nothing is drawn by chance here: the worksheet tells bounds."""


def in_mind(inputs: MakingInputs) -> Making:
    """The batch that would be made; nothing is kept.

    Raises:
        Refused: it cannot be made; says why and what would work.
    """
    try:
        return making(inputs, load_knowledge())
    except (CannotMeasure, NotAnAmount) as error:
        raise Refused(str(error)) from error


def begin(clinic: Clinic, inputs: MakingInputs, *, by: Account) -> CompoundedBatch:
    """Keep a batch that is going to be made; its number is the next of the day.

    Raises:
        Refused: it cannot be made; says why and what would work.
    """
    made = in_mind(msgspec.structs.replace(inputs, number=_next_number(inputs.made)))
    uniformity = None
    if isinstance(made.batch, CapsuleBatch):
        uniformity = uniformity_of(made.batch.dose, None, None)
        if not uniformity.uniform:
            raise Refused(
                f"a dry blend cannot be uniform: particles of {uniformity.largest:.1f} micrometres at most "
                "would do. Make a liquid"
            )
    found = made.compounded(None)
    return CompoundedBatch.objects.create(
        clinic=clinic,
        number=found.number,
        inputs=msgspec.to_builtins(made.inputs),
        answer=making_json(made, None, _NO_SEED, uniformity, None),
        formula=found.formula.id,
        one=found.one.base,
        pieces=found.pieces,
        amount=found.left,
        made=found.made,
        use_until=found.last_use,
        snapshot=snapshots.current(),
        version=__version__,
        begun_by=by,
    )


def _next_number(made: date) -> str:
    """B-20261130-1: no patient, no order of a year to guess."""
    start = f"B-{made:%Y%m%d}-"
    return f"{start}{CompoundedBatch.objects.filter(number__startswith=start).count() + 1}"


def making_of(row: CompoundedBatch) -> Making:
    """The batch of the core, made again from its inputs."""
    return in_mind(msgspec.convert(row.inputs, MakingInputs))


def read(row: CompoundedBatch, texts: Mapping[str, str], *, by: Account) -> int:
    """Keep what somebody read; what is as it was is not written again.

    Returns:
        How many readings are new.

    Raises:
        Refused: two others have read it already, or it is released: what was judged stays what it was.
    """
    last = _last_release(row)
    if last is not None and last.released:
        raise Refused("this batch is released: where a reading was wrong, take the batch back")
    readers = set(row.readings.values_list("read_by", flat=True))
    if len(readers - {by.pk}) > 1:
        raise Refused("two people have read this batch already: a third reading is not asked for")
    before = mine(row, by)
    new = {
        key: text.strip() for key, text in texts.items() if text.strip() and text.strip() != before.get(key)
    }
    BatchReading.objects.bulk_create(
        BatchReading(batch=row, entry=key, text=text, read_by=by) for key, text in new.items()
    )
    return len(new)


def _last_release(row: CompoundedBatch) -> Release | None:
    """Where a batch stands; None: nobody has signed it."""
    return row.releases.order_by("-id").first()


def mine(row: CompoundedBatch, account: Account) -> dict[str, str]:
    """What somebody has read last, by entry."""
    rows = row.readings.filter(read_by=account).order_by("id").values_list("entry", "text")
    return dict(rows)


def outcome_of(row: CompoundedBatch, made: Making) -> Outcome:
    """All readings of a batch, judged; nothing is kept."""
    newest: dict[tuple[str, int], Reading] = {}
    for r in row.readings.select_related("read_by").order_by("id"):
        # An account is a person: two of the same name are two.
        newest[r.entry, r.read_by_id] = Reading(r.entry, r.text, f"{r.read_by.name} {r.read_by_id}")
    return judge(made.sheet, newest.values(), load_knowledge(), as_of=made.inputs.made)


def sign(row: CompoundedBatch, *, by: Account) -> Release:
    """Release a batch whose readings all pass; else keep that it does not.

    Raises:
        Refused: it was recalled, or nobody has read it.
    """
    last = _last_release(row)
    if last is not None and last.reason:
        raise Refused(f"this batch was recalled: {last.reason}")
    if not row.readings.exists():
        raise Refused("nobody has read this batch yet")
    found = outcome_of(row, making_of(row))
    return Release.objects.create(batch=row, released=found.passed, outcome=outcome_json(found), signed_by=by)


def recall(row: CompoundedBatch, reason: str, *, by: Account) -> Release:
    """Take a batch back: nothing more of it is handed out.

    Raises:
        Refused: no reason is given.
    """
    if not reason.strip():
        raise Refused("say why: whoever was handed some of it will ask")
    last = _last_release(row)
    outcome = last.outcome if last else {}
    return Release.objects.create(
        batch=row, released=False, outcome=outcome, reason=reason.strip(), signed_by=by
    )


@dataclass(frozen=True, slots=True)
class InStock:
    """A batch with where it stands."""

    row: CompoundedBatch
    release: Release | None
    left: int

    @property
    def is_released(self) -> bool:
        """Whether it may be handed out, as far as its readings go."""
        return self.release is not None and self.release.released

    def good_on(self, day: date) -> bool:
        """Whether something of it can be handed out on a day."""
        return self.is_released and self.left > 0 and self.row.made <= day <= self.row.use_until

    @property
    def compounded(self) -> Compounded:
        """The batch of the core, with what is left of it."""
        row, formula = self.row, load_knowledge().all_formulas[self.row.formula]
        one, days = Dose(row.one), (row.made, row.use_until)
        return Compounded(row.number, formula, row.pieces, one, self.left, *days, self.is_released)

    @property
    def left_text(self) -> str:
        """What is left, in words."""
        return self.compounded.amount_text(self.left)


def stock(clinic: Clinic, *, only: str = "") -> Iterator[InStock]:
    """The batches of a clinic, the newest first; `only`: the one of this number."""
    rows = clinic.batches.select_related("begun_by").order_by("-id")
    found = list(rows.filter(number=only) if only else rows[:200])
    keys = [row.pk for row in found]
    releases: dict[int, Release] = {}
    for r in Release.objects.filter(batch__in=keys).select_related("signed_by").order_by("id"):
        releases[r.batch_id] = r
    went = HandedOut.objects.filter(batch__in=keys, went=True).values_list("batch").annotate(Sum("amount"))
    gone = dict(went.order_by())
    for row in found:
        yield InStock(row, releases.get(row.pk), row.amount - gone.get(row.pk, 0))


def batch_of(clinic: Clinic, number: str) -> InStock | None:
    """The batch of a number."""
    return next(stock(clinic, only=number), None)


@dataclass(frozen=True, slots=True)
class Needed:
    """An item of a signed plan, and from which day on nothing of it is handed out yet."""

    plan: Plan
    item: str
    since: date
    last: HandedOut | None

    def is_due(self, today: date, *, within: int = 7) -> bool:
        """Whether it is needed within so many days."""
        return self.since <= today + timedelta(days=within)


def queue(clinic: Clinic, *, today: date) -> list[Needed]:
    """What has to be handed out, the most urgent first."""
    plans = (
        Plan.objects.filter(patient__clinic=clinic, state=PlanState.SIGNED, ends__gte=today)
        .exclude(fields__steps=[])
        .select_related("patient", "signed_by")
        .order_by("id")
    )
    return needed_of(list(plans[:500]), today=today)


def needed_of(plans: Sequence[Plan], *, today: date) -> list[Needed]:
    """What has to be handed out of signed plans, the most urgent first."""
    last = _last_handed_out(plans)
    found = [
        Needed(plan, item, since, last.get((plan.pk, item)))
        for plan in plans
        for item, since in _open_items(plan, last, today)
    ]
    return sorted(found, key=lambda n: (n.since, n.plan.pk, n.item))


def _last_handed_out(plans: Iterable[Plan]) -> dict[tuple[int, str], HandedOut]:
    rows = HandedOut.objects.filter(plan__in=[p.pk for p in plans], went=True)
    return {(r.plan_id, r.item): r for r in rows.select_related("batch").order_by("id")}


def _open_items(
    plan: Plan, last: Mapping[tuple[int, str], HandedOut], today: date
) -> Iterator[tuple[str, date]]:
    """Items that the plan goes on using after what was handed out, each with the first such day."""
    core = convert.plan_of(plan)
    for item in dict.fromkeys(batch.item for batch in core.batches):
        before = last.get((plan.pk, item.name))
        first = before.until + timedelta(days=1) if before else max(plan.starts, min(today, plan.ends))
        days = [day for day, _ in core.uses(item) if day >= first]
        if days:
            yield item.name, days[0]


def counter_item(plan: Plan, name: str) -> Item:
    """The item of a plan by its name.

    Raises:
        Refused: the plan hands out no such thing.
    """
    items = {batch.item.name: batch.item for batch in convert.plan_of(plan).batches}
    if name not in items:
        raise Refused(f"plan {plan.number} hands out {', '.join(items) or 'nothing'}, not {name}")
    return items[name]


def most_for(plan: Plan, item: Item, found: InStock, since: date) -> tuple[str, date | None]:
    """The most of a batch that a plan can use, in words, and until when."""
    made = found.compounded
    most, until = usable(convert.plan_of(plan), item, made, since)
    return made.amount_text(min(most, found.left)), until


def hand_out(
    patient: Patient, plan: Plan, item: Item, at: Counter, *, by: Account
) -> tuple[HandedOut, HandOver]:
    """Hand a batch out if every check passes; that it was kept back is kept, too.

    Raises:
        Refused: there is no batch of the number that was scanned, or the plan is no longer in force.
    """
    if plan.state != PlanState.SIGNED:
        raise Refused(f"plan {plan.number} is {plan.state}: see the one in force")
    found = batch_of(patient.clinic, at.batch_scanned)
    if found is None:
        raise Refused(f"no batch {at.batch_scanned!r} in this pharmacy: scan the code on the bottle")
    core = convert.plan_of(plan)
    checks = hand_over(core, item, found.compounded, at, load_knowledge())
    row = HandedOut.objects.create(
        plan=plan,
        batch=found.row,
        went=checks.may_go,
        item=item.name,
        amount=at.amount,
        since=at.since,
        until=checks.supply.until,
        on=at.on,
        said={
            "answers": [str(said) for said in at.answers],
            "avoids": None if at.avoids is None else list(at.avoids),
            "plan_scanned": at.plan_scanned,
            "batch_scanned": at.batch_scanned,
        },
        answer=hand_over_json(core, found.compounded, checks),
        by=by,
    )
    return row, checks


def refuse_void(row: HandedOut) -> None:
    """Let no label be seen that must not stick on a bottle any more.

    Raises:
        Refused: nothing went over the counter, the plan was replaced, or the batch was taken back.
    """
    if not row.went:
        raise Refused("nothing was handed out: there is no label")
    plan = row.plan
    if plan.state != PlanState.SIGNED:
        raise Refused(
            f"plan {plan.number} is {plan.state}: this label is void. Hand out under the plan in force"
        )
    last = _last_release(row.batch)
    if last is None or not last.released:
        raise Refused(f"batch {row.batch.number} was taken back: there is no label for it any more")


def label_of(row: HandedOut, *, by: Account, reason: str) -> LabelPrint:
    """Print a label; each after the first with a reason.

    Raises:
        Refused: nothing went over the counter, the plan was replaced, the batch was taken back, no reason, or
            a field is empty.
    """
    plan = row.plan
    refuse_void(row)
    if row.prints.exists() and not reason.strip():
        raise Refused("say why it is printed again; the label before it is void")
    knowledge, core = load_knowledge(), convert.plan_of(plan)
    item, batch = counter_item(plan, row.item), row.batch
    formula = knowledge.all_formulas[batch.formula]
    supply = Supply(item, row.amount, row.since, row.until, batch.made, batch.use_until, formula)
    clinic = plan.patient.clinic
    supplier = f"{clinic.name}, {clinic.address}" if clinic.address else ""
    try:
        handed = Handed(plan.patient.name, supplier, batch.number, row.on)
        fields = label_fields(core, supply, handed, knowledge)
    except CannotMeasure as error:
        hint = "" if supplier else " (an administrator writes the address under Clinic)"
        raise Refused(f"{error}{hint}") from error
    return LabelPrint.objects.create(handed_out=row, reason=reason.strip(), fields=fields, by=by)
