"""The liver: failure, Child-Pugh class, enzymes in multiples of the upper limit, and tests that are missing.

Rules read here: screening/liver-failure, child-pugh, child-pugh-a, child-pugh-b, child-pugh-unknown,
liver-enzymes-stop, liver-enzymes-high, liver-enzymes-raised, liver-disease, liver-tests-needed,
liver-tests-advised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from openldn.record.patient import Record
from openldn.record.results import TestResult
from openldn.screening.child_pugh import child_pugh
from openldn.screening.findings import Presence, Presences
from openldn.screening.opioids import Exposure, Use
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

_ENZYMES = ("alt", "ast")


def liver_reasons(
    record: Record, found: Presences, drugs: tuple[Exposure, ...], rules: RulesOn
) -> Iterator[Reason]:
    """All that the liver says."""
    tests = {m: newest(record, m, rules.as_of) for m in (*_ENZYMES, "bilirubin")}
    for test in tests.values():
        yield from unreadable_reasons(test, rules)
    yield from _multiples(tests, found, rules)
    yield from _disease(record, found, rules)
    yield from _missing_tests(tests, found, drugs, rules)


@dataclass(frozen=True, slots=True)
class _Multiple:
    """A result as a multiple of its upper limit of normal."""

    result: TestResult
    low: Fraction
    high: Fraction | None
    limit: Fraction
    from_laboratory: bool

    def words(self, times: Fraction, unit: str) -> str:
        """The result and what it exceeds."""
        whose = "" if self.from_laboratory else ", a usual limit, as the laboratory names none"
        than = "the upper limit" if times == 1 else f"{about(times)} times the upper limit"
        return f"{shown(self.result)} is above {than} ({about(self.limit)} {unit}{whose})"


def _multiple(result: TestResult, rules: RulesOn) -> _Multiple | None:
    measure = rules.knowledge.measures[result.measure]
    usual = Fraction(measure.upper_limit.value) if measure.upper_limit else None
    limit = result.upper_limit or usual
    if result.amount is None or limit is None:
        return None
    high = result.amount.high
    return _Multiple(
        result, result.amount.low / limit, high and high / limit, limit, bool(result.upper_limit)
    )


def _multiples(tests: dict[str, Newest], found: Presences, rules: RulesOn) -> Iterator[Reason]:
    """Enzymes and bilirubin against their upper limits; a sign such as jaundice stands above any value."""
    high, stop = rules.number("liver-enzymes-high", "enzymes"), rules.number("liver-enzymes-stop", "enzymes")
    stop_bilirubin = rules.number("liver-enzymes-stop", "bilirubin")
    by_rule: dict[str, list[tuple[str, Read]]] = {}
    for name, test in tests.items():
        unit = rules.knowledge.measures[name].unit or ""
        steps = [
            (stop, "liver-enzymes-stop"),
            (high, "liver-enzymes-high"),
            (Fraction(1), "liver-enzymes-raised"),
        ]
        if name == "bilirubin":
            steps = [(stop_bilirubin, "liver-enzymes-stop"), (Fraction(1), "liver-enzymes-raised")]
        for result in test.results:
            multiple = _multiple(result, rules)
            if multiple is None:
                continue
            for times, rule in steps:
                if multiple.low > times:
                    words = multiple.words(times, unit)
                    by_rule.setdefault(rule, []).append((words, read_of(result)))
                    break
                if multiple.high is None or multiple.high > times:
                    yield undecided(result, rules, f"{about(times)} times the upper limit")
                    break
    for sign in found.present("findings/jaundice"):
        by_rule.setdefault("liver-enzymes-stop", []).append((sign.recorded, sign.read))
    recheck = str(rules.days("liver-enzymes-high", "recheck"))
    for rule, hits in by_rule.items():
        words = "; ".join(dict.fromkeys(w for w, _ in hits))
        yield rules.reason(rule, tuple(r for _, r in hits), found=words, recheck=recheck)


def _disease(record: Record, found: Presences, rules: RulesOn) -> Iterator[Reason]:
    """Failure and decompensation, then the class of a cirrhosis, then any other disease of the liver."""
    failing = list(
        found.present("findings/acute-hepatitis", "findings/liver-failure", "findings/decompensated-liver")
    )
    cirrhosis = found.present("findings/cirrhosis")
    failed = [(p.recorded, p.read) for p in failing]
    graded = child_pugh(record, found, rules)
    if cirrhosis:
        failed += graded.decompensation
    if graded.best == "C" and (cirrhosis or graded.recorded):
        failed.append((f"Child-Pugh class C ({graded.how})", graded.read[0]))
    ceiling = rules.dose("child-pugh-b", "ceiling")
    careful = Limit(start=rules.dose("child-pugh-b", "start"), ceiling=ceiling)
    if failed:
        words = "; ".join(dict.fromkeys(w for w, _ in failed))
        yield rules.reason("liver-failure", tuple(r for _, r in failed), plan_limit=careful, found=words)
    elif cirrhosis or graded.recorded:
        read = (*(p.read for p in cirrhosis), *graded.read)
        recorded = "; ".join(dict.fromkeys(p.recorded for p in cirrhosis)) or graded.how
        if graded.worst == "A":
            yield rules.reason("child-pugh-a", read, how=graded.how)
        elif graded.worst == "B":
            how = graded.how if graded.best == "B" else f"at worst; {graded.how}"
            yield rules.reason("child-pugh-b", read, plan_limit=careful, how=how, ceiling=ceiling.text("mg"))
        else:
            yield rules.reason(
                "child-pugh-unknown",
                read,
                plan_limit=careful,
                recorded=recorded,
                best=graded.best,
                worst=graded.worst,
                missing=", ".join(graded.missing) or "a recent value",
            )
    else:
        for presence in found.present("findings/liver-disease"):
            yield rules.reason("liver-disease", (presence.read,), recorded=presence.recorded)


def _missing_tests(
    tests: dict[str, Newest], found: Presences, drugs: tuple[Exposure, ...], rules: RulesOn
) -> Iterator[Reason]:
    """Tests that a liver disease requires, or that alcohol or another drug asks for."""
    oldest = rules.days("liver-tests-needed", "oldest")
    enzymes = tuple(tests[m] for m in _ENZYMES)
    if any(n.reassuring(rules.as_of, oldest) for n in enzymes):
        return
    state = state_of_tests(enzymes, "ALT or AST", oldest)
    disease = found.present("findings/liver-disease")
    if disease:
        yield rules.reason("liver-tests-needed", _reads(disease), recorded=_words(disease), tests=state)
        return
    advised = rules.rule("liver-tests-advised")
    alcohol = found.present(*advised.findings)
    burdening = [
        e for e in drugs if e.use is not Use.ENDED and set(e.named.drug.classes) & set(advised.drug_classes)
    ]
    read = (*_reads(alcohol), *(Read(e.entry.id, e.entry.describe()) for e in burdening))
    if read:
        recorded = "; ".join(
            dict.fromkeys([*(p.recorded for p in alcohol), *(e.entry.describe() for e in burdening)])
        )
        yield rules.reason("liver-tests-advised", read, recorded=recorded, tests=state)


def _reads(found: tuple[Presence, ...]) -> tuple[Read, ...]:
    return tuple(p.read for p in found)


def _words(found: tuple[Presence, ...]) -> str:
    return "; ".join(dict.fromkeys(p.recorded for p in found))
