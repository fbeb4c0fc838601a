"""The shape of a master formula: what goes into how much of a product, how, and where that stands.

Frozen; an unknown key is refused. Amounts are text as ISMP writes it and are read exactly.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from openldn.knowledge.schema import Source, Text
from openldn.quantities import Dose, Mass, Volume


class Ingredient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something beside the drug, weighed or measured."""

    name: Text
    amount: Text
    note: Text | None = None

    @property
    def exact(self) -> Mass | Volume:
        """How much of it."""
        return Volume.parse(self.amount) if self.amount.endswith("mL") else Mass.parse(self.amount)


class MasterFormula(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A liquid: so much drug and other things in so much of it. Its id is its file.

    `drug`: from powder, or from tablets, which bring what they hold. The two are formulas of their own:
    powder put into a recipe for tablets is a known thousandfold slip.
    """

    id: Text
    title: Text
    formulation: Text | None
    """The product it makes (id of knowledge/formulations); null: none is published."""
    drug: Literal["powder", "tablets"]
    tablet: Text | None = None
    """What one tablet holds."""
    per: Text
    dose: Text
    """Naltrexone hydrochloride, anhydrous, in `per`."""
    ingredients: tuple[Ingredient, ...]
    make_up: Text
    container: Text
    water: Literal["preserved", "not preserved", "none"]
    """How the default beyond-use limit classes it."""
    method: Annotated[tuple[Text, ...], Meta(min_length=1)]
    carries: Text | None = None
    """What comes with the source."""
    source: Source
    study: Text | None = None
    """A stability study of just this preparation (key of references.yaml)."""
    claims: tuple[Text, ...] = ()

    @property
    def volume(self) -> Volume:
        """The volume that the amounts are for."""
        return Volume.parse(self.per)

    @property
    def holds(self) -> Dose:
        """The drug in it."""
        return Dose.parse(self.dose)

    @property
    def in_a_tablet(self) -> Dose | None:
        """The drug in one tablet, for a formula from tablets."""
        return Dose.parse(self.tablet) if self.tablet else None
