"""Forms of patients: all optional, each answer the word that a diary has for it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms

from openldn.clinic.store.models import Question
from openldn.knowledge.load import load_knowledge
from openldn.record.diary import Painkiller, Taken

_SCALE: Final = [("", ""), *((str(n), str(n)) for n in range(11))]
GRADES: Final = [("0", "no"), ("1", "mild"), ("2", "troublesome"), ("3", "severe")]
PAINKILLERS: Final = [
    (Painkiller.NO, "no"),
    (Painkiller.NOT_AN_OPIOID, "yes, one without an opioid"),
    (Painkiller.OPIOID, "yes, an opioid (codeine, tramadol, loperamide, a strong painkiller)"),
    (Painkiller.NOT_NAMED, "yes, and I do not know which kind"),
]


class DiaryForm(forms.Form):
    """One minute a day."""

    day = forms.DateField(widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)
    slot = forms.CharField(widget=forms.HiddenInput, required=False)
    taken = forms.ChoiceField(
        label="Did you take the dose?",
        required=False,
        widget=forms.RadioSelect,
        choices=[(Taken.YES, "yes"), (Taken.LATE, "yes, late"), (Taken.MISSED, "no")],
    )
    symptoms = forms.ChoiceField(
        label="How strong are your symptoms today?",
        help_text="0 none, 10 the worst",
        required=False,
        choices=_SCALE,
    )
    sleep = forms.ChoiceField(
        label="How badly did you sleep?",
        help_text="0 very well, 10 not at all",
        required=False,
        choices=_SCALE,
    )
    no_effects = forms.BooleanField(label="No side effects today", required=False)
    painkiller = forms.ChoiceField(
        label="Any painkiller, cough or diarrhoea medicine?",
        required=False,
        widget=forms.RadioSelect,
        choices=PAINKILLERS,
    )
    painkiller_name = forms.CharField(label="Which?", required=False, max_length=200)
    new_medicine = forms.CharField(label="Any new medicine? Which?", required=False, max_length=200)
    pregnancy_test = forms.ChoiceField(
        label="Pregnancy test",
        required=False,
        choices=[("", "none done"), ("negative", "negative"), ("positive", "positive")],
    )
    operation_on = forms.DateField(
        label="An operation planned on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label="Anything else", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, effect in load_knowledge().effects.items():
            self.fields[f"effect-{name}"] = forms.ChoiceField(
                label=effect.name, required=False, choices=GRADES, initial="0"
            )

    def effects(self) -> list[forms.BoundField]:
        """Each side effect with its grade."""
        return [self[name] for name in self.fields if name.startswith("effect-")]

    def has_effects(self) -> bool:
        """Whether a side effect was graded before, so that its list stands open."""
        return any(field.value() not in (None, "", "0") for field in self.effects())

    def clean(self) -> dict[str, Any]:
        """None and some at once cannot be."""
        given = super().clean() or {}
        if given.get("no_effects") and _graded(given):
            raise forms.ValidationError("Either no side effects, or some: please choose.")
        return given

    def row(self) -> dict[str, str]:
        """The entry as text by column; a question left open stays open."""
        given = self.cleaned_data
        graded = _graded(given)
        plain = (
            "slot",
            "taken",
            "symptoms",
            "sleep",
            "painkiller",
            "painkiller_name",
            "new_medicine",
            "note",
        )
        operation = given["operation_on"]
        return {
            "date": given["day"].isoformat(),
            **{name: given[name] for name in plain},
            "effects": "none" if given["no_effects"] else "; ".join(f"{n} {g}" for n, g in graded),
            "pregnancy_test": given["pregnancy_test"],
            "operation_on": operation.isoformat() if operation else "",
        }

    @classmethod
    def fields_of(cls, day: date, row: dict[str, str]) -> dict[str, Any]:
        """What was written for a day, as the form shows it."""
        effects = row.get("effects", "")
        found: dict[str, Any] = {**row, "day": day, "no_effects": effects == "none"}
        for part in effects.split(";"):
            name, _, grade = part.strip().rpartition(" ")
            found[f"effect-{name}"] = grade
        return found


def _graded(given: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name.removeprefix("effect-"), grade)
        for name, grade in given.items()
        if name.startswith("effect-") and grade not in ("", "0")
    ]


class AskForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a patient may ask for."""

    class Meta:
        """About what, and in the patient's words."""

        model = Question
        fields = ("about", "text")
        labels = {"about": "I would like", "text": "In your words"}  # noqa: RUF012 - Django's own form of it
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}  # noqa: RUF012
