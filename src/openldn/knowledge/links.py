"""Does everything that the knowledge files name exist, and has every statement of the guide a fate?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openldn.knowledge.factor_schema import Excluded, Factor
from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.formula_schema import CapsuleFormula
from openldn.knowledge.guide_schema import Claim
from openldn.knowledge.schema import Rule, Source

if TYPE_CHECKING:
    from openldn.knowledge.load import Knowledge


@dataclass(frozen=True, slots=True)
class Uses:
    """Where a statement of the guide is used."""

    rules: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    expectations: tuple[str, ...] = ()
    formulations: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules or self.conditions or self.expectations or self.formulations or self.studies)


def uses(knowledge: Knowledge) -> Mapping[str, Uses]:
    """Where each claim is used."""
    rules, conditions, expectations, formulations, studies = (
        _by_claim((r.id, r.claims) for r in knowledge.rules.values()),
        _by_claim((c.id, _claims_of(c)) for c in knowledge.conditions.values()),
        _by_claim((e.id, e.claims) for e in knowledge.expectations.values()),
        _by_claim((f.id, f.claims) for f in knowledge.formulations.values()),
        _by_claim((f"studies/{s.id}", s.claims) for s in knowledge.studies.values()),
    )
    return {
        claim: Uses(
            rules.get(claim, ()),
            conditions.get(claim, ()),
            expectations.get(claim, ()),
            formulations.get(claim, ()),
            studies.get(claim, ()),
        )
        for claim in knowledge.claims
    }


def _by_claim(cited: Iterable[tuple[str, Iterable[str]]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for who, claims in cited:
        for claim in dict.fromkeys(claims):
            found.setdefault(claim, []).append(who)
    return {claim: tuple(sorted(who)) for claim, who in found.items()}


def _claims_of(condition: Condition) -> tuple[str, ...]:
    early = condition.early_worsening.claims if condition.early_worsening else ()
    return (*condition.claims, *early)


def broken_links(knowledge: Knowledge) -> list[str]:
    """One line for each thing named that does not exist, and for each claim without a fate."""
    return [
        *_in_rules(knowledge),
        *_in_conditions(knowledge),
        *_in_expectations(knowledge),
        *_in_formulations(knowledge),
        *_in_formulas(knowledge),
        *_in_effects(knowledge),
        *_in_scales(knowledge),
        *_in_factors(knowledge),
        *_in_sources(knowledge),
        *_in_studies(knowledge),
        *_in_syntheses(knowledge),
        *_without_fate(knowledge),
    ]


def _missing(who: str, key: str, names: Iterable[str], among: Mapping[str, object]) -> Iterator[str]:
    for name in names:
        if name not in among:
            yield f"{who}.yaml: {key}: {name} does not exist"


def _in_rules(knowledge: Knowledge) -> Iterator[str]:
    for rule in knowledge.rules.values():
        who = rule.id
        yield from _missing(who, "claims", rule.claims, knowledge.claims)
        yield from _missing(who, "references", rule.references, knowledge.references)
        yield from _missing(who, "findings", rule.findings, knowledge.findings)
        yield from _missing(who, "drug_classes", rule.drug_classes, knowledge.drug_classes)
        yield from _missing(who, "measures", rule.measures, knowledge.measures)
        yield from _missing(who, "follows", rule.follows, knowledge.rules)
        if not rule.claims and not rule.references:
            yield f"{who}.yaml: claims: neither a claim nor a reference is named"
        if who.startswith("screening/") and bool(rule.text) != (rule.severity is not None):
            yield f"{who}.yaml: severity: a rule with a text needs one, and only such a rule"
        if who.startswith("plan/tests-") and not rule.measures:
            yield f"{who}.yaml: measures: name what has to be there, else the test counts as done"
        yield from _values(knowledge, rule)


def _values(knowledge: Knowledge, rule: Rule) -> Iterator[str]:
    sources = [v.source for p in rule.parameters.values() for v in p.values]
    yield from _usable(knowledge, rule.id, sources)


def _usable(knowledge: Knowledge, who: str, sources: Iterable[Source]) -> Iterator[str]:
    """A value's source has to exist, and may not be a retracted paper."""
    for source in sources:
        found = knowledge.references.get(source.ref)
        if found is None:
            yield f"{who}.yaml: ref: {source.ref} does not exist"
        elif found.status == "retracted":
            yield f"{who}.yaml: ref: {source.ref} is retracted and cannot be the source of a value"


