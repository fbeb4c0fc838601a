"""Plans, ladders, limits and products made by hypothesis."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

from hypothesis import strategies as st
from records import known

from openldn.knowledge.schema import Severity, Therapy
from openldn.plan.ladders import Profile, Rung, profile_named, profile_rules
from openldn.plan.limits import Limiter
from openldn.plan.stock import Article, article_of, syringes_on
from openldn.quantities import Dose
from openldn.screening.verdict import Caution, Limit, Reason, Suitable

DAY: Final = date(2026, 5, 1)
STARTS: Final = st.dates(date(2024, 1, 1), date(2035, 12, 31))
QUIET: Final = Suitable(Therapy.LDN, DAY, None)


@cache
def articles() -> tuple[Article, ...]:
    """Every shipped formulation whose strength is stated."""
    syringes = syringes_on(known(), DAY)
    return tuple(
        article_of(f, known(), syringes, as_of=DAY) for f in known().formulations.values() if f.strengths
    )


@cache
def profiles() -> tuple[Profile, ...]:
    """Every published ladder that can be planned from for an adult."""
    names = (n for n, r in profile_rules(known()).items() if "steps" in r.parameters)
    return tuple(profile_named(n, QUIET, known(), as_of=DAY) for n in names)


HALVES: Final = st.integers(1, 12).map(lambda n: Dose(n * 500_000))


@st.composite
def ladders(draw: st.DrawFn) -> Profile:
    """A ladder as a prescriber might type it, upward or not."""
    doses = draw(st.lists(HALVES, min_size=1, max_size=6))
    rungs = [Rung(d, draw(st.integers(1, 40))) for d in doses[:-1]] + [Rung(doses[-1], None)]
    return Profile("typed", None, tuple(rungs))


LIMITS: Final = st.builds(
    Limit,
    start=st.none() | HALVES,
    ceiling=st.none() | HALVES,
    interval=st.none() | st.integers(1, 60),
)
LIMITERS: Final = LIMITS.map(lambda limit: Limiter("screening/any", "any", limit))


def verdict_with(limits: list[Limit], as_of: date) -> Caution:
    """A caution whose reasons carry these limits."""
    rule = known().rule("screening/child-pugh-b")
    values = (("how", "x"), ("ceiling", "x"))
    reasons = tuple(Reason(rule, Severity.CAUTION, values=values, limit=limit) for limit in limits)
    return Caution(Therapy.LDN, as_of, None, reasons)
