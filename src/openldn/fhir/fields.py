"""Look into FHIR JSON without trusting its shape; what has the wrong shape is noted, not guessed.

A missing field is simply missing. A present field of the wrong type is noted under its path, so that
nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from openldn.fhir.dates import Days, days
from openldn.knowledge.names import Code

Note = Callable[[str, str], None]
"""Takes the path of a field and why it could not be read."""


class Fields:
    """A view on one JSON object of a resource."""

    __slots__ = ("json", "note", "path")

    def __init__(self, json: dict[str, Any], path: str, note: Note) -> None:
        self.json, self.path, self.note = json, path, note

    def _wrong(self, key: str, wanted: str) -> None:
        self.note(f"{self.path}.{key}", f"{wanted} expected")

    def text(self, key: str) -> str:
        """A text, or an empty one."""
        value = self.json.get(key)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return str(value)
        self._wrong(key, "a text")
        return ""

    def flag(self, key: str) -> bool | None:
        """True or false; None when missing or unreadable."""
        value = self.json.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, "true or false")
        return None

    def number(self, key: str) -> Fraction | None:
        """An exact number; None when missing or unreadable."""
        value = self.json.get(key)
        if value is None:
            return None
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            if isinstance(value, Decimal) and not -30 < value.adjusted() < 30:
                self._wrong(key, "a number of this world")
                return None
            return Fraction(value)
        self._wrong(key, "a number")
        return None

    def decimal(self, key: str) -> Decimal | None:
        """A number as it was written, with its places; None when missing or unreadable."""
        value = self.json.get(key)
        if isinstance(value, Decimal):
            return value
        number = self.number(key)
        return None if number is None else Decimal(int(number))

    def days(self, key: str) -> Days | None:
        """The days a date stands for; None when missing or unreadable."""
        value = self.json.get(key)
        if value is None:
            return None
        found = days(value)
        if found is None:
            self._wrong(key, "a date")
        return found

    def day(self, key: str) -> date | None:
        """The last day a date stands for."""
        found = self.days(key)
        return found.last if found else None

    def one(self, key: str) -> Fields | None:
        """An object below this one."""
        value = self.json.get(key)
        if value is None:
            return None
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            return Fields(value, f"{self.path}.{key}", self.note)
        self._wrong(key, "an object")
        return None

    def each(self, key: str) -> Iterator[Fields]:
        """The objects of a list; a single object counts as a list of one."""
        value = self.json.get(key)
        if value is None:
            return
        items = [value] if isinstance(value, dict) else value
        if not isinstance(items, list):
            self._wrong(key, "a list of objects")
            return
        for n, item in enumerate(items):
            if isinstance(item, dict):
                yield Fields(item, f"{self.path}.{key}[{n}]", self.note)
            else:
                self.note(f"{self.path}.{key}[{n}]", "an object expected")

    def concept(self, key: str) -> tuple[tuple[Code, ...], tuple[str, ...]]:
        """Codes and texts of a CodeableConcept; a bare text counts as its text."""
        value = self.json.get(key)
        if isinstance(value, str):
            return (), (value.strip(),) if value.strip() else ()
        if type(value) is dict and (plain := _plain_concept(value)) is not None:
            return plain
        concept = self.one(key)
        return concept.coded() if concept else ((), ())

    def coded(self) -> tuple[tuple[Code, ...], tuple[str, ...]]:
        """Codes and texts of this object, read as a CodeableConcept."""
        codes = []
        texts = [self.text("text")]
        for coding in self.each("coding"):
            code = _code(coding.text("system"), coding.text("code"), coding.text("display"))
            texts.append(code.display)
            if code.code:
                codes.append(code)
        return tuple(codes), tuple(dict.fromkeys(filter(None, texts)))


def _plain_concept(value: dict[str, Any]) -> tuple[tuple[Code, ...], tuple[str, ...]] | None:
    """A concept whose every field has its right type, read without noting; None for any other.

    Most of a large record is this; the careful reading costs three times as long.
    """
    text, codings = value.get("text", ""), value.get("coding", [])
    if type(text) is not str or type(codings) is not list:
        return None
    codes, texts = [], [text.strip()]
    for coding in codings:
        if type(coding) is not dict:
            return None
        system, code, display = coding.get("system", ""), coding.get("code", ""), coding.get("display", "")
        if type(system) is not str or type(code) is not str or type(display) is not str:
            return None
        found = _code(system.strip(), code.strip(), display.strip())
        texts.append(found.display)
        if found.code:
            codes.append(found)
    return tuple(codes), tuple(dict.fromkeys(filter(None, texts)))


@lru_cache(maxsize=4096)
def _code(system: str, code: str, display: str) -> Code:
    """One object a code: a large record repeats a few hundred of them thousands of times."""
    return Code(system, code, display)
