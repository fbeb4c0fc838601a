"""What was printed beside what its own numbers give: papers, reviews and the guide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import isfinite

from openldn.evidence.effects import Effect, effects_of, fitting
from openldn.knowledge.study_schema import Outcome, Printed, Result, Study


class Verdict(StrEnum):
    """How a printed number stands beside the recomputed one."""

    AGREES = "agrees"
    CLOSE = "close"
    """It differs by one in the last digit that was printed."""
    FITS = "fits"
    """It was derived from what was printed, so that it has to fit: no check of it."""
    DIFFERS = "differs"
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
    """Every effect and every pair of shares that was printed for a study."""
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
                ways = [_effect(printed, basis, e[printed.measure]) for basis, e in among.items()
                        if printed.measure in e]  # fmt: skip
                yield Compared(
                    study, outcome, result.source.ref, result.basis, effect_text(printed), tuple(ways),
                    printed.explained or result.explained or _not_at_hand(study, ways),
                )  # fmt: skip
            if result.percent and outcome.better in ("more", "fewer"):
                yield _shares(study, outcome, result)


def _not_at_hand(study: Study, ways: Sequence[Recomputed]) -> str | None:
    pooled = study.design == "meta-analysis" and not ways
    return "pooled by others from trials whose numbers are not at hand" if pooled else None


def _by_measure(effects: tuple[Effect, ...]) -> Mapping[str, Effect]:
    return {e.measure: e for e in effects}


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
    verdict = _verdict(max(off), digits)
    if basis == "derived" and verdict is Verdict.AGREES:
        verdict = Verdict.FITS
    return Recomputed(basis, says, verdict, effect.flags)


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
