"""Figures that patients are told come from the studies; their texts are those that a person typed before."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from openldn.knowledge.figures import NoFigure, count_text, from_studies
from openldn.knowledge.links import broken_links
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Source
from openldn.knowledge.study_schema import Count
from openldn.leaflets.consent import texts_for

KNOWN = load_knowledge()
SIDE_EFFECTS = KNOWN.expectations["expectations/side-effects"]


def test_each_figure_as_a_person_read_it_in_the_facts() -> None:
    found = {f.event["en"]: (f.ldn, f.control, f.ratio) for f in SIDE_EFFECTS.figures}
    assert found == {
        "vivid dreams": ("37 %", "13 %", None),
        "headache": ("16 %", "3 %", None),
        "any side effect in 12 weeks, 6 mg": ("41 of 49 (84 %)", "43 of 50 (86 %)", None),
        "any side effect in 12 months": ("33 of 48 (69 %)", "36 of 50 (72 %)", None),
        "stopped because of side effects, 6 mg": ("4 of 49 (8 %)", "3 of 50 (6 %)", None),
        "number of side effects, chronic pain": (None, None, "1.4 times as many (1.12 to 1.75)"),
        "vivid dreams, fibromyalgia": (None, None, "2.4 times as often (1.77 to 3.28)"),
        "headache, fibromyalgia": (None, None, "1.7 times as often (0.84 to 3.36)"),
        "dizziness, women with fibromyalgia": (None, None, "2.0 times as often (1.07 to 3.70)"),
        "nausea, women with fibromyalgia": (None, None, "0.97 times as often (0.59 to 1.61)"),
    }


def test_a_figure_says_that_the_times_were_not_the_same() -> None:
    notes = {f.event["en"]: f.note for f in SIDE_EFFECTS.figures}
    assert notes["vivid dreams"] == "crossover, 31 people, LDN 12 weeks, placebo 4 weeks"
    assert notes["headache"] == "crossover, 31 people, LDN 12 weeks, placebo 4 weeks"


def test_a_retracted_study_is_told_to_nobody() -> None:
    retracted = {
        **KNOWN.references,
        "final-2024": replace(KNOWN.references["final-2024"], status="retracted"),
    }
    asked = [replace(f, ldn=None, control=None, ratio=None) if f.outcome else f for f in SIDE_EFFECTS.figures]
    found = from_studies(replace(SIDE_EFFECTS, figures=tuple(asked)), KNOWN.studies, retracted)
    assert "final-2024" not in {f.source.ref for f in found.figures}
    assert len(found.figures) == len(SIDE_EFFECTS.figures) - 2


def test_a_corrected_study_corrects_what_patients_are_told() -> None:
    study = KNOWN.studies["final-2024"]
    outcome = study.outcomes["any"]
    right = replace(
        outcome.results[0], counts={"ldn": Count(events=45, of=49), "placebo": Count(events=43, of=50)}
    )
    corrected = replace(study, outcomes={**study.outcomes, "any": replace(outcome, results=(right,))})
    found = from_studies(SIDE_EFFECTS, {**KNOWN.studies, "final-2024": corrected}, KNOWN.references)
    assert "45 of 49 (92 %)" in [f.ldn for f in found.figures]


def test_a_figure_of_an_outcome_that_is_not_there_is_an_error() -> None:
    study = KNOWN.studies["final-2024"]
    without = replace(study, outcomes={"pain": study.outcomes["pain"]})
    with pytest.raises(NoFigure, match="final-2024 has no outcome any"):
        from_studies(SIDE_EFFECTS, {**KNOWN.studies, "final-2024": without}, KNOWN.references)


def test_percentages_are_rounded_half_up() -> None:
    assert count_text(Count(events=1, of=8)) == "1 of 8 (13 %)"


def test_consent_has_what_all_trials_come_to() -> None:
    told = texts_for([], KNOWN).consent
    (pooled,) = [f for f, _ in told.figures if "trials together" in f.event["en"]]
    assert pooled.event["en"] == "any side effect in women with fibromyalgia, 2 trials together"
    assert pooled.ratio == "1.0 times as often (0.8 to 1.1)"
    assert pooled.note == "worked out from FINAL 2024 and INNOVA 2026; as if both showed the same"


@pytest.mark.parametrize("question", ["fibromyalgia-pain", "stopped-for-side-effects"])
def test_a_leaflet_tells_ratios_of_side_effects_only(question: str) -> None:
    """A difference of risks told as a ratio would be another number altogether."""
    asked = replace(KNOWN.syntheses["stopped-for-side-effects"], measure="RD")
    told = replace(SIDE_EFFECTS, syntheses=(question,))
    there = dataclasses.replace(
        KNOWN,
        syntheses={**KNOWN.syntheses, asked.id: asked},
        expectations={**KNOWN.expectations, told.id: told},
    )
    assert any(f"{question} asks for no ratio (RR) of a side effect" in line for line in broken_links(there))


def test_a_figure_seen_only_in_a_retracted_review_is_told_no_more() -> None:
    study = KNOWN.studies["final-2024"]
    outcome = study.outcomes["any"]
    read_there = replace(outcome.results[0], source=Source(ref="hegde-2025", verified=True))
    elsewhere = replace(study, outcomes={**study.outcomes, "any": replace(outcome, results=(read_there,))})
    studies = {**KNOWN.studies, study.id: elsewhere}
    review = replace(KNOWN.references["hegde-2025"], status="retracted")
    found = from_studies(SIDE_EFFECTS, studies, {**KNOWN.references, "hegde-2025": review})
    assert "any side effect in 12 weeks, 6 mg" not in {f.event["en"] for f in found.figures}
    assert "stopped because of side effects, 6 mg" in {f.event["en"] for f in found.figures}
