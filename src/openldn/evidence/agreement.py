"""What was printed beside what its own numbers give: papers, reviews and the guide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import isfinite, log

from openldn.evidence.effects import Effect, effects_of, fitting, of_fall, p_beside, people_of
from openldn.knowledge.study_schema import RATIOS, Change, Contrast, Outcome, Printed, Result, Study


class Verdict(StrEnum):
    """How a printed number stands beside the recomputed one."""

    AGREES = "agrees"
    CLOSE = "close"
    """It differs by one in the last digit that was printed."""
    FITS = "fits"
    """It agrees only with numbers that were derived from it, or with an assumption: no check of it."""
    DIFFERS = "differs"
    SIGNIFICANCE = "significance changes"
    """A p on the other side of 0.05."""
    NO_NUMBERS = "no numbers"
    """Nothing it could be recomputed from was printed."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The same number from one way of counting."""

    basis: str
    says: str
    verdict: Verdict
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A printed number, what it is by each way of counting, and why it differs where it does."""

    study: Study
    outcome: Outcome
    ref: str
    """Who printed it: a key of references."""
    basis: str
    says: str
    recomputed: tuple[Recomputed, ...]
    explained: str | None

    @property
    def verdict(self) -> Verdict:
        """The best of all ways of counting."""
        order = list(Verdict)
        return min((r.verdict for r in self.recomputed), key=order.index, default=Verdict.NO_NUMBERS)


def compared(study: Study) -> Iterator[Compared]:
    """Every number that was printed for a study and follows from others: effects, shares, differences, p."""
    for outcome in study.outcomes.values():
        effects = {r.basis: effects_of(study, outcome, r) for r in outcome.results}
        for result in outcome.results:
            for printed in result.printed:
                own = _by_measure(effects[result.basis])
                among = (
                    {result.basis: own}
                    if printed.measure in own
                    else {basis: _by_measure(found) for basis, found in effects.items()}
                )
                ways = [_effect(printed, basis, e) for basis, found in among.items()
                        for e in found.get(printed.measure, ())]  # fmt: skip
                yield Compared(
                    study, outcome, result.source.ref, result.basis, effect_text(printed), tuple(ways),
                    printed.explained or result.explained or _not_at_hand(study, ways),
                )  # fmt: skip
                if printed.p is not None:
                    yield _p(study, outcome, result, printed.p, f" of {printed.measure} {printed.value}")
            if result.percent and outcome.better in ("more", "fewer"):
                yield _shares(study, outcome, result)
            if result.contrast is not None:
                yield from _contrast(study, outcome, result, result.contrast)
            for arm, change in result.within.items():
                yield from _within(study, outcome, result, arm, change)
            if result.p is not None:
                yield _p(study, outcome, result, result.p)


def _contrast(study: Study, outcome: Outcome, result: Result, contrast: Contrast) -> Iterator[Compared]:
    """A printed difference beside the middle of its interval and that of the means, and its p."""
    centre, word = (contrast.mean, "difference") if contrast.mean is not None else (contrast.median, "median")
    if centre is None or result.basis == "derived":
        return
    digits, ways = _digits(centre), []
    if contrast.low is not None and contrast.high is not None:
        middle = float(contrast.low + contrast.high) / 2
        says = f"{_rounded(middle, digits)}, the middle of its interval"
        ways.append(Recomputed(result.basis, says, _verdict(abs(middle - float(centre)), digits)))
    first, *_, last = study.arms
    if first in result.means and last in result.means:
        one, other = result.means[first].mean, result.means[last].mean
        apart, coarse = float(one - other), min(digits, _digits(one), _digits(other))
        # Of two rounded means each is off by half a unit at most.
        off = max(abs(apart - float(centre)) - 0.5 * 10.0**-coarse, 0.0)
        ways.append(Recomputed(result.basis, f"{one - other}, the means apart", _verdict(off, coarse)))
    interval = "" if contrast.low is None else f" ({contrast.low} to {contrast.high})"
    alone = None if ways else "only the difference was printed, not what it was worked out from"
    raw = "the printed difference is adjusted, the means are not" if contrast.adjusted else None
    yield Compared(
        study, outcome, result.source.ref, result.basis, f"{word} {centre}{interval}", tuple(ways),
        result.explained or raw or alone,
    )  # fmt: skip
    if contrast.p is not None:
        people = people_of(study, result)
        again = p_beside(contrast, people) if people else None
        yield Compared(
            study, outcome, result.source.ref, result.basis, f"p {contrast.p} of the {word} {centre}",
            () if again is None else (_p_again(str(contrast.p), result.basis, again),),
            "worked out as if means and a t test had been printed; the paper gives medians"
            if contrast.median is not None
            else "only the difference and its p were printed: nothing to check the p by",
        )  # fmt: skip


def _within(study: Study, outcome: Outcome, result: Result, arm: str, change: Change) -> Iterator[Compared]:
    """What was printed of one group before and after: its fall, and the p of that."""
    if change.fall is not None and change.before is not None and change.after is not None:
        digits = _digits(change.fall)
        fell = float(change.before - change.after)
        way = Recomputed(
            result.basis, _rounded(fell, digits), _verdict(abs(fell - float(change.fall)), digits)
        )
        interval = "" if change.low is None else f" ({change.low} to {change.high})"
        yield Compared(
            study, outcome, result.source.ref, result.basis, f"{arm}: fall of {change.fall}{interval}",
            (way,), "before less after, both rounded",
        )  # fmt: skip
    if change.p is not None:
        again = of_fall(change)
        yield Compared(
            study, outcome, result.source.ref, result.basis, f"p {change.p}, {arm} before and after",
            () if again is None else (_p_again(change.p, result.basis, again),),
            "before and after in the same people: the deviation of the change was not printed",
        )  # fmt: skip


def _p(study: Study, outcome: Outcome, result: Result, printed: str, of: str = "") -> Compared:
    """A printed p beside the one of each effect that the numbers give, its own or another way of counting."""
    ways = []
    for other in outcome.results:
        if other is not result and not (result.percent.keys() & other.counts.keys()):
            continue
        seen = set()
        for effect in effects_of(study, outcome, other):
            # Fisher's p is the same for all effects of the counts, and a t test's is that of the difference.
            if effect.measure in ("RD", "MD") and effect.p is not None and effect.flags not in seen:
                seen.add(effect.flags)
                if not any("derived from p" in flag for flag in effect.flags):
                    ways.append(_p_again(printed, other.basis, effect))
    if ways:
        why = "which test the paper used was not noted"
    elif study.paired:
        why = "each person is in both arms: without the pairs no p can be had"
    else:
        why = "what the p was worked out from was not printed"
    return Compared(
        study, outcome, result.source.ref, result.basis, f"p {printed}{of}", tuple(ways),
        result.explained or why,
    )  # fmt: skip


_SIGNIFICANT = 0.05


def _p_again(printed: str, basis: str, effect: Effect) -> Recomputed:
    """A printed p, or that it is below a bound, beside the p of an effect."""
    p = effect.p if effect.p is not None else 1.0
    bound = printed.startswith("<")
    number = Decimal(printed.lstrip("<"))
    digits = max(_digits(number), 2)
    if bound:
        verdict = Verdict.AGREES if p < float(number) else Verdict.DIFFERS
    else:
        verdict = _verdict(abs(p - float(number)), _digits(number))
    below = float(number) < _SIGNIFICANT or (bound and float(number) <= _SIGNIFICANT)
    if verdict is not Verdict.AGREES and below is not (p < _SIGNIFICANT):
        verdict = Verdict.SIGNIFICANCE
    verdict = _checked(verdict, basis, effect)
    by = effect.method.rpartition("; ")[2]
    return Recomputed(basis, f"p {_rounded(p, digits)} ({by})", verdict, effect.flags)


def _not_at_hand(study: Study, ways: Sequence[Recomputed]) -> str | None:
    pooled = study.design == "meta-analysis" and not ways
    return "pooled by others from trials whose numbers are not at hand" if pooled else None


def _by_measure(effects: tuple[Effect, ...]) -> Mapping[str, list[Effect]]:
    found: dict[str, list[Effect]] = {}
    for effect in effects:
        found.setdefault(effect.measure, []).append(effect)
    return found


def effect_text(printed: Printed) -> str:
    """As it was printed: RR 2.22 (1.14 to 4.32)."""
    interval = "" if printed.low is None else f" ({printed.low} to {printed.high})"
    p = "" if printed.p is None else f", p {printed.p}"
    return f"{printed.measure} {printed.value}{interval}{p}"


def _effect(printed: Printed, basis: str, effect: Effect) -> Recomputed:
    digits = _digits(printed.value)
    signed = printed.measure != "SMD" or printed.value < 0
    pairs = [(printed.value, effect.value)]
    if printed.low is not None and printed.high is not None:
        pairs += [(printed.low, effect.low), (printed.high, effect.high)]
    # Standardised differences are often printed without their sign.
    off = [abs(float(p) - v) if signed else abs(abs(float(p)) - abs(v)) for p, v in pairs]
    says = f"{printed.measure} {_rounded(effect.value, digits)}"
    if printed.low is not None:
        says += f" ({_rounded(effect.low, digits)} to {_rounded(effect.high, digits)})"
    return Recomputed(basis, says, _checked(_verdict(max(off), digits), basis, effect), effect.flags)


def _checked(verdict: Verdict, basis: str, effect: Effect) -> Verdict:
    """Numbers made from a printed one, or by an assumption, cannot fail to agree or may by chance."""
    chosen = basis == "derived" or effect.compares == "change"
    return Verdict.FITS if chosen and verdict is Verdict.AGREES else verdict


def _verdict(off: float, digits: int) -> Verdict:
    unit = 10.0**-digits
    # Half a unit is what rounding takes away; a printed 5 at the end may have been rounded either way.
    if off <= unit * 0.5 + 1e-9:
        return Verdict.AGREES
    return Verdict.CLOSE if off <= unit * 1.5 else Verdict.DIFFERS


def _digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _rounded(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if isfinite(value) else "no end"


def _shares(study: Study, outcome: Outcome, result: Result) -> Compared:
    """Printed percentages beside counts; without counts, which counts of so many people would fit."""
    ways = []
    for other in outcome.results:
        if result.percent.keys() <= other.counts.keys():
            off, parts, digits = 0.0, [], 0
            for arm, percent in result.percent.items():
                count, digits = other.counts[arm], _digits(percent)
                share = 100 * count.events / count.of
                off = max(off, abs(share - float(percent)))
                parts.append(f"{_rounded(share, digits)} % ({count.events}/{count.of})")
            verdict = _verdict(off, digits)
            if other.basis == "derived" and verdict is Verdict.AGREES:
                verdict = Verdict.FITS
            recalled = () if other.source.verified else ("numbers recalled, not seen",)
            ways.append(Recomputed(other.basis, " against ".join(parts), verdict, recalled))
    says = " against ".join(f"{percent} %" for percent in result.percent.values())
    return Compared(
        study, outcome, result.source.ref, result.basis, says, tuple(ways),
        result.explained or (None if ways else _which_would_fit(study, result)),
    )  # fmt: skip


def _which_would_fit(study: Study, result: Result) -> str | None:
    """Counts that round to the printed percentages, the largest numbers of people first."""
    parts = []
    for arm, percent in result.percent.items():
        most = study.arms[arm].randomised
        if most is None:
            return "no counts were printed"
        found = [f"{events}/{n}" for events, n in fitting(percent, most) if n > most / 2]
        parts.append(f"{arm} {', '.join(found[-3:]) or f'no count of at most {most} people'}")
    return f"no counts were printed; these would fit: {'; '.join(parts)}"


_LEANING = 0.1
"""How far, as a part of its width, a value may lie from the middle of a symmetric interval by rounding."""


def doubts(study: Study) -> Iterator[str]:
    """What looks typed wrong: a value off the middle of its interval, a p that its numbers contradict."""
    for key, outcome in study.outcomes.items():
        for result in outcome.results:
            for printed in result.printed:
                yield from _leaning(f"outcomes.{key}: {effect_text(printed)}", printed)
            contrast = result.contrast
            if contrast is not None and contrast.mean is not None:
                yield from _off_the_middle(f"outcomes.{key}: difference {contrast.mean}", contrast.mean,
                                           contrast.low, contrast.high)  # fmt: skip
            for arm, summary in result.means.items():
                yield from _off_the_middle(
                    f"outcomes.{key}: {arm} {summary.mean}", summary.mean, summary.low, summary.high
                )
    for row in compared(study):
        against = [r.says for r in row.recomputed if r.verdict in (Verdict.DIFFERS, Verdict.SIGNIFICANCE)]
        if row.says.startswith("p ") and len(against) == len(row.recomputed) > 0:
            yield f"{row.outcome.name}: printed {row.says}, its own numbers give {'; '.join(against)}"


def _leaning(what: str, printed: Printed) -> Iterator[str]:
    """A ratio lies in the middle of its interval on the logarithm, a difference as it is."""
    if printed.low is None or printed.high is None:
        return
    if printed.measure in RATIOS and printed.low > 0:
        low, value, high = (log(x) for x in (printed.low, printed.value, printed.high))
    else:
        low, value, high = (float(x) for x in (printed.low, printed.value, printed.high))
    if printed.measure != "NNT" and abs(value - (low + high) / 2) > _LEANING * (high - low):
        yield f"{what}: the value does not lie in the middle of its interval"


def _off_the_middle(what: str, value: Decimal, low: Decimal | None, high: Decimal | None) -> Iterator[str]:
    if low is None or high is None:
        return
    if abs(float(value - (low + high) / 2)) > _LEANING * float(high - low):
        yield f"{what}: the value does not lie in the middle of its interval ({low} to {high})"
