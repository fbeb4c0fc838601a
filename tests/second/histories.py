"""Random histories for two engines: each morning of each is one comparison.

A history is a published ladder in a product, days as a patient might write them, and a prescriber who signs
what is proposed or does not. Both engines read the same entries; the first one's changes make the plan.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Final

from second_engine import Case, propose

from openldn.followup.adjustment import adjusted
from openldn.followup.review import judged, review
from openldn.knowledge.load import load_knowledge
from openldn.plan.changes import Move
from openldn.plan.course import DueKind
from openldn.plan.revision import dose_at, halved_at, planned_rises
from openldn.plan.steps import Plan
from openldn.proofs.plans import DAY, plans
from openldn.record.diary import Diary, Entry, read_diary

KNOWN: Final = load_knowledge()
_SIGN: Final = {Move.GO_ON: 0.0, Move.STOP: 1.0, Move.WAIT: 1.0}
_EFFECTS: Final = (
    "diarrhoea", "constipation", "nausea", "headache", "vivid-dreams", "insomnia", "dizziness", "rash",
    "fatigue", "spasticity", "flu-like", "mood-change", "palpitations", "something odd",
)  # fmt: skip
_RED: Final = (
    {"effects": "jaundice 1"},
    {"effects": "suicidal-thoughts 1"},
    {"effects": "withdrawal 2"},
    {"results": "cows 6"},
    {"results": "cows 4"},
    {"results": "phq9-item-9 1"},
    {"results": "phq9-item-9 0"},
    {"results": "alt 121 U/L limit 40"},
    {"results": "alt 120 U/L limit 40"},
    {"results": "bilirubin 3 mg/dL"},
    {"pregnancy_test": "positive"},
    {"pregnancy_test": "negative"},
    {"painkiller": "opioid"},
    {"painkiller": "not named"},
    {"painkiller": "not an opioid", "painkiller_name": "co-codamol"},
    {"painkiller": "not an opioid", "painkiller_name": "loperamide"},
    {"painkiller": "not an opioid", "painkiller_name": "ibuprofen"},
    {"painkiller": "not named", "painkiller_name": "ibuprofen"},
    {"new_medicine": "tramadol"},
    {"new_medicine": "amoxicillin"},
)
_RESULTS: Final = (
    "tsh 2.1 mIU/L; ft4 15 pmol/L",
    "alt 20 U/L; ast 20 U/L; bilirubin 0.5 mg/dL",
    "tsh 2 mIU/L",
)


@cache
def known_plans() -> tuple[Plan, ...]:
    """Published ladders in products, some of them in the morning."""
    return tuple(plans(KNOWN))


@cache
def usual_limits() -> Mapping[str, Fraction]:
    """The upper limits used when a result names none."""
    found = ((m, KNOWN.measures[m].upper_limit) for m in ("alt", "ast", "bilirubin"))
    return {m: Fraction(limit.value) for m, limit in found if limit}


def case_of(plan: Plan, first: Plan) -> Case:
    """What the second engine is told of a plan; `first` is the one before any change."""
    rungs = range(len(plan.ladder))
    half = [halved_at(plan, n, KNOWN, as_of=DAY) for n in rungs]
    last_days = [g.limit.last_day for g in plan.limiters if g.limit.last_day]
    return Case(
        ladder=tuple((r.dose.base, r.days or 0) for r in plan.ladder),
        doses=tuple(dose_at(plan, n).base for n in rungs),
        halves=tuple(h.base if h else None for h in half),
        conditions=frozenset(plan.conditions),
        slots=tuple(str(slot) for slot, _ in first.times),
        verdict_day=plan.verdict.as_of,
        began=plan.began,
        changes=tuple((c.on, str(c.move)) for c in plan.changes),
        planned_rises=frozenset(planned_rises(plan)),
        plan_ends=plan.ends,
        signed_last_day=min(last_days, default=None),
        tests=tuple((d.on, KNOWN.rule(d.rule).measures) for d in plan.course.due if d.kind is DueKind.TEST),
        overrides_until=tuple(r.set_aside.until for r in plan.verdict.reasons if r.set_aside),
    )


def entry_of(day: date, rng: random.Random, mood: str) -> dict[str, str] | None:
    """A day as a patient of some mood writes it; None: not at all."""
    roll = rng.random()
    if roll < (0.03 if mood != "careless" else 0.3):
        return None
    row = {"date": day.isoformat(), "taken": "yes", "effects": "none", "painkiller": "no"}
    row["symptoms"] = str(rng.choice({"better": (1, 2, 3), "worse": (8, 9, 10)}.get(mood, (5, 6, 7))))
    if rng.random() < (0.6 if mood == "away" else 0.05):
        row["taken"] = rng.choice(("missed", "missed", "unknown", "late", ""))
    if rng.random() < {"troubled": 0.3, "careless": 0.1}.get(mood, 0.04):
        felt = rng.sample(_EFFECTS, rng.choice((1, 1, 1, 2)))
        row["effects"] = "; ".join(f"{e} {rng.choice((1, 2, 2, 3))}" for e in felt)
    if rng.random() < 0.01:
        row["effects" if rng.random() < 0.5 else "painkiller"] = ""
    if rng.random() < 0.006:
        row |= rng.choice(_RED)
    if rng.random() < 0.03:
        row["results"] = rng.choice(_RESULTS)
    if rng.random() < 0.02:
        row["pgic"] = str(rng.randint(1, 7))
    if rng.random() < 0.006:
        row["operation_on"] = (day + timedelta(days=rng.randint(1, 40))).isoformat()
    elif rng.random() < 0.003:
        row["operation_on"] = "none"
    if rng.random() < 0.01:
        row["dose"] = rng.choice(("0.5 mg", "9 mg"))
    return row


@dataclass
class Tally:
    """How many mornings were compared, which rules were proposed, and where the two differ."""

    mornings: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def compare(seed: int, histories: Iterable[int], most_days: int = 120, *, words: bool = True) -> Tally:
    """Play histories and compare every morning of each; `words`: through the whole of `review`."""
    tally = Tally()
    for n in histories:
        rng = random.Random(f"{seed}/{n}")
        for found, mine, theirs, story in _played(rng, most_days, words=words):
            tally.mornings += 1
            tally.rules[mine[1]] += 1
            if mine != theirs and len(tally.differences) < 50:
                tally.differences.append(f"history {seed}/{n}, {found}: {mine} and {theirs}\n{story}")
    return tally


def _played(
    rng: random.Random, most_days: int, *, words: bool
) -> Iterator[tuple[str, tuple[str, str], tuple[str, str], str]]:
    first = plan = rng.choice(known_plans())
    mood, signs = _mood(rng), rng.choice((0.0, 0.5, 0.9, 1.0))
    rows: list[tuple[str, dict[str, str]]] = []
    entries: list[Entry] = []
    case = case_of(plan, first)
    for n in range(-7, 0):
        if rng.random() < 0.5:
            _write(rows, entries, entry_of(plan.began + timedelta(days=n), rng, "steady"))
    for n in range(rng.randint(1, most_days)):
        today = plan.began + timedelta(days=n)
        diary = Diary(tuple(entries))
        if words:
            proposal = review(plan, diary, KNOWN, as_of=today).proposal
            move, rule = proposal.move, proposal.rule.id.removeprefix("followup/")
        else:
            found = judged(plan, diary, KNOWN, as_of=today)
            move, rule = found.move, found.rule
        theirs = propose(case, entries, today, usual_limits())
        yield f"{first.profile.name}, day {n + 1}", (str(move), rule), theirs, f"{case.changes}\n{rows[-20:]}"
        if rng.random() < _SIGN.get(move, signs):
            changed = adjusted(review(plan, diary, KNOWN, as_of=today), KNOWN, by="somebody")
            if changed is not plan:
                plan, case = changed, case_of(changed, first)
        if rng.random() < 0.03:
            mood = _mood(rng)
        _write(rows, entries, entry_of(today, rng, mood))


def _mood(rng: random.Random) -> str:
    return rng.choice(("steady", "steady", "better", "worse", "troubled", "careless", "away"))


def _write(rows: list[tuple[str, dict[str, str]]], entries: list[Entry], row: dict[str, str] | None) -> None:
    if row is not None:
        rows.append((row["date"], row))
        entries.extend(read_diary([rows[-1]], KNOWN).entries)
