"""The reference pages that list things: formulations, ladders, findings and tests, drugs."""

from __future__ import annotations

from collections.abc import Iterator

from openldn.cli.reference_markdown import claim_ids, page_head, seen_in, table
from openldn.knowledge.drug_schema import Drug, DrugClass
from openldn.knowledge.finding_schema import Condition, Finding, Measure
from openldn.knowledge.formula_schema import MasterFormula
from openldn.knowledge.formulation_schema import Formulation, Holds
from openldn.knowledge.load import Knowledge
from openldn.plan.ladders import profile_rules

# --- products and ladders ----------------------------------------------------------------------------


def formulations_page(knowledge: Knowledge) -> Iterator[str]:
    """All formulations."""
    yield from page_head(
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
    yield from table(
        ("", "", "source"),
        [
            ("id", f"`{formulation.id}`{', assumed at hand' if formulation.stocked else ''}", ""),
            ("form, release", f"{formulation.form}, {formulation.release}", ""),
            ("filler", formulation.filler or "", ""),
            ("strengths", strengths, seen_in(formulation.strengths_source)),
            *(
                (f"excipients: {holds}", ", ".join(names), seen_in(formulation.excipients_source))
                for holds, names in by_holds.items()
            ),
            ("beyond use", f"{keep.days} days, {keep.storage['en']}", seen_in(keep.source)),
            ("guide", claim_ids(formulation.claims), ""),
        ],
    )
    yield ""


def _holds(formula: MasterFormula) -> str:
    if formula.dose is None:
        return "no strength is published: the order states it"
    return f"naltrexone hydrochloride {formula.dose}"


def formulas_page(knowledge: Knowledge) -> Iterator[str]:
    """All master formulas, and the apparatus whose tolerances a dilution is judged by."""
    yield from page_head(
        "Master formulas and apparatus",
        "Worksheets for a pharmacist, by [`openldn compound`](../how-to/compound.md). Nobody has signed these"
        " formulas yet; no strength of drops or cream is published, so an order states it.",
        "",
    )
    for formula in knowledge.formulas.values():
        others = "; ".join(f"{i.name} {i.amount}" for i in formula.ingredients) or "none"
        yield from (f"## {formula.title}", "")
        yield from table(
            ("", "", "source"),
            [
                ("id", f"`{formula.id}`, from {formula.drug}", ""),
                (f"in {formula.per}", _holds(formula), seen_in(formula.source)),
                ("other ingredients", others, ""),
                ("made up with", formula.make_up, ""),
                ("container", formula.container, ""),
                ("carries", formula.carries or "", ""),
                ("stability study of just this", formula.study or "none", ""),
                ("guide", claim_ids(formula.claims), ""),
            ],
        )
        yield ""
    for capsule in knowledge.capsule_formulas.values():
        yield from (f"## {capsule.title}", "")
        yield from table(
            ("", "", "source"),
            [
                ("id", f"`{capsule.id}`, from powder", ""),
                ("shell, filler", f"size {capsule.shell}, {capsule.filler}", seen_in(capsule.source)),
                ("container", capsule.container, ""),
                ("stability study of just this", capsule.study or "none", ""),
                ("guide", claim_ids(capsule.claims), ""),
            ],
        )
        yield ""
    yield from ("## Shells", "")
    yield from table(
        ("size", "holds, by maker (mL)", "gelatin, empty", "hypromellose, empty", "source"),
        [
            (size, ", ".join(s.volumes), s.gelatin, s.hypromellose, seen_in(s.source))
            for size, s in knowledge.shells.items()
        ],
    )
    yield from ("", "## Stability studies", "")
    yield from table(
        ("study", "of", "strength", "days", "what it covers", "source"),
        [
            (
                key,
                ", ".join(f"`{f}`" for f in s.formulas),
                s.strength or "not stated",
                ", ".join(f"{kept} {days}" for kept, days in s.days.items()),
                s.conditions,
                seen_in(s.source),
            )
            for key, s in knowledge.stability.items()
        ],
    )
    yield from ("", "## Apparatus", "")
    rows = [
        (
            kind.id,
            kind.title,
            kind.standard,
            f"{size.volume} mL",
            f"{size.tolerance} mL",
            seen_in(size.source),
        )
        for kind in knowledge.apparatus.values()
        for size in kind.sizes
    ]
    yield from table(("id", "what", "standard", "volume (mL)", "tolerance (mL)", "source"), rows)


def profiles_page(knowledge: Knowledge) -> Iterator[str]:
    """All published ladders."""
    yield from page_head(
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
    yield from table(("name", "kind", "what", "for", "standing", "can be planned"), rows)


# --- what records are read by ------------------------------------------------------------------------


def findings_page(knowledge: Knowledge) -> Iterator[str]:
    """All findings and tests."""
    yield from page_head(
        "Findings and tests: how records are read",
        "A finding is recognised by SNOMED CT (free codes only), by the beginning of an ICD-10 code, or by"
        " phrases; all phrases are ours. A test is recognised by LOINC code or name and converted to"
        " one unit.",
        "",
        "## Findings",
        "",
    )
    findings = [f for f in knowledge.findings.values() if not isinstance(f, Condition)]
    yield from table(
        ("finding", "is a case of", "ICD-10", "its history", "SNOMED CT", "phrases", "note"),
        map(_finding_row, findings),
    )
    yield from ("", "## Tests", "")
    yield from table(
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
        f"{measure.upper_limit.value}, {seen_in(measure.upper_limit.source)}" if measure.upper_limit else ""
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


def drugs_page(knowledge: Knowledge) -> Iterator[str]:
    """All drugs and their classes."""
    yield from page_head("Drugs", "## Opioids, antagonists and what points to them", "")
    drugs = [knowledge.drugs[name] for name in sorted(knowledge.drugs)]
    yield from table(
        ("drug", "kind", "means", "washout: form, minimum / prudent days", "codes", "names known"),
        (_drug_row(d) for d in drugs if d.role.at_opioid_receptors),
    )
    yield from ("", "## Classes that interact", "", "Further names are recalled (*unverified*).", "")
    yield from table(
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
        seen_in(drug_class.source),
        drug_class.note or "",
    )
