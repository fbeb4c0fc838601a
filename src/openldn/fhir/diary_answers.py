"""How one answer of a diary in FHIR is read: turned into the text of a column, or refused with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NoReturn

from openldn.fhir.fields import Fields
from openldn.fhir.json_text import BadInput
from openldn.knowledge.effect_schema import Effect
from openldn.knowledge.finding_schema import Measure
from openldn.knowledge.load import Knowledge
from openldn.knowledge.names import Code
from openldn.quantities import Dose, NotAnAmount, number_text
from openldn.record.diary import COLUMNS, Painkiller, Slot, Taken, effect_named

FLAGS: Final[Mapping[str, Mapping[bool, str]]] = {
    "taken": {True: "yes", False: "missed"},
    "effects": {False: "none"},
    # A yes without its kind: a name that is known beside it decides, else the next dose waits.
    "painkiller": {True: "not named", False: "no"},
    "new_medicine": {False: "none"},
    "pregnancy_test": {True: "positive", False: "negative"},
    "operation_on": {False: "none"},
}
"""What true and false stand for; elsewhere they are no answer."""
_REPEATS: Final = ("effects", "painkiller_name", "new_medicine", "results", "note")
LINKS: Final = (*COLUMNS, "effect", "no-effects", "result")
_KINDS: Final = (
    "valueString", "valueCoding", "valueBoolean", "valueInteger", "valueDecimal", "valueDate",
    "valueDateTime", "valueQuantity",
)  # fmt: skip
_CHOICES: Final = {"slot": tuple(Slot), "taken": tuple(Taken), "painkiller": tuple(Painkiller)}
_KIND_OF_THING: Final = re.compile(r"\s*\([^()]*\)$")


def flag_text(column: str, flag: bool) -> str:
    """What true or false stands for in a column.

    Raises:
        ValueError: nothing; says what would have worked.
    """
    words = FLAGS.get(column, {})
    if flag not in words:
        other = f"{str(not flag).lower()} ({words[not flag]}) or " if (not flag) in words else ""
        raise ValueError(f"{str(flag).lower()} is no answer here: write {other}the text of the table")
    return words[flag]


def plain_number(value: int | Decimal | Fraction) -> str:
    """A number as a person writes it: no exponent, no zeros at its end, no commas.

    Raises:
        ValueError: it is too large or too fine to be an answer.
    """
    if isinstance(value, Decimal) and not -30 < value.adjusted() < 30:
        raise ValueError(f"{value} is no number of this world")
    exact = Fraction(value)
    if abs(exact) >= 10**30:
        raise ValueError("no number of this world")
    return ("-" if exact < 0 else "") + number_text(abs(exact)).replace(",", "")


def refuse(where: str, reason: str) -> NoReturn:
    """Refuse with the place."""
    raise BadInput(f"{where}: {reason}")


def status_of(response: Fields) -> str:
    """The status of a response, in small letters."""
    return response.text("status").casefold()


@dataclass(slots=True)
class Said:
    """What one response says, gathered by column."""

    knowledge: Knowledge = field(repr=False)
    texts: dict[str, list[str]] = field(default_factory=dict)
    no_effects: set[bool] = field(default_factory=set)

    def row(self, response: Fields) -> dict[str, str]:
        """The response as fields of a diary's entry."""
        _plain(response)
        if "item" not in response.json and status_of(response) in ("completed", "amended"):
            refuse(response.path, "no `item`: nothing is answered in it")
        self._gather(response)
        self._settle_effects(response)
        row = {}
        for column, texts in self.texts.items():
            different = list(dict.fromkeys(texts))
            if len(different) > 1 and column not in _REPEATS:
                refuse(f"{response.path}, {column}", f"answered more than once: {', '.join(different)}")
            row[column] = "; ".join(different)
        if "date" not in row:
            if response.json.get("authored") is None:
                refuse(response.path, "no day: answer `date`, or give `authored`")
            row["date"] = _day(response, "authored")
        return {column: row[column] for column in COLUMNS if column in row}

    def _gather(self, holder: Fields) -> None:
        for item in holder.each("item"):
            _plain(item)
            _answered_below(item)
            link = item.text("linkId")
            if link == "effect":
                self._add("effects", self._effects(item))
            elif link == "result":
                self._add("results", self._results(item))
            elif link in LINKS:
                for answer in item.each("answer"):
                    self._answer(link, answer)
                self._gather(item)
            elif item.json.get("item") and not item.json.get("answer"):
                self._gather(item)  # a group: its name says nothing
            else:
                refuse(f"{item.path}.linkId", f"{link!r} is no question of a diary; {_known(LINKS)}")

    def _answer(self, link: str, answer: Fields) -> None:
        _plain(answer)
        self._gather(answer)
        if answer.json.get("item") and not any(key.startswith("value") for key in answer.json):
            return
        if link == "no-effects":
            flag = answer.flag(_kind(answer, ("valueBoolean",)))
            self.no_effects.update(() if flag is None else (flag,))
        else:
            self._add(link, [self._text(link, answer)])

    def _add(self, column: str, texts: list[str]) -> None:
        if said := [text for text in texts if text]:
            self.texts.setdefault(column, []).extend(said)

    def _settle_effects(self, response: Fields) -> None:
        none = self.texts.get("effects", []) in (["none"], [])
        if len(self.no_effects) > 1 or (False in self.no_effects and none and "effects" in self.texts):
            refuse(f"{response.path}, no-effects", "answered both yes and no")
        if True in self.no_effects:
            if not none:
                refuse(f"{response.path}, no-effects", "true, and there are effects")
            self.texts["effects"] = ["none"]

    def _text(self, column: str, answer: Fields) -> str:
        """The text of one answer."""
        kind = _kind(answer, _KINDS)
        match kind:
            case "valueString":
                return answer.text(kind)
            case "valueBoolean":
                return _flag(column, answer)
            case "valueInteger" | "valueDecimal":
                return _number(answer, kind)
            case "valueDate" | "valueDateTime":
                return _day(answer, kind)
            case "valueQuantity" if column == "dose":
                return " ".join(filter(None, _quantity(answer, _dose_unit)))
            case "valueCoding":
                return self._coded(column, answer)
            case _:
                refuse(f"{answer.path}.{kind}", "only `dose` is a quantity")

    def _coded(self, column: str, answer: Fields) -> str:
        coding = _coding(answer)
        if column in ("painkiller_name", "new_medicine"):
            return self._medicine(coding)
        word = _chosen(coding, "display", "code", meaning=lambda word: self._meaning(column, word))
        plain = self._meaning(column, word)
        if isinstance(plain, Effect):
            return plain.name
        if column == "effects" and not coding.text("display"):
            _code_alone(coding)
        return plain if isinstance(plain, str) else word

    def _meaning(self, column: str, word: str) -> Hashable | None:
        """What a word stands for in a column, None where it is not known there."""
        folded = word.casefold()
        if column == "effects":
            # SNOMED CT ends full names with the kind of thing: Jaundice (finding).
            return effect_named(_KIND_OF_THING.sub("", word), self.knowledge)
        if column == "pregnancy_test":
            return self._test_answer(self.knowledge.measures["pregnancy-test"], word)
        if column in _CHOICES:
            spoken = folded.replace("-", " ")
            return spoken if spoken in _CHOICES[column] else None
        return folded if column in ("symptoms", "sleep", "pgic") and folded.isdecimal() else None

    def _test_answer(self, measure: Measure, word: str) -> str | None:
        return self.knowledge.vocabulary.measures.answer(measure, [word])

    def _medicine(self, coding: Fields) -> str:
        """What is displayed, and in brackets what only the code tells."""
        drugs = self.knowledge.vocabulary.drugs
        code = Code(coding.text("system"), coding.text("code"), coding.text("display"))
        told = {n.drug.name for n in drugs.identify((), (code.display,), spoken=True).named}
        more = [n.drug.name for n in drugs.identify((code,), ()).named if n.drug.name not in told]
        if not code.display:
            return " ".join(more) or _code_alone(coding)
        return f"{code.display} ({', '.join(more)})" if more else code.display

    def _effects(self, item: Fields) -> list[str]:
        """Effects of an item `effect`, each with its `grade` below."""
        found = []
        for answer, below in _with_below(item, ("grade",)):
            kind = _kind(answer, ("valueString", "valueCoding"))
            name = answer.text(kind) if kind == "valueString" else self._coded("effects", answer)
            grades = [self._text("grade", grade) for grade in below["grade"]]
            if not name or len(set(grades)) != 1:
                refuse(
                    answer.path, f"an effect ({name or 'no name'}) with one `grade` from 0 to 3 is expected"
                )
            found.append(f"{name} {grades[0]}")
        return found

    def _results(self, item: Fields) -> list[str]:
        """Results of an item `result`: a text, or a test with its `value` and `limit` below."""
        found = []
        for answer, below in _with_below(item, ("value", "limit")):
            kind = _kind(answer, ("valueString", "valueCoding"))
            if not below["value"] and not below["limit"] and kind == "valueString":
                found.append(answer.text(kind))
            elif len(below["value"]) != 1 or len(below["limit"]) > 1:
                refuse(answer.path, "a test with one `value` and at most one `limit` below it is expected")
            else:
                found.append(self._result(self._measure(answer, kind), below["value"][0], below["limit"]))
        return found

    def _measure(self, answer: Fields, kind: str) -> Measure:
        coding = _coding(answer) if kind == "valueCoding" else None
        texts = [coding.text("display") if coding else answer.text(kind)]
        codes = [Code(coding.text("system"), coding.text("code"), texts[0])] if coding else []
        measures = self.knowledge.measures
        by_id = (measures.get(word.casefold()) for word in (*texts, *(c.code for c in codes)))
        found = next(filter(None, by_id), None)
        found = found or self.knowledge.vocabulary.measures.identify(codes, texts)
        if found is None:
            shown = texts[0] or " ".join(c.code for c in codes)
            refuse(answer.path, f"{shown!r} is no test that is read; {_known(sorted(measures))}")
        return found

    def _result(self, measure: Measure, value: Fields, limits: list[Fields]) -> str:
        kind = _kind(value, ("valueQuantity", "valueDecimal", "valueInteger", "valueString", "valueCoding"))
        unit = ""
        if kind == "valueQuantity":
            number, unit = _quantity(value, measure.factor)
            sign = _one(value, kind).text("comparator")
            text = " ".join(filter(None, (f"{sign} {number}" if sign else number, unit.replace(" ", ""))))
        elif kind == "valueCoding":
            text = _chosen(
                _coding(value), "code", "display", meaning=lambda word: self._test_answer(measure, word)
            )
            text = (self._test_answer(measure, text) or text).replace(" ", "-")
        else:
            text = value.text(kind) if kind == "valueString" else _number(value, kind)
        for limit in limits:
            text += f" limit {self._limit(measure, limit, unit)}"
        return f"{measure.id} {text}"

    def _limit(self, measure: Measure, limit: Fields, unit: str) -> str:
        kind = _kind(limit, ("valueQuantity", "valueDecimal", "valueInteger"))
        if kind != "valueQuantity":
            return _number(limit, kind)
        number, own = _quantity(limit, measure.factor)
        if measure.factor(own) != measure.factor(unit) or _one(limit, kind).text("comparator"):
            refuse(f"{limit.path}.{kind}", "an upper limit in the unit of the value is expected")
        return number


