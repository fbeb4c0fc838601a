"""What a diary says, line by line: each with its place in the diary, and what is not known said too.

Rules read here: followup/no-response for the days of the baseline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from openldn.followup.assessment import Response
from openldn.followup.review import Review
from openldn.followup.signs import blocks
from openldn.knowledge.load import Knowledge
from openldn.leaflets.course_picture import dose_planned, is_hole
from openldn.leaflets.wording import day_text, with_days
from openldn.plan.course import DueKind
from openldn.record.diary import Diary, Entry, Felt, Medicine, Painkiller, Taken

_GRADES: Final = ("none", "mild", "troublesome", "severe")
_MOST_PLACES: Final = 4
_MOST_LETTERS: Final = 80
_NUMBERED: Final = re.compile(r"(.*?)(\d{1,9})")
_ONE_DAY: Final = timedelta(days=1)
_RESPONSES: Final = {
    Response.TOO_EARLY: "too early to judge",
    Response.UNKNOWN: "cannot be judged",
}

_NOT_KNOWN: Final = "not known"
_ADHERENCE: Final = ("taken", "late", "missed", _NOT_KNOWN)
_THE_PLAN: Final = "the plan"
MOST_ROWS: Final = 6
"""Rows of a table before the rest is named in one line: one page is what a visit has time for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: what it is about, what was found, and what it rests on."""

    about: str
    found: str
    rests_on: str
    gap: bool = False
    """Whether it tells of something that is not known."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A side effect over all days."""

    name: str
    worst: int
    stops: bool
    """Whether it is one of those that stop the next dose at any grade."""
    days: int
    """Since the first dose."""
    before: int
    """Days with it before the first dose."""
    first: date
    last: date
    places: str

    @property
    def grade(self) -> str:
        """The worst grade as a number and in a word."""
        return f"{self.worst} ({_GRADES[self.worst]})"


def lines_of(answer: Review, diary: Diary, knowledge: Knowledge) -> Iterator[Line]:
    """The findings in the order in which a prescriber asks for them, what is not known among them."""
    yield from _adherence(answer, diary)
    yield from _symptoms(answer, diary)
    yield from _medicines(diary)
    yield from _tests(answer, diary)
    yield from _other(answer, diary)
    yield from _gaps(answer, diary, knowledge)


def unread(left_out: Sequence[str]) -> Iterator[Line]:
    """What of the diary's file could not be read."""
    if left_out:
        yield Line("Left out of the diary", listed([_cut(t) for t in left_out], "; "), "diary", gap=True)


def _adherence(answer: Review, diary: Diary) -> Iterator[Line]:
    plan = answer.plan
    total = max((answer.closed - plan.began).days + 1, 0)
    if not total:
        yield Line("Doses taken", f"none yet: the first dose is on {day_text(plan.began)}", _THE_PLAN)
        return
    by_kind: dict[str, list[date]] = {}
    for n in range(total):
        day = plan.began + timedelta(days=n)
        by_kind.setdefault(taken_on(answer, diary, day), []).append(day)
    due = total - sum(len(by_kind.get(kind, ())) for kind in (_NONE_PLANNED, _TAKEN_UNPLANNED))
    told = [f"{kind} on {len(by_kind.get(kind, ()))}" for kind in _ADHERENCE]
    more = [
        f"{kind} on {len(by_kind[kind])} more ({days_text(by_kind[kind])})"
        for kind in (_NONE_PLANNED, _TAKEN_UNPLANNED)
        if kind in by_kind
    ]
    found = f"Of {due} days with a dose since {day_text(plan.began)}: {', '.join(told)}."
    if due:
        taken = len(by_kind.get("taken", ())) + len(by_kind.get("late", ()))
        found += f" Known to be taken: {_share(taken, due)} ({taken * 100 // due} %)."
    found += "".join(f" {m[0].upper()}{m[1:]}." for m in more)
    yield Line("Doses taken", found, _places(diary.between(plan.began, answer.closed)))
    for kind in ("late", "missed"):
        if kind in by_kind:
            rests_on = _places(e for d in by_kind[kind] for e in diary.on(d))
            yield Line(f"Days {kind}", days_text(by_kind[kind]), rests_on)
    if _NOT_KNOWN in by_kind:
        rests_on = _places(e for d in by_kind[_NOT_KNOWN] for e in diary.on(d))
        yield Line("Not known if taken", days_text(by_kind[_NOT_KNOWN]), rests_on or _NO_ENTRY, gap=True)
    other = [e for e in diary.between(plan.began, answer.closed) if _another_dose(answer, e)]
    if other:
        said = [f"{e.dose} on {day_text(e.day)}" for e in other if e.dose]
        yield Line("Another dose than planned", listed(said), _places(other))


