"""What is taken, from when, for how long: dated steps without gaps.

A dose belongs to a local day and a slot of that day, never to an instant, so neither a time zone nor a
change of clocks can add or lose one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from openldn.plan.changes import Change
from openldn.plan.course import Course
from openldn.plan.fitting import Score
from openldn.plan.identity import Identified, amounts_of
from openldn.plan.ladders import Ladder, Profile
from openldn.plan.limits import Bite, Limiter
from openldn.plan.rounding import Measured, Pieces
from openldn.plan.stock import Article
from openldn.plan.supply import Batch, Item, nanolitres_of
from openldn.quantities import Dose
from openldn.record.diary import Slot
from openldn.screening.verdict import Allowed


class NoStepInForce(LookupError):
    """The plan has no step on that day; says which days it covers."""


@dataclass(frozen=True, slots=True)
class Step:
    """One dose in each slot of the day for some days.

    `dose` and `measured` are what is taken at once. `halved` is the nearest dose at or below half of it
    that can be measured with what was supplied, None where there is none: then the rule is to pause.
    """

    starts: date
    days: int
    dose: Dose
    measured: Measured
    halved: tuple[Dose, Measured] | None

    @property
    def ends(self) -> date:
        """The last day of the step."""
        return self.starts + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in date order without a gap, why they are so, and what always goes with them.

    A plan that a review changed begins with that change; `changes` tell what came before, and a plan
    that was paused or stopped has no steps. `first_dose_check` holds the questions for a start after the
    day of the decision; `stop_signs` are part of every plan and cannot be left out.
    """

    patient: str
    verdict: Allowed
    prescriber: str
    replaces: str
    """The number of the plan that this one replaces; empty for a first plan."""
    profile: Profile
    article: Article
    times: tuple[tuple[Slot, time], ...]
    """The slots of a day and their clock times, wherever the patient is."""
    least: timedelta
    """The least time between two doses; one that would come sooner is skipped."""
    steps: tuple[Step, ...]
    limiters: tuple[Limiter, ...]
    """Every limit that the ladder went through."""
    bites: tuple[Bite, ...]
    """Those that changed it."""
    batches: tuple[Batch, ...]
    score: Score
    """What the choice of strengths was judged by."""
    course: Course
    stop_signs: tuple[str, ...]
    first_dose_check: tuple[str, ...]
    rules: tuple[str, ...]
    """Ids of the rules that made the plan."""
    ladder: Ladder
    """What the steps lead up, under every limit: doses a day."""
    conditions: tuple[str, ...]
    """Conditions on the record (ids), which decide what is expected and tested."""
    began: date
    """The day of the very first dose, before any change."""
    changes: tuple[Change, ...] = ()
    """What reviews changed, and the rises before the last of them, in order."""

    @property
    def id(self) -> str:
        """The plan's own number: another dose, day, product or patient gives another."""
        return Identified(
            patient=self.patient,
            as_of=self.verdict.as_of.isoformat(),
            verdict=self.verdict.word,
            profile=self.profile.name,
            prescriber=self.prescriber,
            product=self.article.name,
            times=tuple(f"{slot} {at:%H:%M}" for slot, at in self.times),
            steps=tuple(
                (s.starts.isoformat(), s.days, s.dose.base, amounts_of(s.measured)) for s in self.steps
            ),
            supply=tuple((b.item.name, b.made.isoformat(), b.dispensed) for b in self.batches),
        ).id

    @property
    def starts(self) -> date:
        """The day of the first dose; without any, the day from which nothing is taken."""
        return self.steps[0].starts if self.steps else self.changes[-1].on

    @property
    def ends(self) -> date:
        """The last day that is planned; then a prescriber decides."""
        return self.steps[-1].ends if self.steps else self.starts - timedelta(days=1)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots of a day."""
        return tuple(slot for slot, _ in self.times)

    def step_on(self, day: date) -> Step:
        """The step in force on `day`.

        Raises:
            NoStepInForce: the plan does not cover that day.
        """
        for step in self.steps:
            if step.starts <= day <= step.ends:
                return step
        raise NoStepInForce(f"{day} is not covered: the plan runs from {self.starts} to {self.ends}")

    def calendar(self) -> Iterator[tuple[date, Slot, Step]]:
        """Every dose: its local day, its slot and its step."""
        for step in self.steps:
            for n in range(step.days):
                for slot in self.slots:
                    yield step.starts + timedelta(days=n), slot, step

    def uses(self, item: Item) -> Iterator[tuple[date, int]]:
        """On each day on which an item is taken, how much of it: pieces or nanolitres."""
        for step in self.steps:
            measured = step.measured
            if isinstance(measured, Pieces):
                amount = measured.strengths.count(item.strength)
            else:
                amount = nanolitres_of(measured)
            if amount:
                for n in range(step.days):
                    yield step.starts + timedelta(days=n), amount * len(self.slots)

    def supplied(self) -> dict[Item, int]:
        """What is handed out in all, in pieces or nanolitres."""
        found: dict[Item, int] = {}
        for batch in self.batches:
            found[batch.item] = found.get(batch.item, 0) + batch.dispensed
        return found
