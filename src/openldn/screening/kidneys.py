"""The kidneys: filtration rate as recorded or from creatinine, and the stage as recorded.

Rules read here: screening/kidney-failure, kidney-reduced, kidney-results-disagree, kidney-tests-needed,
egfr-ckd-epi-2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from openldn.knowledge.measures import Amount
from openldn.knowledge.schema import Severity
from openldn.record.patient import Patient, Record
from openldn.record.results import TestResult
from openldn.screening.findings import Presences
from openldn.screening.results import (
    Newest,
    about,
    newest,
    read_of,
    shown,
    state_of_tests,
    undecided,
    unreadable_reasons,
)
from openldn.screening.rules import RulesOn
from openldn.screening.verdict import Limit, Read, Reason

_EXACT: Final = Context(prec=28)
_SEXES: Final = ("female", "male")


@dataclass(frozen=True, slots=True)
class Rate:
    """A filtration rate in mL/min/1.73m2, and how it was come by."""

    amount: Amount
    words: str
    result: TestResult
    estimated: bool = False


def ckd_epi_2021(creatinine: Fraction, age: int, sex: str, rules: RulesOn) -> Fraction:
    """Estimated GFR in mL/min/1.73m2 of an adult.

    Args:
        creatinine: in mg/dL, above zero.
        age: in whole years.
        sex: "female" or "male".

    Source: Inker 2021, knowledge/screening/egfr-ckd-epi-2021.yaml
    """
    at = _SEXES.index(sex)
    kappa, alpha = (rules.numbers("egfr-ckd-epi-2021", name)[at] for name in ("kappa", "alpha"))
    ratio = _decimal(creatinine / kappa)
    low = _EXACT.power(min(ratio, Decimal(1)), _decimal(alpha))
    high = _EXACT.power(max(ratio, Decimal(1)), _decimal(rules.number("egfr-ckd-epi-2021", "upper_exponent")))
    years = _EXACT.power(_decimal(rules.number("egfr-ckd-epi-2021", "per_year")), age)
    rate = _decimal(rules.number("egfr-ckd-epi-2021", "factor")) * low * high * years
    if sex == "female":
        rate *= _decimal(rules.number("egfr-ckd-epi-2021", "female"))
    return Fraction(rate)


def _decimal(number: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))


def rates(record: Record, rules: RulesOn) -> tuple[Rate, ...]:
    """The newest filtration rates: recorded, and from a creatinine as new as any recorded one."""
    measured, creatinine = (newest(record, m, rules.as_of) for m in ("egfr", "creatinine"))
    recorded = [Rate(amount, shown(result), result) for result, amount in measured.amounts()]
    estimated = [
        rate
        for result, amount in creatinine.amounts()
        if result.taken is None or measured.dated is None or result.taken >= measured.dated
        if (rate := _estimated(record.patient, result, amount, rules))
    ]
    final = creatinine.dated
    if final is not None and any(rate.result.taken == final for rate in estimated):
        recorded = [r for r in recorded if r.result.taken is None or r.result.taken >= final]
    return (*recorded, *estimated)


def _estimated(patient: Patient, result: TestResult, amount: Amount, rules: RulesOn) -> Rate | None:
    """The rate that a creatinine stands for; without a sex the lower of both, without an age none."""
    day = result.taken or rules.as_of
    if patient.born is None or patient.born.youngest(day) < rules.days("child", "adult"):
        return None
    sexes = (patient.sex,) if patient.sex in _SEXES else _SEXES

    def rate(creatinine: Fraction, age: int) -> Fraction:
        return min(ckd_epi_2021(creatinine, age, sex, rules) for sex in sexes)

    low = rate(amount.high, patient.born.oldest(day)) if amount.high else Fraction(0)
    high = rate(amount.low, patient.born.youngest(day)) if amount.low else None
    if not amount.high and high is None:
        return None
    sure = about(low) if amount.high else f"at most {about(high or low)}"
    words = f"eGFR {sure} by CKD-EPI 2021 from {shown(result)}"
    return Rate(Amount(low, high), words, result, estimated=True)


def kidney_reasons(record: Record, found: Presences, rules: RulesOn) -> Iterator[Reason]:
    """All that the kidneys say."""
    tests = tuple(newest(record, m, rules.as_of) for m in ("egfr", "creatinine"))
    yield from unreadable_reasons(tests[0], rules)
    yield from _unreadable_creatinine(tests, rules)
    severe, reduced = rules.number("kidney-failure", "below"), rules.number("kidney-reduced", "below")
    failing = [(p.recorded, p.read) for p in found.present("findings/kidney-failure")]
    lowered: list[tuple[str, Read]] = []
    doubted: list[tuple[str, Read]] = []
    newest_rates = rates(record, rules)
    recorded_on = {r.result.taken: r for r in newest_rates if not r.estimated}
    for rate in newest_rates:
        hit = (rate.words, read_of(rate.result))
        if rate.estimated and rate.result.taken in recorded_on and rate.amount.below(severe):
            recorded = recorded_on[rate.result.taken]
            doubted += [(recorded.words, read_of(recorded.result)), hit]
        elif rate.amount.below(severe):
            failing.append(hit)
        elif rate.amount.may_fall_below(severe):
            yield undecided(rate.result, rules, f"{about(severe)} mL/min/1.73m2")
        elif rate.amount.may_fall_below(reduced):
            lowered.append(hit)
    allowed = rules.rule("kidney-failure").severity_in(rules.where) is Severity.CAUTION
    if failing or (doubted and allowed):  # where it only bounds the plan, the worse value does
        yield _failure([*failing, *doubted], rules, allowed)
        return
    if doubted:
        words = "; ".join(dict.fromkeys(w for w, _ in doubted))
        yield rules.reason("kidney-results-disagree", tuple(r for _, r in doubted), found=words)
    if lowered:
        words = "; ".join(dict.fromkeys(w for w, _ in lowered))
        yield rules.reason("kidney-reduced", tuple(r for _, r in lowered), found=words)
    yield from _missing_tests(record, found, tests, rules)


def _unreadable_creatinine(tests: tuple[Newest, ...], rules: RulesOn) -> Iterator[Reason]:
    """A creatinine that cannot be read matters unless a newer rate is recorded: it might contradict one."""
    rate, creatinine = tests
    for reason, result in zip(unreadable_reasons(creatinine, rules), creatinine.unreadable, strict=True):
        if rate.dated is None or result.taken is None or result.taken >= rate.dated:
            yield reason


def _failure(failing: list[tuple[str, Read]], rules: RulesOn, allowed: bool) -> Reason:
    start, interval = rules.dose("kidney-failure", "start"), rules.days("kidney-failure", "interval")
    return rules.reason(
        "kidney-failure",
        tuple(r for _, r in failing),
        plan_limit=Limit(start=start, interval=interval) if allowed else None,
        found="; ".join(dict.fromkeys(w for w, _ in failing)),
        start=start.text("mg"),
        interval=str(interval),
    )


def _missing_tests(
    record: Record, found: Presences, tests: tuple[Newest, ...], rules: RulesOn
) -> Iterator[Reason]:
    """A recorded kidney disease asks for a recent rate."""
    disease = found.present("findings/kidney-disease")
    oldest = rules.days("kidney-tests-needed", "oldest")
    known = {r.result for r in rates(record, rules)}
    if not disease or any(r in known for n in tests for r in n.reassuring(rules.as_of, oldest)):
        return
    yield rules.reason(
        "kidney-tests-needed",
        tuple(p.read for p in disease),
        recorded="; ".join(dict.fromkeys(p.recorded for p in disease)),
        tests=state_of_tests(tests, "eGFR or creatinine", oldest),
    )
