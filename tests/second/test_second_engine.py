"""The second engine against histories whose answer was worked out by hand from the sources.

Day 1 is the day of the first dose. `review(n)` is the morning after day n was closed. The ladder is 1, 2,
3, 4, 4.5 mg weekly (facts/clinical.md, B1) unless a test says otherwise.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from second_engine import Case, propose

from openldn.knowledge.drug_schema import Drug, Role
from openldn.knowledge.effect_schema import Complaint
from openldn.knowledge.measures import Amount
from openldn.knowledge.names import NOT_NAMED, Identity, Named
from openldn.quantities import Dose
from openldn.record.diary import Entry, Felt, Medicine, Painkiller, Slot, Taken
from openldn.record.results import TestResult

MG = 1_000_000
BEGAN = date(2026, 3, 2)
MS = frozenset({"conditions/multiple-sclerosis"})
CFS = frozenset({"conditions/chronic-fatigue-syndrome"})
LIMITS = {"alt": Fraction(40), "ast": Fraction(40), "bilirubin": Fraction(6, 5)}


def on(n: int) -> date:
    return BEGAN + timedelta(days=n - 1)


STANDARD = Case(
    ladder=((1 * MG, 7), (2 * MG, 7), (3 * MG, 7), (4 * MG, 7), (9 * MG // 2, 0)),
    doses=(1 * MG, 2 * MG, 3 * MG, 4 * MG, 9 * MG // 2),
    halves=(MG // 2, 1 * MG, 3 * MG // 2, 2 * MG, 2 * MG),
    conditions=frozenset(),
    slots=("night",),
    verdict_day=on(-5),
    began=BEGAN,
    changes=(),
    planned_rises=frozenset(on(n) for n in (8, 15, 22, 29)),
    plan_ends=on(200),
    signed_last_day=None,
    tests=(),
    overrides_until=(),
)
# Nothing was planned to rise: it stays on its first rung until a review says otherwise.
FLAT = replace(STANDARD, planned_rises=frozenset())


def day(n: int, **told: object) -> Entry:
    """A day that is filled in and on which the dose was taken."""
    usual = Entry(day=on(n), taken=Taken.YES, effects=(), painkiller=Painkiller.NO)
    return replace(usual, **told)  # type: ignore[arg-type]


def felt(n: int, complaint: Complaint, grade: int) -> Entry:
    return day(n, effects=(Felt(complaint.value, complaint, grade),))


def days(first: int, last: int, **told: object) -> list[Entry]:
    return [day(n, **told) for n in range(first, last + 1)]


def review(case: Case, entries: Iterable[Entry], n: int) -> tuple[str, str]:
    return propose(case, tuple(entries), on(n + 1), LIMITS)


def signed(case: Case, *changes: tuple[int, str]) -> Case:
    return replace(case, changes=tuple((on(n), move) for n, move in changes))


def medicine(name: str, role: Role) -> Medicine:
    drug = Drug(name=name, role=role, source="made up for a test")
    return Medicine(name, Identity((Named(drug, None, name),)))


# ---- going up


def test_seven_good_days_with_every_dose_taken_are_followed_by_a_rise() -> None:
    """B1: weekly steps; the interval and the wait of 7 days both end with day 7."""
    assert review(STANDARD, days(1, 6), 6) == ("go on", "as-planned")
    assert review(STANDARD, days(1, 7), 7) == ("rise", "rise")


def test_a_missed_dose_makes_the_planned_rise_too_soon() -> None:
    """Only days known as taken count: 6 of 7, so one is still due on the day before the rise."""
    missed = [*days(1, 3), day(4, taken=Taken.MISSED), *days(5, 7)]
    assert review(STANDARD, missed, 7) == ("hold", "too-soon")
    assert review(FLAT, [*missed, day(8)], 8) == ("rise", "rise")


def test_a_planned_rise_happens_and_what_is_taken_is_compared_with_the_new_rung() -> None:
    entries = [*days(1, 7), day(8, dose=Dose(2 * MG))]
    assert review(STANDARD, entries, 8) == ("go on", "as-planned")
    assert review(FLAT, entries, 8) == ("hold", "more-than-planned")
    # A hold that was signed for that day took the place of the rise.
    assert review(signed(STANDARD, (8, "hold")), entries, 8) == ("hold", "more-than-planned")


def test_at_the_top_it_goes_on() -> None:
    assert review(STANDARD, days(1, 40), 40) == ("go on", "as-planned")


def test_half_the_dose_taken_is_not_taken() -> None:
    entries = [*days(1, 6), day(7, dose=Dose(MG // 2))]
    assert review(STANDARD, entries, 7) == ("hold", "too-soon")


def test_two_slots_have_to_be_taken_both() -> None:
    twice = replace(FLAT, slots=("morning", "night"), doses=tuple(d // 2 for d in STANDARD.doses))
    both = [day(n, slot=slot) for n in range(1, 8) for slot in Slot]
    assert review(twice, both, 7) == ("rise", "rise")
    assert review(twice, both[:-1], 7) == ("go on", "as-planned")


def test_an_entry_of_the_day_closes_it() -> None:
    assert propose(STANDARD, days(1, 7), on(7), LIMITS) == ("rise", "rise")
    assert propose(STANDARD, days(1, 6), on(7), LIMITS) == ("go on", "as-planned")


# ---- holding


def test_a_hole_holds_and_then_seven_days_are_to_be_filled_in() -> None:
    entries = [*days(1, 6), day(7, painkiller=None)]
    assert review(FLAT, entries, 7) == ("hold", "diary-holes")
    assert review(FLAT, entries, 8) == ("hold", "diary-holes")
    # One off a day: 7 after day 7, so 1 after day 13 and none after day 14.
    assert review(FLAT, [*entries, *days(8, 13)], 13) == ("go on", "as-planned")
    assert review(FLAT, [*entries, *days(8, 14)], 14) == ("rise", "rise")


def test_a_headache_holds_for_five_days_and_a_severe_one_halves() -> None:
    """B3, 2."""
    entries = [*days(1, 6), felt(7, Complaint.HEADACHE, 2)]
    assert review(STANDARD, entries, 7) == ("hold", "headache")
    assert review(FLAT, [*entries, *days(8, 11)], 11) == ("hold", "recent-trouble")
    assert review(FLAT, [*entries, *days(8, 12)], 12) == ("rise", "rise")
    assert review(FLAT, [*days(1, 6), felt(7, Complaint.HEADACHE, 3)], 7) == ("halve", "headache-severe")


def test_mood_holds_from_grade_one_and_nausea_is_taken_with_food() -> None:
    assert review(STANDARD, [*days(1, 3), felt(4, Complaint.MOOD, 1)], 4) == ("hold", "mood-change")
    assert review(STANDARD, [*days(1, 3), felt(4, Complaint.NAUSEA, 2)], 4) == ("with food", "nausea")
    assert review(STANDARD, [*days(1, 3), felt(4, Complaint.NAUSEA, 1)], 4) == ("go on", "as-planned")


def test_thyroid_signs_hold_and_leave_two_tests_owed() -> None:
    """B3, 9."""
    entries = [*days(1, 3), felt(4, Complaint.THYROID, 1)]
    assert review(FLAT, entries, 4) == ("hold", "thyroid-signs")
    assert review(FLAT, [*entries, day(5)], 5) == ("hold", "overdue-test")
    one = Amount(Fraction(1), Fraction(1))
    results = tuple(
        TestResult(id="r", text=name, measure=name, amount=one, taken=on(6)) for name in ("tsh", "free-t4")
    )
    assert review(FLAT, [*entries, day(5), day(6, results=results[:1])], 6) == ("hold", "overdue-test")
    assert review(FLAT, [*entries, day(5), day(6, results=results)], 6) == ("hold", "recent-trouble")


def test_a_test_is_overdue_the_day_after_it_was_due() -> None:
    case = replace(FLAT, tests=((on(6), ("alt", "ast")),))
    assert review(case, days(1, 5), 5) == ("go on", "as-planned")
    assert review(case, days(1, 6), 6) == ("hold", "overdue-test")


def test_an_override_that_ended_and_entries_of_later_days_stop_a_rise() -> None:
    assert review(replace(FLAT, overrides_until=(on(8),)), days(1, 7), 7) == ("rise", "rise")
    assert review(replace(FLAT, overrides_until=(on(7),)), days(1, 7), 7) == ("hold", "override-ended")
    assert review(FLAT, [*days(1, 7), day(9)], 7) == ("hold", "diary-dates")


# ---- taking less


def test_a_troublesome_effect_halves_for_a_week_and_returns() -> None:
    """B3, 6. Halved from day 5: 7 calendar days are over after day 11, and so are 7 days without trouble."""
    entries = [*days(1, 3), felt(4, Complaint.OTHER, 2)]
    assert review(FLAT, entries, 4) == ("halve", "troublesome")
    halved = signed(FLAT, (5, "halve"))
    good = days(5, 11, dose=Dose(MG // 2))
    assert review(halved, [*entries, *good[:6]], 10) == ("hold", "recent-trouble")
    assert review(halved, [*entries, *good], 11) == ("return", "return")
    assert review(halved, [*entries, *good[:2], felt(7, Complaint.OTHER, 2)], 7) == ("hold", "still-troubled")


def test_a_hole_leaves_the_trouble_standing() -> None:
    entries = [*days(1, 3), felt(4, Complaint.OTHER, 3), day(5, effects=None)]
    assert review(FLAT, entries, 5) == ("halve", "troublesome")
    assert review(FLAT, [*entries, day(6)], 6) == ("hold", "recent-trouble")


def test_after_two_halvings_the_lower_dose_is_kept() -> None:
    """B3, 6."""
    case = signed(FLAT, (5, "halve"), (12, "return"), (13, "halve"), (20, "return"))
    trouble = {n: felt(n, Complaint.OTHER, 2) for n in (4, 12, 20)}
    half = Dose(MG // 2)
    entries = [
        trouble.get(n, day(n, dose=half if 5 <= n < 12 or 13 <= n < 20 else None)) for n in range(1, 21)
    ]
    assert review(case, entries, 20) == ("keep the lower dose", "second-failure")
    kept = replace(case, changes=(*case.changes, (on(21), "keep the lower dose")))
    assert review(kept, [*entries, *days(21, 40, dose=half)], 40) == ("hold", "stays")


def test_the_bowel_asks_for_another_form() -> None:
    """B3, 4 and 5: halve for a week; still there when it is over: another form."""
    entries = [*days(1, 3), felt(4, Complaint.BOWEL, 2)]
    assert review(FLAT, entries, 4) == ("halve", "bowel")
    halved = signed(FLAT, (5, "halve"))
    half = Dose(MG // 2)
    week = days(5, 10, dose=half)
    bowel = replace(felt(10, Complaint.BOWEL, 2), dose=half)
    assert review(halved, [*entries, *week[:5], bowel], 10) == ("hold", "still-troubled")
    late = replace(bowel, day=on(11))
    assert review(halved, [*entries, *week, late], 11) == ("another form", "bowel-persists")


def test_after_two_halvings_for_the_bowel_drops_are_proposed_instead_of_the_return() -> None:
    case = signed(FLAT, (5, "halve"), (12, "return"), (13, "halve"))
    trouble = {n: felt(n, Complaint.BOWEL, 2) for n in (4, 12)}
    half = Dose(MG // 2)
    entries = [trouble.get(n, day(n, dose=half if n >= 5 else None)) for n in range(1, 20)]
    assert review(case, entries[:18], 18) == ("hold", "recent-trouble")
    assert review(case, entries, 19) == ("drops", "drops")


def test_poor_sleep_moves_to_the_morning_first_and_halves_after_a_week() -> None:
    """B3, 1: and then the lower plateau."""
    entries = [*days(1, 3), felt(4, Complaint.SLEEP, 2)]
    assert review(FLAT, entries, 4) == ("move to the morning", "sleep")
    moved = signed(FLAT, (5, "move to the morning"))
    # The day of the move is the first: the seventh is day 11.
    entries += [day(5, taken=Taken.MISSED), *days(6, 9)]
    assert review(moved, [*entries, felt(10, Complaint.SLEEP, 2)], 10) == ("hold", "sleep-moved")
    entries = [*entries, day(10), felt(11, Complaint.SLEEP, 2)]
    assert review(moved, entries, 11) == ("halve", "sleep-stays")
    halved = signed(FLAT, (5, "move to the morning"), (12, "halve"))
    assert review(halved, [*entries, *days(12, 30, dose=Dose(MG // 2))], 30) == ("hold", "stays")
    morning = replace(FLAT, slots=("morning",))
    assert review(morning, [*days(1, 3), felt(4, Complaint.SLEEP, 2)], 4) == ("halve", "sleep-stays")


def test_nausea_that_stays_halves() -> None:
    """B3, 3."""
    entries = [*days(1, 3), felt(4, Complaint.NAUSEA, 2), felt(5, Complaint.NAUSEA, 2)]
    assert review(FLAT, entries, 5) == ("halve", "nausea-stays")
    assert review(FLAT, [*days(1, 3), felt(4, Complaint.NAUSEA, 3)], 4) == ("halve", "nausea-stays")


def test_spasticity_in_ms_goes_back_to_three_milligrams_and_stays() -> None:
    """B3, 7."""
    case = replace(STANDARD, conditions=MS)
    entries = [*days(1, 30), felt(31, Complaint.SPASTICITY, 2)]
    assert review(case, entries, 31) == ("back and stay", "spasticity")
    assert review(STANDARD, entries, 31) == ("halve", "troublesome")
    back = signed(case, (32, "back and stay"))
    assert review(back, [*entries, day(32, dose=Dose(3 * MG))], 32) == ("hold", "stays")
    assert review(back, [*entries, day(32, dose=Dose(4 * MG))], 32) == ("hold", "more-than-planned")
    mild = [*days(1, 3), felt(4, Complaint.SPASTICITY, 1)]
    assert review(case, mild, 4) == ("hold", "early-worsening")


def test_flu_in_cfs_goes_back_a_step_and_waits_two_weeks() -> None:
    """B3, 8: the step below again after 14 clear days."""
    case = replace(STANDARD, conditions=CFS, planned_rises=frozenset({on(8)}))
    entries = [*days(1, 9), felt(10, Complaint.FLU_LIKE, 2)]
    assert review(case, entries, 10) == ("back a step", "flu-like")
    back = signed(case, (11, "back a step"))
    assert review(back, [*entries, *days(11, 23)], 23) == ("hold", "recent-trouble")
    assert review(back, [*entries, *days(11, 24)], 24) == ("rise", "rise")


def test_worse_after_a_rise_goes_back() -> None:
    """The week from day 8 (mean 7) against the week before (mean 5): 2 points and 40 %."""
    before, after = days(1, 7, symptoms=5), days(8, 11, symptoms=7)
    assert review(STANDARD, [*before, *after], 11) == ("back and stay", "worse-after-rise")
    assert review(STANDARD, [*before, *after[:3]], 10) == ("go on", "as-planned")
    assert review(STANDARD, [*days(1, 7, symptoms=7), *days(8, 11, symptoms=9)], 11)[0] == "go on"


def test_going_back_is_one_step_and_in_ms_to_three_milligrams_at_most() -> None:
    """Back from 4.5 mg: 4 mg, in MS 3 mg."""
    worse = [*days(1, 28, symptoms=5), *days(29, 32, symptoms=8)]
    for conditions, milligrams in ((frozenset[str](), 4), (MS, 3)):
        case = replace(STANDARD, conditions=conditions)
        assert review(case, worse, 32) == ("back and stay", "worse-after-rise")
        back = signed(case, (33, "back and stay"))
        planned, more = (day(33, dose=Dose(n * MG)) for n in (milligrams, milligrams + 1))
        assert review(back, [*worse, planned], 33) == ("hold", "stays")
        assert review(back, [*worse, more], 33) == ("hold", "more-than-planned")
    high = replace(
        STANDARD, conditions=MS, ladder=((4 * MG, 7), (9 * MG // 2, 0)), doses=(4 * MG, 9 * MG // 2)
    )
    assert review(high, [*days(1, 7, symptoms=5), *days(8, 11, symptoms=8)], 11) == ("go on", "as-planned")


# ---- the longer look


def test_the_lowest_dose_that_works_is_not_raised() -> None:
    """A fall from 6 to 4 is a third. 14 days at the dose are over after day 14."""
    baseline = [Entry(day=on(0), symptoms=6)]
    entries = [*baseline, *days(1, 14, symptoms=4)]
    assert review(FLAT, entries[:-1], 13) == ("rise", "rise")
    assert review(FLAT, entries, 14) == ("hold", "lowest-dose")
    assert review(FLAT, [*baseline, *days(1, 14, symptoms=5)], 14) == ("rise", "rise")
    better = [*baseline, *days(1, 13, symptoms=5), day(14, symptoms=5, pgic=2)]
    assert review(FLAT, better, 14) == ("hold", "lowest-dose")


def test_twelve_weeks_without_an_answer_end_it() -> None:
    """B2. The last upward change is the planned one of day 29; 84 days from it end with day 112."""
    entries = [Entry(day=on(0), symptoms=6), *days(1, 112, symptoms=5)]
    assert review(STANDARD, entries[:-1], 111) == ("go on", "as-planned")
    assert review(STANDARD, entries, 112) == ("end", "no-response")
    assert review(STANDARD, days(1, 112), 112) == ("hold", "cannot-judge")
    sleepless = [*days(1, 111), felt(112, Complaint.SLEEP, 2)]
    assert review(STANDARD, sleepless, 112) == ("move to the morning", "sleep")


def test_half_a_year_well_is_ended_as_a_trial() -> None:
    entries = [Entry(day=on(0), symptoms=6), *days(1, 168, symptoms=2)]
    assert review(STANDARD, entries[:-1], 167) == ("go on", "as-planned")
    assert review(STANDARD, entries, 168) == ("end", "stop-trial")


def test_fifteen_days_without_a_dose_begin_again() -> None:
    """B2: 14 days, the same dose; more, from the start of the ladder."""
    entries = [*days(1, 10), *days(11, 25, taken=Taken.MISSED)]
    assert review(FLAT, entries[:-1], 24)[1] != "restart-after-gap"
    assert review(FLAT, entries, 25) == ("restart", "restart-after-gap")
    not_known = [*entries[:-1], day(25, taken=None)]
    assert review(FLAT, not_known, 25) == ("hold", "gap-not-known")
    assert review(signed(FLAT, (26, "restart")), entries, 25) == ("go on", "as-planned")


def test_before_an_operation_the_last_dose_is_four_days_before() -> None:
    """B5: 72 hours are three whole days."""
    entries = [*days(1, 4), day(5, operation=on(20))]
    assert review(FLAT, entries, 5) == ("last dose", "operation-ahead")
    assert review(replace(FLAT, plan_ends=on(16)), entries, 5) == ("hold", "operation-ahead")
    assert review(FLAT, [*entries, *days(6, 15)], 15) == ("last dose", "operation-ahead")
    assert review(FLAT, [*entries, *days(6, 16)], 16) == ("wait", "operation-near")
    assert review(FLAT, [*entries, day(6, no_operation=True)], 6) == ("go on", "as-planned")


# ---- red flags


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        (felt(3, Complaint.WITHDRAWAL, 1), "withdrawal"),
        (felt(3, Complaint.SUICIDAL_THOUGHTS, 1), "suicidal-thoughts"),
        (felt(3, Complaint.LIVER, 1), "liver-signs"),
        (day(3, pregnancy_test=True), "pregnancy"),
        (day(3, painkiller=Painkiller.OPIOID), "opioid-taken"),
        (
            day(3, painkiller=Painkiller.NOT_AN_OPIOID, painkillers=(medicine("codeine", Role.EXPOSURE),)),
            "opioid-taken",
        ),
    ],
)
def test_a_red_flag_stops_and_stays(entry: Entry, rule: str) -> None:
    entries = [*days(1, 2), entry, *days(4, 9)]
    assert review(STANDARD, entries, 3) == ("stop", rule)
    assert review(STANDARD, entries, 9) == ("stop", rule)
    assert review(signed(STANDARD, (4, "stop")), entries, 9) == ("stop", rule)


def test_the_gravest_red_flag_stands() -> None:
    entries = [day(1, painkiller=Painkiller.OPIOID), felt(2, Complaint.LIVER, 1), day(3, pregnancy_test=True)]
    assert review(STANDARD, entries, 3) == ("stop", "liver-signs")


def test_a_painkiller_that_is_not_named_lets_the_next_dose_wait() -> None:
    def told(*named: Medicine) -> list[Entry]:
        return [day(1, painkiller=Painkiller.NOT_NAMED, painkillers=named)]

    assert review(STANDARD, told(), 1) == ("wait", "unnamed-painkiller")
    assert review(STANDARD, told(Medicine("the white one", NOT_NAMED)), 1) == ("wait", "unnamed-painkiller")
    assert review(STANDARD, told(Medicine("ibuprofen", Identity())), 1) == ("go on", "as-planned")
    loperamide = medicine("loperamide", Role.LOSS_OF_EFFECT)
    assert review(STANDARD, told(loperamide), 1) == ("hold", "new-medicine")


def _result(measure: str, value: int, limit: int | None = None) -> Entry:
    amount = Amount(Fraction(value), Fraction(value))
    upper = None if limit is None else Fraction(limit)
    return day(1, results=(TestResult("r", measure, measure, amount=amount, upper_limit=upper, taken=on(1)),))


def test_results_are_held_against_their_limits() -> None:
    """B3, 10 and 12; B6 (item 9)."""
    assert review(STANDARD, [_result("alt", 121)], 1) == ("stop", "liver-values")
    assert review(STANDARD, [_result("alt", 120)], 1)[0] == "go on"
    assert review(STANDARD, [_result("alt", 120, 39)], 1) == ("stop", "liver-values")
    assert propose(STANDARD, [_result("bilirubin", 1)], on(2), {}) == ("stop", "liver-values")
    assert review(STANDARD, [_result("cows", 5)], 1) == ("stop", "withdrawal")
    assert review(STANDARD, [_result("cows", 4)], 1)[0] == "go on"
    assert review(STANDARD, [_result("phq9-item-9", 1)], 1) == ("stop", "suicidal-thoughts")
    assert review(STANDARD, [_result("phq9-item-9", 0)], 1)[0] == "go on"


def test_before_the_first_dose_only_a_red_flag_since_the_verdict_counts() -> None:
    quiet = [Entry(day=on(-1), symptoms=6)]
    assert propose(STANDARD, quiet, on(0), LIMITS) == ("go on", "not-begun")
    assert propose(STANDARD, quiet, on(1), LIMITS) == ("go on", "not-begun")
    assert propose(STANDARD, [felt(-5, Complaint.LIVER, 1)], on(0), LIMITS) == ("go on", "not-begun")
    assert propose(STANDARD, [felt(-4, Complaint.LIVER, 1)], on(0), LIMITS) == ("stop", "liver-signs")
    assert propose(STANDARD, [felt(-4, Complaint.BOWEL, 3)], on(0), LIMITS) == ("go on", "not-begun")


def test_nothing_but_a_red_flag_counts_once_nothing_is_taken() -> None:
    ended = signed(STANDARD, (5, "end"))
    entries = [*days(1, 4), felt(5, Complaint.OTHER, 3)]
    assert review(ended, entries, 4) == ("end", "ended")
    assert review(ended, entries, 5) == ("end", "ended")
    assert review(ended, [*entries, felt(6, Complaint.WITHDRAWAL, 1)], 6) == ("stop", "withdrawal")
