"""What has to be read of a batch, step by step, made from its formula, its dilution or its triturates.

Every flask and pot bears the batch's number and its step, so that a step left out, done twice or begun from
the wrong one is seen by what is scanned, by what is left, and by how many there are in the end.

Rules read here: dispensing/weighing, dispensing/reading-within.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from openldn.dispensing.batches import Batch, Preparation
from openldn.dispensing.capsule_batches import CapsuleBatch
from openldn.dispensing.readings import Entry, Sheet, counted, lot_of, measured, percent, pot_code, scanned
from openldn.dispensing.substance import Lot, Substance
from openldn.dispensing.weighing import Balance
from openldn.knowledge.load import Knowledge
from openldn.quantities import Dose, Mass, Strength, Volume


def liquid_sheet(
    number: str, batch: Batch, made: Preparation | None, knowledge: Knowledge, *, as_of: date
) -> Sheet:
    """The entries of a liquid, of drops or a cream.

    Args:
        number: of the batch.
        batch: what is made.
        made: how, from powder; None: from tablets.
        knowledge: what passes.
        as_of: the day of making.
    """
    part = knowledge.rule("dispensing/weighing").number("part", as_of) / 100
    entries = [
        *(_powder(number, made, part) if made else _tablets(batch)),
        *_others(batch, part),
        *(_dilution(number, made) if made else ()),
        measured("made", "volume of what is made", batch.volume, power=0 if made and made.plan else -1),
        *_label(batch.strength, batch.drug),
    ]
    return Sheet(number, tuple(entries))


def _certificate(lot: Lot) -> Iterator[Entry]:
    yield scanned("drug.pot", "pot of the drug", lot.number)
    words = ", ".join(s.word for s in Substance)
    yield scanned("drug.substance", f"what the pot says ({words})", lot.substance.word)
    yield percent("drug.assay", "assay on the lot's certificate, in percent", lot.assay)
    yield percent("drug.water", "water on the lot's certificate, in percent", lot.water)


def _weighed(key: str, asks: str, mass: Mass, part: Fraction, step: Mass) -> Entry:
    """A mass that passes within the part of one weighing, at least one step of the balance."""
    return measured(key, asks, mass, within=max(int(mass.base * part), step.base), power=1)


def _of_the_pot(mass: Mass) -> Entry:
    """Half of it tells once from twice: a weighing done again shows nowhere else."""
    words = "by how much the pot of the drug got lighter"
    return measured("drug.used", words, mass, within=mass.base // 2)


def _powder(number: str, made: Preparation, part: Fraction) -> Iterator[Entry]:
    yield from _certificate(made.lot)
    yield _weighed("drug.weighed", "drug on the balance", made.shown, part, made.balance.readability)
    yield _of_the_pot(made.shown)
    if made.flask:
        yield scanned("flask.0.into", "flask of the first solution", pot_code(number, 0))
        yield measured("flask.0.volume", "volume of this flask", made.flask.holds, power=-1)


def _tablets(batch: Batch) -> Iterator[Entry]:
    assert batch.tablets is not None
    assert batch.formula.in_a_tablet is not None
    one = "what one tablet holds, on its pack"
    yield measured("tablet.strength", one, batch.formula.in_a_tablet, power=1)
    yield lot_of("tablet.lot", "the tablets")
    yield counted("tablet.count", "whole tablets", batch.tablets, power=1)


def _others(batch: Batch, part: Fraction) -> Iterator[Entry]:
    for other in batch.others:
        key = other.name.replace(" ", "-")
        yield lot_of(f"{key}.lot", other.name)
        within = int(other.amount.base * part) if isinstance(other.amount, Mass) else 0
        yield measured(f"{key}.amount", f"amount of {other.name}", other.amount, within=within)
    yield lot_of("vehicle.lot", batch.formula.make_up)


def _dilution(number: str, made: Preparation) -> Iterator[Entry]:
    if made.plan is None:
        return
    assert made.flask is not None
    source = made.flask.holds
    for n, transfer in enumerate(made.plan.transfers, 1):
        taken, into = transfer.pipette.holds, transfer.flask.holds
        yield scanned(f"flask.{n}.from", f"step {n}: flask it is taken from", pot_code(number, n - 1))
        yield measured(f"flask.{n}.taken", f"step {n}: volume of the pipette", taken, power=1)
        yield scanned(f"flask.{n}.into", f"step {n}: flask it goes into", pot_code(number, n))
        yield measured(f"flask.{n}.volume", f"step {n}: volume of this flask", into, power=-1)
        left = Volume(source.base - taken.base)
        # Half a pipette tells once from twice.
        words = f"step {n}: volume left in the flask it was taken from"
        yield measured(f"flask.{n}.left", words, left, within=taken.base // 2)
        source = into
    last = len(made.plan.transfers)
    yield scanned("made.from", "flask that is filled into the bottle", pot_code(number, last))
    yield counted("flasks", "flasks with a liquid in them on the bench", last + 1)


def _label(strength: Strength, drug: Dose) -> Iterator[Entry]:
    one = Dose(int(Fraction(strength.dose.base * Volume.ml(1).base, strength.volume.base)))
    yield measured("label.one", "what one mL holds, on the printed label", one)
    yield measured("label.all", "what the batch holds in all, on the printed label", drug)


def capsule_sheet(number: str, batch: CapsuleBatch, knowledge: Knowledge, *, as_of: date) -> Sheet:
    """The entries of capsules: pots, masses, what the blend weighs, how many there are, what is left."""
    part = knowledge.rule("dispensing/weighing").number("part", as_of) / 100
    within = knowledge.rule("dispensing/reading-within")
    entries = [*_certificate(batch.lot), *_mixed(number, batch, part)]
    blend = Mass(round(batch.blend.total))
    lost = int(blend.base * within.number("blend_loss", as_of) / 100)
    # A loss may never hide that the drug is not in it.
    hides = int(batch.blend.drug / 2) if not batch.mixtures else batch.mixtures[-1].taken.base // 2
    blend_within = min(lost, hides)
    entries.append(measured("blend.mass", "the whole blend, before it is filled", blend, within=blend_within))
    entries.append(counted("pots", "pots with powder in them on the bench", len(batch.mixtures) + 1))
    each = Mass(round(batch.blend.fill.total))
    fill = int(each.base * within.number("fill", as_of) / 100)
    entries.append(measured("fill.mean", "mean of twenty fills without their shells", each, within=fill))
    lose = -int(-batch.capsules * within.number("capsules_lost", as_of) // 100)
    entries.append(counted("capsules", "capsules filled", batch.capsules, within=lose, power=-1))
    entries.append(measured("label.one", "what one capsule holds, on the printed label", batch.dose))
    all_of_it = batch.dose * batch.capsules
    entries.append(measured("label.all", "what the batch holds in all, on the printed label", all_of_it))
    return Sheet(number, tuple(entries))


def _mixed(number: str, batch: CapsuleBatch, part: Fraction) -> Iterator[Entry]:
    balance: Balance = batch.balance
    step = balance.readability
    yield _weighed("drug.weighed", "drug on the balance", batch.weighed, part, step)
    yield _of_the_pot(batch.weighed)
    yield lot_of("filler.lot", batch.filler_name)
    for n, mixture in enumerate(batch.mixtures, 1):
        if n > 1:
            yield scanned(f"triturate.{n}.from", f"triturate {n}: pot", pot_code(number, n - 1))
            yield _weighed(
                f"triturate.{n}.weighed", f"triturate {n}: taken of it", mixture.weighed, part, step
            )
        made = mixture.made
        yield scanned(f"triturate.{n}.into", f"triturate {n}: pot it is mixed in", pot_code(number, n))
        tolerance = max(int(made.base * part), step.base)
        words = f"triturate {n}: what it weighs, mixed"
        yield measured(f"triturate.{n}.made", words, made, within=tolerance, power=-1)
    if batch.mixtures:
        last = len(batch.mixtures)
        yield scanned("blend.from", "pot of the triturate that goes into the blend", pot_code(number, last))
        yield _weighed("blend.taken", "taken of the triturate", batch.mixtures[-1].taken, part, step)
    filler = Mass(round(batch.filler))
    tolerance = max(int(filler.base * part), step.base)
    yield measured("filler.weighed", "filler that is added", filler, within=tolerance)
