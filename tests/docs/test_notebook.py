"""The tutorial notebook of the simulator runs from top to bottom, and says what its text says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "tutorials" / "simulator.ipynb"


def test_every_cell_runs(capsys: pytest.CaptureFixture[str]) -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    space: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # what a cell prints belongs to whoever runs it
            exec("".join(cell["source"]), space)
    said = capsys.readouterr().out
    assert "4.5 mg: 0.61 to 0.70, extrapolated" in said
    assert "50 mg: 0.95 to 0.96, compared with what was measured" in said
    assert "4.5 mg: signalling +0.4" in said
    assert "50 mg: signalling -0.3" in said
    assert "holds" in said
    assert "50 published values" in said
    assert space["picture"].startswith("<svg")
