"""Forms of pharmacists: a batch, its readings, the counter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms

from openldn.dispensing.hand_over import Counter, questions
from openldn.dispensing.making import MakingInputs, expiries_of
from openldn.dispensing.readings import Entry, Kind
from openldn.knowledge.formula_schema import Kept
from openldn.knowledge.load import load_knowledge
from openldn.plan.supply import Item
from openldn.quantities import Dose, Mass, NotAnAmount, Volume
from openldn.record.interview import Said

_SAID: Final = [(Said.NO, "no"), (Said.YES, "yes"), (Said.NOT_KNOWN, "does not know")]
_UNITS: Final = {Kind.MASS: tuple(Mass.units), Kind.DOSE: tuple(Dose.units), Kind.VOLUME: tuple(Volume.units)}
_PLAIN: Final = ("make", "lot", "strength", "balance", "glass", "largest_flask", "filler_alone", "drug_alone")


class BatchForm(forms.Form):
    """What a pharmacist states of a batch; empty fields are of other products."""

    formula = forms.ChoiceField(label="Formula")
    make = forms.CharField(label="How much", help_text="100 mL; 60 capsules", max_length=30)
    lot = forms.CharField(
        label="Lot of the powder",
        required=False,
        max_length=120,
        help_text="A123; assay=99.2; water=5: in percent, as its certificate says. Empty: from tablets",
    )
    strength = forms.CharField(
        label="Strength, of capsules, drops or cream",
        required=False,
        max_length=30,
        help_text="4.5 mg; 5 mg per mL",
    )
    filler_alone = forms.CharField(
        label="A shell holds of filler alone", required=False, help_text="135 mg, measured", max_length=20
    )
    drug_alone = forms.CharField(
        label="A shell holds of the drug alone", required=False, help_text="180 mg, measured", max_length=20
    )
    balance = forms.CharField(label="Step of the balance", initial="0.1 mg", max_length=20)
    glass = forms.CharField(
        label="Flasks, pipettes, cylinders", initial="flask-a-us, pipette-a-us, cylinder-a-us", max_length=200
    )
    largest_flask = forms.CharField(
        label="No flask above", initial="100 mL", required=False, help_text="empty: any", max_length=20
    )
    expiries = forms.CharField(
        label="Expiry of components, one a line",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="glycerol=2027-03-31",
    )
    study = forms.ChoiceField(
        label="Stability study of just this preparation",
        required=False,
        choices=[("", "not attached: the default limit"), *((k, f"attached, kept: {k}") for k in Kept)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = sorted((f.title, key) for key, f in load_knowledge().all_formulas.items())
        self.fields["formula"].choices = [(key, title) for title, key in titles]  # type: ignore[attr-defined]

    def inputs(self, *, made: date) -> MakingInputs:
        """What the batch is made from.

        Raises:
            CannotMeasure: an expiry that is not understood.
        """
        given = self.cleaned_data
        expiries = expiries_of(line.strip() for line in given["expiries"].splitlines() if line.strip())
        study = Kept(given["study"]) if given["study"] else None
        plain = {name: given[name] for name in _PLAIN}
        return MakingInputs(formula=given["formula"], made=made, expiries=expiries, study=study, **plain)


class ReadingsForm(forms.Form):
    """One field an entry: a number with a unit that is chosen, a count, or a code that is scanned."""

    def __init__(self, entries: tuple[Entry, ...], before: Mapping[str, str], data: Any = None) -> None:
        super().__init__(data)
        self._entries = entries
        for entry in entries:
            text, units = before.get(entry.key, ""), _UNITS.get(entry.kind, ())
            number, _, unit = text.partition(" ") if units else (text, "", "")
            self.fields[entry.key] = forms.CharField(
                label=entry.asks, required=False, initial=number, max_length=100
            )
            self.fields[entry.key].widget.attrs["autocomplete"] = "off"
            if len(units) > 1:
                self.fields[_unit_of(entry)] = forms.ChoiceField(
                    label="unit",
                    required=False,
                    initial=_singular(unit),
                    choices=[("", "choose a unit"), *((u, u) for u in units)],
                )

    def rows(self) -> list[tuple[Entry, forms.BoundField, forms.BoundField | None]]:
        """Each entry with its field, and that of its unit where there is a choice."""
        return [
            (e, self[e.key], self[_unit_of(e)] if _unit_of(e) in self.fields else None) for e in self._entries
        ]

    def texts(self) -> dict[str, str]:
        """What was read, by entry, as a table of readings has it."""
        given, found = self.cleaned_data, {}
        for entry in self._entries:
            if not (text := given[entry.key].strip()):
                continue
            units = _UNITS.get(entry.kind, ())
            unit = given.get(_unit_of(entry), units[0] if units else "")
            found[entry.key] = f"{text} {unit}" if unit else text
        return found

    def clean(self) -> dict[str, Any]:
        """A number needs its unit."""
        given = super().clean() or {}
        for entry in self._entries:
            if _unit_of(entry) in self.fields and given.get(entry.key) and not given.get(_unit_of(entry)):
                self.add_error(entry.key, "Choose the unit that the display shows.")
        return given


def _unit_of(entry: Entry) -> str:
    return f"{entry.key}.unit"


def _singular(unit: str) -> str:
    return unit.removesuffix("s")


class CounterForm(forms.Form):
    """What is asked, scanned and counted at the counter."""

    plan_scanned = forms.CharField(label="Code on the prescription", required=False, max_length=80)
    batch_scanned = forms.CharField(label="Code on the bottle", required=False, max_length=40)
    amount = forms.CharField(label="Handed out", max_length=20)
    avoids = forms.CharField(
        label="Allergies and wishes, one a line, in the patient's words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    avoids_nothing = forms.BooleanField(label="Asked: there is neither allergy nor wish", required=False)

    def __init__(self, item: Item, today: date, data: Any = None) -> None:
        super().__init__(data)
        self._item = item
        unit = "capsules" if item.pieces else "mL"
        self.fields["amount"].help_text = f"{unit} of {item.name}"
        self._questions = questions(load_knowledge(), as_of=today)
        for n, question in enumerate(self._questions):
            self.fields[f"answer_{n}"] = forms.ChoiceField(
                label=question, choices=_SAID, widget=forms.RadioSelect, required=False
            )
        asked = [f"answer_{n}" for n in range(len(self._questions))]
        self.order_fields([*asked, "avoids", "avoids_nothing", "plan_scanned", "batch_scanned", "amount"])

    def clean_amount(self) -> int:
        """Capsules or nanolitres."""
        text = self.cleaned_data["amount"].strip()
        if self._item.pieces:
            if not text.isdecimal() or not int(text):
                raise forms.ValidationError("How many capsules: a whole number.")
            return int(text)
        try:
            return Volume.parse(text if text.lower().endswith("ml") else f"{text} mL").base
        except NotAnAmount as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Something is avoided, or nothing."""
        given = super().clean() or {}
        if given.get("avoids", "").strip() and given.get("avoids_nothing"):
            self.add_error("avoids_nothing", "Something is written above, and this says there is nothing.")
        return given

    def counter(self, *, on: date, since: date) -> Counter:
        """What the core checks."""
        given = self.cleaned_data
        answers = tuple(
            Said(given[f"answer_{n}"]) if given[f"answer_{n}"] else Said.NOT_KNOWN
            for n in range(len(self._questions))
        )
        avoided = tuple(line.strip() for line in given["avoids"].splitlines() if line.strip())
        avoids = avoided or (() if given["avoids_nothing"] else None)
        plan, batch = given["plan_scanned"].removeprefix("openldn plan "), given["batch_scanned"]
        return Counter(on, answers, avoids, plan.strip(), batch.strip(), given["amount"], since)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Why", max_length=500)
