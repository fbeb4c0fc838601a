"""Laws of compounding: what scales, what is conserved, what no order of steps or readers changes."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import permutations
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from openldn.dispensing.batches import batch_of
from openldn.dispensing.capsules import Blend, Packing, fill_of
from openldn.dispensing.dilution import DilutionPlan, dilutions, tools_of
from openldn.dispensing.making import MakingInputs, making
from openldn.dispensing.orders import FIELDS, checked_order
from openldn.dispensing.readings import Kind, Reading, judge
from openldn.dispensing.weighing import Balance, triturations
from openldn.knowledge.load import load_knowledge
from openldn.quantities import CannotMeasure, Dose, Mass, Strength, Volume

KNOWN = load_knowledge()
DAY = date(2026, 11, 30)
TOOLS = tools_of([KNOWN.apparatus["flask-a-us"], KNOWN.apparatus["pipette-a-us"]], largest=Volume.ml(100))
MADE = making(
    MakingInputs(formula="uldn-liquid", make="60 mL", lot="A; assay=99; water=1", made=DAY, number="B-1"),
    KNOWN,
)


@given(st.sampled_from(["liquid-nz-powder", "liquid-syrspend"]), st.integers(1, 50), st.integers(2, 20))
def test_so_many_times_the_volume_is_so_many_times_everything(name: str, tens: int, times: int) -> None:
    one = batch_of(KNOWN.formulas[name], Volume.ml(10 * tens))
    many = batch_of(KNOWN.formulas[name], Volume.ml(10 * tens * times))
    assert many.drug.base == times * one.drug.base
    assert [a.amount.base for a in many.others] == [times * a.amount.base for a in one.others]
    assert many.strength == one.strength


@given(st.integers(1, 9), st.integers(50, 200), st.integers(100, 300), st.integers(1, 500))
def test_drug_and_filler_are_the_blend(half_mg: int, filler: int, drug: int, capsules: int) -> None:
    dose = Dose(500_000 * half_mg)
    blend = Blend(fill_of(dose, Packing(Mass.mg(filler), Mass.mg(drug))), capsules)
    assert blend.drug == dose.base * capsules
    assert blend.drug + blend.filler == blend.total
    # The room of a shell: the shares of both are one.
    room = Fraction(dose.base, Mass.mg(drug).base) + blend.fill.filler / Mass.mg(filler).base
    assert room == 1


@given(st.integers(1, 999), st.sampled_from(["1 mg", "0.1 mg"]))
def test_a_trituration_holds_exactly_what_is_wanted(tenths: int, step: str) -> None:
    wanted, balance = Mass(100_000 * tenths), Balance(Mass.parse(step), Mass.parse(step), Mass.parse("200 g"))
    try:
        found = triturations(wanted, balance, part=Fraction(1, 100), largest=Mass.parse("20 g"))
    except CannotMeasure:
        assume(False)
    for way in found[:5]:
        drug = Fraction(way.mixtures[0].weighed.base)
        for mixture in way.mixtures:
            assert mixture.weighed + mixture.filler == mixture.made
            drug = drug * mixture.taken.base / mixture.made.base
        assert drug == wanted.base == way.holds
        interval = way.interval(balance)
        assert interval.low < interval.nominal == drug < interval.high


@given(st.sampled_from([10, 20, 50, 100, 200, 500, 1000, 2500]))
def test_no_order_of_the_steps_changes_what_is_left(times: int) -> None:
    start = Strength.mg_per_ml(1)
    factor = Fraction(1, times)
    found = dilutions(start, factor, TOOLS, at_least=Volume.ml(10), most_made=Volume.ml(500))
    for plan in found[:3]:
        for order in permutations(plan.transfers):
            other = DilutionPlan(start, order)
            assert other.factor == factor
            assert other.interval == plan.interval
            *_, (_, last) = other.strengths()
            assert last == factor * 10**6


@given(st.randoms(use_true_random=False))
def test_neither_the_order_of_readings_nor_who_is_first_matters(random: Random) -> None:
    right = {e.key: "L; 2030-01-31" if e.kind is Kind.LOT else e.expected for e in MADE.sheet.entries}
    wrong = random.choice(MADE.sheet.entries).key
    texts = {**right, wrong: "7 mL"}
    readings = [Reading(k, t, by) for k, t in texts.items() for by in ("A", "B")]
    swapped = [Reading(r.key, r.text, {"A": "B", "B": "A"}[r.by]) for r in readings]
    random.shuffle(swapped)
    one = judge(MADE.sheet, readings, KNOWN, as_of=DAY)
    other = judge(MADE.sheet, swapped, KNOWN, as_of=DAY)
    assert [j.passed for j in one.judged] == [j.passed for j in other.judged]
    assert [j.entry.key for j in one.failed] in ([wrong], [])


@given(st.sampled_from(FIELDS[3:]), st.sampled_from([2, 5, 10, 100, 1000]), st.booleans(), st.integers(7, 90))
def test_one_figure_of_an_order_is_never_wrong_alone(field: str, times: int, up: bool, days: int) -> None:
    row = dict(zip(FIELDS, ("O-1", "liquid-nz-powder", "anhydrous", "1 mg per mL", f"{2 * days} mL",
                            f"{2 * days} mg", "2 mg", "2 mL", "1", str(days)), strict=True))  # fmt: skip
    assert checked_order(row, KNOWN, as_of=DAY).passed
    number, _, unit = row[field].partition(" ")
    value = Fraction(number) * times if up else Fraction(number) / times
    changed = {**row, field: f"{float(value):.6f}".rstrip("0").rstrip(".") + (f" {unit}" if unit else "")}
    assert not checked_order(changed, KNOWN, as_of=DAY).passed
