"""A taper as one picture: the doses that were and that lie ahead, withdrawal scores, pauses.

Black, white and grey only; floats are coordinates here and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import escape
from typing import Final

from openldn.followup.weaning.review import TaperReview
from openldn.leaflets.wording import day_text
from openldn.record.diary import Diary

_WIDTH: Final = 700
_HEIGHT: Final = 230
_LEFT, _RIGHT = 70, 690
_DOSES: Final = (16, 130)
"""Top and bottom of the part with the doses."""
_SCORES: Final = (146, 186)
_DAYS: Final = 204
_LEGEND: Final = 222
_ONE_DAY: Final = timedelta(days=1)
_TEXT: Final = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="10"'
_KEY: Final = (
    "grey: taken; white: ahead, if nothing comes between; black bar: held the taper; "
    "dot: withdrawal score, % of its highest"
)
_HIGHEST: Final = {"cows": 48, "sows-16": 64, "sows-gossop": 30}


def taper_svg(found: TaperReview, diary: Diary) -> str:
    """The picture, with a title that says the same in words."""
    lived = [(d.day, d.planned) for d in found.lived]
    ahead = [
        (step.starts + n * _ONE_DAY, 0 if n % step.every else step.day.total)
        for step in found.ahead
        for n in range(step.days)
        if step.starts + n * _ONE_DAY > found.closed
    ]
    days = [*lived, *ahead]
    if not days:
        return ""
    first, last = days[0][0], max(days[-1][0], days[0][0] + _ONE_DAY)
    most = found.taper.schedule.asked.daily

    def x(day: date) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (day - first).days / ((last - first).days + 1)

    def y(amount: int) -> float:
        return _DOSES[1] - (_DOSES[1] - _DOSES[0]) * amount / most

    width = (_RIGHT - _LEFT) / ((last - first).days + 1)
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            f"<title>{escape(_in_words(found))}</title>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            *(_bar(x(d), y(a), width, d <= found.closed) for d, a in days if a),
            *(_pause(x(d.day), width) for d in found.lived if d.amounts_to.sign.holds),
            *_axis(found, most),
            *_scores(diary, x, first, last),
            f'<line x1="{x(found.closed + _ONE_DAY):.1f}" x2="{x(found.closed + _ONE_DAY):.1f}" y1="10" '
            f'y2="{_SCORES[1]}" stroke="#000" stroke-dasharray="3 3"/>',
            _label(_LEFT, _DAYS, day_text(first)),
            _label(_RIGHT, _DAYS, day_text(last), "end"),
            _label(_LEFT, _LEGEND, _KEY),
            "</svg>",
        )
    )  # fmt: skip


def _in_words(found: TaperReview) -> str:
    changes = [f"{c.move} on {day_text(c.on)}" for c in found.done]
    taken = ", ".join(changes) or "no change so far"
    return f"Taper of {found.taper.schedule.asked.drug.name}: {taken}; asked for: {found.asked.move}"


def _bar(x: float, top: float, width: float, past: bool) -> str:
    fill = "#999" if past else "#fff"
    return (
        f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.2f}" height="{_DOSES[1] - top:.1f}" fill="{fill}" '
        'stroke="#333" stroke-width=".4"/>'
    )


def _pause(x: float, width: float) -> str:
    return f'<rect x="{x:.1f}" y="{_DOSES[1] + 3}" width="{max(width, 2):.1f}" height="6" fill="#000"/>'


def _axis(found: TaperReview, most: int) -> Iterator[str]:
    piece = found.taper.schedule.asked.piece
    yield _label(_LEFT - 4, _DOSES[0] + 6, piece.text(most), "end")
    yield _label(_LEFT - 4, _DOSES[1], "0", "end")
    yield f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{_DOSES[1]}" y2="{_DOSES[1]}" stroke="#000"/>'
    yield _label(_LEFT - 4, _SCORES[0] + 6, "100 %", "end")
    yield _label(_LEFT - 4, _SCORES[1], "0", "end")
    yield f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{_SCORES[1]}" y2="{_SCORES[1]}" stroke="#777"/>'


def _scores(diary: Diary, x: Callable[[date], float], first: date, last: date) -> Iterator[str]:
    for entry in diary.entries:
        if not first <= entry.day <= last:
            continue
        for result in entry.results:
            highest = _HIGHEST.get(result.measure)
            if highest is None or result.amount is None:
                continue
            part = float(result.amount.low) / highest
            place = _SCORES[1] - (_SCORES[1] - _SCORES[0]) * min(part, 1)
            yield f'<circle cx="{x(entry.day):.1f}" cy="{place:.1f}" r="2.5" fill="#000"/>'


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {_TEXT}>{escape(text)}</text>'
