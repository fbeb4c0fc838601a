"""Forms of prescribers: from what is typed to the plain values that decisions are made from."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Final

from django import forms

from openldn.clinic.decisions import Ceiling, PlanInputs, ScreeningInputs
from openldn.clinic.store.models import Patient
from openldn.clinic.typed import NONE_KNOWN, bundle_of
from openldn.knowledge.formulation_schema import Form
from openldn.knowledge.load import load_knowledge
from openldn.plan.choice import Need
from openldn.plan.ladders import profile_rules
from openldn.record.diary import Slot
from openldn.record.interview import Health, Question, Said

_ASKED: Final = {
    Question.PRESCRIBED_ELSEWHERE: "Painkillers or other medicines prescribed by somebody else",
    Question.OVER_THE_COUNTER: "Painkillers bought without a prescription (co-codamol, for one)",
    Question.COUGH_AND_DIARRHOEA: "Medicine for cough or diarrhoea",
    Question.HERBAL_OR_KRATOM: "Herbal products, kratom among them",
    Question.TREATMENT_CLINIC: "Methadone, buprenorphine or anything else from a treatment clinic",
    Question.INJECTION_OR_IMPLANT: "Injections or implants that go on working for weeks",
    Question.OTHER_PEOPLES: "Other people's medicines",
}
_HEALTH: Final = {
    Health.LIVER_DISEASE: "Liver disease",
    Health.KIDNEY_DISEASE: "Kidney disease",
    Health.ORGAN_TRANSPLANT: "An organ transplant",
    Health.PREGNANT: "Pregnant, or possibly so",
    Health.BREASTFEEDING: "Breastfeeding",
    Health.OPERATION_PLANNED: "An operation planned",
    Health.SUICIDAL_THOUGHTS: "Thoughts of suicide",
    Health.CANCER_OR_ADVANCED_ILLNESS: "Cancer or another advanced illness",
}
_SAID: Final = [(Said.NO, "no"), (Said.YES, "yes"), (Said.NOT_KNOWN, "not known")]


_RESULTS: Final = 3
"""Rows for results that the interviewer states."""
_PARTS: Final = ("test", "value", "unit", "upper_limit", "taken")


class Day(forms.DateField):
    """A day, picked or typed as 2026-11-28."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class NewPatient(forms.Form):
    """Who it is."""

    given = forms.CharField(label="First name", max_length=100)
    family = forms.CharField(label="Family name", max_length=100)
    born = Day(label="Born on")


