"""The shape of studies as published, and of the questions that several of them are pooled for.

Numbers stand as printed: no average, no interval is completed here. Frozen; an unknown key is refused.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from openldn.knowledge.schema import Source, Text

P = Annotated[str, Meta(pattern=r"^<?(0?\.\d+|[01](\.0+)?)$")]
"""A p as printed, or what it is below: 0.016, <0.001."""
Design = Literal[
    "parallel-rct", "crossover-rct", "fixed-order", "up-and-down", "single-arm", "cohort", "register",
    "chart-review", "case-series", "survey", "meta-analysis",
]  # fmt: skip
RANDOMISED: tuple[Design, ...] = ("parallel-rct", "crossover-rct")
Measure = Literal["RR", "OR", "RD", "NNT", "MD", "SMD", "IRR"]
RATIOS: tuple[Measure, ...] = ("RR", "OR", "IRR")


class Arm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one group took; of a crossover each person is in all of them."""

    takes: Text
    """Drug and dose: "naltrexone 4.5 mg at night", "placebo"."""
    randomised: Annotated[int, Meta(gt=0)] | None = None
    analysed: Annotated[int, Meta(gt=0)] | None = None
    weeks: Decimal | None = None
    """How long it was taken, where not all arms had the same time."""
    unverified: bool = False
    """Whether its dose or its number of people was recalled and not seen."""


class Count(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, array_like=True):
    """So many of so many people: [41, 49]."""

    events: Annotated[int, Meta(ge=0)]
    of: Annotated[int, Meta(gt=0)]

    def __post_init__(self) -> None:
        if self.events > self.of:
            raise ValueError(f"{self.events} of {self.of} people")


def _in_order(low: Decimal | None, value: Decimal | None, high: Decimal | None) -> None:
    if (low is None) != (high is None):
        raise ValueError("an interval has both ends, or none is written")
    ends = [x for x in (low, value, high) if x is not None]
    if ends != sorted(ends) or (low is not None and low == high):
        raise ValueError(f"{low} to {high} is no interval that holds {value}")


def _above_nothing(**numbers: Decimal | int | None) -> None:
    for name, number in numbers.items():
        if number is not None and number <= 0:
            raise ValueError(f"{name}: {number} is not above 0")


