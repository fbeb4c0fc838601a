"""What studies showed, as text and as JSON: the same for the command line, the pages and the clinic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import exp, isfinite
from typing import Any, Final

import msgspec

from openldn.answers.guide import reference_json
from openldn.answers.values import SCHEMA
from openldn.evidence.agreement import Compared, effect_text
from openldn.evidence.effects import UNKNOWN_WAY_ROUND, Effect, effects_of, favours
from openldn.evidence.living import Rests
from openldn.evidence.pages import KINDS, ONCOLOGY, ConditionPage, Gaps, page_of, side_effects
from openldn.evidence.pooling import Pooled
from openldn.evidence.syntheses import Answer, Row
from openldn.knowledge.finding_schema import LEVELS, Certainty
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import RATIOS, Change, Measure, Outcome, Result, Study
from openldn.leaflets.forest import Line, forest_svg
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
        return f"{word} {number(abs(effect.value), 1)} people ({number(low, 1)} to {number(high, 1)})"
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


def result_says(study: Study, outcome: Outcome, result: Result) -> str:
    """A result in a line: as printed, with the effect that its numbers give, its marks and what to mind."""
    parts = [*_numbers(study, result)]
    for effect in effects_of(study, outcome, result):
        crosses = effect.measure == "NNT" and effect.low < 0 < effect.high
        if effect.measure in ("RR", "MD") or (effect.measure == "NNT" and not crosses):
            marks = [f for f in effect.flags if f not in _SAID_BY_THE_RESULT]
            parts.append(effect_says(effect) + (f" ({', '.join(marks)})" if marks else ""))
    parts += [f"printed {effect_text(p)}" for p in result.printed]
    if result.p:
        parts.append(f"p {result.p}")
    marks = [] if result.basis == "as-printed" else [result.basis.replace("-", " ")]
    if not result.source.verified:
        marks.append("recalled, not seen")
    return "; ".join(parts) + (f" [{', '.join(marks)}]" if marks else "")


_SAID_BY_THE_RESULT: Final = ("numbers recalled, not seen", "numbers derived, not printed")


def _numbers(study: Study, result: Result) -> Iterator[str]:
    if result.counts:
        yield _by_arm(study, {arm: f"{c.events} of {c.of}" for arm, c in result.counts.items()})
    if result.percent:
        yield _by_arm(study, {arm: f"{p} %" for arm, p in result.percent.items()})
    if result.means:
        yield _by_arm(study, {arm: _with_ends(m.mean, m.low, m.high) for arm, m in result.means.items()})
    if result.within:
        yield "; ".join(_change(arm, c) for arm, c in result.within.items())
    if (contrast := result.contrast) is not None:
        word, centre = ("median", contrast.median) if contrast.mean is None else ("difference", contrast.mean)
        p = "" if contrast.p is None else f", p {contrast.p}"
        yield f"{word} {_with_ends(centre, contrast.low, contrast.high)}{p}"
    if result.totals:
        yield _by_arm(study, {arm: str(n) for arm, n in result.totals.items()}) + " events"
    if result.words:
        yield result.words


def _by_arm(study: Study, numbers: Mapping[str, str]) -> str:
    """Numbers of all arms in their order; of some, with the names of the arms."""
    if list(numbers) == list(study.arms):
        return " against ".join(numbers.values())
    return ", ".join(f"{arm} {number}" for arm, number in numbers.items())


def _with_ends(value: object, low: object, high: object) -> str:
    return str(value) if low is None else f"{value} ({low} to {high})"


def _change(arm: str, change: Change) -> str:
    p = f", p {change.p}" if change.p else ""
    if change.before is None:
        return f"{arm} {change.percent} %{p}"
    return f"{arm} {change.before} to {change.after}{p}"


# --- JSON --------------------------------------------------------------------------------------------


def effect_json(effect: Effect) -> dict[str, Any]:
    """An effect with how it was had."""
    return {
        "measure": effect.measure,
        "value": _plain(effect.value),
        "low": _plain(effect.low),
        "high": _plain(effect.high),
        "p": _plain(effect.p),
        "method": effect.method,
        "flags": list(effect.flags),
    }


def _plain(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else float(f"{value:.6g}")


def study_json(study: Study, knowledge: Knowledge) -> dict[str, Any]:
    """A study as published, with the effects its numbers give."""
    return {
        "study": study.id,
        "source": reference_json(study.id, knowledge.references[study.id]),
        "design": study.design,
        "blinding": study.blinding,
        "publication": study.publication,
        "stage": study.stage,
        "therapy": study.therapy,
        "people": study.people,
        "arms": [
            {"arm": name, "takes": a.takes, "randomised": a.randomised, "analysed": a.analysed,
             "unverified": a.unverified}
            for name, a in study.arms.items()
        ],
        "duration": study.duration,
        "outcomes": [
            {
                "outcome": name,
                "name": o.name,
                "role": o.role,
                "better": o.better,
                "at": o.at,
                "results": [
                    {
                        "basis": r.basis,
                        "says": result_says(study, o, r),
                        "data": _data(r),
                        "effects": [
                            effect_json(e) | {"favours": favours(e, study, o)}
                            for e in effects_of(study, o, r)
                        ],
                        "pools": r.pools,
                        "ref": r.source.ref,
                        "verified": r.source.verified,
                        "note": r.note,
                    }
                    for r in o.results
                ],
            }
            for name, o in study.outcomes.items()
        ],
        "errata": [{"ref": e.reference, "says": e.says} for e in study.errata],
        "limits": study.limits,
    }  # fmt: skip


def _data(result: Result) -> dict[str, Any]:
    """The numbers as they were printed."""
    whole = msgspec.to_builtins(result)
    names = ("counts", "percent", "means", "within", "contrast", "totals")
    return {name: whole[name] for name in names if whole[name]}


def pooled_json(pooled: Pooled | None, measure: Measure) -> dict[str, Any] | None:
    """Several trials as one, on the scale that people read."""
    if pooled is None:
        return None
    value, low, high, ahead_low, ahead_high = natural(pooled, measure)
    small = pooled.small_studies
    return {
        "trials": pooled.k,
        "value": _plain(value),
        "low": _plain(low),
        "high": _plain(high),
        "p": _plain(pooled.p),
        "common_effect": [_plain(x) for x in _read(pooled.common, measure)],
        "prediction": [_plain(ahead_low), _plain(ahead_high)],
        "tau2": _plain(pooled.tau2),
        "i2": round(pooled.i2, 3),
        "q": _plain(pooled.q),
        "q_p": _plain(pooled.q_p),
        "hartung_knapp_factor": _plain(pooled.factor),
        "small_studies": small and {"slope": _plain(small.slope), "t": _plain(small.t), "p": _plain(small.p)},
    }


def answer_json(found: Answer) -> dict[str, Any]:
    """A question with its trials and what they come to."""
    measure = found.synthesis.measure
    left_out = found.pooled.without if found.pooled else ()
    names = [r.study.id for r in found.rows]
    return {
        "question": found.synthesis.question,
        "synthesis": found.synthesis.id,
        "measure": measure,
        "trials": [
            {"study": r.study.id, "outcome": r.outcome.name, "basis": r.result.basis, **effect_json(r.effect)}
            for r in found.rows
        ],
        "pooled": pooled_json(found.pooled, measure),
        "without": {name: pooled_json(p, measure) for name, p in found.without.items()},
        "leave_one_out": {
            name: [_plain(exp(x) if measure in RATIOS else x) for x in row]
            for name, row in zip(names, left_out, strict=False)
        },
        "not_pooled": [{"study": e.study, "why": e.why} for e in found.synthesis.exclude],
        "note": found.synthesis.note,
    }


def certainty_json(certainty: Certainty) -> dict[str, Any]:
    """How sure one can be, by domain."""
    return {
        "about": certainty.about,
        "grade": certainty.grade,
        "start": certainty.start,
        "domains": {n: {"steps": d.steps, "why": d.why} for n, d in certainty.domains.items()},
        "reviewed": certainty.reviewed,
    }


def page_json(page: ConditionPage, knowledge: Knowledge) -> dict[str, Any]:
    """The page of a condition."""
    c = page.condition
    early = c.early_worsening
    return {
        "schema": f"{SCHEMA}/evidence/condition",
        "condition": c.id,
        "name": c.name,
        "printed": c.printed,
        "first": ONCOLOGY if c.oncology else None,
        "lay": c.lay,
        "levels": [{"level": e.level, "part": e.part, "means": LEVELS[e.level]} for e in c.evidence],
        "certainty": [certainty_json(x) for x in c.certainty],
        "guide": [
            {"id": x.id, "says": x.says, "status": str(x.status), "literature": x.literature}
            for x in page.claims
        ],
        "icd10": list(c.icd10),
        "snomed": list(c.snomed),
        "early_worsening": early and {"signs": early.signs, "lasts": early.lasts},
        "doses": list(page.doses),
        "questions": [answer_json(a) for a in page.answers],
        "trials": [study_json(s, knowledge) for s in page.trials],
        "others": [study_json(s, knowledge) for s in page.others],
        "pooled_by_others": [study_json(s, knowledge) for s in page.pooled_by_others],
        "without_results": [study_json(s, knowledge) for s in page.without_results],
        "remark": c.note,
        "note": NOTE,
    }


def compared_json(row: Compared) -> dict[str, Any]:
    """A printed number beside the recomputed ones."""
    return {
        "study": row.study.id,
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
                     "outcome": o.name, "says": result_says(s, o, r), "note": r.note,
                     "verified": r.source.verified}
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
        trials = [s for s in page.trials if s.therapy != "naltrexone"]
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
                "others": len(page.others),
                "higher_doses": len(page.trials) - len(trials),
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


# --- pictures ----------------------------------------------------------------------------------------


def forest_of(found: Answer, *, styled: bool = True) -> str:
    """The forest plot of a question."""
    measure = found.synthesis.measure
    weights = _weights(found)
    lines = [
        Line(r.study.id, r.effect.value, r.effect.low, r.effect.high, w)
        for r, w in zip(found.rows, weights, strict=True)
    ]
    for name, pooled in {"all": found.pooled, **found.without}.items():
        if pooled is not None:
            value, low, high, *_ = natural(pooled, measure)
            shown = f"all {pooled.k} trials" if name == "all" else f"without {name}"
            lines.append(Line(shown, value, low, high, pooled=True))
    left, right = _sides(found.rows[0], measure)
    return forest_svg(
        found.synthesis.question,
        lines,
        measure=measure,
        ratio=measure in RATIOS,
        left=left,
        right=right,
        styled=styled,
    )


def _weights(found: Answer) -> list[float]:
    tau2 = found.pooled.tau2 if found.pooled else 0.0
    raw = [1 / (r.effect.vi + tau2) for r in found.rows]
    return [w / sum(raw) for w in raw]


def _sides(row: Row, measure: Measure) -> tuple[str, str]:
    arms = list(row.study.arms)
    one, other = (name.upper() if name == "ldn" else name for name in (arms[0], arms[-1]))
    if UNKNOWN_WAY_ROUND in row.effect.flags:
        return "which arm is which", "was not noted"
    if row.outcome.better in ("more", "fewer"):
        return f"fewer with {one}", f"more with {one}"
    turned = measure == "MD" and row.outcome.better == "higher"
    return (f"favours {other}", f"favours {one}") if turned else (f"favours {one}", f"favours {other}")
