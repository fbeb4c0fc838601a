"""What decides between products, read in the record or stated; and what would help where none fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from golden_records import KNOWN, record_of

from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.schema import Therapy
from openldn.plan.choice import Choice, Need, Needs, choose, needs_of
from openldn.plan.ladders import profile_named, typed
from openldn.plan.stock import read_stock
from openldn.plan.titration import Wanted
from openldn.quantities import Dose
from openldn.screening.screen import screen
from openldn.screening.verdict import Allowed, Caution, Suitable

DAY = date(2026, 11, 1)
QUIET = Suitable(Therapy.LDN, DAY, None)
DROPS = {"formulation": "drops", "strengths": ["5 mg"], "each": "0.25 mg", "calibrated": "by A"}
CREAM = {"formulation": "cream", "strengths": ["5 mg"], "each": "0.5 mg", "calibrated": "by A"}


def verdict_of(**case: Any) -> tuple[Any, Allowed]:
    record = record_of({"as_of": DAY.isoformat(), **case})
    verdict = screen(record, Therapy.LDN, KNOWN, as_of=DAY).verdict
    assert isinstance(verdict, Suitable | Caution)
    return record, verdict


def chosen(
    *products: dict[str, Any], needs: Needs | None = None, steps: str = "1 mg", by: str = "Dr A"
) -> Choice:
    stock = read_stock({"pharmacy": "P", "products": list(products)}, KNOWN, as_of=DAY)
    wanted = Wanted(DAY, typed(steps), prescriber="Dr A")
    return choose(QUIET, wanted, stock, needs or Needs(), KNOWN, as_of=DAY, patient="p7")


def test_intolerances_age_and_dose_are_read_in_the_record() -> None:
    record, verdict = verdict_of(
        allergies=[{"text": "Sodium benzoate"}], conditions=[{"text": "Lactose intolerance"}]
    )
    stated = frozenset({Need.GUT})
    found = needs_of(record, verdict, as_of=DAY, stated=stated, wish=Form.DROPS)
    assert set(found.intolerances) == {
        ("findings/excipient-benzoate", "Benzoates"),
        ("findings/excipient-lactose", "Lactose"),
    }
    assert (found.stated, found.wish, found.youngest, found.only) == (stated, Form.DROPS, None, None)


def test_a_childs_age_is_the_lowest_that_is_possible() -> None:
    record, verdict = verdict_of(
        patient={"born": "2016-11-02"},
        conditions=[{"text": "Crohn's disease"}],
        results=[{"test": "body weight", "value": "45", "unit": "kg", "taken": "2026-10-20"}],
    )
    found = needs_of(record, verdict, as_of=DAY)
    assert (found.youngest, found.only) == (9, Dose.mg("4.5"))
    assert needs_of(record_of({"as_of": "2026-11-01"}), QUIET, as_of=DAY) == Needs()


def test_the_plan_is_the_patients() -> None:
    plan = chosen({"formulation": "liquid-nz"}).best
    assert plan is not None
    assert plan.patient == "p7"


def test_drops_and_cream_say_what_is_not_known_of_each() -> None:
    found = chosen(DROPS, CREAM)
    said = {c.article.formulation.form: c.grounds[0].said for c in found.candidates}
    assert "two to seven times" in said[Form.DROPS]
    assert "through the skin is not known" in said[Form.CREAM]


@pytest.mark.parametrize(
    ("needs", "first"),
    [
        (Needs(), Form.LIQUID),
        (Needs(frozenset({Need.GUT})), Form.DROPS),
        (Needs(frozenset({Need.MOUTH})), Form.DROPS),
        (Needs(frozenset({Need.SWALLOWING})), Form.LIQUID),
        (Needs(wish=Form.CAPSULE), Form.CAPSULE),
        (Needs(intolerances=(("findings/excipient-glycerol", "Glycerol"),)), Form.CAPSULE),
    ],
)
def test_needs_put_another_product_first(needs: Needs, first: Form) -> None:
    found = chosen(DROPS, {"formulation": "capsule-gelatin"}, {"formulation": "liquid-nz"}, needs=needs)
    assert found.candidates[0].article.formulation.form is first


def test_a_strength_more_is_offered_only_where_it_is_enough() -> None:
    capsules = {"formulation": "capsule-gelatin", "strengths": ["3 mg"]}
    needs = Needs(wish=Form.CAPSULE)
    offered = chosen(capsules, needs=needs, steps="1 mg x 7, 3 mg").changes
    assert "capsules of gelatin with microcrystalline cellulose of 1 mg besides those at hand" in offered
    assert not [c for c in offered if "of 3 mg besides" in c]
    twice = chosen(capsules, needs=needs, steps="0.5 mg x 7, 2 mg x 7, 3 mg").changes
    assert not [c for c in twice if "besides those at hand" in c]


def test_another_profile_is_offered_with_its_own_times() -> None:
    stock = read_stock(
        {"pharmacy": "P", "products": [{"formulation": "capsule-gelatin", "strengths": ["1 mg"]}]},
        KNOWN,
        as_of=DAY,
    )
    standard = profile_named("standard", QUIET, KNOWN, as_of=DAY)
    changes = choose(QUIET, Wanted(DAY, standard), stock, Needs(), KNOWN, as_of=DAY).changes
    assert (
        "another profile: depression-trial, in capsules of gelatin with microcrystalline cellulose" in changes
    )
    assert not [c for c in changes if c.startswith("another profile: standard")]
    warned = replace(Needs(), intolerances=(("findings/excipient-cellulose", "Cellulose"),))
    refused = choose(QUIET, Wanted(DAY, standard), stock, warned, KNOWN, as_of=DAY).changes
    assert not [c for c in refused if "calcium carbonate" in c]
