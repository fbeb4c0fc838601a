"""A taper from what was saved of it: the same taper, or a refusal.

The schedule is made again from what was asked for; one that does not come out as it was saved is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.ladders import CannotPlan
from openldn.plan.saved import BadPlan, verdict_of
from openldn.plan.weaning.changes import Change, Move
from openldn.plan.weaning.taper import Agreement, Asked, Piece, Taper, Unit, schedule
from openldn.plan.weaning.targets import Basis

Fields = Mapping[str, Any]
_NOT_ONE: Final = "not a taper as `openldn wean FILE ... --json` prints it"


def taper_of(fields: Fields, knowledge: Knowledge) -> Taper:
    """The taper that was saved.

    Args:
        fields: as `openldn wean FILE ... --json` prints it.
        knowledge: the rules of today.

    Raises:
        BadPlan: no such taper, a calculation without a plan, one that was altered, or one that the rules of
            today would make otherwise.
    """
    if fields.get("plan") is None:
        raise BadPlan("a calculation: nobody was screened, and nobody answers for it; plan it with a FILE")
    try:
        found = _taper(fields, knowledge)
    except KeyError as error:
        raise BadPlan(f"{_NOT_ONE}: {error.args[0]!r} is missing or no longer known") from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise BadPlan(f"{_NOT_ONE}: {error}") from error
    told = [(s["from"], s["to"], _amount(s["daily"]), s["every_days"]) for s in fields["steps"]]
    made = [(s.starts.isoformat(), s.ends.isoformat(), s.day.total, s.every) for s in found.schedule.steps]
    if told != made or found.id != fields["plan"]["id"]:
        raise BadPlan("what it asks for gives another schedule: it was altered, or the rules have changed")
    return found


def _taper(fields: Fields, knowledge: Knowledge) -> Taper:
    plan, asked = fields["plan"], _asked(fields, knowledge)
    verdict = verdict_of(plan["screening"], knowledge)
    if verdict.therapy is not Therapy.TAPER:
        raise CannotPlan(f"the verdict is for {verdict.therapy}, not for a taper")
    return Taper(
        verdict,
        schedule(asked, knowledge, as_of=verdict.as_of),
        plan["prescriber"],
        date.fromisoformat(plan["review"]),
        Agreement(tuple(plan["team"]), _day(plan["agreed_on"])),
        tuple(_change(c) for c in plan["changes"]),
        _day(plan["settled"]),
    )


def _asked(fields: Fields, knowledge: Knowledge) -> Asked:
    asked = fields["asked"]
    return Asked(
        drug=knowledge.drugs[fields["drug"]],
        daily=_amount(fields["from"]),
        units=tuple(Unit(_amount(u), Piece(u["kind"]), u["text"]) for u in fields["stock"]),
        starts=date.fromisoformat(asked["starts"]),
        duration=asked["duration_days"],
        rate=_fraction(asked["rate"]),
        interval=asked["interval_days"],
        basis=Basis(fields["basis"]),
        max_step=_fraction(asked["max_step"]),
        floor=asked["floor"],
        doses_a_day=asked["doses_a_day"],
        faster_by=asked["faster_by"] or "",
    )


def _amount(fields: Fields) -> int:
    return int(fields["nanograms_per_hour"] if "nanograms_per_hour" in fields else fields["nanograms"])


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _change(fields: Fields) -> Change:
    on, move = date.fromisoformat(fields["on"]), Move(fields["move"])
    return Change(on, move, fields["rule"] or "", fields["by"] or "", _day(fields["review"]))
