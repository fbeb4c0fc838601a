"""Names of opioids in many spellings and languages, and names that only sound like one.

Expected values: the substance that the name stands for (INN, ATC index, national drug lists); a few
hand-made typing slips. Codes: facts/opioid_products.csv and opioid_ingredients.csv.
"""

from __future__ import annotations

import pytest

from openldn.knowledge.drug_schema import Form
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.names import UNNAMED, Code

NAMES = load_knowledge().vocabulary.drugs
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"

NAMED = {
    "Oxycodone Hydrochloride 10 MG Oral Tablet": "oxycodone",
    "oxyCODONE 5 mg": "oxycodone",
    "HYDROcodone-acetaminophen 5-325": "hydrocodone",
    "Hydrocodne 5 mg": "hydrocodone",
    "Oxycodon-HCl-ratiopharm 10 mg": "oxycodone",
    "ossicodone": "oxycodone",
    "oxicodona": "oxycodone",
    "Oksykodon depottabletter": "oxycodone",
    "Oxy Contin 20": "oxycodone",
    "OxyContin": "oxycodone",
    "Percocet 5/325": "oxycodone",
    "Morphinsulfat": "morphine",
    "morfina cloridrato": "morphine",
    "Morfin 10 mg": "morphine",
    "морфин": "morphine",
    "μορφίνη": "morphine",
    "吗啡缓释片": "morphine",
    "モルヒネ": "morphine",
    "MS Contin": "morphine",
    "MST Continus": "morphine",
    "paracétamol codéiné": "codeine",
    "Co-codamol 30mg/500mg tablets": "codeine",
    "Kodein": "codeine",
    "コデインリン酸塩": "codeine",
    "Dihydrocodein": "dihydrocodeine",
    "Tramadolhydrochlorid 50": "tramadol",
    "tramadolo": "tramadol",
    "трамадол": "tramadol",
    "曲马多": "tramadol",
    "Fentanyl 25 microgram/h patch": "fentanyl",
    "fentanilo parche": "fentanyl",
    "Durogesic": "fentanyl",
    "METHADONE HCL 10 MG TABLET": "methadone",
    "metadona": "methadone",
    "Suboxone film": "buprenorphine",
    "buprenorfina": "buprenorphine",
    "Tilidin comp": "tilidine",
    "petidina": "pethidine",
    "Demerol": "pethidine",
    "Tapentadol": "tapentadol",
    "kratom powder": "kratom",
    "heroin": "diamorphine",
    "Imodium": "loperamide",
    "naltrexone 4.5 mg capsule": "naltrexone",
    "Contrave": "naltrexone",
    "Narcan nasal spray": "naloxone",
    "Opioid analgesic": UNNAMED,
    "Opioid-Analgetikum": UNNAMED,
}
NOT_OPIOIDS = (
    "apomorphine", "Apomorphin-Pen", "papaverine", "hydrocortisone", "Captopril 25 MG Oral Tablet", "cocaine",
    "non-opioid analgesic", "ketoprofen", "metoprolol", "methotrexate", "Metamizol", "oxybutynin", "oxytocin",
    "Hydroxyzine", "Moxifloxacin", "Codiovan", "Tramazoline", "Tetracaine", "homatropine", "nefopam",
    "racecadotril", "Trazodone", "Prednisone", "amoxicillin", "Metformin", "Insulin glargine", "Ebetrexat",
)  # fmt: skip


@pytest.mark.parametrize(("text", "drug"), NAMED.items())
def test_a_name_is_recognised(text: str, drug: str) -> None:
    assert [n.drug.name for n in NAMES.identify((), (text,)).named] == [drug]


@pytest.mark.parametrize("text", NOT_OPIOIDS)
def test_a_drug_that_only_sounds_like_one_is_not_named(text: str) -> None:
    identity = NAMES.identify((), (text,))
    assert not [n for n in identity.named if n.drug.blocks_ldn]
    assert identity.readable