_NONE_PLANNED: Final = "none planned"
_TAKEN_UNPLANNED: Final = "taken though none planned"
_SHARES: Final = (
    (100, "all"),
    (90, "nearly all"),
    (70, "most"),
    (50, "more than half"),
    (1, "less than half"),
)


def _share(part: int, whole: int) -> str:
    """How much of it in words, rounded down so that it is never made better."""
    percent = part * 100 // whole
    return next((word for least, word in _SHARES if percent >= least), "less than half" if part else "none")


def taken_on(answer: Review, diary: Diary, day: date) -> str:
    """What the diary says of the doses of one day, the worst of its slots."""
    entries = diary.on(day)
    told = {e.taken for e in entries if e.taken is not None}
    if dose_planned(answer.plan, day) is None:
        return _TAKEN_UNPLANNED if told & {Taken.YES, Taken.LATE} else _NONE_PLANNED
    if Taken.MISSED in told:
        return "missed"
    slots = {e.slot for e in entries if e.taken is not None}
    whole = None in slots or len(slots) >= len(answer.plan.slots)
    if not told or Taken.UNKNOWN in told or not whole:
        return _NOT_KNOWN
    return "late" if Taken.LATE in told else "taken"


def _another_dose(answer: Review, entry: Entry) -> bool:
    return entry.dose is not None and entry.dose != dose_planned(answer.plan, entry.day)


def _symptoms(answer: Review, diary: Diary) -> Iterator[Line]:
    grounds, response = answer.grounds, answer.assessment.response
    word = _RESPONSES.get(response, response.value)
    means = "; ".join(r.what for r in grounds.read if r.what not in grounds.response)
    found = f"{word[0].upper()}{word[1:]}: {grounds.response}{f' ({means})' if means else ''}."
    scored = [e for e in diary.between(answer.plan.began, answer.closed) if e.symptoms is not None]
    rests_on = ", ".join(dict.fromkeys(r.where for r in grounds.read if r.where != "symptoms"))
    unknown = response is Response.UNKNOWN
    yield Line("Response", with_days(found), rests_on or _places(scored) or _NO_ENTRY, gap=unknown)
    newest = {
        "symptoms": next((e for e in reversed(diary.entries) if e.symptoms is not None), None),
        "sleep": next((e for e in reversed(diary.entries) if e.sleep is not None), None),
        "global change": next((e for e in reversed(diary.entries) if e.pgic is not None), None),
    }
    said = []
    for what, entry in newest.items():
        if entry is not None:
            value = {"symptoms": entry.symptoms, "sleep": entry.sleep, "global change": entry.pgic}[what]
            scale = "of 7 (4 the same)" if what == "global change" else "of 10 (10 worst)"
            said.append(f"{what} {value} {scale} on {day_text(entry.day)}")
    if said:
        yield Line("Newest scores", "; ".join(said), _places(e for e in newest.values() if e))
    else:
        yield Line("Newest scores", "no score was written", _NO_ENTRY, gap=True)


_NO_ENTRY: Final = "no entry"


def _medicines(diary: Diary) -> Iterator[Line]:
    """Painkillers and new medicines by name; what was taken and not named is a gap."""
    for about, named in (
        ("Painkillers", [(m, e) for e in diary.entries for m in e.painkillers]),
        ("New medicines", [(m, e) for e in diary.entries for m in e.new_medicines]),
    ):
        by_name: dict[str, list[tuple[Medicine, Entry]]] = {}
        # Opioids and names that are not known come first, so that a long list cannot hide them.
        for medicine, entry in sorted(named, key=lambda n: (not blocks(n[0]), n[0].identity.readable)):
            by_name.setdefault(medicine.name.casefold(), []).append((medicine, entry))
        said = [_medicine(found) for found in by_name.values()]
        if said:
            yield Line(about, listed(said, "; ", most=MOST_ROWS), _places(e for _, e in named))
        elif about == "Painkillers":
            asked = [e for e in diary.entries if e.painkiller is not None]
            none = "none: the answer was no on every day asked"
            if any(e.painkiller is not Painkiller.NO for e in asked):
                continue
            yield Line(about, none if asked else "never answered", _places(asked) or _NO_ENTRY, gap=not asked)
    for answer, said_so in (
        (Painkiller.NOT_NAMED, "taken and not named"),
        (Painkiller.OPIOID, "an opioid, its name not given"),
        (Painkiller.NOT_AN_OPIOID, "no opioid by the patient's word, its name not given"),
    ):
        found = [e for e in diary.entries if e.painkiller is answer and not e.painkillers]
        if found:
            days = days_text([e.day for e in found])
            yield Line("Painkiller without a name", f"{said_so}: {days}", _places(found), gap=True)