def _known(names: Any) -> str:
    return f"there are {', '.join(names)}"


def _plain(part: Fields) -> None:
    if part.json.get("modifierExtension"):
        refuse(f"{part.path}.modifierExtension", "may turn the meaning, and is not read: leave it out")


def _answered_below(item: Fields) -> None:
    for key in item.json:
        if key.startswith("value"):
            refuse(f"{item.path}.{key}", "an answer stands in a list `answer`")


def _kind(answer: Fields, allowed: tuple[str, ...]) -> str:
    """The name of the one value of an answer."""
    kinds = [key for key in answer.json if key.startswith("value")]
    if len(kinds) != 1 or kinds[0] not in allowed:
        refuse(answer.path, f"{' and '.join(kinds) or 'no value'}: one of {', '.join(allowed)} is expected")
    return kinds[0]


def _with_below(item: Fields, links: tuple[str, ...]) -> Iterator[tuple[Fields, dict[str, list[Fields]]]]:
    """Each answer of an item with the answers below it (or beside it, where there is one), by linkId."""
    answers = list(item.each("answer"))
    beside = _below(item, links)
    if len(answers) != 1 and any(beside.values()):
        refuse(item.path, f"{' and '.join(links)} belong below the one answer that they are about")
    for answer in answers:
        _plain(answer)
        own = _below(answer, links)
        yield answer, {link: [*own[link], *beside[link]] for link in links}