@pytest.mark.parametrize(
    "text",
    ["painkiller", "Schmerzmittel", "see list", "unknown medication", "tablet", "", "???", "N/A", "12345"],
)
def test_a_stand_in_names_no_drug(text: str) -> None:
    identity = NAMES.identify((), (text,))
    assert not identity.readable
    assert not identity.named


def test_a_garbled_text_names_no_drug() -> None:
    assert not NAMES.identify((), ("Oxyc\ufffddo\ufffde",)).readable


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        (
            "Abuse-Deterrent morphine sulfate 100 MG / naltrexone hydrochloride 4 MG Extended Release",
            ["morphine"],
        ),
        ("buprenorphine 2 MG / naloxone 0.5 MG Sublingual Film", ["buprenorphine"]),
        ("oxycodone with naloxone", ["oxycodone"]),
        ("bupropion / naltrexone", ["naltrexone"]),
        ("dihydrocodeine / paracetamol, tramadol", ["dihydrocodeine", "tramadol"]),
    ],
)
def test_combinations(text: str, drugs: list[str]) -> None:
    assert [n.drug.name for n in NAMES.identify((), (text,)).named] == drugs


@pytest.mark.parametrize(
    ("system", "code", "drug"),
    [
        (RXNORM, "1049593", "oxycodone"),
        (RXNORM, "7804", "oxycodone"),
        (RXNORM, "73032", "remifentanil"),
        ("urn:oid:2.16.840.1.113883.6.88", "7052", "morphine"),
        ("http://www.whocc.no/atc", "N02AX02", "tramadol"),
        ("http://fhir.de/CodeSystem/bfarm/atc", "N07BC02", "methadone"),
        ("http://www.whocc.no/atc", "N02AX99", UNNAMED),
    ],
)
def test_codes_without_any_text(system: str, code: str, drug: str) -> None:
    identity = NAMES.identify((Code(system, code),), ())
    assert [n.drug.name for n in identity.named] == [drug]


def test_a_code_that_no_table_holds_is_not_readable_but_a_full_atc_code_is() -> None:
    assert not NAMES.identify((Code("http://hl7.org/fhir/sid/ndc", "00406577101"),), ()).readable
    assert not NAMES.identify((Code(RXNORM, "99999999"),), ()).readable
    assert NAMES.identify((Code("http://www.whocc.no/atc", "C09AA01"),), ()).readable
    assert not NAMES.identify((Code("http://www.whocc.no/atc", "N02"),), ()).readable


def test_a_users_own_table_names_local_codes() -> None:
    known = NAMES.with_local_codes({("http://hl7.org/fhir/sid/ndc", "00406577101"): "methadone 10 mg tablet"})
    identity = known.identify((Code("http://hl7.org/fhir/sid/ndc", "00406577101"),), ())
    assert [n.drug.name for n in identity.named] == ["methadone"]


def test_code_and_text_that_contradict_each_other_name_nothing() -> None:
    identity = NAMES.identify((Code(RXNORM, "833036"),), ("Captopril 25 MG Oral Tablet",))
    assert identity.conflict is not None
    assert not identity.named
    agreeing = NAMES.identify((Code(RXNORM, "833036"),), ("Acetaminophen / hydrocodone",))
    assert agreeing.conflict is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Oxycodone 10 MG Extended Release Oral Tablet", Form.EXTENDED),
        ("Morphine 10mg modified-release tablets", Form.EXTENDED),
        ("Fentanyl 25micrograms/hour transdermal patches", Form.PATCH),
        ("Buprenorphine implant", Form.IMPLANT),
        ("buprenorphine prolonged-release solution for injection", Form.DEPOT),
        ("morphine oral solution", Form.IMMEDIATE),
        ("morphine 10 mg", None),
    ],
)
def test_the_form_is_read_from_the_name(text: str, form: Form | None) -> None:
    assert NAMES.identify((), (text,)).named[0].form is form


def test_slang_counts_only_in_an_interview() -> None:
    assert not NAMES.identify((), ("subs",)).named
    assert [n.drug.name for n in NAMES.identify((), ("subs",), spoken=True).named] == ["buprenorphine"]
