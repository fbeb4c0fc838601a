"""Which product: what speaks for and against each one at hand, by need; and what would have to change.

Rules read here: plan/choice-*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.formulation_schema import Form, Holds, Release
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.plan.ladders import CannotPlan, profile_named, profile_rules
from openldn.plan.rounding import Solids
from openldn.plan.steps import Plan
from openldn.plan.stock import Article, BadStock, Stock, article_of, syringes_on
from openldn.plan.supply import Item
from openldn.plan.titration import Wanted, titrate
from openldn.quantities import CannotMeasure, Dose
from openldn.record.patient import Record
from openldn.screening.verdict import Allowed

_SOLID = (Form.CAPSULE, Form.TABLET)
_BY_MOUTH = (Form.LIQUID, *_SOLID)


class Need(StrEnum):
    """What a prescriber or patient states besides the record."""

    SWALLOWING = "swallowing"
    """Capsules and tablets cannot be swallowed."""
    GUT = "gut"
    """Side effects on the gut, or poor uptake."""
    MOUTH = "mouth"
    """Trouble with the mouth where a taste or a volume is too much."""


class Weight(StrEnum):
    """What a ground amounts to."""

    REFUSES = "refuses"
    WARNS = "warns"
    PREFERS = "prefers"


@dataclass(frozen=True, slots=True)
class Ground:
    """A rule that speaks for or against a product, and its words."""

    rule: Rule
    weight: Weight
    said: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What decides between products, stated or read in the record.

    `intolerances` are ids of findings with their names; `youngest` is the lowest possible age, None for
    an adult; `only` a child's dose.
    """

    stated: frozenset[Need] = frozenset()
    wish: Form | None = None
    intolerances: tuple[tuple[str, str], ...] = ()
    youngest: int | None = None
    only: Dose | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product at hand: the plan in it, or why there is none."""

    article: Article
    grounds: tuple[Ground, ...]
    plan: Plan | None
    refused: str = ""

    @property
    def fits(self) -> bool:
        """Whether it can be used."""
        return self.plan is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """All products at hand, the best first, and what would help where none fits."""

    candidates: tuple[Candidate, ...]
    changes: tuple[str, ...] = ()

    @property
    def best(self) -> Plan | None:
        """The plan in the best product."""
        return self.candidates[0].plan if self.candidates else None


def needs_of(
    record: Record,
    verdict: Allowed,
    *,
    as_of: date,
    stated: frozenset[Need] = frozenset(),
    wish: Form | None = None,
) -> Needs:
    """The needs that the record shows, with those that were stated."""
    told = [dict(r.values) for r in verdict.reasons if r.rule.id == "screening/allergy-excipient"]
    only = next((r.limit.only for r in verdict.reasons if r.limit and r.limit.only), None)
    born = record.patient.born
    return Needs(
        stated,
        wish,
        tuple(dict.fromkeys((t["finding"], t["excipient"]) for t in told)),
        born.youngest(as_of) if only and born else None,
        only,
    )


def choose(
    verdict: Allowed,
    wanted: Wanted,
    stock: Stock,
    needs: Needs,
    knowledge: Knowledge,
    *,
    as_of: date,
    patient: str = "",
    conditions: tuple[Condition, ...] = (),
) -> Choice:
    """Weigh every product at hand; the arguments are those of `titrate`.

    The order: what a need prefers, then no warning, then fewest products, least waste, lowest price.

    Raises:
        CannotPlan: what no product can change: the days, the verdict, the profile.
    """
    found = []
    for article in stock.articles:
        grounds = tuple(grounds_of(article, needs, wanted, knowledge, as_of=as_of))
        against = [g for g in grounds if g.weight is Weight.REFUSES]
        if against:
            found.append(Candidate(article, grounds, None, against[0].said.removeprefix(f"{article.name}: ")))
            continue
        try:
            plan = titrate(
                verdict, wanted, article, knowledge, as_of=as_of, patient=patient, conditions=conditions
            )
            found.append(Candidate(article, grounds, plan))
        except CannotMeasure as error:
            found.append(Candidate(article, grounds, None, str(error)))
    found.sort(key=_rank)
    if found and found[0].fits:
        return Choice(tuple(found))
    changes = _changes(verdict, wanted, stock, needs, knowledge, as_of)
    return Choice(tuple(found), tuple(dict.fromkeys(changes)))


def _rank(candidate: Candidate) -> tuple[object, ...]:
    weights = [g.weight for g in candidate.grounds]
    if candidate.plan is None:
        return (1,)
    return (0, -weights.count(Weight.PREFERS), weights.count(Weight.WARNS), candidate.plan.score)


def grounds_of(
    article: Article, needs: Needs, wanted: Wanted, knowledge: Knowledge, *, as_of: date
) -> Iterator[Ground]:
    """Every rule of the decision table that speaks about this product."""
    form = article.formulation.form
    yield from _about_make(article, knowledge)
    yield from _about_excipients(article, needs, knowledge)
    if Need.SWALLOWING in needs.stated and form in _SOLID:
        yield _ground("swallowing", Weight.REFUSES, article, knowledge)
    if needs.only is not None:
        yield from _about_child(article, needs, knowledge, as_of)
    if Need.GUT in needs.stated and form in (Form.DROPS, Form.CREAM):
        yield _ground("gut", Weight.PREFERS, article, knowledge)
    if Need.MOUTH in needs.stated and form is Form.DROPS:
        yield _ground("mouth", Weight.PREFERS, article, knowledge)
    if form in (Form.DROPS, Form.CREAM):
        yield from _about_uptake(article, wanted, knowledge)
    if needs.wish is not None and form is not needs.wish:
        yield _ground("wish", Weight.REFUSES, article, knowledge)


def _about_make(article: Article, knowledge: Knowledge) -> Iterator[Ground]:
    formulation = article.formulation
    if formulation.release is not Release.IMMEDIATE:
        yield _ground("release", Weight.REFUSES, article, knowledge, release=str(formulation.release))
    if formulation.filler == "calcium carbonate":
        yield _ground("calcium-carbonate", Weight.WARNS, article, knowledge)


def _about_excipients(article: Article, needs: Needs, knowledge: Knowledge) -> Iterator[Ground]:
    words = {
        Holds.YES: "holds it",
        Holds.TRACE: "holds traces of it",
        Holds.ASK: "may hold it: ask the supplier",
    }
    for finding, name in needs.intolerances:
        holds = article.formulation.holds(finding)
        if holds is not Holds.NO:
            yield _ground("excipient", Weight.REFUSES, article, knowledge, excipient=name, holds=words[holds])


def _about_child(article: Article, needs: Needs, knowledge: Knowledge, as_of: date) -> Iterator[Ground]:
    form, rule = article.formulation.form, knowledge.rule("plan/choice-child")
    below_age = rule.whole("liquid_below_age", as_of)
    (below_dose,) = rule.doses("liquid_below_dose", as_of)
    young = needs.youngest is None or needs.youngest < below_age
    if form not in _BY_MOUTH:
        yield _ground("child", Weight.REFUSES, article, knowledge, why="a child takes it by mouth only")
    elif (young or (needs.only and needs.only < below_dose)) and form is not Form.LIQUID:
        why = f"below {below_age} years or 45 kg only as a liquid, as in the trial"
        yield _ground("child", Weight.REFUSES, article, knowledge, why=why)


def _about_uptake(article: Article, wanted: Wanted, knowledge: Knowledge) -> Iterator[Ground]:
    form = article.formulation.form
    if not wanted.prescriber.strip():
        why = "only by a prescriber who is named"
        yield _ground(str(form), Weight.REFUSES, article, knowledge, why=why)
        return
    unknown = (
        "uptake was never measured; it may be two to seven times that of the same dose swallowed"
        if form is Form.DROPS
        else "uptake through the skin is not known; all rules about opioids stay"
    )
    yield _ground(str(form), Weight.WARNS, article, knowledge, why=unknown)


def _ground(name: str, weight: Weight, article: Article, knowledge: Knowledge, **values: str) -> Ground:
    rule = knowledge.rule(f"plan/choice-{name}")
    return Ground(rule, weight, rule.text["en"].format(product=article.name, **values))


def _changes(
    verdict: Allowed, wanted: Wanted, stock: Stock, needs: Needs, knowledge: Knowledge, as_of: date
) -> Iterator[str]:
    """Single changes that would give a plan: another form, strength, formulation or profile."""

    def works(article: Article, asked: Wanted, needed: Needs = needs) -> bool:
        grounds = grounds_of(article, needed, asked, knowledge, as_of=as_of)
        if any(g.weight in (Weight.REFUSES, Weight.WARNS) for g in grounds):
            return False
        try:
            titrate(verdict, asked, article, knowledge, as_of=as_of)
        except (CannotMeasure, CannotPlan):
            return False
        return True

    if needs.wish is not None:
        for article in stock.articles:
            if works(article, wanted, replace(needs, wish=None)):
                yield f"another form than {needs.wish}: {article.name}"
    doses = [r.dose for r in wanted.profile.ladder]
    for article in (a for a in stock.articles if isinstance(a.product, Solids)):
        for dose in dict.fromkeys(doses):
            if works(_with_strength(article, dose), wanted):
                yield f"{article.formulation.title} of {dose} besides those at hand"
    syringes = syringes_on(knowledge, as_of)
    at_hand = {a.formulation.id for a in stock.articles}
    for formulation in knowledge.formulations.values():
        if formulation.id in at_hand:
            continue
        try:
            other = article_of(formulation, knowledge, syringes, as_of=as_of)
        except BadStock:
            continue
        if works(other, wanted):
            yield f"another product: {other.name}"
    for name in sorted(profile_rules(knowledge)):
        try:
            profile = profile_named(name, verdict, knowledge, as_of=as_of)
        except CannotPlan:
            continue
        fitting = [a for a in stock.articles if works(a, replace(wanted, profile=profile, times=()))]
        if fitting and name != wanted.profile.name:
            yield f"another profile: {name}, in {fitting[0].name}"


def _with_strength(article: Article, dose: Dose) -> Article:
    solids = article.product
    assert isinstance(solids, Solids)
    if dose in solids.strengths:
        return article
    item = Item(f"{solids.form}s of {dose}", dose, True)
    strengths = (*solids.strengths, dose)
    return replace(article, product=replace(solids, strengths=strengths), items=(*article.items, item))