def _below(holder: Fields, links: tuple[str, ...]) -> dict[str, list[Fields]]:
    found: dict[str, list[Fields]] = {link: [] for link in links}
    for item in holder.each("item"):
        _plain(item)
        _answered_below(item)
        link = item.text("linkId")
        if link not in links or item.json.get("item"):
            refuse(f"{item.path}.linkId", f"{link!r} is no question here; {_known(links)}")
        for answer in item.each("answer"):
            _plain(answer)
            if answer.json.get("item"):
                refuse(f"{answer.path}.item", "nothing is asked here")
            found[link].append(answer)
    return found


def _one(answer: Fields, kind: str) -> Fields:
    found = answer.one(kind)
    if found is None:
        refuse(f"{answer.path}.{kind}", "an object expected")
    return found


def _coding(answer: Fields) -> Fields:
    coding = _one(answer, "valueCoding")
    if not coding.text("code") and not coding.text("display"):
        refuse(coding.path, "a code or a display is expected")
    return coding


def _code_alone(coding: Fields) -> NoReturn:
    # As a name it would be an effect or a medicine like any other, whatever it stands for.
    refuse(coding.path, f"the code {coding.text('code')!r} is not known here: give its display beside it")


def _chosen(holder: Fields, *keys: str, meaning: Callable[[str], Hashable | None]) -> str:
    """The word of several that is known; the first where none is. They may not contradict each other."""
    words = [word for key in keys if (word := holder.text(key))]
    meant = {word: what for word in words if (what := meaning(word)) is not None}
    if len(set(meant.values())) > 1:
        refuse(holder.path, f"{' and '.join(map(repr, meant))} contradict each other")
    return next(iter(meant), "") or next(iter(words), "")


