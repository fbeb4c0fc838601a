"""Random-effects meta-analysis: Paule and Mandel's variance, Hartung and Knapp's interval, prediction.

Hartung and Knapp's factor is not let below 1 (Knapp 2003's ad hoc correction): with two or three trials that
happen to agree the plain one claims a certainty that nobody has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2, linregress, norm, t

Array = NDArray[np.float64]
_Z: Final = float(norm.isf(0.025))
FEWEST_FOR_SMALL_STUDIES: Final = 10
"""With fewer trials no asymmetry can be told from chance (Cochrane Handbook 13.3.5.4)."""


@dataclass(frozen=True, slots=True)
class SmallStudies:
    """Egger's regression: do small trials show other effects than large ones?"""

    slope: float
    t: float
    p: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """Several trials as one, on the scale that is pooled (logarithms of ratios)."""

    k: int
    value: float
    low: float
    high: float
    p: float
    se: float
    tau2: float
    """Variance between trials."""
    i2: float
    """The part of the spread that is between trials, 0 to 1."""
    q: float
    q_p: float
    factor: float
    """Hartung and Knapp's, before it was kept from below 1."""
    common: tuple[float, float, float]
    """Value and interval if all trials had one effect. Of two trials Hartung and Knapp's interval, with one
    degree of freedom, says next to nothing."""
    prediction: tuple[float, float]
    """Where the effect of a next trial lies, 95 of 100 times."""
    without: tuple[tuple[float, float, float], ...]
    """Value and interval with each trial left out in turn; empty below three."""
    small_studies: SmallStudies | None
    """None: too few trials."""


def between(yi: Array, vi: Array) -> float:
    """Paule and Mandel's variance between trials: that which makes the weighted spread what chance would."""

    def over(tau2: float) -> float:
        w = 1 / (vi + tau2)
        return float(w @ (yi - w @ yi / w.sum()) ** 2) - (len(yi) - 1)

    if over(0.0) <= 0:
        return 0.0
    top = float(np.var(yi)) + float(vi.max())
    while over(top) > 0:
        top *= 2
    return float(brentq(over, 0.0, top, xtol=1e-16 * top, rtol=1e-14))


def pool(effects: Sequence[tuple[float, float]], *, least_factor: float = 1.0) -> Pooled:
    """Pool effects.

    Args:
        effects: (yi, vi), at least two.
        least_factor: below which Hartung and Knapp's factor is not let; 0: the plain one.
    """
    yi, vi = (np.array(column, dtype=float) for column in zip(*effects, strict=True))
    k, tau2 = len(yi), between(yi, vi)
    value, se, factor = _mean(yi, vi, tau2, least_factor)
    w = 1 / vi
    shared, alone = float(w @ yi / w.sum()), _Z / sqrt(float(w.sum()))
    q = float(w @ (yi - shared) ** 2)
    typical = (k - 1) * float(w.sum()) / (float(w.sum()) ** 2 - float((w**2).sum()))
    edge = float(t.isf(0.025, k - 1))
    ahead = edge * sqrt(tau2 + se**2)
    return Pooled(
        k=k,
        value=value,
        low=value - edge * se,
        high=value + edge * se,
        p=2 * float(t.sf(abs(value) / se, k - 1)),
        se=se,
        tau2=tau2,
        i2=tau2 / (tau2 + typical),
        q=q,
        q_p=float(chi2.sf(q, k - 1)),
        factor=factor,
        common=(shared, shared - alone, shared + alone),
        prediction=(value - ahead, value + ahead),
        without=tuple(_without(yi, vi, n, least_factor) for n in range(k)) if k > 2 else (),
        small_studies=_small_studies(yi, vi) if k >= FEWEST_FOR_SMALL_STUDIES else None,
    )


def _mean(yi: Array, vi: Array, tau2: float, least_factor: float) -> tuple[float, float, float]:
    """The weighted mean, its standard error, and Hartung and Knapp's factor."""
    w = 1 / (vi + tau2)
    value = float(w @ yi / w.sum())
    factor = float(w @ (yi - value) ** 2) / (len(yi) - 1)
    return value, sqrt(max(factor, least_factor) / float(w.sum())), factor


def _without(yi: Array, vi: Array, n: int, least_factor: float) -> tuple[float, float, float]:
    """Value and interval without the nth."""
    yi, vi = np.delete(yi, n), np.delete(vi, n)
    value, se, _ = _mean(yi, vi, between(yi, vi), least_factor)
    half = float(t.isf(0.025, len(yi) - 1)) * se
    return value, value - half, value + half


def _small_studies(yi: Array, vi: Array) -> SmallStudies:
    """Egger's regression of standard normal deviates on precision: its intercept is what is tested."""
    se = np.sqrt(vi)
    line = linregress(1 / se, yi / se)
    ratio = float(line.intercept / line.intercept_stderr)
    return SmallStudies(float(line.intercept), ratio, 2 * float(t.sf(abs(ratio), len(yi) - 2)))
