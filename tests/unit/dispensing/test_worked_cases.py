"""The hand-worked cases of facts/products.md 4.2, by their numbers; each value is copied from there."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from typing import Final

import pytest

from openldn.dispensing.batches import batch_of, prepared
from openldn.dispensing.budget import Budget, Factor, flask_factor, of_solution, slips_of
from openldn.dispensing.capsules import (
    Blend,
    Packing,
    acceptance_value,
    fill_of,
    largest_particle,
    particles_in,
    spread,
)
from openldn.dispensing.dilution import DilutionPlan, Tool, Transfer, dilutions, tools_of
from openldn.dispensing.home import Made, home_dose
from openldn.dispensing.intervals import Interval
from openldn.dispensing.substance import Lot, Substance, to_weigh, uncorrected
from openldn.dispensing.weighing import Balance, Mixture, Trituration, triturations
from openldn.knowledge.load import load_knowledge
from openldn.plan.rounding import Liquid, measure
from openldn.plan.stock import syringes_on
from openldn.quantities import CannotMeasure, Dose, Mass, Strength, Volume

KNOWN: Final = load_knowledge()
DAY: Final = date(2026, 11, 30)
ONE: Final = Strength.mg_per_ml(1)
PURE: Final = Lot("A1", Fraction(1), Fraction(0))
FINE: Final = Balance(Mass.mg("0.1"), Mass.mg("0.1"), Mass.parse("200 g"))
MILLIGRAM: Final = Balance(Mass.mg(1), Mass.mg(1), Mass.parse("200 g"))
CLASS_III: Final = Balance(Mass.mg(1), Mass.mg(6), Mass.parse("200 g"))


def us_tools(largest: int = 1000) -> list[Tool]:
    """As in case 12: pipettes 1, 2, 5, 10, 25, flasks from 10 on."""
    found = tools_of([KNOWN.apparatus["flask-a-us"], KNOWN.apparatus["pipette-a-us"]])
    return [
        t
        for t in found
        if (
            t.holds <= Volume.ml(25)
            if t.kind == "pipette"
            else Volume.ml(10) <= t.holds <= Volume.ml(largest)
        )
    ]


def tool(kind: str, holds: str, within: str) -> Tool:
    return Tool(kind, "", Volume.ml(holds), Volume.ml(within))


def case_11(pipette_1: str = "0.006", pipette_10: str = "0.02", flask: str = "0.08") -> DilutionPlan:
    hundred = tool("flask", "100", flask)
    return DilutionPlan(
        ONE,
        (
            Transfer(tool("pipette", "1", pipette_1), hundred),
            Transfer(tool("pipette", "10", pipette_10), hundred),
        ),
    )


def budget_11(flask: str = "0.08", **other: str) -> Budget:
    """100 mg (±1) in 100 mL, then the two steps; nanograms a nanolitre."""
    first = flask_factor(Volume.ml(100), Volume.ml(flask))
    return of_solution(Mass.mg(100), MILLIGRAM, first, case_11(flask=flask, **other))


def told(interval: Interval, scale: Fraction | int) -> tuple[str, str]:
    return f"{float(interval.low * scale):.4f}", f"{float(interval.high * scale):.4f}"


def test_1_scale_up() -> None:
    batch = batch_of(KNOWN.formulas["liquid-nz-tablets"], Volume.ml(150))
    assert batch.tablets == 3
    assert [str(a.amount) for a in batch.others] == ["0.75 g", "0.15 g", "30 mL"]


def test_2_scale_refused() -> None:
    with pytest.raises(CannotMeasure) as refused:
        batch_of(KNOWN.formulas["liquid-nz-tablets"], Volume.ml(120))
    for offered in ("2.4 tablets", "100 mL (2)", "150 mL (3)", "120 mg of powder"):
        assert offered in str(refused.value)


def test_3_salt() -> None:
    base = Lot("A1", Fraction(1), Fraction(0), substance=Substance.BASE)
    assert f"{float(to_weigh(Dose.mg('4.5'), base)) / 1e6:.3f}" == "4.066"
    # 4.5 mg of base hold as much as 4.980 mg of hydrochloride.
    assert f"{4.5 / float(Substance.BASE.for_one):.3f}" == "4.980"
    assert f"{50 * float(Substance.BASE.for_one):.2f}" == "45.18"


def test_4_water_and_assay() -> None:
    lot = Lot("A1", Fraction("0.992"), Fraction("0.05"))
    assert f"{float(to_weigh(Dose.mg(450), lot)) / 1e6:.3f}" == "477.504"
    solvent = Lot("A1", Fraction("0.992"), Fraction("0.05"), Fraction("0.005"))
    assert f"{float(to_weigh(Dose.mg(450), solvent)) / 1e6:.2f}" == "480.03"
    assert f"{100 * float(uncorrected(lot)):.2f}" == "-5.76"
    for wrong in ({"assay": Fraction("99.2")}, {"water": Fraction(5)}, {"number": " "}):
        with pytest.raises(CannotMeasure):
            Lot(**{"number": "A", "assay": Fraction(1), "water": Fraction(0)} | wrong)  # type: ignore[arg-type]


def test_5_hydrate() -> None:
    for substance, mass in ((Substance.DIHYDRATE, "492.91"), (Substance.TETRAHYDRATE, "535.82")):
        lot = Lot("A1", Fraction(1), Fraction(0), substance=substance)
        assert f"{float(to_weigh(Dose.mg(450), lot)) / 1e6:.2f}" == mass
    dihydrate = Lot("A1", Fraction(1), Fraction(0), substance=Substance.DIHYDRATE)
    assert f"{100 * float(uncorrected(dihydrate)):.2f}" == "-8.71"


def test_5_the_water_of_a_hydrate_is_not_counted_twice() -> None:
    with pytest.raises(CannotMeasure, match="counted twice"):
        Lot("A1", Fraction(1), Fraction("0.087"), substance=Substance.DIHYDRATE)
    Lot("A1", Fraction(1), Fraction("0.005"), substance=Substance.DIHYDRATE)


def test_6_aliquot() -> None:
    found = Trituration((Mixture(Mass.mg(120), Mass.mg(1200), Mass.mg(120)),))
    assert (found.holds, found.mixtures[0].filler) == (Fraction(12_000_000), Mass.mg(1080))
    assert told(found.interval(CLASS_III), Fraction(1, 10**6)) == ("10.8300", "13.2300")
    assert CLASS_III.least(Fraction(5, 100)) == Mass.mg(120)


def test_7_and_8_aliquots() -> None:
    found = Trituration((Mixture(Mass.mg(120), Mass.mg(7500), Mass.mg(125)),))
    assert (found.holds, found.mixtures[0].filler) == (Fraction(2_000_000), Mass.mg(7380))
    assert Trituration((Mixture(Mass.mg(150), Mass.mg(900), Mass.mg(150)),)).holds == 25_000_000
    assert CLASS_III.least(Fraction(4, 100)) == Mass.mg(150)


def test_10_packing() -> None:
    packing = Packing(Mass.mg(135), Mass.mg(180))
    fill = fill_of(Dose.mg("4.5"), packing)
    assert [fill.filler, fill.total] == [131_625_000, 136_125_000]
    blend = Blend(fill, 105)
    assert [blend.drug, blend.filler, blend.total] == [472_500_000, 13_820_625_000, 14_293_125_000]
    assert fill_of(Dose.mg("0.5"), packing).total == 135_125_000
    # What a weight check cannot see: no drug at all is 3.3 % less, four times the drug passes 10 %.
    assert f"{100 * float(fill.drug_part):.1f}" == "3.3"
    assert f"{float(fill.blind_up_to()):.1f}" == "4.0"


def test_11_a_microgram_in_a_millilitre() -> None:
    budget = budget_11()
    scale = 1000  # nanograms a nanolitre to micrograms a millilitre: 1 to 1000
    assert told(budget.interval, scale) == ("0.9797", "1.0205")
    assert budget.interval.nominal * scale == 1
    assert f"{100 * float(sum(f.relative for f in budget.factors)):.2f}" in ("2.04", "2.05")
    assert told(budget_11(flask="0.16", pipette_1="0.012", pipette_10="0.04").interval, scale) == (
        "0.9695", "1.0312",
    )  # fmt: skip
    iso = budget_11(flask="0.1", pipette_1="0.008", pipette_10="0.02").interval
    assert (f"{float(iso.low * scale):.4f}", f"{float(iso.high * scale):.4f}") == ("0.9772", "1.0232")


def test_11_chance_lies_inside_the_bounds() -> None:
    budget = budget_11()
    spread_ = budget.monte_carlo(random.Random(11), 40_000)
    assert 0.67 < spread_.sd_percent < 0.71  # 0.688 % by the uniform law
    assert f"{spread_.low * 1000:.3f}" in ("0.987", "0.988")
    assert f"{spread_.high * 1000:.3f}" == "1.013"
    assert float(budget.interval.low) < spread_.low < spread_.high < float(budget.interval.high)


def test_12_choice_of_steps() -> None:
    found = dilutions(
        ONE, Fraction(1, 1000), us_tools(), at_least=Volume.ml(1), most_made=Volume.ml(5000), most_steps=2
    )
    one, two = ([p for p in found if len(p.transfers) == n] for n in (1, 2))
    assert (len(one), len(two)) == (1, 32)
    assert (f"{100 * float(one[0].error):.2f}", one[0].made) == ("0.63", Volume.ml(1000))
    assert (f"{100 * float(found[0].error):.3f}", found[0].made) == ("0.398", Volume.ml(1250))
    least = min(two, key=lambda p: p.made)
    assert (least.made, f"{100 * float(least.error):.2f}") == (Volume.ml(110), "1.48")
    small = dilutions(
        ONE, Fraction(1, 1000), us_tools(100), at_least=Volume.ml(1), most_made=Volume.ml(5000), most_steps=2
    )
    told_ = [
        (sorted(int(t.pipette.holds.base / 10**6) for t in p.transfers), f"{100 * float(p.error):.2f}")
        for p in small[:2]
    ]
    assert told_ == [([2, 5], "0.66"), ([1, 10], "0.96")]


def test_12_every_plan_gives_just_the_strength() -> None:
    for plan in dilutions(
        ONE, Fraction(1, 1000), us_tools(), at_least=Volume.ml(50), most_made=Volume.ml(500), most_steps=3
    ):
        assert plan.factor == Fraction(1, 1000)
        assert list(plan.strengths())[-1][1] == 1000
        assert plan.ends_with >= Volume.ml(50)
        assert plan.made <= Volume.ml(500)
        low, high = plan.interval.below, plan.interval.above
        assert low <= plan.error <= high


def test_13_slips() -> None:
    slips = {s.what: s.times for s in slips_of(case_11())}
    assert slips["step 1 left out"] == 100
    assert slips["step 2 left out"] == 10
    assert slips["step 1: ten times the pipette"] == 10
    worst = slips_of(case_11())[0]
    assert worst.times == 1000
    assert "label" in worst.what or "grams" in worst.what


def test_14_from_a_tablet() -> None:
    """Volumes are in nanolitres, so the result is in nanograms a nanolitre."""
    tablet = Factor("tablet", Interval(Fraction(45 * 10**6), Fraction(50 * 10**6), Fraction(55 * 10**6)))
    first = flask_factor(Volume.ml(50), Volume.ml("0.05"))
    steps = [
        factor
        for t in case_11().transfers
        for factor in (
            Factor("pipette", t.pipette.measure),
            Factor("flask", t.flask.measure, divides=True),
        )
    ]
    assert told(Budget((tablet, first, *steps)).interval, 1000) == ("0.8905", "1.1117")


def test_15_to_the_patient() -> None:
    more = (
        Factor("substance", Interval(Fraction(98, 100), Fraction(1), Fraction(102, 100))),
        Factor("1 mL in the 1 mL syringe", Interval.within(10**6, 5 * 10**4)),
    )
    budget = of_solution(
        Mass.mg(100), MILLIGRAM, flask_factor(Volume.ml(100), Volume.ml("0.08")), case_11(), more
    )
    assert (f"{float(budget.interval.low) / 1000:.4f}", f"{float(budget.interval.high) / 1000:.4f}") == (
        "0.9121", "1.0930",
    )  # fmt: skip


def test_16_dry_triturates() -> None:
    found = Trituration(
        (
            Mixture(Mass.mg(100), Mass.mg(10_000), Mass.mg(100)),
            Mixture(Mass.mg(100), Mass.mg(10_000), Mass.mg(660)),
        )
    )
    assert found.holds / 66 == 1000
    assert told(found.interval(MILLIGRAM), Fraction(1, 66_000)) == ("0.9786", "1.0216")


def test_17_particles() -> None:
    dose = Dose.mcg(1)
    assert [f"{particles_in(dose, d):.1f}" for d in (50, 20, 10)] == ["11.1", "172.7", "1381.6"]
    assert [f"{spread(dose, d):.1f}" for d in (50, 20, 10)] == ["30.1", "7.6", "2.7"]
    assert f"{largest_particle(dose):.1f}" == "17.5"
    assert f"{spread(Dose.mg('0.5'), 100):.1f}" == "3.8"


def test_18_trituration() -> None:
    found = Trituration((Mixture(Mass.mg(100), Mass.mg(1000), Mass.mg(150)),))
    assert told(found.interval(MILLIGRAM), Fraction(1, 10**6)) == ("14.7510", "15.2510")
    best = triturations(Mass.mg(15), MILLIGRAM, part=Fraction(1, 100), largest=Mass.parse("20 g"))
    assert all(t.holds == 15_000_000 for t in best)
    assert best[0].interval(MILLIGRAM).worst <= found.interval(MILLIGRAM).worst
    with pytest.raises(CannotMeasure, match="directly"):
        triturations(Mass.mg(500), MILLIGRAM, part=Fraction(1, 100), largest=Mass.parse("20 g"))


def test_22_acceptance_value() -> None:
    rows = {
        "98 101 97 103 95 99 102 96 100 104": "7.27",
        "92 96 90 97 93 95 91 98 94 94": "10.70",
        "88 104 95 110 92 99 107 90 101 114": "21.1",
    }
    for percents, wanted in rows.items():
        found = acceptance_value(tuple(map(Fraction, percents.split())))
        assert f"{found:.{len(wanted.split('.')[1])}f}" == wanted


def test_24_home_dilution() -> None:
    made = Made(1, Dose.mg(50), Volume.ml(50), Volume.ml(60), Volume.ml(1), Volume.ml(1), hours_old=2)
    found = home_dose(made, KNOWN, as_of=DAY)
    assert found.nominal == 10**6
    assert found.holds is not None
    assert told(found.holds, Fraction(1, 10**6)) == ("0.8221", "1.2031")


def test_9_rounding_trap() -> None:
    """A published page rounds 0.4333 to 0.43 mL and gets 40 mg of filler, 7.1 % too much."""
    drug_alone, filler_alone = Mass(int(Fraction("0.48") * 750 * 10**6)), Mass.mg(384)  # 0.48 mL x 0.80
    fill = fill_of(Dose.mg(325), Packing(filler_alone, drug_alone))
    assert f"{float(fill.filler) / 1e6:.2f}" == "37.33"
    blend = Blend(fill, 11)
    assert blend.drug == 3575 * 10**6
    assert f"{float(blend.filler) / 1e6:.2f}" == "410.67"
    assert f"{float(40_000_000 / fill.filler - 1):.3f}" == "0.071"


def test_21_a_child_is_measured_down() -> None:
    """0.1 mg/kg for 23.7 kg is 2.37 mg: 2.3 mL in a syringe of 3 mL, 3.0 % less; 2.4 would be 1.3 % more."""
    three = next(s for s in syringes_on(KNOWN, DAY) if s.capacity == Volume.ml(3))
    with pytest.raises(CannotMeasure, match=r"the nearest below is 2\.3 mg"):
        measure(Dose.mg("2.37"), Liquid(ONE, (three,), 1))
    assert f"{float(Fraction('2.3') / Fraction('2.37') - 1):.3f}" == "-0.030"


def test_25_whole_capsule_of_drug() -> None:
    assert 180 / 4.5 == 40
    with pytest.raises(CannotMeasure, match="does not fit"):
        fill_of(Dose.mg(180), Packing(Mass.mg(135), Mass.mg(180)))


def test_26_excipients_of_a_dose() -> None:
    batch = batch_of(KNOWN.formulas["liquid-nz-powder"], Volume.ml("4.5"))
    assert [str(a.amount) for a in batch.others] == ["22.5 mg", "4.5 mg", "0.9 mL"]
    assert batch.drug == Dose.mg("4.5")


def test_a_microgram_liquid_is_diluted_and_a_milligram_liquid_weighed() -> None:
    tools = us_tools(100)
    uldn = batch_of(KNOWN.formulas["uldn-liquid"], Volume.ml(60))
    found = prepared(uldn, PURE, FINE, tools, KNOWN, as_of=DAY)
    assert found.plan is not None
    assert found.flask is not None
    assert found.plan.ends_with >= Volume.ml(60)
    assert found.budget.interval.nominal == Fraction(1, 1000)
    assert found.budget.interval.worst < Fraction(3, 100)
    direct = prepared(
        batch_of(KNOWN.formulas["liquid-nz-powder"], Volume.ml(100)), PURE, FINE, tools, KNOWN, as_of=DAY
    )
    assert (direct.plan, direct.shown) == (None, Mass.mg(100))
    with pytest.raises(CannotMeasure, match="No way from"):
        prepared(uldn, PURE, FINE, [t for t in tools if t.kind == "flask"], KNOWN, as_of=DAY)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tablets": 0}, "how many tablets"),
        ({"dose_by": Volume.ml(2)}, "no tolerance is known"),
        ({"dose": Volume.ml(3)}, "does not fit"),
        ({"water": Volume.ml(1000)}, "thousandfold"),
    ],
)
def test_what_cannot_be_checked_at_home_is_said(change: dict[str, object], said: str) -> None:
    given = {
        "tablets": 1, "tablet": Dose.mg(50), "water": Volume.ml(50), "water_by": Volume.ml(1000),
        "dose": Volume.ml(1), "dose_by": Volume.ml(1), "hours_old": 2,
    }  # fmt: skip
    with pytest.raises(CannotMeasure, match=said):
        home_dose(Made(**given | change), KNOWN, as_of=DAY)  # type: ignore[arg-type]


def test_cups_and_age_are_asked_about() -> None:
    made = Made(1, Dose.mg(50), Volume.ml(50), None, Volume.ml(1), Volume.ml(1), hours_old=30)
    found = home_dose(made, KNOWN, as_of=DAY)
    assert found.holds is None
    assert "oral syringe" in found.ask[0]
    assert "throw it away" in found.ask[1]
