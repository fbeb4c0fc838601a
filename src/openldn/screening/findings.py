"""Which diagnoses and states does the record show on the day of the decision, and are they over?

What is not said to be over counts as present; what was refuted or entered in error was left out when it was
read. A "yes" of an interview counts however old it is, a "no" only as long as the interview.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from openldn.knowledge.findings import Meanings
from openldn.knowledge.load import Knowledge
from openldn.record.interview import Health, Interview, Said
from openldn.record.patient import Condition, Procedure, Record, Stage
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Read, Reason

_OVER: Final = frozenset({"inactive", "remission", "resolved"})
_ASKED: Final = {
    Health.LIVER_DISEASE: "findings/liver-disease",
    Health.KIDNEY_DISEASE: "findings/kidney-disease",
    Health.ORGAN_TRANSPLANT: "findings/organ-transplant",
    Health.PREGNANT: "findings/pregnancy",
    Health.BREASTFEEDING: "findings/breastfeeding",
    Health.SUICIDAL_THOUGHTS: "findings/suicidal-thoughts",
    Health.CANCER_OR_ADVANCED_ILLNESS: "findings/advanced-disease",
}
_WHEN_PRESENT: Final = (
    "opioid-use-disorder",
    "opioid-use-disorder-uldn",
    "opioid-withdrawal",
    "organ-transplant",
    "cancer",
    "advanced-disease",
)
"""Rules that speak as soon as one of their findings is present."""
_WHEN_PAST: Final = ("opioid-use-disorder-past",)
_ASKED_FOR: Final = (
    Health.LIVER_DISEASE,
    Health.KIDNEY_DISEASE,
    Health.ORGAN_TRANSPLANT,
    Health.SUICIDAL_THOUGHTS,
    Health.CANCER_OR_ADVANCED_ILLNESS,
)
"""What has to be asked where there is no problem list; pregnancy has a rule of its own."""


@dataclass(frozen=True, slots=True)
class Presence:
    """A finding that an entry shows, whether it is over, and when it was seen."""

    finding: str
    past: bool
    entry: str
    recorded: str
    by: str
    since: date | None = None

    @property
    def read(self) -> Read:
        """What in the record it rests on."""
        return Read(self.entry, f"{self.recorded}, by {self.by}")


@dataclass(frozen=True, slots=True)
class Presences:
    """All findings of a record on one day."""

    all: tuple[Presence, ...]

    def present(self, *findings: str) -> tuple[Presence, ...]:
        """Entries that show one of these findings now, one an entry."""
        return self._of(findings, past=False)

    def past(self, *findings: str) -> tuple[Presence, ...]:
        """Entries that show one of these findings as over."""
        return self._of(findings, past=True)

    def _of(self, findings: Iterable[str], *, past: bool) -> tuple[Presence, ...]:
        wanted = set(findings)
        found = {p.entry: p for p in self.all if p.finding in wanted and p.past is past}
        return tuple(found.values())


def presences(record: Record, knowledge: Knowledge, *, as_of: date) -> Presences:
    """What the record shows on `as_of`; entries recorded later are not read."""
    return Presences(tuple(_presences(record, knowledge, as_of)))


def _presences(record: Record, knowledge: Knowledge, as_of: date) -> Iterator[Presence]:
    for condition in record.conditions:
        if condition.recorded is None or condition.recorded <= as_of:
            yield from _of_condition(condition, knowledge, as_of)
    for procedure in record.procedures:
        done = procedure.stage in (Stage.DONE, Stage.UNCLEAR)
        if done and (procedure.on is None or procedure.on <= as_of):
            yield from _named(procedure, procedure.meanings, False, procedure.on, knowledge)
    interview = record.interview
    if interview is not None and interview.held <= as_of:
        for question, finding in _ASKED.items():
            if interview.health_answer(question) is Said.YES:
                told = f"{question}: yes, said on {interview.held.isoformat()}"
                yield Presence(
                    finding, False, f"interview.health.{question}", told, "interview", interview.held
                )


def _of_condition(condition: Condition, knowledge: Knowledge, as_of: date) -> Iterator[Presence]:
    over = condition.clinical_status in _OVER or (condition.abated is not None and condition.abated <= as_of)
    since = condition.onset or condition.recorded
    yield from _named(condition, condition.meanings, over, since, knowledge)


def _named(
    entry: Condition | Procedure, meanings: Meanings, over: bool, since: date | None, knowledge: Knowledge
) -> Iterator[Presence]:
    for finding in sorted(meanings.ids):
        meaning = meanings.by(finding)
        if meaning is not None:
            past = (over or meaning.past) and not knowledge.findings[finding].lasting
            yield Presence(finding, past, entry.id, entry.describe(), meaning.by, since)


def finding_reasons(found: Presences, rules: RulesOn) -> Iterator[Reason]:
    """Rules that speak as soon as one of their findings is recorded."""
    for name in _WHEN_PRESENT:
        for presence in found.present(*rules.rule(name).findings):
            yield rules.reason(name, (presence.read,), recorded=presence.recorded)
    for name in _WHEN_PAST:
        findings = rules.rule(name).findings
        for presence in () if found.present(*findings) else found.past(*findings):
            yield rules.reason(name, (presence.read,), recorded=presence.recorded)


def history_reasons(record: Record, current: Interview | None, rules: RulesOn) -> Iterator[Reason]:
    """Entries that name nothing, and a record without any diagnosis."""
    for kind, entries in (
        ("diagnosis", [(c.id, c.text, c.meanings.readable) for c in record.conditions]),
        ("allergy", [(a.id, a.text, a.readable) for a in record.allergies]),
        (
            "procedure",
            [(p.id, p.text, p.meanings.readable) for p in record.procedures if p.stage is not Stage.VOID],
        ),
        ("result", [(r.id, r.text, r.readable) for r in record.results]),
    ):
        for entry, text, readable in entries:
            if not readable:
                read = (Read(entry, text or "no name"),)
                yield rules.reason("finding-not-identified", read, kind=kind, recorded=text or entry)
    if not record.conditions and not record.no_known_problems:
        unanswered = [q for q in _ASKED_FOR if current is None or current.health_answer(q) is Said.NOT_KNOWN]
        if unanswered:
            read = (Read("problem list", "none"),)
            yield rules.reason("history-missing", read, open=", ".join(unanswered))
