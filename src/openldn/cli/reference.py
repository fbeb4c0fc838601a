"""The reference page: every rule and drug with its values, sources and marks, made from the data."""

from __future__ import annotations

from collections.abc import Iterator

from openldn.knowledge.drug_schema import Drug
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule, Source


def reference_page(knowledge: Knowledge) -> str:
    """All rules and drugs as Markdown; a rule's anchor is its id."""
    return "\n".join(_page(knowledge)) + "\n"


def _page(knowledge: Knowledge) -> Iterator[str]:
    yield "# Rules, claims and drugs"
    yield ""
    yield "Made from `src/openldn/knowledge` by `openldn knowledge reference`; do not edit."
    yield "A value marked *unverified* was not seen in a source and waits for a clinician or pharmacist."
    yield ""
    yield "## Rules"
    for rule_id in sorted(knowledge.rules):
        yield from _rule(knowledge.rules[rule_id])
    yield ""
    yield "## Claims of the guide used so far"
    yield ""
    yield "| claim | says | status | literature |"
    yield "| --- | --- | --- | --- |"
    for claim in sorted(knowledge.claims.values(), key=lambda c: c.id):
        yield f"| {claim.id} | {claim.says} ({claim.at}) | {claim.status} | {claim.literature} |"
    yield ""
    yield "## Drugs"
    yield ""
    yield "| drug | kind | means | washout: form, minimum / prudent days | codes | names known |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name in sorted(knowledge.drugs):
        yield _drug(knowledge.drugs[name])
    yield ""
    yield "## Sources"
    yield ""
    for key in sorted(knowledge.references):
        reference = knowledge.references[key]
        places = [
            f"doi {reference.doi}" if reference.doi else "",
            f"PMID {reference.pmid}" if reference.pmid else "",
        ]
        year = f" ({reference.year})" if reference.year else ""
        told = [f"{reference.title}{year}", *places, reference.url or "", reference.note or ""]
        yield f"- `{key}`: {'; '.join(filter(None, told))}"


def _rule(rule: Rule) -> Iterator[str]:
    yield ""
    yield f'### <a id="{rule.id}"></a>{rule.title}'
    yield ""
    yield f"`{rule.id}` for {', '.join(t.upper() for t in rule.applies_to)}; status **{rule.status}**;"
    yield f"guide {', '.join(rule.claims) or 'silent'}; {'' if rule.overridable else 'not '}overridable;"
    yield f"reviewed by {rule.reviewed or 'nobody yet'}."
    yield ""
    yield f"Because: {rule.because}"
    if rule.text:
        yield ""
        yield f"> {rule.text['en']}"
    if rule.question:
        yield ""
        yield f"Asks: {rule.question['en']}"
    if rule.references:
        yield ""
        yield f"Sources: {', '.join(f'`{r}`' for r in rule.references)}"
    for name, parameter in rule.parameters.items():
        for value in parameter.values:
            shown = "; ".join(value.value) if isinstance(value.value, tuple) else value.value
            country = f" in {value.where}" if value.where else ""
            yield ""
            what = f"{name} ({parameter.unit}){country}, since {value.since}"
            yield f"- {what}: **{shown}**, {_source(value.source)}"


def _source(source: Source) -> str:
    mark = "" if source.verified else ", *unverified*"
    return f"`{source.ref}`{f', {source.at}' if source.at else ''}{mark}"


def _drug(drug: Drug) -> str:
    rows = "; ".join(
        f"{w.form or 'any form'} {'no interval known' if w.minimum is None else f'{w.minimum} / {w.prudent}'}"
        f"{', challenge' if w.challenge else ''}{'' if w.source.verified else ' (unverified)'}"
        for w in drug.washout
    )
    codes = ", ".join(filter(None, [f"RxNorm {drug.rxnorm}" if drug.rxnorm else "", *drug.atc]))
    count = sum(len(n.names) for n in drug.names)
    return f"| {drug.name} | {drug.kind} | {drug.role} | {rows} | {codes} | {count} |"
