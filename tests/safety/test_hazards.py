"""The hazard log is whole: every control can be taken away, names tests that exist, stands in the proof."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Final

import msgspec
import pytest
from pages import hazards_page, intended_use_page, proof_of

from cases import ACCEPTED_ALONE, ROOT, SAFETY, Control, Hazard, Likelihood, Log, Severity, intended_use, log

LOG: Final = log()
CONTROLS: Final = list(LOG.controls)
PROOF: Final = (SAFETY / "proof.md").read_text(encoding="utf-8")


def test_ids_are_in_order_and_of_their_hazard() -> None:
    assert [h.id for h in LOG.hazards] == [f"H-{n:02}" for n in range(1, len(LOG.hazards) + 1)]
    for hazard in LOG.hazards:
        number = hazard.id.removeprefix("H-")
        assert [c.id for c in hazard.controls] == [f"C-{number}-{n + 1}" for n in range(len(hazard.controls))]


@pytest.mark.parametrize("hazard", LOG.hazards, ids=[h.id for h in LOG.hazards])
def test_a_hazard_has_controls_or_says_what_is_missing(hazard: Hazard) -> None:
    assert hazard.controls or hazard.open
    assert (hazard.likelihood.after is None) is not bool(hazard.controls)


@pytest.mark.parametrize("hazard", LOG.hazards, ids=[h.id for h in LOG.hazards])
def test_controls_lower_a_risk_and_a_high_one_is_accepted_by_name(hazard: Hazard) -> None:
    before, after = hazard.likelihood.before, hazard.likelihood.after
    if after is not None:
        order = list(Likelihood)
        assert order.index(after) < order.index(before)
        assert LOG.risk(hazard, after) <= ACCEPTED_ALONE or hazard.sign_off


def test_the_matrix_is_whole_and_never_falls() -> None:
    assert set(LOG.matrix) == set(Likelihood)
    rows = [[LOG.matrix[likelihood][severity] for severity in Severity] for likelihood in Likelihood]
    assert all(row == sorted(row) for row in rows)
    assert all(list(column) == sorted(column) for column in zip(*rows, strict=True))
    assert set(LOG.acceptance) == {risk for row in rows for risk in row}


@pytest.mark.parametrize("control", CONTROLS, ids=[c.id for c in CONTROLS])
def test_a_control_can_be_taken_away_in_one_place(control: Control) -> None:
    mutation = control.mutation
    assert mutation.file.startswith("src/openldn/")
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert text.count(mutation.replace) == 1, f"{mutation.file}: {mutation.replace!r}"
    assert mutation.by != mutation.replace


def test_every_test_that_is_named_exists() -> None:
    tests = sorted({test for control in CONTROLS for test in control.tests})
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_every_control_stands_in_the_proof_as_it_is_now() -> None:
    rows = [line for line in PROOF.splitlines() if line.startswith("| [C-")]
    assert [row.split("]")[0] for row in rows] == [f"| [{c.id}" for c in CONTROLS], "run: make prove"
    for control, row in zip(CONTROLS, rows, strict=True):
        assert row.startswith(proof_of(control)), f"{control.id} was changed since: make prove"


def test_the_pages_are_the_data() -> None:
    for name, page in (
        ("hazards.md", hazards_page(LOG)),
        ("intended-use.md", intended_use_page(intended_use())),
    ):
        text = (SAFETY / name).read_text(encoding="utf-8")
        assert text == page, "run: python tests/safety/prove.py --page"


def test_every_package_has_an_intended_use() -> None:
    source = ROOT / "src" / "openldn"
    packages = {path.parent.name for path in source.glob("*/__init__.py")}
    modules = {path.stem for path in source.glob("*.py")} - {"__init__"}
    assert set(intended_use().packages) == packages | modules


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severity: major", "severity: awful", "awful"),
        ("severity: major", "severity: major\n    surprise: 1", "surprise"),
        ("id: C-01-1", "id: C-1", "regex"),
        ("tests: [", "tests: []\n        untested: [", "length"),
    ],
)
def test_a_misspelt_log_is_refused(old: str, new: str, said: str) -> None:
    from openldn.knowledge.strict_yaml import read_yaml

    text = (SAFETY / "hazards.yaml").read_text(encoding="utf-8")
    with pytest.raises(msgspec.ValidationError, match=re.escape(said)):
        msgspec.convert(read_yaml(text.replace(old, new, 1)), Log, strict=False)
