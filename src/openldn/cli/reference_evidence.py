"""The reference pages of the evidence: a map, a page a condition with its plots, agreement, side effects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openldn.answers.evidence import GROUPS, NOTE, map_json, page_json, side_effects_json, trials_says
from openldn.answers.evidence_map import TITLE, map_of
from openldn.answers.forest import forest_of
from openldn.cli.reference_markdown import page_head, page_text, table
from openldn.evidence.agreement import Verdict, compared
from openldn.evidence.pages import KINDS, page_of
from openldn.knowledge.load import Knowledge


def evidence_pages(knowledge: Knowledge) -> dict[str, str]:
    """All pages and plots by their path below docs/reference."""
    found = {
        "evidence.md": page_text(_map(knowledge)),
        "evidence/map.svg": map_of(knowledge) + "\n",
        "evidence-agreement.md": page_text(_agreement(knowledge)),
        "evidence-side-effects.md": page_text(_side_effects(knowledge)),
    }
    for condition in knowledge.conditions.values():
        page = page_of(condition, knowledge)
        stem = condition.id.removeprefix("conditions/")
        found[f"evidence/{stem}.md"] = page_text(_page(page_json(page, knowledge)))
        for answer in page.answers:
            found[f"evidence/{answer.synthesis.id}.svg"] = forest_of(answer) + "\n"
    return found


def _map(knowledge: Knowledge) -> Iterator[str]:
    yield from page_head("Evidence by condition")
    yield from (
        NOTE,
        "",
        f"![{TITLE}](evidence/map.svg)",
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
                str(row["higher_doses"] or ""),
                str(row["without_results"] or ""),
            )
        )
    headings = ("guide", "condition", "best human evidence", "certainty", "trials (people)", "other studies",
                "above the doses of LDN", "running or never reported")  # fmt: skip
    yield from table(headings, rows)
    yield from (
        "",
        "[What was printed beside what its own numbers give](evidence-agreement.md), "
        "[side effects beside placebo](evidence-side-effects.md), "
        "[how it is computed](../explanation/evidence.md).",
    )


def _page(page: dict[str, Any]) -> Iterator[str]:
    yield from page_head(page["name"])
    if page["first"]:
        yield from (f"**{page['first']}**", "")
    yield from (NOTE, "")
    if page["lay"]:
        yield from ("## In plain words", "", page["lay"], "")
    yield from ("## What the guide says", "")
    printed = f' The guide prints it as "{page["printed"]}".' if page["printed"] else ""
    for claim in page["guide"]:
        literature = f"{claim['says']}. {claim['literature']}{printed}"
        yield f"- {claim['id']} ({claim['at']}), *{claim['status']}*: {literature}"
    if not page["guide"]:
        yield "The guide does not name it."
    yield from ("", "## How sure one can be", "", f"Best human evidence: {page['evidence']}.", "")
    for certainty in page["certainty"]:
        yield from _certainty(certainty)
    early = page["early_worsening"]
    facts = [
        ("ICD-10", ", ".join(page["icd10"])),
        ("SNOMED CT", ", ".join(page["snomed"]) or "none in the free set"),
        *([("may get worse at first", f"{early['signs']}; {early['lasts']}")] if early else []),
        *([("taken in studies", "; ".join(page["doses"]))] if page["doses"] else []),
        *([("note", page["remark"])] if page["remark"] else []),
    ]
    yield from table(("", ""), facts)
    for question in page["questions"]:
        yield from ("", f"## {question['question']}", "")
        yield from (f"![{question['question']}]({question['synthesis']}.svg)", "")
        yield from _question(question)
    for group, title in GROUPS.items():
        if page[group]:
            yield from ("", f"## {title}")
        for study in page[group]:
            yield from _study(study)
    if not any(page[group] for group in GROUPS):
        yield from ("", "No study in people was found.")


def _certainty(certainty: dict[str, Any]) -> Iterator[str]:
    by = certainty["reviewed"] or "nobody yet"
    about = certainty["about"][:1].upper() + certainty["about"][1:]
    yield f"**{about}: {certainty['grade']} certainty** (our judgement; reviewed by {by})"
    yield ""
    domains = certainty["domains"].items()
    rows = [(name, f"-{d['steps']}" if d["steps"] else "0", d["why"]) for name, d in domains]
    yield from table(("domain", "steps", "why"), [("start", certainty["start"], ""), *rows])
    yield ""


def _question(question: dict[str, Any]) -> Iterator[str]:
    rows = [(f"`{r['study']}`", r["says"], "; ".join(r["flags"])) for r in question["trials"]]
    yield from table(("study", question["measure"], "how it was had"), rows)
    yield ""
    for line in question["comes_to"]:
        yield f"- {line}"
    for left in question["not_pooled"]:
        found = f" ({left['found']})" if left["found"] else ""
        yield f"- not pooled: `{left['study']}`{found}, {left['why']}"
    if question["note"]:
        yield f"- {question['note']}"


def _study(study: dict[str, Any]) -> Iterator[str]:
    yield from ("", f"### {study['study']}", "")
    if study["retracted"]:
        yield from ("**Retracted: shown, and counted nowhere.**", "")
    publication = study["publication"].replace("-", " ")
    yield f"{study['source']['title']} ({study['cites']}; {publication})."
    yield f"{study['says'][:1].upper()}{study['says'][1:]}."
    yield ""
    rows = [
        (o["name"], o["role"] if o["role"] != "unknown" else "", r["says"], r["note"] or "")
        for o in study["outcomes"]
        for r in o["results"]
    ]
    if rows:
        yield from table(("outcome", "", "result", "note"), rows)
    for erratum in study["errata"]:
        yield from ("", f"**Corrected** by `{erratum['ref']}`: {erratum['says']}")
    if study["limits"]:
        yield from ("", f"Mind: {study['limits']}.")


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
    Verdict.SIGNIFICANCE: "lie on the other side of p 0.05",
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
    for effect in side_effects_json(knowledge)["side_effects"]:
        yield from ("", f"## {effect['name'].capitalize()}", "")
        if effect["pooled"] is not None:
            yield from (*_question(effect["pooled"]), "")
        for kind in KINDS:
            rows = [
                (f"`{r['study']}`", r["compares"], r["outcome"], r["says"], r["note"] or "")
                for r in effect["results"]
                if r["kind"] == kind
            ]
            if rows:
                yield from (f"**{kind}**", "")
                yield from table(("study", "compares", "what", "result", "note"), rows)
                yield ""
