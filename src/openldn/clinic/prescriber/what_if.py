"""What if: doses side by side in the simulator, and beside the picture what it does not show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from openldn.answers.simulations import band, drawn, figure, mark_of, told
from openldn.clinic.access import Reach, SignedIn, page
from openldn.pharmacology.ldn_model import LDN_MODEL
from openldn.pharmacology.parameter_sets import default_set
from openldn.pharmacology.population import population, seeded
from openldn.pharmacology.simulate import NOTE, daily, hours_around, side_by_side, simulate
from openldn.quantities import Dose


def _slider(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal("0.1"),
        max_value=Decimal(50),
        decimal_places=1,
        widget=forms.NumberInput(attrs={"type": "range", "step": "0.1"}),
    )


class WhatIfForm(forms.Form):
    """Two doses, how long, what is looked at, and which account of it."""

    one = _slider("One dose a day, 0.1 to 50 mg")
    other = _slider("Another beside it, 0.1 to 50 mg")
    days = forms.IntegerField(
        label="For 1 to 10 days", min_value=1, max_value=10, widget=forms.NumberInput(attrs={"type": "range"})
    )
    people = forms.BooleanField(label="Show people who differ: 90 of 100 lie within the band", required=False)
    output = forms.ChoiceField(label="Look at")
    hypothesis = forms.ChoiceField(label="By which account")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outputs = [(name, o.title) for name, o in LDN_MODEL.outputs.items()]
        variants = [(name, v.title) for name, v in default_set().variants.items()]
        self.fields["output"].choices = outputs  # type: ignore[attr-defined]
        self.fields["hypothesis"].choices = variants  # type: ignore[attr-defined]


_PEOPLE: Final = 100
"""Enough for a band, few enough for a slider."""
_FIRST: Final = {
    "one": "4.5",
    "other": "50",
    "days": 7,
    "output": "occ_brain",
    "hypothesis": "transient-blockade",
}


@page(Reach.CARE)
def show(request: SignedIn) -> HttpResponse:
    """The sliders, and what they give."""
    given = request.GET if request.GET else _FIRST
    form = WhatIfForm(given)
    return render(request, "prescriber/what_if.html", {"form": form} | _given(form))


@page(Reach.CARE)
def picture(request: SignedIn) -> HttpResponse:
    """What the sliders give, while they are moved."""
    return render(request, "prescriber/_what_if.html", _given(WhatIfForm(request.GET)))


def _given(form: WhatIfForm) -> dict[str, Any]:
    if not form.is_valid():
        told_of = (f"{name}: {' '.join(map(str, e))}" for name, e in form.errors.items())
        return {"problem": "; ".join(told_of)}
    chosen = form.cleaned_data
    doses = list(dict.fromkeys(Dose.mg(chosen[name]) for name in ("one", "other")))
    days, output = chosen["days"], chosen["output"]
    values = default_set().of_variant(chosen["hypothesis"])
    hours = hours_around(daily(doses[0], days), 24.0 * days)
    if chosen["people"]:
        who = values | population(_PEOPLE, seeded(1), around=values)
        courses = {str(dose): simulate(daily(dose, days), hours, values=who) for dose in doses}
    else:
        courses = side_by_side(doses, days, hours, values=values)
    of, chosen_account = LDN_MODEL.outputs[output], chosen["hypothesis"]
    account = "" if chosen_account == _FIRST["hypothesis"] else default_set().variants[chosen_account].title
    rows = [
        (
            name,
            mark_of(course.standing[output]),
            [figure(value) for value in (*told(course, output), *(band(course, output) or ()))],
        )
        for name, course in courses.items()
    ]
    first = next(iter(courses.values()))
    return {
        "picture": mark_safe(drawn(courses, output, account=account, styled=False)),  # noqa: S308 - our own
        "rows": rows,
        "people": chosen["people"],
        "of": of,
        "note": NOTE,
        "about": f"engine {first.engine}, parameters {first.parameters}, OpenLDN {first.version}",
    }
