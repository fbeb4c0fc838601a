"""Whether an opioid should be tapered, or not now, or not alone; what beside an opioid asks for naloxone.

Rules read here: screening/taper-*, opioid-mme-guidepost, opioid-mme-undefined, opioid-naloxone-offer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from openldn.knowledge.load import Knowledge
from openldn.quantities import number_text
from openldn.record.patient import Record
from openldn.screening.findings import Presences, presences
from openldn.screening.morphine_equivalents import DEFAULT_TABLE, Equivalents, morphine_equivalents, rounded
from openldn.screening.opioids import Exposure, Use, exposures
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Read, Reason

_OF_A_FINDING: Final = (
    "taper-pregnancy",
    "taper-opioid-use-disorder",
    "taper-cancer",
    "taper-suicidal-thoughts",
    "taper-depression",
)
_SEDATIVES: Final = "sedatives"


def taper_reasons(
    opioids: tuple[Exposure, ...], found: Presences, record: Record, rules: RulesOn, *, list_is_known: bool
) -> Iterator[Reason]:
    """What speaks against a taper now, and for help with it."""
    blocking = [e for e in opioids if e.named.drug.blocks_ldn]
    active = [e for e in blocking if e.use is Use.ACTIVE and not e.entry.end_unreadable]
    for exposure in blocking:
        if exposure.use is not Use.ENDED and exposure not in active:
            yield _about(exposure, rules, "taper-opioid-unclear")
    if list_is_known and all(e.use is Use.ENDED for e in blocking):
        yield rules.reason("taper-without-opioid", (Read("drug list", "no opioid in use"),))
    for name in _OF_A_FINDING:
        for presence in found.present(*rules.rule(name).findings):
            yield rules.reason(name, (presence.read,), recorded=presence.recorded)
    yield from _child(record, rules)
    if read := tuple(Read(e.entry.id, e.entry.describe()) for e in blocking if e.use is not Use.ENDED):
        yield rules.reason("taper-risk", read)


def _child(record: Record, rules: RulesOn) -> Iterator[Reason]:
    born = record.patient.born
    if born is not None and born.first <= rules.as_of:
        age = born.youngest(rules.as_of)
        if age < rules.days("taper-child", "adult"):
            yield rules.reason("taper-child", (Read("patient", f"born {born.written}"),), age=str(age))


def sedative_reasons(drugs: tuple[Exposure, ...], rules: RulesOn) -> Iterator[Reason]:
    """A benzodiazepine or another sedative, beside an opioid that is to be tapered."""
    for exposure in _sedatives(drugs):
        yield _about(exposure, rules, "taper-sedative")


def equivalent_reasons(
    record: Record, drugs: tuple[Exposure, ...], found: Presences, rules: RulesOn
) -> Iterator[Reason]:
    """What the morphine equivalents of the opioids in use point to."""
    knowledge = rules.knowledge
    counted = morphine_equivalents(
        record,
        knowledge.opioid_factors[DEFAULT_TABLE],
        knowledge.vocabulary.drugs,
        as_of=rules.as_of,
    )
    yield from risk_reasons(counted, record, drugs, found, rules)


def advice(counted: Equivalents, record: Record, knowledge: Knowledge, *, as_of: date) -> tuple[Reason, ...]:
    """What equivalents point to: naloxone, closer follow-up, a specialist; what could not be counted.

    Args:
        counted: of the opioids of `record`, or of what was typed beside an empty one.
        record: for the person and the other drugs.
        knowledge: the rules.
        as_of: the day.
    """
    rules = RulesOn(knowledge, as_of, None)
    drugs = exposures(record, as_of=as_of, stale_after=rules.days("opioid-stale", "after"))
    found = presences(record, knowledge, as_of=as_of)
    return tuple(risk_reasons(counted, record, drugs, found, rules))


def risk_reasons(
    counted: Equivalents, record: Record, drugs: tuple[Exposure, ...], found: Presences, rules: RulesOn
) -> Iterator[Reason]:
    """The same for equivalents that are known already."""
    if not counted.items:
        return
    table, amount = counted.table.title, number_text(rounded(counted.lower_bound))
    read = tuple(Read(i.entry, i.text) for i in counted.items)
    for item in counted.items:
        if not item.defined:
            yield rules.reason(
                "opioid-mme-undefined",
                (Read(item.entry, item.text),),
                recorded=item.text or item.drug.name,
                why=item.why,
                at_least=amount,
                table=table,
            )
    at = rules.number("opioid-mme-guidepost", "at")
    many = counted.lower_bound >= at
    at_least = amount if counted.defined else f"At least {amount}"
    if many:
        yield rules.reason("opioid-mme-guidepost", read, amount=at_least, table=table, at=number_text(at))
    above = rules.number("taper-high-dose", "above")
    if counted.lower_bound > above:
        yield rules.reason("taper-high-dose", read, amount=at_least, table=table, above=number_text(above))
    told = [(f"{number_text(at)} MME a day or more", r) for r in read] if many else []
    yield from _naloxone(told, record, drugs, found, rules)


def _naloxone(
    told: list[tuple[str, Read]],
    record: Record,
    drugs: tuple[Exposure, ...],
    found: Presences,
    rules: RulesOn,
) -> Iterator[Reason]:
    told += [(e.named.drug.name, Read(e.entry.id, e.entry.describe())) for e in _sedatives(drugs)]
    findings = rules.rule("opioid-naloxone-offer").findings
    told += [(p.recorded, p.read) for p in found.present(*findings)]
    born = record.patient.born
    if born is not None and born.oldest(rules.as_of) >= rules.days("opioid-naloxone-offer", "age"):
        told.append((f"{born.oldest(rules.as_of)} years old", Read("patient", f"born {born.written}")))
    if told:
        why = "; ".join(dict.fromkeys(words for words, _ in told))
        yield rules.reason("opioid-naloxone-offer", tuple(dict.fromkeys(r for _, r in told)), why=why)


def _sedatives(drugs: tuple[Exposure, ...]) -> Iterator[Exposure]:
    for exposure in drugs:
        if exposure.use is not Use.ENDED and _SEDATIVES in exposure.named.drug.classes:
            yield exposure


def _about(exposure: Exposure, rules: RulesOn, rule: str) -> Reason:
    recorded = exposure.entry.describe()
    return rules.reason(
        rule, (Read(exposure.entry.id, recorded),), drug=exposure.named.drug.name, recorded=recorded
    )
