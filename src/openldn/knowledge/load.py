"""Read and check all knowledge files at start; an error names file, key and reason.

This is the one module below the edge that reads files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from openldn.knowledge.apparatus_schema import Apparatus
from openldn.knowledge.drug_schema import Drug, DrugClass, Names, Role
from openldn.knowledge.effect_schema import Effect
from openldn.knowledge.factor_schema import FactorTable
from openldn.knowledge.figures import NoFigure, from_studies
from openldn.knowledge.finding_schema import Condition, Finding, Measure
from openldn.knowledge.findings import FindingNames
from openldn.knowledge.formula_schema import AnyFormula, CapsuleFormula, MasterFormula, Shell, StabilityStudy
from openldn.knowledge.formulation_schema import Formulation, Wish
from openldn.knowledge.guide_schema import Claim, Expectation, Reference
from openldn.knowledge.links import broken_links
from openldn.knowledge.measures import MeasureNames
from openldn.knowledge.names import DrugNames
from openldn.knowledge.products import read_products
from openldn.knowledge.scale_schema import Scale
from openldn.knowledge.schema import Rule, Source
from openldn.knowledge.strict_yaml import BadYaml, read_yaml
from openldn.knowledge.study_schema import Looked, Study, Synthesis
from openldn.knowledge.vocabulary import Vocabulary

HERE = Path(__file__).parent
_RULE_FOLDERS = ("screening", "plan", "dispensing", "followup", "weaning")
_PATH_IS_ID = (Rule, Finding, Condition, Expectation, Formulation)
_Model = TypeVar("_Model", bound=msgspec.Struct)


class BadKnowledge(ValueError):
    """Knowledge files that cannot be used: each line names a file, the key and the reason."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that is known, checked against each other."""

    rules: Mapping[str, Rule]
    claims: Mapping[str, Claim]
    references: Mapping[str, Reference]
    drugs: Mapping[str, Drug]
    drug_classes: Mapping[str, DrugClass]
    findings: Mapping[str, Finding]
    """Diagnoses and states, the conditions of the guide among them."""
    measures: Mapping[str, Measure]
    effects: Mapping[str, Effect]
    """What a diary may complain of."""
    expectations: Mapping[str, Expectation]
    formulations: Mapping[str, Formulation]
    wishes: Mapping[str, Wish]
    """Words for what people avoid, beside the names of excipients."""
    scales: Mapping[str, Scale]
    opioid_factors: Mapping[str, FactorTable]
    """Tables of morphine equivalents."""
    apparatus: Mapping[str, Apparatus]
    """Flasks, pipettes and cylinders with their tolerances."""
    formulas: Mapping[str, MasterFormula]
    """Master formulas of liquids, drops and creams."""
    capsule_formulas: Mapping[str, CapsuleFormula]
    shells: Mapping[str, Shell]
    """Sizes of capsules."""
    stability: Mapping[str, StabilityStudy]
    studies: Mapping[str, Study]
    """As published; keys of references."""
    syntheses: Mapping[str, Synthesis]
    """Questions that several trials are pooled for."""
    looked: Mapping[str, Looked]
    """Which state of each study and pooled question someone looked at last, by its place (studies/...)."""
    vocabulary: Vocabulary

    def rule(self, rule_id: str) -> Rule:
        """One rule by its id."""
        return self.rules[rule_id]

    @property
    def all_formulas(self) -> Mapping[str, AnyFormula]:
        """Master formulas of every kind."""
        return {**self.formulas, **self.capsule_formulas}

    @property
    def conditions(self) -> Mapping[str, Condition]:
        """The conditions that LDN is used in."""
        return {i: f for i, f in self.findings.items() if isinstance(f, Condition)}


@cache
def load_knowledge() -> Knowledge:
    """The knowledge shipped with this version, read once a process.

    Raises:
        BadKnowledge: a file is wrong; the message says which, where and why.
    """
    return load_from(HERE)


