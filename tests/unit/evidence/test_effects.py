"""Effects from what was printed, beside numbers that others printed or metafor computed."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from math import inf
from pathlib import Path

import pytest
from msgspec.structs import replace as altered

from openldn.evidence.effects import (
    Effect,
    effects_of,
    favours,
    fitting,
    of_counts,
    of_crossover_contrast,
    of_means,
    of_parallel_contrast,
    p_differs,
)
from openldn.evidence.syntheses import NoEffect, answer, answers
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.study_schema import Contrast, Count, Summary, Synthesis

KNOWN = load_knowledge()
OURS = json.loads((Path(__file__).parent / "metafor" / "ours-fibromyalgia-pain.json").read_text("utf-8"))


def effect(study: str, outcome: str, basis: str, measure: str) -> Effect:
    s = KNOWN.studies[study]
    (result,) = [r for r in s.outcomes[outcome].results if r.basis == basis]
    found, *_ = [e for e in effects_of(s, s.outcomes[outcome], result) if e.measure == measure]
    return found


@pytest.mark.parametrize(
    ("outcome", "printed"),
    [
        ("response-70", (2.22, 1.14, 4.32)),
        ("endoscopic-response", (2.89, 1.18, 7.07)),
        ("remission", (1.48, 0.42, 5.24)),
    ],
)
def test_ratios_of_the_cochrane_review(outcome: str, printed: tuple[float, ...]) -> None:
    found = effect("smith-2011", outcome, "intention-to-treat", "RR")
    assert (found.value, found.low, found.high) == pytest.approx(printed, abs=0.0101)
    assert "numbers recalled, not seen" in found.flags


def test_fishers_p_of_bihari_is_that_of_the_facts() -> None:
    assert effect("bihari-1988", "infection", "as-printed", "OR").p == pytest.approx(0.009, abs=0.0005)


def test_finals_difference_gives_back_its_p_and_its_deviations() -> None:
    found = effect("final-2024", "pain", "as-printed", "MD")
    assert found.p == pytest.approx(0.27, abs=0.005)
    assert (found.low, found.high) == pytest.approx((-0.95, 0.27), abs=1e-9)


def test_pain_in_fibromyalgia_is_what_metafor_makes_of_the_same_numbers() -> None:
    """The rows are made here from the study files, there from the papers' numbers typed into R."""
    names = {"FINAL 2024": "final-2024", "INNOVA 2026": "innova-2026",
             "Younger 2013": "younger-2013", "Bested 2023": "bested-2023"}  # fmt: skip
    synthesis = KNOWN.syntheses["fibromyalgia-pain"]
    for suffix, correlation in (("", 0.5), ("-r0.3", 0.3), ("-r0.7", 0.7)):
        found = answer(synthesis, KNOWN, correlation=correlation)
        rows = {r.study.id: r.effect for r in found.rows}
        there = OURS["effects"][f"SMD{suffix}"]
        for n, study in enumerate(s["study"] for s in OURS["studies"]):
            here = rows[names[study]]
            assert (here.yi, here.vi) == pytest.approx((there["yi"][n], there["vi"][n]), rel=1e-6)
        for pooled, key in (
            (found.pooled, f"SMD{suffix}"),
            (found.without["innova-2026"], f"SMD-without-innova{suffix}"),
        ):
            expected = OURS["pooled"][key]["PM"]
            assert pooled is not None
            assert (pooled.value, pooled.low, pooled.high, pooled.tau2) == pytest.approx(
                (expected["beta"], expected["adhoc"]["ci.lb"], expected["adhoc"]["ci.ub"], expected["tau2"]),
                abs=1e-6,
            )


def test_crossovers_are_handled_within_people() -> None:
    """A mean difference does not depend on the correlation of the periods, a standardised one does."""
    contrast = Contrast(mean=Decimal(2), sd=Decimal(4))
    (md, loose), (same, tight) = (of_crossover_contrast(contrast, 25, r) for r in (0.2, 0.8))
    assert md == same
    assert md.value == 2.0
    assert md.vi == pytest.approx(16 / 25)
    assert tight.value == pytest.approx(loose.value / 2)
    younger = KNOWN.studies["younger-2013"]
    marginal = younger.outcomes["responders"]
    assert effects_of(younger, marginal, marginal.results[0]) == (), (
        "percentages without pairs give no effect"
    )


@pytest.mark.parametrize(
    "contrast",
    [
        Contrast(mean=Decimal(0), p=Decimal("0.5")),
        Contrast(mean=Decimal(2), p=Decimal(0)),
        Contrast(mean=Decimal(2), p=Decimal(1)),
        Contrast(mean=Decimal(2)),
    ],
)
def test_what_says_too_little_gives_no_effect(contrast: Contrast) -> None:
    assert of_parallel_contrast(contrast, 20, 20) == ()
    assert of_crossover_contrast(contrast, 20, 0.5) == ()


