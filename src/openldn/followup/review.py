"""What the diary asks for: one proposal with its rule, what it read, the limits that bit and who lost.

Safety stops reach the patient without waiting, and a planned rise whose conditions are not met does not take
place; everything else is a proposal that a prescriber signs. The same plan, diary and day always give the
same answer.

Rules read here: all of followup/; plan/halving.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from openldn.followup.assessment import Assessment, Grounds, assess
from openldn.followup.evidence import Evidence, Look
from openldn.followup.proposals import Candidate, Level, applying
from openldn.followup.signs import Grades, day_of
from openldn.followup.tolerability import (
    Limits,
    Phase,
    Rung,
    Setting,
    Standing,
    after_change,
    after_day,
    at_start,
)
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.plan.changes import Move
from openldn.plan.limits import Bite, Limiter
from openldn.plan.revision import dose_at, first_day, halved_at, morning_of, planned_rises
from openldn.plan.steps import Plan
from openldn.plan.titration import measured_by
from openldn.quantities import Dose
from openldn.record.diary import Diary, Slot, Taken
from openldn.screening.verdict import Limit, Read

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one rule asks for.

    `starts` is the first day on which it counts; `dose` what is taken at once then (None: nothing); `wanted`
    that dose without the limits in `bites`. Nothing here is prose: `values` fill the rule's text.
    """

    rule: Rule
    candidate: Candidate
    starts: date
    dose: Dose | None
    wanted: Dose | None
    bites: tuple[Bite, ...]
    read: tuple[Read, ...]
    values: tuple[tuple[str, str], ...]

    @property
    def move(self) -> Move:
        """What it does to the plan."""
        return self.candidate.move

    @property
    def needs_signature(self) -> bool:
        """Whether it counts only once a prescriber signs: a stop does not wait for that, nor does a rise."""
        at_once = self.candidate.tells_patient or self.move is Move.HOLD
        return self.move.changes_plan and not at_once

    def worded(self, language: str = "en") -> str:
        """The rule's text in a language (English where it is missing) with what was found."""
        template = self.rule.text.get(language) or self.rule.text["en"]
        return template.format_map(dict(self.values))


@dataclass(frozen=True, slots=True)
class Review:
    """The answer of one day: the proposal, which rules lost, and what all of it rests on."""

    plan: Plan
    as_of: date
    closed: date
    """The last day that was looked at as a whole."""
    standing: Standing
    setting: Setting
    assessment: Assessment
    grounds: Grounds
    dose: Dose | None
    """What is taken at once up to now; None: nothing."""
    proposal: Proposal
    lost: tuple[Proposal, ...]


def review(plan: Plan, diary: Diary, knowledge: Knowledge, *, as_of: date) -> Review:
    """What the diary asks for on a day.

    Args:
        plan: what is followed, with what earlier reviews changed.
        diary: entries after `as_of` are not read, and stop a rise.
        knowledge: the rules.
        as_of: the day of the review. An entry of that day closes it; without one the day before is the
            last that counts.

    Returns:
        The proposal of the rule that weighs most, with all that apply besides.

    Source: facts/clinical.md B2, B3, B5 and B6; decisions "Follow-up".
    """
    seen = _seen(plan, diary, knowledge, as_of)
    known, closed, setting, standing, assessment, grounds = seen
    doses = _Doses(plan, knowledge, as_of)
    look = Look(
        plan, known, knowledge, grades_of(plan, knowledge, as_of=as_of), setting, standing, grounds,
        doses.at(standing), closed, as_of,
    )  # fmt: skip
    situation = _Situation(plan, known, knowledge, as_of, closed, setting, standing, assessment, doses, look)
    proposed, *lost = (situation.proposal(c) for c in _candidates(plan, seen))
    return Review(
        plan, as_of, closed, standing, setting, assessment, grounds, doses.at(standing), proposed, tuple(lost)
    )


def judged(plan: Plan, diary: Diary, knowledge: Knowledge, *, as_of: date) -> Candidate:
    """Only which rule is proposed, without its words: for who asks a million times.

    Arguments and answer are those of `review`.
    """
    return next(iter(_candidates(plan, _seen(plan, diary, knowledge, as_of))))


class _Seen(NamedTuple):
    """What every proposal of a day rests on; the diary without the days to come."""

    known: Diary
    closed: date
    setting: Setting
    standing: Standing
    assessment: Assessment
    grounds: Grounds


def _seen(plan: Plan, diary: Diary, knowledge: Knowledge, as_of: date) -> _Seen:
    known = diary.until(as_of)
    closed = as_of if known.on(as_of) else as_of - _ONE_DAY
    setting = setting_of(plan, knowledge, as_of=as_of)
    standing = standing_of(plan, known, setting, knowledge, closed=closed, as_of=as_of)
    return _Seen(
        known, closed, setting, standing, *assess(plan, diary, knowledge, closed=closed, as_of=as_of)
    )