def load_from(folder: Path) -> Knowledge:
    """Read the knowledge files below `folder`."""
    classes = {c.id: c for c in _each(folder, "drug_classes", DrugClass)}
    drugs = _with_members({d.name: d for d in _each(folder, "drugs", Drug)}, classes.values())
    conditions = {c.id: c for c in _each(folder, "conditions", Condition)}
    findings: dict[str, Finding] = {f.id: f for f in _each(folder, "findings", Finding)} | conditions
    measures = {m.id: m for m in _each(folder, "measures", Measure)}
    products = read_products(folder / "drugs" / "products.csv", drugs)
    wording = _yaml(folder / "drugs" / "_wording.yaml")
    studies = {s.id: s for s in _each(folder, "studies", Study)}
    references = _many(folder / "references.yaml", Reference)
    vocabulary = Vocabulary(
        DrugNames.of(drugs.values(), classes.values(), products, wording),
        FindingNames.of(findings, _yaml(folder / "findings" / "_wording.yaml")),
        MeasureNames.of(measures),
    )
    knowledge = Knowledge(
        rules=MappingProxyType({r.id: r for f in _RULE_FOLDERS for r in _each(folder, f, Rule)}),
        claims=MappingProxyType({c.id: c for c in _each(folder, "claims", Claim)}),
        references=MappingProxyType(references),
        drugs=MappingProxyType(drugs),
        drug_classes=MappingProxyType(classes),
        findings=MappingProxyType(findings),
        measures=MappingProxyType(measures),
        effects=MappingProxyType(_many(folder / "effects.yaml", Effect)),
        expectations=MappingProxyType(
            {e.id: _with_figures(e, studies, references) for e in _each(folder, "expectations", Expectation)}
        ),
        formulations=MappingProxyType({f.id: f for f in _each(folder, "formulations", Formulation)}),
        wishes=MappingProxyType(_many(folder / "wishes.yaml", Wish)),
        scales=MappingProxyType({s.id: s for s in _each(folder, "scales", Scale)}),
        apparatus=MappingProxyType({a.id: a for a in _each(folder, "apparatus", Apparatus)}),
        formulas=MappingProxyType({f.id: f for f in _each(folder, "formulas", MasterFormula)}),
        capsule_formulas=MappingProxyType(
            {f.id: f for f in _each(folder, "capsule_formulas", CapsuleFormula)}
        ),
        stability=MappingProxyType(_many(folder / "stability.yaml", StabilityStudy)),
        shells=MappingProxyType(_many(folder / "shells.yaml", Shell)),
        studies=MappingProxyType(studies),
        syntheses=MappingProxyType({s.id: s for s in _each(folder, "syntheses", Synthesis)}),
        looked=MappingProxyType(_many(folder / "looked.yaml", Looked)),
        opioid_factors=MappingProxyType({t.id: t for t in _each(folder, "opioid_factors", FactorTable)}),
        vocabulary=vocabulary,
    )
    if broken := broken_links(knowledge):
        raise BadKnowledge("\n".join(broken))
    return knowledge


def _with_figures(
    told: Expectation, studies: Mapping[str, Study], references: Mapping[str, Reference]
) -> Expectation:
    try:
        return from_studies(told, studies, references)
    except NoFigure as error:
        raise BadKnowledge(f"{told.id}.yaml: figures: {error}") from error


def read_study(path: Path) -> Study:
    """One study's file, wherever it lies; its id is the file's name.

    Raises:
        BadKnowledge: it cannot be read, or is not of this shape.
    """
    return _model(path, Study, {"id": path.stem, **_yaml(path)})


def _with_members(drugs: Mapping[str, Drug], classes: Iterable[DrugClass]) -> dict[str, Drug]:
    """The drugs with their classes, and a drug for each member of a class that has no file of its own."""
    found = dict(drugs)
    for drug_class in classes:
        for member in drug_class.members:
            before = found.get(member.name) or Drug(
                name=member.name,
                role=Role.INTERACTS,
                rxnorm=member.rxnorm,
                names=(Names(kind="substance", source=Source(ref="recalled"), names=member.also),)
                if member.also
                else (),
                source=drug_class.source.at or drug_class.source.ref,
            )
            classes_of = (*before.classes, drug_class.id)
            found[member.name] = msgspec.structs.replace(before, classes=classes_of)
    return found


def _each(folder: Path, kind: str, model: type[_Model]) -> Iterator[_Model]:
    for path in sorted((folder / kind).glob("*.yaml")):
        if path.stem.startswith("_"):
            continue
        fields = _yaml(path)
        name = "name" if model is Drug else "id"
        expected = f"{kind}/{path.stem}" if issubclass(model, _PATH_IS_ID) else path.stem
        if model is Drug:
            expected = path.stem.replace("-", " ")
        if name in fields:
            raise BadKnowledge(f"{_place(path)}: {name}: is the file's name, do not write it again")
        yield _model(path, model, {**fields, name: expected})


def _many(path: Path, model: type[_Model]) -> dict[str, _Model]:
    if not path.is_file():  # an archive of older knowledge may lack it
        raise BadKnowledge(f"{_place(path)}: (whole file): it is not there")
    return {key: _model(path, model, fields, key) for key, fields in _yaml(path).items()}


def _model(path: Path, model: type[_Model], fields: dict[str, Any], under: str = "") -> _Model:
    try:
        return msgspec.convert(fields, model, strict=False)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        key = place.strip("`").removeprefix("$").lstrip(".")
        whole = ".".join(filter(None, (under, key)))
        raise BadKnowledge(f"{_place(path)}: {whole or '(whole file)'}: {reason}") from error


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
