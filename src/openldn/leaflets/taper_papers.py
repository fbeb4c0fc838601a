"""The leaflet of a taper, with ULDN beside it or not, and that of ULDN beside an opioid that goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from openldn import __version__
from openldn.knowledge.load import Knowledge
from openldn.leaflets.consent import Told, taper_texts
from openldn.leaflets.papers import (
    DISCLAIMER,
    LARGE_POINTS,
    USUAL_POINTS,
    code_of,
    months_of,
    sheet_in,
    templates,
)
from openldn.plan.weaning.taper import WEAR, Piece, Step, Taper, Unit
from openldn.plan.weaning.uldn import UltraLow

_NAMES: Final = {
    Piece.IMMEDIATE: ("tablet or capsule", "tablets or capsules"),
    Piece.EXTENDED: ("extended-release tablet or capsule", "extended-release tablets or capsules"),
    Piece.PATCH: ("patch", "patches"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A step as it is printed."""

    step: Step
    amount: str
    """A day: '35 mg every day', '5 mg every other day'."""
    taken: tuple[str, ...]
    """How, one line for the doses that are alike: '3 times a day: 2 tablets or capsules of 5 mg'."""


def taper_leaflet_html(
    taper: Taper,
    steps: tuple[Step, ...],
    knowledge: Knowledge,
    *,
    beside: UltraLow | None = None,
    is_open: bool = False,
    large: bool = False,
) -> str:
    """The leaflet of a taper as an HTML page without any outside file.

    Args:
        taper: what is planned, and the verdict it rests on.
        steps: those to print: all of the schedule, or what lies ahead.
        knowledge: what is told besides.
        beside: ULDN that goes with it.
        is_open: whether nobody knows how long the one step is taken.
        large: large type, for readers who need it.
    """
    rows = tuple(Row(s, amount_text(s, taper), tuple(taken_lines(s, taper))) for s in steps)
    taken = {day: row for row in rows for day in days_taken(row.step, taper)}
    return _rendered(
        "taper.html",
        taper,
        knowledge,
        beside,
        large,
        rows=rows,
        review=taper.review_on(date.max),
        is_open=is_open,
        patch=taper.schedule.asked.piece is Piece.PATCH,
        supply=supply_lines(taper) if not taper.changes else (),
        months=() if is_open or not rows else tuple(months_of(taken, steps[0].starts, steps[-1].ends)),
    )


def uldn_leaflet_html(beside: UltraLow, knowledge: Knowledge, *, large: bool = False) -> str:
    """The leaflet of ULDN beside an opioid that goes on."""
    return _rendered("uldn.html", beside, knowledge, beside, large)


def _rendered(
    template: str,
    plan: Taper | UltraLow,
    knowledge: Knowledge,
    beside: UltraLow | None,
    large: bool,
    **more: object,
) -> str:
    topics = ["taper-danger"]
    topics += ["taper", "taper-agree"] if isinstance(plan, Taper) else []
    topics += ["uldn", "uldn-agree"] if beside else []
    told: dict[str, Told] = {t.replace("-", "_"): taper_texts(t, knowledge) for t in topics}
    sources = {key: found for texts in told.values() for key, found in texts.sources.items()}
    return (
        templates()
        .get_template(template)
        .render(
            plan=plan,
            beside=beside,
            points=LARGE_POINTS if large else USUAL_POINTS,
            sheet=sheet_in(plan.verdict.where),
            version=__version__,
            disclaimer=DISCLAIMER,
            qr=code_of(plan.id),
            told=Told((), sources),
            **told,
            **more,
        )
    )


def amount_text(step: Step, taper: Taper) -> str:
    """What is taken a day."""
    asked = taper.schedule.asked
    if asked.piece is Piece.PATCH:
        return asked.piece.text(step.day.total)
    return f"{asked.piece.text(step.day.total)} {'every other day' if step.every > 1 else 'every day'}"


def taken_lines(step: Step, taper: Taper) -> Iterator[str]:
    """How the doses of a day are made: those that are alike together, the larger first."""
    piece = taper.schedule.asked.piece
    for dose, times in sorted(Counter(step.day.doses).items(), reverse=True):
        how = " and ".join(_units(unit, n, taper) for unit, n in dose)
        often = {1: "once a day", 2: "twice a day"}.get(times, f"{times} times a day")
        yield f"{how} at once" if piece is Piece.PATCH else f"{often}: {how}"


def _units(amount: int, count: int, taper: Taper) -> str:
    unit = _unit(amount, taper)
    if unit.piece is Piece.LIQUID:
        return f"{count} × the measure of {unit.text} ({unit.piece.text(amount)})"
    one, many = _NAMES[unit.piece]
    return f"{count} {one if count == 1 else many} of {unit.piece.text(amount)}"


def _unit(amount: int, taper: Taper) -> Unit:
    return next(u for u in taper.schedule.asked.units if u.amount == amount)


def supply_lines(taper: Taper) -> tuple[str, ...]:
    """What is dispensed in all."""
    return tuple(_units(unit, n, taper) for unit, n in sorted(taper.schedule.dispensed.items()))


def days_taken(step: Step, taper: Taper) -> Iterator[date]:
    """The days on which something of a step is taken, or a patch is changed."""
    asked = taper.schedule.asked
    every = WEAR.get(asked.drug.name, 1) if asked.piece is Piece.PATCH else step.every
    for n in range(0, step.days, every):
        yield step.starts + timedelta(days=n)
