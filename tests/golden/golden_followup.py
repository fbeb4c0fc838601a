"""Stories as a prescriber would tell them: a plan, a diary by day numbers, what is proposed on which morning.

Day 1 is that of the first dose; `expect: {"12": ...}` is the review on the morning of day 12, which has read
the entries up to day 11. Unless `signs: nobody` is given, each morning's proposal is signed and the plan
changed. Entries after the day `unread` lie in the diary from the beginning.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from openldn.followup.adjustment import adjusted
from openldn.followup.review import Review, review
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Severity, Therapy
from openldn.plan.changes import Move
from openldn.plan.ladders import profile_named, typed
from openldn.plan.revision import planned_rises
from openldn.plan.steps import Plan
from openldn.plan.stock import article_of, syringes_on
from openldn.plan.titration import Wanted, titrate
from openldn.quantities import Dose
from openldn.record.diary import Diary, read_diary
from openldn.screening.verdict import Caution, Override, Reason, Suitable

KNOWN = load_knowledge()
KEYS = {
    "case", "source", "arithmetic", "start", "profile", "steps", "conditions", "product", "strengths",
    "reasons", "override", "slot", "diary", "signs", "expect", "unread",
}  # fmt: skip
EXPECTED = {"move", "rule", "dose", "starts", "lost", "says", "told", "bites"}
GOOD = {"taken": "yes", "effects": "none", "painkiller": "no", "symptoms": "6"}


def plan_of(case: dict[str, Any]) -> Plan:
    """The plan that a story begins with."""
    start = date.fromisoformat(case["start"])
    rules = [KNOWN.rule(f"screening/{r}") for r in case.get("reasons", [])]
    aside = case.get("override")
    reasons = tuple(
        Reason(
            r,
            Severity.CAUTION,
            set_aside=Override(r.id, "Dr A", "golden case", date.fromisoformat(aside)) if aside else None,
        )
        for r in rules
    )
    verdict = Caution(Therapy.LDN, start, None, reasons) if reasons else Suitable(Therapy.LDN, start, None)
    formulation = KNOWN.formulations[f"formulations/{case.get('product', 'liquid-nz')}"]
    article = article_of(
        formulation,
        KNOWN,
        syringes_on(KNOWN, start),
        as_of=start,
        strengths=tuple(Dose.parse(s) for s in case.get("strengths", [])),
    )
    name = case.get("profile", "standard")
    profile = typed(case["steps"]) if "steps" in case else profile_named(name, verdict, KNOWN, as_of=start)
    wanted = Wanted(starts=start, profile=profile, prescriber="Dr A", times=_times(case, start))
    conditions = tuple(KNOWN.conditions[f"conditions/{c}"] for c in case.get("conditions", []))
    return titrate(verdict, wanted, article, KNOWN, as_of=start, conditions=conditions)


def _times(case: dict[str, Any], start: date) -> Any:
    from openldn.plan.revision import morning_of

    return morning_of(KNOWN, as_of=start) if case.get("slot") == "morning" else ()


def rows_of(case: dict[str, Any]) -> dict[int, dict[str, str]]:
    """The entries of a story by day number: "1..10": good, "11": {effects: "nausea 2"}, "12": blank."""
    found: dict[int, dict[str, str]] = {}
    for days, told in case["diary"].items():
        span = re.fullmatch(r"(-?\d+)(?:\.\.(-?\d+))?", days)
        assert span, f"{days}: write a day like '12' or days like '1..10'"
        first, last = span.groups()
        for n in range(int(first), int(last or first) + 1):
            found.pop(n, None)
            if told != "blank":
                found[n] = dict(GOOD) if told == "good" else GOOD | told
    return found


def played(case: dict[str, Any]) -> dict[int, Review]:
    """The review of each morning that a story speaks of."""
    plan, rows = plan_of(case), rows_of(case)
    began = plan.began
    wanted = {int(n) for n in case["expect"]}
    found: dict[int, Review] = {}
    for n in range(1, max(wanted) + 1):
        known = {m: r for m, r in rows.items() if m < n or m > int(case.get("unread", 10**6))}
        diary = _diary(known, began)
        answer = review(plan, diary, KNOWN, as_of=began + timedelta(days=n - 1))
        if n in wanted:
            found[n] = answer
        if case.get("signs") != "nobody":
            plan = _signed(answer)
    return found


def _signed(answer: Review) -> Plan:
    """The plan after a signature: it begins with what was proposed, and a hold leaves no rise in it."""
    proposal, changed = answer.proposal, adjusted(answer, KNOWN, by="Dr A")
    if changed is not answer.plan:
        assert (changed.steps[0].dose if changed.steps else None) == proposal.dose
    if proposal.move is Move.HOLD:
        assert all(day < proposal.starts for day in planned_rises(changed))
    if proposal.move is Move.RISE:
        assert changed.step_on(proposal.starts).dose == proposal.dose
    return changed


def _diary(rows: dict[int, dict[str, str]], began: date) -> Diary:
    days = ((n, began + timedelta(days=n - 1), row) for n, row in rows.items())
    return read_diary(
        ((f"day {n}", {"date": day.isoformat()} | _dated(row, began)) for n, day, row in days), KNOWN
    )


def _dated(row: dict[str, str], began: date) -> dict[str, str]:
    """An operation is told by its day number too: "day 60"."""
    on = row.get("operation_on", "")
    if not on.startswith("day "):
        return row
    return row | {"operation_on": (began + timedelta(days=int(on[4:]) - 1)).isoformat()}


def answer_of(answer: Review, began: date) -> dict[str, Any]:
    """A review in the words of a story."""
    proposal = answer.proposal
    return {
        "move": str(proposal.move),
        "rule": proposal.rule.id.removeprefix("followup/"),
        "dose": proposal.dose.text("mg") if proposal.dose else "nothing",
        "starts": str((proposal.starts - began).days + 1),
        "lost": [p.rule.id.removeprefix("followup/") for p in answer.lost],
        "told": "yes" if proposal.candidate.tells_patient else "no",
        "bites": [f"{b.limiter.rule}: {b.was} to {b.now}" for b in proposal.bites],
    }
