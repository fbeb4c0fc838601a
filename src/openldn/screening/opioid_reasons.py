"""What an opioid or antagonist on the record means for LDN and for ULDN.

Rules read here: all of screening/opioid-*, uldn-*, antagonist-already-taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from openldn.knowledge.drug_schema import Form, Role
from openldn.record.interview import Interview
from openldn.screening.opioids import Exposure, Use
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Read, Reason


def undominated(found: tuple[Exposure, ...]) -> list[Exposure]:
    """Leave out past entries of a drug that is in use now in a form that needs no shorter washout."""
    longest: dict[str, tuple[float, float]] = {}
    for e in found:
        if e.use is Use.ACTIVE and e.washout:
            name = e.named.drug.name
            longest[name] = max(longest.get(name, (0, 0)), e.washout.longest_first)
    return [
        e
        for e in found
        if e.use is Use.ACTIVE
        or e.washout is None
        or e.washout.longest_first > longest.get(e.named.drug.name, (-1, -1))
    ]


def ldn_reasons(exposure: Exposure, rules: RulesOn) -> Iterator[Reason]:
    """What one opioid or antagonist means for LDN on this day."""
    role = exposure.named.drug.role
    if role is Role.NOT_AN_OPIOID:
        return
    if role is Role.DUPLICATE:
        yield from _antagonist(exposure, rules)
    elif role is Role.CLUE:
        if exposure.use is not Use.ENDED:
            yield _about(exposure, rules, "opioid-clue")
    elif role is Role.LOSS_OF_EFFECT:
        yield from _receptor_drug(exposure, rules)
    else:
        yield from _opioid(exposure, rules)


def _antagonist(exposure: Exposure, rules: RulesOn) -> Iterator[Reason]:
    """A second antagonist: while it is taken, and as long as a depot or implant of it works."""
    if exposure.use is not Use.ENDED:
        yield _about(exposure, rules, "antagonist-already-taken")
        return
    row = exposure.washout if exposure.named.form in (Form.DEPOT, Form.IMPLANT) else None
    if row and row.minimum is not None:
        clears = exposure.clears(row.minimum)
        if clears is None or rules.as_of < clears:
            yield _about(exposure, rules, "antagonist-depot", clears)


def _opioid(exposure: Exposure, rules: RulesOn) -> Iterator[Reason]:
    row = exposure.washout
    minimum = row.minimum if row else None
    prudent = row.prudent if row and row.prudent is not None else minimum
    if exposure.use is Use.ACTIVE:
        clears = None if minimum is None else exposure.clears(minimum)
        rule = "opioid-current" if clears else "opioid-current-no-date"
        yield _about(exposure, rules, rule, clears)
    elif exposure.use is Use.UNCLEAR:
        yield from _unclear(exposure, rules, minimum)
    elif minimum is None or prudent is None:
        yield _about(exposure, rules, "opioid-washout-unknown")
    elif exposure.last_taken is None:
        clears = rules.as_of + timedelta(days=minimum)
        yield _about(exposure, rules, "opioid-last-dose-unknown", clears)
    else:
        yield from _washing_out(exposure, rules, minimum, prudent)
    if row and row.challenge:
        yield _about(exposure, rules, "opioid-naloxone-challenge")


def _unclear(exposure: Exposure, rules: RulesOn, minimum: int | None) -> Iterator[Reason]:
    """Not known to be taken: never better than cannot tell, and forbidden while the known supply is fresh."""
    until = exposure.entry.runs_until
    if minimum is not None and until is not None:
        clears = min(until, rules.as_of) + timedelta(days=minimum)
        if clears > rules.as_of:
            yield _washout(exposure, rules, "opioid-washout-minimum", minimum, until)
    latest = None if minimum is None else rules.as_of + timedelta(days=minimum)
    yield _about(exposure, rules, "opioid-unclear", latest)


def _washing_out(exposure: Exposure, rules: RulesOn, minimum: int, prudent: int) -> Iterator[Reason]:
    last = exposure.last_taken
    if last is None:
        return
    if rules.as_of < last + timedelta(days=minimum):
        yield _washout(exposure, rules, "opioid-washout-minimum", minimum, last)
    elif rules.as_of < last + timedelta(days=prudent):
        yield _washout(exposure, rules, "opioid-washout-prudent", prudent, last)


def _receptor_drug(exposure: Exposure, rules: RulesOn) -> Iterator[Reason]:
    """Loperamide and the like: loss of effect while taken, a short prudent interval after some."""
    if exposure.use is not Use.ENDED:
        yield _about(exposure, rules, "opioid-receptor-drug")
        return
    row, last = exposure.washout, exposure.last_taken
    if row is None or not row.prudent:
        return
    if last is None:
        yield _about(exposure, rules, "opioid-receptor-drug")
    elif rules.as_of < last + timedelta(days=row.prudent):
        yield _washout(exposure, rules, "opioid-washout-prudent", row.prudent, last)


def interview_reasons(given: Interview | None, current: Interview | None, rules: RulesOn) -> Iterator[Reason]:
    if current is None:
        detail = f" (the interview of {given.held} no longer counts)" if given else ""
        yield rules.reason("opioid-interview", (Read("interview", "none"),), detail=detail)
    elif current.unanswered:
        open_questions = ", ".join(current.unanswered)
        read = (Read("interview", f"not known: {open_questions}"),)
        yield rules.reason("opioid-interview", read, detail=f" (open: {open_questions})")


def uldn_reasons(found: tuple[Exposure, ...], rules: RulesOn, *, list_is_known: bool) -> Iterator[Reason]:
    """ULDN goes beside an opioid in use; without one, as far as a known list can show, it has no purpose."""
    for exposure in found:
        if exposure.named.drug.role is Role.DUPLICATE:
            yield from _antagonist(exposure, rules)
    opioids = [e for e in found if e.named.drug.blocks_ldn]
    active = [e for e in opioids if e.use is Use.ACTIVE and not e.entry.end_unreadable]
    unclear = [e for e in opioids if e.use is not Use.ENDED and e not in active]
    for exposure in active:
        yield _about(exposure, rules, "uldn-evidence")
    if not active:
        for exposure in unclear:
            yield _about(exposure, rules, "uldn-opioid-unclear")
        if not unclear and list_is_known:
            read = (Read("drug list", "no opioid in use"),)
            yield rules.reason("uldn-without-opioid", read)


def _about(exposure: Exposure, rules: RulesOn, rule: str, clears_on: date | None = None) -> Reason:
    return rules.reason(
        rule,
        (Read(exposure.entry.id, exposure.entry.describe()),),
        clears_on,
        drug=exposure.named.drug.name,
        recorded=exposure.entry.describe(),
    )


def _washout(exposure: Exposure, rules: RulesOn, rule: str, days: int, last: date) -> Reason:
    last = min(last, rules.as_of)
    read = Read(exposure.entry.id, exposure.entry.describe())
    counted = Read(
        exposure.entry.id, f"counted from {last.isoformat()} ({exposure.last_taken_from or 'supply'})"
    )
    return rules.reason(
        rule,
        (read, counted),
        last + timedelta(days=days),
        drug=exposure.named.drug.name,
        last_taken=last.isoformat(),
        recorded=exposure.entry.describe(),
        days=str(days),
    )
