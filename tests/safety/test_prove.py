"""The proof itself: what nobody notices is told, and what only breaks the tests does not count."""

from __future__ import annotations

from pathlib import Path

import pytest
from prove import Unproven, changed, copied, noticed, watched

from cases import ROOT, Control, Mutation

TESTS = ("tests/unit/fhir/test_json_text.py",)
SOURCE = "src/openldn/fhir/json_text.py"


def control(replace: str, by: str, *tests: str) -> Control:
    return Control(
        id="C-99-1", what="x", tests=tests or TESTS, mutation=Mutation(file=SOURCE, replace=replace, by=by)
    )


def test_a_control_that_is_gone_is_noticed_by_a_test_that_failed() -> None:
    gone = control("if len(found) != len(pairs):", "if False:")
    assert (noticed(ROOT, gone) or "").startswith(f"{TESTS[0]}::test_what_is_no_json_is_refused")


@pytest.mark.parametrize(
    ("unnoticed", "said"),
    [
        (control("JSON text, read exactly or refused", "JSON text"), "no test notices"),
        (control("import msgspec", "import msgspec_of_another_name"), "is no test that failed"),
        (control("def parse(data: bytes)", "def parse(data: bytes"), "is no test that failed"),
        (
            control("if len(found) != len(pairs):", "if False:", f"{TESTS[0]}::test_gone"),
            "is no test that failed",
        ),
        (control("found", "lost"), "times 'found'"),
    ],
    ids=["a comment", "an import", "broken syntax", "no such test", "in several places"],
)
def test_anything_else_is_no_proof(unnoticed: Control, said: str) -> None:
    with pytest.raises(Unproven, match=said):
        noticed(ROOT, unnoticed)


def test_tests_that_see_other_sources_do_not_run(tmp_path: Path) -> None:
    root = copied(ROOT, tmp_path)
    (root / "src" / "openldn").rename(root / "src" / "hidden")
    with pytest.raises(Unproven, match="exit 70"):
        watched(root, TESTS)


def test_a_change_is_made_in_the_copy_only(tmp_path: Path) -> None:
    before = (ROOT / SOURCE).read_text(encoding="utf-8")
    root = copied(ROOT, tmp_path)
    changed(root, Mutation(file=SOURCE, replace="if len(found) != len(pairs):", by="if False:"))
    assert "if False:" in (root / SOURCE).read_text(encoding="utf-8")
    assert (ROOT / SOURCE).read_text(encoding="utf-8") == before
