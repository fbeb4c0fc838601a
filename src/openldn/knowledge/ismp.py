"""Is a dose written so that nobody misreads it? Finds error-prone writing in what is printed for people.

A lost point makes 4.0 mg forty, a naked one makes .5 mg five, and "mcg" has been read as "mg". What
`quantities` prints is free of this; sentences written by hand have to be looked through.

What is read is plain text: no tags, no `&nbsp;`. Product names and what a record says are quotations and
not ours to rewrite: look through the sentence before they are put in. Units of laboratory results (mg/dL,
IU/L, mL/min) are no doses, and a percent is none.

Source: facts/engineering.md, section E (ISMP list, NHS Common User Interface, LDN-specific).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Breach:
    """Error-prone writing: what stands there, and how to write it."""

    found: str
    instead: str
    at: int
    """Place in the text."""


_LAB: Final = r"\s?/\s?(?:d?[Ll]|min|m?mol)\b"
_UNIT: Final = (
    r"(?:mg|MG|Mg|mG|mcg|MCG|ug|[µμ]g|g|mLs?|mls?|ML|Ml|cc|IU|U"
    r"|(?:micro|nano|milli)?grams?|millilit(?:re|er)s?|units?)\b" + f"(?!{_LAB})"
)
# Begun only at its first digit and never given back: long rows of digits cost no time.
_NUMBER: Final = r"(?<!\d)(?<!\d[.,])\d++(?:[.,]\d++)*+"
# The last number of "0.5 to 4.5 mg" lends its unit to the first one.
_OF_UNIT: Final = rf"(?:\s?(?:-|–|to|or|and)\s?{_NUMBER})?\s*{_UNIT}"
_OFTEN: Final = r"\s(?:daily|nightly|once|twice|a day|per day|every|at (?:night|bedtime))\b"
_NO_DOSE: Final = r"\s?(?:%|times|fold|kg|years?|months?|weeks?|days?|hours?)"
# Whole words only: OD stands in "food" and in codes too.
_WORD, _END = r"(?<![\w.-])", r"(?!\w|-\d)"
# Lower-case "od" and "bid" are words or names elsewhere, but not behind a dose.
_DOSED: Final = r"(?:m[gL]|grams?)\s"

_RULES: Final = tuple(
    (re.compile(pattern), instead)
    for instead, pattern in (
        ("no zero at the end: 4 mg, 0.5 mL", rf"(?<![\d,])\d[\d,]*+\.\d*0(?!\d){_OF_UNIT}"),
        ("a zero before the point: 0.5 mg", rf"(?<![\d.])\.\d++{_OF_UNIT}"),
        # "1,250 mg" is more than a thousand; "0,125 mg" cannot be.
        (
            "a point for decimals: 4.5 mg",
            rf"(?<![\d.,])(?:0,\d+|\d+,(?:\d{{1,2}}|\d{{4,}}))(?![\d,]){_OF_UNIT}",
        ),
        # Thousands parted by a blank are told from two numbers only where the second begins with a zero.
        ("a comma from 1,000: 1,000 mg", rf"(?<![\d.,])(?:\d{{4,}}|\d{{1,3}}\s0\d\d)\s*{_UNIT}"),
        ("a space before the unit: 4.5 mg", rf"{_NUMBER}{_UNIT}"),
        ("number and unit on one line: 4.5 mg", rf"{_NUMBER}[^\S\r\n]*[\r\n]\s*{_UNIT}"),
        # A period that ends the sentence is followed by a capital or by nothing. "e.g." has no number.
        (
            "no period after a unit: 4.5 mg",
            r"(?:(?<![A-Za-z])(?:mg|mL|ml|mcg)|\d\s?g)\.(?=\s+[a-z]|[,;:/])",
        ),
        ("spell it out: microgram", r"(?<![A-Za-z])(?:mcg|ug|[µμ]g)\b|(?<=\d)\s?MCG\b"),
        ("mL", rf"(?<![A-Za-z_.])mls?\b(?!{_LAB})|(?<=\d)\s?(?:ML|Ml|cc)\b"),
        # Without a number Mg is magnesium and MG myasthenia gravis.
        ("mg", r"(?<=\d)\s?(?:Mg|MG|mG)\b"),
        ("units", rf"(?<=\d)\s?I?U\b(?!{_LAB})"),
        # ISMP: a slash is read as a 1. The core prints strengths with "per", so sentences do likewise.
        (
            "per: 1 mg per mL",
            rf"(?<![A-Za-z])(?:mg|g|mcg|micrograms?|units)\s?/\s?(?:{_NUMBER}\s?)?m[lL]\b",
        ),
        ("once a day", rf"{_WORD}(?:(?i:q\.\s?d\b\.?|o\.d\b\.?)|QD|qd|OD){_END}|{_DOSED}od\b"),
        ("every other day", rf"{_WORD}(?:(?i:q\.\s?o\.\s?d\b\.?)|QOD|qod){_END}"),
        ("twice a day", rf"{_WORD}(?:(?i:b\.i\.d\b\.?)|BID){_END}|{_DOSED}bid\b"),
        ("three times a day", rf"{_WORD}(?:(?i:t\.i\.d\b\.?)|TID){_END}|{_DOSED}tid\b"),
        # HS is half strength too.
        (
            "at bedtime",
            rf"{_WORD}(?:(?i:(?:q\.\s?)?h\.\s?s\b\.?)|QHS|qhs|HS|BT){_END}|{_DOSED}hs\b",
        ),
        ("stop, or discharge", rf"{_WORD}D/C{_END}"),
        (
            "a space between drug and dose: naltrexone 4.5 mg",
            rf"\b[A-Za-z]{{3,}}{_NUMBER}(?=\s?{_UNIT})|(?i:\b(?:naltrexone|naloxone|U?LDN){_NUMBER})",
        ),
        # "LDN 12 weeks" and "13 LDN trials" count something else. A number beside LDN is taken for a dose
        # where it has a decimal point, or where the words behind it say how often.
        (
            "the unit with the number: naltrexone 4.5 mg",
            rf"\bU?LDN\s(?:\d++\.\d++(?!{_NO_DOSE}|{_OF_UNIT})|\d{{1,2}}(?={_OFTEN}|[.!?]?\s*$|[.!?]\s))"
            rf"|(?<![\d.,])(?:\d+\.\d+\sU?LDN\b|\d{{1,2}}\sU?LDN(?={_OFTEN}))",
        ),
        ("mL, by oral syringe", r"(?i)\b(?:(?:tea|table)spoon(?:ful)?s?|tsp|tbsp)\b"),
    )
)


def breaches(text: str) -> tuple[Breach, ...]:
    """What a hurried reader may take for another dose, in the order of the text.

    Args:
        text: plain text as shown to people.

    Source: facts/engineering.md, section E
    """
    found = (
        Breach(hit[0].lstrip(), instead, hit.end() - len(hit[0].lstrip()))
        for pattern, instead in _RULES
        for hit in pattern.finditer(text)
    )
    return tuple(sorted(found, key=lambda b: b.at))
