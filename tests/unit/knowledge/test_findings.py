"""Which finding a text or code names, in the wording of real problem lists; and what it does not."""

from __future__ import annotations

import pytest

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.measures import Amount, amount, amount_in
from openldn.knowledge.names import Code

WORDS = load_knowledge().vocabulary
NAMED = {
    "Cirrhosis of liver": "cirrhosis",
    "Leberzirrhose": "cirrhosis",
    "Cirrhose du foie": "cirrhosis",
    "Chronic kidney disease stage 4 (disorder)": "kidney-failure",
    "ESRD on hemodialysis": "kidney-failure",
    "Terminale Niereninsuffizienz": "kidney-failure",
    "Chronic kidney disease, unspecified": "kidney-disease",
    "Transplantation of kidney (procedure)": "organ-transplant",
    "Kidney transplant status": "organ-transplant",
    "Z.n. Nierentransplantation": "organ-transplant",
    "Living donor kidney transplantation": "organ-transplant",
    "Non-alcoholic fatty liver disease": "liver-disease",
    "Acute hepatitis A without hepatic coma": "acute-hepatitis",
    "Suicidal ideation": "suicidal-thoughts",
    "At risk of suicide": "suicidal-thoughts",
    "Malignant neoplasm of breast": "cancer",
    "Brustkrebs": "cancer",
    "Borstkanker": "cancer",
    "High risk pregnancy": "pregnancy",
    "Schwangerschaft": "pregnancy",
    "Opioid use disorder, severe": "opioid-use-disorder",
    "Heroin withdrawal": "opioid-withdrawal",
    "Scleral icterus": "jaundice",
    "Laparoscopic cholecystectomy": "operation",
    "Elective surgery": "operation",
    "Colonoscopy": "operation",
    "Palliative care": "advanced-disease",
    "Mother currently breast-feeding": "breastfeeding",
    "Alcohol dependence": "alcohol-use-disorder",
    "Post-menopausal": "cannot-become-pregnant",
}
NOT_NAMED = {
    "Family history of malignant neoplasm of breast": "cancer",
    "No evidence of cirrhosis": "cirrhosis",
    "Not pregnant": "pregnancy",
    "Pregnancy test negative": "pregnancy",
    "Breast cancer screening": "cancer",
    "Hepatitis B vaccination": "liver-disease",
    "Screening for malignant neoplasm of colon": "cancer",
    "Kidney transplant evaluation": "organ-transplant",
    "Corneal transplantation": "organ-transplant",
    "Respiratory depression": "depression",
    "Neonatal jaundice": "jaundice",
    "Kidney stone": "kidney-disease",
    "Drinks alcohol socially": "alcohol-use-disorder",
    "Benign neoplasm of skin": "cancer",
    "Hepatitis A without hepatic coma": "liver-failure",
    "Awaiting liver transplant": "organ-transplant",
}
PAST = {
    "History of melanoma": "cancer",
    "Leukemia in remission": "cancer",
    "Previous depression": "depression",
    "Status post acute hepatitis": "acute-hepatitis",
    "Opioid dependence, in remission": "opioid-use-disorder",
}


@pytest.mark.parametrize(("text", "finding"), NAMED.items())
def test_a_text_names_a_finding(text: str, finding: str) -> None:
    found = WORDS.findings.identify((), (text,)).by(f"findings/{finding}")
    assert found is not None
    assert not found.past


@pytest.mark.parametrize(("text", "finding"), NOT_NAMED.items())
def test_a_text_that_denies_or_means_another_thing(text: str, finding: str) -> None:
    found = WORDS.findings.identify((), (text,))
    assert f"findings/{finding}" not in found.ids
    assert found.readable


@pytest.mark.parametrize(("text", "finding"), PAST.items())
def test_a_text_that_looks_back(text: str, finding: str) -> None:
    found = WORDS.findings.identify((), (text,)).by(f"findings/{finding}")
    assert found is not None
    assert found.past


@pytest.mark.parametrize(
    ("system", "code", "finding", "past"),
    [
        ("http://snomed.info/sct", "19943007", "cirrhosis", False),
        ("http://snomed.info/sct", "191821007", "opioid-use-disorder", True),
        ("http://hl7.org/fhir/sid/icd-10-cm", "F11.21", "opioid-use-disorder", True),
        ("http://hl7.org/fhir/sid/icd-10-cm", "F11.20", "opioid-use-disorder", False),
        ("urn:oid:2.16.840.1.113883.6.90", "N18.4", "kidney-failure", False),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "N18.5", "kidney-failure", False),
        ("http://hl7.org/fhir/sid/icd-10", "C50.9", "cancer", False),
        ("http://hl7.org/fhir/sid/icd-10", "Z85.3", "cancer", True),
        ("http://hl7.org/fhir/sid/icd-10", "o21.0", "pregnancy", False),
    ],
)
def test_a_code_names_a_finding(system: str, code: str, finding: str, past: bool) -> None:
    found = WORDS.findings.identify((Code(system, code),), ()).by(f"findings/{finding}")
    assert found is not None
    assert found.past is past


