"""A bench on which something goes wrong: what was really made, and what two people then read and type.

It does its own arithmetic on what lies in flasks and pots and never asks the checks. Only amounts that the
worksheet prints are taken from the batch: they are what the people follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, Final

from openldn.dispensing.batches import Batch
from openldn.dispensing.capsule_batches import CapsuleBatch
from openldn.dispensing.making import Making, MakingInputs, making
from openldn.dispensing.readings import Reading
from openldn.knowledge.load import load_knowledge
from openldn.quantities import Mass

KNOWN: Final = load_knowledge()
DAY: Final = date(2026, 11, 30)
GRAMS: Final = {"anhydrous": "377.86", "dihydrate": "413.89", "tetrahydrate": "449.92", "base": "341.41"}
"""Molar masses, from facts/products.md 1.1."""


@dataclass(frozen=True)
class Slip:
    """What goes wrong: a name, and arguments."""

    name: str = ""
    step: int = 0
    times: Fraction = Fraction(1)
    word: str = ""


@dataclass
class Done:
    """What was made: its readings by entry, and how many times the intended drug it holds."""

    texts: dict[str, str]
    factor: Fraction

    def typed(self, one: dict[str, str] | None = None) -> tuple[Reading, ...]:
        """The readings of two people; `one`: what the second of them types instead."""
        second = {**self.texts, **(one or {})}
        first = (Reading(key, text, "A. First") for key, text in self.texts.items())
        return (*first, *(Reading(key, text, "B. Second") for key, text in second.items()))


def mg(nanograms: Fraction | int) -> str:
    """A mass as a balance shows it, to a hundredth of a milligram."""
    hundredths = round(Fraction(nanograms) / 10_000)
    whole, part = divmod(hundredths, 100)
    tail = f"{part:02d}".rstrip("0")
    return f"{whole}.{tail} mg" if tail else f"{whole} mg"


def ml(nanolitres: Fraction | int) -> str:
    """A volume to a tenth of a millilitre, exact where it is."""
    thousandths = round(Fraction(nanolitres) / 1000)
    whole, part = divmod(thousandths, 1000)
    tail = f"{part:03d}".rstrip("0")
    return f"{whole}.{tail} mL" if tail else f"{whole} mL"


def scenario(random: Random) -> Making:
    """A batch that somebody makes."""
    assay, water = random.choice(["98.4", "99.2", "101.1"]), random.choice(["0.4", "5", "8.2"])
    base: dict[str, Any] = {"made": DAY, "lot": f"A123; assay={assay}; water={water}", "number": "B-17"}
    kind = random.choice(["uldn", "uldn", "powder", "tablets", "capsules", "triturate"])
    if kind == "uldn":
        make = random.choice(["20 mL", "50 mL", "60 mL", "100 mL"])
        inputs = MakingInputs(formula="uldn-liquid", make=make, **base)
    elif kind == "powder":
        make = random.choice(["100 mL", "150 mL", "200 mL", "250 mL"])
        inputs = MakingInputs(formula="liquid-nz-powder", make=make, **base)
    elif kind == "tablets":
        make = random.choice(["100 mL", "150 mL", "200 mL"])
        inputs = MakingInputs(formula="liquid-nz-tablets", make=make, **{**base, "lot": ""})
    else:
        strength, count = ("4.5 mg", "100") if kind == "capsules" else ("0.5 mg", "30")
        inputs = MakingInputs(
            formula=random.choice(["capsule-gelatin", "capsule-hypromellose"]),
            make=f"{count} capsules",
            strength=strength,
            filler_alone="135 mg",
            drug_alone="180 mg",
            balance="0.1 mg" if kind == "capsules" else "1 mg",
            **base,
        )
    return _making(inputs)


@cache
def _making(inputs: MakingInputs) -> Making:
    return making(inputs, KNOWN)


def made(of: Making, slip: Slip, random: Random) -> Done:
    """Make a batch, with a slip."""
    if isinstance(of.batch, CapsuleBatch):
        return _capsules(of, of.batch, slip, random)
    return _liquid(of, of.batch, slip, random)


def _jitter(random: Random, part: str) -> Fraction:
    """Nobody hits a target: within a part of it."""
    return 1 + Fraction(random.randrange(-100, 101), 100) * Fraction(part) / 100


def _powder(
    of: Making, shown: Mass, slip: Slip, random: Random, texts: dict[str, str]
) -> tuple[Fraction, Fraction]:
    """Weigh the drug.

    Returns:
        Nanograms on the balance, and nanograms of anhydrous hydrochloride that went in, of those intended.
    """
    lot = dict(p.strip().split("=") for p in of.inputs.lot.split(";")[1:])
    number = of.inputs.lot.split(";")[0]
    holds = Fraction(lot["assay"]) / 100 * (1 - Fraction(lot["water"]) / 100)
    texts["drug.pot"] = slip.word if slip.name == "another pot" else number
    texts["drug.substance"] = slip.word if slip.name == "another salt" else "anhydrous"
    texts["drug.assay"], texts["drug.water"] = lot["assay"], lot["water"]
    if slip.name == "another certificate":
        texts["drug.assay"], texts["drug.water"] = slip.word.split("/")
    wanted = Fraction(shown.base)
    if slip.name == "weighed":
        wanted *= slip.times
    if slip.name == "not corrected":
        wanted *= holds
    on_it = wanted * _jitter(random, "0.3")
    texts["drug.weighed"] = mg(on_it)
    went_in = on_it * 2 if slip.name == "weighed twice" else on_it
    texts["drug.used"] = mg(went_in * _jitter(random, "2"))
    of_one = went_in / shown.base
    if slip.name == "another salt":
        of_one *= Fraction(GRAMS["anhydrous"]) / Fraction(GRAMS[slip.word])
    if slip.name == "another certificate":
        # The pot is that of this certificate: its powder holds less or more than the sheet took it to.
        assay, water = (Fraction(t) / 100 for t in slip.word.split("/"))
        of_one *= assay * (1 - water) / holds
    return on_it, of_one


def _liquid(of: Making, batch: Batch, slip: Slip, random: Random) -> Done:
    texts: dict[str, str] = {}
    prep = of.preparation
    done = Done(texts, Fraction(1))
    if prep is None:
        assert batch.tablets is not None
        count = batch.tablets
        if slip.name == "weighed":
            count = max(1, int(count * slip.times))
        texts["tablet.strength"], texts["tablet.lot"] = "50 mg", "T7; 2027-06-30"
        if slip.name == "powder for tablets":
            texts["tablet.strength"] = "A500"
        if slip.name == "weighed twice":
            count *= 2
        texts["tablet.count"] = str(count)
        factor = Fraction(count, batch.tablets)
        if slip.name == "powder for tablets":
            factor = Fraction(1000)  # 50 g for 50 mg, as in the case reports
    else:
        _, factor = _powder(of, prep.shown, slip, random, texts)
    for other in batch.others:
        key = other.name.replace(" ", "-")
        texts[f"{key}.lot"] = f"{key[:2].upper()}1; 2027-12-31"
        exact = other.amount.base
        texts[f"{key}.amount"] = (
            mg(exact * _jitter(random, "0.5")) if isinstance(other.amount, Mass) else ml(exact)
        )
    texts["vehicle.lot"] = "W3; 2026-12-31"
    if prep is not None and prep.plan is not None:
        factor *= _diluted(of, slip, random, texts)
    volume = Fraction(batch.volume.base)
    if slip.name == "yield":
        volume *= slip.times
        if prep is None or prep.plan is None:
            factor /= slip.times
    texts["made"] = ml(volume)
    one = batch.strength.dose
    texts["label.one"], texts["label.all"] = str(one), str(batch.drug)
    if slip.name == "label swapped":
        texts["label.one"], texts["label.all"] = texts["label.all"], texts["label.one"]
        factor = Fraction(batch.drug.base, one.base)
    if slip.name == "label unit":
        texts["label.one"] = str(one.scaled(slip.times))
        factor = slip.times
    return replace(done, factor=factor)


def _diluted(of: Making, slip: Slip, random: Random, texts: dict[str, str]) -> Fraction:
    """Dilute step by step; flasks hold (volume, strength as a part of the first solution)."""
    prep = of.preparation
    assert prep is not None
    assert prep.plan is not None
    assert prep.flask is not None
    number, transfers = of.sheet.number, prep.plan.transfers
    texts["flask.0.into"], texts["flask.0.volume"] = f"{number}/0", ml(prep.flask.holds.base)
    flasks: dict[int, list[Fraction]] = {0: [Fraction(prep.flask.holds.base), Fraction(1)]}
    at, besides = 0, 0
    for n, transfer in enumerate(transfers, 1):
        if slip == Slip("skipped", n):
            continue
        source = at
        if slip.name == "another flask" and slip.step == n and n > 1:
            source = n - 2
        pipette, flask = Fraction(transfer.pipette.holds.base), Fraction(transfer.flask.holds.base)
        if slip.name == "another pipette" and slip.step == n:
            pipette *= slip.times
        if slip.name == "another volume" and slip.step == n:
            flask *= slip.times
        times = 2 if slip == Slip("pipetted twice", n) else 1
        strength = flasks[source][1] * pipette * times / flask
        flasks[source][0] -= pipette * times
        flasks[n] = [flask, strength]
        if slip == Slip("diluted twice", n):
            besides += 1
            flasks[n] = [flask, strength * pipette / flask]
        texts[f"flask.{n}.from"], texts[f"flask.{n}.into"] = f"{number}/{source}", f"{number}/{n}"
        texts[f"flask.{n}.taken"], texts[f"flask.{n}.volume"] = ml(pipette), ml(flask)
        left = max(flasks[source][0], Fraction(0)) + random.randrange(-3, 4) * 100_000
        texts[f"flask.{n}.left"] = ml(max(left, Fraction(0)))
        at = n
    if slip.name == "another flask" and slip.step == len(transfers) + 1:
        at = len(transfers) - 1
    texts["made.from"] = f"{number}/{at}"
    texts["flasks"] = str(len(flasks) + besides)
    intended = Fraction(1)
    for transfer in transfers:
        intended *= Fraction(transfer.pipette.holds.base, transfer.flask.holds.base)
    return flasks[at][1] / intended


def _capsules(of: Making, batch: CapsuleBatch, slip: Slip, random: Random) -> Done:
    texts: dict[str, str] = {}
    on_it, of_one = _powder(of, batch.weighed, slip, random, texts)
    texts["filler.lot"] = "MC8; 2028-01-31"
    filler, intended = Fraction(batch.filler), Fraction(batch.drug.base)
    if batch.mixtures:
        in_blend, blend = _triturated(of, batch, (on_it, of_one), slip, random, texts)
    else:
        scoops = 2 if slip.name == "weighed twice" else 1
        in_blend, blend = of_one * intended, filler + on_it * scoops
        texts["pots"] = "1"
    if slip.name == "no drug":
        in_blend, blend = Fraction(0), filler
    texts["filler.weighed"] = mg(filler * _jitter(random, "0.1"))
    texts["blend.mass"] = mg(blend - random.randrange(0, 3) * 100_000)
    capsules = blend / batch.blend.fill.total
    if slip.name == "yield":
        capsules *= slip.times
    texts["fill.mean"] = mg(blend / capsules * _jitter(random, "1"))
    texts["capsules"] = str(int(capsules))
    factor = in_blend / capsules / batch.dose.base
    texts["label.one"], texts["label.all"] = str(batch.dose), str(batch.drug)
    if slip.name == "label swapped":
        texts["label.one"], texts["label.all"] = texts["label.all"], texts["label.one"]
        factor = Fraction(batch.capsules)
    if slip.name == "label unit":
        texts["label.one"] = str(batch.dose.scaled(slip.times))
        factor = slip.times
    return Done(texts, factor)


def _triturated(
    of: Making,
    batch: CapsuleBatch,
    powder: tuple[Fraction, Fraction],
    slip: Slip,
    random: Random,
    texts: dict[str, str],
) -> tuple[Fraction, Fraction]:
    """Mix triturates; pots hold (nanograms, nanograms of drug in them).

    Returns:
        The drug in the blend, and what the blend weighs.
    """
    number, mixtures = of.sheet.number, batch.mixtures
    on_it, of_one = powder
    pots = {0: (on_it, of_one * mixtures[0].weighed.base)}
    at = 0
    for n, mixture in enumerate(mixtures, 1):
        if slip == Slip("skipped", n):
            continue
        mass, drug = pots[at]
        if n > 1:
            taken = min(Fraction(mixture.weighed.base) * _jitter(random, "0.3"), mass)
            texts[f"triturate.{n}.from"] = f"{number}/{at}"
            texts[f"triturate.{n}.weighed"] = mg(taken)
            drug = drug * taken / mass
        total = Fraction(mixture.made.base)
        texts[f"triturate.{n}.into"], texts[f"triturate.{n}.made"] = f"{number}/{n}", mg(total)
        pots[n] = (total, drug)
        at = n
    mass, drug = pots[at]
    taken = Fraction(mixtures[-1].taken.base) * _jitter(random, "0.3")
    if slip.name == "another pipette":
        taken *= slip.times
    taken = min(taken, mass)
    texts["blend.from"], texts["blend.taken"] = f"{number}/{at}" if at else texts["drug.pot"], mg(taken)
    scoops = 2 if slip.name == "pipetted twice" else 1
    texts["pots"] = str(len(pots))
    return drug * taken * scoops / mass, batch.filler + taken * scoops
