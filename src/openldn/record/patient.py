"""The record of one patient: drugs, diagnoses, results, procedures, and what could not be read.

Nothing is judged here. Status, order date, end of supply and what a prescriber stated later are kept
apart, because they disagree in real records and the screening has to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from openldn.knowledge.findings import Meanings
from openldn.knowledge.names import Code, Identity
from openldn.record.directions import Direction, Supply
from openldn.record.interview import Interview
from openldn.record.results import TestResult


class Kind(StrEnum):
    """Where an entry of the drug list comes from."""

    ORDER = "order"
    STATEMENT = "statement"
    DISPENSE = "dispense"
    ADMINISTRATION = "administration"
    PRODUCT = "product"
    """A drug that is named without any order or statement."""
    INTERVIEW = "interview"
    DIARY = "diary"


class Recorded(StrEnum):
    """What the recorded status amounts to, before any date is looked at."""

    ACTIVE = "active"
    UNCLEAR = "unclear"
    """On hold, intended, not known, missing or unreadable."""
    ENDED = "ended"
    VOID = "void"
    """Cancelled, draft, a proposal, not done or entered in error: no one took anything because of it."""


class ListState(StrEnum):
    """What the record says about the list of drugs as a whole."""

    LISTED = "listed"
    NONE_KNOWN = "none known"
    """Stated explicitly: counts as a list."""
    EMPTY_REASON = "empty with a reason"
    NO_INFORMATION = "no information"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class EndStatement:
    """A prescriber states by name that a recorded order ended on a day; shown from then on.

    `drug` is the id of an entry or the name of an ingredient; `ended` is the day of the last dose.
    """

    drug: str
    ended: date
    by: str
    stated: date


@dataclass(frozen=True, slots=True)
class Medication:
    """One entry of the drug list as recorded.

    `runs_until` is the last day for which the entry itself accounts (end of period or supply, day of
    administration), and `runs_until_from` says which field told so; None when nothing tells.
    """

    id: str
    kind: Kind
    status: Recorded
    recorded_status: str
    text: str
    identity: Identity
    codes: tuple[Code, ...] = ()
    texts: tuple[str, ...] = ()
    ordered: date | None = None
    runs_until: date | None = None
    runs_until_from: str = ""
    as_needed: bool = False
    end_unreadable: bool = False
    """A field that would tell the end is there and cannot be read."""
    directions: tuple[Direction, ...] = ()
    """How it is to be taken, a line each."""
    supply: Supply | None = None
    routes: tuple[str, ...] = ()
    """What is said of form and route, apart from the name."""

    def describe(self) -> str:
        """One line for a reader: what it is, its status and its dates."""
        parts = [f"{self.kind} {self.recorded_status}"]
        if self.ordered:
            parts.append(f"dated {self.ordered.isoformat()}")
        if self.runs_until:
            parts.append(f"{self.runs_until_from} {self.runs_until.isoformat()}")
        return f"{self.text or 'no name'}: {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class DrugList:
    """The list of drugs as a whole: is there one, of which day, and is it all there?"""

    state: ListState = ListState.ABSENT
    dated: date | None = None
    dated_from: str = ""
    detail: str = ""
    gaps: tuple[str, ...] = ()
    """Why part of the list is known to be missing."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A problem or diagnosis as recorded, with what it names."""

    id: str
    text: str
    meanings: Meanings
    clinical_status: str = ""
    verification: str = ""
    onset: date | None = None
    abated: date | None = None
    recorded: date | None = None

    def describe(self) -> str:
        """One line for a reader: what it is, its status and its dates."""
        status = self.clinical_status or "status not recorded"
        parts = [status, *([self.verification] if self.verification not in ("", "confirmed") else [])]
        if self.onset:
            parts.append(f"since {self.onset.isoformat()}")
        if self.abated:
            parts.append(f"until {self.abated.isoformat()}")
        return f"{self.text or 'no name'} ({', '.join(parts)})"


