"""Every statement of the guide has a fate, and taking one away makes exactly those fail that stand on it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from openldn.knowledge.links import broken_links, uses
from openldn.knowledge.load import HERE, BadKnowledge, Knowledge, load_from, load_knowledge

KNOWN = load_knowledge()
IDS = [f"G-{n:03}" for n in (*range(1, 97), *range(101, 139))]
NO_ACTION = {
    "annotate",
    "attribution",
    "citation",
    "correct wording",
    "disputed",
    "disputed; do not print as fact",
    "disputed; no rule",
    "exclude",
    "history only",
    "merge",
    "no rule",
    "out of LDN scope",
    "text only",
    "text",
}
"""What those who compiled the statements asked for where nothing is to be done."""


def _cited_in_files() -> dict[str, set[str]]:
    """Which files name a claim, read as plain text: independent of the loader."""
    found: dict[str, set[str]] = {}
    for folder in (
        "screening",
        "plan",
        "dispensing",
        "followup",
        "weaning",
        "formulas",
        "capsule_formulas",
        "conditions",
        "expectations",
        "formulations",
        "studies",
    ):
        for path in (HERE / folder).glob("*.yaml"):
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.strip().startswith("claims:"):
                    for claim in re.findall(r"G-\d{3}", line):
                        found.setdefault(claim, set()).add(f"{folder}/{path.stem}")
    for line in (HERE / "effects.yaml").read_text(encoding="utf-8").splitlines():
        for claim in re.findall(r"G-\d{3}", line):
            found.setdefault(claim, set()).add(f"effects/{line.split(':')[0]}")
    return found


CITED = _cited_in_files()


def without(claim: str) -> Knowledge:
    """The knowledge without one statement."""
    return replace(KNOWN, claims=MappingProxyType({i: c for i, c in KNOWN.claims.items() if i != claim}))


def test_all_134_statements_are_there() -> None:
    assert sorted(KNOWN.claims) == IDS


@pytest.mark.parametrize("claim", IDS)
def test_taking_a_statement_away_fails_exactly_what_names_it(claim: str) -> None:
    lines = broken_links(without(claim))
    assert {line.split(".yaml")[0] for line in lines} == CITED.get(claim, set())
    assert all(f"{claim} does not exist" in line for line in lines)


@pytest.mark.parametrize("claim", ["G-070", "G-077", "G-072"])
def test_deleting_its_file_is_refused_with_the_same_names(claim: str, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "claims" / f"{claim}.yaml").unlink()
    with pytest.raises(BadKnowledge) as refused:
        load_from(folder)
    assert {line.split(".yaml")[0] for line in str(refused.value).splitlines()} == CITED[claim]


@pytest.mark.parametrize("claim", IDS)
def test_every_statement_has_a_fate(claim: str) -> None:
    found, used = KNOWN.claims[claim], uses(KNOWN)[claim]
    assert used or found.planned or found.not_computable
    if found.not_computable:
        assert (found.asks or "no rule") in NO_ACTION, "something is asked for: a rule, or planned"


def test_a_statement_without_a_fate_is_refused() -> None:
    bare = KNOWN.claims["G-036"]
    orphan = replace(
        KNOWN,
        claims=MappingProxyType({**KNOWN.claims, "G-036": type(bare)(**{
            **{f: getattr(bare, f) for f in bare.__struct_fields__}, "not_computable": None
        })}),
    )  # fmt: skip
    assert broken_links(orphan) == [
        "claims/G-036.yaml: nothing uses it, nothing is planned, and no reason says why not"
    ]


def test_a_retracted_paper_is_never_the_source_of_a_value() -> None:
    retracted = {k for k, r in KNOWN.references.items() if r.status == "retracted"}
    assert retracted == {"wang-2008-filamin", "wang-2009-filamin"}
    limit = KNOWN.references["openldn-decisions"]
    gone = type(limit)(title=limit.title, status="retracted")
    spoiled = replace(KNOWN, references=MappingProxyType({**KNOWN.references, "openldn-decisions": gone}))
    assert any("retracted and cannot be the source of a value" in line for line in broken_links(spoiled))


def test_the_erratum_stands_with_its_paper() -> None:
    paper = KNOWN.references["agnoli-2021"]
    assert paper.status == "corrected"
    assert "agnoli-2022-erratum" in (paper.note or "")
    assert "1.28" in (paper.note or "")
    assert KNOWN.references["agnoli-2022-erratum"].pmid == "35166820"


def test_conditions_are_the_guides_list_and_seven_more() -> None:
    listed = {c for f in KNOWN.conditions.values() for c in f.claims if c >= "G-101"}
    assert listed == {f"G-{n}" for n in range(101, 139)}
    assert sum(not c.claims for c in KNOWN.conditions.values()) == 7
    assert all(c.oncology == ("findings/cancer" in c.broader) for c in KNOWN.conditions.values())
