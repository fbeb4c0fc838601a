"""The evidence by condition as one picture."""

from __future__ import annotations

from textwrap import wrap
from typing import Any, Final

from openldn.answers.evidence import map_json
from openldn.knowledge.finding_schema import LEVELS, Evidence
from openldn.knowledge.load import Knowledge
from openldn.leaflets.evidence_map import Column, Spot, map_svg

TITLE: Final = "The best evidence of LDN in people, by condition"
_LETTERS: Final = 26


def map_of(knowledge: Knowledge, *, alone: bool = True) -> str:
    """Every condition under its levels of evidence; not alone: in a page that has its style."""
    rows: dict[str, Any] = {row["condition"]: row for row in map_json(knowledge)["conditions"]}
    columns = []
    for level, means in LEVELS.items():
        spots = [
            Spot(c.name, _people(e, rows[c.id]["people_in_trials"], knowledge), c.oncology, e.part)
            for c in sorted(knowledge.conditions.values(), key=lambda c: (c.oncology, c.name))
            for e in c.evidence
            if e.level == level
        ]
        columns.append(Column(level, tuple(wrap(means, _LETTERS)), tuple(spots)))
    return map_svg(TITLE, columns, alone=alone)


def _people(evidence: Evidence, in_trials: int, knowledge: Knowledge) -> int:
    """How many people a level is of: nobody where there is no randomised trial."""
    if not evidence.level.startswith("R"):
        return 0
    if not evidence.studies:
        return in_trials
    standing = (s for s in evidence.studies if knowledge.references[s].status != "retracted")
    return sum(knowledge.studies[s].number_of_people or 0 for s in standing)