def _quantity(answer: Fields, unit_meaning: Callable[[str], Hashable | None]) -> tuple[str, str]:
    """The number of a quantity and its unit."""
    quantity = _one(answer, "valueQuantity")
    if quantity.json.get("value") is None:
        refuse(f"{quantity.path}.value", "a number expected")
    comparator = quantity.text("comparator")
    if comparator and (unit_meaning is _dose_unit or comparator not in ("<", "<=", ">", ">=")):
        refuse(f"{quantity.path}.comparator", f"{comparator!r} is not read here")
    units = [unit for key in ("unit", "code") if (unit := quantity.text(key))]
    if unit_meaning is _dose_unit and len({_dose_unit(unit) for unit in units}) > 1:
        # One tablet, coded mg: nobody knows which of the two was meant.
        refuse(quantity.path, f"{' and '.join(map(repr, units))} contradict each other")
    return _number(quantity, "value"), _chosen(quantity, "unit", "code", meaning=unit_meaning)


def _dose_unit(unit: str) -> str | None:
    known = Dose.spellings.get(unit.casefold(), unit.casefold())
    return known if known in Dose.units else None


def _number(holder: Fields, key: str) -> str:
    number = holder.number(key)
    try:
        return "" if number is None else plain_number(number)
    except (ValueError, NotAnAmount) as error:
        refuse(f"{holder.path}.{key}", str(error))


def _flag(column: str, answer: Fields) -> str:
    flag = answer.flag("valueBoolean")
    try:
        return "" if flag is None else flag_text(column, flag)
    except ValueError as error:
        refuse(f"{answer.path}.valueBoolean", str(error))


def _day(holder: Fields, key: str) -> str:
    """The day of a date, the local one of a time; a month or a year is none."""
    found = holder.days(key)
    if found is None:
        return ""
    if found.first != found.last:
        refuse(f"{holder.path}.{key}", "a whole day like 2026-11-28 is expected")
    return found.first.isoformat()
