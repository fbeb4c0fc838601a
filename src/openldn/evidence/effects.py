"""Effects from what a study printed: ratios and differences with exact and score intervals, standardised.

The first arm is compared with the last. Floats are right here: statistics are no doses. All that had to be
derived or assumed on the way is flagged. Compared with metafor to 1e-6 (tests/unit/evidence/metafor).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import exp, gamma, inf, isfinite, log, sqrt
from typing import Final, Literal

import msgspec
from scipy.stats import binomtest, fisher_exact, norm, t
from scipy.stats.contingency import odds_ratio

from openldn.knowledge.study_schema import (
    RATIOS,
    Change,
    Contrast,
    Count,
    Measure,
    Outcome,
    Result,
    Study,
    Summary,
)

_EMPTY: Final = 0.5
"""Added to every cell of a table with an empty one, for ratios only."""
_Z: Final = float(norm.isf(0.025))
UNKNOWN_WAY_ROUND: Final = "which arm was taken from which was not noted"
ASSUMED_WAY_ROUND: Final = "LDN less placebo is assumed, the order was not noted"


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect with its 95 % interval; `yi` and `vi` are what is pooled (ratios by their logarithm)."""

    measure: Measure
    value: float
    low: float
    high: float
    p: float | None
    method: str
    yi: float
    vi: float
    flags: tuple[str, ...] = ()
    compares: Literal["end", "change"] | None = None
    """Of scores before and after: those at the end, or how they changed."""

    @property
    def bounded(self) -> bool:
        """Whether low and high hold the value; of a number needed to treat they do not where there may be no
        difference: it runs from harm through infinity to benefit (Altman 1998)."""
        return self.measure != "NNT" or not self.low < 0 < self.high

    def turned(self) -> Effect:
        """The difference seen from the other side."""
        flags = (*self.flags, "turned: less is better")
        return replace(self, value=-self.value, low=-self.high, high=-self.low, yi=-self.yi, flags=flags)


def of_counts(one: Count, other: Count) -> tuple[Effect, ...]:
    """RR, OR (exact), RD and NNT of two groups; where nobody or everybody had it, RD alone."""
    a, n1, c, n2 = one.events, one.of, other.events, other.of
    apart = a / n1 - c / n2
    low, high = newcombe(one, other)
    cells = (a, n1 - a, c, n2 - c)
    add = _EMPTY if 0 in cells else 0.0
    a1, b1, c1, d1 = (x + add for x in cells)
    table = [[a, n1 - a], [c, n2 - c]]
    p = float(fisher_exact(table).pvalue)
    spread = a1 * b1 / (a1 + b1) ** 3 + c1 * d1 / (c1 + d1) ** 3
    difference = Effect("RD", apart, low, high, p, "Newcombe's score interval; Fisher p", apart, spread)
    if a + c in (0, n1 + n2):
        return (difference,)
    flags = ("0.5 added to every cell, because one is empty",) if add else ()
    yi = log(a1 / (a1 + b1) / (c1 / (c1 + d1)))
    vi = 1 / a1 - 1 / (a1 + b1) + 1 / c1 - 1 / (c1 + d1)
    ratio = Effect(
        "RR", exp(yi), *_log_interval(yi, vi), p, "Katz, on the logarithm; Fisher p", yi, vi, flags
    )
    yi, vi = log(a1 * d1 / (b1 * c1)), 1 / a1 + 1 / b1 + 1 / c1 + 1 / d1
    exact = odds_ratio(table, kind="conditional")
    ends = exact.confidence_interval()
    odds = Effect(
        "OR",
        float(exact.statistic),
        float(ends.low),
        float(ends.high),
        p,
        "conditional, exact",
        yi,
        vi,
        flags,
    )
    return ratio, odds, difference, _number_needed(difference)


def newcombe(one: Count, other: Count) -> tuple[float, float]:
    """The interval of a difference of shares from the score (Wilson) intervals of both."""
    p1, p2 = one.events / one.of, other.events / other.of
    (l1, u1), (l2, u2) = wilson(one), wilson(other)
    apart = p1 - p2
    return (
        apart - sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2),
        apart + sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2),
    )


def wilson(count: Count) -> tuple[float, float]:
    """Score interval of a share."""
    found = binomtest(count.events, count.of).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def clopper_pearson(count: Count) -> tuple[float, float]:
    """Exact interval of a share."""
    found = binomtest(count.events, count.of).proportion_ci(method="exact")
    return float(found.low), float(found.high)


