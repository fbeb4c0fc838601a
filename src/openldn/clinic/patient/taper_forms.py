"""The diary of a taper: all optional, each answer the word that a diary has for it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms

from openldn.clinic.patient.forms import GRADES, PAINKILLERS
from openldn.knowledge.load import load_knowledge
from openldn.record.diary import Asks, Taken
from openldn.record.scales import score

_SCALE: Final = "sows-gossop"
_ANSWERS: Final = [("", ""), ("0", "none"), ("1", "mild"), ("2", "moderate"), ("3", "severe")]


class TaperDiaryForm(forms.Form):
    """One minute a day, and the ten questions about withdrawal where somebody wants to answer them."""

    day = forms.DateField(widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)
    taken = forms.ChoiceField(
        label="Did you take it as planned?",
        required=False,
        widget=forms.RadioSelect,
        choices=[(Taken.YES, "yes"), (Taken.LATE, "yes, late"), (Taken.MISSED, "none of it")],
    )
    dose = forms.CharField(
        label="Another amount in the whole day?", required=False, help_text="with its unit, like 35 mg"
    )
    withdrawal = forms.ChoiceField(
        label="Signs of withdrawal (sick, cramps, cold, aching, yawning, runny eyes)",
        required=False,
        widget=forms.RadioSelect,
        choices=GRADES,
    )
    suicidal = forms.ChoiceField(
        label="Thoughts of suicide or of harming yourself",
        required=False,
        widget=forms.RadioSelect,
        choices=[("0", "no"), ("1", "yes")],
    )
    overdose = forms.ChoiceField(
        label="Was I hard to wake, or was my breathing slow or noisy? (ask those around you)",
        required=False,
        widget=forms.RadioSelect,
        choices=[("0", "no"), ("1", "yes")],
    )
    asks = forms.ChoiceField(
        label="Do you want a pause?",
        required=False,
        widget=forms.RadioSelect,
        choices=[(Asks.NOTHING, "no"), (Asks.PAUSE, "yes, a pause now")],
    )
    painkiller = forms.ChoiceField(
        label="Any other painkiller, cough or diarrhoea medicine?",
        required=False,
        widget=forms.RadioSelect,
        choices=PAINKILLERS,
    )
    painkiller_name = forms.CharField(label="Which?", required=False, max_length=200)
    new_medicine = forms.CharField(
        label="Any new medicine, to sleep or to calm down too? Which?", required=False, max_length=200
    )
    pregnancy_test = forms.ChoiceField(
        label="Pregnancy test",
        required=False,
        choices=[("", "none done"), ("negative", "negative"), ("positive", "positive")],
    )
    note = forms.CharField(
        label="Anything else", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in load_knowledge().scales[_SCALE].items:
            self.fields[f"sows-{item.id}"] = forms.ChoiceField(
                label=item.about, required=False, choices=_ANSWERS
            )

    def items(self) -> list[forms.BoundField]:
        """The ten questions about withdrawal."""
        return [self[name] for name in self.fields if name.startswith("sows-")]

    def clean(self) -> dict[str, Any]:
        """Ten answers or none: a score of fewer says less than it seems to."""
        given = super().clean() or {}
        answered = [n for n in self.fields if n.startswith("sows-") and given.get(n)]
        if answered and len(answered) < len(self.items()):
            raise forms.ValidationError("Please answer all ten questions about withdrawal, or none of them.")
        return given

    def row(self) -> dict[str, str]:
        """The entry as text by column; a question left open stays open."""
        given = self.cleaned_data
        graded = {
            "withdrawal": given["withdrawal"],
            "suicidal-thoughts": given["suicidal"],
            "overdose-signs": given["overdose"],
        }
        felt = "; ".join(f"{n} {g}" for n, g in graded.items() if g not in ("", "0"))
        nothing = "none" if given["withdrawal"] == "0" else ""
        plain = ("taken", "dose", "asks", "painkiller", "painkiller_name", "new_medicine", "pregnancy_test")
        return {
            "date": given["day"].isoformat(),
            **{name: given[name] for name in (*plain, "note")},
            "effects": felt or nothing,
            "results": self._score(),
        }

    def _score(self) -> str:
        given = self.cleaned_data
        names = [n for n in self.fields if n.startswith("sows-") and given.get(n)]
        if not names:
            return ""
        answers = {n.removeprefix("sows-"): int(given[n]) for n in names}
        total = score(load_knowledge().scales[_SCALE], answers).total
        return f"{_SCALE} {total}"

    @classmethod
    def fields_of(cls, day: date, row: dict[str, str]) -> dict[str, Any]:
        """What was written for a day, as the form shows it; single answers of a score are not kept."""
        found: dict[str, Any] = {**row, "day": day}
        names = {"suicidal-thoughts": "suicidal", "overdose-signs": "overdose", "withdrawal": "withdrawal"}
        if row.get("effects"):
            found |= {"withdrawal": "0", "suicidal": "0", "overdose": "0"}
        for part in row.get("effects", "").split(";"):
            name, _, grade = part.strip().rpartition(" ")
            if name in names:
                found[names[name]] = grade
        return found