class RecordUpload(forms.Form):
    """A record as a file, or its text."""

    file = forms.FileField(label="FHIR record of this patient (JSON)", required=False)
    text = forms.CharField(label="or its text", required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def content(self) -> tuple[str, str]:
        """The name of the file, and its text; a file that is no UTF-8 text keeps its faults visible."""
        file = self.cleaned_data["file"]
        if file:
            return str(file.name), file.read().decode("utf-8", errors="replace")
        return "typed", self.cleaned_data["text"]


class TypedRecord(forms.Form):
    """A record by hand, where there is none to bring."""

    sex = forms.ChoiceField(choices=[("female", "female"), ("male", "male"), ("other", "other")])
    drugs = forms.CharField(
        label="All medicines, one a line",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="co-codamol 8/500 tablet, 2026-11-01 (the day of the order may follow); 'none' if none",
    )
    conditions = forms.CharField(
        label="Diagnoses, one a line", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    dated = Day(label="Complete as of")

    def bundle(self, patient: Patient) -> str:
        """The record as FHIR."""
        given = self.cleaned_data
        drugs = [_drug_and_day(line) for line in _lines(given["drugs"])]
        if [name.casefold() for name, _ in drugs] == ["none"]:
            drugs = [(NONE_KNOWN, None)]
        found = bundle_of(patient, given["sex"], _lines(given["conditions"]), drugs, dated=given["dated"])
        return json.dumps(found, ensure_ascii=False)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _drug_and_day(line: str) -> tuple[str, date | None]:
    name, _, last = line.rpartition(",")
    try:
        return name.strip(), date.fromisoformat(last.strip())
    except ValueError:
        return line, None


class InterviewForm(forms.Form):
    """The seven questions about opioids, and those about health; what is not asked is not known."""

    held = Day(label="Asked on")
    no_opioid_since = Day(label="No opioid of any kind since (in the patient's own words)", required=False)
    operation_on = Day(label="Day of the operation", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question, label in _ASKED.items():
            self.fields[question] = _answer(label)
            self.fields[f"{question}-name"] = forms.CharField(label="Which", required=False)
            self.fields[f"{question}-last"] = Day(label="Last taken on", required=False)
        for health, label in _HEALTH.items():
            self.fields[health] = _answer(label)
        tests = [("", ""), *((m.id, m.name) for m in load_knowledge().measures.values())]
        for n in range(_RESULTS):
            self.fields[f"result-{n}-test"] = forms.ChoiceField(label="Test", choices=tests, required=False)
            self.fields[f"result-{n}-value"] = forms.CharField(label="Value", required=False)
            self.fields[f"result-{n}-unit"] = forms.CharField(label="Unit", required=False)
            self.fields[f"result-{n}-upper_limit"] = forms.CharField(label="Upper limit", required=False)
            self.fields[f"result-{n}-taken"] = Day(label="Taken on", required=False)

    def asked(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Each question about opioids with its two details."""
        return [(self[q], self[f"{q}-name"], self[f"{q}-last"]) for q in _ASKED]

    def health(self) -> list[forms.BoundField]:
        """The questions about health."""
        return [self[h] for h in _HEALTH]

    def results(self) -> list[list[forms.BoundField]]:
        """Rows for results that the record does not hold."""
        return [[self[f"result-{n}-{part}"] for part in _PARTS] for n in range(_RESULTS)]

    def _stated_results(self) -> list[dict[str, str]]:
        rows = ({p: self.cleaned_data[f"result-{n}-{p}"] for p in _PARTS} for n in range(_RESULTS))
        told = ({p: str(value) for p, value in row.items() if value} for row in rows)
        return [row for row in told if "test" in row]

    def interview(self, by: str) -> dict[str, Any]:
        """The interview as a file holds it."""
        given = self.cleaned_data
        medicines = [
            {"question": str(q), "name": given[f"{q}-name"]}
            | ({"last_taken": given[f"{q}-last"].isoformat()} if given[f"{q}-last"] else {})
            for q in _ASKED
            if given[f"{q}-name"]
        ]
        days = {n: given[n].isoformat() for n in ("no_opioid_since", "operation_on") if given[n]}
        return {
            "held": given["held"].isoformat(),
            "by": by,
            "answers": {str(q): given[q] or str(Said.NOT_KNOWN) for q in _ASKED},
            "health": {str(h): given[h] or str(Said.NOT_KNOWN) for h in _HEALTH},
            "medicines": medicines,
            "results": self._stated_results(),
            **days,
        }

    @classmethod
    def fields_of(cls, interview: dict[str, Any]) -> dict[str, Any]:
        """An interview as the form shows it."""
        named = {m["question"]: m for m in interview.get("medicines", ())}
        return {
            **{n: interview[n] for n in ("held", "no_opioid_since", "operation_on") if n in interview},
            **interview.get("answers", {}),
            **interview.get("health", {}),
            **{f"{q}-name": m["name"] for q, m in named.items()},
            **{f"{q}-last": m.get("last_taken") for q, m in named.items()},
            **{
                f"result-{n}-{part}": text
                for n, row in enumerate(interview.get("results", ()))
                for part, text in row.items()
            },
        }


def _answer(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_SAID, widget=forms.RadioSelect, required=False)


class EndForm(forms.Form):
    """A recorded order ended, on a prescriber's word."""

    drug = forms.CharField(label="Drug or number of the order")
    ended = Day(label="Ended on")


class AsideForm(forms.Form):
    """One rule's reason is set aside."""

    rule = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why", max_length=1000)
    until = Day(label="Until")


class PlanForm(forms.Form):
    """What a plan is wanted for; empty fields leave it to the rules."""

    starts = Day(label="First dose on")
    profile = forms.ChoiceField(label="Ladder", required=False)
    steps = forms.CharField(
        label="or own steps",
        required=False,
        help_text="0.5 mg x 7, 1 mg x 7, 1.5 mg: every limit applies",
    )
    form = forms.ChoiceField(
        label="Form", required=False, choices=[("", "what suits best"), *((f, f) for f in Form)]
    )
    needs = forms.MultipleChoiceField(
        label="Known of the patient",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (Need.SWALLOWING, "cannot swallow capsules or tablets"),
            (Need.GUT, "side effects on the gut, or poor uptake"),
            (Need.MOUTH, "trouble with the mouth"),
        ],
    )
    slot = forms.ChoiceField(
        label="Time of day", required=False, choices=[("", "at night"), (Slot.MORNING, "in the morning")]
    )
    ceiling = forms.CharField(
        label="Signed ceiling", required=False, help_text="above 4.5 mg, up to 6 mg: '6 mg'"
    )
    ceiling_reason = forms.CharField(label="Reason for it", required=False)
    ceiling_until = Day(label="Until", required=False)

    def __init__(self, *args: Any, proposed: tuple[tuple[str, str], ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [(name, f"{name} (proposed: {why})") for name, why in proposed]
        known = {name for name, _ in proposed}
        rest = [(n, n) for n, r in profile_rules(load_knowledge()).items() if r.parameters and n not in known]
        self.fields["profile"].choices = [*first, *rest]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A ceiling has its reason and its day."""
        given = super().clean() or {}
        if given.get("ceiling") and not (given.get("ceiling_reason") and given.get("ceiling_until")):
            raise forms.ValidationError("A signed ceiling needs its reason and the day until which it holds.")
        return given

    def inputs(self, patient: Patient, screening: ScreeningInputs, by: str, replaces: str) -> PlanInputs:
        """What the plan is made from."""
        given = self.cleaned_data
        ceiling = given["ceiling"] and Ceiling(
            dose=given["ceiling"], by=by, reason=given["ceiling_reason"], until=given["ceiling_until"]
        )
        return PlanInputs(
            screening=screening,
            patient=patient.number,
            starts=given["starts"],
            prescriber=by,
            profile="" if given["steps"] else given["profile"],
            steps=given["steps"],
            form=Form(given["form"]) if given["form"] else None,
            needs=tuple(Need(n) for n in given["needs"]),
            slot=Slot(given["slot"]) if given["slot"] else None,
            ceiling=ceiling or None,
            stock=patient.clinic.stock,
            replaces=replaces,
        )


def first_day(as_of: date) -> dict[str, str]:
    """A form of a plan that begins today."""
    return {"starts": as_of.isoformat()}
