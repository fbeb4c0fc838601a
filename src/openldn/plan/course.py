"""What goes with the steps: when to look, test, decide and stop, and what may be done without asking.

Rules read here: plan/judge-response, plan/reviews, plan/tests-*, plan/contingency-*, plan/verdict-expiry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.screening.verdict import Allowed


class DueKind(StrEnum):
    """What is due."""

    TEST = "test"
    REVIEW = "review"
    DECISION = "decision"
    LAST_DOSE = "last dose"


class Action(StrEnum):
    """What a patient may do under a signed contingency: never raise, never change the product."""

    STOP = "stop"
    SKIP = "skip"
    HALVE = "halve"
    MOVE_TO_MORNING = "move-to-morning"


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due on a day, and the rule that asks for it."""

    on: date
    kind: DueKind
    what: str
    rule: str


@dataclass(frozen=True, slots=True)
class Contingency:
    """A sign, and what the patient may do about it at once because it was signed with the plan."""

    rule: str
    sign: str
    do: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """All that goes with the steps of one plan."""

    judge_on: date | None
    """The day of decision; None where the plan ends before it, as for an operation."""
    due: tuple[Due, ...]
    contingencies: tuple[Contingency, ...]
    halved_days: int
    sign_by: date
    """The last day on which the verdict may be planned from."""


def course_of(
    verdict: Allowed,
    conditions: tuple[Condition, ...],
    knowledge: Knowledge,
    *,
    rises: tuple[date, ...],
    ends: date,
    judge_on: date,
    at_night: bool,
    as_of: date,
) -> Course:
    """What is due in a plan.

    Args:
        verdict: its reasons call for tests.
        conditions: those on the record, which call for tests too.
        knowledge: the rules.
        rises: first day of the plan and of every step up, also of those after `ends`.
        ends: the last planned day; what would be due after it is left out.
        judge_on: the day of decision that the ladder leads to, the day after `ends` unless cut short.
        at_night: whether all doses are taken at night, so that one can be moved to the morning.
        as_of: the day of planning.
    """
    decided = judge_on if judge_on <= ends + timedelta(days=1) else None
    due = [
        *_tests(verdict, conditions, knowledge, rises[0], ends, as_of),
        *_reviews(rises, judge_on, knowledge, as_of),
        *_last_dose(verdict, ends),
    ]
    last = max(decided or ends, ends)
    within = [d for d in due if d.on <= last]
    max_age = knowledge.rule("plan/verdict-expiry").whole("max_age", as_of)
    return Course(
        judge_on=decided,
        due=tuple(sorted(within, key=lambda d: (d.on, d.rule))),
        contingencies=tuple(_contingencies(knowledge, at_night, as_of)),
        halved_days=knowledge.rule("plan/halving").whole("days", as_of),
        sign_by=verdict.as_of + timedelta(days=max_age),
    )


def _rules(knowledge: Knowledge, start: str) -> Iterator[Rule]:
    yield from (r for i, r in sorted(knowledge.rules.items()) if i.startswith(start))


def _tests(
    verdict: Allowed,
    conditions: tuple[Condition, ...],
    knowledge: Knowledge,
    starts: date,
    ends: date,
    as_of: date,
) -> Iterator[Due]:
    said = {r.rule.id for r in (*verdict.reasons, *verdict.notes)} | {c.id for c in conditions}
    for rule in _rules(knowledge, "plan/tests-"):
        if said & {*rule.follows, *rule.findings}:
            for weeks in _weeks(rule, ((ends - starts).days + 1) // 7, as_of):
                yield Due(starts + timedelta(weeks=weeks), DueKind.TEST, rule.text["en"], rule.id)


def _weeks(rule: Rule, longest: int, as_of: date) -> Iterator[int]:
    """The weeks after the start in which a test is due: named ones, or at the start and every so many."""
    if "every" in rule.parameters:
        yield from range(0, longest + 1, rule.whole("every", as_of))
    else:
        yield from (int(weeks) for weeks in rule.words("weeks", as_of))


def _reviews(rises: tuple[date, ...], judge_on: date, knowledge: Knowledge, as_of: date) -> Iterator[Due]:
    rule, judge = knowledge.rule("plan/reviews"), knowledge.rule("plan/judge-response")
    first, *further = rule.words("at", as_of)
    if rises[1:]:
        yield Due(rises[1], DueKind.REVIEW, first, rule.id)
    if rises[2:]:
        yield Due(rises[-1], DueKind.REVIEW, further[0], rule.id)
    yield Due(judge_on, DueKind.DECISION, "decide whether it helps", judge.id)


def _last_dose(verdict: Allowed, ends: date) -> Iterator[Due]:
    for reason in verdict.reasons:
        if reason.limit and reason.limit.last_day == ends:
            yield Due(ends, DueKind.LAST_DOSE, reason.worded(), reason.rule.id)


def _contingencies(knowledge: Knowledge, at_night: bool, as_of: date) -> Iterator[Contingency]:
    for rule in _rules(knowledge, "plan/contingency-"):
        (sign,) = rule.words("sign", as_of)
        do, actions = rule.text["en"], tuple(Action(a) for a in rule.words("action", as_of))
        if not at_night and Action.MOVE_TO_MORNING in actions:
            (do,) = rule.words("otherwise", as_of)
            actions = tuple(a for a in actions if a is not Action.MOVE_TO_MORNING)
        yield Contingency(rule.id, sign, do, actions)
