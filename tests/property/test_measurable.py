"""measurable(): at or below, measurable, and nothing measurable lies between; against brute force."""

from itertools import product as every

from hypothesis import given
from hypothesis import strategies as st

from openldn.plan.rounding import Capsules, Fills, Liquid, Pieces, Product, Syringe, measurable, measure
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
    lambda sizes, most: Capsules(tuple(Dose(s * 500_000) for s in sizes), most),
    st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True),
    st.integers(1, 3),
)
DOSES = st.one_of(st.integers(0, 10_000_000), st.integers(0, 1000).map(lambda n: n * 10_000))


def _brute(product: Product) -> set[int]:
    if isinstance(product, Capsules):
        choices = [0, *(s.base for s in product.strengths)]
        return {sum(chosen) for chosen in every(choices, repeat=product.most_at_once)} - {0}
    found: set[int] = set()
    for syringe in product.syringes:
        one = range(0, syringe.capacity.base + 1, syringe.mark.base)
        for fills in every(one, repeat=product.most_fills):
            amount, rest = divmod(sum(fills) * product.strength.dose.base, product.strength.volume.base)
            if amount and not rest:
                found.add(amount)
    return found


@given(product=st.one_of(LIQUIDS, CAPSULES), base=DOSES)
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
    if isinstance(measured, Fills):
        assert isinstance(product, Liquid)
        assert product.strength.dose_in(measured.volume) == found
        assert all(measured.syringe.measures(v) for v in measured.volumes)
        assert len(measured.volumes) <= product.most_fills
    else:
        assert isinstance(measured, Pieces)
        assert sum(s.base for s in measured.strengths) == found.base
