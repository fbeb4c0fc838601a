"""All names and codes by which records speak of drugs, findings and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openldn.knowledge.findings import FindingNames
from openldn.knowledge.measures import MeasureNames
from openldn.knowledge.names import DrugNames


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the reader needs to understand entries."""

    drugs: DrugNames
    findings: FindingNames
    measures: MeasureNames

    def with_local_codes(self, table: Mapping[tuple[str, str], str]) -> Vocabulary:
        """The same, understanding further codes: (system, code) -> a name in any language."""
        return Vocabulary(
            self.drugs.with_local_codes(table),
            self.findings.with_local_codes(table),
            self.measures.with_local_codes(table),
        )
