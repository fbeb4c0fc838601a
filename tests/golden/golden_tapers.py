"""Golden cases of tapers: what is asked for in YAML, and what the schedule says, as people read it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, Final

from golden_records import KNOWN

from openldn.knowledge.schema import Therapy
from openldn.plan.ladders import CannotPlan
from openldn.plan.weaning.stock import read_units
from openldn.plan.weaning.taper import Asked, Piece, Schedule, Taper, schedule
from openldn.plan.weaning.targets import Basis
from openldn.plan.weaning.uldn import beside_taper
from openldn.quantities import Dose, DoseRate
from openldn.screening.verdict import Suitable

TAPER_KEYS: Final = frozenset({"case", "source", "arithmetic", "as_of", "taper", "uldn", "expect"})


def tapered(case: dict[str, Any]) -> dict[str, Any]:
    """What came out, under the names that a case may expect."""
    given, as_of = case["taper"], date.fromisoformat(case["as_of"])
    units = tuple(read_units([given["stock"]]))
    kind = DoseRate if units[0].piece is Piece.PATCH else Dose
    step = given.get("max_step", "25")
    asked = Asked(
        drug=KNOWN.drugs[given["drug"]],
        daily=kind.parse(given["from"]).base,
        units=units,
        starts=as_of,
        duration=int(given["duration"]) if "duration" in given else None,
        rate=Fraction(given["rate"]) / 100 if "rate" in given else None,
        basis=Basis(given.get("basis", "hybrid")),
        max_step=None if step == "none" else Fraction(step) / 100,
        floor=kind.parse(given["floor"]).base if "floor" in given else None,
        faster_by=given.get("faster_by", ""),
    )
    try:
        found = schedule(asked, KNOWN, as_of=as_of)
        if "uldn" not in case:
            return _told(found)
        signed = Taper(Suitable(Therapy.TAPER, as_of, None), found, "Dr A", as_of)
        beside = beside_taper(Suitable(Therapy.ULDN, as_of, None), case["uldn"], signed, KNOWN, as_of=as_of)
        return _told(found) | {
            "says": f"{beside.says} {beside.first_dose}",
            "ends": beside.ends and beside.ends.isoformat(),
            "ldn": beside.ldn and f"{beside.ldn.minimum}, prudently {beside.ldn.prudent}",
        }
    except CannotPlan as error:
        return {"refused": str(error)}


def _told(found: Schedule) -> dict[str, Any]:
    piece = found.asked.piece
    stuck = found.stuck
    return {
        "daily": [
            piece.text(s.day.total) + (" every other day" if s.every == 2 else "") for s in found.steps
        ],
        "interval": str(found.pace.interval),
        "rate": f"{found.pace.rate * 100} %",
        "stops": found.stops and found.stops.isoformat(),
        "stuck": stuck and f"{piece.text(stuck.at)}, next {piece.text(stuck.below)}",
        "warns": "; ".join(found.pace.warnings),
    }
