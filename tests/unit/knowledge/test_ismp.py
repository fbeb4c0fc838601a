"""Error-prone writing of a dose is found, ordinary writing is left alone, and our own texts are clean."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time
from typing import Any

import msgspec
import pytest

from openldn.knowledge.ismp import Breach, breaches
from openldn.knowledge.load import load_knowledge
from openldn.quantities import Dose, DoseRate, Mass, Strength, Volume

NO_ZERO = "no zero at the end: 4 mg, 0.5 mL"
ZERO = "a zero before the point: 0.5 mg"
POINT = "a point for decimals: 4.5 mg"
COMMA = "a comma from 1,000: 1,000 mg"
SPACE = "a space before the unit: 4.5 mg"
ONE_LINE = "number and unit on one line: 4.5 mg"
NO_PERIOD = "no period after a unit: 4.5 mg"
MICROGRAM = "spell it out: microgram"
PER = "per: 1 mg per mL"
BEDTIME = "at bedtime"
APART = "a space between drug and dose: naltrexone 4.5 mg"
WITH_UNIT = "the unit with the number: naltrexone 4.5 mg"
SYRINGE = "mL, by oral syringe"

BAD = {
    "Take 4.0 mg at night.": ("4.0 mg", NO_ZERO),
    "Draw up 0.50 mL.": ("0.50 mL", NO_ZERO),
    "1,000.0 micrograms": ("1,000.0 micrograms", NO_ZERO),
    "from 1.0 to 4.5 mg a day": ("1.0 to 4.5 mg", NO_ZERO),
    "3.0\u00a0mg": ("3.0\u00a0mg", NO_ZERO),
    "10.0 mg per g of cream": ("10.0 mg", NO_ZERO),
    "Start with .5 mg.": (".5 mg", ZERO),
    "raise it by .25 or 0.5 mg": (".25 or 0.5 mg", ZERO),
    "4,5 mg": ("4,5 mg", POINT),
    "0,125 mg": ("0,125 mg", POINT),
    "1,0000 micrograms": ("1,0000 micrograms", POINT),
    "1000 mg": ("1000 mg", COMMA),
    "a total of 12500 micrograms": ("12500 micrograms", COMMA),
    "1 000 micrograms": ("1 000 micrograms", COMMA),
    "4.5mg": ("4.5mg", SPACE),
    "10mL of the liquid": ("10mL", SPACE),
    "weigh out 1,250mg": ("1,250mg", SPACE),
    "4.5\nmg": ("4.5\nmg", ONE_LINE),
    "take 3 \r\n  mL": ("3 \r\n  mL", ONE_LINE),
    "4.5 mg. once a day": ("mg.", NO_PERIOD),
    "3 mL. of it": ("mL.", NO_PERIOD),
    "3 mL., then 4 mL": ("mL.", NO_PERIOD),
    "5 g. of cream": ("5 g.", NO_PERIOD),
    "1 mcg twice a day": ("mcg", MICROGRAM),
    "1 ug twice a day": ("ug", MICROGRAM),
    "1 \u00b5g twice a day": ("\u00b5g", MICROGRAM),
    "1 \u03bcg twice a day": ("\u03bcg", MICROGRAM),
    "25 MCG": ("MCG", MICROGRAM),
    "5 cc of the liquid": ("cc", "mL"),
    "5 ml of the liquid": ("ml", "mL"),
    "in mls": ("mls", "mL"),
    "5 ML": ("ML", "mL"),
    "50 MG": ("MG", "mg"),
    "50 Mg": ("Mg", "mg"),
    "vitamin D 400 IU": ("IU", "units"),
    "10 U of insulin": ("U", "units"),
    "the liquid of 1 mg/mL": ("mg/mL", PER),
    "25 mg/5 mL": ("mg/5 mL", PER),
    "4.5 mg q.d. for a week": ("q.d.", "once a day"),
    "4.5 mg QD": ("QD", "once a day"),
    "4.5 mg OD": ("OD", "once a day"),
    "4.5 mg od": ("mg od", "once a day"),
    "4.5 mg qod": ("qod", "every other day"),
    "4.5 mg q.o.d.": ("q.o.d.", "every other day"),
    "1 microgram b.i.d.": ("b.i.d.", "twice a day"),
    "1 microgram BID": ("BID", "twice a day"),
    "1 microgram bid": ("gram bid", "twice a day"),
    "5 mg TID": ("TID", "three times a day"),
    "5 mg t.i.d.": ("t.i.d.", "three times a day"),
    "4.5 mg HS": ("HS", BEDTIME),
    "4.5 mg (BT)": ("BT", BEDTIME),
    "4.5 mg QHS": ("QHS", BEDTIME),
    "D/C naltrexone before the operation": ("D/C", "stop, or discharge"),
    "naltrexone4.5": ("naltrexone4.5", APART),
    "Prednisolone10 mg": ("Prednisolone10", APART),
    "LDN4.5": ("LDN4.5", APART),
    "LDN 4.5": ("LDN 4.5", WITH_UNIT),
    "Go on with LDN 3 daily.": ("LDN 3", WITH_UNIT),
    "ULDN 1 twice a day": ("ULDN 1", WITH_UNIT),
    "She takes LDN 4.": ("LDN 4", WITH_UNIT),
    "4.5 LDN every night": ("4.5 LDN", WITH_UNIT),
    "3 LDN at night": ("3 LDN", WITH_UNIT),
    "a teaspoon of it": ("teaspoon", SYRINGE),
    "two Tablespoonfuls": ("Tablespoonfuls", SYRINGE),
    "1 tsp": ("tsp", SYRINGE),
}

GOOD = (
    "",
    "Naltrexone 4.5 mg by mouth, at night.",
    "Start with 0.5 mg, go up weekly, stay at 4.5 mg.",
    "The dose is 4.5 mg. Take it at night.",
    "The syringe holds 3 mL.\nDo not fill it twice.",
    "10 mg, 100 mg and 1,000 mg",
    "10.05 mg; 0.001 mg; 20 mg",
    "1,000,000 micrograms are 1 g",
    "1 microgram twice a day, 24 micrograms per hour",
    "1 mg per mL, 10 mg per 0.5 mL",
    "0.5-4.5 mg a day; 0.5 to 4.5 mg; 50\u2013300 mg",
    "4.5\u00a0mg at\u202fnight",
    "raised in 19.0 % and by .5 %, p=.01",
    "seen in 2017, 4.5 mg a day (PMID 32068870)",
    "in 2019 50 mg was tried",
    "Day 1 250 micrograms",
    "Biomedicines 11:1087, doi 10.3390/biomedicines11041087, 10.1097/MCG.0b013e3182702f2b",
    "ALT above 300 IU/L; albumin 3.0 g/dL; creatinine 1.0 mg/dL; eGFR 60 mL/min/1.73m2; 45.0 ml/min",
    "Bilirubin 17.10 micromol/L, C-reactive protein 5.0 mg/L",
    "LDN 12 weeks; LDN 3 times a week; LDN 0.5 to 4.5 mg; LDN 4.5 mg; ULDN 1 microgram",
    "about 13 LDN trials, 215 LDN-exposed, 23 LDN against 31; LDN 2015 conference",
    "LDN 0.84 times as often; LDN 2.5 years; LDN 1, 2, 3 or 4.5 mg",
    "food, code, GOOD, HSV, BTK, MODS, QDOT, code OD-1 and X-HS",
    "an offer bid for at auction; the od tells",
    "magnesium (Mg), myasthenia gravis (MG), machine learning (ML), cc: the prescriber",
    "mg, mL and microgram are the units; the unit cannot be typed, only chosen",
    "supply_ml, dose_mg: keys of a program",
    "e.g. 5 mg, i.e. half of 10 mg",
    "1 g. The rest is thrown away.",
    "G-071, N07BB04, CYP2D6, PHQ-9, G35.A, U07.1, 10U_ratio",
    "At 50 to 300 mg a day naltrexone raises liver tests in some people (at 300 mg in 5 of 26).",
    "The dose {dose} lies outside 0.5 mg to 4.5 mg a day (weight {weight} kg of {date}).",
    "Children: 0.1 mg for each kilogram, at most 4.5 mg; 0.06 mg/kg; 3.7 mg/d",
    "Chapter 2.0 says nothing; version 1.10 and 1000 people",
    *(str(Dose(base)) for base in (0, 1, 999, 1_000, 25_000, 500_000, 4_500_000, 50_000_000, 10**12)),
    *(str(Volume(base)) for base in (0, 1, 10_000, 50_000, 4_500_000, 10**12)),
    *(str(Mass(base)) for base in (0, 1, 10**6, 10**9, 10**15)),
    *(str(DoseRate(base)) for base in (0, 1, 12_500, 10**9)),
    str(Strength.mg_per_ml("0.1")),
    str(Strength(Dose.mg("25"), Volume.ml("5"))),
)


@pytest.mark.parametrize("text", BAD)
def test_error_prone_writing_is_found(text: str) -> None:
    found, instead = BAD[text]
    hits = [b for b in breaches(text) if b.instead == instead]
    assert [b.found for b in hits] == [found]
    assert text[hits[0].at :].startswith(found)


@pytest.mark.parametrize("text", GOOD)
def test_ordinary_writing_is_left_alone(text: str) -> None:
    assert not breaches(text)


def test_all_breaches_are_told_in_the_order_of_the_text() -> None:
    assert breaches("Take .5 mg, then 4.0mg QD.") == (
        Breach(".5 mg", ZERO, 5),
        Breach("4.0mg", NO_ZERO, 17),
        Breach("4.0mg", SPACE, 17),
        Breach("QD", "once a day", 23),
    )


@pytest.mark.parametrize("text", ["1", "1,", "1.0", "1 ", "LDN ", "a1", "mg. ", "1\n"])
def test_a_long_text_is_looked_through_at_once(text: str) -> None:
    """A text out of a record may be anything; with backtracking one of these took half a minute."""
    began = process_time()
    breaches(text * 20_000)
    assert process_time() - began < 5


QUOTED = {"names", "source", "units", "printed"}
"""Product names, places in a source, units of laboratories and the guide's spelling are not ours."""


def texts(tree: Any) -> Iterator[str]:
    """Every text below a piece of knowledge but what is quoted."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for key, below in tree.items():
            if key not in QUOTED:
                yield from texts(below)
    elif isinstance(tree, list | tuple):
        for below in tree:
            yield from texts(below)


@pytest.mark.parametrize("kind", ["rules", "claims", "expectations", "findings", "measures", "drug_classes"])
def test_no_text_of_the_knowledge_is_error_prone(kind: str) -> None:
    """The conditions are among the findings."""
    known = getattr(load_knowledge(), kind)
    assert known
    found = [
        f"{name}: {breach.found} -> {breach.instead}"
        for name, piece in known.items()
        for text in texts(msgspec.to_builtins(piece))
        for breach in breaches(text)
    ]
    assert found == []
