"""Sort the entries of one patient by what rules read them for; the others are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from openldn.fhir.bundles import Contents
from openldn.fhir.clinical import (
    read_allergy,
    read_condition,
    read_procedure,
    says_no_known_problems,
    says_nothing,
)
from openldn.fhir.fields import Fields
from openldn.fhir.interview import is_interview
from openldn.fhir.lists import says_no_information, says_none_known
from openldn.fhir.medications import read_medication
from openldn.fhir.results import read_answers, read_observation
from openldn.knowledge.vocabulary import Vocabulary
from openldn.record.patient import Allergy, Condition, ListState, Medication, Procedure
from openldn.record.results import TestResult

PROCEDURES: Final = frozenset({"Procedure", "ServiceRequest", "ProcedureRequest", "Appointment"})
_Entry = TypeVar("_Entry", Condition, Allergy, Procedure)


@dataclass(slots=True)
class Entries:
    """The entries of one patient, taken in one by one."""

    medications: list[Medication] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    results: list[TestResult] = field(default_factory=list)
    procedures: list[Procedure] = field(default_factory=list)
    allergies: list[Allergy] = field(default_factory=list)
    stated: ListState | None = None
    no_known_problems: bool = False
    not_read: Counter[str] = field(default_factory=Counter)

    def take_drug(self, fields: Fields, contents: Contents, vocabulary: Vocabulary) -> tuple[str, ...]:
        """Take in an entry of the drug list; the references in it that lead nowhere."""
        entry, dangling = read_medication(fields, fields.path, contents.resolve, vocabulary.drugs)
        if says_no_information(entry.codes):
            self.stated = ListState.NO_INFORMATION
        elif says_none_known(entry.codes, entry.texts, vocabulary.drugs) and not entry.identity.named:
            self.stated = self.stated or ListState.NONE_KNOWN
        else:
            self.medications.append(entry)
            return dangling
        return ()

    def take(self, fields: Fields, kind: str, vocabulary: Vocabulary) -> None:
        """Take in any other entry that rules read."""
        if kind == "Condition":
            codes, texts = fields.concept("code")
            self.no_known_problems |= says_no_known_problems(codes, texts)
            self._add(
                self.conditions, kind, None if self._silent(fields) else read_condition(fields, vocabulary)
            )
        elif kind == "AllergyIntolerance":
            self._add(
                self.allergies, kind, None if self._silent(fields) else read_allergy(fields, vocabulary)
            )
        elif kind in PROCEDURES:
            self._add(
                self.procedures, kind, None if self._silent(fields) else read_procedure(fields, vocabulary)
            )
        elif kind == "Observation":
            self._add_results(read_observation(fields, vocabulary), kind)
        elif kind == "QuestionnaireResponse" and not is_interview(fields):
            self._add_results(read_answers(fields, vocabulary), kind)

    def _silent(self, fields: Fields) -> bool:
        codes, texts = fields.concept("code")
        return says_nothing(codes) or says_no_known_problems(codes, texts)

    def _add(self, entries: list[_Entry], kind: str, entry: _Entry | None) -> None:
        if entry is None:
            self.not_read[kind] += 1
        else:
            entries.append(entry)

    def _add_results(self, results: Iterable[TestResult], kind: str) -> None:
        before = len(self.results)
        self.results.extend(results)
        if len(self.results) == before:
            self.not_read[kind] += 1
