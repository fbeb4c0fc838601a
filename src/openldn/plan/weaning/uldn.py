"""Ultra-low dose naltrexone beside an opioid: one dose, one unit, and an end with the opioid.

A milligram here is a thousandfold and brings on withdrawal. So an order is only read when it spells the unit
as microgram, and it cannot be made from a dose of LDN.

Rules read here: plan/dose-band-uldn, plan/uldn-with-opioid, plan/uldn-first-dose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from openldn.knowledge.drug_schema import Drug, Form
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.identity import code_of
from openldn.plan.ladders import CannotPlan
from openldn.plan.titration import refuse_stale
from openldn.plan.weaning.taper import REVIEW_WITHIN, Piece, Taper
from openldn.quantities import Dose, NotAnAmount
from openldn.screening.verdict import Allowed

_SPELLED: Final = re.compile(r"\s*\S+\s*micrograms?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LdnFrom:
    """When LDN could be begun after the opioid: not before `minimum`, prudently from `prudent` on."""

    minimum: date | None
    prudent: date | None


@dataclass(frozen=True, slots=True)
class UltraLow:
    """What is taken beside the opioid. `ends` None: as long as the opioid, looked at again."""

    verdict: Allowed
    opioid: str
    """What it goes with."""
    dose: Dose
    every_hours: int
    starts: date
    ends: date | None
    review: date
    prescriber: str
    says: str
    first_dose: str
    ldn: LdnFrom | None
    """Known only where the opioid ends."""

    @property
    def id(self) -> str:
        """The number of the plan."""
        told = [self.opioid, self.dose.base, self.every_hours, self.starts.isoformat(), self.prescriber]
        return code_of([*told, self.ends and self.ends.isoformat()])


def ordered_dose(text: str, knowledge: Knowledge, *, as_of: date) -> Dose:
    """The dose of an order for ULDN.

    Raises:
        CannotPlan: a unit other than microgram spelled out, or another dose.
    """
    if not _SPELLED.fullmatch(text):
        raise CannotPlan(
            f"{text!r}: an order for ULDN spells its unit out: write '1 microgram', nothing else"
        )
    try:
        dose = Dose.parse(text)
    except NotAnAmount as error:
        raise CannotPlan(str(error)) from error
    (known,) = knowledge.rule("plan/dose-band-uldn").doses("dose", as_of)
    if dose != known:
        raise CannotPlan(f"{text!r}: ULDN is {known} twice a day; no other dose was tried in this use")
    return dose


def ultra_low(
    verdict: Allowed,
    order: str,
    drug: Drug,
    form: Form | None,
    knowledge: Knowledge,
    *,
    starts: date,
    last_opioid: date | None,
    prescriber: str,
    review: date,
    as_of: date,
) -> UltraLow:
    """Plan ULDN beside an opioid.

    Args:
        verdict: suitable or caution, for ULDN.
        order: the dose as it was ordered, '1 microgram'.
        drug: the opioid it goes with, in its `form`.
        knowledge: the rules.
        starts: the first day.
        last_opioid: the last day with the opioid by its taper; None: beside a stable opioid.
        prescriber: who prescribes the opioid, by name.
        review: the day on which it is looked at again, within a month.
        as_of: the day of the decision.

    Raises:
        CannotPlan: the unit is not spelled out, another dose, no name, a late review, another verdict.

    Source: facts/opioids.md section 4; decisions "For ULDN an opioid is the indication"
    """
    if verdict.therapy is not Therapy.ULDN:
        raise CannotPlan(f"the verdict is for {verdict.therapy}, not for ULDN")
    refuse_stale(verdict, knowledge, starts=starts, as_of=as_of)
    if not prescriber.strip():
        raise CannotPlan("name who prescribes the opioid: ULDN goes beside it, under that prescriber")
    if not as_of <= review <= starts + REVIEW_WITHIN:
        raise CannotPlan("the review has to lie within a month of the first dose")
    if last_opioid is not None and last_opioid < starts:
        raise CannotPlan("the opioid ends before ULDN would begin")
    dose = ordered_dose(order, knowledge, as_of=as_of)
    rule, first = knowledge.rule("plan/uldn-with-opioid"), knowledge.rule("plan/uldn-first-dose")
    hours = rule.whole("hours", as_of)
    return UltraLow(
        verdict=verdict,
        opioid=drug.name,
        dose=dose,
        every_hours=hours,
        starts=starts,
        ends=last_opioid,
        review=review,
        prescriber=prescriber.strip(),
        says=rule.text["en"].format(dose=dose, hours=hours),
        first_dose=first.text["en"],
        ldn=None if last_opioid is None else ldn_from(drug, form, last_opioid),
    )


def beside_taper(
    verdict: Allowed, order: str, signed: Taper, knowledge: Knowledge, *, as_of: date
) -> UltraLow:
    """ULDN with a taper: the same days, prescriber and review; it ends with the opioid's last dose.

    Raises:
        CannotPlan: as `ultra_low`.
    """
    found = signed.schedule
    last = found.steps[-1] if found.stops else None
    forms = {Piece.EXTENDED: Form.EXTENDED, Piece.PATCH: Form.PATCH}
    return ultra_low(
        verdict,
        order,
        found.asked.drug,
        forms.get(found.asked.piece, Form.IMMEDIATE),
        knowledge,
        starts=found.asked.starts,
        last_opioid=last.last_dose if last else None,
        prescriber=signed.prescriber,
        review=signed.review,
        as_of=as_of,
    )


def ldn_from(drug: Drug, form: Form | None, last_opioid: date) -> LdnFrom:
    """When LDN could be begun, from the washout of the opioid; None where no interval is known."""
    row = drug.washout_for(form)
    minimum = row.minimum if row else None
    prudent = row.prudent if row and row.prudent is not None else minimum
    return LdnFrom(*(None if d is None else last_opioid + timedelta(days=d) for d in (minimum, prudent)))
