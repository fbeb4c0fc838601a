"""Which condition somebody means: by name, code, abbreviation; what is not one condition is refused."""

from __future__ import annotations

import json

import pytest
from evidence_asked import asked
from typer.testing import CliRunner

from openldn.cli.app import app


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        *((w, "fibromyalgia") for w in ("fibromyalgia", "Fibromyalgia", "G-135", "conditions/fibromyalgia")),
        *((w, "fibromyalgia") for w in ("M79.7", "m79.7", "95417003", "FM", "Fibromyalgie")),
        *((w, "rheumatoid-arthritis") for w in ("RA", "ra", "arthritis", "M05.9")),
        *((w, "multiple-sclerosis") for w in ("MS", "G35", "24700007")),
        *((w, "ulcerative-colitis") for w in ("UC", "K51", "K51.3", "colitis ulcerosa")),
        *((w, "crohns-disease") for w in ("crohn", "crohn's", "K50.1")),
        ("G-102", "inflammatory-bowel-disease"),
        ("opioid weaning", "opioid-weaning"),
        ("chronic viral", "chronic-viral-infections"),
        ("ME/CFS", "chronic-fatigue-syndrome"),
        ("stress disorder", "post-traumatic-stress-disorder"),
        ("Grave's disease", "graves-disease"),
        ("chronic regional pain syndrome", "complex-regional-pain-syndrome"),
        ("opioid", "opioid-weaning"),
    ],
)
def test_a_condition_is_found_by_any_of_its_names(words: str, condition: str) -> None:
    assert asked(*words.split())["condition"] == f"conditions/{condition}"


def test_the_special_cases_that_are_meant_too_are_named() -> None:
    result = CliRunner().invoke(app, ["evidence", "G-102"])
    assert "also: Crohn's disease, Ulcerative colitis" in result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["cancer"], "it must not replace cancer care. 'cancer' can mean Breast cancer (breast-cancer), "),
        (["cancer"], "Melanoma (melanoma)"),
        (["brain", "tumour"], "it must not replace cancer care"),
        (["²"], "is no condition that is known here; `openldn evidence` lists"),
        (["2"], "is no condition that is known here; `openldn evidence` lists"),
        (["syndrome", "syndrome"], "is no condition that is known here"),
        (["pain"], "can mean Complex regional pain syndrome (complex-regional-pain-syndrome), Nerve pain"),
        ([""], "is no condition that is known here"),
        ([" "], "is no condition that is known here"),
        (["fibromyalgia", "banana"], "'fibromyalgia banana' is no condition that is known here"),
        (["prostate", "cancer"], "it must not replace cancer care"),
        (["C61"], "it must not replace cancer care"),
        (["itch"], "it was measured in studies of Lichen planopilaris, Scleroderma"),
        (["final-2024"], "it is a study, shown with fibromyalgia"),
        (["recompute", "fibromyalgia", "banana"], "is no condition that is known here"),
    ],
)
def test_what_is_not_one_condition_is_refused(words: list[str], says: str) -> None:
    result = CliRunner().invoke(app, ["evidence", *words])
    assert result.exit_code == 2
    assert says in result.output


def test_json_may_be_asked_for_before_the_condition() -> None:
    result = CliRunner().invoke(app, ["evidence", "--json", "fibromyalgia"])
    assert json.loads(result.stdout)["condition"] == "conditions/fibromyalgia"


def test_the_special_condition_is_taken_before_the_general_one() -> None:
    assert asked("crohn")["condition"] == "conditions/crohns-disease"
