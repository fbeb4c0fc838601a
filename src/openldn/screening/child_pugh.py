"""The Child-Pugh class: as recorded, or from its five parts as far as they are known.

Where a part is missing it may be anything from 1 to 3 points, so the answer is the best and the worst class
that the rest allows. Rule read here: screening/child-pugh.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from openldn.knowledge.measures import Amount
from openldn.record.patient import Record
from openldn.record.results import TestResult
from openldn.screening.findings import Presences
from openldn.screening.results import newest, read_of, shown
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Read

_CLASSES: Final = "ABC"
_GRADES: Final = {
    "ascites": {"none": 1, "mild": 2, "moderate": 3},
    "encephalopathy": {"none": 1, "grade 1-2": 2, "grade 3-4": 3},
}
"""Points of the answers of knowledge/measures/ascites.yaml and encephalopathy.yaml."""


@dataclass(frozen=True, slots=True)
class ChildPugh:
    """The best and the worst class that the record allows, and what they rest on."""

    best: str
    worst: str
    recorded: bool = False
    """Whether a class or score stands in the record."""
    how: str = ""
    read: tuple[Read, ...] = ()
    missing: tuple[str, ...] = ()
    decompensation: list[tuple[str, Read]] = field(default_factory=list)
    """Ascites or encephalopathy: with a cirrhosis, decompensation whatever the class."""


def child_pugh(record: Record, found: Presences, rules: RulesOn) -> ChildPugh:
    """Work out the class of a cirrhosis.

    Args:
        record: results after the day of the decision are not read.
        found: ascites recorded as a diagnosis counts as a part.
        rules: bands, and for how many days a reassuring value counts.
    """
    oldest = rules.days("child-pugh", "oldest")
    parts: dict[str, tuple[int, int]] = {}
    read: list[Read] = []
    told: list[str] = []
    for name, rising in (("bilirubin", True), ("albumin", False), ("inr", True)):
        test = newest(record, name, rules.as_of)
        reliable = test.reassuring(rules.as_of, oldest)
        low, high = rules.numbers("child-pugh", name)
        points = [_points(amount, low, high, rising=rising) for _, amount in test.amounts()]
        if points:
            parts[name] = (max(p[0] for p in points), max(p[1] for p in points) if reliable else 3)
            read += [read_of(r) for r in test.results]
            told += [shown(r) for r in test.results]
    decompensation: list[tuple[str, Read]] = []
    for name, grades in _GRADES.items():
        test = newest(record, name, rules.as_of)
        answers = [(r, grades[r.answer]) for r in test.results if r.answer in grades]
        if answers:
            reliable = test.reassuring(rules.as_of, oldest)
            most = max(p for _, p in answers)
            parts[name] = (most, most if reliable else 3)
            read += [read_of(r) for r, _ in answers]
            told += [shown(r) for r, _ in answers]
            decompensation += [(shown(r), read_of(r)) for r, p in answers if p > 1]
    for presence in found.present("findings/ascites"):
        parts["ascites"] = (max(2, parts.get("ascites", (2, 3))[0]), 3)
        decompensation.append((presence.recorded, presence.read))
    known = parts.values()
    missing = tuple(p for p in ("bilirubin", "albumin", "inr", "ascites", "encephalopathy") if p not in parts)
    best_points = sum(p[0] for p in known) + len(missing)
    worst_points = sum(p[1] for p in known) + 3 * len(missing)
    best, worst = _class(best_points, rules), _class(worst_points, rules)
    how = (
        f"{best_points} points" if best_points == worst_points else f"{best_points} to {worst_points} points"
    )
    how = f"{how} from {'; '.join(told)}" if told else "no part is recorded"
    recorded = _recorded(record, oldest, rules)
    if recorded is None:
        return ChildPugh(best, worst, False, how, tuple(read), missing, decompensation)
    result, at_best, at_worst = recorded
    # The recorded class stands; parts that are certainly worse stand above it.
    return ChildPugh(
        max(at_best, best),
        max(at_worst, best),
        True,
        shown(result),
        (read_of(result), *read),
        missing if at_worst > at_best else (),
        decompensation,
    )


def _recorded(record: Record, oldest: int, rules: RulesOn) -> tuple[TestResult, str, str] | None:
    """The worst class or score in the record: the result, and the best and worst class it allows."""
    found: list[tuple[str, str, TestResult]] = []
    for name in ("child-pugh-class", "child-pugh-score"):
        test = newest(record, name, rules.as_of)
        reliable = test.reassuring(rules.as_of, oldest)
        for result in test.results:
            if result.answer is not None:
                best = worst = result.answer
            elif result.amount is not None:
                best = _class(result.amount.low, rules)
                worst = "C" if result.amount.high is None else _class(result.amount.high, rules)
            else:
                continue
            found.append((best, worst if result in reliable else "C", result))
        found += [("A", "C", result) for result in test.unreadable]
    if not found:
        return None
    best, worst = max(b for b, _, _ in found), max(w for _, w, _ in found)
    return max(found, key=lambda f: (f[1], f[0]))[2], best, worst


def _class(points: int | Fraction, rules: RulesOn) -> str:
    of_a, of_b = rules.numbers("child-pugh", "classes")
    return _CLASSES[(points > of_a) + (points > of_b)]


def _points(amount: Amount, low: Fraction, high: Fraction, *, rising: bool) -> tuple[int, int]:
    """The fewest and most points of a value: below, between, or above two limits; falling for albumin."""

    def at(value: Fraction | None) -> int:
        if value is None:
            return 3 if rising else 1
        if rising:
            return 1 if value < low else (2 if value <= high else 3)
        return 1 if value > high else (2 if value >= low else 3)

    ends = (at(amount.low), at(amount.high))
    return min(ends), max(ends)
