"""May this patient have this therapy? Only opioids are looked at so far.

Unknown is not safe: a record that is silent gives "cannot tell", and every question that would settle
it is named. Adding an opioid never improves the verdict for LDN, and a fact turned unknown never
improves it for any therapy (tests/property/test_monotone.py).

Rules read here: all of knowledge/screening.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Country, Role, Therapy
from openldn.record.interview import Interview
from openldn.record.patient import ListState, Medication, Record, Recorded
from openldn.screening.opioids import Exposure, OnRecord, Use, exposures, opioid_on_record
from openldn.screening.verdict import Read, Reason, Severity, Verdict, weigh

NOT_SCREENED: Final = (
    "opioid use disorder", "liver", "kidneys", "pregnancy and breastfeeding", "age and weight", "transplant",
    "thyroid", "mood and suicidality", "planned surgery", "interactions other than opioids", "allergies",
)  # fmt: skip
"""What this version does not look at; every answer says so until it does."""

_QUIET: Final = frozenset({ListState.LISTED, ListState.NONE_KNOWN})


@dataclass(frozen=True, slots=True)
class Screening:
    """A verdict with the exposures it rests on."""

    verdict: Verdict
    exposures: tuple[Exposure, ...]
    on_record: OnRecord


def screen(
    record: Record,
    therapy: Therapy,
    knowledge: Knowledge,
    *,
    as_of: date,
    where: Country | None = None,
) -> Screening:
    """Screen one record for one therapy.

    Args:
        record: as read, with its interview and statements; nothing in it after `as_of` raises a verdict.
        therapy: LDN, or ULDN beside an opioid.
        knowledge: rules and drugs.
        as_of: the day of the decision.
        where: the country whose labels count; None takes the strictest of all.

    Returns:
        The verdict with every reason, and the opioids and antagonists found.

    Source: facts/opioids.md section 3; decisions "Verdicts" and "Opioid status".
    """
    rules = _Rules(knowledge, as_of, where)
    interview = _current(record.interview, rules)
    stale_after = rules.days("screening/opioid-stale", "after")
    found = exposures(record, as_of=as_of, stale_after=stale_after, current_interview=interview)
    reasons = [*_list_reasons(record, rules), *_entry_reasons(record, interview, rules)]
    if therapy is Therapy.LDN:
        reasons += [r for e in _undominated(found) for r in _ldn_reasons(e, rules)]
        if opioid_on_record(found) is OnRecord.NO:
            reasons += _interview_reasons(record.interview, interview, rules)
    else:
        reasons += _uldn_reasons(found, rules, list_is_known=not reasons)
    verdict = weigh(therapy, as_of, where, _without_twins(reasons))
    return Screening(verdict, found, opioid_on_record(found))


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules as they stand on the day of the decision."""

    knowledge: Knowledge
    as_of: date
    where: Country | None

    def days(self, rule: str, name: str) -> int:
        return self.knowledge.rule(rule).whole(name, self.as_of, self.where)

    def reason(
        self,
        rule: str,
        severity: Severity,
        read: tuple[Read, ...] = (),
        clears_on: date | None = None,
        **values: str,
    ) -> Reason:
        """A reason of `rule`; `values` fill its text."""
        if clears_on is not None:
            values["clears_on"] = clears_on.isoformat()
        found = self.knowledge.rule(f"screening/{rule}")
        return Reason(found, severity, read, tuple(sorted(values.items())), clears_on)


def _current(interview: Interview | None, rules: _Rules) -> Interview | None:
    """The interview, if it still counts on the day of the decision."""
    if interview is None or interview.held > rules.as_of:
        return None
    age = (rules.as_of - interview.held).days
    return interview if age <= rules.days("screening/opioid-interview", "valid_for") else None


def _list_reasons(record: Record, rules: _Rules) -> Iterator[Reason]:
    """What speaks against trusting the drug list as a whole."""
    drugs = record.drug_list
    read = (Read("drug list", f"{drugs.state}{f', {drugs.dated_from}' if drugs.dated_from else ''}"),)
    if drugs.state is ListState.ABSENT:
        detail = "" if not record.medications else " (only single administrations or products)"
        yield rules.reason("drug-list-missing", Severity.CANNOT_TELL, read, detail=detail)
    elif drugs.state not in _QUIET:
        yield rules.reason("drug-list-empty-reason", Severity.CANNOT_TELL, read, detail=drugs.detail)
    if drugs.state in _QUIET:
        limit = rules.days("screening/drug-list-old", "max_age")
        if drugs.dated is None:
            age: str | None = "without a date that can be read"
        elif drugs.dated > rules.as_of + timedelta(days=1):
            age = f"dated {drugs.dated.isoformat()}, after the day of the decision"
        else:
            days = (rules.as_of - drugs.dated).days
            age = f"{days} days old" if days > limit else None
        if age:
            yield rules.reason("drug-list-old", Severity.CANNOT_TELL, read, age=age, limit=str(limit))
    for gap in drugs.gaps:
        yield rules.reason("drug-list-incomplete", Severity.CANNOT_TELL, read, detail=gap)


