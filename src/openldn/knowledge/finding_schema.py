"""The shape of diagnoses, states and tests: their codes, their names, and what a condition's evidence is.

Frozen; an unknown key is refused.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

from openldn.knowledge.schema import Source, Text

Level = Literal["0", "1", "2", "R-", "R+-", "R+"]
"""Best human evidence of LDN: 0 none found, 1 case reports, 2 uncontrolled series or cohort,
R- randomised and negative, R+- randomised, mixed or small, R+ randomised and positive."""
LEVELS: dict[Level, str] = {
    "0": "no evidence found",
    "1": "single cases",
    "2": "uncontrolled series or registers",
    "R-": "randomised trials, negative",
    "R+-": "randomised trials, mixed or small",
    "R+": "randomised trials, positive",
}


class Finding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A diagnosis, state, substance or procedure that rules read. Its id is the path of its file.

    `names` are phrases by language: all words of a phrase stand near each other in a text, in any order; a
    word with a star stands for all that begin (or end) so. `icd10` are beginnings of codes, or blocks like
    C00-C97.
    """

    id: Text
    name: Text
    broader: tuple[Text, ...] = ()
    """Findings that this one is a case of."""
    lasting: bool = False
    """Whether it still counts once it is recorded as resolved."""
    snomed: tuple[Text, ...] = ()
    """SNOMED CT codes of the Global Patient Set; others have to be supplied by the user."""
    icd10: tuple[Text, ...] = ()
    snomed_past: tuple[Text, ...] = ()
    icd10_past: tuple[Text, ...] = ()
    """Codes of its history or remission."""
    names: dict[str, tuple[Text, ...]] = {}
    not_with: tuple[Text, ...] = ()
    """Words that make something else of it (respiratory depression)."""
    unverified: tuple[Text, ...] = ()
    """Codes that were recalled and not seen in a table."""
    note: Text | None = None


class Evidence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The level of the best human evidence, for the whole condition or a part of it."""

    level: Level
    part: Text | None = None
    studies: tuple[Text, ...] = ()
    """The trials that the level is of, where trials of one condition have more than one."""


class Domain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One GRADE domain: by how many steps it lowers the certainty, and why."""

    steps: Annotated[int, Meta(ge=0, le=2)]
    why: Text


Grade = Literal["high", "moderate", "low", "very low"]
_GRADES: tuple[Grade, ...] = ("very low", "low", "moderate", "high")


class Certainty(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How sure one can be of an answer, by the GRADE domains: our judgement, until someone reviewed it."""

    about: Text
    """The outcome that is judged."""
    synthesis: Text | None = None
    """The pooled question that is judged (a file of knowledge/syntheses): {answer} in a reason is what it
    comes to."""
    start: Literal["high", "low"]
    """Randomised trials start high, all else low."""
    risk_of_bias: Domain
    inconsistency: Domain
    indirectness: Domain
    imprecision: Domain
    publication_bias: Domain
    reviewed: Text | None = None

    @property
    def domains(self) -> dict[str, Domain]:
        """By name."""
        return {
            "risk of bias": self.risk_of_bias,
            "inconsistency": self.inconsistency,
            "indirectness": self.indirectness,
            "imprecision": self.imprecision,
            "publication bias": self.publication_bias,
        }

    @property
    def grade(self) -> Grade:
        """What is left of the start."""
        left = _GRADES.index(self.start) - sum(d.steps for d in self.domains.values())
        return _GRADES[max(left, 0)]


class EarlyWorsening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may get worse in the first weeks."""

    signs: Text
    lasts: Text
    claims: tuple[Text, ...]
    source: Source


class Condition(Finding, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition that LDN is used in: an entry of the guide's list, or one with comparable evidence."""

    claims: tuple[Text, ...] = ()
    """The guide's statement; none: not in the guide."""
    short: tuple[Text, ...] = ()
    """Abbreviations by which a person may name it, alone; a record's text is never read by them (MS, PD)."""
    printed: Text | None = None
    """How the guide spells it, where that is wrong or unusual."""
    same_as: Text | None = None
    """The entry of which this one is a duplicate."""
    evidence: Annotated[tuple[Evidence, ...], Meta(min_length=1)]
    studies: tuple[Text, ...] = ()
    """Keys of references.yaml."""
    certainty: tuple[Certainty, ...] = ()
    """Where there is a study to judge."""
    lay: Text | None = None
    """For patients, at reading grade 8 or below."""
    oncology: bool = False
    early_worsening: EarlyWorsening | None = None


class UpperLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The upper limit of normal used when a result names none, in the measure's unit."""

    value: Text
    source: Source


class Measure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test or observation that rules read: by LOINC code or name, in one unit. Its id is its file."""

    id: Text
    name: Text
    loinc: tuple[Text, ...] = ()
    snomed: tuple[Text, ...] = ()
    names: dict[str, tuple[Text, ...]] = {}
    not_with: tuple[Text, ...] = ()
    """Words that make another test of it (urine, ratio)."""
    unit: Text | None = None
    """UCUM; None: the result is one of `answers`."""
    units: dict[str, Text] = {}
    """How many of `unit` one of these is, as an exact fraction."""
    upper_limit: UpperLimit | None = None
    answers: dict[Text, tuple[Text, ...]] = {}
    """An answer and the codes and words that stand for it."""
    unverified: tuple[Text, ...] = ()
    note: Text | None = None

    def factor(self, unit: str) -> Fraction | None:
        """How many of the measure's unit one `unit` is; None when it is no unit of this measure."""
        found = self.units.get(plain_unit(unit))
        return None if found is None else Fraction(found)


def plain_unit(unit: str) -> str:
    """A unit without the ways of writing it: case, blanks, braces, underscores, micro signs, squares."""
    table = str.maketrans({"µ": "u", "μ": "u", "²": "2", **dict.fromkeys(" {}_[]^*", "")})
    return unit.translate(table).lower()