def _in_conditions(knowledge: Knowledge) -> Iterator[str]:
    for finding in knowledge.findings.values():
        yield from _missing(finding.id, "broader", finding.broader, knowledge.findings)
        if not isinstance(finding, Condition):
            continue
        yield from _missing(finding.id, "claims", _claims_of(finding), knowledge.claims)
        yield from _missing(finding.id, "studies", finding.studies, knowledge.references)
        if finding.early_worsening:
            yield from _usable(knowledge, finding.id, [finding.early_worsening.source])
        if finding.same_as:
            yield from _missing(finding.id, "same_as", [finding.same_as], knowledge.findings)


def _in_expectations(knowledge: Knowledge) -> Iterator[str]:
    for expectation in knowledge.expectations.values():
        who = expectation.id
        yield from _missing(who, "claims", expectation.claims, knowledge.claims)
        yield from _missing(who, "references", expectation.references, knowledge.references)
        yield from _missing(who, "conditions", expectation.conditions, knowledge.findings)
        yield from _missing(who, "syntheses", expectation.syntheses, knowledge.syntheses)
        for name in expectation.syntheses:
            asked = knowledge.syntheses.get(name)
            if asked is not None and (asked.effect is None or asked.measure != "RR"):
                yield f"{who}.yaml: syntheses: {name} asks for no ratio (RR) of a side effect"
        yield from _usable(knowledge, who, (f.source for f in expectation.figures))


def _in_formulas(knowledge: Knowledge) -> Iterator[str]:
    for made in knowledge.all_formulas.values():
        who = f"{'capsule_' if isinstance(made, CapsuleFormula) else ''}formulas/{made.id}"
        yield from _missing(who, "claims", made.claims, knowledge.claims)
        yield from _missing(who, "study", [made.study] if made.study else (), knowledge.stability)
        product = [made.formulation] if made.formulation else ()
        yield from _missing(who, "formulation", product, knowledge.formulations)
        yield from _usable(knowledge, who, [made.source])
        if made.study and made.id not in knowledge.stability[made.study].formulas:
            yield f"{who}.yaml: study: {made.study} is not of just this formula"
    for capsule in knowledge.capsule_formulas.values():
        who = f"capsule_formulas/{capsule.id}"
        yield from _missing(who, "shell", [capsule.shell], knowledge.shells)
    for size, shell in knowledge.shells.items():
        yield from _usable(knowledge, f"shells: {size}", [shell.source])
    for word, wish in knowledge.wishes.items():
        yield from _missing(f"wishes: {word}", "findings", wish.findings, knowledge.findings)
    for key, study in knowledge.stability.items():
        yield from _usable(knowledge, f"stability: {key}", [study.source])
        yield from _missing(f"stability: {key}", "formulas", study.formulas, knowledge.all_formulas)
    for formula in knowledge.formulas.values():
        who = f"formulas/{formula.id}"
        yield from _missing(who, "excipients", formula.excipients, knowledge.findings)
        if (formula.drug == "tablets") != (formula.tablet is not None):
            yield f"{who}.yaml: tablet: named for a formula from tablets, and only there"
    for kind in knowledge.apparatus.values():
        yield from _usable(knowledge, f"apparatus/{kind.id}", (s.source for s in kind.sizes))


def _in_formulations(knowledge: Knowledge) -> Iterator[str]:
    for formulation in knowledge.formulations.values():
        who = formulation.id
        yield from _missing(who, "claims", formulation.claims, knowledge.claims)
        yield from _missing(who, "excipients", formulation.excipients, knowledge.findings)
        sources = (formulation.strengths_source, formulation.excipients_source, formulation.beyond_use.source)
        yield from _usable(knowledge, who, sources)


def _in_effects(knowledge: Knowledge) -> Iterator[str]:
    for effect_id, effect in knowledge.effects.items():
        yield from _missing(f"effects/{effect_id}", "claims", effect.claims, knowledge.claims)


def _in_scales(knowledge: Knowledge) -> Iterator[str]:
    for scale in knowledge.scales.values():
        who = f"scales/{scale.id}"
        yield from _missing(who, "references", scale.references, knowledge.references)
        yield from _usable(knowledge, who, scale.sources)


