"""The reference page is made from the data and holds every rule under its id."""

from __future__ import annotations

from pathlib import Path

from openldn.cli.reference import reference_page
from openldn.knowledge.load import load_knowledge

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")


def test_the_page_is_the_data() -> None:
    assert reference_page(load_knowledge()) == PAGE, (
        "run: openldn knowledge reference > docs/reference/rules.md"
    )


def test_every_rule_is_cited_and_anchored() -> None:
    for rule in load_knowledge().rules.values():
        assert f'<a id="{rule.id}"></a>' in PAGE
        assert rule.claims or rule.references
        assert rule.because
