"""Change the plan as a review proposes, once somebody has signed; a safety stop needs no signature.

Rules read here: those of the proposal.
"""

from __future__ import annotations

from openldn.followup.review import Review
from openldn.followup.tolerability import NIGHT, Phase, after_change
from openldn.knowledge.load import Knowledge
from openldn.plan.changes import Change, Move
from openldn.plan.limits import Limiter
from openldn.plan.revision import Onward, planned_rises, revised
from openldn.plan.steps import Plan
from openldn.screening.verdict import Limit


class NotSigned(ValueError):
    """A proposal that nobody signed; says who may."""


def adjusted(review: Review, knowledge: Knowledge, *, by: str = "") -> Plan:
    """The plan after the proposal of a review; the same plan where the proposal changes nothing in it.

    Args:
        review: with the plan it is about.
        knowledge: the rules.
        by: the prescriber who signs. A stop, a wait and a hold do not wait for it.

    Raises:
        NotSigned: a change that needs a prescriber's name.
        CannotPlan, CannotMeasure: the change needs a plan of its own; says why.
    """
    plan, proposal, setting = review.plan, review.proposal, review.setting
    move = proposal.move
    if not move.changes_plan or _as_planned(review):
        return plan
    if not by.strip() and proposal.needs_signature:
        raise NotSigned(f"{move}: a proposal that a prescriber signs by name")
    after = after_change(review.standing, move, setting)
    onward = Onward(
        rung=None if after.phase is Phase.OVER else after.rung,
        halved=after.phase is Phase.REDUCED,
        climbs=move in (Move.RISE, Move.RESTART) and after.phase is Phase.TAKING and not after.stays,
        morning=after.morning != NIGHT and setting.once_at_night,
    )
    change = Change(proposal.starts, move, proposal.rule.id, by.strip())
    last_day = None
    if move is Move.LAST_DOSE and review.grounds.last_dose:
        limit = Limit(last_day=review.grounds.last_dose)
        last_day = Limiter(proposal.rule.id, review.grounds.operation, limit)
    return revised(plan, change, onward, knowledge, as_of=review.as_of, last_day=last_day)


def _as_planned(review: Review) -> bool:
    """Whether the plan already says what is proposed: a rise on its day, no rise, nothing at all."""
    plan, proposal = review.plan, review.proposal
    rises = tuple(planned_rises(plan))
    if proposal.move is Move.RISE:
        return proposal.starts in rises
    if review.standing.phase is Phase.OVER:
        return not plan.steps
    return proposal.move is Move.HOLD and not any(d >= proposal.starts for d in rises)