def _in_factors(knowledge: Knowledge) -> Iterator[str]:
    for table in knowledge.opioid_factors.values():
        rows: tuple[Factor | Excluded, ...] = (*table.factors, *table.excluded)
        who = f"opioid_factors/{table.id}"
        yield from _missing(who, "drug", [r.drug for r in rows], knowledge.drugs)
        yield from _usable(knowledge, who, (r.source for r in rows))


def _in_sources(knowledge: Knowledge) -> Iterator[str]:
    for drug in knowledge.drugs.values():
        yield from _usable(knowledge, f"drugs/{drug.name}", (w.source for w in drug.washout))
        yield from _usable(knowledge, f"drugs/{drug.name}", (n.source for n in drug.names))
    for drug_class in knowledge.drug_classes.values():
        yield from _usable(knowledge, f"drug_classes/{drug_class.id}", [drug_class.source])
    for measure in knowledge.measures.values():
        limits = [measure.upper_limit.source] if measure.upper_limit else []
        yield from _usable(knowledge, f"measures/{measure.id}", limits)


_POOLED_EFFECTS = {"any", "serious", "stopped", "dropout", "gut"}
"""What trials count beside single side effects."""


def _in_studies(knowledge: Knowledge) -> Iterator[str]:
    effects = knowledge.effects.keys() | _POOLED_EFFECTS
    for study in knowledge.studies.values():
        who = f"studies/{study.id}"
        yield from _missing(who, "(file name)", [study.id], knowledge.references)
        yield from _missing(who, "conditions", study.conditions, knowledge.conditions)
        yield from _missing(who, "claims", study.claims, knowledge.claims)
        yield from _missing(who, "errata", [e.reference for e in study.errata], knowledge.references)
        for key, outcome in study.outcomes.items():
            named = [outcome.effect] if outcome.effect else []
            yield from _missing(who, f"outcomes.{key}.effect", named, dict.fromkeys(effects))
            sources = [r.source.ref for r in outcome.results]
            yield from _missing(who, f"outcomes.{key}.source", sources, knowledge.references)
            pools = [r.pools for r in outcome.results if r.pools]
            yield from _missing(who, f"outcomes.{key}.pools", pools, knowledge.syntheses)
            last = list(study.arms.values())[-1]
            asks = [p for p in pools if p in knowledge.syntheses and knowledge.syntheses[p].effect]
            if asks and not last.takes.startswith("placebo"):
                yield f"{who}.yaml: outcomes.{key}.pools: {asks[0]} asks beside placebo, this is {last.takes}"
    for condition in knowledge.conditions.values():
        yield from _missing(condition.id, "studies", condition.studies, knowledge.studies)
        levels = [e for e in condition.evidence if e.level.startswith("R")]
        named = [name for e in levels for name in e.studies]
        yield from _missing(condition.id, "evidence", named, knowledge.studies)
        if len(levels) > 1 and not all(e.studies for e in levels):
            yield f"{condition.id}.yaml: evidence: two levels of trials: name the studies of each"
        judged = [c.synthesis for c in condition.certainty if c.synthesis]
        yield from _missing(condition.id, "certainty", judged, knowledge.syntheses)
        for certainty in condition.certainty:
            told = any("{answer}" in d.why for d in certainty.domains.values())
            if told and certainty.synthesis is None:
                yield f"{condition.id}.yaml: certainty: {{answer}} of which synthesis?"


def _in_syntheses(knowledge: Knowledge) -> Iterator[str]:
    for synthesis in knowledge.syntheses.values():
        who = f"syntheses/{synthesis.id}"
        yield from _missing(who, "conditions", synthesis.conditions, knowledge.conditions)
        named = (*(e.study for e in synthesis.exclude), *synthesis.beside)
        yield from _missing(who, "studies", named, knowledge.studies)


def _without_fate(knowledge: Knowledge) -> Iterator[str]:
    used = uses(knowledge)
    for claim in knowledge.claims.values():
        yield from _missing(f"claims/{claim.id}", "references", claim.references, knowledge.references)
        yield from _fate(claim, used[claim.id])


def _fate(claim: Claim, used: Uses) -> Iterator[str]:
    if not used and not claim.planned and not claim.not_computable:
        yield f"claims/{claim.id}.yaml: nothing uses it, nothing is planned, and no reason says why not"
    if claim.not_computable and (used.rules or claim.planned):
        rests = ", ".join(used.rules) or "something planned"
        yield f"claims/{claim.id}.yaml: not_computable: yet {rests} rests on it"
