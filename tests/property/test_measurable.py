"""measurable(): at or below, measurable, and nothing measurable lies between; against brute force."""

from fractions import Fraction
from itertools import combinations_with_replacement
from itertools import product as every

from hypothesis import given
from hypothesis import strategies as st

from openldn.knowledge.formulation_schema import Form
from openldn.plan.rounding import (
    Fills,
    Liquid,
    Metered,
    Pieces,
    Product,
    Solids,
    Syringe,
    dose_of,
    measurable,
    measure,
    ways,
)
from openldn.quantities import CannotMeasure, Dose, Strength, Volume

SYRINGES = st.builds(
    lambda mark, marks: Syringe(Volume(mark * marks), Volume(mark)),
    st.sampled_from([10_000, 50_000, 100_000]),
    st.integers(2, 12),
)
LIQUIDS = st.builds(
    lambda strength, syringes, fills: Liquid(Strength.mg_per_ml(strength), tuple(syringes), fills),
    st.sampled_from(["0.1", "0.5", "1", "3", "10"]),
    st.lists(SYRINGES, min_size=1, max_size=2),
    st.integers(1, 2),
)
CAPSULES = st.builds(
    lambda sizes, most: Solids(Form.CAPSULE, tuple(Dose(s * 500_000) for s in sizes), most),
    st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True),
    st.integers(1, 3),
)
DROPS = st.builds(
    lambda each, most, below: Metered(
        Form.DROPS, Strength.mg_per_ml(5), Dose(each), most, Fraction(below, 100)
    ),
    st.integers(50_000, 400_000),
    st.integers(1, 30),
    st.integers(0, 20),
)
DOSES = st.one_of(st.integers(0, 10_000_000), st.integers(0, 1000).map(lambda n: n * 10_000))


def _brute(product: Product) -> set[int]:
    if isinstance(product, Solids):
        choices = [0, *(s.base for s in product.strengths)]
        return {sum(chosen) for chosen in every(choices, repeat=product.most_at_once)} - {0}
    if isinstance(product, Metered):
        return {product.each.base * n for n in range(1, product.most + 1)}
    found: set[int] = set()
    for syringe in product.syringes:
        one = range(0, syringe.capacity.base + 1, syringe.mark.base)
        for fills in every(one, repeat=product.most_fills):
            amount, rest = divmod(sum(fills) * product.strength.dose.base, product.strength.volume.base)
            if amount and not rest:
                found.add(amount)
    return found


@given(product=st.one_of(LIQUIDS, CAPSULES, DROPS), base=DOSES)
def test_measurable_is_the_nearest_at_or_below(product: Product, base: int) -> None:
    expected = max((d for d in _brute(product) if d <= base), default=None)
    try:
        found = measurable(Dose(base), product)
    except CannotMeasure:
        assert expected is None
        return
    assert found.base == expected
    assert found <= Dose(base)
    measured = measure(found, product)
    assert dose_of(measured, product) == found
    if isinstance(measured, Fills):
        off = measured.tolerance
        assert off is None or off > 0
    if isinstance(measured, Fills):
        assert isinstance(product, Liquid)
        assert product.strength.dose_in(measured.volume) == found
        assert all(measured.syringe.measures(v) for v in measured.volumes)
        assert len(measured.volumes) <= product.most_fills
    elif isinstance(measured, Pieces):
        assert sum(s.base for s in measured.strengths) == found.base


@given(drops=DROPS, base=DOSES)
def test_drops_fall_short_by_no_more_than_is_allowed_and_never_exceed(drops: Metered, base: int) -> None:
    fitting = [n for n in range(1, drops.most + 1) if base * (1 - drops.below) <= n * drops.each.base <= base]
    try:
        measured = measure(Dose(base), drops)
    except CannotMeasure:
        assert not fitting
        return
    assert dose_of(measured, drops).base == max(fitting) * drops.each.base


@given(solids=CAPSULES, halves=st.integers(1, 20))
def test_every_way_to_make_up_a_dose_is_found_once(solids: Solids, halves: int) -> None:
    dose = Dose(halves * 500_000)
    found = [w.strengths for w in ways(dose, solids)]
    expected = [
        chosen
        for count in range(1, solids.most_at_once + 1)
        for chosen in combinations_with_replacement(sorted(solids.strengths, reverse=True), count)
        if sum(s.base for s in chosen) == dose.base
    ]
    assert sorted(found) == sorted(expected)
    assert [len(f) for f in found] == sorted(len(f) for f in found)
