"""Read and check all knowledge files at start; one error names file, key and reason.

This is the one module below the edge that reads files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from openldn.knowledge.names import DrugNames
from openldn.knowledge.products import read_products
from openldn.knowledge.schema import Claim, Drug, Reference, Rule
from openldn.knowledge.strict_yaml import BadYaml, read_yaml

HERE = Path(__file__).parent
_RULE_FOLDERS = ("screening", "plan", "dispensing")
_Model = TypeVar("_Model", bound=msgspec.Struct)


class BadKnowledge(ValueError):
    """A knowledge file that cannot be used: names the file, the key and the reason."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All rules, claims, references and drugs, checked against each other."""

    rules: Mapping[str, Rule]
    claims: Mapping[str, Claim]
    references: Mapping[str, Reference]
    drugs: Mapping[str, Drug]
    names: DrugNames

    def rule(self, rule_id: str) -> Rule:
        """One rule by its id."""
        return self.rules[rule_id]


@cache
def load_knowledge() -> Knowledge:
    """The knowledge shipped with this version, read once a process.

    Raises:
        BadKnowledge: a file is wrong; the message says which, where and why.
    """
    return load_from(HERE)


def load_from(folder: Path) -> Knowledge:
    """Read the knowledge files below `folder`."""
    references = _many(folder / "references.yaml", Reference)
    claims = {c.id: c for _, c in _each(folder, "claims", Claim)}
    rules = {r.id: r for f in _RULE_FOLDERS for _, r in _each(folder, f, Rule)}
    drugs = {d.name: d for _, d in _each(folder, "drugs", Drug)}
    _check_links(folder, rules, claims, references, drugs)
    products = read_products(folder / "drugs" / "products.csv", drugs)
    wording = _yaml(folder / "drugs" / "_wording.yaml")
    return Knowledge(
        MappingProxyType(rules),
        MappingProxyType(claims),
        MappingProxyType(references),
        MappingProxyType(drugs),
        DrugNames.of(drugs.values(), products, wording),
    )


def _each(folder: Path, kind: str, model: type[_Model]) -> Iterator[tuple[Path, _Model]]:
    for path in sorted((folder / kind).glob("*.yaml")):
        if path.stem.startswith("_"):
            continue
        fields = _yaml(path)
        name = "name" if model is Drug else "id"
        expected = path.relative_to(folder).with_suffix("").as_posix() if model is Rule else path.stem
        if model is Drug:
            expected = path.stem.replace("-", " ")
        if name in fields:
            raise BadKnowledge(f"{_place(path)}: {name}: is the file's name, do not write it again")
        yield path, _model(path, model, {**fields, name: expected})


def _many(path: Path, model: type[_Model]) -> dict[str, _Model]:
    return {key: _model(path, model, fields, key) for key, fields in _yaml(path).items()}


def _model(path: Path, model: type[_Model], fields: dict[str, Any], under: str = "") -> _Model:
    try:
        return msgspec.convert(fields, model, strict=False)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        key = place.strip("`").removeprefix("$").lstrip(".")
        whole = ".".join(filter(None, (under, key)))
        raise BadKnowledge(f"{_place(path)}: {whole or '(whole file)'}: {reason}") from error


def _check_links(
    folder: Path,
    rules: Mapping[str, Rule],
    claims: Mapping[str, Claim],
    references: Mapping[str, Reference],
    drugs: Mapping[str, Drug],
) -> None:
    for rule in rules.values():
        place = _place(folder / f"{rule.id}.yaml")
        for claim in rule.claims:
            if claim not in claims:
                raise BadKnowledge(f"{place}: claims: {claim} is not among the claims")
        refs = [*rule.references, *(v.source.ref for p in rule.parameters.values() for v in p.values)]
        _known(place, refs, references)
    for drug in drugs.values():
        refs = [*(w.source.ref for w in drug.washout), *(n.source.ref for n in drug.names)]
        _known(_place(folder / "drugs" / f"{drug.name}.yaml"), refs, references)


def _known(place: str, refs: list[str], references: Mapping[str, Reference]) -> None:
    for ref in refs:
        if ref not in references:
            raise BadKnowledge(f"{place}: ref: {ref} is not in references.yaml")


def _place(path: Path) -> str:
    return "/".join(path.parts[-2:])


def _yaml(path: Path) -> dict[str, Any]:
    try:
        tree = read_yaml(path.read_text(encoding="utf-8"))
    except (BadYaml, UnicodeDecodeError) as error:
        key = error.key if isinstance(error, BadYaml) else ""
        raise BadKnowledge(f"{_place(path)}: {key or '(whole file)'}: {error}") from error
    if not isinstance(tree, dict):
        raise BadKnowledge(f"{_place(path)}: (whole file): a mapping of keys is expected")
    return tree
