"""The composed patients as FHIR bundles: so that reader, vocabulary and rules are tried together."""

from __future__ import annotations

from typing import Any, Final

from openldn.record.interview import Health, Question

LOINC: Final = {
    "ALT": ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
    "AST": ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
    "bilirubin": ("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma"),
    "albumin": ("1751-7", "Albumin [Mass/volume] in Serum or Plasma"),
    "INR": ("6301-6", "INR in Platelet poor plasma by Coagulation assay"),
    "creatinine": ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),
    "eGFR": ("33914-3", "Glomerular filtration rate/1.73 sq M.predicted"),
    "weight": ("29463-7", "Body weight"),
    "PHQ-9 total": ("44261-6", "Patient Health Questionnaire 9 item total score"),
    "PHQ-9 item 9": ("44260-8", "Thoughts that you would be better off dead"),
}
SNOMED: Final = "http://snomed.info/sct"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"


def bundle(case: dict[str, Any]) -> dict[str, Any]:
    """One bundle of type collection, with a List of drugs where the case has one."""
    resources = [_patient(case["patient"])]
    drugs = [_drug(n, d) for n, d in enumerate(case.get("drugs", []))]
    listed = case["drug_list"]
    if listed != "absent":
        if "none_known" in listed:
            drugs.append(
                {"resourceType": "MedicationStatement", "id": "none", "status": "unknown",
                 "medicationCodeableConcept": {"coding": [{"code": "no-known-medications"}]}}
            )  # fmt: skip
        entries = [{"item": {"reference": f"{d['resourceType']}/{d['id']}"}} for d in drugs]
        resources.append(
            {"resourceType": "List", "id": "drugs", "status": "current", "date": listed["dated"],
             "code": {"coding": [{"system": "http://loinc.org", "code": "10160-0"}]}, "entry": entries}
        )  # fmt: skip
    resources += drugs
    resources += [_condition(n, c) for n, c in enumerate(case.get("conditions", []))]
    resources += [_result(n, r) for n, r in enumerate(case.get("labs", []))]
    resources += [
        {"resourceType": "AllergyIntolerance", "id": f"a{n}", "code": {"text": a["text"]}}
        for n, a in enumerate(case.get("allergies", []))
    ]
    resources += [
        {"resourceType": "Procedure", "id": f"p{n}", "status": "completed", "code": {"text": p["text"]},
         "performedDateTime": p["on"]}
        for n, p in enumerate(case.get("procedures", []))
    ]  # fmt: skip
    if planned := case.get("planned_operation"):
        resources.append(
            {"resourceType": "ServiceRequest", "id": "operation", "status": "active", "intent": "order",
             "code": {"text": planned["text"]},
             **({"occurrenceDateTime": planned["on"]} if "on" in planned else {})}
        )  # fmt: skip
    wrapped = [{"fullUrl": f"urn:uuid:{n}", "resource": r} for n, r in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": wrapped}


def interview(case: dict[str, Any]) -> dict[str, Any] | None:
    """The interview of a case as its file would hold it."""
    said = case["interview"]
    if said == "none":
        return None
    given: dict[str, Any] = {"opioids": "no"} if said == "clean" else said
    answers = {} if given.get("opioids") == "not asked" else dict.fromkeys(map(str, Question), "no")
    health = {**dict.fromkeys(map(str, Health), "no"), **given.get("health", {})}
    return {"held": case["as_of"], "by": "composed", "answers": answers, "health": health}


def _patient(given: dict[str, str]) -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "p", "gender": given["sex"]}
    if given.get("born"):
        patient["birthDate"] = given["born"]
    if given.get("deceased"):
        patient["deceasedDateTime"] = given["deceased"]
    return patient


def _drug(n: int, given: dict[str, str]) -> dict[str, Any]:
    drug: dict[str, Any] = {
        "resourceType": "MedicationStatement", "id": f"m{n}", "status": given["status"],
        "medicationCodeableConcept": {"text": given["text"]},
    }  # fmt: skip
    period = {"start": given.get("ordered"), "end": given.get("ended")}
    drug["effectivePeriod"] = {key: value for key, value in period.items() if value}
    return drug


def _condition(n: int, given: dict[str, str]) -> dict[str, Any]:
    codings = [
        {"system": system, "code": given[key]}
        for key, system in (("snomed", SNOMED), ("icd10", ICD10))
        if key in given
    ]
    condition: dict[str, Any] = {
        "resourceType": "Condition", "id": f"c{n}", "code": {"text": given["text"], "coding": codings},
        "clinicalStatus": {"coding": [{"code": given.get("status", "active")}]},
    }  # fmt: skip
    if "onset" in given:
        condition["onsetDateTime"] = given["onset"]
    return condition


def _result(n: int, given: dict[str, str]) -> dict[str, Any]:
    code, name = LOINC.get(given["test"], ("", given["test"]))
    result: dict[str, Any] = {
        "resourceType": "Observation", "id": f"o{n}", "status": "final", "effectiveDateTime": given["taken"],
        "code": {"text": name, "coding": [{"system": "http://loinc.org", "code": code}] if code else []},
    }  # fmt: skip
    try:
        value = float(given["value"])
    except ValueError:
        return {**result, "valueString": given["value"]}
    result["valueQuantity"] = {"value": value, "unit": given.get("unit", "")}
    if "upper_limit" in given:
        high = {"value": float(given["upper_limit"]), "unit": given.get("unit", "")}
        result["referenceRange"] = [{"high": high}]
    return result
