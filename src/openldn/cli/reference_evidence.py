"""The reference pages of the evidence: a map, a page a condition with its plots, agreement, side effects."""

from __future__ import annotations

from collections.abc import Iterator

from openldn.answers.evidence import (
    DESIGNS,
    NOTE,
    arms_say,
    effect_says,
    forest_of,
    map_json,
    pooled_says,
    result_says,
    trials_says,
)
from openldn.cli.reference_markdown import page_head, page_text, table
from openldn.evidence.agreement import Verdict, compared
from openldn.evidence.pages import KINDS, ONCOLOGY, ConditionPage, page_of, side_effects
from openldn.evidence.syntheses import Answer
from openldn.knowledge.finding_schema import Certainty
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import Study
from openldn.screening.indication import evidence_text


def evidence_pages(knowledge: Knowledge) -> dict[str, str]:
    """All pages and plots by their path below docs/reference."""
    found = {
        "evidence.md": page_text(_map(knowledge)),
        "evidence-agreement.md": page_text(_agreement(knowledge)),
        "evidence-side-effects.md": page_text(_side_effects(knowledge)),
    }
    for condition in knowledge.conditions.values():
        page = page_of(condition, knowledge)
        stem = condition.id.removeprefix("conditions/")
        found[f"evidence/{stem}.md"] = page_text(_page(page, knowledge))
        for answer in page.answers:
            found[f"evidence/{answer.synthesis.id}.svg"] = forest_of(answer) + "\n"
    return found


