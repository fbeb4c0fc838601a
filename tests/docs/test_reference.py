"""The reference pages are made from the data; every rule, claim and source has its place."""

from __future__ import annotations

import re
from pathlib import Path

import alerts
import pytest

from openldn.cli.reference import reference_pages
from openldn.knowledge.load import load_knowledge

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
KNOWN = load_knowledge()
GOLDEN = {
    rule: (ROOT / "tests" / "golden" / f"{rule}.yaml").read_text(encoding="utf-8") for rule in KNOWN.rules
}
PAGES = reference_pages(KNOWN, GOLDEN)


@pytest.mark.parametrize("path", sorted(PAGES))
def test_a_page_is_the_data(path: str) -> None:
    assert (REFERENCE / path).read_text(encoding="utf-8") == PAGES[path], "run: openldn knowledge reference"


def test_no_page_is_left_from_a_rule_that_is_gone() -> None:
    folders = {rule.split("/")[0] for rule in KNOWN.rules}
    found = {f"{f}/{p.name}" for f in folders for p in (REFERENCE / f).glob("*.md")}
    assert found == {f"{rule}.md" for rule in KNOWN.rules}


@pytest.mark.parametrize("rule", sorted(KNOWN.rules))
def test_a_rule_is_cited_anchored_and_shown_by_its_golden_case(rule: str) -> None:
    page = PAGES[f"{rule}.md"]
    assert f'<a id="{rule}"></a>' in page
    assert KNOWN.rules[rule].claims or KNOWN.rules[rule].references
    assert GOLDEN[rule].rstrip() in page


@pytest.mark.parametrize("rule", sorted(KNOWN.rules))
def test_every_unverified_value_is_marked(rule: str) -> None:
    values = [v for p in KNOWN.rules[rule].parameters.values() for v in p.values]
    marks = len(re.findall(r"^\|.*\*unverified\* \|$", PAGES[f"{rule}.md"], re.MULTILINE))
    assert marks == sum(not v.source.verified for v in values)


def test_every_claim_and_source_has_a_row() -> None:
    assert all(f'<a id="{claim}"></a>' in PAGES["claims.md"] for claim in KNOWN.claims)
    assert all(f'<a id="{key}"></a>' in PAGES["sources.md"] for key in KNOWN.references)
    assert "**RETRACTED**" in PAGES["sources.md"]


@pytest.mark.needs("cases")
def test_the_page_of_alerts_is_what_the_records_give() -> None:
    assert alerts.PAGE.read_text(encoding="utf-8") == alerts.page(), "run: benchmarks/alerts.py --write"