def _number_needed(difference: Effect) -> Effect:
    ends = [1 / x if x else inf for x in (difference.low, difference.high)]
    value = 1 / difference.value if difference.value else inf
    return replace(difference, measure="NNT", value=value, low=min(ends), high=max(ends), method="1 / RD")


def _log_interval(yi: float, vi: float) -> tuple[float, float]:
    return exp(yi - _Z * sqrt(vi)), exp(yi + _Z * sqrt(vi))


def unbiased(df: float) -> float:
    """Hedges' correction of a standardised difference, exact."""
    return gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2)) if df < 300 else 1 - 3 / (4 * df - 1)


def of_means(one: Summary, other: Summary) -> tuple[Effect, ...]:
    """MD (Welch) and SMD (Hedges' g) of two groups with means, deviations and numbers of people."""
    if one.sd is None or other.sd is None or one.n is None or other.n is None or min(one.n, other.n) < 2:
        return ()
    apart = float(one.mean - other.mean)
    s1, s2, n1, n2 = float(one.sd), float(other.sd), one.n, other.n
    v1, v2 = s1**2 / n1, s2**2 / n2
    if v1 + v2 <= 0:  # deviations so small that their squares are nothing
        return ()
    df = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    difference = _difference(apart, sqrt(v1 + v2), df, "Welch", ())
    pooled = sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2))
    return difference, _standardised(apart / pooled, n1, n2, ())


def _difference(apart: float, se: float, df: float, method: str, flags: tuple[str, ...]) -> Effect:
    half = float(t.isf(0.025, df)) * se
    p = 2 * float(t.sf(abs(apart) / se, df))
    return Effect("MD", apart, apart - half, apart + half, p, method, apart, se**2, flags)


def _standardised(d: float, n1: int, n2: int, flags: tuple[str, ...]) -> Effect:
    g = d * unbiased(n1 + n2 - 2)
    vi = 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))
    return _smd(g, vi, "Hedges' g, exact correction", flags)


def _smd(g: float, vi: float, method: str, flags: tuple[str, ...]) -> Effect:
    half = _Z * sqrt(vi)
    return Effect("SMD", g, g - half, g + half, 2 * float(norm.sf(abs(g) / sqrt(vi))), method, g, vi, flags)


def of_parallel_contrast(contrast: Contrast, n1: int, n2: int) -> tuple[Effect, ...]:
    """MD and SMD where a paper gives the difference and its interval or p: the t is taken back from them."""
    if contrast.mean is None or min(n1, n2) < 2:
        return ()
    apart, df = float(contrast.mean), n1 + n2 - 2
    found = _error(contrast, df)
    if found is None:
        return ()
    se, flags = found
    if contrast.adjusted:
        flags = (*flags, "from an adjusted difference")
    difference = _contrasted(contrast, _difference(apart, se, df, "t", flags))
    flags = difference.flags
    return difference, _standardised(apart / se * sqrt(1 / n1 + 1 / n2), n1, n2, flags)


def of_crossover_contrast(contrast: Contrast, n: int, correlation: float) -> tuple[Effect, ...]:
    """MD and SMD within people.

    The SMD is brought to the spread between people by an assumed correlation of the two periods
    (Cochrane Handbook 23.2.7).
    """
    centre = contrast.mean if contrast.mean is not None else contrast.median
    if centre is None or n < 3:
        return ()
    found = _error(contrast, n - 1, n)
    if found is None:
        return ()
    se, flags = found
    if contrast.mean is None:
        flags = (*flags, "median taken for a mean")
    apart = float(centre)
    difference = _contrasted(contrast, _difference(apart, se, n - 1, "paired t", flags))
    flags = difference.flags
    spread = 2 * (1 - correlation)
    g = apart / (se * sqrt(n)) * sqrt(spread) * unbiased(n - 1)
    assumed = (*flags, f"correlation of {correlation:g} between periods assumed")
    return difference, _smd(g, (1 / n + g**2 / (2 * n)) * spread, "within people", assumed)


def p_differs(printed: Decimal, p: float) -> bool:
    """Whether a printed p is further from one worked out than rounding and a tenth of it: it was then had in
    another way."""
    return abs(p - float(printed)) > half_unit(printed) + 0.1 * float(printed)


