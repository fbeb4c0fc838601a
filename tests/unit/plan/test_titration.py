"""The days on which a plan may be made, to the day; and verdicts that no plan rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Severity, Therapy
from openldn.plan.products import ProductForm, product_for
from openldn.plan.rounding import Capsules, measure
from openldn.plan.steps import NoStepInForce
from openldn.plan.titration import CannotPlan, titrate
from openldn.quantities import CannotMeasure, Dose
from openldn.screening.verdict import Caution, Override, Reason, Suitable

DAY, KNOWN = date(2026, 5, 1), load_knowledge()
LIQUID = product_for(ProductForm.LIQUID, KNOWN, as_of=DAY)


@pytest.mark.parametrize(("delay", "age"), [(31, 0), (-1, 0), (0, 31), (0, -1)])
def test_a_start_or_a_verdict_out_of_its_days_is_refused(delay: int, age: int) -> None:
    verdict = Suitable(Therapy.LDN, DAY - timedelta(days=age), None)
    with pytest.raises(CannotPlan):
        titrate(verdict, LIQUID, KNOWN, starts=DAY + timedelta(days=delay), as_of=DAY)


@pytest.mark.parametrize(("delay", "age", "questions"), [(30, 0, 3), (0, 30, 0), (1, 5, 3)])
def test_the_last_allowed_days_and_the_first_dose_check(delay: int, age: int, questions: int) -> None:
    verdict = Suitable(Therapy.LDN, DAY - timedelta(days=age), None)
    plan = titrate(verdict, LIQUID, KNOWN, starts=DAY + timedelta(days=delay), as_of=DAY)
    assert len(plan.first_dose_check) == questions
    assert len(plan.stop_signs) == 5
    with pytest.raises(NoStepInForce):
        plan.step_on(plan.ends + timedelta(days=1))


def test_a_verdict_for_uldn_or_an_override_that_ends_first_gives_no_plan() -> None:
    uldn = Caution(Therapy.ULDN, DAY, None)
    with pytest.raises(CannotPlan, match="ULDN"):
        titrate(uldn, LIQUID, KNOWN, starts=DAY, as_of=DAY)
    rule = KNOWN.rule("screening/drug-list-old")
    aside = Reason(rule, Severity.CANNOT_TELL, set_aside=Override(rule.id, "Dr A", "by phone", DAY))
    signed = replace(Caution(Therapy.LDN, DAY, None), reasons=(aside,))
    assert titrate(signed, LIQUID, KNOWN, starts=DAY, as_of=DAY).starts == DAY
    with pytest.raises(CannotPlan, match="override"):
        titrate(signed, LIQUID, KNOWN, starts=DAY + timedelta(days=1), as_of=DAY)


def test_what_cannot_be_measured_is_refused_with_what_can() -> None:
    capsules = Capsules((Dose.mg(3), Dose.mg("4.5")), 2)
    with pytest.raises(CannotMeasure, match=r"2\.25 mg cannot be measured with capsules: and nothing below"):
        measure(Dose.mg("2.25"), capsules)
    with pytest.raises(CannotMeasure, match=r"the nearest below is 4\.5 mg"):
        measure(Dose.mg(5), capsules)
