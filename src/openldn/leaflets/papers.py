"""The papers of one plan: leaflet, prescription sheet and emergency sheet, from one set of templates.

Black on white throughout, so that a grey printer loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, partial
from typing import Any, Final, Generic, TypeVar

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
USUAL_POINTS: Final = 10.5
LARGE_POINTS: Final = 16


class Paper(StrEnum):
    """The papers there are."""

    LEAFLET = "leaflet"
    PRESCRIPTION = "prescription"
    EMERGENCY = "emergency"


_Taken = TypeVar("_Taken")


@dataclass(frozen=True, slots=True)
class Week(Generic[_Taken]):
    """A row of a month: seven days, None outside the month or the plan."""

    days: tuple[tuple[date, _Taken | None] | None, ...]


_Month = tuple[str, tuple[Week[_Taken], ...]]
"""Its name and its weeks."""


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
            points=LARGE_POINTS if large else USUAL_POINTS,
            sheet=sheet_in(where),
            version=__version__,
            disclaimer=DISCLAIMER,
            liquid=isinstance(plan.article.product, Liquid),
            nothing_against=isinstance(plan.verdict, Suitable),
            months=tuple(_months(plan)),
            qr=code_of(plan.id),
            dose=partial(dose_text, micrograms_too=_with_micrograms(where)),
            supply=supply_text(plan.supplied()),
            times=times_text(plan.times),
            hours=str(int(plan.least.total_seconds()) // 3600),
        )
    )


def sheet_in(where: Country | None) -> str:
    """The size of paper in a country."""
    return "Letter" if where in _LETTER_IN else "A4"


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


def code_of(plan_id: str) -> Markup:
    """The number of a plan as a drawn code."""
    return drawn_code(f"openldn plan {plan_id}", f"Code of plan {plan_id}")


def drawn_code(text: str, title: str) -> Markup:
    """A QR code of a text, drawn; it holds numbers of ours and no patient."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(scale=2, border=2, title=title)
    return Markup(drawing)  # noqa: S704 - our own drawing


def _months(plan: Plan) -> Iterator[tuple[str, tuple[Week[Step], ...]]]:
    """Every month of the plan."""
    yield from months_of({day: step for day, _, step in plan.calendar()}, plan.starts, plan.ends)


def months_of(taken: Mapping[date, _Taken], starts: date, ends: date) -> Iterator[_Month[_Taken]]:
    """Every month with its weeks from Monday to Sunday, those in which nothing is taken left out.

    Args:
        taken: what, by day.
        starts: the first day.
        ends: the last day.
    """
    first = starts.replace(day=1)
    while first <= ends:
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