class Stage(StrEnum):
    """Whether a procedure took place, as recorded."""

    DONE = "done"
    PLANNED = "planned"
    UNCLEAR = "unclear"
    """The status is missing or not understood."""
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure, done or planned, with what it names."""

    id: str
    text: str
    meanings: Meanings
    stage: Stage
    on: date | None = None
    day_unreadable: bool = False
    """A day is there and cannot be read."""

    def describe(self) -> str:
        """One line for a reader."""
        return f"{self.text or 'no name'} ({self.stage}{f', {self.on.isoformat()}' if self.on else ''})"


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance as recorded: the drugs and the substances it names."""

    id: str
    text: str
    identity: Identity
    meanings: Meanings
    clinical_status: str = ""
    verification: str = ""

    @property
    def readable(self) -> bool:
        """Whether it can be told what is not tolerated."""
        return self.identity.readable or self.meanings.readable


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that could not be read. `matters`: it may be an entry that a rule needs."""

    where: str
    reason: str
    matters: bool = False


@dataclass(frozen=True, slots=True)
class Born:
    """The days between which somebody was born: one day, or the ends of a month or year."""

    first: date
    last: date
    written: str = ""

    def youngest(self, day: date) -> int:
        """The lowest age in whole years that is possible on `day`."""
        return _years(self.last, day)

    def oldest(self, day: date) -> int:
        """The highest age in whole years that is possible on `day`."""
        return _years(self.first, day)


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class Patient:
    """Who it is, as far as the core needs to know."""

    id: str = ""
    born: Born | None = None
    """None: not recorded, or not readable."""
    sex: str = ""
    deceased: str = ""
    """What the record says of a death, empty if nothing."""
    died: date | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known about one patient."""

    patient: Patient = Patient()
    drug_list: DrugList = DrugList()
    medications: tuple[Medication, ...] = ()
    conditions: tuple[Condition, ...] = ()
    no_known_problems: bool = False
    """Stated explicitly: counts as a problem list."""
    results: tuple[TestResult, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    not_read: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Kinds of entries that no rule reads, and how many of each."""
    interview: Interview | None = None
    statements: tuple[EndStatement, ...] = ()

    def with_interview(self, interview: Interview) -> Record:
        """The same record with the answers of an interview; the newer of two interviews stays."""
        if self.interview is not None and self.interview.held > interview.held:
            return self
        return replace(self, interview=interview, results=(*self.results, *interview.results))

    def with_medications(self, entries: Iterable[Medication]) -> Record:
        """The same record with drugs that another source tells of."""
        return replace(self, medications=(*self.medications, *entries))

    def stating_end(self, statement: EndStatement) -> Record:
        """The same record with a prescriber's statement that an order ended.

        Raises:
            ValueError: no entry has this id or ingredient, or the days contradict each other.
        """
        found = [m for m in self.medications if _meant(statement, m)]
        if not found:
            known = sorted({n.drug.name for m in self.medications for n in m.identity.named})
            offer = ", ".join(known) or "no drug that a rule reads is on the record"
            raise ValueError(f"no entry or drug {statement.drug!r} on the record (known: {offer})")
        if statement.ended > statement.stated:
            raise ValueError(
                f"the end {statement.ended} lies after the day of the statement {statement.stated}"
            )
        for medication in found:
            if medication.ordered and statement.ended < medication.ordered:
                raise ValueError(
                    f"the end {statement.ended} lies before the order {medication.id} of "
                    f"{medication.ordered}: name the entry that is meant by its id"
                )
        return replace(self, statements=(*self.statements, statement))

    def stated_end(self, medication: Medication) -> EndStatement | None:
        """The latest statement about this entry, if any."""
        found = [s for s in self.statements if _meant(s, medication)]
        return max(found, key=lambda s: (s.stated, s.ended), default=None)


def _meant(statement: EndStatement, medication: Medication) -> bool:
    wanted = statement.drug.casefold()
    names = {n.drug.name.casefold() for n in medication.identity.named}
    return wanted == medication.id.casefold() or wanted in names