def _medicine(found: Sequence[tuple[Medicine, Entry]]) -> str:
    medicine = found[0][0]
    told = ""
    if blocks(medicine):
        told = " (AN OPIOID that LDN blocks)"
    elif not medicine.identity.readable:
        told = " (names no medicine that is known)"
    days = sorted({e.day for _, e in found})
    return f"{_cut(medicine.name)}{told}: {days_text(days)}"


def _tests(answer: Review, diary: Diary) -> Iterator[Line]:
    results = [(r, e) for e in diary.entries for r in e.results]
    said = [f"{_cut(r.shown)} on {day_text(e.day)}" for r, e in reversed(results)]
    tested = [e for e in diary.entries if e.pregnancy_test is not None]
    for e in reversed(tested):
        word = "positive" if e.pregnancy_test else "negative"
        said.append(f"pregnancy test {word} on {day_text(e.day)}")
    rests_on = _places([e for _, e in results] + tested)
    yield Line("Tests", listed(said, "; ") if said else "no result in the diary", rests_on or _NO_ENTRY)
    if answer.grounds.tests:
        yield Line("Test overdue", with_days(answer.grounds.tests), "followup/overdue-test", gap=True)
    plan = answer.plan
    due = next((d for d in plan.course.due if d.kind is DueKind.TEST and d.on >= answer.as_of), None)
    if due is not None:
        yield Line("Next test", f"{due.what}, {day_text(due.on)}", due.rule)


def _other(answer: Review, diary: Diary) -> Iterator[Line]:
    grounds = answer.grounds
    if grounds.operation:
        last = f"; last dose {day_text(grounds.last_dose)}" if grounds.last_dose else ""
        told = [e for e in diary.entries if e.operation or e.no_operation]
        yield Line("Operation", with_days(grounds.operation) + last, _places(told) or _THE_PLAN)
    if grounds.override:
        yield Line("Override ended", with_days(grounds.override), "the plan's verdict")
    noted = [e for e in diary.entries if e.note]
    if noted:
        said = [f"{day_text(e.day)}: {_cut(e.note)}" for e in noted[-2:]]
        more = f"; {len(noted) - 2} earlier" if len(noted) > 2 else ""
        yield Line("Patient's notes", "; ".join(said) + more, _places(noted[-2:]))


def _gaps(answer: Review, diary: Diary, knowledge: Knowledge) -> Iterator[Line]:
    """Days without an entry, with questions left open, and what stands in the way of reading them."""
    plan, grounds = answer.plan, answer.grounds
    days = [plan.began + timedelta(days=n) for n in range((answer.closed - plan.began).days + 1)]
    empty = [d for d in days if not diary.on(d)]
    open_ = [d for d in days if diary.on(d) and is_hole(diary.on(d))]
    unscored = [d for d in days if diary.on(d) and all(e.symptoms is None for e in diary.on(d))]
    if empty:
        yield Line("No entry", f"{_days(len(empty))}: {days_text(empty)}", _NO_ENTRY, gap=True)
    if open_:
        places = _places(e for d in open_ for e in diary.on(d))
        found = f"effects or painkillers on {_days(len(open_))}: {days_text(open_)}"
        yield Line("Left open", found, places, gap=True)
    if unscored:
        places = _places(e for d in unscored for e in diary.on(d))
        yield Line("No symptom score", f"{_days(len(unscored))}: {days_text(unscored)}", places, gap=True)
    back = timedelta(days=knowledge.rule("followup/no-response").whole("baseline", answer.as_of))
    if all(e.symptoms is None for e in diary.between(plan.began - back, plan.began - _ONE_DAY)):
        found = f"no symptom score in the {back.days} days before the first dose: the first days count"
        yield Line("Baseline", found, _NO_ENTRY, gap=True)
    if grounds.gap:
        yield Line("No dose", with_days(grounds.gap), _NO_ENTRY, gap=True)
    if grounds.dates:
        yield Line("Days to come", f"entries not read: {with_days(grounds.dates)}", "diary", gap=True)
    if plan.steps and answer.closed > plan.ends:
        yield Line("Plan", f"its last planned day was {day_text(plan.ends)}", _THE_PLAN, gap=True)
    if not (empty or open_):
        yield Line("Gaps", "none: every day since the first dose is filled in", _places(diary.entries))