def _map(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head("Evidence by condition")
    yield from (
        NOTE,
        "",
        "Trials are randomised ones with results; people are those who were randomised.",
        "",
    )
    rows = []
    for row in map_json(knowledge)["conditions"]:
        stem = row["condition"].removeprefix("conditions/")
        never = "never an indication; " if row["oncology"] else ""
        rows.append(
            (
                ", ".join(row["claims"][:1]) or "not in the guide",
                f"[{row['name']}](evidence/{stem}.md)",
                never + row["evidence"],
                row["certainty"],
                trials_says(row),
                str(row["others"] or ""),
                str(row["without_results"] or ""),
            )
        )
    headings = ("guide", "condition", "best human evidence", "certainty", "trials (people)", "other studies",
                "running or never reported")  # fmt: skip
    yield from table(headings, rows)
    yield from (
        "",
        "[What was printed beside what its own numbers give](evidence-agreement.md), "
        "[side effects beside placebo](evidence-side-effects.md), "
        "[how it is computed](../explanation/evidence.md).",
    )


def _page(page: ConditionPage, knowledge: Knowledge) -> Iterator[str]:
    c = page.condition
    yield from page_head(c.name)
    if c.oncology:
        yield from (f"**{ONCOLOGY}**", "")
    yield from (NOTE, "")
    if c.lay:
        yield from ("## In plain words", "", c.lay, "")
    yield from ("## What the guide says", "")
    printed = f' The guide prints it as "{c.printed}".' if c.printed else ""
    for claim in page.claims:
        yield f"- {claim.id} ({claim.at}), *{claim.status}*: {claim.says}. {claim.literature}{printed}"
    if not page.claims:
        yield "The guide does not name it."
    yield from ("", "## How sure one can be", "", f"Best human evidence: {evidence_text(c)}.", "")
    for certainty in c.certainty:
        yield from _certainty(certainty)
    codes = [("ICD-10", ", ".join(c.icd10)), ("SNOMED CT", ", ".join(c.snomed) or "none in the free set")]
    early = c.early_worsening
    facts = [
        *codes,
        *([("may get worse at first", f"{early.signs}; {early.lasts}")] if early else []),
        *([("taken in studies", "; ".join(page.doses))] if page.doses else []),
        *([("note", c.note)] if c.note else []),
    ]
    yield from table(("", ""), facts)
    for answer in page.answers:
        yield from _answer(answer)
    for title, studies in page.groups.items():
        yield from ("", f"## {title}")
        for study in studies:
            yield from _study(study, knowledge)
    if not page.studies:
        yield from ("", "No study in people was found.")


def _certainty(certainty: Certainty) -> Iterator[str]:
    by = certainty.reviewed or "nobody yet"
    about = certainty.about[:1].upper() + certainty.about[1:]
    yield f"**{about}: {certainty.grade} certainty** (our judgement; reviewed by {by})"
    yield ""
    rows = [(name, f"-{d.steps}" if d.steps else "0", d.why) for name, d in certainty.domains.items()]
    yield from table(("domain", "steps", "why"), [("start", certainty.start, ""), *rows])
    yield ""


def _answer(answer: Answer) -> Iterator[str]:
    synthesis = answer.synthesis
    yield from ("", f"## {synthesis.question}", "", f"![{synthesis.question}]({synthesis.id}.svg)", "")
    rows = [(f"`{r.study.id}`", effect_says(r.effect), "; ".join(r.effect.flags)) for r in answer.rows]
    yield from table(("study", synthesis.measure, "how it was had"), rows)
    yield ""
    if answer.pooled:
        spread = f"I2 {answer.pooled.i2:.0%}, tau2 {answer.pooled.tau2:.3f}"
        yield f"- all {answer.pooled.k}: {pooled_says(answer.pooled, synthesis.measure)}; {spread}"
    for name, pooled in answer.without.items():
        if pooled:
            yield f"- without `{name}` ({pooled.k}): {pooled_says(pooled, synthesis.measure)}"
    if answer.pooled and answer.pooled.without:
        for row, (value, low, high) in zip(answer.rows, answer.pooled.without, strict=True):
            if row.study.id not in answer.without:
                yield f"- leaving `{row.study.id}` out: {value:.2f} ({low:.2f} to {high:.2f})"
    for left in synthesis.exclude:
        yield f"- not pooled: `{left.study}`, {left.why}"
    if answer.pooled and answer.pooled.small_studies is None:
        yield "- whether small trials show more is not asked: fewer than ten trials cannot tell"
    if synthesis.note:
        yield f"- {synthesis.note}"


def _study(study: Study, knowledge: Knowledge) -> Iterator[str]:
    reference = knowledge.references[study.id]
    yield from ("", f"### {study.id}", "")
    yield f"{reference.title} ({_ids(study, knowledge)}; {study.publication.replace('-', ' ')})."
    blind = "" if study.blinding in ("none", "unknown") else f", {study.blinding}-blind"
    above = " **Doses above those of LDN.**" if study.therapy == "naltrexone" else ""
    design = f"{DESIGNS[study.design].capitalize()}{blind}; {study.people}; {arms_say(study)}"
    yield f"{design}; {study.duration}.{above}"
    yield ""
    rows = [
        (o.name, o.role if o.role != "unknown" else "", result_says(study, o, r), r.note or "")
        for o in study.outcomes.values()
        for r in o.results
    ]
    if rows:
        yield from table(("outcome", "", "result", "note"), rows)
    else:
        yield f"{study.stage.replace('-', ' ').capitalize()}."
    for erratum in study.errata:
        yield from ("", f"**Corrected** by `{erratum.reference}`: {erratum.says}")
    if study.limits:
        yield from ("", f"Mind: {study.limits}.")


def _ids(study: Study, knowledge: Knowledge) -> str:
    r = knowledge.references[study.id]
    parts = (r.doi and f"doi {r.doi}", r.pmid and f"PMID {r.pmid}", r.registry, r.marks)
    return ", ".join(p for p in parts if p) or "no identifier"


def _agreement(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head("What was printed, recomputed")
    rows = [row for _, study in sorted(knowledge.studies.items()) for row in compared(study)]
    counts = ", ".join(f"{sum(r.verdict is v for r in rows)} {_VERDICTS[v]}" for v in Verdict)
    yield from (f"{len(rows)} printed numbers: {counts}.", "")
    cells = []
    for row in rows:
        ways = "; ".join(
            f"{r.says} [{', '.join((r.basis.replace('-', ' '), r.verdict, *r.flags))}]"
            for r in row.recomputed
        )
        by = "" if row.ref == row.study.id else f" by `{row.ref}`"
        why = row.explained if row.verdict is not Verdict.AGREES else None
        cells.append(
            (f"`{row.study.id}`", row.outcome.name, row.says + by, ways, str(row.verdict), why or "")
        )
    yield from table(("study", "outcome", "printed", "recomputed", "", "why"), cells)


_VERDICTS = {
    Verdict.AGREES: "agree",
    Verdict.CLOSE: "differ by one in the last digit",
    Verdict.FITS: "only fit counts that were derived from them",
    Verdict.DIFFERS: "differ",
    Verdict.NO_NUMBERS: "cannot be recomputed",
}


def _side_effects(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head("Side effects beside placebo")
    yield from (
        NOTE,
        "",
        "Pooled where trials of LDN give counts against placebo; below it all that was printed, LDN beside"
        " placebo first. What other doses, other drugs or no comparison show has its own name.",
    )
    for effect in side_effects(knowledge):
        yield from ("", f"## {effect.name.capitalize()}", "")
        if effect.answer is not None:
            yield from _pooled_lines(effect.answer)
        for kind in KINDS:
            rows = [
                (f"`{s.id}`", arms_say(s), o.name, result_says(s, o, r), r.note or "")
                for s, o, r in effect.of_kind(kind)
            ]
            if rows:
                yield from (f"**{kind}**", "")
                yield from table(("study", "compares", "what", "result", "note"), rows)
                yield ""


def _pooled_lines(answer: Answer) -> Iterator[str]:
    for row in answer.rows:
        yield f"- `{row.study.id}`: {effect_says(row.effect)}"
    if answer.pooled:
        yield f"- **{answer.pooled.k} trials: {pooled_says(answer.pooled, answer.synthesis.measure)}**"
    for left in answer.synthesis.exclude:
        yield f"- not pooled: `{left.study}`, {left.why}"
    yield ""
