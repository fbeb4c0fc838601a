"""Exact amounts with their unit in the type: a milligram cannot become a microgram by accident.

Inside, every amount is a whole number: nanograms, nanolitres, nanograms an hour. Text is read and
printed by the rules of the Institute for Safe Medication Practices (ISMP): a leading zero, no
trailing zero, a space before the unit, "microgram" spelled out, commas from 1,000. What is printed
is read back as the same amount.

Source: docs/adr/0002-quantities.md; facts/engineering.md, section E (ISMP list).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Final, Self

Exact = int | str | Decimal | Fraction
"""What an amount may be made of. A float is refused: 0.1 is not a tenth."""

_NUMBER: Final = re.compile(r"(?P<whole>0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.(?P<part>\d+))?")
_QUANTITY: Final = re.compile(r"(?P<number>[^\s a-zµμ]+)[  ]?(?P<unit>[a-zµμ][a-zµμ /]*)", re.IGNORECASE)


class NotAnAmount(ValueError):
    """A text or number that does not state an amount exactly; says what would have worked."""


class CannotMeasure(ValueError):
    """An amount that the thing in hand cannot measure; says what it could measure."""


def _exact(value: Exact, ng_per_unit: int, unit: str) -> int:
    """Turn `value` units into whole base units (ng, nL), or refuse."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | Fraction):
        raise NotAnAmount(f"{value!r} is not exact: write the number as text, like '4.5'")
    number = number_of(value) if isinstance(value, str) else _fraction(value)
    base = number * ng_per_unit
    if base.denominator != 1:
        raise NotAnAmount(f"{value} {unit} is finer than the smallest unit kept (1 part in {ng_per_unit:,})")
    if base < 0:
        raise NotAnAmount(f"{value} {unit} is negative")
    return int(base)


def _fraction(value: int | Decimal | Fraction) -> Fraction:
    if isinstance(value, Decimal) and not value.is_finite():
        raise NotAnAmount(f"{value} is not a number")
    return Fraction(value)


def number_of(text: str) -> Fraction:
    """Read a number as ISMP writes it; what is error-prone is refused with the right spelling."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        hint = "write it like 0.5, 4.5 or 1,000"
        if text.startswith("."):
            hint = f"a leading zero is missing: write 0{text}"
        elif re.fullmatch(r"\d+,\d{1,2}|\d+,\d{4,}", text):
            hint = f"a comma groups thousands here: write {text.replace(',', '.')}"
        raise NotAnAmount(f"{text!r} is not a number: {hint}")
    whole, part = found["whole"].replace(",", ""), found["part"] or ""
    if part.endswith("0"):
        raise NotAnAmount(f"{text!r} ends in a zero after the point, easily read tenfold: leave it out")
    return Fraction(f"{whole}.{part or 0}")


def number_text(value: Fraction) -> str:
    """Print a decimal fraction, none below zero: leading zero, no trailing zero, no exponent, commas.

    Raises:
        NotAnAmount: the fraction has no finite decimal form (a third).
    """
    numerator, denominator = value.numerator, value.denominator
    places = 0
    while denominator != 1:
        if places > 30:
            raise NotAnAmount(f"{value} has no finite decimal form")
        places += 1
        value *= 10
        numerator, denominator = value.numerator, value.denominator
    digits = str(numerator).rjust(places + 1, "0")
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    return f"{int(whole):,}" + (f".{part}" if part else "")


@dataclass(frozen=True, slots=True, order=True)
class _Amount:
    """A whole number of base units of one dimension; adds and compares only with its own kind."""

    base: int

    units: ClassVar[dict[str, int]] = {}
    """Unit as printed -> base units in it, largest first."""
    spellings: ClassVar[dict[str, str]] = {}
    """Further spellings understood when reading -> unit as printed."""

    def __post_init__(self) -> None:
        if isinstance(self.base, bool) or not isinstance(self.base, int):
            raise NotAnAmount(f"{self.base!r} is not a whole number: use a constructor with a unit")
        if self.base < 0:
            raise NotAnAmount(f"{type(self).__name__} cannot be negative")

    @classmethod
    def of(cls, value: Exact, unit: str) -> Self:
        """Make an amount of `value` in `unit`, a printed unit of this kind."""
        if unit not in cls.units:
            raise NotAnAmount(f"{unit!r} is not a unit of {cls.__name__}: use {', '.join(cls.units)}")
        return cls(_exact(value, cls.units[unit], unit))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an amount with its unit, like '4.5 mg' or '1 microgram'.

        Raises:
            NotAnAmount: no unit, a unit of another kind, or an error-prone number ('.5', '1.0').
        """
        found = _QUANTITY.fullmatch(text.strip())
        if found is None:
            raise NotAnAmount(f"{text!r} does not state a number and a unit: write it like '4.5 mg'")
        unit = found["unit"].strip().lower()
        unit = cls.spellings.get(unit, unit)
        return cls.of(found["number"], unit)

    def in_unit(self, unit: str) -> Fraction:
        """The exact number of `unit` in this amount."""
        return Fraction(self.base, self.units[unit])

    def text(self, unit: str | None = None) -> str:
        """Print in `unit`, or in the largest unit in which the number is at least a tenth."""
        if unit is None:
            fitting = (u for u, size in self.units.items() if self.base * 10 >= size)
            unit = next(fitting, next(reversed(self.units)) if self.base else next(iter(self.units)))
        number = number_text(self.in_unit(unit))
        plural = "s" if unit.endswith("gram") and number != "1" else ""
        return f"{number} {unit}{plural}"

    def __str__(self) -> str:
        return self.text()

    def __add__(self, other: Self) -> Self:
        return type(self)(self.base + other.base) if type(other) is type(self) else NotImplemented

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.base - other.base) if type(other) is type(self) else NotImplemented

    def __mul__(self, times: int) -> Self:
        if isinstance(times, bool) or not isinstance(times, int):
            return NotImplemented
        return type(self)(self.base * times)

    def scaled(self, by: Fraction) -> Self:
        """This amount times an exact fraction.

        Raises:
            CannotMeasure: the product is not a whole number of base units.
        """
        base = self.base * by
        if base.denominator != 1:
            raise CannotMeasure(f"{self} times {by} is not a whole number of the smallest unit kept")
        return type(self)(int(base))


