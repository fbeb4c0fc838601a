"""Mood: suicidal thoughts, and depression without a recent score.

Rules read here: screening/suicidal-thoughts, depression-not-scored.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from openldn.record.patient import Record
from openldn.screening.findings import Presences
from openldn.screening.results import newest, read_of, shown, undecided, unreadable_reasons
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Reason


def mood_reasons(record: Record, found: Presences, rules: RulesOn) -> Iterator[Reason]:
    """All that the mood says."""
    item = newest(record, "phq9-item-9", rules.as_of)
    yield from unreadable_reasons(item, rules)
    told = [(p.recorded, p.read) for p in found.present("findings/suicidal-thoughts")]
    for result, amount in item.amounts():
        if amount.above(Fraction(0)):
            told.append((shown(result), read_of(result)))
        elif amount.may_exceed(Fraction(0)):
            yield undecided(result, rules, "0")
    if told:
        words = "; ".join(dict.fromkeys(w for w, _ in told))
        yield rules.reason("suicidal-thoughts", tuple(r for _, r in told), recorded=words)
        return
    valid = rules.days("depression-not-scored", "valid_for")
    depression = (*found.present("findings/depression"), *found.past("findings/suicidal-thoughts"))
    if depression and not item.reassuring(rules.as_of, valid):
        yield rules.reason(
            "depression-not-scored",
            tuple(p.read for p in depression),
            recorded="; ".join(dict.fromkeys(p.recorded for p in depression)),
            valid_for=str(valid),
        )
