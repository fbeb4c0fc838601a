"""Setting a reason aside: who, why, until when; what it leaves and what it may never touch."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from golden_records import KNOWN, record_of

from openldn.knowledge.schema import Country, Therapy
from openldn.quantities import Dose
from openldn.screening.screen import screen
from openldn.screening.verdict import CannotOverride, Override, Verdict, override

AS_OF = date(2026, 11, 1)
TOMORROW = date(2026, 11, 2)
OLD_LIST: dict[str, Any] = {"list": {"dated": "2026-09-01"}}
OPIOID: dict[str, Any] = {"drugs": [{"text": "morphine 10 mg", "status": "active"}]}
FAILING: dict[str, Any] = {
    "conditions": [{"text": "Hepatic failure"}],
    "results": [{"test": "ALT", "value": "35", "unit": "U/L"}],
}
LIST_RULE = "screening/drug-list-old"


def verdict(where: Country | None = None, **case: Any) -> Verdict:
    record = record_of({"as_of": AS_OF.isoformat(), **case})
    return screen(record, Therapy.LDN, KNOWN, as_of=AS_OF, where=where).verdict


def set_aside(found: Verdict, rule: str = LIST_RULE, **more: Any) -> Verdict:
    return override(found, rule, **{"by": "Dr A", "reason": "by phone", "until": TOMORROW, **more})


def test_what_is_set_aside_stays_visible_and_leaves_a_caution() -> None:
    found = verdict(where="GB", **OLD_LIST)
    assert found.word == "cannot tell"
    left = set_aside(found, by=" Dr A ", reason=" by phone ")
    assert left.word == "caution"
    assert (left.therapy, left.as_of, left.where) == (Therapy.LDN, AS_OF, "GB")
    (reason,) = left.reasons
    assert reason.set_aside == Override(LIST_RULE, "Dr A", "by phone", TOMORROW)


def test_the_other_reasons_decide() -> None:
    left = set_aside(verdict(**OLD_LIST, conditions=[{"text": "Kidney transplant"}]))
    assert left.word == "contraindicated"
    assert {r.rule.id for r in left.reasons if r.set_aside} == {LIST_RULE}


def test_notes_stay_notes() -> None:
    left = set_aside(verdict(**OLD_LIST, drugs=[{"text": "ibuprofen", "status": "active"}]))
    assert [n.rule.id for n in left.notes] == ["screening/interaction-nsaid"]


def test_it_holds_on_its_last_day() -> None:
    assert set_aside(verdict(**OLD_LIST), until=AS_OF).word == "caution"


@pytest.mark.parametrize(
    ("case", "more", "words"),
    [
        (OLD_LIST, {"until": date(2026, 10, 31)}, "ended on 2026-10-31, before 2026-11-01"),
        (OLD_LIST, {"by": "  "}, "needs the prescriber's name and a reason"),
        (OLD_LIST, {"reason": ""}, "needs the prescriber's name and a reason"),
        (OLD_LIST, {"rule": "screening/child"}, "what can be set aside: screening/drug-list-old"),
        (OPIOID, {"rule": LIST_RULE}, "what can be set aside: none"),
        (OPIOID, {"rule": "screening/opioid-current"}, "cannot be set aside by anyone: "),
        (FAILING, {"rule": "screening/liver-failure"}, "cannot be set aside here, only in US: "),
    ],
)
def test_what_cannot_be_says_why(case: dict[str, Any], more: dict[str, Any], words: str) -> None:
    with pytest.raises(CannotOverride) as error:
        set_aside(verdict(**case), **more)
    assert words in str(error.value)


def test_liver_failure_may_be_set_aside_in_the_us_and_its_limit_stays() -> None:
    left = set_aside(verdict(where="US", **FAILING), "screening/liver-failure")
    assert left.word == "caution"
    (reason,) = left.reasons
    assert reason.limit is not None
    assert reason.limit.ceiling == Dose.mg("0.5")
