"""The shapes of master formulas: what goes into how much of a product, how, and where that stands.

Frozen; an unknown key is refused. Amounts are text as ISMP writes it and are read exactly.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from openldn.knowledge.formulation_schema import Formulation, Holds
from openldn.knowledge.schema import Source, Text, Therapy
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
    """A liquid, drops or a cream: so much drug and other things in so much of it. Its id is its file.

    `drug`: from powder, or from tablets, which bring what they hold. The two are formulas of their own:
    powder put into a recipe for tablets is a known thousandfold slip.
    """

    id: Text
    title: Text
    formulation: Text | None
    """The product it makes (id of knowledge/formulations); null: none is published."""
    therapy: Therapy = Therapy.LDN
    drug: Literal["powder", "tablets"]
    tablet: Text | None = None
    """What one tablet holds."""
    per: Text
    dose: Text | None
    """Naltrexone hydrochloride, anhydrous, in `per`; null: no source states a strength, the order has to."""
    ingredients: tuple[Ingredient, ...]
    make_up: Text
    container: Text
    water: Literal["preserved", "not preserved", "none"]
    """How the default beyond-use limit classes it."""
    method: Annotated[tuple[Text, ...], Meta(min_length=1)]
    carries: Text | None = None
    """What comes with the source."""
    excipients: dict[Text, Holds] = {}
    """What is known of just this formula, beyond its product (ids of knowledge/findings)."""
    source: Source
    study: Text | None = None
    """A stability study of just this preparation (key of stability.yaml)."""
    claims: tuple[Text, ...] = ()

    def held_beside(self, product: Formulation) -> dict[str, Holds]:
        """What a product of this formula holds, by finding; what is not named is to be asked."""
        return {**product.excipients, **self.excipients}

    @property
    def volume(self) -> Volume:
        """The volume that the amounts are for."""
        return Volume.parse(self.per)

    @property
    def holds(self) -> Dose | None:
        """The drug in it; None: the order has to state it."""
        return Dose.parse(self.dose) if self.dose else None

    @property
    def in_a_tablet(self) -> Dose | None:
        """The drug in one tablet, for a formula from tablets."""
        return Dose.parse(self.tablet) if self.tablet else None


class CapsuleFormula(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Capsules of a strength that is chosen: the drug and one filler in one shell. Its id is its file."""

    id: Text
    title: Text
    formulation: Text | None
    """The product it makes (id of knowledge/formulations); null: none is stocked."""
    therapy: Therapy = Therapy.LDN
    shell: Text
    """Size of the shell (key of shells.yaml)."""
    filler: Text
    dye: bool = False
    """Whether a dye shows how well it is mixed, where all powders are white."""
    container: Text
    method: Annotated[tuple[Text, ...], Meta(min_length=1)]
    source: Source
    study: Text | None = None
    claims: tuple[Text, ...] = ()

    def held_beside(self, product: Formulation) -> dict[str, Holds]:
        """What a product of this formula holds, by finding; what is not named is to be asked."""
        return dict(product.excipients)

    @property
    def water(self) -> Literal["none"]:
        """How the default beyond-use limit classes it."""
        return "none"


AnyFormula: TypeAlias = MasterFormula | CapsuleFormula


class Shell(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A size of capsule as makers state it: what it holds, and what it weighs empty."""

    volumes: Annotated[tuple[Text, ...], Meta(min_length=1)]
    """In millilitres, one a maker; they differ by up to 11 %."""
    gelatin: Text
    hypromellose: Text
    """Of an empty shell."""
    source: Source

    def fill_between(self, least: Fraction, most: Fraction) -> tuple[Mass, Mass]:
        """What a fill may weigh, for powders of so many grams a millilitre."""
        volumes = [Volume.ml(v).base for v in self.volumes]
        # A gram in a millilitre is 1,000 nanograms in a nanolitre.
        return Mass(int(1000 * least * min(volumes))), Mass(int(1000 * most * max(volumes)))


class Kept(StrEnum):
    """Where a batch is kept."""

    ROOM = "room"
    FRIDGE = "fridge"


class StabilityStudy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a preparation was found good, and what that covers. Its key is that of references.yaml."""

    formulas: tuple[Text, ...]
    strength: Text | None
    """Null: the source does not say."""
    days: dict[Kept, int]
    conditions: Text
    source: Source
