"""From a dose to what the patient measures: a volume on the marks of a syringe, or whole capsules.

Exactly or not at all: what lies between two marks is refused, never rounded up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TypeAlias

from openldn.quantities import CannotMeasure, Dose, Strength, Volume


@dataclass(frozen=True, slots=True)
class Syringe:
    """An oral syringe: how much it holds and the distance between two of its marks."""

    capacity: Volume
    mark: Volume

    def measures(self, volume: Volume) -> bool:
        """Whether one fill gives this volume on a mark."""
        return Volume(0) < volume <= self.capacity and volume.marks_of(self.mark) is not None


@dataclass(frozen=True, slots=True)
class Liquid:
    """An oral liquid and the syringes it is measured with."""

    strength: Strength
    syringes: tuple[Syringe, ...]
    most_fills: int

    @property
    def name(self) -> str:
        """As on the label."""
        return f"oral liquid {self.strength}"


@dataclass(frozen=True, slots=True)
class Capsules:
    """Capsules in the strengths that are stocked."""

    strengths: tuple[Dose, ...]
    most_at_once: int

    @property
    def name(self) -> str:
        """As on the label."""
        return "capsules"


Product: TypeAlias = Liquid | Capsules


@dataclass(frozen=True, slots=True)
class Fills:
    """Fills of one syringe, drawn one after the other."""

    syringe: Syringe
    volumes: tuple[Volume, ...]

    @property
    def volume(self) -> Volume:
        """What they hold together."""
        return Volume(sum(v.base for v in self.volumes))


@dataclass(frozen=True, slots=True)
class Pieces:
    """Capsules taken together, the largest first."""

    strengths: tuple[Dose, ...]


Measured: TypeAlias = Fills | Pieces


def measure(dose: Dose, product: Product) -> Measured:
    """How this dose is measured: fewest fills, then the smallest syringe; or fewest capsules.

    Raises:
        CannotMeasure: the product cannot measure it; says the nearest dose below that it can.
    """
    found = _liquid(dose, product) if isinstance(product, Liquid) else _capsules(dose, product)
    if found is None:
        try:
            below = f"the nearest below is {measurable(dose, product)}"
        except CannotMeasure:
            below = "and nothing below it; another form is needed"
        raise CannotMeasure(f"{dose} cannot be measured with {product.name}: {below}")
    return found


def measurable(dose: Dose, product: Product) -> Dose:
    """The nearest dose at or below `dose` that the product can measure.

    Raises:
        CannotMeasure: there is none.
    """
    found = max((d for d in _reachable(product) if d <= dose), default=None)
    if found is None:
        raise CannotMeasure(f"{product.name} cannot measure {dose} or anything below: propose another form")
    return found


def _reachable(product: Product) -> Iterator[Dose]:
    """Every dose that the product can measure."""
    if isinstance(product, Capsules):
        for count in range(1, product.most_at_once + 1):
            for chosen in combinations_with_replacement(product.strengths, count):
                yield Dose(sum(d.base for d in chosen))
        return
    for syringe in product.syringes:
        marks = syringe.capacity.base // syringe.mark.base * product.most_fills
        for n in range(1, marks + 1):
            try:
                yield product.strength.dose_in(syringe.mark * n)
            except CannotMeasure:
                continue


def _liquid(dose: Dose, liquid: Liquid) -> Fills | None:
    if not dose.base:
        return None
    volume = liquid.strength.volume_of(dose)
    for fills in range(1, liquid.most_fills + 1):
        for syringe in sorted(liquid.syringes, key=lambda s: s.capacity):
            whole = syringe.capacity * (fills - 1)
            if volume <= whole:
                continue
            last = volume - whole
            if syringe.measures(last):
                return Fills(syringe, (*(syringe.capacity,) * (fills - 1), last))
    return None


def _capsules(dose: Dose, capsules: Capsules) -> Pieces | None:
    strengths = sorted(capsules.strengths, reverse=True)
    for count in range(1, capsules.most_at_once + 1):
        exact = [
            c for c in combinations_with_replacement(strengths, count) if sum(d.base for d in c) == dose.base
        ]
        if exact:
            return Pieces(min(exact, key=lambda chosen: len(set(chosen))))  # two alike before two kinds
    return None
