"""Cases that a pharmacist can read: YAML in, YAML out, each with its source; one file a rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from golden_compounding import KEYS as COMPOUNDING_KEYS
from golden_compounding import KINDS, compounded
from golden_followup import EXPECTED, answer_of, plan_of, played
from golden_followup import KEYS as STORY_KEYS
from golden_plans import PLAN_KEYS, planned
from golden_records import KEYS, KNOWN, record_of
from golden_tapers import TAPER_KEYS, tapered
from golden_weaning import EXPECTED as WEANING_EXPECTED
from golden_weaning import KEYS as WEANING_KEYS
from golden_weaning import steered, told

from openldn.knowledge.schema import Severity, Therapy
from openldn.knowledge.strict_yaml import read_yaml
from openldn.screening.screen import screen
from openldn.screening.verdict import Limit

HERE = Path(__file__).parent
CASES = [
    (path.relative_to(HERE).with_suffix("").as_posix(), case)
    for folder in ("screening", "plan", "dispensing", "followup", "weaning")
    for path in sorted((HERE / folder).glob("*.yaml"))
    for case in read_yaml(path.read_text(encoding="utf-8"))
]
STORIES = [
    (path.stem, case)
    for path in sorted((HERE / "stories").glob("*.yaml"))
    for case in read_yaml(path.read_text(encoding="utf-8"))
]
"""Long ones, each of several rules."""
WEANING = [(rule, case) for rule, case in CASES if rule.startswith("weaning/")]
COMPOUNDING = [(rule, case) for rule, case in CASES if KINDS & set(case)]
_APART = {id(case) for _, case in (*WEANING, *COMPOUNDING)}
_REST = [(rule, case) for rule, case in CASES if id(case) not in _APART]
TAPERS = [(rule, case) for rule, case in _REST if "taper" in case]
SCREENING = [(rule, case) for rule, case in _REST if "start" not in case and "taper" not in case]
PLANS = [(rule, case) for rule, case in _REST if "start" in case and "diary" not in case]
FOLLOW_UP = [(rule, case) for rule, case in _REST if "diary" in case]


@pytest.mark.parametrize(("rule", "case"), SCREENING, ids=[f"{r}: {c['case']}" for r, c in SCREENING])
def test_screening(rule: str, case: dict[str, Any]) -> None:
    assert set(case) <= KEYS, rule
    assert case["source"], rule
    therapy, expect = Therapy(case.get("therapy", "ldn")), case["expect"]
    screening = screen(
        record_of(case),
        therapy,
        KNOWN,
        as_of=date.fromisoformat(case["as_of"]),
        where=case.get("where"),
        indication=case.get("indication"),
    )
    verdict = screening.verdict
    found = {r.rule.id: r.clears_on.isoformat() if r.clears_on else None for r in verdict.reasons}
    assert found == expect["reasons"]
    assert [n.rule.id for n in verdict.notes] == expect.get("notes", [])
    assert verdict.word == expect["verdict"]
    assert screening.on_record == expect.get("on_record", "no")
    assert [_limit(r.limit) for r in verdict.reasons if r.limit] == expect.get("limits", [])
    if "stale" in expect:
        assert any(e.stale for e in screening.exposures) is (expect["stale"] == "yes")
    for reason in (*verdict.reasons, *verdict.notes):
        assert "{" not in reason.worded() + reason.asked()
        assert therapy in reason.rule.applies_to
        assert all(words in reason.worded() for words in expect.get("says", {}).get(reason.rule.id, []))


def _limit(limit: Limit) -> dict[str, str]:
    values = {
        "start": limit.start,
        "ceiling": limit.ceiling,
        "only": limit.only,
        "interval": limit.interval and f"{limit.interval} d",
        "last_day": limit.last_day,
    }
    return {name: str(value) for name, value in values.items() if value}


@pytest.mark.parametrize(("rule", "case"), PLANS, ids=[f"{r}: {c['case']}" for r, c in PLANS])
def test_plan(rule: str, case: dict[str, Any]) -> None:
    assert set(case) <= PLAN_KEYS, rule
    assert case["source"], rule
    found = planned(case)
    missing = [key for key in case["expect"] if key not in found]
    assert not missing, f"{missing}: {found.get('refused')}"
    assert {key: found[key] for key in case["expect"]} == case["expect"]


@pytest.mark.parametrize(("rule", "case"), TAPERS, ids=[f"{r}: {c['case']}" for r, c in TAPERS])
def test_taper(rule: str, case: dict[str, Any]) -> None:
    assert set(case) <= TAPER_KEYS, rule
    assert case["source"], rule
    found = tapered(case)
    for key, wanted in case["expect"].items():
        if key in ("refused", "warns", "says"):
            assert wanted in found[key]
        else:
            assert found[key] == wanted


@pytest.mark.parametrize(
    ("rule", "case"), FOLLOW_UP + STORIES, ids=[f"{r}: {c['case']}" for r, c in FOLLOW_UP + STORIES]
)
def test_follow_up(rule: str, case: dict[str, Any]) -> None:
    assert set(case) <= STORY_KEYS, rule
    assert case["source"], rule
    found, began = played(case), plan_of(case).began
    for day, expect in case["expect"].items():
        assert set(expect) <= EXPECTED, day
        answer = answer_of(found[int(day)], began)
        words = found[int(day)].proposal.worded()
        assert {"day": day} | {k: answer[k] for k in expect if k != "says"} == {"day": day} | {
            k: v for k, v in expect.items() if k != "says"
        }
        assert all(said in words for said in expect.get("says", [])), words
        assert "{" not in words


@pytest.mark.parametrize(("rule", "case"), WEANING, ids=[f"{r}: {c['case']}" for r, c in WEANING])
def test_steering(rule: str, case: dict[str, Any]) -> None:
    assert set(case) <= WEANING_KEYS, rule
    assert case["source"], rule
    found = steered(case)
    for day, expect in case["expect"].items():
        assert set(expect) <= WEANING_EXPECTED, day
        answer, words = told(found[int(day)]), found[int(day)].asked.worded()
        assert {"day": day} | {k: answer[k] for k in expect if k != "says"} == {"day": day} | {
            k: v for k, v in expect.items() if k != "says"
        }
        assert all(said in words for said in expect.get("says", [])), words
        for asked in (found[int(day)].asked, *found[int(day)].besides):
            assert "{" not in asked.worded()


@pytest.mark.parametrize(("rule", "case"), COMPOUNDING, ids=[f"{r}: {c['case']}" for r, c in COMPOUNDING])
def test_compounding(rule: str, case: dict[str, Any]) -> None:
    assert set(case) <= COMPOUNDING_KEYS, rule
    assert case["source"], rule
    found = compounded(case)
    for key, wanted in case["expect"].items():
        if key in ("refused", "ask"):
            assert wanted in found[key]
        else:
            assert found[key] == wanted


@pytest.mark.parametrize("rule", sorted(r for r in KNOWN.rules if r.startswith("weaning/")))
def test_a_rule_of_steering_is_asked_in_its_own_file(rule: str) -> None:
    own = [e for name, case in WEANING if name == rule for e in case["expect"].values()]
    assert rule.removeprefix("weaning/") in {e.get("rule") for e in own}


@pytest.mark.parametrize("rule", sorted(r for r in KNOWN.rules if r.startswith("followup/")))
def test_a_rule_of_follow_up_is_proposed_in_its_own_file(rule: str) -> None:
    own = [e for name, case in FOLLOW_UP if name == rule for e in case["expect"].values()]
    assert rule.removeprefix("followup/") in {e.get("rule") for e in own}


def test_every_rule_has_a_golden_case_and_every_case_a_rule() -> None:
    assert {rule for rule, _ in CASES} == set(KNOWN.rules)


@pytest.mark.parametrize(
    "rule", sorted(r for r in KNOWN.rules if KNOWN.rules[r].text and r.startswith("screening"))
)
def test_a_rule_with_a_reason_fires_in_its_own_file(rule: str) -> None:
    own = [case["expect"] for name, case in SCREENING if name == rule]
    assert any(rule in [*expect["reasons"], *expect.get("notes", [])] for expect in own)


@pytest.mark.parametrize(
    "rule", sorted(r for r, rule in KNOWN.rules.items() if isinstance(rule.severity, dict))
)
def test_a_rule_that_differs_by_country_has_a_case_for_each(rule: str) -> None:
    own = [case for name, case in SCREENING if name == rule and rule in case["expect"]["reasons"]]
    assert {case.get("where") for case in own} >= {None, "GB", "EU", "NO", "US"}


def test_severities_are_used() -> None:
    assert {r.severity for r in KNOWN.rules.values() if isinstance(r.severity, Severity)} == set(Severity)
