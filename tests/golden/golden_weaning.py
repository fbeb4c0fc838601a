"""Stories of tapers: what is asked for, a diary by day numbers, what is asked on which morning.

Day 1 is the first; `expect: {"12": ...}` is the review on the morning of day 12, which has read the entries
up to day 11. `signs: {"12": extend}` is what a prescriber signs that morning, `review: {"12": "40"}` the next
review (otherwise day 31). What took place is kept after each morning, as a clinic keeps it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from golden_records import KNOWN

from openldn.followup.weaning.review import TaperReview, dose_text, review_taper, signed
from openldn.knowledge.schema import Therapy
from openldn.plan.weaning.changes import Move
from openldn.plan.weaning.stock import read_units
from openldn.plan.weaning.taper import Asked, Piece, Taper, schedule
from openldn.quantities import Dose, DoseRate
from openldn.record.diary import read_diary
from openldn.screening.verdict import Suitable

KEYS: Final = frozenset(
    {"case", "source", "arithmetic", "start", "taper", "diary", "signs", "review", "expect"}
)
EXPECTED: Final = frozenset({"move", "rule", "dose", "besides", "told", "says"})
GOOD: Final = {"taken": "yes", "effects": "none"}
_USUAL: Final = {"drug": "oxycodone", "from": "40 mg", "stock": "5 mg", "floor": "20 mg", "duration": "56"}


def taper_of(case: dict[str, Any]) -> Taper:
    """The taper that a story begins with."""
    start, given = date.fromisoformat(case["start"]), _USUAL | case.get("taper", {})
    units = tuple(read_units([given["stock"]]))
    kind = DoseRate if units[0].piece is Piece.PATCH else Dose
    asked = Asked(
        drug=KNOWN.drugs[given["drug"]],
        daily=kind.parse(given["from"]).base,
        units=units,
        starts=start,
        duration=int(given["duration"]),
        max_step=None if given.get("max_step") == "none" else Fraction(1, 4),
        floor=kind.parse(given["floor"]).base if given["floor"] else None,
    )
    found = schedule(asked, KNOWN, as_of=start)
    verdict = Suitable(Therapy.TAPER, start, None)
    return Taper(verdict, found, "Dr A", start + timedelta(days=30))


def steered(case: dict[str, Any]) -> dict[int, TaperReview]:
    """The review of each morning that a story speaks of."""
    taper, start = taper_of(case), date.fromisoformat(case["start"])
    rows = _rows(case["diary"], start)
    wanted = {int(n) for n in case["expect"]}
    found: dict[int, TaperReview] = {}
    for n in range(1, max(wanted) + 1):
        known = ((f"day {m}", row) for m, row in rows.items() if m < n)
        answer = review_taper(taper, read_diary(known, KNOWN), KNOWN, as_of=start + timedelta(days=n - 1))
        taper = answer.followed
        sign, review = case.get("signs", {}).get(str(n)), case.get("review", {}).get(str(n))
        if sign or review:
            on = start + timedelta(days=int(review) - 1) if review else None
            taper = signed(answer, Move(sign or "as planned"), by="Dr A", review=on)
        if n in wanted:
            found[n] = answer
    return found


def _rows(told: dict[str, Any], start: date) -> dict[int, dict[str, str]]:
    rows: dict[int, dict[str, str]] = {}
    for days, fields in told.items():
        span = re.fullmatch(r"(-?\d+)(?:\.\.(-?\d+))?", days)
        assert span, f"{days}: write a day like '12' or days like '1..10'"
        for n in range(int(span[1]), int(span[2] or span[1]) + 1):
            rows.pop(n, None)
            day = {"date": (start + timedelta(days=n - 1)).isoformat()}
            if fields != "blank":
                rows[n] = day | (GOOD if fields == "good" else GOOD | fields)
    return dict(sorted(rows.items()))


def told(answer: TaperReview) -> dict[str, Any]:
    """A review in the words of a story."""
    return {
        "move": str(answer.asked.move),
        "rule": answer.asked.rule.id.removeprefix("weaning/"),
        "dose": dose_text(answer.taper, answer.standing.step),
        "besides": [a.rule.id.removeprefix("weaning/") for a in answer.besides],
        "told": "yes" if answer.asked.candidate.tells_patient else "no",
    }