def _entry_reasons(record: Record, interview: Interview | None, rules: _Rules) -> Iterator[Reason]:
    """Entries that cannot be read, identified or believed."""
    for lost in record.skipped:
        if lost.matters:
            detail = f"{lost.where}: {lost.reason}"
            yield rules.reason(
                "entry-unreadable", Severity.CANNOT_TELL, (Read(lost.where, lost.reason),), detail=detail
            )
    for entry in record.medications:
        if entry.status is Recorded.VOID:
            continue
        read = (Read(entry.id, entry.describe()),)
        if not entry.identity.readable:
            yield rules.reason(
                "drug-not-identified", Severity.CANNOT_TELL, read, recorded=entry.text or entry.id
            )
        if entry.identity.conflict:
            yield rules.reason(
                "drug-code-text-conflict",
                Severity.CANNOT_TELL,
                read,
                detail=entry.identity.conflict,
                recorded=entry.recorded_status,
            )
    if interview is not None:
        for question in interview.unnamed():
            names = ", ".join(m.name for m in interview.mentioned if m.question is question and m.name)
            yield rules.reason(
                "interview-drug-not-named",
                Severity.CANNOT_TELL,
                (Read("interview", f"{question}: yes"),),
                question=question,
                date=interview.held.isoformat(),
                detail=f" ({names})" if names else "",
            )


def _undominated(found: tuple[Exposure, ...]) -> list[Exposure]:
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


def _ldn_reasons(exposure: Exposure, rules: _Rules) -> Iterator[Reason]:
    """What one opioid or antagonist means for LDN on this day."""
    role = exposure.named.drug.role
    if role is Role.NOT_AN_OPIOID:
        return
    if role is Role.DUPLICATE:
        if exposure.use is not Use.ENDED:
            yield _about(exposure, rules, "antagonist-already-taken", Severity.CONTRAINDICATED)
    elif role is Role.CLUE:
        if exposure.use is not Use.ENDED:
            yield _about(exposure, rules, "opioid-clue", Severity.CANNOT_TELL)
    elif role is Role.LOSS_OF_EFFECT:
        yield from _receptor_drug(exposure, rules)
    else:
        yield from _opioid(exposure, rules)


def _opioid(exposure: Exposure, rules: _Rules) -> Iterator[Reason]:
    row = exposure.washout
    minimum = row.minimum if row else None
    prudent = row.prudent if row and row.prudent is not None else minimum
    if exposure.use is Use.ACTIVE:
        clears = None if minimum is None else exposure.clears(minimum)
        rule = "opioid-current" if clears else "opioid-current-no-date"
        yield _about(exposure, rules, rule, Severity.CONTRAINDICATED, clears)
    elif exposure.use is Use.UNCLEAR:
        yield from _unclear(exposure, rules, minimum)
    elif minimum is None or prudent is None:
        yield _about(exposure, rules, "opioid-washout-unknown", Severity.CONTRAINDICATED)
    elif exposure.last_taken is None:
        clears = rules.as_of + timedelta(days=minimum)
        yield _about(exposure, rules, "opioid-last-dose-unknown", Severity.CANNOT_TELL, clears)
    else:
        yield from _washing_out(exposure, rules, minimum, prudent)
    if row and row.challenge:
        yield _about(exposure, rules, "opioid-naloxone-challenge", Severity.CAUTION)


def _unclear(exposure: Exposure, rules: _Rules, minimum: int | None) -> Iterator[Reason]:
    """Not known to be taken: never better than cannot tell, and forbidden while the known supply is fresh."""
    until = exposure.entry.runs_until
    if minimum is not None and until is not None:
        clears = min(until, rules.as_of) + timedelta(days=minimum)
        if clears > rules.as_of:
            yield _washout(
                exposure, rules, "opioid-washout-minimum", Severity.CONTRAINDICATED, minimum, until
            )
    latest = None if minimum is None else rules.as_of + timedelta(days=minimum)
    yield _about(exposure, rules, "opioid-unclear", Severity.CANNOT_TELL, latest)


