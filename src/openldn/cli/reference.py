"""The reference pages, made from the data: one page a rule with its golden cases, and the lists.

`openldn knowledge reference docs/reference` writes them; a test holds that the docs are what it writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from openldn.cli.guide_json import coverage, fate_text
from openldn.knowledge.drug_schema import Drug, DrugClass
from openldn.knowledge.finding_schema import LEVELS, Condition, Finding, Measure
from openldn.knowledge.formulation_schema import Formulation, Holds
from openldn.knowledge.guide_schema import Claim, Expectation, Figure, Reference
from openldn.knowledge.links import Uses, uses
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Parameter, Rule, Source, Value
from openldn.plan.ladders import profile_rules

MADE = "Made from `src/openldn/knowledge` by `openldn knowledge reference`; do not edit."
MARK = "What is marked *unverified* was not seen in a source and waits for a clinician or pharmacist."


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
        "formulations.md": _formulations_page(knowledge),
        "profiles.md": _profiles_page(knowledge),
        "findings.md": _findings_page(knowledge),
        "drugs.md": _drugs_page(knowledge),
        "sources.md": _sources_page(knowledge),
    }
    return {path: _text(lines) for path, lines in pages.items()}


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _head(title: str, *more: str) -> Iterator[str]:
    yield from (f"# {title}", "", MADE, MARK, "")
    yield from more


def _rows(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    headings = tuple(headings)
    yield f"| {' | '.join(headings)} |"
    yield f"| {' | '.join('---' for _ in headings)} |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


# --- rules -------------------------------------------------------------------------------------------


def _rules_page(knowledge: Knowledge) -> Iterator[str]:
    yield from _head("Rules")
    rows = [
        (
            f"[{r.id}]({r.id}.md)",
            r.title,
            ", ".join(r.applies_to).upper(),
            _severity(r),
            str(r.status),
            _claims(r.claims),
        )
        for r in sorted(knowledge.rules.values(), key=lambda r: r.id)
    ]
    yield from _rows(("rule", "what", "for", "weighs", "standing", "guide"), rows)


def _severity(rule: Rule) -> str:
    if isinstance(rule.severity, dict):
        return "; ".join(f"{where} {severity}" for where, severity in rule.severity.items())
    return f"{rule.severity} ({rule.severity.tier})" if rule.severity else ""


def _claims(claims: Iterable[str]) -> str:
    return ", ".join(claims)


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
    yield from _rows(
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
        yield from _rows(("value", "unit", "since", "country", "source"), rows)
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
        _source(value.source),
    )


def _source(source: Source) -> str:
    mark = "" if source.verified else ", *unverified*"
    return f"`{source.ref}`{f', {source.at}' if source.at else ''}{mark}"


def _recalled(claim: Claim) -> str:
    return f" *Unverified: {'; '.join(claim.unverified)}.*" if claim.unverified else ""


# --- the guide ---------------------------------------------------------------------------------------


def _claims_page(knowledge: Knowledge) -> Iterator[str]:
    found = coverage(knowledge)
    planned = {name: len(ids) for name, ids in found["planned"].items()}
    yield from _head(
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
    yield from _rows(("claim", "says", "standing", "literature", "became"), rows)


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
    yield from _head("Statements from which nothing is computed, and why")
    rows = [
        (c.id, c.says, str(c.status), c.not_computable)
        for c in sorted(knowledge.claims.values(), key=lambda c: c.id)
        if c.not_computable
    ]
    yield from _rows(("claim", "says", "standing", "why"), rows)


def _conditions_page(knowledge: Knowledge) -> Iterator[str]:
    yield from _head(
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
    yield from _rows(
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
        condition.name + printed + same,
        f"never an indication; {evidence}" if condition.oncology else evidence,
        f"{early.signs} ({early.lasts})" if early else "",
        ", ".join(condition.icd10),
        ", ".join(condition.snomed) or "none free",
        ", ".join(f"`{s}`" for s in condition.studies),
        (condition.note or "") + marks,
    )


def _expectations_page(knowledge: Knowledge) -> Iterator[str]:
    yield from _head("What patients and emergency staff are told")
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
            (f.event["en"], f.ldn or f.ratio or "", _beside(f), f.note or "", _source(f.source))
            for f in told.figures
        ]
        yield from _rows(("how often", "naltrexone", "placebo", "note", "source"), rows)
        yield ""


def _beside(figure: Figure) -> str:
    return "is what it is compared with" if figure.ratio else figure.control or "not compared"


# --- products and ladders ----------------------------------------------------------------------------


def _formulations_page(knowledge: Knowledge) -> Iterator[str]:
    yield from _head(
        "Formulations",
        "What a source does not say is to be asked of the supplier, never taken as absent. A pharmacy's own"
        " list replaces these: [how](../how-to/stock.md).",
        "",
    )
    for formulation in knowledge.formulations.values():
        yield from _formulation(formulation)


def _formulation(formulation: Formulation) -> Iterator[str]:
    keep = formulation.beyond_use
    by_holds: dict[Holds, list[str]] = {}
    for finding, holds in formulation.excipients.items():
        by_holds.setdefault(holds, []).append(finding.removeprefix("findings/excipient-"))
    strengths = ", ".join(f"{s} mg" for s in formulation.strengths) or "the product has to state it"
    yield from (f"## {formulation.title}", "", formulation.note.capitalize() + ".", "")
    yield from _rows(
        ("", "", "source"),
        [
            ("id", f"`{formulation.id}`{', assumed at hand' if formulation.stocked else ''}", ""),
            ("form, release", f"{formulation.form}, {formulation.release}", ""),
            ("filler", formulation.filler or "", ""),
            ("strengths", strengths, _source(formulation.strengths_source)),
            *(
                (f"excipients: {holds}", ", ".join(names), _source(formulation.excipients_source))
                for holds, names in by_holds.items()
            ),
            ("beyond use", f"{keep.days} days, {keep.storage['en']}", _source(keep.source)),
            ("guide", _claims(formulation.claims), ""),
        ],
    )
    yield ""


def _profiles_page(knowledge: Knowledge) -> Iterator[str]:
    yield from _head(
        "Published ladders",
        "A *profile* is proposed from the record, an *alternative* only chosen by name; no trial compared"
        " them. Where authors differ for the same condition, each stands here.",
        "",
    )
    rows = [
        (
            f"[{name}]({rule.id}.md)",
            "profile" if rule.id.startswith("plan/profile") else "alternative",
            rule.text["en"],
            ", ".join(knowledge.findings[f].name for f in rule.findings) or "anything",
            str(rule.status),
            "yes" if rule.parameters else "no",
        )
        for name, rule in profile_rules(knowledge).items()
    ]
    yield from _rows(("name", "kind", "what", "for", "standing", "can be planned"), rows)


# --- what records are read by ------------------------------------------------------------------------


def _findings_page(knowledge: Knowledge) -> Iterator[str]:
    yield from _head(
        "Findings and tests: how records are read",
        "A finding is recognised by SNOMED CT (free codes only), by the beginning of an ICD-10 code, or by"
        " phrases; all phrases are ours. A test is recognised by LOINC code or name and converted to"
        " one unit.",
        "",
        "## Findings",
        "",
    )
    findings = [f for f in knowledge.findings.values() if not isinstance(f, Condition)]
    yield from _rows(
        ("finding", "is a case of", "ICD-10", "its history", "SNOMED CT", "phrases", "note"),
        map(_finding_row, findings),
    )
    yield from ("", "## Tests", "")
    yield from _rows(
        ("test", "unit", "other units", "usual upper limit", "LOINC", "answers", "note"),
        map(_measure_row, knowledge.measures.values()),
    )


def _finding_row(finding: Finding) -> tuple[str, ...]:
    marks = f" *Unverified: {', '.join(finding.unverified)}.*" if finding.unverified else ""
    return (
        f"{finding.id}: {finding.name}{', lasting' if finding.lasting else ''}",
        ", ".join(finding.broader),
        ", ".join(finding.icd10),
        ", ".join((*finding.icd10_past, *finding.snomed_past)),
        ", ".join(finding.snomed),
        str(sum(map(len, finding.names.values()))),
        (finding.note or "") + marks,
    )


def _measure_row(measure: Measure) -> tuple[str, ...]:
    limit = (
        f"{measure.upper_limit.value}, {_source(measure.upper_limit.source)}" if measure.upper_limit else ""
    )
    marks = f" *Unverified: {', '.join(measure.unverified)}.*" if measure.unverified else ""
    return (
        f"{measure.id}: {measure.name}",
        measure.unit or "an answer",
        ", ".join(f"{unit or 'none'} x {factor}" for unit, factor in measure.units.items()),
        limit,
        ", ".join(measure.loinc),
        ", ".join(measure.answers),
        (measure.note or "") + marks,
    )


def _drugs_page(knowledge: Knowledge) -> Iterator[str]:
    yield from _head("Drugs", "## Opioids, antagonists and what points to them", "")
    drugs = [knowledge.drugs[name] for name in sorted(knowledge.drugs)]
    yield from _rows(
        ("drug", "kind", "means", "washout: form, minimum / prudent days", "codes", "names known"),
        (_drug_row(d) for d in drugs if d.role.at_opioid_receptors),
    )
    yield from ("", "## Classes that interact", "", "Further names are recalled (*unverified*).", "")
    yield from _rows(
        ("class", "ATC begins", "members (RxNorm)", "source", "note"),
        map(_class_row, knowledge.drug_classes.values()),
    )


def _drug_row(drug: Drug) -> tuple[str, ...]:
    rows = "; ".join(
        f"{w.form or 'any form'} {'no interval known' if w.minimum is None else f'{w.minimum} / {w.prudent}'}"
        f"{', challenge' if w.challenge else ''}{'' if w.source.verified else ' (*unverified*)'}"
        for w in drug.washout
    )
    codes = ", ".join(filter(None, [f"RxNorm {drug.rxnorm}" if drug.rxnorm else "", *drug.atc]))
    return (
        drug.name,
        str(drug.kind),
        str(drug.role),
        rows,
        codes,
        str(sum(len(n.names) for n in drug.names)),
    )


def _class_row(drug_class: DrugClass) -> tuple[str, ...]:
    members = ", ".join(f"{m.name} ({m.rxnorm})" if m.rxnorm else m.name for m in drug_class.members)
    return (
        drug_class.title,
        ", ".join(drug_class.atc),
        members,
        _source(drug_class.source),
        drug_class.note or "",
    )


def _sources_page(knowledge: Knowledge) -> Iterator[str]:
    yield from _head("Sources")
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
    yield from _rows(("key", "what", "year", "ids", "how it stands", "note"), rows)


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
