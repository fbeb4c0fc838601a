"""No plan without an allowing verdict, by type: mypy refuses the others."""

from __future__ import annotations

import sys
from pathlib import Path

from mypy import api

CODE = """
from datetime import date
from openldn.knowledge.load import load_knowledge
from openldn.plan.stock import Article
from openldn.plan.titration import Wanted, titrate
from openldn.screening.verdict import CannotTell, Caution, Contraindicated, Suitable
from openldn.quantities import Dose, Volume

def plans(
    a: Suitable, b: Caution, c: CannotTell, d: Contraindicated, day: date, wanted: Wanted, liquid: Article
) -> None:
    known = load_knowledge()
    titrate(a, wanted, liquid, known, as_of=day)
    titrate(b, wanted, liquid, known, as_of=day)
    titrate(c, wanted, liquid, known, as_of=day)
    titrate(d, wanted, liquid, known, as_of=day)
    Dose.mg("1") + Volume.ml("1")
    Dose.mg(0.5)
"""


def test_mypy_refuses_a_plan_for_a_refused_patient_and_mixed_units(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(CODE)
    limit = sys.getrecursionlimit()
    out, _, _ = api.run(["--strict", "--no-error-summary", "--cache-dir", str(tmp_path / "cache"), str(path)])
    sys.setrecursionlimit(limit)  # mypy raises it for the whole process
    lines = sorted({int(line.split(":")[1]) for line in out.splitlines() if "error" in line})
    assert lines == [15, 16, 17, 18], out
