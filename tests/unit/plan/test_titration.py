"""The days on which a plan may be made, to the day; verdicts and limits that no plan rests on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Severity, Therapy
from openldn.plan.identity import amounts_of
from openldn.plan.ladders import CannotPlan, Profile, other_authors, profile_named, proposals, typed
from openldn.plan.limits import SignedCeiling
from openldn.plan.rounding import Solids, measure
from openldn.plan.steps import NoStepInForce, Plan
from openldn.plan.stock import article_of, syringes_on
from openldn.plan.titration import Wanted, titrate
from openldn.quantities import CannotMeasure, Dose
from openldn.record.diary import Slot
from openldn.screening.verdict import Allowed, Caution, Limit, Override, Reason, Suitable

DAY, KNOWN = date(2026, 5, 1), load_knowledge()
SYRINGES = syringes_on(KNOWN, DAY)
LIQUID = article_of(KNOWN.formulations["formulations/liquid-nz"], KNOWN, SYRINGES, as_of=DAY)
DROPS = article_of(
    KNOWN.formulations["formulations/drops"],
    KNOWN,
    SYRINGES,
    as_of=DAY,
    strengths=(Dose.mg(5),),
    each=Dose.mg("0.25"),
    calibrated="2026-04-01 by A",
)
QUIET = Suitable(Therapy.LDN, DAY, None)
STANDARD = profile_named("standard", QUIET, KNOWN, as_of=DAY)


def made(verdict: Allowed, *, starts: date = DAY, profile: Profile = STANDARD, **more: object) -> Plan:
    wanted = replace(Wanted(starts=starts, profile=profile), **more)  # type: ignore[arg-type]
    return titrate(verdict, wanted, LIQUID, KNOWN, as_of=DAY)


def with_limit(*limits: Limit) -> Caution:
    rule = KNOWN.rule("screening/child-pugh-b")
    values = (("how", "x"), ("ceiling", "0.5 mg"))
    reasons = tuple(Reason(rule, Severity.CAUTION, values=values, limit=limit) for limit in limits)
    return Caution(Therapy.LDN, DAY, None, reasons)


@pytest.mark.parametrize(("delay", "age"), [(31, 0), (-1, 0), (0, 31), (0, -1)])
def test_a_start_or_a_verdict_out_of_its_days_is_refused(delay: int, age: int) -> None:
    verdict = Suitable(Therapy.LDN, DAY - timedelta(days=age), None)
    with pytest.raises(CannotPlan):
        made(verdict, starts=DAY + timedelta(days=delay))


@pytest.mark.parametrize(("delay", "age", "questions"), [(30, 0, 3), (0, 30, 0), (1, 5, 3)])
def test_the_last_allowed_days_and_the_first_dose_check(delay: int, age: int, questions: int) -> None:
    verdict = Suitable(Therapy.LDN, DAY - timedelta(days=age), None)
    plan = made(verdict, starts=DAY + timedelta(days=delay))
    assert len(plan.first_dose_check) == questions
    assert len(plan.stop_signs) == 5
    assert plan.course.sign_by == DAY - timedelta(days=age) + timedelta(days=30)
    with pytest.raises(NoStepInForce):
        plan.step_on(plan.ends + timedelta(days=1))


def test_a_verdict_for_uldn_or_an_override_that_ends_first_gives_no_plan() -> None:
    with pytest.raises(CannotPlan, match="ULDN"):
        made(Caution(Therapy.ULDN, DAY, None))
    rule = KNOWN.rule("screening/drug-list-old")
    aside = Reason(rule, Severity.CANNOT_TELL, set_aside=Override(rule.id, "Dr A", "by phone", DAY))
    signed = replace(Caution(Therapy.LDN, DAY, None), reasons=(aside,))
    assert made(signed).starts == DAY
    with pytest.raises(CannotPlan, match="override"):
        made(signed, starts=DAY + timedelta(days=1))


def test_what_cannot_be_measured_is_refused_with_what_can() -> None:
    capsules = Solids(Form.CAPSULE, (Dose.mg(3), Dose.mg("4.5")), 2)
    with pytest.raises(CannotMeasure, match=r"2\.25 mg cannot be measured with capsules: and nothing below"):
        measure(Dose.mg("2.25"), capsules)
    with pytest.raises(CannotMeasure, match=r"the nearest below is 4\.5 mg"):
        measure(Dose.mg(5), capsules)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 mg x 7, 2mg x", "step 2"),
        ("1 mg x 0", "step 1"),
        ("1 mg, 2 mg", "step 1"),
        ("1 mg x 400", "step 1"),
        ("0 mg x 7, 1 mg", "step 1"),
        ("1.0 mg x 7", "ends in a zero"),
        ("1 x 7", "step 1"),
        ("", "step 1"),
    ],
)
def test_typed_steps_that_are_not_understood_say_which(text: str, said: str) -> None:
    with pytest.raises(CannotPlan, match=said):
        typed(text)


@pytest.mark.parametrize(
    ("steps", "said"), [("0.4 mg x 7, 1 mg", "a band that the guide"), ("500 micrograms x 7, 1 mg", "")]
)
def test_typed_steps_stay_in_the_band(steps: str, said: str) -> None:
    if said:
        with pytest.raises(CannotPlan, match=said):
            made(QUIET, profile=typed(steps))
    else:
        assert made(QUIET, profile=typed(steps)).steps[0].dose == Dose.mg("0.5")


def test_typed_steps_above_the_ceiling_are_cut_unless_it_is_signed_for() -> None:
    steps = typed("4.5 mg x 14, 5 mg x 14, 6 mg")
    plan = made(QUIET, profile=steps)
    assert [s.dose for s in plan.steps] == [Dose.mg("4.5")]
    assert [(b.kind, b.was, b.now) for b in plan.bites] == [("ceiling", Dose.mg(6), Dose.mg("4.5"))]
    signed = SignedCeiling(Dose.mg(6), "Dr A", "responded at 5 mg before", DAY + timedelta(days=200))
    assert [s.dose for s in made(QUIET, profile=steps, signed=signed).steps][-1] == Dose.mg(6)
    for bad in (
        replace(signed, ceiling=Dose(6_000_001)),
        replace(signed, by=" "),
        replace(signed, reason=""),
        replace(signed, until=DAY - timedelta(days=1)),
    ):
        with pytest.raises(CannotPlan):
            made(QUIET, profile=steps, signed=bad)


def test_an_organ_limit_holds_although_a_ceiling_is_signed() -> None:
    signed = SignedCeiling(Dose.mg(6), "Dr A", "because", DAY)
    limit = Limit(start=Dose.mg("0.5"), ceiling=Dose.mg("0.5"))
    plan = made(with_limit(limit), signed=signed)
    assert [s.dose for s in plan.steps] == [Dose.mg("0.5")]


def test_a_flat_dose_is_not_brought_under_a_start_limit() -> None:
    flat = profile_named("crohns-trial", QUIET, KNOWN, as_of=DAY)
    with pytest.raises(CannotPlan, match="sensitive"):
        made(with_limit(Limit(start=Dose.mg("0.5"))), profile=flat)


def test_a_childs_dose_admits_no_ladder() -> None:
    child = with_limit(Limit(ceiling=Dose.mg("2.37"), only=Dose.mg("2.37")))
    with pytest.raises(CannotPlan, match="crohns-child"):
        made(child)
    assert [p.name for p in proposals((), child, KNOWN)] == ["crohns-child"]
    by_weight = profile_named("crohns-child", child, KNOWN, as_of=DAY)
    with pytest.raises(CannotPlan, match="named"):
        made(child, profile=by_weight)
    plan = made(child, profile=by_weight, prescriber="Dr A")
    assert [s.dose for s in plan.steps] == [Dose.mg("2.3")]
    with pytest.raises(CannotPlan, match="weight is known"):
        profile_named("crohns-child", QUIET, KNOWN, as_of=DAY)


@pytest.mark.parametrize(
    "times", [((9, 0), (17, 59)), ((9, 0), (0, 1)), ((17, 0), (9, 0)), ((6, 0), (23, 0))]
)
def test_clock_times_too_close_are_refused(times: tuple[tuple[int, int], tuple[int, int]]) -> None:
    twice = profile_named("depression-trial", QUIET, KNOWN, as_of=DAY)
    at = tuple((slot, time(*t)) for slot, t in zip((Slot.MORNING, Slot.NIGHT), times, strict=True))
    with pytest.raises(CannotPlan, match="9 hours apart"):
        made(QUIET, profile=twice, times=at)
    fine = ((Slot.MORNING, time(9)), (Slot.NIGHT, time(18)))
    assert len(made(QUIET, profile=twice, times=fine).slots) == 2
    with pytest.raises(CannotPlan, match="2 times a day, not 1"):
        made(QUIET, profile=twice, times=fine[:1])


def test_drops_need_a_prescriber_by_name() -> None:
    profile = profile_named("standard", QUIET, KNOWN, as_of=DAY)
    with pytest.raises(CannotPlan, match="named"):
        titrate(QUIET, Wanted(DAY, profile, prescriber=" "), DROPS, KNOWN, as_of=DAY)
    plan = titrate(QUIET, Wanted(DAY, profile, prescriber="Dr A"), DROPS, KNOWN, as_of=DAY)
    assert [s.dose for s in plan.steps][-1] == Dose.mg("4.5")


def test_an_operation_before_the_start_gives_no_plan() -> None:
    with pytest.raises(CannotPlan, match="before the start"):
        made(with_limit(Limit(last_day=DAY - timedelta(days=1))))


def test_the_number_of_a_plan_changes_with_what_is_taken_and_by_whom() -> None:
    plan = made(QUIET)
    assert plan.id == made(QUIET).id
    others = [
        replace(plan, patient="other"),
        replace(plan, prescriber="Dr B"),
        made(QUIET, starts=DAY + timedelta(days=1)),
        made(QUIET, profile=typed("1 mg x 7, 2 mg")),
        made(QUIET, times=((Slot.MORNING, time(8)),)),
        made(QUIET, times=((Slot.NIGHT, time(21)),)),
    ]
    assert len({plan.id, *(o.id for o in others)}) == len(others) + 1
    assert re.fullmatch(r"[B-X]{4}(-[B-X]{4}){4}", plan.id)


@pytest.mark.parametrize(
    ("steps", "start", "fits"),
    [
        ("1 mg x 7, 1.5 mg", "0.5", True),  # up by 0.5, as the ladder itself goes
        ("1.5 mg x 7, 2 mg", "0.5", False),  # up by 1 at first, by 0.5 later
        ("3 mg x 7, 4 mg", "0.5", False),
    ],
)
def test_a_start_limit_puts_one_step_in_front_no_steeper_than_the_ladder(
    steps: str, start: str, fits: bool
) -> None:
    limit = with_limit(Limit(start=Dose.mg(start)))
    if not fits:
        with pytest.raises(CannotPlan, match="sensitive"):
            made(limit, profile=typed(steps))
        return
    plan = made(limit, profile=typed(steps))
    assert [(str(s.dose), s.days) for s in plan.steps] == [("0.5 mg", 7), ("1 mg", 7), ("1.5 mg", 84)]


def test_longer_steps_are_those_before_the_last() -> None:
    plan = made(with_limit(Limit(interval=14)), profile=typed("1 mg x 7, 2 mg x 21, 3 mg x 7"))
    assert [s.days for s in plan.steps] == [14, 21, 7]
    assert [(b.kind, b.was, b.now) for b in plan.bites] == [("interval", 7, 14)]


@pytest.mark.parametrize(("days", "fits"), [(1, True), (366, True), (367, False)])
def test_typed_steps_last_from_a_day_to_a_year(days: int, fits: bool) -> None:
    text = f"1 mg x {days}, 2 mg"
    if fits:
        profile = typed(text)
        assert (profile.name, profile.ladder[0].days, profile.ladder[1].days) == ("typed", days, None)
    else:
        with pytest.raises(CannotPlan, match="step 1"):
            typed(text)


def test_what_limits_say_is_kept_with_who_said_it() -> None:
    signed = SignedCeiling(Dose.mg(3), "Dr A. Smith", "enough for her", DAY)
    plan = made(QUIET, signed=signed)
    (bite,) = plan.bites
    assert bite.limiter.limit == Limit(ceiling=Dose.mg(3))
    for said in ("Dr A. Smith", "3 mg", "enough for her", DAY.isoformat()):
        assert said in bite.limiter.said
    child = with_limit(Limit(ceiling=Dose.mg("2.37"), only=Dose.mg("2.37")))
    by_weight = profile_named("crohns-child", child, KNOWN, as_of=DAY)
    assert by_weight.rule is KNOWN.rule("plan/profile-crohns-child")
    (bite,) = made(child, profile=by_weight, prescriber="Dr A").bites
    assert bite.limiter.limit == Limit(ceiling=Dose.mg("2.3"))
    assert "1 mg per mL measures 2.3 mg" in bite.limiter.said
    capsules = article_of(KNOWN.formulations["formulations/capsule-gelatin"], KNOWN, SYRINGES, as_of=DAY)
    plan = titrate(child, Wanted(DAY, by_weight, prescriber="Dr A"), capsules, KNOWN, as_of=DAY)
    assert [(b.limiter.rule, b.now) for b in plan.bites] == [("dispensing/pieces-at-once", Dose.mg(2))]


def test_a_profile_says_whose_it_is_and_why_it_is_proposed() -> None:
    crohns = KNOWN.conditions["conditions/crohns-disease"]
    child = with_limit(Limit(only=Dose.mg(2)))
    assert "by weight" in proposals((), child, KNOWN)[0].because
    assert [(p.name, p.because) for p in proposals((crohns,), QUIET, KNOWN)] == [
        ("standard", "for all"),
        ("crohns-trial", "Crohn's disease on the record"),
    ]
    thyroid, ms = (
        KNOWN.conditions[f"conditions/{c}"] for c in ("hashimotos-thyroiditis", "multiple-sclerosis")
    )
    assert [p.name for p in proposals((ms, thyroid), QUIET, KNOWN)] == [
        "hashimotos",
        "ms-spastic",
        "ms",
        "standard",
    ]
    assert STANDARD.rule is KNOWN.rule("plan/profile-standard")
    assert "Dickson" in STANDARD.said
    with pytest.raises(CannotPlan, match="'fast': no such profile"):
        profile_named("fast", QUIET, KNOWN, as_of=DAY)


def test_a_day_outside_the_plan_says_which_days_it_covers() -> None:
    with pytest.raises(NoStepInForce, match=r"2026-04-30 .* 2026-05-01 to 2026-08-20"):
        made(QUIET).step_on(DAY - timedelta(days=1))


def test_of_two_operations_the_first_ends_the_plan() -> None:
    first, second = DAY + timedelta(days=9), DAY + timedelta(days=20)
    for limits in (
        (Limit(last_day=first), Limit(last_day=second)),
        (Limit(last_day=second), Limit(last_day=first)),
    ):
        plan = made(with_limit(*limits))
        assert plan.ends == first
        assert [(b.kind, b.now) for b in plan.bites] == [("last day", first)]


def test_the_same_dose_again_is_no_rise() -> None:
    plan = made(QUIET, profile=typed("2 mg x 14, 2 mg x 70, 2 mg"))
    assert plan.course.judge_on == DAY + timedelta(weeks=12)
    assert [d.kind for d in plan.course.due] == ["decision"]


def test_a_childs_dose_under_a_signed_ceiling_is_rounded_besides() -> None:
    child = with_limit(Limit(ceiling=Dose.mg("4.5"), only=Dose.mg("4.5")))
    by_weight = profile_named("crohns-child", child, KNOWN, as_of=DAY)
    signed = SignedCeiling(Dose.mg("3.33"), "Dr A", "small", DAY)
    plan = made(child, profile=by_weight, prescriber="Dr A", signed=signed)
    assert [(b.was, b.now) for b in plan.bites] == [
        (Dose.mg("4.5"), Dose.mg("3.33")),
        (Dose.mg("3.33"), Dose.mg("3.3")),  # 3 mL and 0.3 mL, on the marks of 0.1 mL
    ]


def test_a_plan_names_whose_it_is_what_it_replaces_and_its_rules() -> None:
    wanted = Wanted(DAY, STANDARD, prescriber=" Dr A ", replaces="BCDF")
    plan = titrate(QUIET, wanted, LIQUID, KNOWN, as_of=DAY, patient="p1")
    assert (plan.patient, plan.prescriber, plan.replaces) == ("p1", "Dr A", "BCDF")
    assert plan.rules[0] == "plan/profile-standard"
    assert {"plan/dose-band-ldn", "plan/halving", "plan/standing-stop-rules"} <= set(plan.rules)
    assert set(made(QUIET, profile=typed("1 mg")).rules) == set(plan.rules) - {"plan/profile-standard"}
    assert titrate(QUIET, wanted, LIQUID, KNOWN, as_of=DAY).patient == ""
    assert plan.course.halved_days == 7
    told = {c.rule: (c.sign, c.do) for c in plan.course.contingencies}
    assert told["plan/contingency-missed"][0] == "You missed a dose"
    assert told["plan/contingency-missed"][1].startswith("Skip it.")


def test_what_drops_fall_short_by_is_said() -> None:
    plan = titrate(QUIET, Wanted(DAY, typed("1.1 mg"), prescriber="Dr A"), DROPS, KNOWN, as_of=DAY)
    (bite,) = plan.bites
    assert (bite.kind, bite.was, bite.now) == ("count", Dose.mg("1.1"), Dose.mg(1))
    assert bite.limiter.limit == Limit(ceiling=Dose.mg(1))
    assert "0.25 mg per drop counts 1 mg" in bite.limiter.said


def test_other_authors_are_those_of_the_same_condition_or_for_all() -> None:
    names = {r.id for r in other_authors(profile_named("hashimotos", QUIET, KNOWN, as_of=DAY), KNOWN)}
    assert names == {"plan/alternative-hashimotos-from-0.25", "plan/alternative-hashimotos-from-1.5"}
    general = {r.id for r in other_authors(STANDARD, KNOWN)}
    assert general == {"plan/profile-sensitive", "plan/alternative-half-weekly", "plan/alternative-norway"}
    assert {r.id for r in other_authors(typed("1 mg"), KNOWN)} == general | {"plan/profile-standard"}


def test_what_is_measured_is_part_of_the_number() -> None:
    assert amounts_of(measure(Dose.mg("4.5"), LIQUID.product)) == "3000000+1500000 nL in 3000000"
    capsules = Solids(Form.CAPSULE, (Dose.mg(1), Dose.mg(3)), 2)
    assert amounts_of(measure(Dose.mg(4), capsules)) == "3000000+1000000 ng"
    assert amounts_of(measure(Dose.mg(1), DROPS.product)) == "4 x 250000 ng"


def test_a_ladder_of_three_steps_is_reviewed_at_its_first_rise_and_its_target() -> None:
    due = made(QUIET, profile=typed("1.5 mg x 28, 3 mg x 28, 4.5 mg")).course.due
    assert [((d.on - DAY).days, d.kind, d.what) for d in due] == [
        (28, "review", "first rise"),
        (56, "review", "target reached"),
        (140, "decision", "decide whether it helps"),
    ]
