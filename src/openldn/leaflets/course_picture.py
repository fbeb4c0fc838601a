"""The course so far as one picture, and the same as a small table: doses, symptoms, trouble, gaps.

Black, white and grey only, and every kind of mark has a shape of its own, so that a grey printer and a reader
who sees no colours lose nothing. Floats are coordinates here and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from html import escape
from itertools import groupby
from typing import Final

from openldn.followup.review import Review
from openldn.leaflets.wording import day_text
from openldn.plan.revision import dose_at
from openldn.plan.steps import Plan
from openldn.quantities import Dose, number_text
from openldn.record.diary import Diary, Entry, Taken

# Colours and fonts are attributes of the drawing: the PDF library reads no page style inside an SVG.
_WIDTH: Final = 700
_HEIGHT: Final = 194
_LEFT, _RIGHT = 64, 688
_SYMPTOMS: Final = (20, 70)
"""Top and bottom of the part with the symptoms, 10 above and 0 below."""
_EFFECTS: Final = 82
_MISSED: Final = 93
_DOSES: Final = (106, 154)
_DAYS: Final = 167
_LEGEND: Final = 186
_BEFORE: Final = timedelta(days=14)
"""So much of the diary before the first dose is drawn: what the symptoms are compared with."""
_ONE_DAY: Final = timedelta(days=1)
_MOST_COLUMNS: Final = 18
_DOTS_UNTIL: Final = 200
"""Days up to which each score has a dot of its own."""


@dataclass(frozen=True, slots=True)
class CourseDay:
    """One day: what was planned and what the diary says of it."""

    day: date
    dose: Dose | None
    """Planned at once; None: nothing."""
    symptoms: Fraction | None
    worst: int
    """The worst grade of a side effect, 0 without any."""
    missed: bool
    hole: bool
    """Nothing written, or the questions about effects or painkillers left open."""
    changed: bool
    """Whether another dose, or another time, begins on it."""


@dataclass(frozen=True, slots=True)
class Period:
    """Some days of the course in one column of the table."""

    first: int
    """Counted from the first dose, which is day 1; those before are not positive."""
    last: int
    doses: tuple[str, ...]
    """In mg, in order, each change once; "none" where nothing is planned."""
    symptoms: str
    """The mean with one decimal; empty without a score."""
    holes: int
    missed: int
    worst: int


def dose_starts(plan: Plan) -> tuple[tuple[date, Dose | None], ...]:
    """From which day on which dose was planned, from the first dose to the last step."""
    found: list[tuple[date, Dose | None]] = [(c.on, c.dose) for c in plan.changes]
    if found and found[0][0] > plan.began:
        found.insert(0, (plan.began, dose_at(plan, 0)))
    return (*found, *((s.starts, s.dose) for s in plan.steps))


def dose_planned(plan: Plan, day: date) -> Dose | None:
    """What was planned at once on a day; the last step holds until somebody decides."""
    begun = [dose for starts, dose in dose_starts(plan) if starts <= day]
    return begun[-1] if begun else None


def is_hole(entries: tuple[Entry, ...]) -> bool:
    """Whether a day says nothing of effects or of painkillers."""
    return all(e.effects is None for e in entries) or all(e.painkiller is None for e in entries)


def course_days(answer: Review, diary: Diary) -> tuple[CourseDay, ...]:
    """Every day from the entries before the first dose to the last one that was looked at."""
    plan = answer.plan
    first = min((e.day for e in diary.entries if e.day >= plan.began - _BEFORE), default=plan.began)
    first = min(first, plan.began)
    changed = {c.on for c in plan.changes} | {s.starts for s in plan.steps if s.starts > plan.began}
    days = (first + timedelta(days=n) for n in range((answer.closed - first).days + 1))
    return tuple(_course_day(plan, day, diary.on(day), day in changed) for day in days)


def _course_day(plan: Plan, day: date, entries: tuple[Entry, ...], changed: bool) -> CourseDay:
    scores = [e.symptoms for e in entries if e.symptoms is not None]
    dose = dose_planned(plan, day)
    return CourseDay(
        day,
        dose,
        Fraction(sum(scores), len(scores)) if scores else None,
        max((f.grade for e in entries for f in e.effects or ()), default=0),
        dose is not None and any(e.taken is Taken.MISSED for e in entries),
        day >= plan.began and is_hole(entries),
        changed,
    )


def periods(days: Sequence[CourseDay], began: date) -> Iterator[Period]:
    """The course in columns of one or more whole weeks, counted from the first dose."""
    if not days:
        return
    weeks = -(-len(days) // (7 * _MOST_COLUMNS))
    for _, grouped in groupby(days, lambda d: (d.day - began).days // (7 * weeks)):
        part = list(grouped)
        scores = [d.symptoms for d in part if d.symptoms is not None]
        yield Period(
            first=(part[0].day - began).days + 1,
            last=(part[-1].day - began).days + 1,
            doses=tuple(in_mg(dose) for dose, _ in groupby(d.dose for d in part if d.day >= began)),
            symptoms=about(sum(scores, Fraction(0)) / len(scores)) if scores else "",
            holes=sum(d.hole for d in part),
            missed=sum(d.missed for d in part),
            worst=max(d.worst for d in part),
        )


def in_mg(dose: Dose | None) -> str:
    """The number of a dose in mg, for a column that names the unit."""
    return "none" if dose is None else number_text(dose.in_unit("mg"))


def about(value: Fraction) -> str:
    """A mean for a reader, with one decimal at most."""
    return number_text(Fraction(round(value * 10), 10))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where days and doses lie in the picture."""

    first: date
    days: int
    highest: int
    """In nanograms."""

    def x(self, day: date) -> float:
        """The left edge of a day."""
        return _LEFT + (day - self.first).days * (_RIGHT - _LEFT) / self.days

    def middle(self, day: date) -> float:
        return self.x(day) + (_RIGHT - _LEFT) / self.days / 2

    def dose(self, dose: Dose | None) -> float:
        top, bottom = _DOSES
        return bottom - (dose.base if dose else 0) * (bottom - top) / self.highest

    def symptoms(self, score: Fraction) -> float:
        top, bottom = _SYMPTOMS
        return bottom - float(score) * (bottom - top) / 10