@dataclass(frozen=True, slots=True, order=True)
class Dose(_Amount):
    """Whole nanograms of the drug as labelled (naltrexone hydrochloride, or the named opioid)."""

    units: ClassVar[dict[str, int]] = {"mg": 1_000_000, "microgram": 1_000, "nanogram": 1}
    spellings: ClassVar[dict[str, str]] = {
        "milligram": "mg",
        "milligrams": "mg",
        "micrograms": "microgram",
        "mcg": "microgram",
        "ug": "microgram",
        "µg": "microgram",
        "μg": "microgram",
        "nanograms": "nanogram",
        "ng": "nanogram",
    }

    @classmethod
    def mg(cls, value: Exact) -> Dose:
        """A dose in milligrams."""
        return cls.of(value, "mg")

    @classmethod
    def mcg(cls, value: Exact) -> Dose:
        """A dose in micrograms."""
        return cls.of(value, "microgram")

    @property
    def nanograms(self) -> int:
        """What a database and JSON hold."""
        return self.base

    def per(self, other: Dose) -> Fraction:
        """This dose as an exact multiple of another."""
        return Fraction(self.base, other.base)

    def __truediv__(self, volume: Volume) -> Strength:
        if not isinstance(volume, Volume):
            return NotImplemented
        return Strength(self, volume)


@dataclass(frozen=True, slots=True, order=True)
class Volume(_Amount):
    """Whole nanolitres."""

    units: ClassVar[dict[str, int]] = {"mL": 1_000_000}
    spellings: ClassVar[dict[str, str]] = {"ml": "mL", "millilitre": "mL", "millilitres": "mL"}

    @classmethod
    def ml(cls, value: Exact) -> Volume:
        """A volume in millilitres."""
        return cls.of(value, "mL")

    @property
    def nanolitres(self) -> int:
        """What a database and JSON hold."""
        return self.base

    def marks_of(self, mark: Volume) -> int | None:
        """On which mark of a scale this volume lies; None when it lies between two marks."""
        marks, rest = divmod(self.base, mark.base)
        return None if rest else marks


@dataclass(frozen=True, slots=True, order=True)
class Mass(_Amount):
    """Whole nanograms of what lies on a balance (powder, salt, filler): never a dose."""

    units: ClassVar[dict[str, int]] = {"g": 1_000_000_000, "mg": 1_000_000, "microgram": 1_000, "nanogram": 1}
    spellings: ClassVar[dict[str, str]] = {"gram": "g", "grams": "g", **Dose.spellings}

    @classmethod
    def mg(cls, value: Exact) -> Mass:
        """A weighed mass in milligrams."""
        return cls.of(value, "mg")


@dataclass(frozen=True, slots=True, order=True)
class DoseRate(_Amount):
    """Whole nanograms an hour, as a patch is rated."""

    units: ClassVar[dict[str, int]] = {"microgram per hour": 1_000, "nanogram per hour": 1}
    spellings: ClassVar[dict[str, str]] = {
        "mcg/h": "microgram per hour",
        "ug/h": "microgram per hour",
        "micrograms/hour": "microgram per hour",
    }

    @classmethod
    def mcg_per_hour(cls, value: Exact) -> DoseRate:
        """A rate in micrograms an hour."""
        return cls.of(value, "microgram per hour")


@dataclass(frozen=True, slots=True)
class Strength:
    """So much drug in so much liquid."""

    dose: Dose
    volume: Volume

    def __post_init__(self) -> None:
        if not self.dose.base or not self.volume.base:
            raise NotAnAmount("a strength needs a dose and a volume above zero")

    @classmethod
    def mg_per_ml(cls, value: Exact) -> Strength:
        """A strength in milligrams per millilitre."""
        return cls(Dose.mg(value), Volume.ml(1))

    def volume_of(self, dose: Dose) -> Volume:
        """The volume that holds `dose`.

        Raises:
            CannotMeasure: the quotient is not a whole number of nanolitres.
        """
        base = Fraction(dose.base * self.volume.base, self.dose.base)
        if base.denominator != 1:
            raise CannotMeasure(f"{dose} is no whole number of nanolitres of a liquid of {self}")
        return Volume(int(base))

    def dose_in(self, volume: Volume) -> Dose:
        """The dose in `volume`.

        Raises:
            CannotMeasure: the product is not a whole number of nanograms.
        """
        base = Fraction(volume.base * self.dose.base, self.volume.base)
        if base.denominator != 1:
            raise CannotMeasure(f"{volume} of a liquid of {self} is no whole number of nanograms")
        return Dose(int(base))

    def __str__(self) -> str:
        per = "mL" if self.volume == Volume.ml(1) else str(self.volume)
        return f"{self.dose} per {per}"