def _washing_out(exposure: Exposure, rules: _Rules, minimum: int, prudent: int) -> Iterator[Reason]:
    last = exposure.last_taken
    if last is None:
        return
    if rules.as_of < last + timedelta(days=minimum):
        yield _washout(exposure, rules, "opioid-washout-minimum", Severity.CONTRAINDICATED, minimum, last)
    elif rules.as_of < last + timedelta(days=prudent):
        yield _washout(exposure, rules, "opioid-washout-prudent", Severity.CAUTION, prudent, last)


def _receptor_drug(exposure: Exposure, rules: _Rules) -> Iterator[Reason]:
    """Loperamide and the like: loss of effect while taken, a short prudent interval after some."""
    if exposure.use is not Use.ENDED:
        yield _about(exposure, rules, "opioid-receptor-drug", Severity.CAUTION)
        return
    row = exposure.washout
    prudent = row.prudent if row else None
    if not prudent:
        return
    last = exposure.last_taken
    if last is None:
        yield _about(exposure, rules, "opioid-receptor-drug", Severity.CAUTION)
    elif rules.as_of < last + timedelta(days=prudent):
        yield _washout(exposure, rules, "opioid-washout-prudent", Severity.CAUTION, prudent, last)


def _interview_reasons(given: Interview | None, current: Interview | None, rules: _Rules) -> Iterator[Reason]:
    if current is None:
        detail = f" (the interview of {given.held} no longer counts)" if given else ""
        yield rules.reason("opioid-interview", Severity.CAUTION, (Read("interview", "none"),), detail=detail)
    elif current.unanswered:
        open_questions = ", ".join(current.unanswered)
        read = (Read("interview", f"not known: {open_questions}"),)
        yield rules.reason("opioid-interview", Severity.CAUTION, read, detail=f" (open: {open_questions})")


def _uldn_reasons(found: tuple[Exposure, ...], rules: _Rules, *, list_is_known: bool) -> Iterator[Reason]:
    """ULDN goes beside an opioid in use; without one, as far as a known list can show, it has no purpose."""
    for exposure in found:
        role, use = exposure.named.drug.role, exposure.use
        if role is Role.DUPLICATE and use is not Use.ENDED:
            yield _about(exposure, rules, "antagonist-already-taken", Severity.CONTRAINDICATED)
    opioids = [e for e in found if e.named.drug.blocks_ldn]
    active = [e for e in opioids if e.use is Use.ACTIVE and not e.entry.end_unreadable]
    unclear = [e for e in opioids if e.use is not Use.ENDED and e not in active]
    for exposure in active:
        yield _about(exposure, rules, "uldn-evidence", Severity.CAUTION)
    if not active:
        for exposure in unclear:
            yield _about(exposure, rules, "uldn-opioid-unclear", Severity.CANNOT_TELL)
        if not unclear and list_is_known:
            read = (Read("drug list", "no opioid in use"),)
            yield rules.reason("uldn-without-opioid", Severity.CONTRAINDICATED, read)


def _about(
    exposure: Exposure, rules: _Rules, rule: str, severity: Severity, clears_on: date | None = None
) -> Reason:
    return rules.reason(
        rule,
        severity,
        (Read(exposure.entry.id, exposure.entry.describe()),),
        clears_on,
        drug=exposure.named.drug.name,
        recorded=_recorded(exposure.entry),
    )


def _washout(
    exposure: Exposure, rules: _Rules, rule: str, severity: Severity, days: int, last: date
) -> Reason:
    last = min(last, rules.as_of)
    read = Read(exposure.entry.id, exposure.entry.describe())
    counted = Read(
        exposure.entry.id, f"counted from {last.isoformat()} ({exposure.last_taken_from or 'supply'})"
    )
    name = "minimum" if rule.endswith("minimum") else "prudent"
    return rules.reason(
        rule,
        severity,
        (read, counted),
        last + timedelta(days=days),
        drug=exposure.named.drug.name,
        last_taken=last.isoformat(),
        recorded=_recorded(exposure.entry),
        **{name: str(days)},
    )


def _recorded(entry: Medication) -> str:
    return entry.describe()


def _without_twins(reasons: list[Reason]) -> list[Reason]:
    """One reason a rule and drug: the one that clears last stands for all, with what each of them read."""
    kept: dict[tuple[str, str], Reason] = {}
    for reason in reasons:
        values = dict(reason.values)
        subject = values.get("drug") or str(reason.values)
        before = kept.get((reason.rule.id, subject))
        if before is None:
            kept[reason.rule.id, subject] = reason
            continue
        later = (reason.clears_on or date.max) > (before.clears_on or date.max)
        first, second = (reason, before) if later else (before, reason)
        read = tuple(dict.fromkeys(first.read + second.read))
        kept[reason.rule.id, subject] = Reason(
            first.rule, first.severity, read, first.values, first.clears_on, first.set_aside
        )
    return list(kept.values())
