"""May this patient have this therapy?

Unknown is not safe: a record that is silent gives "cannot tell", and every question that would settle
it is named. Adding an opioid never improves the verdict for LDN, and a fact turned unknown never
improves it for any therapy (tests/property/test_monotone.py).

Rules read here: all of knowledge/screening, each in the module named after what it looks at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Country, Therapy
from openldn.record.interview import Interview
from openldn.record.patient import Record
from openldn.screening.drug_list import entry_reasons, list_reasons
from openldn.screening.findings import Presences, finding_reasons, history_reasons, presences
from openldn.screening.indication import indication_reasons, narrowest
from openldn.screening.interactions import interaction_reasons
from openldn.screening.kidneys import kidney_reasons
from openldn.screening.liver import liver_reasons
from openldn.screening.mood import mood_reasons
from openldn.screening.operations import operation_reasons
from openldn.screening.opioid_reasons import interview_reasons, ldn_reasons, uldn_reasons, undominated
from openldn.screening.opioids import Exposure, OnRecord, exposures, opioid_on_record
from openldn.screening.person import person_reasons
from openldn.screening.rules import RulesOn
from openldn.screening.tapering import equivalent_reasons, sedative_reasons, taper_reasons
from openldn.screening.verdict import Reason, Verdict, weigh


@dataclass(frozen=True, slots=True)
class Screening:
    """A verdict with what it rests on.

    `exposures` are the opioids and antagonists, `conditions` those of the guide that the record shows as
    present.
    """

    verdict: Verdict
    exposures: tuple[Exposure, ...]
    on_record: OnRecord
    conditions: tuple[Condition, ...] = ()


def screen(
    record: Record,
    therapy: Therapy,
    knowledge: Knowledge,
    *,
    as_of: date,
    where: Country | None = None,
    indication: str | None = None,
) -> Screening:
    """Screen one record for one therapy.

    Args:
        record: as read, with its interview and statements; nothing in it after `as_of` raises a verdict.
        therapy: LDN, ULDN beside an opioid, or the taper of an opioid.
        knowledge: rules, drugs, findings and tests.
        as_of: the day of the decision.
        where: the country whose labels count; None takes the strictest of all.
        indication: the condition to be treated, in words or by id; None: not named.

    Returns:
        The verdict with every reason and note, and the opioids and antagonists found.

    Source: facts/clinical.md B4 to B6 and F; facts/opioids.md section 3; decisions "Verdicts", "Opioid
    status", "Dose limits".
    """
    rules = RulesOn(knowledge, as_of, where)
    interview = _current(record.interview, rules)
    stale_after = rules.days("opioid-stale", "after")
    drugs = exposures(record, as_of=as_of, stale_after=stale_after, current_interview=interview)
    opioids = tuple(e for e in drugs if e.named.drug.role.at_opioid_receptors)
    found = presences(record, knowledge, as_of=as_of)
    about_list = [*list_reasons(record, rules), *entry_reasons(record, interview, rules)]
    reasons = [
        *about_list,
        *_opioid_reasons(record, therapy, opioids, interview, rules, list_is_known=not about_list),
        *person_reasons(record, found, interview, rules),
        *finding_reasons(found, rules),
        *liver_reasons(record, found, drugs, rules),
        *kidney_reasons(record, found, rules),
        *mood_reasons(record, found, rules),
        *operation_reasons(record, rules),
        *interaction_reasons(record, found, drugs, rules),
        *_beside_opioids(record, therapy, opioids, drugs, found, rules, list_is_known=not about_list),
        *history_reasons(record, interview, rules),
        *indication_reasons(indication, rules),
    ]
    applying = [r for r in reasons if therapy in r.rule.applies_to]
    shown = frozenset(p.finding for p in found.all if not p.past)
    return Screening(
        weigh(therapy, as_of, where, _without_twins(applying)),
        opioids,
        opioid_on_record(opioids),
        narrowest(shown, knowledge),
    )


def _opioid_reasons(
    record: Record,
    therapy: Therapy,
    opioids: tuple[Exposure, ...],
    interview: Interview | None,
    rules: RulesOn,
    *,
    list_is_known: bool,
) -> list[Reason]:
    if therapy is Therapy.ULDN:
        return list(uldn_reasons(opioids, rules, list_is_known=list_is_known))
    if therapy is Therapy.TAPER:
        return []
    reasons = [r for e in undominated(opioids) for r in ldn_reasons(e, rules)]
    if opioid_on_record(opioids) is OnRecord.NO:
        reasons += interview_reasons(record.interview, interview, rules)
    return reasons


def _beside_opioids(
    record: Record,
    therapy: Therapy,
    opioids: tuple[Exposure, ...],
    drugs: tuple[Exposure, ...],
    found: Presences,
    rules: RulesOn,
    *,
    list_is_known: bool,
) -> list[Reason]:
    """Where an opioid goes on for now: its equivalents, naloxone, and what speaks against a taper."""
    if therapy is Therapy.LDN:
        return []
    reasons = list(equivalent_reasons(record, drugs, found, rules))
    if therapy is Therapy.TAPER:
        reasons += taper_reasons(opioids, found, record, rules, list_is_known=list_is_known)
        reasons += sedative_reasons(drugs, rules)
    return reasons


def _current(interview: Interview | None, rules: RulesOn) -> Interview | None:
    """The interview, if it still counts on the day of the decision."""
    if interview is None or interview.held > rules.as_of:
        return None
    age = (rules.as_of - interview.held).days
    return interview if age <= rules.days("opioid-interview", "valid_for") else None


def _without_twins(reasons: list[Reason]) -> list[Reason]:
    """One reason a rule and drug: the one that clears last stands for all, with what each of them read."""
    twins: dict[tuple[str, str], list[Reason]] = {}
    for reason in reasons:
        subject = next((value for name, value in reason.values if name == "drug"), str(reason.values))
        twins.setdefault((reason.rule.id, subject), []).append(reason)
    return [_one_of(same) for same in twins.values()]


def _one_of(same: list[Reason]) -> Reason:
    """The reason that clears last, with what all of them read."""
    ranked = sorted(same, key=lambda r: r.clears_on or date.max, reverse=True)
    read = dict.fromkeys(read for reason in ranked for read in reason.read)
    return replace(ranked[0], read=tuple(read))
