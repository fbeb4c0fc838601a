"""The reference pages, made from the data: one page a rule with its golden cases, and the lists.

`openldn knowledge reference docs/reference` writes them; a test holds that the docs are what it writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from openldn.answers.guide import coverage, fate_text
from openldn.cli.reference_evidence import evidence_pages
from openldn.cli.reference_factors import factors_page
from openldn.cli.reference_lists import (
    drugs_page,
    findings_page,
    formulas_page,
    formulations_page,
    profiles_page,
)
from openldn.cli.reference_markdown import MADE, claim_ids, page_head, page_text, seen_in, table
from openldn.cli.reference_scales import scales_page
from openldn.knowledge.finding_schema import LEVELS, Condition
from openldn.knowledge.guide_schema import Claim, Expectation, Figure, Reference
from openldn.knowledge.links import Uses, uses
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Parameter, Rule, Value


def reference_pages(knowledge: Knowledge, golden: Mapping[str, str]) -> dict[str, str]:
    """All pages by their path below docs/reference.

    Args:
        knowledge: what the pages are made from.
        golden: the golden cases by rule id, as their files hold them.
    """
    pages = {f"{rule.id}.md": _rule_page(rule, knowledge, golden) for rule in knowledge.rules.values()}
    pages |= {
        "rules.md": _rules_page(knowledge),
        "claims.md": _claims_page(knowledge),
        "not-computable.md": _not_computable_page(knowledge),
        "conditions.md": _conditions_page(knowledge),
        "expectations.md": _expectations_page(knowledge),
        "formulations.md": formulations_page(knowledge),
        "formulas.md": formulas_page(knowledge),
        "profiles.md": profiles_page(knowledge),
        "findings.md": findings_page(knowledge),
        "drugs.md": drugs_page(knowledge),
        "scales.md": scales_page(knowledge),
        "opioid-factors.md": factors_page(knowledge),
        "sources.md": _sources_page(knowledge),
    }
    return {path: page_text(lines) for path, lines in pages.items()} | evidence_pages(knowledge)


# --- rules -------------------------------------------------------------------------------------------


def _rules_page(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head("Rules")
    rows = [
        (
            f"[{r.id}]({r.id}.md)",
            r.title,
            ", ".join(r.applies_to).upper(),
            _severity(r),
            str(r.status),
            claim_ids(r.claims),
        )
        for r in sorted(knowledge.rules.values(), key=lambda r: r.id)
    ]
    yield from table(("rule", "what", "for", "weighs", "standing", "guide"), rows)


def _severity(rule: Rule) -> str:
    if isinstance(rule.severity, dict):
        return "; ".join(f"{where} {severity}" for where, severity in rule.severity.items())
    return f"{rule.severity} ({rule.severity.tier})" if rule.severity else ""


def _rule_page(rule: Rule, knowledge: Knowledge, golden: Mapping[str, str]) -> Iterator[str]:
    yield f'# <a id="{rule.id}"></a>{rule.title}'
    yield from ("", MADE, "")
    overridable = rule.overridable
    may = (
        f"only in {', '.join(overridable)}"
        if isinstance(overridable, tuple)
        else ("yes" if overridable else "no")
    )
    by = f", by: {rule.overridable_by}" if overridable else ""
    yield from table(
        ("", ""),
        [
            ("id", f"`{rule.id}`"),
            ("for", ", ".join(rule.applies_to).upper()),
            ("weighs", _severity(rule) or "gives no reason"),
            ("may be set aside", f"{may}{by}"),
            ("standing", f"**{rule.status}**"),
            ("reviewed by", rule.reviewed or "nobody yet"),
        ],
    )
    yield from ("", f"Because: {rule.because}.", "")
    if rule.text:
        yield from ("What is shown:", "", f"> {rule.text['en']}", "")
    if rule.question:
        yield from ("What is asked:", "", f"> {rule.question['en']}", "")
    if rule.parameters:
        yield from ("## Values", "")
        rows = [_value_row(name, p, v) for name, p in rule.parameters.items() for v in p.values]
        yield from table(("value", "unit", "since", "country", "source"), rows)
        yield ""
    yield from _reads(rule)
    yield from ("## Where it comes from", "")
    for name in rule.claims:
        claim = knowledge.claims[name]
        yield f"- {name} ({claim.at}), *{claim.status}*: {claim.says}. {claim.literature}{_recalled(claim)}"
    for key in rule.references:
        yield f"- {_reference(key, knowledge.references[key])}"
    if rule.id in golden:
        yield from ("", "## Golden cases", "", "```yaml", golden[rule.id].rstrip(), "```")


def _reads(rule: Rule) -> Iterator[str]:
    parts = [
        ("findings", rule.findings),
        ("drug classes", rule.drug_classes),
        ("tests", rule.measures),
        ("reasons of", rule.follows),
    ]
    if any(names for _, names in parts):
        yield from ("## What it reads", "")
        yield from (f"- {what}: {', '.join(names)}" for what, names in parts if names)
        yield ""


def _value_row(name: str, parameter: Parameter, value: Value) -> tuple[str, ...]:
    shown = "; ".join(value.value) if isinstance(value.value, tuple) else str(value.value)
    return (
        f"{name}: **{shown}**",
        parameter.unit,
        value.since.isoformat(),
        value.where or "all",
        seen_in(value.source),
    )


def _recalled(claim: Claim) -> str:
    return f" *Unverified: {'; '.join(claim.unverified)}.*" if claim.unverified else ""


# --- the guide ---------------------------------------------------------------------------------------


def _claims_page(knowledge: Knowledge) -> Iterator[str]:
    found = coverage(knowledge)
    planned = {name: len(ids) for name, ids in found["planned"].items()}
    yield from page_head(
        "The statements of the guide, and what became of them",
        f"{found['statements']} statements: {found['by_rules']} used by rules,"
        f" {found['by_conditions']} shown with a condition, {found['by_expectations']} told to patients,"
        f" {found['by_formulations']} shown with a product,"
        f" {sum(planned.values())} planned"
        f" ({', '.join(f'{name} {count}' for name, count in sorted(planned.items()))}),"
        f" [{len(found['not_computable'])} not computable](not-computable.md),"
        f" {len(found['without_fate'])} without a fate. One may be counted more than once.",
        "",
    )
    used = uses(knowledge)
    rows = [_claim_row(c, used[c.id]) for c in sorted(knowledge.claims.values(), key=lambda c: c.id)]
    yield from table(("claim", "says", "standing", "literature", "became"), rows)


def _claim_row(claim: Claim, used: Uses) -> tuple[str, ...]:
    became = fate_text(claim, used)
    for rule in used.rules:
        became = became.replace(rule, f"[{rule}]({rule}.md)", 1)
    return (
        f'<a id="{claim.id}"></a>{claim.id}',
        f"{claim.says} ({claim.at})",
        str(claim.status),
        claim.literature + _recalled(claim),
        became,
    )


def _not_computable_page(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head("Statements from which nothing is computed, and why")
    rows = [
        (c.id, c.says, str(c.status), c.not_computable)
        for c in sorted(knowledge.claims.values(), key=lambda c: c.id)
        if c.not_computable
    ]
    yield from table(("claim", "says", "standing", "why"), rows)


def _conditions_page(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head(
        "Conditions",
        "Best evidence of LDN (up to 5 or 6 mg) in people: "
        + ", ".join(f"{level} {means}" for level, means in LEVELS.items())
        + ". Cancer is never an indication: there is no evidence of benefit; do not replace oncology care."
        " A condition that is not here may be treated all the same; no evidence record exists for it.",
        "",
        "SNOMED CT codes are those of the free sets; others have to be supplied with `--codes`.",
        "",
    )
    rows = [
        _condition_row(c)
        for c in sorted(knowledge.conditions.values(), key=lambda c: c.claims or ("Z", c.name))
    ]
    yield from table(
        ("guide", "condition", "evidence", "early worsening", "ICD-10", "SNOMED CT", "studies", "note"), rows
    )


def _condition_row(condition: Condition) -> tuple[str, ...]:
    early = condition.early_worsening
    evidence = "; ".join(f"{e.part}: {e.level}" if e.part else e.level for e in condition.evidence)
    printed = f' (printed "{condition.printed}")' if condition.printed else ""
    same = f" (same as {condition.same_as})" if condition.same_as else ""
    marks = f" *Unverified: {', '.join(condition.unverified)}.*" if condition.unverified else ""
    return (
        ", ".join(condition.claims) or "not in the guide",
        f"[{condition.name}](evidence/{condition.id.removeprefix('conditions/')}.md){printed}{same}",
        f"never an indication; {evidence}" if condition.oncology else evidence,
        f"{early.signs} ({early.lasts})" if early else "",
        ", ".join(condition.icd10),
        ", ".join(condition.snomed) or "none free",
        ", ".join(f"`{s}`" for s in condition.studies),
        (condition.note or "") + marks,
    )


def _expectations_page(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head("What patients and emergency staff are told")
    for told in sorted(knowledge.expectations.values(), key=lambda e: (e.topic, e.id)):
        yield from _expectation(told, knowledge)


def _expectation(told: Expectation, knowledge: Knowledge) -> Iterator[str]:
    yield from (f"## {told.title['en']}", "", f"`{told.id}`, {told.topic}; standing **{told.status}**;")
    only = (
        f" only for {', '.join(knowledge.findings[c].name for c in told.conditions)};"
        if told.conditions
        else ""
    )
    sources = ", ".join(f"`{r}`" for r in told.references)
    guide = f"guide {', '.join(told.claims)}" if told.claims else "the guide is silent"
    yield from (f"{guide};{only} sources {sources or 'none'}.", "", f"> {told.text['en']}", "")
    if told.figures:
        rows = [
            (f.event["en"], f.ldn or f.ratio or "", _beside(f), f.note or "", seen_in(f.source))
            for f in told.figures
        ]
        yield from table(("how often", "naltrexone", "placebo", "note", "source"), rows)
        yield ""


def _beside(figure: Figure) -> str:
    return "is what it is compared with" if figure.ratio else figure.control or "not compared"


def _sources_page(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head("Sources")
    rows = [
        (
            f'<a id="{key}"></a>`{key}`',
            r.title,
            r.year or "",
            _ids(r),
            f"**{r.marks}**" if r.marks else "",
            r.note or "",
        )
        for key, r in sorted(knowledge.references.items())
    ]
    yield from table(("key", "what", "year", "ids", "how it stands", "note"), rows)


def _ids(reference: Reference) -> str:
    found = [
        reference.doi and f"doi {reference.doi}",
        reference.pmid and f"PMID {reference.pmid}",
        reference.registry,
        reference.url,
    ]
    return "; ".join(filter(None, found))


def _reference(key: str, reference: Reference) -> str:
    year = f" ({reference.year})" if reference.year else ""
    marks = f" **{reference.marks}**" if reference.marks else ""
    told = "; ".join(filter(None, [reference.title + year, _ids(reference), reference.note or ""]))
    return f"`{key}`: {told}{marks}"
