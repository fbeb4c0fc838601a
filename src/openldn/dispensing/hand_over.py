"""Hand-over: what is asked again, and whether what lies on the counter is what was signed.

Every check answers; nothing is handed out unless all pass. An answer that was not given does not pass.

Rules read here: dispensing/hand-over-*, plan/first-dose-check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from openldn.knowledge.formula_schema import AnyFormula
from openldn.knowledge.formulation_schema import Formulation, Holds
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.plan.steps import Plan
from openldn.plan.supply import Item, whole_packs
from openldn.quantities import Dose, Volume
from openldn.record.interview import Said


@dataclass(frozen=True, slots=True)
class Compounded:
    """A batch that was made: what it is, how much of it is left, and whether it was released."""

    number: str
    formula: AnyFormula
    pieces: bool
    one: Dose
    """In a capsule or a millilitre."""
    left: int
    """Capsules or nanolitres."""
    made: date
    last_use: date
    released: bool

    def amount_text(self, amount: int) -> str:
        """An amount of it in words."""
        return f"{amount} capsules" if self.pieces else str(Volume(amount))


@dataclass(frozen=True, slots=True)
class Counter:
    """What is said, scanned and counted at the counter."""

    on: date
    answers: tuple[Said, ...]
    """To the questions before a first dose, in order; what is not answered is not known."""
    avoids: tuple[str, ...] | None
    """Allergies and wishes, each in its own words; empty: asked, and there are none; None: not asked."""
    plan_scanned: str
    batch_scanned: str
    amount: int
    """Capsules or nanolitres that are handed out."""
    since: date
    """The first day whose doses are taken from it: the start of the plan, or after what was handed out."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What goes over the counter: so much of an item, for the doses from one day to another."""

    item: Item
    amount: int
    since: date
    until: date
    """The last day whose doses are all taken from it."""
    made: date
    last_use: date
    formula: AnyFormula | None = None
    """What it was made by; None: only the product is known."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: by which rule, whether it passed, and what it says."""

    rule: Rule
    passed: bool
    said: str