def effects_of(diary: Diary, answer: Review) -> tuple[Effect, ...]:
    """Every effect that was felt: what stops at any grade first, then the worst."""
    found: dict[str, list[tuple[Felt, Entry]]] = {}
    for entry in diary.entries:
        for felt in entry.effects or ():
            if felt.grade:
                found.setdefault(felt.name, []).append((felt, entry))
    effects = (_effect(name, felt, answer.plan.began) for name, felt in found.items())
    return tuple(sorted(effects, key=lambda e: (not e.stops, -e.worst, -e.days, e.name)))


def _effect(name: str, found: Sequence[tuple[Felt, Entry]], began: date) -> Effect:
    days = sorted({e.day for _, e in found})
    return Effect(
        _cut(name),
        max(f.grade for f, _ in found),
        found[0][0].taken_for.red_flag,
        sum(d >= began for d in days),
        sum(d < began for d in days),
        days[0],
        days[-1],
        _places(e for _, e in found),
    )


def days_text(days: Iterable[date]) -> str:
    """Days with those in a row as one, the month once: '5, 12 May 2026, 30 May 2026 to 2 Jun 2026'."""
    ordered = sorted(set(days))
    runs: list[tuple[date, date]] = []
    for day in ordered:
        if runs and day - runs[-1][1] == _ONE_DAY:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    shown = runs[:MOST_ROWS]
    told = [_span(*run, shown[n + 1] if n + 1 < len(shown) else None) for n, run in enumerate(shown)]
    more = f", and {len(runs) - len(shown)} more" if len(runs) > len(shown) else ""
    return ", ".join(told) + more


def _span(first: date, last: date, following: tuple[date, date] | None) -> str:
    """A row of days; without its month where the next one ends in the same and tells it."""
    one_month = (first.year, first.month) == (last.year, last.month)
    told_next = following is not None and {(d.year, d.month) for d in following} == {(last.year, last.month)}
    ends = str(last.day) if told_next and one_month else day_text(last)
    if first == last:
        return ends
    return f"{first.day if one_month else day_text(first)} to {ends}"


def _places(entries: Iterable[Entry]) -> str:
    """Where entries stand in the diary, those in a row as one: 'line 12 to 15, 20'."""
    runs: list[tuple[str, int, int]] = []
    plain: list[str] = []
    for where in dict.fromkeys(e.where or day_text(e.day) for e in sorted(entries, key=lambda e: e.day)):
        found = _NUMBERED.fullmatch(where)
        if found is None:
            plain.append(where)
        elif runs and runs[-1][0] == found[1] and runs[-1][2] + 1 == int(found[2]):
            runs[-1] = (found[1], runs[-1][1], int(found[2]))
        else:
            runs.append((found[1], int(found[2]), int(found[2])))
    told = [
        # The word is written once: 'line 12 to 15, 20'.
        f"{'' if n and runs[n - 1][0] == name else name}{a if a == b else f'{a} to {b}'}"
        for n, (name, a, b) in enumerate(runs)
    ]
    return listed(told + plain, most=_MOST_PLACES)


def listed(parts: Sequence[str], between: str = ", ", *, most: int = _MOST_PLACES) -> str:
    """The first of them, and how many more there are."""
    shown = between.join(parts[:most])
    return f"{shown}{between}and {len(parts) - most} more" if len(parts) > most else shown


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _cut(text: str) -> str:
    """A patient's words in one short line."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_LETTERS else f"{line[:_MOST_LETTERS]}..."
