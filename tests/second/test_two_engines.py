"""Two engines, written apart, propose the same on every morning of random histories.

A sample; a million mornings are compared by `make soak`. What was settled between them: SETTLED.md.
"""

from __future__ import annotations

import pytest
from histories import compare


@pytest.mark.parametrize("seed", range(8))
def test_two_engines_propose_the_same(seed: int) -> None:
    tally = compare(seed, histories=range(12), most_days=90)
    assert not tally.differences, "\n\n".join(tally.differences[:3])
    assert tally.mornings > 200


@pytest.mark.parametrize(("seed", "history"), [(20261246, 18), (20261350, 38), (20261486, 17)])
def test_what_once_differed_differs_no_more(seed: int, history: int) -> None:
    """A headache on the first day after a return (SETTLED.md, 22)."""
    tally = compare(seed, histories=[history], words=False)
    assert not tally.differences, "\n\n".join(tally.differences[:3])
