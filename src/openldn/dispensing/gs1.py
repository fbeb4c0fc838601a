"""What a scanner types of a pack: GS1 element strings with product, lot, expiry and serial number.

Source: facts/products.md 5.3: application identifiers 01, 10, 17; 21 recalled.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

_SEPARATOR: Final = "\x1d"
"""FNC1, which ends a field of any length."""
_SYMBOLOGY: Final = re.compile(r"\][A-Za-z][0-9]")
_FIXED: Final = {"01": 14, "17": 6}
_UP_TO: Final = {"10": 20, "21": 20}


@dataclass(frozen=True, slots=True)
class Pack:
    """What a code says of a pack; None: it does not say."""

    product: str | None
    lot: str | None
    expires: date | None


def read_pack(text: str) -> Pack | None:
    """A pack from scanned text; None: it is no GS1 element string, or it contradicts itself."""
    rest = _SYMBOLOGY.sub("", text.strip(" \r\n"), count=1)
    rest = re.sub(r"\((\d\d)\)", rf"{_SEPARATOR}\1", rest).lstrip(_SEPARATOR)
    found: dict[str, str] = {}
    while rest:
        key, rest = rest[:2], rest[2:]
        if key in _FIXED:
            value, rest = rest[: _FIXED[key]], rest[_FIXED[key] :]
            fits = value.isdecimal() and len(value) == _FIXED[key]
        elif key in _UP_TO:
            value, _, rest = rest.partition(_SEPARATOR)
            fits = 0 < len(value) <= _UP_TO[key]
        else:
            return None
        if not fits or key in found:
            return None
        found[key] = value
        rest = rest.lstrip(_SEPARATOR)
    product = found.get("01")
    if not found or (product and not _checks(product)):
        return None
    try:
        expires = _day(found["17"]) if "17" in found else None
    except ValueError:
        return None
    return Pack(product, found.get("10"), expires)


def _checks(product: str) -> bool:
    """Whether the last digit of a product number is its check digit: weights 3 and 1 from the left."""
    digits = [int(d) for d in product]
    weighed = sum(d * (3 if n % 2 == 0 else 1) for n, d in enumerate(digits[:-1]))
    return (10 - weighed % 10) % 10 == digits[-1]


def _day(text: str) -> date:
    """YYMMDD; a day of 00 is the last of its month."""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    return date(year, month, day or monthrange(year, month)[1])
