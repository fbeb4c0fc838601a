"""Decisions made again: with the knowledge of their day, and with that of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from openldn.clinic import care, clock, decisions
from openldn.clinic.decisions import PlanInputs, ScreeningInputs, TaperInputs, TaperReviewInputs
from openldn.clinic.store import convert, snapshots
from openldn.clinic.store.models import Decision, Kind, Plan, PlanState
from openldn.knowledge.load import Knowledge, load_knowledge


@dataclass(frozen=True, slots=True)
class Difference:
    """A place of an answer that is not what it was."""

    where: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Changed:
    """A patient whose verdict is not what it was when the plan was made."""

    plan: Plan
    was: str
    now: str
    reasons: tuple[tuple[str, str], ...]
    """Rules that are new among the reasons, with their words."""


def replay(decision: Decision, *, with_todays_knowledge: bool = False) -> list[Difference]:
    """Make a decision again from its inputs, and say where the answer differs."""
    knowledge = load_knowledge() if with_todays_knowledge else snapshots.knowledge_of(decision.snapshot)
    return list(_differences(decision.answer, answer_of(decision, knowledge), ""))


def answer_of(decision: Decision, knowledge: Knowledge) -> dict[str, Any]:
    """The answer that the inputs of a decision give."""
    inputs, patient = decision.inputs, decision.patient
    if decision.kind == Kind.REVIEW:
        kept = msgspec.convert(inputs, convert.ReviewKept)
        plan = Plan.objects.select_related("patient").get(pk=kept.plan)
        return convert.review_from(kept, plan, knowledge).answer
    if decision.kind == Kind.PLAN:
        wanted = msgspec.convert(inputs, PlanInputs)
        content = convert.content_of(patient, wanted.screening.record)
        return decisions.planned(wanted, content, knowledge).answer
    if decision.kind == Kind.TAPER:
        weaned = msgspec.convert(inputs, TaperInputs)
        return decisions.tapered(
            weaned, convert.content_of(patient, weaned.screening.record), knowledge
        ).answer
    if decision.kind == Kind.TAPER_REVIEW:
        return decisions.taper_reviewed(msgspec.convert(inputs, TaperReviewInputs), knowledge).answer
    asked = msgspec.convert(inputs, ScreeningInputs)
    return decisions.screened(asked, convert.content_of(patient, asked.record), knowledge).answer


def recheck() -> Iterator[Changed | Plan]:
    """Screen every patient with a plan in force as of today: those whose verdict changed, else the plan."""
    plans = Plan.objects.filter(state=PlanState.SIGNED).select_related("patient__clinic")
    for plan in plans.iterator(chunk_size=200):
        before: dict[str, Any] = plan.fields["screening"]
        verdict = care.look_at(plan.patient, as_of=clock.today(plan.patient.clinic)).verdict
        if verdict.word == before["verdict"]:
            yield plan
            continue
        known = {r["rule"] for r in before["reasons"]}
        new = tuple((r.rule.id, r.worded()) for r in verdict.reasons if r.rule.id not in known)
        yield Changed(plan, before["verdict"], verdict.word, new)


def _differences(was: Any, now: Any, where: str) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            yield from _differences(was.get(key), now.get(key), f"{where}.{key}".lstrip("."))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for n, (a, b) in enumerate(zip(was, now, strict=True)):
            yield from _differences(a, b, f"{where}[{n}]")
    elif was != now and where != "version":
        yield Difference(where, was, now)
