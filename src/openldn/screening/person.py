"""Who it is: alive, of which age, pregnant or breastfeeding; a child's weight.

Rules read here: screening/deceased, age-not-known, child, child-crohns, child-weight, age-above-trials,
pregnancy, pregnancy-not-known, breastfeeding.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from openldn.quantities import Dose
from openldn.record.interview import Health, Interview, Said
from openldn.record.patient import Born, Record
from openldn.screening.findings import Presences
from openldn.screening.results import about, day, newest, read_of, shown
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Limit, Read, Reason


def person_reasons(
    record: Record, found: Presences, current: Interview | None, rules: RulesOn
) -> Iterator[Reason]:
    """All that the person says."""
    patient = record.patient
    if patient.deceased and (patient.died is None or patient.died <= rules.as_of):
        read = (Read("patient", f"deceased: {patient.deceased}"),)
        yield rules.reason("deceased", read, when=patient.deceased)
    yield from _age(record, found, rules)
    yield from _pregnancy(record, found, current, rules)
    yield from _breastfeeding(record, found, rules)


def _age(record: Record, found: Presences, rules: RulesOn) -> Iterator[Reason]:
    born = record.patient.born
    if born is None or born.first > rules.as_of:
        recorded = f"born {born.written}, after the day of the decision" if born else "born: nothing recorded"
        yield rules.reason("age-not-known", (Read("patient", recorded),), recorded=recorded)
        return
    read = (Read("patient", f"born {born.written}"),)
    youngest, adult = born.youngest(rules.as_of), rules.days("child", "adult")
    if youngest < adult:
        yield from _child(record, found, read, rules)
    elif born.oldest(rules.as_of) > (limit := rules.days("age-above-trials", "oldest")):
        yield rules.reason("age-above-trials", read, age=_ages(born, rules), oldest=str(limit))


def _ages(born: Born, rules: RulesOn) -> str:
    """The age, or the ages between which it lies."""
    low, high = born.youngest(rules.as_of), born.oldest(rules.as_of)
    return str(low) if low == high else f"{low} to {high}"


def _child(record: Record, found: Presences, read: tuple[Read, ...], rules: RulesOn) -> Iterator[Reason]:
    """Below the age of adults: only Crohn's disease, and there by weight."""
    born = record.patient.born
    if born is None:
        return
    age, youngest = _ages(born, rules), rules.days("child", "youngest")
    crohns = found.present("conditions/crohns-disease")
    if not crohns or born.youngest(rules.as_of) < youngest:
        adult = str(rules.days("child", "adult"))
        yield rules.reason("child", read, age=age, adult=adult, youngest=str(youngest))
        return
    weights = newest(record, "body-weight", rules.as_of)
    recent = weights.reassuring(rules.as_of, rules.days("child-crohns", "oldest_age_of_weight"))
    known = [(r, r.amount.low) for r in recent if r.amount and 0 < r.amount.low == r.amount.high]
    if not known:
        last = max((r for r in weights.results if r.taken), key=lambda r: r.taken or date.min, default=None)
        state = (
            f"the last weight, {shown(last)}, is too old or not final" if last else "no weight is recorded"
        )
        yield rules.reason("child-weight", read, age=age, weight=state)
        return
    result, kg = min(known, key=lambda k: k[1])
    dose = _by_weight(kg, rules)
    yield rules.reason(
        "child-crohns",
        (*read, *(p.read for p in crohns), read_of(result)),
        plan_limit=Limit(ceiling=dose, only=dose),
        age=age,
        dose=dose.text("mg"),
        weight=about(kg),
        date=day(result),
    )


def _by_weight(kg: Fraction, rules: RulesOn) -> Dose:
    """The trial dose for a weight, down to whole nanograms, at most the trial's ceiling."""
    per_kg = rules.dose("child-crohns", "per_kg")
    return min(Dose(int(per_kg.base * kg)), rules.dose("child-crohns", "ceiling"))


def _pregnancy(
    record: Record, found: Presences, current: Interview | None, rules: RulesOn
) -> Iterator[Reason]:
    over = rules.as_of - timedelta(days=rules.days("pregnancy-not-known", "over_after"))
    recent = rules.as_of - timedelta(days=rules.days("pregnancy-not-known", "valid_for"))
    recorded = found.present("findings/pregnancy")
    told: list[tuple[str, Read]] = [
        (p.recorded, p.read) for p in recorded if p.since is None or p.since >= over
    ]
    excluded = bool(found.present("findings/cannot-become-pregnant"))
    for measure, yes, no in (
        ("pregnancy-status", "pregnant", "not pregnant"),
        ("pregnancy-test", "positive", "negative"),
    ):
        test = newest(record, measure, rules.as_of)
        told += [
            (shown(r), read_of(r)) for r in test.results if r.answer == yes and (r.taken or over) >= over
        ]
        reliable = test.reassuring(rules.as_of, (rules.as_of - recent).days)
        excluded |= bool(reliable) and all(r.answer == no for r in test.results)
    excluded |= current is not None and current.health_answer(Health.PREGNANT) is Said.NO
    if told:
        words = "; ".join(dict.fromkeys(w for w, _ in told))
        yield rules.reason("pregnancy", tuple(r for _, r in told), recorded=words)
    elif not excluded and (who := _may_be_pregnant(record, rules)):
        read = (Read("patient", who), *(p.read for p in recorded))
        yield rules.reason("pregnancy-not-known", read, who=who)


def _may_be_pregnant(record: Record, rules: RulesOn) -> str:
    """Who it is, if a pregnancy is possible by what is recorded of age and sex; else nothing."""
    patient = record.patient
    if patient.sex == "male":
        return ""
    sex = patient.sex or "sex not recorded"
    if patient.born is None:
        return f"{sex}, age not known"
    youngest, oldest = (rules.days("pregnancy-not-known", name) for name in ("youngest", "oldest"))
    possible = patient.born.oldest(rules.as_of) >= youngest and patient.born.youngest(rules.as_of) < oldest
    return f"{sex}, {_ages(patient.born, rules)} years" if possible else ""


def _breastfeeding(record: Record, found: Presences, rules: RulesOn) -> Iterator[Reason]:
    told = [(p.recorded, p.read) for p in found.present("findings/breastfeeding")]
    status = newest(record, "breastfeeding-status", rules.as_of)
    told += [(shown(r), read_of(r)) for r in status.results if r.answer == "breastfeeding"]
    if told:
        words = "; ".join(dict.fromkeys(w for w, _ in told))
        yield rules.reason("breastfeeding", tuple(r for _, r in told), recorded=words)
