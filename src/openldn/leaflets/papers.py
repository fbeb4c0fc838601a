"""The papers of one plan: leaflet, prescription sheet and emergency sheet, from one set of templates.

Black on white throughout, so that a grey printer loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, partial
from typing import Any, Final

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from openldn import __version__
from openldn.knowledge.schema import Country
from openldn.leaflets.consent import Texts
from openldn.leaflets.pictures import drawn
from openldn.leaflets.wording import (
    amount_text,
    bite_text,
    day_text,
    dose_in_words,
    dose_text,
    how_to_measure,
    item_text,
    supply_text,
    times_text,
    tolerance_text,
    with_days,
)
from openldn.plan.rounding import Liquid, Measured
from openldn.plan.steps import Plan, Step
from openldn.screening.verdict import Suitable

DISCLAIMER: Final = "Information for a prescriber's decision, not a prescription by itself."
_MICROGRAMS_IN: Final = ("GB", None)
"""Countries that write doses below 1 mg in micrograms; without a country both forms are shown."""
_LETTER_IN: Final = ("US",)
_USUAL_POINTS: Final = 10.5
_LARGE_POINTS: Final = 16


class Paper(StrEnum):
    """The papers there are."""

    LEAFLET = "leaflet"
    PRESCRIPTION = "prescription"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Week:
    """A row of a month: seven days, None outside the month or the plan."""

    days: tuple[tuple[date, Step | None] | None, ...]


def paper_html(paper: Paper, plan: Plan, texts: Texts, *, large: bool = False) -> str:
    """One paper as an HTML page without any outside file.

    Args:
        paper: which one.
        plan: what is planned, and the verdict it rests on.
        texts: what is told besides.
        large: large type, for readers who need it.
    """
    where = plan.verdict.where
    return (
        templates()
        .get_template(f"{paper}.html")
        .render(
            plan=plan,
            texts=texts,
            points=_LARGE_POINTS if large else _USUAL_POINTS,
            sheet="Letter" if where in _LETTER_IN else "A4",
            version=__version__,
            disclaimer=DISCLAIMER,
            liquid=isinstance(plan.article.product, Liquid),
            nothing_against=isinstance(plan.verdict, Suitable),
            months=tuple(_months(plan)),
            qr=Markup(_qr(plan.id)),  # noqa: S704 - our own drawing
            dose=partial(dose_text, micrograms_too=_with_micrograms(where)),
            supply=supply_text(plan.supplied()),
            times=times_text(plan.times),
            hours=str(int(plan.least.total_seconds()) // 3600),
        )
    )


def _with_micrograms(where: Country | None) -> bool:
    return where in _MICROGRAMS_IN


@cache
def templates() -> Environment:
    """The one environment of all pages: the words that every template knows."""
    environment = Environment(
        loader=PackageLoader("openldn.leaflets", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= _words()
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment


def _words() -> dict[str, Any]:
    return {
        "day": day_text,
        "measure": how_to_measure,
        "tolerance": tolerance_text,
        "in_words": dose_in_words,
        "amount": amount_text,
        "item": item_text,
        "bite": bite_text,
        "pictures": _pictures,
        "with_days": with_days,
    }


def _pictures(measured: Measured) -> Iterator[Markup]:
    for svg in drawn(measured):
        yield Markup(svg)  # noqa: S704 - our own drawing


def _qr(plan_id: str) -> str:
    code = segno.make(f"openldn plan {plan_id}", error="m", micro=False)
    return str(code.svg_inline(scale=2, border=2, title=f"Code of plan {plan_id}"))


def _months(plan: Plan) -> Iterator[tuple[str, tuple[Week, ...]]]:
    """Every month of the plan with its weeks from Monday to Sunday."""
    taken = {day: step for day, _, step in plan.calendar()}
    first = plan.starts.replace(day=1)
    while first <= plan.ends:
        following = (first + timedelta(days=31)).replace(day=1)
        monday = first - timedelta(days=first.weekday())
        weeks = []
        while monday < following:
            days = [monday + timedelta(days=n) for n in range(7)]
            week = Week(tuple((d, taken.get(d)) if first <= d < following else None for d in days))
            if any(cell and cell[1] for cell in week.days):
                weeks.append(week)
            monday += timedelta(days=7)
        yield f"{day_text(first).split(' ', 1)[1]}", tuple(weeks)
        first = following
