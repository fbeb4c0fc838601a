"""Drugs other than opioids: what each class means, how many there are, and what is not tolerated.

Rules read here: screening/interaction-*, thyroid-hormone, antithyroid-drug, cancer-treatment, herbal-product,
transplant-immunosuppressant, polypharmacy, allergy-naltrexone, allergy-excipient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from openldn.record.patient import Allergy, Record
from openldn.screening.findings import Presences
from openldn.screening.opioids import Exposure, Use, drugs_in_use
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Read, Reason

_TOLERATED: Final = frozenset({"inactive", "resolved"})
_NALTREXONE: Final = "naltrexone"
_EXCIPIENT: Final = {"findings/lactose-intolerance": "findings/excipient-lactose"}
"""What is not tolerated, where a finding names the intolerance."""


def interaction_reasons(
    record: Record, found: Presences, drugs: tuple[Exposure, ...], rules: RulesOn
) -> Iterator[Reason]:
    """All that drugs other than opioids say, and allergies."""
    transplant = found.present("findings/organ-transplant")
    by_class: dict[str, list[Exposure]] = {}
    for exposure in drugs:
        for drug_class in exposure.named.drug.classes if exposure.use is not Use.ENDED else ():
            by_class.setdefault(drug_class, []).append(exposure)
    for rule in rules.knowledge.rules.values():
        if not rule.drug_classes or rule.measures or (rule.findings and not transplant):
            continue
        for exposure in (e for drug_class in rule.drug_classes for e in by_class.get(drug_class, ())):
            recorded = exposure.entry.describe()
            read = (Read(exposure.entry.id, recorded), *(p.read for p in transplant if rule.findings))
            name = rule.id.removeprefix("screening/")
            yield rules.reason(name, read, drug=exposure.named.drug.name, recorded=recorded)
    yield from _polypharmacy(record, rules)
    for allergy in record.allergies:
        if allergy.clinical_status not in _TOLERATED:
            yield from _allergy(allergy, rules)
    for presence in found.present("findings/lactose-intolerance"):
        yield rules.reason(
            "allergy-excipient",
            (presence.read,),
            excipient="Lactose",
            recorded=presence.recorded,
            finding=_EXCIPIENT["findings/lactose-intolerance"],
        )


def _polypharmacy(record: Record, rules: RulesOn) -> Iterator[Reason]:
    drugs = drugs_in_use(record, rules.as_of)
    if len(drugs) >= rules.days("polypharmacy", "from"):
        read = tuple(Read(d.id, d.describe()) for d in drugs)
        yield rules.reason("polypharmacy", read, count=str(len(drugs)))


def _allergy(allergy: Allergy, rules: RulesOn) -> Iterator[Reason]:
    recorded = allergy.text or allergy.id
    for named in allergy.identity.named:
        if named.drug.name == _NALTREXONE:
            read = (Read(allergy.id, f"{recorded}, by {named.by}"),)
            yield rules.reason("allergy-naltrexone", read, drug=named.drug.name, recorded=recorded)
    for finding in rules.rule("allergy-excipient").findings:
        meaning = allergy.meanings.by(finding)
        if meaning is not None:
            read = (Read(allergy.id, f"{recorded}, by {meaning.by}"),)
            excipient = rules.knowledge.findings[finding].name
            yield rules.reason(
                "allergy-excipient",
                read,
                excipient=excipient,
                recorded=recorded,
                finding=_EXCIPIENT.get(finding, finding),
            )
