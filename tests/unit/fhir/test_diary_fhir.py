"""A diary in FHIR: every way to answer, every refusal, and what is left out is told."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openldn.fhir.diary import diary_rows
from openldn.fhir.diary_answers import FLAGS, flag_text, plain_number
from openldn.fhir.json_text import BadInput, parse
from openldn.knowledge.load import load_knowledge
from openldn.record.diary import COLUMNS, BadDiary, Entry, read_diary

KNOWN = load_knowledge()
URL = "https://example.org/Questionnaire/openldn-diary|1.0"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
Json = dict[str, Any]


def item(link: str, *answers: Any, **fields: Any) -> Json:
    return {"linkId": link, "answer": list(answers), **fields}


def text(value: str, *below: Json) -> Json:
    return {"valueString": value, **({"item": list(below)} if below else {})}


def coding(code: str = "", display: str = "", system: str = "", *below: Json) -> Json:
    held = {k: v for k, v in {"system": system, "code": code, "display": display}.items() if v}
    return {"valueCoding": held, **({"item": list(below)} if below else {})}


def grade(number: Any) -> Json:
    return item("grade", {"valueInteger": number})


def response(*items: Json, **fields: Any) -> Json:
    return {
        "resourceType": "QuestionnaireResponse", "id": "d", "status": "completed", "questionnaire": URL,
        "authored": "2026-11-28T23:30:00-05:00", "item": list(items), **fields,
    }  # fmt: skip


def bundle(*resources: Any, **fields: Any) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]} | (
        fields
    )


def rows(tree: Any) -> tuple[list[tuple[str, dict[str, str]]], list[tuple[str, str]]]:
    """The rows of a tree that went through JSON text, and what was told."""
    told: list[tuple[str, str]] = []
    found = diary_rows(parse(json.dumps(tree).encode()), KNOWN, lambda *note: told.append(note))
    return found, told


def fields(*items: Json, **more: Any) -> dict[str, str]:
    ((_, found),), _ = rows(response(*items, **more))
    return found


def entry(*items: Json) -> Entry:
    (found,) = read_diary(rows(response(*items))[0], KNOWN).entries
    return found


def refusal(tree: Any) -> str:
    with pytest.raises(BadInput) as raised:
        rows(tree)
    return str(raised.value)


DAY = {"date": "2026-11-28"}


# --- one entry ---------------------------------------------------------------------------------------


def test_the_day_is_the_local_day_on_which_it_was_written() -> None:
    assert fields() == DAY
    assert fields(authored="2026-11-28") == DAY
    assert fields(item("date", {"valueDate": "2026-11-27"})) == {"date": "2026-11-27"}
    assert fields(item("date", {"valueDateTime": "2026-11-27T00:10:00+14:00"})) == {"date": "2026-11-27"}
    assert fields(item("date", text("2026-11-27")), authored=None) == {"date": "2026-11-27"}


@pytest.mark.parametrize(
    ("name", "answer", "wanted"),
    [
        ("slot", text("night"), "night"),
        ("slot", coding("night"), "night"),
        ("slot", coding("LA4718-9", "Morning"), "morning"),
        ("taken", {"valueBoolean": True}, "yes"),
        ("taken", {"valueBoolean": False}, "missed"),
        ("taken", coding("late"), "late"),
        ("taken", coding("LA33-6", "Yes"), "yes"),
        ("dose", {"valueQuantity": {"value": 4.5, "unit": "mg"}}, "4.5 mg"),
        ("dose", {"valueQuantity": {"value": 4, "code": "mg"}}, "4 mg"),
        ("dose", {"valueQuantity": {"value": 500, "unit": "mcg", "code": "ug"}}, "500 mcg"),
        ("dose", text("500 micrograms"), "500 micrograms"),
        ("symptoms", {"valueInteger": 7}, "7"),
        ("symptoms", {"valueDecimal": 7.0}, "7"),
        ("sleep", text("3"), "3"),
        ("pgic", coding("2", "2"), "2"),
        ("painkiller", coding("not-an-opioid"), "not an opioid"),
        ("painkiller", {"valueBoolean": False}, "no"),
        ("painkiller", {"valueBoolean": True}, "not named"),
        ("painkiller_name", text("codeine"), "codeine"),
        ("new_medicine", coding("", "cetirizine"), "cetirizine"),
        ("new_medicine", {"valueBoolean": False}, "none"),
        ("pregnancy_test", {"valueBoolean": True}, "positive"),
        ("pregnancy_test", {"valueBoolean": False}, "negative"),
        ("pregnancy_test", coding("260385009", "Negative"), "negative"),
        ("operation_on", {"valueDate": "2027-02-03"}, "2027-02-03"),
        ("operation_on", {"valueBoolean": False}, "none"),
        ("effects", text("nausea 2; headache 1"), "nausea 2; headache 1"),
        ("results", text("alt 31 U/L"), "alt 31 U/L"),
        ("note", text(" slept well "), "slept well"),
    ],
)  # fmt: skip
def test_ways_to_answer(name: str, answer: Json, wanted: str) -> None:
    assert fields(item(name, answer)) == {**DAY, name: wanted}
    assert fields({"linkId": "group", "item": [item(name, answer)]}) == {**DAY, name: wanted}
    if name == "painkiller_name":
        return
    read_diary(rows(response(item(name, answer)))[0], KNOWN)


def test_numbers_stay_exact() -> None:
    data = b'{"valueQuantity": {"value": 0.10, "unit": "mg"}}'
    assert fields(item("dose", json.loads(data)))["dose"] == "0.1 mg"
    tree = json.dumps(response(item("dose", {"valueQuantity": {"value": 0, "unit": "mg"}})))
    for number, wanted in (("4.50", "4.5"), ("1000", "1000"), ("0.000001", "0.000001"), ("45e-1", "4.5")):
        found = diary_rows(parse(tree.replace('"value": 0', f'"value": {number}').encode()), KNOWN)
        assert found[0][1]["dose"] == f"{wanted} mg"


def test_what_has_no_answer_is_not_answered() -> None:
    unanswered = [{"linkId": n} for n in COLUMNS] + [item("taken"), item("note", text(""))]
    assert fields(*unanswered) == DAY
    assert entry(*unanswered).effects is None


def test_effects_with_their_grades() -> None:
    found = item("effect", text("nausea", grade(2)), coding("dark-urine", "", "", grade(1)))
    assert fields(found)["effects"] == "nausea 2; dark urine 1"
    beside = item("effect", text("headache"), item=[grade(3)])
    group = {"linkId": "effects", "item": [found, beside]}
    assert fields(group)["effects"] == "nausea 2; dark urine 1; headache 3"
    both = entry(item("effects", text("rash 1")), found).effects or ()
    assert [(f.name, f.grade) for f in both] == [("rash", 1), ("nausea", 2), ("dark urine", 1)]


def test_an_effect_by_a_code_of_another_system_is_read_by_its_display() -> None:
    snomed = "http://snomed.info/sct"
    (felt,) = entry(item("effect", coding("18165001", "Jaundice (finding)", snomed, grade(1)))).effects or ()
    assert felt.name == "yellow skin or eyes"


def test_no_effects() -> None:
    none = item("no-effects", {"valueBoolean": True})
    assert entry(none).effects == ()
    assert entry({"linkId": "effects", "item": [none]}).effects == ()
    some = item("no-effects", {"valueBoolean": False})  # and it does not say which
    assert entry(some).effects is None
    assert refusal(response(none, some)) == "QuestionnaireResponse/d, no-effects: answered both yes and no"
    told = refusal(response(none, item("effect", text("nausea", grade(2)))))
    assert told == "QuestionnaireResponse/d, no-effects: true, and there are effects"


def test_medicines_may_repeat_and_stand_below_the_question() -> None:
    nested = item("painkiller", text("opioid", item("painkiller_name", text("codeine"), text("tramadol"))))
    assert fields(nested)["painkiller_name"] == "codeine; tramadol"
    bare = item("painkiller", {"item": [item("painkiller", text("opioid"))]})
    assert fields(bare)["painkiller"] == "opioid"
    twice = [item("new_medicine", text("cetirizine")), item("new_medicine", text("zinc"))]
    assert fields(*twice)["new_medicine"] == "cetirizine; zinc"


def test_a_code_that_names_an_opioid_is_not_lost() -> None:
    for display, wanted in (
        ("", "oxycodone"),
        ("OxyNorm", "OxyNorm"),
        ("Captopril", "Captopril (oxycodone)"),
    ):
        found = fields(item("new_medicine", coding("7804", display, RXNORM)))
        assert found["new_medicine"] == wanted
        (medicine,) = entry(item("new_medicine", coding("7804", display, RXNORM))).new_medicines
        assert [n.drug.name for n in medicine.identity.named] == ["oxycodone"]


def result(test: Json, value: Json, **more: Any) -> Json:
    below = [item("value", value), *(item(k.replace("_", "-"), v) for k, v in more.items())]
    return item("result", {**test, "item": below})


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (result(text("alt"), {"valueQuantity": {"value": 120, "unit": "U/L"}}), "alt 120 U/L"),
        (
            result(text("Alanine aminotransferase"), {"valueQuantity": {"value": 31.5, "unit": "U / L"}}),
            "alt 31.5 U/L",
        ),
        (result(text("alt"), text("31 U/L"), limit={"valueDecimal": 40.0}), "alt 31 U/L limit 40"),
        (
            result(coding("1742-6", "ALT [U/L]", "http://loinc.org"),
                   {"valueQuantity": {"value": 120, "code": "U/L", "comparator": ">"}},
                   limit={"valueInteger": 40}),
            "alt > 120 U/L limit 40",
        ),
        (
            result(text("alt"), {"valueQuantity": {"value": 1200.0, "unit": "units a litre", "code": "U/L"}},
                   limit={"valueQuantity": {"value": 40, "unit": "IU/L"}}),
            "alt 1200 U/L limit 40",
        ),
        (result(coding("2106-3", "", "http://loinc.org"), coding("260385009")), "pregnancy-test negative"),
        (result(text("pregnancy-test"), text("positive")), "pregnancy-test positive"),
        (result(text("encephalopathy"), coding("", "grade 1")), "encephalopathy grade-1-2"),
        (result(text("inr"), {"valueDecimal": 1.1}), "inr 1.1"),
    ],
)  # fmt: skip
def test_results(found: Json, wanted: str) -> None:
    assert fields(found)["results"] == wanted
    assert fields({"linkId": "results", "item": [found]})["results"] == wanted
    assert len(entry(found, item("results", text("tsh 2.1 mIU/L"))).results) == 2


def test_a_value_may_stand_beside_its_test() -> None:
    beside = item(
        "result", text("tsh"), item=[item("value", {"valueQuantity": {"value": 2.1, "unit": "mIU/L"}})]
    )
    assert fields(item("result", text("tsh 2.1 mIU/L")))["results"] == "tsh 2.1 mIU/L"
    assert fields(beside)["results"] == "tsh 2.1 mIU/L"


# --- which entries -----------------------------------------------------------------------------------


def test_one_alone_or_several() -> None:
    assert rows(response()) == ([("QuestionnaireResponse/d", DAY)], [])
    other = response(id=None, authored="2026-11-29")
    assert rows(bundle(response(), other))[0] == [
        ("QuestionnaireResponse/d", DAY),
        ("entry[1] (QuestionnaireResponse)", {"date": "2026-11-29"}),
    ]


@pytest.mark.parametrize("status", ["in-progress", "stopped", "done", None])
def test_what_is_not_completed_counts_as_far_as_it_goes(status: Any) -> None:
    found, told = rows(response(item("effect", text("jaundice", grade(1))), status=status))
    assert found == [("QuestionnaireResponse/d", {**DAY, "effects": "jaundice 1"})]
    assert told == [
        ("QuestionnaireResponse/d", "not completed: what it says counts, what it does not say is not known")
    ]
    assert read_diary(found, KNOWN).entries[0].painkiller is None


def test_an_entry_in_error_is_left_out_and_told() -> None:
    tree = bundle(response(id="a"), response(id="b", status="entered-in-error", item="broken"))
    assert rows(tree) == (
        [("QuestionnaireResponse/a", DAY)],
        [("QuestionnaireResponse/b", "entered in error, left out")],
    )
    assert rows(response(status="entered-in-error"))[0] == []
    assert rows(bundle(response(), response(status="entered-in-error")))[0] == []


def test_an_amended_entry_replaces_the_other_versions_of_its_id() -> None:
    for order in (1, -1):
        tree = bundle(*[
            response(item("taken", text("yes"))),
            response(item("taken", text("missed")), status="amended", authored="2026-11-29T08:00:00-05:00"),
        ][::order])  # fmt: skip
        found, told = rows(tree)
        assert found == [("QuestionnaireResponse/d", {"date": "2026-11-29", "taken": "missed"})]
        assert told == [("QuestionnaireResponse/d", "an older version, left out")]


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        ("2026-11-28T22:00:00Z", "2026-11-28T23:30:00+01:00", ["missed"]),
        ("2026-11-28T22:00:00Z", "2026-11-28T22:30:00+01:00", ["yes", "missed"]),  # half an hour before
        ("2026-11-27", "2026-11-28", ["missed"]),
        ("2026-11-28", "2026-11-28T10:00:00", ["missed"]),  # the times do not tell, so the status does
        ("2026-11-28T10:00:00", "2026-11-27T10:00:00", ["yes", "missed"]),
    ],
)
def test_an_amended_entry_comes_after_what_it_amends(first: str, second: str, left: list[str]) -> None:
    old = response(item("taken", text("yes")), authored=first)
    new = response(item("taken", text("missed")), authored=second, status="amended")
    assert [f["taken"] for _, f in rows(bundle(old, new))[0]] == left
    day = item("date", {"valueDate": "2026-11-28"})
    undated = response(day, item("taken", text("late")), authored=None, status="amended")
    assert [f["taken"] for _, f in rows(bundle(old, undated))[0]] == ["late"]


IDENTIFIER = {"system": "urn:example", "value": "1"}


def test_an_amended_entry_replaces_that_of_its_identifier_on_its_day() -> None:
    old = response(item("taken", text("yes")), id="a", identifier=IDENTIFIER)
    new = response(item("taken", text("missed")), id="b", identifier=[IDENTIFIER], status="amended")
    found, told = rows(bundle(old, new))
    assert found == [("QuestionnaireResponse/b", {**DAY, "taken": "missed"})]
    assert told == [("QuestionnaireResponse/a", "replaced by an amended entry (QuestionnaireResponse/b)")]
    for other in ({"authored": "2026-11-27"}, {"identifier": {"value": "1"}}, {"identifier": None}):
        assert len(rows(bundle({**old, **other}, new))[0]) == 2
    assert (
        len(rows(bundle(response(item("slot", text("night")), id="a", identifier=IDENTIFIER), new))[0]) == 2
    )
    assert len(rows(bundle({**old, "status": "amended"}, new))[0]) == 2


def test_two_that_do_not_know_of_each_other_stay_for_the_diary_to_refuse() -> None:
    found, _ = rows(bundle(response(id="a"), response(id="b", status="amended")))
    with pytest.raises(
        ValueError, match=r"^QuestionnaireResponse/b: a second entry .* QuestionnaireResponse/a$"
    ):
        read_diary(found, KNOWN)


def test_newer_versions_by_their_date_and_copies() -> None:
    old = response(item("taken", text("yes")), meta={"lastUpdated": "2026-11-28T10:00:00Z"})
    new = response(item("taken", text("missed")), meta={"lastUpdated": "2026-11-28T11:00:00Z"})
    found, told = rows(bundle(old, new, new))
    assert [f["taken"] for _, f in found] == ["missed"]
    assert {reason for _, reason in told} == {"an older version or a copy of the same entry"}


def test_what_is_no_diary_is_counted() -> None:
    other = response(item("1", text("x"), item=[item("2", text("y"))]), id="o", questionnaire="urn:x/phq-9|2")
    unnamed = response({"linkId": "3", "item": "x"}, id="u", questionnaire=None)
    patient = {"resourceType": "Patient", "id": "p"}
    found, told = rows(bundle(patient, other, unnamed, response(), {**patient, "id": "q"}))
    assert found == [("QuestionnaireResponse/d", DAY)]
    assert told == [(
        "Bundle",
        "not read, for it is no diary: 2 Patient, 2 QuestionnaireResponse",
    )]  # fmt: skip


def test_the_questionnaire_as_a_reference() -> None:
    assert fields(questionnaire={"reference": "Questionnaire/openldn-diary"}) == DAY


def test_patients() -> None:
    whole = "https://example.org/fhir/Patient/a/_history/2"
    named = [response(id=n, subject={"reference": r}) for n, r in (("x", "Patient/a"), ("y", whole))]
    assert len(rows(bundle(*named, response()))[0]) == 3
    told = refusal(bundle(*named, response(subject={"reference": "Patient/b"})))
    assert told == (
        "QuestionnaireResponse/d: of patient b, and QuestionnaireResponse/x is of a: a diary is of one"
        " patient"
    )


# --- what is refused ---------------------------------------------------------------------------------

LINKS = ", ".join((*COLUMNS, "effect", "no-effects", "result"))
IS_NONE = f"is no question of a diary; there are {LINKS}"
KINDS = (
    "one of valueString, valueCoding, valueBoolean, valueInteger, valueDecimal, valueDate, valueDateTime,"
    " valueQuantity is expected"
)
HOW = "write a test in one word, a value, its unit, the upper limit: 'alt 120 U/L limit 40'"
AT = "QuestionnaireResponse/d.item[0]"
TOP = "top level: a QuestionnaireResponse or a Bundle of them is expected"
REFUSED: list[tuple[str, Any, str]] = [
    ("no object", [], f"{TOP}, found None"),
    ("another resource", {"resourceType": "Patient"}, f"{TOP}, found 'Patient'"),
    (
        "another questionnaire",
        response(questionnaire="urn:x/openldn-opioid-interview"),
        "questionnaire: urn:x/openldn-opioid-interview; that of a diary ends in openldn-diary",
    ),
    (
        "no questionnaire",
        response(questionnaire=None),
        "questionnaire: a questionnaire that is not named; that of a diary ends in openldn-diary",
    ),
    (
        "a diary by its questions, not by its name",
        bundle(
            response(),
            response(
                {"linkId": "g", "item": [item("painkiller", text("no"))]}, id="e", questionnaire="urn:x/diary"
            ),
        ),
        ("QuestionnaireResponse/e: the questions of a diary; its questionnaire has to end in openldn-diary"),
    ),
    (
        "no entry",
        bundle({"resourceType": "Patient"}),
        "Bundle: no QuestionnaireResponse whose questionnaire ends in openldn-diary",
    ),
    (
        "a page is missing",
        bundle(response(), link=[{"relation": "next", "url": "x"}]),
        (
            "the bundle has a next page that was not delivered: entries may be missing; put all pages into"
            " one Bundle"
        ),
    ),
    ("an entry that is none", bundle(response(), "x"), "entry[1]: a resource expected"),
    (
        "a type that is none",
        bundle(response(), {"resourceType": "QuestionaireResponse"}),
        "entry[1]: 'QuestionaireResponse' is not a FHIR resource type",
    ),
    ("entries of a wrong shape", bundle(entry="x"), "Bundle.entry: a list of entries expected"),
    (
        "no item",
        {k: v for k, v in response().items() if k != "item"},
        "QuestionnaireResponse/d: no `item`: nothing is answered in it",
    ),
    ("no day", response(authored=None), "QuestionnaireResponse/d: no day: answer `date`, or give `authored`"),
    (
        "a month",
        response(authored="2026-11"),
        "QuestionnaireResponse/d.authored: a whole day like 2026-11-28 is expected",
    ),
    (
        "a day that is none",
        response(item("date", {"valueDate": "2026-11-31"})),
        f"{AT}.answer[0].valueDate: a date expected",
    ),
    ("a linkId that is not known", response(item("mood", text("good"))), f"{AT}.linkId: 'mood' {IS_NONE}"),
    ("a linkId that is missing", response({"answer": [text("good")]}), f"{AT}.linkId: '' {IS_NONE}"),
    (
        "an unknown question below another",
        response(item("taken", text("yes", item("why", text("x"))))),
        f"{AT}.answer[0].item[0].linkId: 'why' {IS_NONE}",
    ),
    (
        "below an effect",
        response(item("effect", text("nausea", grade(1), item("since", text("noon"))))),
        f"{AT}.answer[0].item[1].linkId: 'since' is no question here; there are grade",
    ),
    (
        "deeper still",
        response(item("effect", text("nausea", item("grade", {"valueInteger": 1, "item": [grade(2)]})))),
        f"{AT}.answer[0].item[0].answer[0].item: nothing is asked here",
    ),
    (
        "items of a wrong shape",
        response(item="x"),
        "QuestionnaireResponse/d.item: a list of objects expected",
    ),
    (
        "answers of a wrong shape",
        response({"linkId": "taken", "answer": "yes"}),
        f"{AT}.answer: a list of objects expected",
    ),
    (
        "a value without an answer",
        response({"linkId": "taken", "valueBoolean": True}),
        f"{AT}.valueBoolean: an answer stands in a list `answer`",
    ),
    (
        "two values",
        response(item("taken", {"valueBoolean": True, "valueString": "no"})),
        f"{AT}.answer[0]: valueBoolean and valueString: {KINDS}",
    ),
    (
        "two answers",
        response(item("taken", text("yes")), item("taken", text("missed"))),
        "QuestionnaireResponse/d, taken: answered more than once: yes, missed",
    ),
    (
        "a kind of answer that says nothing",
        response(item("slot", {"valueUri": "urn:x"})),
        f"{AT}.answer[0]: valueUri: {KINDS}",
    ),
    (
        "a quantity",
        response(item("sleep", {"valueQuantity": {"value": 5}})),
        f"{AT}.answer[0].valueQuantity: only `dose` is a quantity",
    ),
    (
        "a day for a word",
        response(item("slot", {"valueDate": "2026-11-28"})),
        "QuestionnaireResponse/d, slot: '2026-11-28': one of morning, night is expected",
    ),
    (
        "a number for a day",
        response(item("date", {"valueInteger": 20261128})),
        "QuestionnaireResponse/d, date: '20261128': write a day like 2026-11-28",
    ),
    (
        "a number that is none",
        response(item("sleep", {"valueInteger": "5"})),
        f"{AT}.answer[0].valueInteger: a number expected",
    ),
    (
        "a number beyond all",
        response(item("sleep", {"valueInteger": 10**40})),
        f"{AT}.answer[0].valueInteger: no number of this world",
    ),
    (
        "true, but what",
        response(item("new_medicine", {"valueBoolean": True})),
        (f"{AT}.answer[0].valueBoolean: true is no answer here: write false (none) or the text of the table"),
    ),
    (
        "false for a slot",
        response(item("slot", {"valueBoolean": False})),
        f"{AT}.answer[0].valueBoolean: false is no answer here: write the text of the table",
    ),
    (
        "a flag that is none",
        response(item("no-effects", text("yes"))),
        f"{AT}.answer[0]: valueString: one of valueBoolean is expected",
    ),
    (
        "a coding that says nothing",
        response(item("slot", {"valueCoding": {}})),
        f"{AT}.answer[0].valueCoding: a code or a display is expected",
    ),
    (
        "no coding",
        response(item("slot", {"valueCoding": "x"})),
        f"{AT}.answer[0].valueCoding: an object expected",
    ),
    (
        "code against display",
        response(item("painkiller", coding("no", "opioid"))),
        f"{AT}.answer[0].valueCoding: 'opioid' and 'no' contradict each other",
    ),
    (
        "an effect against its code",
        response(item("effect", coding("nausea", "Dark urine", "", grade(1)))),
        f"{AT}.answer[0].valueCoding: 'Dark urine' and 'nausea' contradict each other",
    ),
    (
        "an effect by a code alone",
        response(item("effect", coding("18165001", "", "http://snomed.info/sct", grade(1)))),
        f"{AT}.answer[0].valueCoding: the code '18165001' is not known here: give its display beside it",
    ),
    (
        "an effect by a code in letters alone",
        response(item("effect", coding("DKU", "", "", grade(1)))),
        f"{AT}.answer[0].valueCoding: the code 'DKU' is not known here: give its display beside it",
    ),
    (
        "a medicine by a code alone that says nothing",
        response(item("new_medicine", coding("abcdef"))),
        f"{AT}.answer[0].valueCoding: the code 'abcdef' is not known here: give its display beside it",
    ),
    (
        "an effect without a grade",
        response(item("effect", text("nausea"))),
        f"{AT}.answer[0]: an effect (nausea) with one `grade` from 0 to 3 is expected",
    ),
    (
        "one grade for two effects",
        response(item("effect", text("nausea"), text("rash"), item=[grade(1)])),
        f"{AT}: grade belong below the one answer that they are about",
    ),
    (
        "a grade that is none",
        response(item("effect", text("nausea", grade(4)))),
        (
            "QuestionnaireResponse/d, effects: 'nausea 4': write each with its grade from 0 to 3, like"
            " 'nausea 2', or 'none'"
        ),
    ),
    (
        "two grades",
        response(item("effect", text("nausea", grade(1), grade(2)))),
        f"{AT}.answer[0]: an effect (nausea) with one `grade` from 0 to 3 is expected",
    ),
    (
        "a grade alone",
        response(item("effect", item=[grade(1)])),
        f"{AT}: grade belong below the one answer that they are about",
    ),
    (
        "an effect without a name",
        response(item("effect", {"item": [grade(1)]})),
        f"{AT}.answer[0]: no value: one of valueString, valueCoding is expected",
    ),
    ("a grade at the top", response(grade(1)), f"{AT}.linkId: 'grade' {IS_NONE}"),
    (
        "a dose without a unit",
        response(item("dose", {"valueQuantity": {"value": 5}})),
        (
            "QuestionnaireResponse/d, dose: '5': '5' does not state a number and a unit: write it like '4.5"
            " mg'"
        ),
    ),
    (
        "a dose without a value",
        response(item("dose", {"valueQuantity": {"unit": "mg"}})),
        f"{AT}.answer[0].valueQuantity.value: a number expected",
    ),
    (
        "a dose below something",
        response(item("dose", {"valueQuantity": {"value": 5, "unit": "mg", "comparator": "<"}})),
        f"{AT}.answer[0].valueQuantity.comparator: '<' is not read here",
    ),
    (
        "a dose in two units",
        response(item("dose", {"valueQuantity": {"value": 5, "unit": "mg", "code": "ug"}})),
        f"{AT}.answer[0].valueQuantity: 'mg' and 'ug' contradict each other",
    ),
    (
        "a dose in tablets of mg",
        response(item("dose", {"valueQuantity": {"value": 1, "unit": "tablet", "code": "mg"}})),
        f"{AT}.answer[0].valueQuantity: 'tablet' and 'mg' contradict each other",
    ),
    (
        "a result without a value",
        response(item("result", text("alt"))),
        f"QuestionnaireResponse/d, results: 'alt': {HOW}",
    ),
    (
        "a value without a test",
        response(item("result", item=[item("value", text("31"))])),
        f"{AT}: value and limit belong below the one answer that they are about",
    ),
    (
        "an empty value",
        response(result(text("alt"), {})),
        (
            f"{AT}.answer[0].item[0].answer[0]: no value: one of valueQuantity, valueDecimal, valueInteger,"
            " valueString, valueCoding is expected"
        ),
    ),
    (
        "a result in two units",
        response(result(text("alt"), {"valueQuantity": {"value": 1, "unit": "U/L", "code": "ukat/L"}})),
        f"{AT}.answer[0].item[0].answer[0].valueQuantity: 'U/L' and 'ukat/L' contradict each other",
    ),
    (
        "a limit in another unit",
        response(
            result(
                text("alt"),
                {"valueQuantity": {"value": 1, "unit": "U/L"}},
                limit={"valueQuantity": {"value": 1, "unit": "ukat/L"}},
            )
        ),
        (
            f"{AT}.answer[0].item[1].answer[0].valueQuantity: an upper limit in the unit of the value is"
            " expected"
        ),
    ),
]


@pytest.mark.parametrize(("tree", "wanted"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_refused(tree: Any, wanted: str) -> None:
    with pytest.raises((BadInput, BadDiary)) as raised:
        read_diary(rows(tree)[0], KNOWN)
    assert str(raised.value) == wanted


def test_a_test_that_is_not_known() -> None:
    told = refusal(response(result(text("blood sugar"), {"valueInteger": 5})))
    assert told.startswith(f"{AT}.answer[0]: 'blood sugar' is no test that is read; there are albumin, alt,")


def test_what_may_turn_the_meaning() -> None:
    changed = {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}
    for tree in (response(**changed), response(item("taken", text("yes"), **changed)),
                 response(item("taken", {**text("yes"), **changed}))):  # fmt: skip
        assert refusal(tree).endswith(
            "modifierExtension: may turn the meaning, and is not read: leave it out"
        )


def test_nested_deep() -> None:
    held: Json = item("note", text("x"))
    for _ in range(30):
        held = {"linkId": "g", "item": [held]}
    assert rows(response(held))[0] == [("QuestionnaireResponse/d", {**DAY, "note": "x"})]
    other = response(held, id="o", questionnaire="urn:x/other")
    assert len(rows(bundle(response(), other))[0]) == 1
    deep: Json = response()
    for _ in range(400):
        deep = bundle(deep)
    with pytest.raises(BadInput, match=r"^nested too deep"):
        diary_rows(deep, KNOWN)


# --- numbers and words -------------------------------------------------------------------------------


def test_numbers_as_text() -> None:
    numbers = (5, -5, Decimal("5.0"), Decimal("1200"), Decimal("-0.50"), Decimal(0), Decimal("1E+3"))
    assert [plain_number(n) for n in numbers] == ["5", "-5", "5", "1200", "-0.5", "0", "1000"]
    for wrong in (10**30, -(10**30), Decimal("1e400"), Decimal("1e-400"), Decimal(f"1.{'1' * 40}")):
        with pytest.raises(ValueError, match=r"no number of this world|no finite decimal form"):
            plain_number(wrong)


def test_what_true_and_false_stand_for_is_understood() -> None:
    for column in COLUMNS:
        for flag in (False, True):
            if flag in FLAGS.get(column, {}):
                read_diary([("line 2", {**DAY, column: flag_text(column, flag)})], KNOWN)
            else:
                with pytest.raises(ValueError, match=r"is no answer here: write .*the text of the table"):
                    flag_text(column, flag)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["nausea", "night", "2026-11-28", "mg", "completed", "amended", *COLUMNS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "item", "answer", "linkId", "valueString", "valueCoding", "valueBoolean", "valueInteger",
            "valueQuantity", "value", "unit", "code", "display", "valueDate", "status", "id", "resourceType",
        ]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def read_or_refused(tree: Any) -> None:
    with contextlib.suppress(BadInput, BadDiary):
        read_diary(diary_rows(tree, KNOWN), KNOWN)


@settings(deadline=None, derandomize=True, database=None)
@given(
    st.dictionaries(st.sampled_from(["item", "status", "authored", "subject", "identifier", "meta"]), VALUES)
)
def test_any_response_is_read_or_refused(changed: Json) -> None:
    read_or_refused(response(**changed))
    read_or_refused(bundle(response(**changed), changed))


@settings(deadline=None, derandomize=True, database=None)
@given(st.sampled_from([*COLUMNS, "effect", "result", "no-effects"]), VALUES, VALUES)
def test_any_answer_is_read_or_refused(name: str, value: Any, below: Any) -> None:
    for kind in ("String", "Boolean", "Integer", "Decimal", "Date", "DateTime", "Coding", "Quantity", "Uri"):
        read_or_refused(response(item(name, {f"value{kind}": value, "item": below})))