class Summary(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mean in one arm with what was printed beside it: sd, or the ends of its 95 % interval."""

    mean: Decimal
    n: int | None = None
    sd: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    def __post_init__(self) -> None:
        _in_order(self.low, self.mean, self.high)
        _above_nothing(n=self.n, sd=self.sd)


class Change(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Before and after in one arm: nothing else is compared with it."""

    before: Decimal | None = None
    before_sd: Decimal | None = None
    after: Decimal | None = None
    after_sd: Decimal | None = None
    percent: Decimal | None = None
    fall: Decimal | None = None
    """Before less after as printed, with its interval."""
    low: Decimal | None = None
    high: Decimal | None = None
    n: int | None = None
    p: P | None = None
    explained: Text | None = None
    """Why what was printed of the change differs from what before and after give, where it does."""

    def __post_init__(self) -> None:
        _in_order(self.low, self.fall, self.high)
        if (self.before is None) != (self.after is None):
            raise ValueError("before and after belong together")
        if self.before is None and self.percent is None and self.fall is None:
            raise ValueError("a change needs before and after, percent or fall")
        _above_nothing(n=self.n, before_sd=self.before_sd, after_sd=self.after_sd)


class Contrast(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The difference between arms where the paper gives no more than that (first arm less second).

    Of a crossover it is within people: `sd` or `iqr` of the differences, `n` people.
    """

    mean: Decimal | None = None
    median: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    sd: Decimal | None = None
    iqr: Decimal | None = None
    p: Decimal | None = None
    n: int | None = None
    adjusted: bool = False
    direction: Literal["first less second", "assumed", "unknown"] = "first less second"
    """`unknown`: which arm was taken from which was not noted; `assumed`: nor here, and first less second is
    taken for it, so that it is pooled once more the other way round."""

    explained: Text | None = None
    """Why it or its p differs from what the other numbers give, where it does."""

    def __post_init__(self) -> None:
        if (self.mean is None) == (self.median is None):
            raise ValueError("a difference is a mean or a median")
        _in_order(self.low, self.mean if self.mean is not None else self.median, self.high)
        _above_nothing(n=self.n, sd=self.sd, iqr=self.iqr)
        if self.p is not None and not 0 <= self.p <= 1:
            raise ValueError(f"p: {self.p} is no probability")


class Printed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An effect as someone printed it, to be compared with the one recomputed."""

    measure: Measure
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    p: P | None = None
    explained: Text | None = None
    """Why it differs from what its own numbers give, where it does."""

    def __post_init__(self) -> None:
        _in_order(self.low, self.value, self.high)
        if self.measure in RATIOS:
            _above_nothing(**{self.measure: self.value, "low": self.low, "high": self.high})


class Result(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of counting an outcome: papers and reviews differ in whom they count. Arms by id."""

    basis: Literal[
        "as-printed", "guide", "intention-to-treat", "per-protocol", "completers", "derived",
        "company-statement",
    ]  # fmt: skip
    """`guide`: as the information guide prints it."""
    counts: dict[Text, Count] = {}
    percent: dict[Text, Decimal] = {}
    """Where only these were printed."""
    means: dict[Text, Summary] = {}
    within: dict[Text, Change] = {}
    contrast: Contrast | None = None
    totals: dict[Text, Annotated[int, Meta(ge=0)]] = {}
    """Numbers of events, of which one person can have several."""
    words: Text | None = None
    """Where no number was found."""
    p: P | None = None
    printed: tuple[Printed, ...] = ()
    pools: Text | None = None
    """The question (file of knowledge/syntheses) that it is pooled for."""
    explained: Text | None = None
    """Why printed percentages differ from what counts give, where they do."""
    source: Source
    """`verified: false` where the numbers were recalled and not seen."""
    note: Text | None = None

    def __post_init__(self) -> None:
        if not (self.counts or self.percent or self.means or self.within or self.contrast or self.totals
                or self.words or self.printed):  # fmt: skip
            raise ValueError("a result without numbers needs `words`")


class Outcome(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was measured. Its id is its key."""

    name: Text
    role: Literal["primary", "secondary", "harm", "unknown"]
    better: Literal["lower", "higher", "more", "fewer"]
    """Which end of a scale is good for the patient; of a count, whether many or few are."""
    at: Text | None = None
    effect: Text | None = None
    """Of a harm: the key in effects.yaml, or any, serious, stopped, by which trials are pooled."""
    results: Annotated[tuple[Result, ...], Meta(min_length=1)]


class Considered(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a person looked at what follows from something."""

    by: Text
    on: date


class Erratum(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction that was printed. Until someone has considered it, `make check` fails."""

    reference: Text
    says: Text
    considered: Considered | None = None


class Study(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A study as published, planned or announced. Its id is its file and a key of references.yaml."""

    id: Text
    conditions: tuple[Text, ...]
    claims: tuple[Text, ...] = ()
    """Statements of the guide about just this study."""
    therapy: Literal["ldn", "uldn", "naltrexone"] = "ldn"
    """`naltrexone`: at doses above 6 mg, shown but no evidence of LDN."""
    design: Design
    blinding: Literal["double", "single", "open", "none", "unknown"]
    publication: Literal[
        "paper", "abstract", "preprint", "conference", "company-statement", "register-entry", "protocol",
    ]  # fmt: skip
    stage: Literal["results", "running", "planned", "no-results-found"]
    acronym: Text | None = None
    """What it is called: FINAL."""
    people: Text
    total: int | None = None
    """People who were randomised, where the arms do not say."""
    arms: dict[Text, Arm]
    """The first is the one looked at, the last the one compared with."""
    duration: Text
    outcomes: dict[Text, Outcome] = {}
    errata: tuple[Erratum, ...] = ()
    limits: Text | None = None
    """What a reader has to know before believing it."""

    def __post_init__(self) -> None:
        if (self.stage == "results") != bool(self.outcomes):
            raise ValueError("outcomes: a study with results has some, another has none")
        for key, outcome in self.outcomes.items():
            for result in outcome.results:
                named = {*result.counts, *result.percent, *result.means, *result.within, *result.totals}
                if strange := sorted(named - set(self.arms)):
                    raise ValueError(f"outcomes.{key}: {', '.join(strange)} is no arm")
                share = outcome.better in ("more", "fewer")
                if share and any(not 0 <= percent <= 100 for percent in result.percent.values()):
                    raise ValueError(f"outcomes.{key}: a share of people lies between 0 and 100 percent")

    @property
    def randomised(self) -> bool:
        """Whether chance decided who took what."""
        return self.design in RANDOMISED

    @property
    def paired(self) -> bool:
        """Whether each person is in every arm."""
        return self.design in ("crossover-rct", "fixed-order")

    @property
    def called(self) -> str:
        """Its name for readers: FINAL 2024."""
        name, _, year = self.id.rpartition("-")
        return f"{self.acronym} {year}" if self.acronym else f"{name.replace('-', ' ').capitalize()} {year}"

    @property
    def times(self) -> str | None:
        """How long each arm was taken, where not all had the same time: LDN 12 weeks, placebo 4 weeks."""
        weeks = {name: arm.weeks for name, arm in self.arms.items()}
        if len(set(weeks.values())) < 2:
            return None
        names = {name: name.upper() if name == "ldn" else name for name in weeks}
        return ", ".join(f"{names[arm]} {'unknown' if w is None else w} weeks" for arm, w in weeks.items())

    @property
    def number_of_people(self) -> int | None:
        """How many were randomised; none: not noted."""
        counted = [arm.randomised for arm in self.arms.values()]
        if self.total is not None or None in counted:
            return self.total
        known = [n for n in counted if n is not None]
        return max(known) if self.paired else sum(known)


class Excluded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A study that a reader may miss, and why it is not pooled."""

    study: Text
    why: Text
    found: Text | None = None
    """Of a trial that asks the same: what it found, in words. It stands in the picture, among the others."""


class Synthesis(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question that trials are pooled for: all results that name it in `pools`. Its id is its file."""

    id: Text
    question: Text
    conditions: tuple[Text, ...] = ()
    effect: Text | None = None
    """Of side effects: which (key as in outcomes)."""
    counts: Text | None = None
    """Of side effects: what is counted, and in whom, in words for patients."""
    measure: Literal["RR", "RD", "SMD", "MD"]
    exclude: tuple[Excluded, ...] = ()
    beside: tuple[Text, ...] = ()
    """Studies without which it is pooled once more, side by side."""
    compares: Literal["end", "change"] | None = None
    """Where scores before and after are at hand: the scores at the end, or how they changed."""
    correlation: Decimal = Decimal("0.5")
    """Between the periods of a crossover, or before and after, whose paper does not give it: assumed."""
    note: Text | None = None

    def __post_init__(self) -> None:
        if (self.effect is None) != (self.counts is None):
            raise ValueError("counts: a question about a side effect says what is counted, no other does")


class Looked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which state of a study or a pooled question someone looked at, with all that rests on it."""

    fingerprint: Text
    by: Text
    on: date
