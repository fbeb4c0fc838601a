"""Making a batch as one function of what a pharmacist states: amounts, how, what has to be read, until when.

The command line and the clinic both ask it; the same inputs give the same sheet years later.

Rules read here: those of the parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec import Struct

from openldn.dispensing.batches import Batch, Preparation, batch_of, prepared
from openldn.dispensing.beyond_use import BeyondUse, beyond_use
from openldn.dispensing.capsule_batches import CapsuleBatch, capsule_batch
from openldn.dispensing.capsules import Packing
from openldn.dispensing.dilution import tools_of
from openldn.dispensing.hand_over import Compounded
from openldn.dispensing.readings import Outcome, Sheet
from openldn.dispensing.substance import Lot
from openldn.dispensing.weighing import Balance
from openldn.dispensing.worksheets import capsule_sheet, liquid_sheet
from openldn.knowledge.formula_schema import CapsuleFormula, Kept, MasterFormula
from openldn.knowledge.load import Knowledge
from openldn.quantities import CannotMeasure, Dose, Mass, Strength, Volume

_CAPACITY: Final = Mass.parse("200 g")
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,29}")
_COUNT: Final = re.compile(r"([1-9]\d{0,3})(?: capsules?)?")
_STRENGTH: Final = re.compile(r"(.+?) per mL")
_MOST_CAPSULES: Final = 10_000


class MakingInputs(Struct, frozen=True, kw_only=True):
    """What a pharmacist states, as text; empty: not stated."""

    formula: str
    """Id of a master formula."""
    make: str
    """How much: '100 mL', '60 capsules'."""
    made: date
    number: str = ""
    lot: str = ""
    """As `Lot.parse` reads it."""
    strength: str = ""
    """Of one mL where no source states it; of one capsule."""
    balance: str = "0.1 mg"
    glass: str = "flask-a-us, pipette-a-us, cylinder-a-us"
    largest_flask: str = "100 mL"
    filler_alone: str = ""
    drug_alone: str = ""
    over: int = 5
    """Percent of capsules made beyond, for losses."""
    expiries: tuple[tuple[str, date], ...] = ()
    study: Kept | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """A batch as it is to be made."""

    inputs: MakingInputs
    batch: Batch | CapsuleBatch
    preparation: Preparation | None
    """Of a liquid from powder."""
    until: BeyondUse
    sheet: Sheet

    def compounded(self, outcome: Outcome | None) -> Compounded:
        """The batch after its readings were judged; None: nobody has read anything."""
        batch, pieces = self.batch, isinstance(self.batch, CapsuleBatch)
        amount = batch.capsules if isinstance(batch, CapsuleBatch) else batch.volume.base
        one = batch.dose if isinstance(batch, CapsuleBatch) else _in_a_millilitre(batch.strength)
        released = outcome is not None and outcome.passed
        number = self.sheet.number
        made, until = self.inputs.made, self.until.last_day
        return Compounded(number, batch.formula, pieces, one, amount, made, until, released)


def making(inputs: MakingInputs, knowledge: Knowledge) -> Making:
    """The batch that these inputs make.

    Raises:
        CannotMeasure, NotAnAmount: something is missing or cannot be made; says what would work.
    """
    if inputs.number and not _NUMBER.fullmatch(inputs.number):
        raise CannotMeasure(f"{inputs.number!r}: a batch number is of letters, digits and hyphens, like B-17")
    formula = knowledge.all_formulas.get(inputs.formula)
    if formula is None:
        known = ", ".join(sorted(knowledge.all_formulas))
        raise CannotMeasure(f"{inputs.formula!r} is no formula: there are {known}")
    until = beyond_use(formula, knowledge, made=inputs.made, expiries=inputs.expiries, study=inputs.study)
    number, as_of = inputs.number or "batch", inputs.made
    if isinstance(formula, CapsuleFormula):
        capsules = _capsules(inputs, formula, knowledge)
        sheet = capsule_sheet(number, capsules, knowledge, as_of=as_of)
        return Making(inputs, capsules, None, until, sheet)
    batch = _liquid(inputs, formula)
    made = _prepared(inputs, batch, knowledge)
    sheet = liquid_sheet(number, batch, made, knowledge, as_of=as_of)
    return Making(inputs, batch, made, until, sheet)


def _liquid(inputs: MakingInputs, formula: MasterFormula) -> Batch:
    strength = None
    if inputs.strength:
        found = _STRENGTH.fullmatch(inputs.strength)
        if found is None:
            raise CannotMeasure(f"{inputs.strength!r}: write a strength like '5 mg per mL'")
        strength = Strength(Dose.parse(found[1]), Volume.ml(1))
    return batch_of(formula, Volume.parse(inputs.make), strength)


def _prepared(inputs: MakingInputs, batch: Batch, knowledge: Knowledge) -> Preparation | None:
    """How it is made from a lot of powder; None for tablets."""
    if batch.tablets is not None:
        if inputs.lot:
            raise CannotMeasure(
                "a lot of powder is named, and this formula is from tablets: the two are never mixed up"
            )
        return None
    names = [name.strip() for name in inputs.glass.split(",") if name.strip()]
    unknown = [name for name in names if name not in knowledge.apparatus]
    if unknown:
        known = ", ".join(sorted(knowledge.apparatus))
        raise CannotMeasure(f"glassware {unknown[0]!r} is not known: there are {known}")
    largest = Volume.parse(inputs.largest_flask) if inputs.largest_flask else None
    tools = tools_of((knowledge.apparatus[name] for name in names), largest=largest)
    return prepared(batch, _lot(inputs), balance_of(inputs), tools, knowledge, as_of=inputs.made)


def _capsules(inputs: MakingInputs, formula: CapsuleFormula, knowledge: Knowledge) -> CapsuleBatch:
    if not inputs.strength:
        raise CannotMeasure("say what one capsule holds, like '4.5 mg'")
    found = _COUNT.fullmatch(inputs.make)
    if found is None:
        raise CannotMeasure(f"{inputs.make!r}: say how many, like '60 capsules'")
    if not (inputs.filler_alone and inputs.drug_alone):
        raise CannotMeasure(
            "say what one shell holds of filler alone, and of the drug alone, measured with these lots"
        )
    packing = Packing(Mass.parse(inputs.filler_alone), Mass.parse(inputs.drug_alone))
    capsules = -(-int(found[1]) * (100 + inputs.over) // 100)
    if capsules > _MOST_CAPSULES:
        raise CannotMeasure(f"{capsules} capsules: at most {_MOST_CAPSULES} at once")
    dose, balance = Dose.parse(inputs.strength), balance_of(inputs)
    lot, as_of = _lot(inputs), inputs.made
    return capsule_batch(formula, dose, capsules, packing, lot, balance, knowledge, as_of=as_of)


def _lot(inputs: MakingInputs) -> Lot:
    if not inputs.lot:
        raise CannotMeasure(
            "name the lot of the powder like 'A123; assay=99.2; water=5': without its certificate nobody "
            "knows what it holds"
        )
    return Lot.parse(inputs.lot)


def balance_of(inputs: MakingInputs) -> Balance:
    """The balance of a pharmacy; one weighing is taken as off by one of its steps."""
    step = Mass.parse(inputs.balance)
    return Balance(step, step, _CAPACITY)


def _in_a_millilitre(strength: Strength) -> Dose:
    return strength.dose_in(Volume.ml(1))


def expiries_of(given: Iterable[str]) -> tuple[tuple[str, date], ...]:
    """Components with their expiry, as written: 'glycerol=2027-03-31'.

    Raises:
        CannotMeasure: not of this form.
    """
    found = []
    for text in given:
        name, _, day = (part.strip() for part in text.partition("="))
        try:
            found.append((name or "a component", date.fromisoformat(day)))
        except ValueError:
            raise CannotMeasure(f"expiry {text!r}: write 'glycerol=2027-03-31'") from None
    return tuple(found)
