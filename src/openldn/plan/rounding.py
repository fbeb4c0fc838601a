"""From a dose to what the patient measures: a volume on the marks of a syringe, whole pieces, or a count.

Exactly or not at all: what lies between two marks is refused, never rounded up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement
from typing import TypeAlias

from openldn.knowledge.formulation_schema import Form
from openldn.quantities import CannotMeasure, Dose, Strength, Volume


@dataclass(frozen=True, slots=True)
class Syringe:
    """An oral syringe: how much it holds, the distance between two marks, and how exact one fill is.

    Tolerances are fractions: of the volume from half the capacity on; below it, of the capacity and of
    the volume together. None: not stated.
    """

    capacity: Volume
    mark: Volume
    from_half: Fraction | None = None
    below_half: tuple[Fraction, Fraction] | None = None

    def measures(self, volume: Volume) -> bool:
        """Whether one fill gives this volume on a mark."""
        return Volume(0) < volume <= self.capacity and volume.marks_of(self.mark) is not None

    def tolerance(self, volume: Volume) -> Fraction | None:
        """By which fraction one fill of this volume may be off; None where no standard is known."""
        if volume.base * 2 >= self.capacity.base or self.below_half is None:
            return self.from_half
        of_capacity, of_volume = self.below_half
        return of_capacity * self.capacity.base / volume.base + of_volume


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
class Solids:
    """Capsules or tablets in the strengths at hand; none is opened or divided."""

    form: Form
    strengths: tuple[Dose, ...]
    most_at_once: int

    @property
    def name(self) -> str:
        """As on the label."""
        return f"{self.form}s"


@dataclass(frozen=True, slots=True)
class Metered:
    """Drops or strokes of a pump, each calibrated to hold so much.

    A count seldom gives a dose exactly: one that falls short by at most `below` of it is taken.
    """

    form: Form
    strength: Strength
    each: Dose
    most: int
    below: Fraction

    @property
    def word(self) -> str:
        """What is counted."""
        return "drop" if self.form is Form.DROPS else "stroke"

    @property
    def volume_each(self) -> Volume:
        """The volume of one.

        Raises:
            CannotMeasure: it is not a whole number of nanolitres.
        """
        return self.strength.volume_of(self.each)

    @property
    def name(self) -> str:
        """As on the label."""
        return f"{self.form} {self.strength}, {self.each} per {self.word}"


Product: TypeAlias = Liquid | Solids | Metered


@dataclass(frozen=True, slots=True)
class Fills:
    """Fills of one syringe, drawn one after the other."""

    syringe: Syringe
    volumes: tuple[Volume, ...]

    @property
    def volume(self) -> Volume:
        """What they hold together."""
        return Volume(sum(v.base for v in self.volumes))

    @property
    def tolerance(self) -> Fraction | None:
        """By which fraction of the dose all fills together may be off; None where no standard is known."""
        off = [t * v.base for v in self.volumes if (t := self.syringe.tolerance(v)) is not None]
        return sum(off, Fraction(0)) / self.volume.base if len(off) == len(self.volumes) else None


@dataclass(frozen=True, slots=True)
class Pieces:
    """Capsules or tablets taken together, the largest first."""

    form: Form
    strengths: tuple[Dose, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """So many drops or strokes."""

    product: Metered
    count: int


Measured: TypeAlias = Fills | Pieces | Counts


def dose_of(measured: Measured, product: Product) -> Dose:
    """The dose that is in what was measured."""
    if isinstance(measured, Fills):
        if not isinstance(product, Liquid):
            raise CannotMeasure(f"a volume of {product.name} is no dose")
        return product.strength.dose_in(measured.volume)
    if isinstance(measured, Counts):
        return measured.product.each * measured.count
    return Dose(sum(d.base for d in measured.strengths))


def measure(dose: Dose, product: Product) -> Measured:
    """How this dose is measured: fewest fills, then the smallest syringe; or fewest pieces.

    Raises:
        CannotMeasure: the product cannot measure it; says the nearest dose below that it can.
    """
    if isinstance(product, Metered):
        return _counted(dose, product)
    found = _liquid(dose, product) if isinstance(product, Liquid) else _fewest(dose, product)
    if found is None:
        try:
            below = f"the nearest below is {measurable(dose, product)}"
        except CannotMeasure:
            below = "and nothing below it; another form is needed"
        raise CannotMeasure(f"{dose} cannot be measured with {product.name}: {below}")
    return found


def measurable(dose: Dose, product: Product) -> Dose:
    """The nearest dose at or below `dose` that the product can measure, however far below it lies.

    Raises:
        CannotMeasure: there is none.
    """
    reachable = _in_order(product)
    below = bisect_right(reachable, dose)
    if not below:
        raise CannotMeasure(f"{product.name} cannot measure {dose} or anything below: propose another form")
    return reachable[below - 1]


@cache
def _in_order(product: Product) -> tuple[Dose, ...]:
    """Every dose that the product can measure, the smallest first; some thousand for a liquid."""
    return tuple(sorted(set(_reachable(product))))


def ways(dose: Dose, solids: Solids) -> Iterator[Pieces]:
    """Every way to make up a dose, the fewest pieces first, of one strength before several."""
    strengths = sorted(solids.strengths, reverse=True)
    for count in range(1, solids.most_at_once + 1):
        exact = [
            c for c in combinations_with_replacement(strengths, count) if sum(d.base for d in c) == dose.base
        ]
        for chosen in sorted(exact, key=lambda c: len(set(c))):
            yield Pieces(solids.form, chosen)


def _fewest(dose: Dose, solids: Solids) -> Pieces | None:
    return next(ways(dose, solids), None)


def _reachable(product: Product) -> Iterable[Dose]:
    """Every dose that the product can measure."""
    if isinstance(product, Solids):
        for count in range(1, product.most_at_once + 1):
            for chosen in combinations_with_replacement(product.strengths, count):
                yield Dose(sum(d.base for d in chosen))
        return
    if isinstance(product, Metered):
        yield from (product.each * n for n in range(1, product.most + 1))
        return
    for syringe in product.syringes:
        marks = syringe.capacity.base // syringe.mark.base * product.most_fills
        for n in range(1, marks + 1):
            try:
                yield product.strength.dose_in(syringe.mark * n)
            except CannotMeasure:
                continue


def _counted(dose: Dose, product: Metered) -> Counts:
    count = min(dose.base // product.each.base, product.most)
    short = dose - product.each * count
    if not count or short.base > product.below * dose.base:
        off = "nothing" if not count else f"{count} {product.word}s, {product.each * count},"
        raise CannotMeasure(
            f"{dose} cannot be counted in {product.name}: {off} falls short by more than "
            f"{product.below * 100} % of it"
        )
    return Counts(product, count)


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