def course_svg(days: Sequence[CourseDay], answer: Review) -> str:
    """The picture: symptoms above, side effects and missed doses between, the dose below.

    Days without answers are hatched over the whole height; a dashed line is the day of the review, and what
    is proposed from then on is dashed too.
    """
    plan, proposal = answer.plan, answer.proposal
    first = days[0].day if days else answer.as_of
    shown = (answer.as_of - first).days + 1
    ahead = max(shown // 16, 2)
    doses = [d.dose for d in days if d.dose] + ([proposal.dose] if proposal.dose else [])
    scale = _Scale(first, shown + ahead, max((d.base for d in doses), default=Dose.mg(1).base))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" aria-labelledby="course-title course-words">',
        '<title id="course-title">Doses and symptoms, day by day</title>',
        f'<desc id="course-words">{escape(_in_words(days, answer))}</desc>',
        *_holes(days, scale),
        *_frame(days, doses, scale),
        *_symptoms(days, scale),
        *_marks(days, scale),
        *_dose_line(days, scale),
        *_judged(answer, scale, first + timedelta(days=shown + ahead)),
        *_dates(max(plan.began, first), answer.as_of, scale),
        *_legend(),
        "</svg>",
    ]
    return "".join(parts)


def _in_words(days: Sequence[CourseDay], answer: Review) -> str:
    """The picture for someone who hears it."""
    began = answer.plan.began
    if not days:
        return f"Nothing yet before {day_text(answer.as_of)}."
    since = [d for d in days if d.day >= began]
    runs = [next(run) for _, run in groupby(since, lambda d: d.dose)]
    steps = ", ".join(f"{in_mg(d.dose)}{' mg' if d.dose else ''} from {day_text(d.day)}" for d in runs)
    scores = [d for d in days if d.symptoms is not None]
    told = "no symptom score"
    if scores:
        values = [d.symptoms for d in scores if d.symptoms is not None]
        told = f"symptoms from {about(values[0])} to {about(values[-1])} of 10"
    return (
        f"{len(since)} days with doses planned: {steps or 'none'}. Diary: {told}; "
        f"{sum(d.worst >= 2 for d in days)} days with a side effect of grade 2 or 3, "
        f"{sum(d.missed for d in days)} with a missed dose, {sum(d.hole for d in days)} not filled in. "
        f"Review on {day_text(answer.as_of)}. The table below tells the same by weeks."
    )


