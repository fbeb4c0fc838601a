"""What LDN is to be used for: the evidence for that condition, or that there is no record of any.

Rules read here: screening/indication-evidence, indication-unlisted, indication-oncology.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from openldn.knowledge.finding_schema import LEVELS, Condition
from openldn.knowledge.load import Knowledge
from openldn.knowledge.names import Code
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Read, Reason

_SNOMED: Final = re.compile(r"[0-9]{6,18}")
_GROWTH: Final = ("tumor", "tumour", "neoplas")
"""A growth may be a cancer; named as what LDN is for, it counts as one."""
_ICD10: Final = re.compile(r"[A-Za-z]\d[0-9A-Za-z](\.[0-9A-Za-z]+)?")

NO_RECORD: Final = "no record exists of this one"


def conditions_named(text: str, knowledge: Knowledge) -> tuple[Condition, ...]:
    """The conditions that a name, an abbreviation, a code or an id means, the narrowest only."""
    by_id = knowledge.conditions.get(text) or knowledge.conditions.get(f"conditions/{text}")
    if by_id is not None:
        return (by_id,)
    written = text.strip().casefold()
    short = [c for c in knowledge.conditions.values() if written in {s.casefold() for s in c.short}]
    return tuple(short) or narrowest(findings_named(text, knowledge), knowledge)


def findings_named(text: str, knowledge: Knowledge) -> frozenset[str]:
    """The findings that a name or a code (ICD-10, SNOMED CT) means, those that they are cases of included."""
    written = text.strip()
    codes: tuple[Code, ...] = ()
    if is_code(written):
        codes = (Code("snomed" if written.isdecimal() else "icd10", written.upper()),)
    return knowledge.vocabulary.findings.identify(codes, (text,)).ids


def is_code(text: str) -> bool:
    """Whether a text looks like a code of ICD-10 or SNOMED CT and not like a name."""
    return _SNOMED.fullmatch(text) is not None or _ICD10.fullmatch(text) is not None


def is_cancer(text: str, knowledge: Knowledge) -> bool:
    """Whether a name or a code is that of a cancer, listed here or not."""
    growth = any(word in text.casefold() for word in _GROWTH)
    return growth or "findings/cancer" in findings_named(text, knowledge)


def treated(
    indication: str | None, on_record: tuple[Condition, ...], knowledge: Knowledge
) -> tuple[Condition, ...]:
    """What the therapy is for: the condition that was named first, then those that the record shows."""
    named = conditions_named(indication, knowledge) if indication else ()
    return tuple({c.id: c for c in (*named, *on_record)}.values())


def narrowest(findings: frozenset[str], knowledge: Knowledge) -> tuple[Condition, ...]:
    """The conditions among these findings of which no other one is a case, duplicates left out."""
    named = [knowledge.findings[f] for f in sorted(findings)]
    broader = {b for found in named for b in found.broader}
    kept = [c for c in named if isinstance(c, Condition) and c.id not in broader]
    return tuple(c for c in kept if c.same_as not in {k.id for k in kept})


def evidence_text(condition: Condition) -> str:
    """The levels of evidence in words."""
    return "; ".join(
        f"{e.part}: {LEVELS[e.level]} ({e.level})" if e.part else f"{LEVELS[e.level]} ({e.level})"
        for e in condition.evidence
    )


def indication_reasons(indication: str | None, rules: RulesOn) -> Iterator[Reason]:
    """What is known for the condition to be treated; nothing if none was named."""
    if indication is None:
        return
    read = (Read("indication", indication),)
    found = conditions_named(indication, rules.knowledge)
    if not found and is_cancer(indication, rules.knowledge):
        yield rules.reason("indication-oncology", read, condition=indication, level=NO_RECORD)
    elif not found:
        yield rules.reason("indication-unlisted", read, condition=indication)
    for condition in found:
        level = evidence_text(condition)
        if condition.oncology:
            yield rules.reason("indication-oncology", read, condition=condition.name, level=level)
            continue
        early = condition.early_worsening
        worsening = f" Early worsening: {early.signs} ({early.lasts})." if early else ""
        yield rules.reason(
            "indication-evidence", read, condition=condition.name, level=level, worsening=worsening
        )
