"""What was printed beside what its own numbers give: papers, reviews and the guide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from math import isfinite, log

from openldn.evidence.effects import (
    Effect,
    effects_of,
    fitting,
    half_unit,
    of_fall,
    p_beside,
    p_differs,
    people_of,
)
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
    """As the study's file says it; of a number that cannot be recomputed, what is missing."""

    @property
    def verdict(self) -> Verdict:
        """The best of all ways of counting."""
        order = list(Verdict)
        return min((r.verdict for r in self.recomputed), key=order.index, default=Verdict.NO_NUMBERS)


@dataclass(frozen=True, slots=True)
class _Printed:
    """Where a number was printed."""

    study: Study
    outcome: Outcome
    result: Result

    def row(
        self, says: str, ways: Sequence[Recomputed], explained: str | None, missing: str | None
    ) -> Compared:
        """The number with each way of counting; what is missing is said only where there is none."""
        found = Compared(
            self.study, self.outcome, self.result.source.ref, self.result.basis, says, tuple(ways), None
        )
        if not ways:
            return replace(found, explained=explained or self.result.explained or missing)
        if found.verdict is Verdict.AGREES:
            return found
        return replace(found, explained=explained or self.result.explained)

    def effects(self) -> tuple[Effect, ...]:
        """What its own numbers give."""
        return effects_of(self.study, self.outcome, self.result)


def compared(study: Study) -> Iterator[Compared]:
    """Every number that was printed for a study and follows from others: effects, shares, differences, p."""
    for outcome in study.outcomes.values():
        places = [_Printed(study, outcome, result) for result in outcome.results]
        for place in places:
            result = place.result
            for printed in result.printed:
                yield _effect_row(place, printed, places)
                if printed.p is not None:
                    of = f" of {printed.measure} {printed.value}"
                    yield _p_row(place, places, f"p {printed.p}{of}", printed.p, printed.explained)
            if result.percent and outcome.better in ("more", "fewer"):
                yield _shares(place)
            if result.contrast is not None and result.basis != "derived":
                yield from _contrast_rows(place, result.contrast)
            for arm, change in result.within.items():
                yield from _change_rows(place, arm, change)
            if result.p is not None:
                yield _p_row(place, places, f"p {result.p}", result.p, None)


def _effect_row(place: _Printed, printed: Printed, places: Sequence[_Printed]) -> Compared:
    """A printed effect beside those of its own numbers; where they give none, beside the other countings."""
    own = [e for e in place.effects() if e.measure == printed.measure]
    among = [place] if own else places
    ways = [_effect(printed, p.result.basis, e) for p in among for e in p.effects()
            if e.measure == printed.measure]  # fmt: skip
    pooled = place.study.design == "meta-analysis"
    missing = "pooled by others from trials whose numbers are not at hand" if pooled else None
    return place.row(effect_text(printed), ways, printed.explained, missing)


def _contrast_rows(place: _Printed, contrast: Contrast) -> Iterator[Compared]:
    """A printed difference beside the middle of its interval and that of the means, and its p."""
    study, result = place.study, place.result
    word, centre = ("difference", contrast.mean) if contrast.mean is not None else ("median", contrast.median)
    if centre is None:
        return
    digits, ways = _digits(centre), []
    if contrast.low is not None and contrast.high is not None:
        middle = float(contrast.low + contrast.high) / 2
        says = f"{_rounded(middle, digits)}, the middle of its interval"
        ways.append(Recomputed(result.basis, says, _verdict(abs(middle - float(centre)), digits)))
    first, *_, last = study.arms
    if first in result.means and last in result.means:
        one, other = result.means[first].mean, result.means[last].mean
        coarse = min(digits, _digits(one), _digits(other))
        # Of two rounded means each is off by half a unit at most.
        off = max(abs(float(one - other - centre)) - 0.5 * 10.0**-coarse, 0.0)
        ways.append(Recomputed(result.basis, f"{one - other}, the means apart", _verdict(off, coarse)))
    interval = "" if contrast.low is None else f" ({contrast.low} to {contrast.high})"
    alone = "only the difference was printed, not what it was worked out from"
    yield place.row(f"{word} {centre}{interval}", ways, contrast.explained, alone)
    if contrast.p is not None:
        people = people_of(study, result)
        again = p_beside(contrast, people) if people else None
        yield place.row(
            f"p {contrast.p} of the {word} {centre}",
            [] if again is None else [_p_again(str(contrast.p), result.basis, again)],
            contrast.explained,
            "only the difference and its p were printed: nothing to check the p by",
        )