def _candidates(plan: Plan, seen: _Seen) -> Iterable[Candidate]:
    """Every rule that applies, the foremost first; before the first dose only what forbids it does."""
    found = applying(seen.standing, seen.assessment, seen.setting)
    if seen.closed < plan.began and seen.standing.phase is not Phase.OVER:
        return (*(c for c in found if c.tells_patient), NOT_BEGUN)
    return found


def setting_of(plan: Plan, knowledge: Knowledge, *, as_of: date) -> Setting:
    """What does not change while a plan is followed."""
    (highest,) = knowledge.rule("followup/spasticity").doses("highest", as_of)
    doses = [r.dose for r in plan.ladder]
    sclerosis = grades_of(plan, knowledge, as_of=as_of).multiple_sclerosis
    milder = [
        max((n for n in range(rung) if doses[n] <= highest or not sclerosis), default=None)
        for rung in range(len(doses))
    ]
    halves = [halved_at(plan, n, knowledge, as_of=as_of) for n in range(len(doses))]
    first = dose_at(plan, 0)
    moved = any(c.move is Move.MORNING for c in plan.changes)
    at_night = {slot for slot, _ in plan.times} == {Slot.NIGHT}
    return Setting(
        tuple(
            Rung(r.days or 0, milder[n], halves[n] is not None, (halves[n] or first) < first)
            for n, r in enumerate(plan.ladder)
        ),
        limits_of(knowledge, as_of=as_of),
        at_night or moved,
        bool(set(plan.conditions) & set(knowledge.rule("followup/flu-like").findings)),
    )


def limits_of(knowledge: Knowledge, *, as_of: date) -> Limits:
    """The days and tries of the rules."""

    def whole(rule: str, parameter: str) -> int:
        return knowledge.rule(rule).whole(parameter, as_of)

    return Limits(
        quiet=whole("followup/recent-trouble", "days"),
        filled=whole("followup/diary-holes", "days"),
        headache=whole("followup/headache", "clear"),
        flu_like=whole("followup/flu-like", "clear"),
        reduced=whole("plan/halving", "days"),
        morning=whole("followup/sleep-stays", "after"),
        failures=whole("followup/second-failure", "failures"),
    )


def grades_of(plan: Plan, knowledge: Knowledge, *, as_of: date) -> Grades:
    """From which grade on an effect counts for this patient."""
    conditions = set(plan.conditions)

    def whole(rule: str, parameter: str) -> int:
        return knowledge.rule(rule).whole(parameter, as_of)

    return Grades(
        troublesome=whole("followup/troublesome", "troublesome"),
        severe=whole("followup/headache-severe", "severe"),
        cows=knowledge.rule("followup/withdrawal").number("cows", as_of),
        enzymes=knowledge.rule("screening/liver-enzymes-high").number("enzymes", as_of),
        bilirubin=knowledge.rule("screening/liver-enzymes-stop").number("bilirubin", as_of),
        multiple_sclerosis=bool(conditions & set(knowledge.rule("followup/spasticity").findings)),
        chronic_fatigue=bool(conditions & set(knowledge.rule("followup/flu-like").findings)),
        no_opioids=frozenset(knowledge.rule("followup/unnamed-painkiller").words("no_opioids", as_of)),
        knowledge=knowledge,
    )


def standing_of(
    plan: Plan, diary: Diary, setting: Setting, knowledge: Knowledge, *, closed: date, as_of: date
) -> Standing:
    """How the days from the first dose to `closed` were tolerated, and what was changed on the way.

    A change that was signed for the day after `closed` counts already, a rise that is only planned does
    not. What stops everything counts from the day after the verdict, before the first dose too.
    """
    grades = grades_of(plan, knowledge, as_of=as_of)
    doses = _Doses(plan, knowledge, as_of)
    slots = tuple(slot for slot, _ in plan.times)
    signed, planned = _signed(plan), frozenset(planned_rises(plan))
    standing = at_start(setting)
    day = min(plan.began, plan.verdict.as_of + _ONE_DAY)
    while day <= closed + _ONE_DAY:
        for move in signed.get(day, ()):
            standing = after_change(standing, move, setting)
        if day <= closed:
            if day in planned:
                standing = after_change(standing, Move.RISE, setting)
            found = day_of(diary.on(day), doses.at(standing), slots, grades)
            if day >= plan.began or found.sign.stops:
                standing = after_day(standing, found, setting)
        day += _ONE_DAY
    return standing


def _signed(plan: Plan) -> dict[date, list[Move]]:
    """What was changed on which day."""
    found: dict[date, list[Move]] = {}
    for change in plan.changes:
        found.setdefault(change.on, []).append(change.move)
    return found


