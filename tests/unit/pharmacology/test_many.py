"""Many people: the same whatever the pieces and processes, and a virtual trial of the same people."""

from __future__ import annotations

import numpy as np
import pytest

from openldn.pharmacology import many
from openldn.pharmacology.many import per_person, trial
from openldn.pharmacology.model import Standing
from openldn.pharmacology.population import population, seeded
from openldn.pharmacology.simulate import daily
from openldn.quantities import Dose

HOURS = [float(h) for h in range(24, 49)]
PEOPLE = population(300, seeded(1))


def test_neither_pieces_nor_processes_change_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    events = daily(Dose.mg("4.5"), 2)
    whole = per_person(events, HOURS, PEOPLE)
    monkeypatch.setattr(many, "PIECE", 77)
    assert np.array_equal(per_person(events, HOURS, PEOPLE).values, whole.values)
    monkeypatch.setattr(many, "PIECE", 150)
    assert np.array_equal(per_person(events, HOURS, PEOPLE, workers=2).values, whole.values)
    alone = per_person(events, HOURS, {name: values[42:43] for name, values in PEOPLE.items()})
    assert np.array_equal(alone.values[0], whole.values[42])


def test_a_virtual_trial_of_the_same_people() -> None:
    high, low = (per_person(daily(Dose.mg(d), 2), HOURS, PEOPLE) for d in (50, 5))
    found = trial(high, low, "occ_brain")
    assert found.more == 1.0
    assert 0 < found.low < found.mean < found.high < 1
    assert trial(low, high, "occ_brain").mean == -found.mean
    assert trial(low, low, "S").mean == 0
    assert low.standing["occ_brain"] is Standing.EXTRAPOLATED