def test_derived_and_assumed_numbers_are_flagged() -> None:
    for study, outcome, basis, flag in (
        ("bested-2023", "spir", "as-printed", "median taken for a mean"),
        ("bested-2023", "spir", "as-printed", "correlation of 0.5 between periods assumed"),
        ("innova-2026", "pain", "as-printed", "standard error derived from p"),
        ("innova-2026", "pain", "as-printed", "from an adjusted difference"),
        ("final-2024", "pain", "derived", "numbers derived, not printed"),
        ("mischoulon-2017", "hamd-17", "as-printed", "of the values at the end"),
    ):
        assert flag in effect(study, outcome, basis, "SMD").flags


def test_who_is_favoured() -> None:
    smith = KNOWN.studies["smith-2011"]
    crohn = smith.outcomes["response-70"]
    assert favours(effect("smith-2011", "response-70", "intention-to-treat", "RR"), smith, crohn) == "ldn"
    assert favours(effect("smith-2011", "remission", "intention-to-treat", "RR"), smith, crohn) is None
    final = KNOWN.studies["final-2024"]
    (ratio, *_) = of_counts(Count(events=40, of=50), Count(events=20, of=50))
    assert favours(ratio, final, final.outcomes["any"]) == "placebo"


def test_number_needed_runs_through_infinity_where_there_may_be_no_difference() -> None:
    """The ends of Altman 1998: one over those of the difference, which lie on both sides of none."""
    smith = KNOWN.studies["smith-2011"]
    remission = smith.outcomes["remission"]
    found = {e.measure: e for e in effects_of(smith, remission, remission.results[0])}
    needed, apart = found["NNT"], found["RD"]
    assert apart.low < 0 < apart.high
    assert not needed.bounded
    harm, good = 1 / -apart.low, 1 / apart.high
    assert (
        f"from one more worse for every {harm:.1f} people, through no difference, to one more better for "
        f"every {good:.1f}"
    ) in "".join(needed.flags)
    assert effect("bihari-1988", "infection", "as-printed", "NNT").bounded
    *_, none = of_counts(Count(events=5, of=20), Count(events=5, of=20))
    assert none.value == inf


def test_changes_are_compared_where_groups_differed_before() -> None:
    """Worked out by hand from 21.2 (2.0) to 11.7 (7.7) and 23.7 (2.3) to 17.8 (5.9), six people each."""
    study = KNOWN.studies["mischoulon-2017"]
    outcome = study.outcomes["hamd-17"]
    found = {(e.measure, e.compares): e for e in effects_of(study, outcome, outcome.results[0])}
    assert found["MD", "end"].value == pytest.approx(-6.1)
    change = found["MD", "change"]
    variance = (2.0**2 + 7.7**2 - 2.0 * 7.7) / 6 + (2.3**2 + 5.9**2 - 2.3 * 5.9) / 6
    assert (change.value, change.vi) == pytest.approx((-3.6, variance))
    assert "correlation of 0.5 between before and after assumed" in "".join(change.flags)
    (row,) = answer(KNOWN.syntheses["depression-score"], KNOWN).rows
    assert row.effect.value == pytest.approx(-3.6)


def test_unequal_times_are_said() -> None:
    flags = effect("younger-2013", "pain", "derived", "SMD").flags
    assert "not the same time on each: LDN 12 weeks, placebo 4 weeks" in flags


def test_counts_that_fit_a_printed_percentage() -> None:
    assert (14, 18) in set(fitting(Decimal(78), 20))
    assert (5, 18) in set(fitting(Decimal(28), 20))
    assert not [n for _, n in fitting(Decimal(40), 16) if n == 16], (
        "40 % is no whole number of sixteen people"
    )
    assert (35, 47) in set(fitting(Decimal("74.5"), 47))
    assert (3, 4) not in set(fitting(Decimal("74.5"), 47)), "75 is not 74.5"
    assert not [n for _, n in fitting(Decimal(89), 17) if n == 17], "89 % is none of seventeen (Smith 2007)"


def test_every_question_has_its_numbers() -> None:
    found = answers(KNOWN)
    assert all(a.rows for a in found.values())
    assert {n for n, a in found.items() if a.pooled} == {"fibromyalgia-pain", "any-side-effect"}


def test_a_result_that_cannot_be_pooled_is_an_error_that_says_which() -> None:
    asks = Synthesis(id="fibromyalgia-pain", question="?", measure="RR")
    with pytest.raises(NoEffect, match=r"bested-2023.*asks for RR; its numbers give MD, SMD"):
        answer(asks, KNOWN)


def with_counts(events: tuple[int, int]) -> Knowledge:
    """The knowledge, with so many who stopped FINAL for side effects, of 49 and 50."""
    study = KNOWN.studies["final-2024"]
    outcome = study.outcomes["stopped"]
    one, other = (Count(events=e, of=n) for e, n in zip(events, (49, 50), strict=True))
    result = altered(outcome.results[0], counts={"ldn": one, "placebo": other})
    changed = altered(study, outcomes={**study.outcomes, "stopped": altered(outcome, results=(result,))})
    return replace(KNOWN, studies={**KNOWN.studies, study.id: changed})


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ((0, 0), "nobody in either group (0 of 49 against 0 of 50)"),
        ((49, 50), "everybody in either group (49 of 49 against 50 of 50)"),
    ],
)
def test_where_nobody_or_everybody_had_it_no_ratio_is_made_up(events: tuple[int, int], found: str) -> None:
    there = with_counts(events)
    asked = answer(there.syntheses["stopped-for-side-effects"], there)
    assert (asked.rows, asked.pooled) == ((), None)
    assert [x.found for x in asked.not_pooled if x.study == "final-2024"] == [found]


