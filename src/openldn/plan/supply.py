"""What a plan uses up, in which batches it is handed out, and what is left over at each beyond-use date.

Rules read here: dispensing/beyond-use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from openldn.plan.rounding import Counts, Fills
from openldn.quantities import Dose, Volume


@dataclass(frozen=True, slots=True)
class Item:
    """What is handed out and counted apart: one strength of capsules, one liquid.

    Amounts of it are whole pieces, or nanolitres where `pieces` is not set. `pack` is what is handed out
    at once (None: any number of pieces); `price` is that of a pack, else of a piece.
    """

    name: str
    strength: Dose
    """In a piece, or in a millilitre."""
    pieces: bool
    pack: int | None = None
    price: Fraction | None = None

    def dose_in(self, amount: int) -> int:
        """The drug in an amount, in nanograms, rounded down."""
        return self.strength.base * amount // (1 if self.pieces else Volume.ml(1).base)

    def cost(self, amount: int) -> Fraction | None:
        """What an amount costs; None without a price."""
        if self.price is None:
            return None
        return self.price * Fraction(amount, self.pack or 1)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is made on a day, how much of it is used until its beyond-use date, and what is left then."""

    item: Item
    made: date
    last_use: date
    used: int
    dispensed: int

    @property
    def left_over(self) -> int:
        """What is thrown away."""
        return self.dispensed - self.used


def batches_of(item: Item, used: Sequence[tuple[date, int]], days_good: int) -> tuple[Batch, ...]:
    """Batches that cover all uses, each made on the first day it is needed.

    Args:
        item: what is handed out.
        used: days in order, with the amount used on each.
        days_good: for how many days a batch may be used, the day of making being day 1.
    """
    found: list[Batch] = []
    for day, amount in used:
        if not amount:
            continue
        if not found or day > found[-1].last_use:
            found.append(Batch(item, day, day + timedelta(days=days_good - 1), 0, 0))
        last = found[-1]
        found[-1] = Batch(item, last.made, last.last_use, last.used + amount, 0)
    return tuple(Batch(b.item, b.made, b.last_use, b.used, whole_packs(item, b.used)) for b in found)


def last_day_of(batch: Batch, batches: Sequence[Batch], ends: date) -> date:
    """The last day on which a batch of a plan is taken from: before the next one is made, at most its end."""
    later = [b.made - timedelta(days=1) for b in batches if b.item == batch.item and b.made > batch.made]
    return min([*later, batch.last_use, ends])


def whole_packs(item: Item, amount: int) -> int:
    """An amount in whole packs, rounded up."""
    return amount if item.pack is None else -(-amount // item.pack) * item.pack


def nanolitres_of(measured: Fills | Counts) -> int:
    """What one dose of a liquid, drops or cream uses up."""
    if isinstance(measured, Fills):
        return measured.volume.base
    return measured.product.volume_each.base * measured.count
