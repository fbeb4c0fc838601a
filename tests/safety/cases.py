"""The hazard log and the intended use as data: frozen, an unknown key is refused.

What can go wrong stands in docs/safety/hazards.yaml: each control names the tests that show it and one change
of a source or knowledge file that takes it away (tests/safety/prove.py does that to each in turn).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from openldn.knowledge.strict_yaml import read_yaml

ROOT: Final = Path(__file__).resolve().parents[2]
SAFETY: Final = ROOT / "docs" / "safety"
ACCEPTED_ALONE: Final = 3
"""The highest risk that may be left without a named person who accepts it."""

Text = Annotated[str, Meta(min_length=1)]
HazardId = Annotated[str, Meta(pattern=r"^H-\d\d$")]
ControlId = Annotated[str, Meta(pattern=r"^C-\d\d-\d+$")]
Risk = Annotated[int, Meta(ge=1, le=5)]
_Model = TypeVar("_Model", bound=Struct)


class Severity(StrEnum):
    """How bad the effect is, in the words of DCB0129, the lightest first."""

    MINOR = "minor"
    SIGNIFICANT = "significant"
    CONSIDERABLE = "considerable"
    MAJOR = "major"
    CATASTROPHIC = "catastrophic"


class Likelihood(StrEnum):
    """How likely the effect is, the least likely first."""

    VERY_LOW = "very low"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very high"


class Mutation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change in one place of a file that takes a control away."""

    file: Text
    replace: Text
    by: str


class Control(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What keeps a hazard from harming, how to take it away, and the tests that notice."""

    id: ControlId
    what: Text
    tests: Annotated[tuple[Text, ...], Meta(min_length=1)]
    """Node ids of pytest."""
    mutation: Mutation
    refused_at_load: bool = False
    """Whether the change is a spoilt knowledge file that is refused before any test runs."""


class Likelihoods(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How likely without and with the controls; after: null where no control is built yet."""

    before: Likelihood
    after: Likelihood | None


class Hazard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that can harm a patient."""

    id: HazardId
    hazard: Text
    cause: Text
    effect: Text
    severity: Severity
    likelihood: Likelihoods
    controls: tuple[Control, ...] = ()
    open: Text | None = None
    """What is missing, and which later capability brings it."""
    sign_off: Text | None = None
    """Who accepts a risk that stays high: a name and a day."""


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All hazards, and how severity and likelihood make a risk."""

    seen: Text
    """Where the scales come from, and what was not seen."""
    matrix: dict[Likelihood, dict[Severity, Risk]]
    acceptance: dict[Risk, Text]
    reviewed: Text | None
    """Who looked it through and when; null until somebody did."""
    hazards: tuple[Hazard, ...]

    @property
    def controls(self) -> Iterator[Control]:
        """Every control, in the order of the hazards."""
        for hazard in self.hazards:
            yield from hazard.controls

    def risk(self, hazard: Hazard, likelihood: Likelihood) -> int:
        """The risk of a hazard that is so likely."""
        return self.matrix[likelihood][hazard.severity]


class Use(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one package is for, for whom, and what it is not for."""

    what_for: Text
    used_by: Text
    not_for: Text
    software_class: Literal["A", "B", "C"]
    """Of IEC 62304, proposed by us."""
    class_because: Text
    regulatory: Text
    source: Text
    """Rows of facts/engineering.md."""


class IntendedUse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The intended use of every package of src/openldn."""

    whole: Text
    signed: Text | None
    """The Clinical Safety Officer who signed and when; null until one did."""
    packages: dict[Text, Use]


def log() -> Log:
    """docs/safety/hazards.yaml."""
    return _read("hazards.yaml", Log)


def intended_use() -> IntendedUse:
    """docs/safety/intended-use.yaml."""
    return _read("intended-use.yaml", IntendedUse)


def _read(name: str, model: type[_Model]) -> _Model:
    tree = read_yaml((SAFETY / name).read_text(encoding="utf-8"))
    return msgspec.convert(tree, model, strict=False)