def half_unit(number: Decimal) -> float:
    """What rounding may have taken from a number, or added: half of one in its last digit."""
    exponent = number.as_tuple().exponent
    return 0.5 * 10.0**exponent if isinstance(exponent, int) else 0.0


def _contrasted(contrast: Contrast, difference: Effect) -> Effect:
    """The difference with its printed interval, where there is one, and with what has to be minded."""
    if contrast.low is not None and contrast.high is not None:
        difference = replace(difference, low=float(contrast.low), high=float(contrast.high))
    flags = [*difference.flags]
    if contrast.direction == "unknown":
        flags.append(UNKNOWN_WAY_ROUND)
    elif contrast.direction == "assumed":
        flags.append(ASSUMED_WAY_ROUND)
    if contrast.p is not None and difference.p is not None and p_differs(contrast.p, difference.p):
        flags.append(f"p would be {difference.p:.2f}, {contrast.p} was printed")
    return replace(difference, flags=tuple(flags))


def _error(contrast: Contrast, df: float, n: int | None = None) -> tuple[float, tuple[str, ...]] | None:
    """The standard error of a difference from whatever was printed with it."""
    if contrast.sd is not None and n:
        return float(contrast.sd) / sqrt(n), ()
    if contrast.low is not None and contrast.high is not None:
        half = float(contrast.high - contrast.low) / 2
        return half / float(t.isf(0.025, df)), ("standard error derived from the interval",)
    if contrast.iqr is not None and n:
        # A normal distribution has its quartiles 1.349 standard deviations apart.
        sd = float(contrast.iqr) / (2 * float(norm.ppf(0.75)))
        return sd / sqrt(n), ("standard deviation derived from the interquartile range",)
    if contrast.p is not None and contrast.mean and 0 < contrast.p < 1:
        tailed = float(t.isf(float(contrast.p) / 2, df))
        return abs(float(contrast.mean)) / tailed, ("standard error derived from p",)
    return None


def p_beside(contrast: Contrast, people: tuple[int, int] | int) -> Effect | None:
    """The difference from its interval or deviation alone, so that the p printed with it can be checked.

    Args:
        contrast: as printed.
        people: of both groups, or of a crossover.
    """
    bare = msgspec.structs.replace(contrast, p=None)
    found = (
        of_crossover_contrast(bare, people, 0.5)
        if isinstance(people, int)
        else of_parallel_contrast(bare, *people)
    )
    return found[0] if found else None


def people_behind(study: Study, result: Result) -> tuple[tuple[int | None, int | None], bool]:
    """How many people of the first and last arm a result is of, and whether that was printed with it.

    Counted with the result, else analysed, else randomised.
    """
    first, *_, last = (*study.arms, *study.arms)
    of: dict[str, int | None] = {
        **{arm: c.of for arm, c in result.counts.items()},
        **{arm: m.n for arm, m in result.means.items()},
        **{arm: c.n for arm, c in result.within.items()},
    }
    if study.paired and result.contrast is not None and result.contrast.n is not None:
        of = {first: result.contrast.n, last: result.contrast.n}
    noted = all(of.get(arm) or study.arms[arm].analysed for arm in (first, last))
    one, other = (of.get(x) or study.arms[x].analysed or study.arms[x].randomised for x in (first, last))
    return (one, other), noted


def people_of(study: Study, result: Result) -> tuple[int, int] | int | None:
    """How many people a difference is of: both groups, or those of a crossover, who are in each."""
    (one, other), _ = people_behind(study, result)
    if study.paired:
        return one
    return (one, other) if one and other else None


def effects_of(
    study: Study, outcome: Outcome, result: Result, correlation: float = 0.5
) -> tuple[Effect, ...]:
    """All effects that a result gives, first arm against last; none where its numbers do not suffice."""
    return tuple(_flagged(e, study, outcome, result) for e in _effects(study, result, correlation))