class _Doses:
    """What is taken at once where a patient stands; halves are looked up once."""

    def __init__(self, plan: Plan, knowledge: Knowledge, as_of: date) -> None:
        self._plan, self._knowledge, self._as_of = plan, knowledge, as_of
        self._halves: dict[int, Dose | None] = {}

    def at(self, standing: Standing) -> Dose | None:
        """The dose, None where nothing is taken."""
        rung = standing.rung
        if standing.phase is Phase.OVER:
            return None
        if standing.phase is Phase.TAKING:
            return dose_at(self._plan, rung)
        if rung not in self._halves:
            self._halves[rung] = halved_at(self._plan, rung, self._knowledge, as_of=self._as_of)
        return self._halves[rung]


@dataclass(frozen=True, slots=True)
class _Situation:
    """All that the proposals of one day are made of."""

    plan: Plan
    diary: Diary
    knowledge: Knowledge
    as_of: date
    closed: date
    setting: Setting
    standing: Standing
    assessment: Assessment
    doses: _Doses
    look: Look

    def proposal(self, candidate: Candidate) -> Proposal:
        """What a rule asks for here."""
        rule = self.knowledge.rule(f"followup/{candidate.rule}")
        move, before = candidate.move, self.doses.at(self.standing)
        after = self.doses.at(after_change(self.standing, move, self.setting))
        wanted, bites = self._wanted(rule, move, before, after)
        evidence = self.look.of(candidate.rule)
        return Proposal(
            rule=rule,
            candidate=candidate,
            starts=self._starts(move),
            dose=after,
            wanted=wanted,
            bites=bites,
            read=evidence.read,
            values=tuple(sorted(self._values(candidate, evidence, before, after).items())),
        )

    def _starts(self, move: Move) -> date:
        """The day after the last one that was closed; for a stop the next dose, be it today's."""
        if move in (Move.STOP, Move.WAIT):
            done = {e.taken for e in self.diary.on(self.as_of)} & {Taken.YES, Taken.LATE}
            return self.as_of + _ONE_DAY if done else self.as_of
        return self.closed + _ONE_DAY

    def _first_dose(self, move: Move) -> date:
        """The day of the first dose after a change: the morning after a night's dose is left out."""
        starts = self._starts(move)
        if move is not Move.MORNING:
            return starts
        return first_day(self.plan, starts, morning_of(self.knowledge, as_of=self.as_of))

    def _wanted(
        self, rule: Rule, move: Move, before: Dose | None, after: Dose | None
    ) -> tuple[Dose | None, tuple[Bite, ...]]:
        """The dose without the limits that bit, and those limits."""
        if move is Move.HALVE and before is not None:
            half = Dose(int(before.base * self.knowledge.rule("plan/halving").number("kept", self.as_of)))
            if half == after:
                return after, ()
            least = after if after is not None else Dose(0)
            said = (
                f"{self.plan.article.name} measures {least}" if after else "nothing so small can be measured"
            )
            limiter = Limiter(measured_by(self.plan.article.product), said, Limit(ceiling=least))
            return half, (Bite(limiter, "measure", half, least),)
        higher = self.standing.rung + 1
        rises = (
            self.standing.phase is Phase.TAKING
            and self.standing.due == 0
            and higher < len(self.setting.rungs)
        )
        if move is Move.HOLD and rises and before is not None:
            limiter = Limiter(rule.id, rule.title, Limit(ceiling=before))
            up = dose_at(self.plan, higher)
            return up, (Bite(limiter, "rise", up, before),)
        if move is Move.RISE and higher == len(self.setting.rungs) - 1:
            return after, tuple(b for b in self.plan.bites if b.kind == "ceiling")
        return after, ()

    def _values(
        self, candidate: Candidate, evidence: Evidence, before: Dose | None, after: Dose | None
    ) -> dict[str, str]:
        taken = after if candidate.move.changes_plan else before
        if candidate.rule == "gap-not-known":
            taken = dose_at(self.plan, 0)
        return {
            "what": evidence.what,
            "dose": taken.text("mg") if taken is not None else "nothing (a pause)",
            "day": evidence.day or self._first_dose(candidate.move).isoformat(),
            "days": str(self._days(candidate)),
            "restart": evidence.restart,
        }

    def _days(self, candidate: Candidate) -> int:
        """The days (or tries) of which a rule's text speaks."""
        if candidate.rule == "liver-values":
            return self.knowledge.rule("screening/liver-enzymes-high").whole("recheck", self.as_of)
        if candidate.rule == "second-failure":
            return self.setting.limits.failures
        return self.standing.wait if candidate.move is Move.HOLD else self.setting.limits.reduced


NOT_BEGUN = Candidate("not-begun", Level.AS_PLANNED, Move.GO_ON, lambda s, a, c: True)
"""Before the first dose nothing of the table applies."""
