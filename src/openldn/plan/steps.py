"""What is taken, from when, for how long: dated steps without gaps.

A dose belongs to a local day and a slot of that day, never to an instant, so neither a time zone nor a
change of clocks can add or lose one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from openldn.plan.rounding import Fills, Measured, Product
from openldn.quantities import Dose, Volume
from openldn.screening.verdict import Allowed


class Slot(StrEnum):
    """The part of the day to which a dose belongs."""

    MORNING = "morning"
    NIGHT = "night"


class NoStepInForce(LookupError):
    """The plan has no step on that day; says which days it covers."""


@dataclass(frozen=True, slots=True)
class Step:
    """One dose once a day for some days."""

    starts: date
    days: int
    dose: Dose
    measured: Measured

    @property
    def ends(self) -> date:
        """The last day of the step."""
        return self.starts + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Supply:
    """What the steps use up: a volume, or capsules by strength."""

    volume: Volume
    capsules: tuple[tuple[Dose, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in date order without a gap, and what always goes with them.

    `first_dose_check` holds the questions for a start after the day of the decision; `stop_signs` are
    part of every plan and cannot be left out.
    """

    verdict: Allowed
    product: Product
    slot: Slot
    steps: tuple[Step, ...]
    judge_on: date
    stop_signs: tuple[str, ...]
    first_dose_check: tuple[str, ...]
    rules: tuple[str, ...]
    """Ids of the rules that made the plan."""

    @property
    def starts(self) -> date:
        """The day of the first dose."""
        return self.steps[0].starts

    @property
    def ends(self) -> date:
        """The last day that is planned; then a prescriber decides."""
        return self.steps[-1].ends

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
                yield step.starts + timedelta(days=n), self.slot, step


def supply_of(step: Step) -> Supply:
    """What one step uses up."""
    if isinstance(step.measured, Fills):
        return Supply(volume=step.measured.volume * step.days)
    counted = Counter(step.measured.strengths)
    return Supply(Volume(0), tuple((dose, counted[dose] * step.days) for dose in sorted(counted)))


def supply_in_all(plan: Plan) -> Supply:
    """What the whole plan uses up."""
    parts = [supply_of(step) for step in plan.steps]
    counted: Counter[Dose] = Counter()
    for part in parts:
        counted.update(dict(part.capsules))
    volume = Volume(sum(part.volume.base for part in parts))
    return Supply(volume, tuple((dose, counted[dose]) for dose in sorted(counted)))