def questions(knowledge: Knowledge, *, as_of: date) -> tuple[str, ...]:
    """What is asked at hand-over."""
    return knowledge.rule("plan/first-dose-check").words("questions", as_of)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Every check, those that failed first, and what goes over the counter if all passed."""

    checks: tuple[Check, ...]
    supply: Supply

    @property
    def may_go(self) -> bool:
        """Whether it is handed out."""
        return all(check.passed for check in self.checks)


def hand_over(plan: Plan, item: Item, made: Compounded, at: Counter, knowledge: Knowledge) -> HandOver:
    """All checks before a batch goes over the counter.

    Args:
        plan: what was signed.
        item: what of it is handed out.
        made: what was made.
        at: what is said, scanned and counted.
        knowledge: the rules.
    """
    (most, _), lasts = usable(plan, item, made, at.since), _lasts(plan, item, made, at)
    found = [
        *_opioids(at, knowledge),
        *_product(plan, item, made, at, knowledge),
        *_excipients(plan.article.formulation, made.formula, at, knowledge),
        _quantity(made, at, most, lasts, knowledge),
        _expiry(made, at, lasts, knowledge),
    ]
    until = lasts or at.since
    supply = Supply(item, at.amount, at.since, until, made.made, made.last_use, made.formula)
    return HandOver(tuple(sorted(found, key=lambda check: check.passed)), supply)


def usable(plan: Plan, item: Item, made: Compounded, since: date) -> tuple[int, date | None]:
    """The most of a batch that a plan can use from a day on, in whole packs, and the last day of that."""
    days = [(day, used) for day, used in plan.uses(item) if since <= day <= made.last_use]
    return whole_packs(item, sum(used for _, used in days)), days[-1][0] if days else None


def _lasts(plan: Plan, item: Item, made: Compounded, at: Counter) -> date | None:
    """The last day whose doses are all in the amount at hand; None: not even the first."""
    used, lasts = 0, None
    for day, amount in plan.uses(item):
        if at.since <= day <= made.last_use:
            used += amount
            lasts = day if used <= at.amount else lasts
    return lasts


def _opioids(at: Counter, knowledge: Knowledge) -> Iterator[Check]:
    rule = knowledge.rule("dispensing/hand-over-opioids")
    asked = questions(knowledge, as_of=at.on)
    answers = (*at.answers, *[Said.NOT_KNOWN] * len(asked))
    for question, said in zip(asked, answers, strict=False):
        answer = {Said.YES: "Yes", Said.NO: "No", Said.NOT_KNOWN: "Not answered"}[said]
        if said is Said.NO:
            yield Check(rule, True, f"{question} No")
        else:
            yield Check(rule, False, rule.text["en"].format(question=question, answer=answer))


def _product(plan: Plan, item: Item, made: Compounded, at: Counter, knowledge: Knowledge) -> Iterator[Check]:
    rule = knowledge.rule("dispensing/hand-over-product")
    signed = plan.article.formulation
    product = knowledge.formulations.get(made.formula.formulation or "")
    each = "a capsule" if item.pieces else "a millilitre"
    pairs = (
        ("plan", at.plan_scanned or "nothing scanned", plan.id),
        ("batch", at.batch_scanned or "nothing scanned", made.number),
        ("product", product.title if product else made.formula.title, signed.title),
        ("form", "pieces" if made.pieces else "a liquid", "pieces" if item.pieces else "a liquid"),
        (f"strength of {each}", str(made.one), str(item.strength)),
        ("release", "released" if made.released else "not released", "released"),
    )
    for field, found, wanted in pairs:
        said = rule.text["en"].format(field=field, found=found, wanted=wanted)
        yield Check(rule, found == wanted, f"{field}: {found}" if found == wanted else said)


def _excipients(
    product: Formulation, formula: AnyFormula, at: Counter, knowledge: Knowledge
) -> Iterator[Check]:
    rule = knowledge.rule("dispensing/hand-over-excipients")

    def check(said: str, holds: str, *, passed: bool = False) -> Check:
        return Check(rule, passed, rule.text["en"].format(said=said, holds=holds))

    if at.avoids is None:
        yield check("allergies and wishes", "is not matched: nobody has asked")
        return
    if not at.avoids:
        yield check("no allergy, no wish", f"is {product.title}", passed=True)
    words = {
        Holds.YES: "holds it",
        Holds.TRACE: "holds traces of it",
        Holds.ASK: "may hold it: ask its supplier",
    }
    held = formula.held_beside(product)
    for said in at.avoids:
        meant = excipients_in(said, knowledge)
        if not meant:
            yield check(said, "is not matched: the word is not known; look at its list, or ask its supplier")
        for finding in meant:
            holds = held.get(finding, Holds.ASK)
            name = knowledge.findings[finding].name.lower()
            text = words.get(holds, "does not hold it")
            yield check(f"{said} ({name})", text, passed=holds is Holds.NO)


def excipients_in(said: str, knowledge: Knowledge) -> tuple[str, ...]:
    """The excipients that somebody's words mean (ids of findings); empty: the words are not known."""
    named = (m.finding for m in knowledge.vocabulary.findings.identify((), (said,)).named)
    spoken = (knowledge.wishes.get(word) for word in re.findall(r"[a-z0-9-]+", said.casefold()))
    wished = (finding for wish in spoken if wish for finding in wish.findings)
    return tuple(dict.fromkeys(f for f in (*named, *wished) if f.startswith("findings/excipient-")))


def _quantity(made: Compounded, at: Counter, most: int, lasts: date | None, knowledge: Knowledge) -> Check:
    rule = knowledge.rule("dispensing/hand-over-quantity")
    amount, wanted = made.amount_text(at.amount), f"at most {made.amount_text(min(most, made.left))}"
    if lasts is None:
        wanted = f"at least the first day from {at.since} on"
    if lasts is not None and at.amount <= min(most, made.left):
        return Check(rule, True, f"{amount}: it lasts until {lasts}; what follows has to be there by then")
    return Check(rule, False, rule.text["en"].format(amount=amount, wanted=wanted))


def _expiry(made: Compounded, at: Counter, lasts: date | None, knowledge: Knowledge) -> Check:
    rule = knowledge.rule("dispensing/hand-over-expiry")
    needed = max(lasts or at.since, at.on)
    if made.made <= at.on <= made.last_use and needed <= made.last_use:
        return Check(rule, True, f"use until {made.last_use}, taken until {needed}")
    said = rule.text["en"].format(batch=made.number, made=made.made, until=made.last_use, needed=needed)
    return Check(rule, False, said)