def _runs(days: Iterable[CourseDay]) -> Iterator[tuple[date, date]]:
    """First and last day of each row of days without answers."""
    for hole, run in groupby(days, lambda d: d.hole):
        if hole:
            found = list(run)
            yield found[0].day, found[-1].day


def _holes(days: Sequence[CourseDay], scale: _Scale) -> Iterator[str]:
    for first, last in _runs(days):
        yield _hatched(scale.x(first), _SYMPTOMS[0], scale.x(last + _ONE_DAY), _DOSES[1])


def _hatched(left: float, top: float, right: float, bottom: float) -> str:
    """An area with slanted lines, drawn one by one: patterns come out differently in each reader."""
    lines = []
    rise = bottom - top
    start = left - rise
    while start < right:
        # Each line leans to the right by as much as it rises; what lies outside the area is cut off.
        x1, x2 = max(start, left), min(start + rise, right)
        lines.append(f"M {x1:.1f} {bottom - (x1 - start):.1f} L {x2:.1f} {bottom - (x2 - start):.1f}")
        start += 5
    box = f'x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{bottom - top}"'
    return (
        f'<g class="hole"><rect {box} fill="#eeeeee"/>'
        f'<path d="{" ".join(lines)}" stroke="#777777" stroke-width="0.7" fill="none"/></g>'
    )


def _frame(days: Sequence[CourseDay], doses: Sequence[Dose], scale: _Scale) -> Iterator[str]:
    top, bottom = _SYMPTOMS
    for score in (0, 5, 10):
        y = scale.symptoms(Fraction(score))
        yield _line(_LEFT, y, _RIGHT, y, 0.5, "#999999")
        yield _text(_LEFT - 5, y + 3, str(score), "end")
    yield _text(3, top - 12, "Symptoms (0 none, 10 worst)", "start", bold=True)
    yield _text(_LEFT - 5, _EFFECTS + 3, "side effect", "end")
    yield _text(_LEFT - 5, _MISSED + 3, "missed", "end")
    yield _line(_LEFT, _DOSES[1], _RIGHT, _DOSES[1], 0.8)
    last = 0.0
    for dose in sorted({d.base for d in doses}, reverse=True):  # the highest is the one that has to be named
        y = scale.dose(Dose(dose))
        yield _line(_LEFT, y, _RIGHT, y, 0.3, "#999999")
        if y - last >= 8:
            yield _text(_LEFT - 5, y + 3, Dose(dose).text("mg"), "end")
            last = y
    yield _text(3, _DOSES[1] + 3, "Dose", "start", bold=True)
    if not days:
        yield _text((_LEFT + _RIGHT) / 2, (top + bottom) / 2, "no day to show yet", "middle")


def _symptoms(days: Sequence[CourseDay], scale: _Scale) -> Iterator[str]:
    """A line through scores of days in a row: over a gap nothing is joined."""
    for given, run in groupby(days, lambda d: d.symptoms is not None):
        if not given:
            continue
        points = [(scale.middle(d.day), scale.symptoms(d.symptoms or Fraction(0))) for d in run]
        path = " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)
        yield f'<path d="M {path}" fill="none" stroke="black" stroke-width="1"/>'
        if len(days) <= _DOTS_UNTIL or len(points) == 1:
            for x, y in points:
                yield _dot(x, y)


def _marks(days: Sequence[CourseDay], scale: _Scale) -> Iterator[str]:
    for d in days:
        if d.worst >= 2:
            yield _triangle(scale.middle(d.day), _EFFECTS, filled=d.worst >= 3)
        if d.missed:
            yield _cross(scale.middle(d.day), _MISSED)
        if d.changed:
            yield _arrow(scale.x(d.day))


def _dose_line(days: Sequence[CourseDay], scale: _Scale) -> Iterator[str]:
    """Steps from the first dose on; where nothing is planned the line lies on the ground."""
    began = next((n for n, d in enumerate(days) if d.dose), len(days))
    corners = []
    for dose, run in groupby(days[began:], lambda d: d.dose):
        found, y = list(run), scale.dose(dose)
        left, right = scale.x(found[0].day), scale.x(found[-1].day + _ONE_DAY)
        corners.append(f"{left:.1f} {y:.1f} L {right:.1f} {y:.1f}")
    if corners:
        path = f"M {' L '.join(corners)}"
        yield f'<path class="dose" d="{path}" fill="none" stroke="black" stroke-width="2.2"/>'