def _change_rows(place: _Printed, arm: str, change: Change) -> Iterator[Compared]:
    """What was printed of one group before and after: its fall, and the p of that."""
    basis = place.result.basis
    if change.fall is not None:
        digits, ways = _digits(change.fall), []
        if change.before is not None and change.after is not None:
            off = abs(float(change.before - change.after - change.fall))
            fell = _rounded(float(change.before - change.after), digits)
            ways.append(Recomputed(basis, f"{fell}, before less after", _verdict(off, digits)))
        if change.low is not None and change.high is not None:
            middle = float(change.low + change.high) / 2
            says = f"{_rounded(middle, digits)}, the middle of its interval"
            ways.append(Recomputed(basis, says, _verdict(abs(middle - float(change.fall)), digits)))
        interval = "" if change.low is None else f" ({change.low} to {change.high})"
        alone = "only the fall was printed, not what it was worked out from"
        yield place.row(f"{arm}: fall of {change.fall}{interval}", ways, change.explained, alone)
    if change.p is not None:
        again = of_fall(change)
        yield place.row(
            f"p {change.p}, {arm} before and after",
            [] if again is None else [_p_again(change.p, basis, again)],
            change.explained,
            "before and after in the same people: the deviation of the change was not printed",
        )


def _p_row(
    place: _Printed, places: Sequence[_Printed], says: str, printed: str, explained: str | None
) -> Compared:
    """A printed p beside that of its own numbers, or of counts that stand for its percentages."""
    ways: dict[tuple[str, tuple[str, ...]], Recomputed] = {}
    for other in places:
        stands_for = place.result.percent.keys() & other.result.counts.keys()
        if other is not place and not stands_for:
            continue
        for effect in other.effects():
            # Fisher's p is the same for all effects of the counts, and a t test's is that of the difference.
            own = effect.measure in ("RD", "MD") and effect.p is not None
            if own and not any("derived from p" in flag for flag in effect.flags):
                basis = other.result.basis
                ways.setdefault((basis, effect.flags), _p_again(printed, basis, effect))
    missing = "what the p was worked out from was not printed"
    if place.study.paired:
        missing = "each person is in both arms: without the pairs no p can be had"
    return place.row(says, [*ways.values()], explained, missing)


_SIGNIFICANT = 0.05


def _p_again(printed: str, basis: str, effect: Effect) -> Recomputed:
    """A printed p, or that it is below a bound, beside the p of an effect."""
    p = effect.p if effect.p is not None else 1.0
    number = Decimal(printed.lstrip("<"))
    if printed.startswith("<"):
        verdict = Verdict.AGREES if p < number else Verdict.DIFFERS
    elif abs(p - float(number)) <= half_unit(number) + 1e-9:
        verdict = Verdict.AGREES
    else:
        verdict = Verdict.DIFFERS if p_differs(number, p) else Verdict.CLOSE
    below = number < _SIGNIFICANT or (printed.startswith("<") and number <= _SIGNIFICANT)
    if verdict is not Verdict.AGREES and below is not (p < _SIGNIFICANT):
        verdict = Verdict.SIGNIFICANCE
    digits = max(_digits(number), 2)
    least = Decimal(1).scaleb(-digits)
    shown = _rounded(p, digits) if p >= half_unit(least) else f"<{least}"
    by = effect.method.rpartition("; ")[2]
    return Recomputed(basis, f"p {shown} ({by})", _checked(verdict, basis, effect), effect.flags)


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
    return Verdict.FITS if chosen and verdict in (Verdict.AGREES, Verdict.CLOSE) else verdict


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


def _shares(place: _Printed) -> Compared:
    """Printed percentages beside counts; without counts, which counts of so many people would fit."""
    result, ways = place.result, []
    for other in place.outcome.results:
        if result.percent.keys() <= other.counts.keys():
            off, parts, digits = 0.0, [], 0
            for arm, percent in result.percent.items():
                count, digits = other.counts[arm], _digits(percent)
                share = 100 * count.events / count.of
                off = max(off, abs(share - float(percent)))
                parts.append(f"{_rounded(share, digits)} % ({count.events}/{count.of})")
            verdict = _verdict(off, digits)
            if other.basis == "derived" and verdict in (Verdict.AGREES, Verdict.CLOSE):
                verdict = Verdict.FITS
            recalled = () if other.source.verified else ("numbers recalled, not seen",)
            ways.append(Recomputed(other.basis, " against ".join(parts), verdict, recalled))
    says = " against ".join(f"{percent} %" for percent in result.percent.values())
    return place.row(says, ways, None, _which_would_fit(place.study, result))


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
    """What looks typed wrong: numbers that contradict each other, more people than were randomised."""
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
            for arm, count in result.counts.items():
                most = study.arms[arm].randomised
                if most is not None and count.of > most:
                    yield f"outcomes.{key}: {count.of} people of {arm}, of whom {most} were randomised"
    for row in compared(study):
        own = [r for r in row.recomputed if r.basis == row.basis and r.verdict in _AGAINST]
        if own and row.explained is None:
            ways = "; ".join(r.says for r in own)
            yield f"{row.outcome.name}: printed {row.says}, its own numbers give {ways}"


_AGAINST = (Verdict.DIFFERS, Verdict.SIGNIFICANCE)


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