def test_a_retracted_trial_is_pooled_no_more() -> None:
    reference = altered(KNOWN.references["final-2024"], status="retracted")
    there = replace(KNOWN, references={**KNOWN.references, "final-2024": reference})
    asked = answer(there.syntheses["fibromyalgia-pain"], there)
    assert [r.study.id for r in asked.rows] == ["bested-2023", "innova-2026", "younger-2013"]
    assert ("final-2024", "retracted") in [(x.study, x.why) for x in asked.not_pooled]
    reviewed = altered(KNOWN.references["cochrane-crohn-2018"], status="retracted")
    there = replace(KNOWN, references={**KNOWN.references, "cochrane-crohn-2018": reviewed})
    asked = answer(there.syntheses["crohn-remission"], there)
    assert asked.rows == ()
    assert "its source cochrane-crohn-2018 is retracted" in {x.why for x in asked.not_pooled}


def test_an_assumed_direction_is_pooled_the_other_way_round_too() -> None:
    """By R's metafor, with the sign of Bested reversed: -0.09 (-0.58 to 0.40)."""
    asked = answer(KNOWN.syntheses["fibromyalgia-pain"], KNOWN)
    turned = asked.other_way_round
    assert asked.assumed == ("bested-2023",)
    assert turned is not None
    assert (turned.value, turned.low, turned.high) == pytest.approx((-0.09, -0.58, 0.40), abs=0.005)
    bested = KNOWN.studies["bested-2023"]
    spir = bested.outcomes["spir"]
    assert all(favours(e, bested, spir) is None for e in effects_of(bested, spir, spir.results[0]))
    assert answer(KNOWN.syntheses["any-side-effect"], KNOWN).other_way_round is None


def test_a_study_counts_once_in_a_question() -> None:
    smith = KNOWN.studies["smith-2011"]
    response = smith.outcomes["response-70"]
    every = tuple(altered(r, pools="crohn-response") if r.counts else r for r in response.results)
    twice = altered(smith, outcomes={**smith.outcomes, "response-70": altered(response, results=every)})
    there = replace(KNOWN, studies={**KNOWN.studies, smith.id: twice})
    with pytest.raises(NoEffect, match=r"smith-2011.*two results are to be pooled for crohn-response"):
        answer(there.syntheses["crohn-response"], there)


def test_differences_that_run_opposite_ways_are_not_pooled() -> None:
    """The mental component is better when higher; a scale of pain is better when lower."""
    cree = KNOWN.studies["cree-2010"]
    pain = cree.outcomes["pain-effects"]
    pooled = altered(pain, results=tuple(altered(r, pools="ms-quality-of-life") for r in pain.results))
    other = altered(cree, id="gironi-2008", outcomes={"pain-effects": pooled})
    there = replace(KNOWN, studies={**KNOWN.studies, other.id: other})
    with pytest.raises(NoEffect, match="run opposite ways"):
        answer(there.syntheses["ms-quality-of-life"], there)


def test_an_assumed_correlation_is_shown_with_others_beside_it() -> None:
    """Pooled by R's metafor from the same numbers (tests/unit/evidence/metafor)."""
    asked = answer(KNOWN.syntheses["fibromyalgia-pain"], KNOWN)
    for r, suffix in ((0.3, "-r0.3"), (0.7, "-r0.7")):
        _, pooled = asked.by_correlation[r]
        expected = OURS["pooled"][f"SMD{suffix}"]["PM"]
        assert pooled is not None
        assert pooled.value == pytest.approx(expected["beta"], abs=1e-6)
    assert answer(KNOWN.syntheses["any-side-effect"], KNOWN).by_correlation == {}


def test_a_printed_interval_stays_as_it_was_printed() -> None:
    found = effect("srinivasan-2021", "pain", "intention-to-treat", "MD")
    assert (found.value, found.low, found.high) == (1.5, -1.11, 4.13)


@pytest.mark.parametrize(
    ("printed", "p", "differs"),
    [("0.3", 0.16, True), ("0.3", 0.36, False), ("0.4", 0.59, True), ("0.009", 0.0083, False),
     ("0.009", 0.012, True), ("0.27", 0.2702, False), ("0.035", 0.055, True)],
)  # fmt: skip
def test_a_p_that_was_had_in_another_way(printed: str, p: float, differs: bool) -> None:
    assert p_differs(Decimal(printed), p) is differs


def test_deviations_next_to_nothing_give_no_effect() -> None:
    tiny = Summary(mean=Decimal(1), sd=Decimal("1e-320"), n=5)
    assert of_means(tiny, tiny) == ()
