"""Forms of a taper: planning it, and deciding what its diary asks for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django import forms

from openldn.clinic.decisions import ScreeningInputs, TaperInputs
from openldn.clinic.prescriber.forms import Day
from openldn.plan.weaning.changes import Move
from openldn.plan.weaning.targets import Basis

_REVIEW: Final = timedelta(days=28)
_DECIDED: Final = {
    Move.AS_PLANNED: "as planned",
    Move.HOLD: "pause: the dose stays as it is until it is signed that it goes on",
    Move.GO_ON_AGAIN: "go on after the pause: this dose for a whole interval, then the next",
    Move.EXTEND: "this dose for one more interval",
    Move.SLOW: "slower: each dose twice as long from now on",
}


class TaperForm(forms.Form):
    """What a taper is wanted for; empty fields leave it to the record and the rules."""

    starts = Day(label="First day")
    drug = forms.CharField(
        label="Opioid", required=False, help_text="empty: the one that the record holds", max_length=100
    )
    daily = forms.CharField(
        label="Taken a day now", required=False, help_text="40 mg, or 50 mcg/h; empty: as recorded"
    )
    stock = forms.CharField(
        label="What the pharmacy has",
        help_text="5 mg, 10 mg; 10 mg ER; 1 mg/mL @0.5 mL; 12 mcg/h, 25 mcg/h",
    )
    duration = forms.IntegerField(
        label="Days of use so far", required=False, min_value=1, help_text="empty: not known, the slow rate"
    )
    basis = forms.ChoiceField(label="Percent of which dose", choices=[(b, b) for b in Basis])
    rate = forms.CharField(label="Percent at each step", required=False, help_text="empty: by the rule")
    interval = forms.IntegerField(label="Days between steps", required=False, min_value=1)
    max_step = forms.CharField(
        label="Most that may go at once", required=False, help_text="percent, usually 25; 'off': no limit"
    )
    floor = forms.CharField(
        label="Longer intervals from", required=False, help_text="the smallest unit once or several times"
    )
    doses_a_day = forms.IntegerField(label="Doses a day", required=False, min_value=1, max_value=6)
    faster_by = forms.CharField(label="Who answers for more than 10 % a week", required=False, max_length=200)
    prescriber = forms.CharField(label="Who prescribes the opioid", max_length=200)
    review = Day(label="Looked at again on", help_text="within a month of the first day")
    team = forms.CharField(
        label="Who helps besides, one a line",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="physiotherapist: name",
    )
    agreed_on = Day(label="The patient agreed on", required=False, help_text="needed for the signature")
    uldn = forms.BooleanField(label="Naltrexone 1 microgram twice a day beside it", required=False)

    def inputs(self, screening: ScreeningInputs) -> TaperInputs:
        """What the taper is made from."""
        given = self.cleaned_data
        plain = ("starts", "drug", "daily", "stock", "duration", "rate", "interval", "max_step", "floor")
        more = ("doses_a_day", "faster_by", "prescriber", "review", "agreed_on")
        return TaperInputs(
            screening=screening,
            basis=Basis(given["basis"]),
            team=tuple(line.strip() for line in given["team"].splitlines() if line.strip()),
            uldn="1 microgram" if given["uldn"] else "",
            **{name: given[name] for name in (*plain, *more)},
        )


def first_taper(as_of: date, prescriber: str) -> dict[str, str]:
    """A form of a taper that begins today."""
    return {
        "starts": as_of.isoformat(),
        "review": (as_of + _REVIEW).isoformat(),
        "prescriber": prescriber,
        "basis": Basis.HYBRID,
    }


class DecisionForm(forms.Form):
    """What is decided about a taper that is followed."""

    move = forms.ChoiceField(
        label="What is decided", choices=list(_DECIDED.items()), widget=forms.RadioSelect
    )
    next_review = Day(label="A review was held today; the next one is on", required=False)
    reason = forms.CharField(label="Why", required=False, max_length=1000)

    def decided(self) -> dict[str, Any]:
        """The arguments of a decision."""
        given = self.cleaned_data
        return {
            "move": Move(given["move"]),
            "next_review": given["next_review"],
            "reason": given["reason"],
        }
