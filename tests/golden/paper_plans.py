"""Plans for tests of paper: one of each kind of measure."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

from golden_records import KNOWN

from openldn.knowledge.schema import Country, Severity, Therapy
from openldn.leaflets.consent import Texts, texts_for
from openldn.plan.ladders import profile_named, typed
from openldn.plan.steps import Plan
from openldn.plan.stock import Article, article_of, syringes_on
from openldn.plan.titration import Wanted, titrate
from openldn.quantities import Dose
from openldn.screening.verdict import Allowed, Caution, Limit, Reason, Suitable

DAY: Final = date(2026, 11, 23)
KINDS: Final = ("liquid", "capsule", "drops", "twice", "cautious", "low")


@cache
def texts() -> Texts:
    """What a patient with multiple sclerosis is told."""
    return texts_for(["conditions/multiple-sclerosis"], KNOWN)


def plan_of(kind: str = "liquid", where: Country | None = None) -> Plan:
    """A plan of one of KINDS."""
    verdict: Allowed = Suitable(Therapy.LDN, DAY, where)
    name = {"twice": "depression-trial", "low": "sensitive"}.get(kind, "standard")
    if kind == "cautious":
        rule = KNOWN.rule("screening/operation-planned")
        values = (("recorded", "Hernia repair"), ("on", "2027-01-10"), ("last_dose", "2027-01-07"))
        limit = Limit(last_day=date(2027, 1, 7))
        thyroid = KNOWN.rule("screening/thyroid-hormone")
        taken = (("recorded", "Levothyroxine 50 microgram"), ("drug", "levothyroxine"))
        reasons = (
            Reason(rule, Severity.CAUTION, values=values, limit=limit),
            Reason(thyroid, Severity.CAUTION, values=taken),
        )
        verdict = Caution(Therapy.LDN, DAY, where, reasons)
    profile = (
        typed("4.5 mg x 14, 4 mg") if kind == "drops" else profile_named(name, verdict, KNOWN, as_of=DAY)
    )
    wanted = Wanted(DAY, profile, prescriber="Dr A. Example", replaces="AAAA-BBBB" if kind == "twice" else "")
    return titrate(verdict, wanted, _article(kind), KNOWN, as_of=DAY, patient="p1")


def _article(kind: str) -> Article:
    syringes = syringes_on(KNOWN, DAY)
    if kind == "drops":
        return article_of(
            KNOWN.formulations["formulations/drops"],
            KNOWN,
            syringes,
            as_of=DAY,
            strengths=(Dose.mg(5),),
            each=Dose.mg("0.219"),
            calibrated="2026-11-02 by A",
        )
    name = "capsule-gelatin" if kind == "capsule" else "liquid-nz"
    return article_of(KNOWN.formulations[f"formulations/{name}"], KNOWN, syringes, as_of=DAY)
