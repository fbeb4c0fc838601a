"""A short version of the soak."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "soak"))

import run as soak_run
import soak_laws
import soak_originals


@pytest.mark.needs("cases")
def test_two_thousand_mutants() -> None:
    found = soak_originals.originals()
    tally = soak_laws.run_part(found, 1, range(2000))
    assert not tally.failures, "\n".join(tally.failures[:10])
    assert tally.counts["compared"] > 1500
    assert tally.counts["compared with an original that allowed ldn"] > 300


def test_broken_texts_through_the_command_line() -> None:
    found = soak_originals.originals()
    assert not soak_run.commands(found, 1).failures
