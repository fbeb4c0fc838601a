"""What studies showed, as text and as JSON: the same for the command line, the pages and the clinic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, isfinite
from typing import Any, Final

import msgspec

from openldn.answers.guide import reference_json
from openldn.answers.values import SCHEMA
from openldn.evidence.agreement import Compared, effect_text
from openldn.evidence.effects import Effect, clopper_pearson, effects_of, favours
from openldn.evidence.living import Rests
from openldn.evidence.pages import KINDS, ONCOLOGY, ConditionPage, Gaps, page_of, side_effects
from openldn.evidence.pooling import Pooled
from openldn.evidence.syntheses import Answer, Row
from openldn.knowledge.figures import retracted
from openldn.knowledge.finding_schema import LEVELS, Certainty
from openldn.knowledge.guide_schema import Reference
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import RATIOS, Change, Count, Measure, Outcome, Result, Study
from openldn.screening.indication import evidence_text

NOTE: Final = (
    "Information for a prescriber's decision, not a prescription by itself. Certainty is our judgement by "
    "the GRADE domains, reviewed by nobody unless a name stands with it."
)
DESIGNS: Final = {
    "parallel-rct": "randomised, two groups or more",
    "crossover-rct": "randomised, each person on both",
    "fixed-order": "both in fixed order",
    "up-and-down": "search for a dose",
    "single-arm": "one group, before and after",
    "cohort": "cohort",
    "register": "register of dispensed drugs",
    "chart-review": "chart review",
    "case-series": "single cases",
    "survey": "survey",
    "meta-analysis": "pooled by others",
}


def number(value: float, digits: int = 2) -> str:
    """Two decimals, or no end."""
    return f"{value:.{digits}f}" if isfinite(value) else "no end"


def effect_says(effect: Effect) -> str:
    """RR 2.22 (1.14 to 4.32)."""
    if effect.measure == "NNT":
        low, high = sorted((abs(effect.low), abs(effect.high)))
        word = "one more is better for every" if effect.value > 0 else "one more is worse for every"
        ends = f" ({number(low, 1)} to {number(high, 1)})" if effect.bounded else ""
        return f"{word} {number(abs(effect.value), 1)} people{ends}"
    return f"{effect.measure} {number(effect.value)} ({number(effect.low)} to {number(effect.high)})"


def pooled_says(pooled: Pooled, measure: Measure) -> str:
    """SMD -0.13 (-0.58 to 0.33), a next trial -0.96 to 0.71."""
    value, low, high, *ahead = natural(pooled, measure)
    says = f"{measure} {number(value)} ({number(low)} to {number(high)})"
    if pooled.k > 2:
        return f"{says}; a next trial: {' to '.join(number(x) for x in ahead)}"
    value, low, high = _read(pooled.common, measure)
    return f"{says}; if both share one effect {number(value)} ({number(low)} to {number(high)})"


def natural(pooled: Pooled, measure: Measure) -> tuple[float, ...]:
    """Value, interval and prediction on the scale that people read: ratios, not their logarithms."""
    return _read((pooled.value, pooled.low, pooled.high, *pooled.prediction), measure)


def _read(numbers: tuple[float, ...], measure: Measure) -> tuple[float, ...]:
    return tuple(map(exp, numbers)) if measure in RATIOS else numbers


def result_says(study: Study, outcome: Outcome, result: Result, knowledge: Knowledge) -> str:
    """A result in a line: as printed, with the effect that its numbers give, its marks and what to mind."""
    parts = [*_numbers(study, result)]
    for effect in effects_of(study, outcome, result):
        if effect.measure in ("RR", "MD") or (effect.measure == "NNT" and effect.bounded):
            marks = [f for f in effect.flags if f not in _SAID_BY_THE_RESULT]
            parts.append(effect_says(effect) + (f" ({', '.join(marks)})" if marks else ""))
    parts += [f"printed {effect_text(p)}" for p in result.printed]
    if result.p:
        parts.append(f"p {result.p}")
    by = f", by {result.source.ref}" if result.source.ref not in (study.id, "ldnrt-guide") else ""
    marks = [] if result.basis == "as-printed" and not by else [f"{result.basis.replace('-', ' ')}{by}"]
    if why := retracted(study, result, knowledge.references):
        marks.append(f"{why}: counted nowhere")
    if not result.source.verified:
        marks.append("recalled, not seen")
    if study.times and not any(study.times in part for part in parts):
        marks.append(study.times)
    return "; ".join(parts) + (f" [{', '.join(marks)}]" if marks else "")


_SAID_BY_THE_RESULT: Final = ("numbers recalled, not seen", "numbers derived, not printed")


def _numbers(study: Study, result: Result) -> Iterator[str]:
    if result.counts:
        alone = len(result.counts) == 1
        yield _by_arm(study, {arm: _count(c, alone) for arm, c in result.counts.items()})
    if result.percent:
        yield _by_arm(study, {arm: f"{p} %" for arm, p in result.percent.items()})
    if result.means:
        yield _by_arm(study, {arm: _with_ends(m.mean, m.low, m.high) for arm, m in result.means.items()})
    if result.within:
        yield "; ".join(_change(arm, c) for arm, c in result.within.items())
    if (contrast := result.contrast) is not None:
        word, centre = ("median", contrast.median) if contrast.mean is None else ("difference", contrast.mean)
        p = "" if contrast.p is None else f", p {contrast.p}"
        iqr = "" if contrast.iqr is None else f", interquartile range {contrast.iqr}"
        yield f"{word} {_with_ends(centre, contrast.low, contrast.high)}{iqr}{p}"
    if result.totals:
        word = "event" if [*result.totals.values()] == [1] else "events"
        yield _by_arm(study, {arm: str(n) for arm, n in result.totals.items()}) + f" {word}"
    if result.words:
        yield result.words


def _count(count: Count, alone: bool) -> str:
    """7 of 31, and of one group alone its share with an exact interval."""
    if not alone:
        return f"{count.events} of {count.of}"
    low, high = clopper_pearson(count)
    share = count.events / count.of
    return f"{count.events} of {count.of} ({100 * share:.0f} %, {100 * low:.0f} to {100 * high:.0f} %)"


def _by_arm(study: Study, numbers: Mapping[str, str]) -> str:
    """Numbers of all arms in their order; of some, with the names of the arms."""
    if list(numbers) == list(study.arms):
        return " against ".join(numbers.values())
    return ", ".join(f"{arm} {number}" for arm, number in numbers.items())


def _with_ends(value: object, low: object, high: object) -> str:
    return str(value) if low is None else f"{value} ({low} to {high})"


def _change(arm: str, change: Change) -> str:
    p = f", p {change.p}" if change.p else ""
    if change.fall is not None:
        course = "" if change.before is None else f" from {change.before} to {change.after}"
        return f"{arm}{course}, a fall of {_with_ends(change.fall, change.low, change.high)}{p}"
    if change.before is None:
        return f"{arm} {change.percent} %{p}"
    return f"{arm} {change.before} to {change.after}{p}"


# --- JSON --------------------------------------------------------------------------------------------


def effect_json(effect: Effect) -> dict[str, Any]:
    """An effect with how it was had."""
    return {
        "measure": effect.measure,
        "value": _plain(effect.value),
        "low": _plain(effect.low) if effect.bounded else None,
        "high": _plain(effect.high) if effect.bounded else None,
        "p": _plain(effect.p),
        "method": effect.method,
        "flags": list(effect.flags),
    }


def _plain(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else float(f"{value:.6g}")


def cites(reference: Reference) -> str:
    """By what a source is found and how it stands: doi 10.1002/art.37734, NCT00568555; RETRACTED."""
    doi, pmid = reference.doi and f"doi {reference.doi}", reference.pmid and f"PMID {reference.pmid}"
    found = ", ".join(filter(None, (doi, pmid, reference.registry))) or "no identifier"
    return f"{found}; {reference.marks}" if reference.marks else found


def design_says(study: Study) -> str:
    """How a study was made, in whom, with what, for how long."""
    blind = f", blinding {study.blinding}" if study.blinding != "none" else ", nobody blind"
    stage = "" if study.stage == "results" else f"; {study.stage.replace('-', ' ')}"
    above = "; above the doses of LDN" if study.therapy == "naltrexone" else ""
    made = f"{DESIGNS[study.design]}{blind}; {study.people}; {arms_say(study)}"
    return f"{made}; {study.duration}{stage}{above}"


def study_json(study: Study, knowledge: Knowledge) -> dict[str, Any]:
    """A study as published, with the effects its numbers give."""
    reference = knowledge.references[study.id]
    return {
        "study": study.id,
        "source": reference_json(study.id, reference),
        "cites": cites(reference),
        "retracted": reference.status == "retracted",
        "design": study.design,
        "blinding": study.blinding,
        "publication": study.publication,
        "stage": study.stage,
        "therapy": study.therapy,
        "people": study.people,
        "arms": [
            {"arm": name, "takes": a.takes, "randomised": a.randomised, "analysed": a.analysed,
             "weeks": a.weeks and str(a.weeks), "unverified": a.unverified}
            for name, a in study.arms.items()
        ],
        "duration": study.duration,
        "says": design_says(study),
        "outcomes": [
            {
                "outcome": name,
                "name": o.name,
                "role": o.role,
                "better": o.better,
                "at": o.at,
                "results": [_result_json(study, o, r, knowledge) for r in o.results],
            }
            for name, o in study.outcomes.items()
        ],
        "errata": [
            {"ref": e.reference, "says": e.says, "considered_by": e.considered and e.considered.by}
            for e in study.errata
        ],
        "limits": study.limits,
    }  # fmt: skip


def _result_json(study: Study, outcome: Outcome, result: Result, knowledge: Knowledge) -> dict[str, Any]:
    effects = effects_of(study, outcome, result)
    return {
        "basis": result.basis,
        "says": result_says(study, outcome, result, knowledge),
        "retracted": retracted(study, result, knowledge.references),
        "data": _data(result),
        "printed": [
            {"measure": p.measure, "value": str(p.value), "low": p.low and str(p.low),
             "high": p.high and str(p.high), "p": p.p, "explained": p.explained}
            for p in result.printed
        ],
        "p": result.p,
        "words": result.words,
        "explained": result.explained,
        "shares": {arm: _share_json(count) for arm, count in result.counts.items()},
        "effects": [effect_json(e) | {"favours": favours(e, study, outcome)} for e in effects],
        "pools": result.pools,
        "ref": result.source.ref,
        "verified": result.source.verified,
        "note": result.note,
    }  # fmt: skip


def _share_json(count: Count) -> dict[str, Any]:
    low, high = clopper_pearson(count)
    return {"share": _plain(count.events / count.of), "low": _plain(low), "high": _plain(high)}


def _data(result: Result) -> dict[str, Any]:
    """The numbers as they were printed."""
    whole = msgspec.to_builtins(result)
    names = ("counts", "percent", "means", "within", "contrast", "totals")
    return {name: whole[name] for name in names if whole[name]}


def pooled_json(pooled: Pooled | None, measure: Measure) -> dict[str, Any] | None:
    """Several trials as one, on the scale that people read."""
    if pooled is None:
        return None
    value, low, high, *ahead = natural(pooled, measure)
    small = pooled.small_studies
    return {
        "trials": pooled.k,
        "value": _plain(value),
        "low": _plain(low),
        "high": _plain(high),
        "p": _plain(pooled.p),
        "common_effect": [_plain(x) for x in _read(pooled.common, measure)],
        # Two trials say nothing of how trials differ.
        "prediction": [_plain(x) for x in ahead] if pooled.k > 2 else None,
        "tau2": _plain(pooled.tau2),
        "i2": round(pooled.i2, 3),
        "q": _plain(pooled.q),
        "q_p": _plain(pooled.q_p),
        "hartung_knapp_factor": _plain(pooled.factor),
        "small_studies": small and {"slope": _plain(small.slope), "t": _plain(small.t), "p": _plain(small.p)},
    }


def answer_json(found: Answer) -> dict[str, Any]:
    """A question with its trials and what they come to, in numbers and in words."""
    measure = found.synthesis.measure
    left_out = found.pooled.without if found.pooled else ()
    names = [r.study.id for r in found.rows]
    return {
        "question": found.synthesis.question,
        "synthesis": found.synthesis.id,
        "measure": measure,
        "trials": [
            {"study": r.study.id, "outcome": r.outcome.name, "basis": r.result.basis,
             "says": effect_says(r.effect), **effect_json(r.effect)}
            for r in found.rows
        ],
        "pooled": pooled_json(found.pooled, measure),
        "without": {name: pooled_json(p, measure) for name, p in found.without.items()},
        "assumed_direction": list(found.assumed),
        "other_way_round": pooled_json(found.other_way_round, measure),
        "by_correlation": {
            str(r): pooled_json(pooled, measure) for r, (_, pooled) in found.by_correlation.items()
        },
        "leave_one_out": {
            name: [_plain(x) for x in _read(row, measure)] for name, row in zip(names, left_out, strict=False)
        },
        "comes_to": list(_comes_to(found)),
        "not_pooled": [{"study": e.study, "why": e.why, "found": e.found} for e in found.not_pooled],
        "note": found.synthesis.note,
    }  # fmt: skip


def _comes_to(found: Answer) -> Iterator[str]:
    """All that the trials of a question come to, a line each."""
    measure = found.synthesis.measure
    if found.pooled is not None:
        yield from _pooled_lines(found, found.pooled, measure)
    if found.by_correlation:
        says = (
            f"{r}: {_in_short(rows, pooled, measure)}" for r, (rows, pooled) in found.by_correlation.items()
        )
        yield f"with another assumed correlation, {'; '.join(says)}"
    for row in found.rows:
        assumed = float(found.synthesis.correlation)
        for effect in effects_of(row.study, row.outcome, row.result, assumed):
            if effect.measure == measure and effect.compares != row.effect.compares:
                what = {"end": "the values at the end", "change": "the changes"}[effect.compares or "end"]
                yield f"{row.study.id}, {what} instead: {effect_says(effect)}"


def _pooled_lines(found: Answer, pooled: Pooled, measure: Measure) -> Iterator[str]:
    yield f"all {pooled.k}: {pooled_says(pooled, measure)}; I2 {pooled.i2:.0%}, tau2 {pooled.tau2:.3f}"
    for name, rest in found.without.items():
        if rest:
            yield f"without {name} ({rest.k}): {pooled_says(rest, measure)}"
    if found.other_way_round:
        which = ", ".join(found.assumed)
        says = pooled_says(found.other_way_round, measure)
        yield f"with the assumed direction of {which} the other way round: {says}"
    for row, ends in zip(found.rows, pooled.without, strict=False):
        if row.study.id not in found.without:
            value, low, high = _read(ends, measure)
            yield f"leaving {row.study.id} out: {number(value)} ({number(low)} to {number(high)})"
    if pooled.small_studies is None:
        yield "whether small trials show more is not asked: fewer than ten trials cannot tell"
    else:
        yield f"small trials beside large ones: Egger's p {number(pooled.small_studies.p)}"


def certainty_json(certainty: Certainty, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """How sure one can be, by domain; reasons that speak of the pooled trials bring their numbers."""
    found = answers.get(certainty.synthesis or "")
    says = _in_short(found.rows, found.pooled, found.synthesis.measure) if found else ""
    return {
        "about": certainty.about,
        "synthesis": certainty.synthesis,
        "grade": certainty.grade,
        "start": certainty.start,
        "domains": {
            n: {"steps": d.steps, "why": d.why.replace("{answer}", says)}
            for n, d in certainty.domains.items()
        },
        "reviewed": certainty.reviewed,
    }


def _in_short(rows: Sequence[Row], pooled: Pooled | None, measure: Measure) -> str:
    """What a question comes to: its trials pooled, or the only one."""
    if not rows:
        return "(no trial that counts is left)"
    return pooled_says(pooled, measure).partition(";")[0] if pooled else effect_says(rows[0].effect)


GROUPS: Final = {
    "trials": "Randomised trials",
    "others": "Other studies in people",
    "pooled_by_others": "Pooled by others",
    "without_results": "Running, planned or never reported",
}
"""The studies of a page by their key in JSON, with their title."""


def page_json(page: ConditionPage, knowledge: Knowledge) -> dict[str, Any]:
    """The page of a condition: all that the command line, the reference and the clinic show of it."""
    c = page.condition
    early = c.early_worsening
    answers = {a.synthesis.id: a for a in page.answers}
    return {
        "schema": f"{SCHEMA}/evidence/condition",
        "condition": c.id,
        "name": c.name,
        "claims": list(c.claims),
        "printed": c.printed,
        "first": ONCOLOGY if c.oncology else None,
        "lay": c.lay,
        "levels": [{"level": e.level, "part": e.part, "means": LEVELS[e.level]} for e in c.evidence],
        "evidence": evidence_text(c),
        "certainty": [certainty_json(x, answers) for x in c.certainty],
        "guide": [
            {"id": x.id, "at": x.at, "says": x.says, "status": str(x.status), "literature": x.literature}
            for x in page.claims
        ],
        "icd10": list(c.icd10),
        "snomed": list(c.snomed),
        "unverified_codes": list(c.unverified),
        "early_worsening": early and {"signs": early.signs, "lasts": early.lasts},
        "doses": list(page.doses),
        "questions": [answer_json(a) for a in page.answers],
        **{group: [study_json(s, knowledge) for s in getattr(page, group)] for group in GROUPS},
        "remark": c.note,
        "note": NOTE,
    }


def compared_json(row: Compared, knowledge: Knowledge) -> dict[str, Any]:
    """A printed number beside the recomputed ones."""
    return {
        "study": row.study.id,
        "retracted": "retracted" in {knowledge.references[x].status for x in (row.study.id, row.ref)},
        "outcome": row.outcome.name,
        "printed_by": row.ref,
        "basis": row.basis,
        "printed": row.says,
        "recomputed": [
            {"basis": r.basis, "says": r.says, "verdict": str(r.verdict), "flags": list(r.flags)}
            for r in row.recomputed
        ],
        "verdict": str(row.verdict),
        "explained": row.explained,
    }


def rests_json(rests: Rests) -> dict[str, Any]:
    """What rests on a study."""
    return {
        "claims": list(rests.claims),
        "conditions": list(rests.conditions),
        "rules": list(rests.rules),
        "expectations": list(rests.expectations),
        "syntheses": list(rests.syntheses),
    }


def gaps_json(found: Gaps) -> dict[str, Any]:
    """What nobody has shown."""
    return {
        "schema": f"{SCHEMA}/evidence/gaps",
        "without_any_study": list(found.without_any_study),
        "uncontrolled": list(found.uncontrolled),
        "without_results": [s.id for s in found.without_results],
        "not_seen": [{"study": s, "outcome": o} for s, o in found.not_seen],
        "words_only": [{"study": s, "outcome": o} for s, o in found.words_only],
        "note": NOTE,
    }


def arms_say(study: Study) -> str:
    """Naltrexone 4.5 mg a day (48) against placebo (50)."""
    return " against ".join(
        f"{a.takes}{f' ({a.randomised})' if a.randomised else ''}{', recalled' if a.unverified else ''}"
        for a in study.arms.values()
    )


def side_effects_json(knowledge: Knowledge) -> dict[str, Any]:
    """Side effects beside placebo."""
    return {
        "schema": f"{SCHEMA}/evidence/side-effects",
        "side_effects": [
            {
                "effect": e.effect,
                "name": e.name,
                "pooled": e.answer and answer_json(e.answer),
                "results": [
                    {"study": s.id, "design": s.design, "kind": kind, "compares": arms_say(s),
                     "outcome": o.name, "says": result_says(s, o, r, knowledge), "note": r.note,
                     "retracted": retracted(s, r, knowledge.references), "verified": r.source.verified}
                    for kind in KINDS
                    for s, o, r in e.of_kind(kind)
                ],
            }
            for e in side_effects(knowledge)
        ],
        "note": NOTE,
    }  # fmt: skip


def map_json(knowledge: Knowledge) -> dict[str, Any]:
    """Every condition with the evidence there is, in the order of the guide."""
    rows = []
    for condition in sorted(knowledge.conditions.values(), key=lambda c: c.claims or ("Z", c.name)):
        page = page_of(condition, knowledge)
        trials, others = ([s for s in group if page.counts(s)] for group in (page.trials, page.others))
        higher = [s for s in (*page.trials, *page.others) if s.therapy == "naltrexone"]
        counted = [s.number_of_people for s in trials]
        known = [n for n in counted if n is not None]
        rows.append(
            {
                "condition": condition.id,
                "name": condition.name,
                "claims": list(condition.claims),
                "oncology": condition.oncology,
                "evidence": evidence_text(condition),
                "certainty": "; ".join(f"{c.about}: {c.grade}" for c in condition.certainty),
                "trials": len(trials),
                "people_in_trials": sum(known),
                "of_trials_with_a_number": len(known),
                "others": len(others),
                "higher_doses": len(higher),
                "without_results": len(page.without_results),
            }
        )
    return {"schema": f"{SCHEMA}/evidence", "conditions": rows, "note": NOTE}


def trials_says(row: Mapping[str, Any]) -> str:
    """2 (54); at least, where a trial did not say how many people it had; nothing for no trial."""
    if not row["trials"]:
        return ""
    least = "" if row["of_trials_with_a_number"] == row["trials"] else "at least "
    return f"{row['trials']} ({least}{row['people_in_trials']})"