def _judged(answer: Review, scale: _Scale, end: date) -> Iterator[str]:
    """The day of the review, and the dose that is proposed from then on."""
    x = scale.x(answer.as_of)
    yield (
        f'<path class="judged" d="M {x:.1f} {_SYMPTOMS[0] - 9} L {x:.1f} {_DOSES[1] + 4}" stroke="black" '
        'stroke-width="1.2" stroke-dasharray="4 2"/>'
    )
    yield _text(min(x, _RIGHT - 20), _SYMPTOMS[0] - 12, "review", "middle", bold=True)
    if answer.proposal.dose is not None:
        y = scale.dose(answer.proposal.dose)
        left = scale.x(max(answer.proposal.starts, scale.first))
        yield (
            f'<path class="proposed" d="M {left:.1f} {y:.1f} L {scale.x(end):.1f} {y:.1f}" stroke="black" '
            'stroke-width="2.2" stroke-dasharray="3 2"/>'
        )


def _dates(began: date, as_of: date, scale: _Scale) -> Iterator[str]:
    shown = (as_of - began).days
    step = 7 * max(-(-shown // (7 * 7)), 1)
    day = began
    while day <= as_of and (_RIGHT - scale.x(day) > 25 or day == began):
        x = scale.x(day)
        yield _line(x, _DOSES[1], x, _DOSES[1] + 4, 0.8)
        yield _text(x, _DAYS, day_text(day), "middle")
        day += timedelta(days=step)


def _legend() -> Iterator[str]:
    y = _LEGEND
    yield _line(4, y - 3, 20, y - 3, 2.2)
    yield _text(24, y, "planned dose", "start")
    yield f'<path d="M 92 {y - 3} L 108 {y - 3}" stroke="black" stroke-width="2.2" stroke-dasharray="3 2"/>'
    yield _text(112, y, "proposed", "start")
    yield _arrow(170, y - 7)
    yield _text(177, y, "change", "start")
    yield _line(222, y - 3, 238, y - 3, 1)
    yield _dot(230, y - 3)
    yield _text(242, y, "symptom score", "start")
    yield _triangle(322, y - 3, filled=False)
    yield _text(329, y, "grade 2 (troublesome)", "start")
    yield _triangle(438, y - 3, filled=True)
    yield _text(445, y, "grade 3 (severe)", "start")
    yield _cross(527, y - 3)
    yield _text(534, y, "missed dose", "start")
    yield _hatched(598, y - 8, 614, y)
    yield _text(618, y, "not filled in", "start")


def _triangle(x: float, y: float, *, filled: bool) -> str:
    """Grade 2 stands on its point and is empty, grade 3 stands on its side and is full."""
    if filled:
        path = f"M {x - 4:.1f} {y + 3.5} L {x + 4:.1f} {y + 3.5} L {x:.1f} {y - 3.5} Z"
        return f'<path class="grade-3" d="{path}" fill="black" stroke="black"/>'
    path = f"M {x - 4:.1f} {y - 3.5} L {x + 4:.1f} {y - 3.5} L {x:.1f} {y + 3.5} Z"
    return f'<path class="grade-2" d="{path}" fill="white" stroke="black"/>'


def _cross(x: float, y: float) -> str:
    path = f"M {x - 3:.1f} {y - 3} L {x + 3:.1f} {y + 3} M {x - 3:.1f} {y + 3} L {x + 3:.1f} {y - 3}"
    return f'<path class="missed" d="{path}" stroke="black" stroke-width="1.4"/>'


def _arrow(x: float, y: float = _DOSES[0] - 7) -> str:
    """A small arrow downwards, onto the line of the dose."""
    head = f"M {x - 2.5:.1f} {y + 3.5} L {x + 2.5:.1f} {y + 3.5} L {x:.1f} {y + 7} Z"
    path = f"M {x:.1f} {y} L {x:.1f} {y + 4} {head}"
    return f'<path class="change" d="{path}" fill="black" stroke="black" stroke-width="0.8"/>'


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.6" fill="white" stroke="black" stroke-width="0.7"/>'


def _line(x1: float, y1: float, x2: float, y2: float, width: float, colour: str = "black") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str, *, bold: bool = False) -> str:
    font = f'font-family="DejaVu Sans, sans-serif" font-size="8" text-anchor="{anchor}"'
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" {font}{weight}>{escape(text)}</text>'
