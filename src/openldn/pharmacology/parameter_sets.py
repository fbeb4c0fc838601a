"""Parameter sets as data: each value with its unit, range, source, and whether it was fitted or assumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from openldn.knowledge.schema import Text
from openldn.knowledge.strict_yaml import read_yaml

_SETS: Final = Path(__file__).with_name("sets")
DEFAULT: Final = "facts-pharmacology"


class Basis(StrEnum):
    """Where a value comes from."""

    READ = "read"
    """In a source."""
    FITTED = "fitted"
    """To values that were read."""
    ASSUMED = "assumed"
    """Ours, with a reason."""
    SWITCH = "switch"
    """No quantity: it chooses between hypotheses."""


class Often(StrEnum):
    """How often a dose was given where something was measured."""

    SINGLE = "single"
    DAILY = "at most daily"


_DAILY: Final = 24.0
"""Hours: nothing was compared with doses that were nearer to each other."""


class Parameter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value."""

    value: Text
    unit: Text
    low: Text | None = None
    high: Text | None = None
    basis: Basis
    because: Text
    cv: Text | None = None
    """Variation between people, log-normal, in percent; null: the same in all."""


class Domain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an output was compared with what was measured: doses in milligrams, at most one a day."""

    output: Text
    least: Text
    most: Text
    because: Text
    often: Often = Often.DAILY
    hours: Text | None = None
    """At most so long after the last dose; null: as long as anybody looks."""

    def covers(self, doses: Collection[float], *, apart: float, after: float) -> bool:
        """Whether a regimen lies inside.

        Args:
            doses: in milligrams.
            apart: the least hours between two doses.
            after: hours from the last dose to the last that is shown.
        """
        inside = all(float(self.least) <= dose <= float(self.most) for dose in doses)
        seldom = len(doses) == 1 or (apart >= _DAILY and self.often is Often.DAILY)
        return inside and seldom and (self.hours is None or after <= float(self.hours))


class Variant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rival hypothesis: values that differ from the set."""

    title: Text
    because: Text
    values: dict[str, Text]


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: Text
    domains: tuple[Domain, ...]
    parameters: dict[str, Parameter]
    variants: dict[str, Variant]


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """A named set."""

    name: str
    source: str
    parameters: Mapping[str, Parameter]
    domains: tuple[Domain, ...]
    variants: Mapping[str, Variant]

    @property
    def values(self) -> dict[str, float]:
        """Every value as a number: a simulation is no dose."""
        return {name: float(p.value) for name, p in self.parameters.items()}

    def of_variant(self, name: str) -> dict[str, float]:
        """The values of a rival hypothesis.

        Raises:
            LookupError: there is none of that name.
        """
        if name not in self.variants:
            raise LookupError(f"no variant {name!r}: there are {', '.join(self.variants)}")
        return self.values | {key: float(text) for key, text in self.variants[name].values.items()}

    def fingerprint(self, values: Mapping[str, float]) -> str:
        """What stands with every result: the same values give the same."""
        return hashlib.sha256(json.dumps(dict(sorted(values.items()))).encode()).hexdigest()[:12]


@cache
def parameter_set(name: str) -> ParameterSet:
    """A set by its name.

    Raises:
        LookupError: there is none of that name.
        ValueError: its file is wrong.
    """
    path = _SETS / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in _SETS.glob("*.yaml")))
        raise LookupError(f"no parameter set {name!r}: there are {known}")
    tree: Any = read_yaml(path.read_text(encoding="utf-8"))
    file = msgspec.convert(tree, _File)
    for variant in file.variants.values():
        if unknown := variant.values.keys() - file.parameters.keys():
            raise ValueError(f"{path.name}: {variant.title}: {', '.join(sorted(unknown))} is no parameter")
    return ParameterSet(name, file.source, file.parameters, file.domains, file.variants)


def default_set() -> ParameterSet:
    """The set that is taken where nobody names another."""
    return parameter_set(DEFAULT)