def _effects(study: Study, result: Result, correlation: float) -> tuple[Effect, ...]:
    first, *_, last = (*study.arms, *study.arms)
    if first == last or len(study.arms) < 2:
        return ()
    paired = study.paired
    if first in result.counts and last in result.counts and not paired:
        return of_counts(result.counts[first], result.counts[last])
    if result.contrast is not None and paired:
        people = people_of(study, result)
        return of_crossover_contrast(result.contrast, people, correlation) if isinstance(people, int) else ()
    if result.contrast is not None:
        groups = people_of(study, result)
        return of_parallel_contrast(result.contrast, *groups) if isinstance(groups, tuple) else ()
    if first in result.means and last in result.means and not paired:
        return of_means(result.means[first], result.means[last])
    if first in result.within and last in result.within and not paired:
        return of_changes(result.within[first], result.within[last], correlation)
    return ()


def of_changes(one: Change, other: Change, correlation: float) -> tuple[Effect, ...]:
    """MD and SMD of two groups with scores before and after: of those at the end, then of how they changed.

    The deviation of a change is worked out from those before and after by an assumed correlation of the two
    (Cochrane Handbook 6.5.2.8).
    """
    ends = [Summary(mean=c.after, sd=c.after_sd, n=c.n) for c in (one, other) if c.after is not None]
    changes = [c for c in (_changed(one, correlation), _changed(other, correlation)) if c is not None]
    flag = f"of the changes; correlation of {correlation:g} between before and after assumed"
    return (
        *(_called(e, "end", "of the values at the end") for e in (of_means(*ends) if len(ends) == 2 else ())),
        *(_called(e, "change", flag) for e in (of_means(*changes) if len(changes) == 2 else ())),
    )


def _changed(change: Change, correlation: float) -> Summary | None:
    """The mean change with its deviation."""
    if None in (change.before, change.before_sd, change.after, change.after_sd):
        return None
    before, after = float(change.before_sd or 0), float(change.after_sd or 0)
    sd = sqrt(before**2 + after**2 - 2 * correlation * before * after)
    mean = (change.after or Decimal(0)) - (change.before or Decimal(0))
    return Summary(mean=mean, sd=Decimal(sd), n=change.n)


def of_fall(change: Change) -> Effect | None:
    """The fall in one group, before less after, from its printed interval."""
    if change.fall is None or change.low is None or change.high is None or not change.n or change.n < 2:
        return None
    contrast = Contrast(mean=change.fall, low=change.low, high=change.high)
    return p_beside(contrast, change.n)


def _called(effect: Effect, compares: Literal["end", "change"], flag: str) -> Effect:
    return replace(effect, compares=compares, flags=(*effect.flags, flag))


def _flagged(effect: Effect, study: Study, outcome: Outcome, result: Result) -> Effect:
    flags = [*effect.flags]
    if not result.source.verified:
        flags.append("numbers recalled, not seen")
    if result.basis == "derived":
        flags.append("numbers derived, not printed")
    if not people_behind(study, result)[1]:
        flags.append("of those randomised: how many were analysed was not noted")
    if study.times:
        flags.append(f"not the same time on each: {study.times}")
    # Needed to treat is counted towards what is good for the patient: below nothing it is a harm.
    if effect.measure == "NNT" and outcome.better == "fewer":
        effect = replace(effect, value=-effect.value, low=-effect.high, high=-effect.low)
    if not effect.bounded:
        flags.append(
            f"95 %: from one more worse for every {-effect.low:.1f} people, through no difference, to one "
            f"more better for every {effect.high:.1f}"
        )
    return replace(effect, flags=tuple(dict.fromkeys(flags)))


def favours(effect: Effect, study: Study, outcome: Outcome) -> str | None:
    """The arm that an effect speaks for; none where its interval holds no difference."""
    none = 1.0 if effect.measure in RATIOS else 0.0
    unknown = not isfinite(effect.value) or {UNKNOWN_WAY_ROUND, ASSUMED_WAY_ROUND} & {*effect.flags}
    if unknown or effect.low <= none <= effect.high:
        return None
    first, *_, last = study.arms
    if effect.measure == "NNT":
        return first if effect.value > 0 else last
    greater = effect.value > none
    return first if greater == (outcome.better in ("higher", "more")) else last


def fitting(percent: Decimal, most: int) -> Iterator[tuple[int, int]]:
    """Counts of at most so many people that round to a printed percentage: who might have been counted."""
    exponent = percent.as_tuple().exponent
    half = Fraction(1, 2) / 10 ** max(-exponent if isinstance(exponent, int) else 0, 0)
    for n in range(1, most + 1):
        for events in range(n + 1):
            if abs(Fraction(100 * events, n) - Fraction(percent)) <= half:
                yield events, n