def test_what_a_finding_is_a_case_of_is_named_too() -> None:
    ids = WORDS.findings.identify((), ("Alcoholic cirrhosis of liver",)).ids
    assert {"findings/cirrhosis", "findings/liver-disease"} <= ids
    assert "findings/cancer" in WORDS.findings.identify((), ("Hepatocellular carcinoma",)).ids


@pytest.mark.parametrize("text", ["", "???", "unknown", "see list", "Cirr\ufffdosis", "Zirr\x00ose", "42"])
def test_a_text_that_tells_nothing(text: str) -> None:
    assert not WORDS.findings.identify((), (text,)).readable


def test_a_code_alone_tells_only_where_its_system_is_known() -> None:
    assert WORDS.findings.identify((Code("http://hl7.org/fhir/sid/icd-10", "J03"),), ()).readable
    assert not WORDS.findings.identify((Code("http://hl7.org/fhir/sid/icd-10", "zz-000"),), ()).readable
    assert not WORDS.findings.identify((Code("http://hospital.example", "J03"),), ()).readable
    assert not WORDS.findings.identify((Code("http://snomed.info/sct", "22298006"),), ()).readable


def test_a_users_own_table_names_findings_and_tests() -> None:
    table = {("http://lab.example", "K1"): "Kreatinin", ("http://lab.example", "D7"): "Leberzirrhose"}
    known = WORDS.with_local_codes(table)
    assert "findings/cirrhosis" in known.findings.identify((Code("http://lab.example", "D7"),), ()).ids
    measure = known.measures.identify((Code("http://lab.example", "K1"),), ())
    assert measure is not None
    assert measure.id == "creatinine"


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "alt"),
        ("SGOT", "ast"),
        ("Bilirubin, total", "bilirubin"),
        ("Kreatinin", "creatinine"),
        ("eGFR (CKD-EPI)", "egfr"),
        ("Creatinine [Mass/volume] in Urine", None),
        ("Albumin/Creatinine ratio", None),
        ("Microalbumin [Mass/volume] in Urine", None),
        ("Creatine kinase", None),
        ("Bilirubin.direct [Mass/volume] in Serum or Plasma", None),
        ("Birth weight", None),
        ("Body weight", "body-weight"),
        ("Child-Pugh class", "child-pugh-class"),
        ("Child-Pugh score", "child-pugh-score"),
    ],
)
def test_a_test_is_known_by_its_name(text: str, measure: str | None) -> None:
    found = WORDS.measures.identify((), (text,))
    assert (found.id if found else None) == measure


@pytest.mark.parametrize(
    ("measure", "value", "unit", "expected"),
    [
        ("creatinine", "884", "\u00b5mol/L", "10"),
        ("creatinine", "1.2", "mg/dL", "1.2"),
        ("bilirubin", "17.1", "umol/L", "1"),
        ("albumin", "38", "g/L", "3.8"),
        ("alt", "2", "\u03bckat/L", "120"),
        ("egfr", "55", "mL/min/{1.73_m2}", "55"),
        ("egfr", "55", "mL/min/1.73 m\u00b2", "55"),
        ("body-weight", "100", "[lb_av]", "45.359237"),
        ("inr", "1.1", "{INR}", "1.1"),
    ],
)
def test_units_are_converted_exactly(measure: str, value: str, unit: str, expected: str) -> None:
    from fractions import Fraction

    found, problem = amount_in(WORDS.measures.measures[measure], Fraction(value), [unit])
    assert problem == ""
    assert found == Amount(Fraction(expected), Fraction(expected))


@pytest.mark.parametrize(
    ("value", "units", "said"),
    [
        ("1", [""], "no unit"),
        ("1", ["bananas"], "bananas"),
        ("1", ["mg/dL", "umol/L"], "contradict"),
        ("-1", ["mg/dL"], "below zero"),
    ],
)
def test_a_unit_that_is_not_known_is_said(value: str, units: list[str], said: str) -> None:
    from fractions import Fraction

    found, problem = amount_in(WORDS.measures.measures["creatinine"], Fraction(value), units)
    assert found is None
    assert said in problem


def test_a_comparator_leaves_an_interval() -> None:
    from fractions import Fraction

    sixty = Fraction(60)
    over, under = amount(sixty, ">"), amount(sixty, "<=")
    assert over.may_exceed(Fraction(1000))
    assert not over.may_fall_below(sixty)
    assert under.may_fall_below(Fraction(1))
    assert not under.above(Fraction(0))
    assert not under.may_exceed(sixty)
    assert under.below(Fraction(61))
