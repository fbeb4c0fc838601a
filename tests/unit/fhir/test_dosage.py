"""How long an order runs by its own words; expected days counted by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from openldn.fhir.dosage import order_runs_until
from openldn.fhir.fields import Fields

DAY = date(2026, 3, 1)
THREE_A_DAY = {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}
ONE_TABLET = [{"doseQuantity": {"value": 1, "unit": "tablet"}}]


def runs_until(**fields: Any) -> date | None:
    notes: list[tuple[str, str]] = []
    return order_runs_until(Fields(fields, "MedicationRequest/1", lambda *n: notes.append(n)), DAY)[0]


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({}, None),
        ({"dispenseRequest": {"expectedSupplyDuration": {"value": 10, "unit": "days"}}}, date(2026, 3, 11)),
        (
            {
                "dispenseRequest": {
                    "numberOfRepeatsAllowed": 4,
                    "expectedSupplyDuration": {"value": 10, "code": "d"},
                }
            },
            date(2026, 4, 20),
        ),
        ({"dispenseRequest": {"expectedSupplyDuration": {"value": 2, "code": "wk"}}}, date(2026, 3, 15)),
        ({"dispenseRequest": {"expectedSupplyDuration": {"value": 2, "code": "fortnight"}}}, None),
        ({"dispenseRequest": {"validityPeriod": {"end": "2026-08-22T00:00:00-07:00"}}}, date(2026, 8, 22)),
        (
            {
                "dispenseRequest": {
                    "validityPeriod": {"end": "2027-03-01"},
                    "expectedSupplyDuration": {"value": 10, "unit": "Day"},
                }
            },
            date(2026, 3, 11),
        ),
        (
            {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"end": "2026-06"}}}}]},
            date(2026, 6, 30),
        ),
        (
            {
                "dosageInstruction": [
                    {"timing": {"repeat": {"boundsPeriod": {"end": "2026-06-01"}}}},
                    {"timing": THREE_A_DAY},
                ]
            },
            None,
        ),
        (
            {"dosageInstruction": [{"timing": {"repeat": {"boundsDuration": {"value": 3, "code": "d"}}}}]},
            date(2026, 3, 4),
        ),
        (
            {
                "dosageInstruction": [
                    {"timing": {"repeat": {"count": 6, "frequency": 2, "period": 1, "periodUnit": "d"}}}
                ]
            },
            date(2026, 3, 4),
        ),
        ({"dosageInstruction": [{"timing": {"event": ["2026-03-02", "2026-03-09"]}}]}, date(2026, 3, 9)),
        (
            {
                "dispenseRequest": {"quantity": {"value": 30, "unit": "TAB"}},
                "dosageInstruction": [{"timing": THREE_A_DAY, "doseAndRate": ONE_TABLET}],
            },
            date(2026, 3, 11),
        ),
        (
            {
                "dispenseRequest": {"quantity": {"value": 30, "unit": "TAB"}},
                "dosageInstruction": [
                    {"timing": THREE_A_DAY, "doseAndRate": ONE_TABLET, "asNeededBoolean": True}
                ],
            },
            None,
        ),
        (
            {
                "dispenseRequest": {"quantity": {"value": 30, "unit": "TAB"}},
                "dosageInstruction": [
                    {
                        "timing": {
                            "repeat": {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}
                        },
                        "doseAndRate": [
                            {
                                "doseRange": {
                                    "low": {"value": 1, "unit": "TAB"},
                                    "high": {"value": 2, "unit": "TAB"},
                                }
                            }
                        ],
                    }
                ],
            },
            date(2026, 3, 9),  # slowest: one tablet every 6 h = 4 a day, 30 / 4 = 7.5 days, counted up to 8
        ),
        (
            {
                "dispenseRequest": {"quantity": {"value": 30, "unit": "TAB"}},
                "dosageInstruction": [
                    {"timing": THREE_A_DAY, "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg"}}]}
                ],
            },
            None,
        ),
        ({"dispenseRequest": {"expectedSupplyDuration": {"value": "ten", "unit": "days"}}}, None),
        ({"dispenseRequest": {"expectedSupplyDuration": {"value": 10**30, "unit": "days"}}}, None),
    ],
)
def test_the_last_day_an_order_accounts_for(fields: dict[str, Any], until: date | None) -> None:
    assert runs_until(**fields) == until
