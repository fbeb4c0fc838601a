"""The forest plot of a question, with every trial that asks it: those without a number as a line of words."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_lowercase

from openldn.answers.evidence import natural
from openldn.evidence.effects import ASSUMED_WAY_ROUND, UNKNOWN_WAY_ROUND, Effect
from openldn.evidence.syntheses import Answer, Row
from openldn.knowledge.study_schema import RATIOS, Measure
from openldn.leaflets.forest import Line, forest_svg


def forest_of(found: Answer, *, alone: bool = True) -> str:
    """The forest plot of a question; not alone: in a page that has its title and style."""
    measure = found.synthesis.measure
    marks: dict[str, str] = {}
    lines = [
        Line(r.study.id + "".join(_marks(r.effect, marks)), r.effect.value, r.effect.low, r.effect.high, w)
        for r, w in zip(found.rows, _weights(found), strict=True)
    ]
    lines += [Line(x.study, says=x.found) for x in found.not_pooled if x.found]
    pooled = {"all": found.pooled, **{f"without {name}": p for name, p in found.without.items()}}
    if found.other_way_round:
        pooled[f"{', '.join(found.assumed)} the other way"] = found.other_way_round
    for name, several in pooled.items():
        if several is not None:
            value, low, high, *_ = natural(several, measure)
            shown = f"all {several.k} trials" if name == "all" else name
            lines.append(Line(shown, value, low, high, pooled=True))
    if found.pooled and found.pooled.k > 2:
        *_, low, high = natural(found.pooled, measure)
        spread = f"{low:.2f} to {high:.2f} would hold 95 of 100; I2 {found.pooled.i2:.0%}"
        lines.append(Line("a next trial", says=spread))
    left, right = _sides(found.rows[0], measure) if found.rows else ("", "")
    return forest_svg(
        found.synthesis.question,
        lines,
        measure=measure,
        ratio=measure in RATIOS,
        left=left,
        right=right,
        notes=[f"{mark} {says}" for says, mark in marks.items()],
        alone=alone,
    )


_MARKED = {
    "numbers recalled, not seen": "recalled, not seen",
    ASSUMED_WAY_ROUND: "which arm was taken from which is assumed",
    UNKNOWN_WAY_ROUND: "which arm was taken from which was not noted",
    "numbers derived, not printed": "derived from what was printed",
    "standard error derived from p": "its error is taken back from the printed p",
    "from an adjusted difference": "an adjusted difference",
    "median taken for a mean": "a median, taken for a mean",
}


_MARKED_IN_PART = {
    "not the same time on each": "not the same time on each",
    "correlation of": "a correlation is assumed",
}


def _marks(effect: Effect, marks: dict[str, str]) -> Iterator[str]:
    """The marks of an effect, each new one with the next letter."""
    for flag in effect.flags:
        part = next((says for words, says in _MARKED_IN_PART.items() if words in flag), None)
        if says := _MARKED.get(flag, part):
            yield " " + marks.setdefault(says, f"({ascii_lowercase[len(marks)]})")


def _weights(found: Answer) -> list[float]:
    tau2 = found.pooled.tau2 if found.pooled else 0.0
    raw = [1 / (r.effect.vi + tau2) for r in found.rows]
    return [w / sum(raw) for w in raw]


def _sides(row: Row, measure: Measure) -> tuple[str, str]:
    arms = list(row.study.arms)
    one, other = (name.upper() if name == "ldn" else name for name in (arms[0], arms[-1]))
    if UNKNOWN_WAY_ROUND in row.effect.flags:
        return "which arm a side favours was not noted", ""
    if row.outcome.better in ("more", "fewer"):
        return f"fewer with {one}", f"more with {one}"
    turned = measure == "MD" and row.outcome.better == "higher"
    return (f"favours {other}", f"favours {one}") if turned else (f"favours {one}", f"favours {other}")
