"""A diary's file: table, JSON and FHIR say the same, and what cannot be read is refused with its place."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openldn.cli.diaries import diary_of, read_diary_file
from openldn.fhir.json_text import BadInput
from openldn.knowledge.load import load_knowledge
from openldn.quantities import Dose
from openldn.record.diary import COLUMNS, Asks, Diary, Entry, Painkiller, Slot, Taken

KNOWN = load_knowledge()
HOW_TO = Path(__file__).parents[3] / "docs" / "how-to"
PAGE = (HOW_TO / "diary.md").read_text(encoding="utf-8")
LISTED = ", ".join(COLUMNS)
FORMS = "a CSV table with a header, a JSON object with `entries`, or a FHIR QuestionnaireResponse"
QUOTES = "a quoted cell begins and ends with a quote, and a quote within is doubled"
UTF_8 = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"


def read(text: str | bytes) -> Diary:
    return read_diary_file(text if isinstance(text, bytes) else text.encode(), KNOWN)


def refusal(text: str | bytes) -> str:
    with pytest.raises(BadInput) as raised:
        read(text)
    return str(raised.value)


def as_json(*entries: Any, **more: Any) -> str:
    return json.dumps({"entries": list(entries), **more})


def said(diary: Diary) -> list[Entry]:
    """What a diary says, without the places where it stood."""
    return [replace(e, where="", results=tuple(replace(r, id="") for r in e.results)) for e in diary.entries]


# --- a table -----------------------------------------------------------------------------------------

WHOLE = (
    f"{','.join(COLUMNS)}\n"
    "2026-11-02,night,yes,1 mg,6,none,4,,no,,none,,none,,,first dose\n"
    "2026-11-03,morning,late,500 micrograms,6,vivid dreams 2; headache 1,7,3,not an opioid,"
    "paracetamol; ibuprofen,cetirizine,"
    'negative,2027-02-03,alt 31 U/L limit 40; tsh 2.1 mIU/L,a pause,"late, ""again"""\n'
)


def test_every_column_of_a_table() -> None:
    first, second = read(WHOLE).entries
    assert first == Entry(
        date(2026, 11, 2), Slot.NIGHT, Taken.YES, Dose.mg(1), 6, (), 4, None, Painkiller.NO,
        no_operation=True, note="first dose", where="line 2",
    )  # fmt: skip
    assert (second.slot, second.taken, second.dose) == (Slot.MORNING, Taken.LATE, Dose.mcg(500))
    assert [(f.name, f.grade) for f in second.effects or ()] == [("vivid dreams", 2), ("headache", 1)]
    assert (second.sleep, second.pgic, second.painkiller) == (7, 3, Painkiller.NOT_AN_OPIOID)
    assert [m.name for m in second.painkillers] == ["paracetamol", "ibuprofen"]
    assert [m.name for m in second.new_medicines] == ["cetirizine"]
    assert (second.pregnancy_test, second.operation) == (False, date(2027, 2, 3))
    assert [(r.measure, r.upper_limit) for r in second.results] == [("alt", Fraction(40)), ("tsh", None)]
    assert second.asks is Asks.PAUSE
    assert (second.note, second.where) == ('late, "again"', "line 3")


PLAIN = "date,taken,effects,note\n2026-11-02,yes,nausea 2; rash 1,a\n2026-11-03,missed,none,b\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("nausea 2; rash 1", '"nausea 2; rash 1"').replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", " , "),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        "\ufeff" + PLAIN,
        PLAIN.strip(),
        "\n \n" + PLAIN.replace("\n", "\n\n,,,\n"),
        PLAIN.replace("date,taken,effects,note", " Date,TAKEN , effects,Note"),
        PLAIN.replace("\n", ",\n"),
        PLAIN.replace(",yes,", ',"yes",').replace("a\n", ' "a"\n'),
    ],
    ids=["semicolons", "tabs", "blanks", "windows", "old mac", "BOM", "no end", "blank lines", "capitals",
         "a column without a name", "quotes"],
)  # fmt: skip
def test_ways_to_write_a_table(text: str) -> None:
    assert said(read(text)) == said(read(PLAIN))


def test_columns_in_any_order_and_number() -> None:
    assert read("date\n2026-11-02\n").entries == (Entry(date(2026, 11, 2), where="line 2"),)
    assert said(read("note,date\nx,2026-11-02\n")) == [Entry(date(2026, 11, 2), note="x")]
    assert said(read("date,note,slot\n2026-11-02,x\n")) == [Entry(date(2026, 11, 2), note="x")]
    assert read("date,note\n") == Diary()


def test_the_place_is_the_line_on_which_an_entry_begins() -> None:
    text = 'date,note\n\n2026-11-02,"over\ntwo lines"\n2026-11-03,\n,,\n2026-11-04,x\n'.replace(",,", ",")
    assert [e.where for e in read(text).entries] == ["line 3", "line 5", "line 7"]
    assert read(text).entries[0].note == "over\ntwo lines"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", f"empty: {FORMS} is expected"),
        (" \r\n\t\n", f"empty: {FORMS} is expected"),
        ("\ufeff", f"empty: {FORMS} is expected"),
        (",,\n", f"line 1: no column ',,'; there are {LISTED}"),
        ("date,mood\n", f"line 1: no column 'mood'; there are {LISTED}"),
        ("\n\nmood;date\n", f"line 3: no column 'mood'; there are {LISTED}"),
        ("2026-11-02,night,yes\n", f"line 1: no column '2026-11-02'; there are {LISTED}"),
        ("slot,taken\n", f"line 1: no column 'date'; there are {LISTED}"),
        ("date,Date\n", "line 1: the column 'date' stands there twice"),
        ("date,,\n", "line 1: 2 columns without a name: leave them out"),
        ("date,\n2026-11-02,x\n", "line 2: a cell of a column without a name"),
        (
            "date,note\n2026-11-02,home late, no dose\n",
            "line 2: 3 fields, and the header has 2: put a cell that holds a comma in quotes",
        ),
        (
            "date;effects;note\n2026-11-02;nausea 2; rash 1;x\n",
            "line 2: 4 fields, and the header has 3: put a cell that holds a semicolon in quotes",
        ),
        (
            "date\tnote\n2026-11-02\tx\ty\n",
            "line 2: 3 fields, and the header has 2: put a cell that holds a tab in quotes",
        ),
        (
            "date;effects;note;slot\n2026-11-02;nausea 2;dark urine 1\n",
            "line 2: 3 fields, and the header has 4: where semicolons divide the cells, every row needs all"
            " of them, and a cell that holds a semicolon stands in quotes",
        ),
        ('date,note\n2026-11-02,"x\n2026-11-03,y\n', f"line 2: unexpected end of data: {QUOTES}"),
        ('date,note\n2026-11-02,"x"y\n', f"line 2: ',' expected after '\"': {QUOTES}"),
        (
            f"date,note\n2026-11-02,{'x' * 200_000}\n",
            f"line 2: field larger than field limit (131072): {QUOTES}",
        ),
        ("date,note\n2026-11-02,caf\xe9\n".encode("latin-1"), f"line 2: not UTF-8 text: {UTF_8}"),
        ("date\n2026-11-02\n".encode("utf-16"), f"line 1: not UTF-8 text: {UTF_8}"),
        ("date\n2026-11-02\n".encode("utf-16-le"), f"line 1: a zero byte, as in UTF-16: {UTF_8}"),
        ("date,taken\n2026-11-02,ys\n", "line 2, taken: 'ys': one of yes, late, missed, unknown is expected"),
        ("date,taken\n,yes\n", "line 2, date: '': write a day like 2026-11-28"),
        (
            "date\n2026-11-02\n2026-11-02\n",
            "line 3: a second entry for 2026-11-02, the first is line 2",
        ),
    ],
)
def test_tables_that_are_refused(text: str | bytes, wanted: str) -> None:
    assert refusal(text) == wanted


# --- JSON --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"taken": True, "painkiller": False}, {"taken": "yes", "painkiller": "no"}),
        ({"taken": False, "painkiller": True}, {"taken": "missed", "painkiller": "not named"}),
        ({"pregnancy_test": True}, {"pregnancy_test": "positive"}),
        ({"pregnancy_test": False}, {"pregnancy_test": "negative"}),
        ({"new_medicine": False, "operation_on": False}, {"new_medicine": "none", "operation_on": "none"}),
        ({"symptoms": 7, "sleep": 3.0, "pgic": "2"}, {"symptoms": "7", "sleep": "3", "pgic": "2"}),
        ({"dose": {"value": 4.5, "unit": "mg"}}, {"dose": "4.5 mg"}),
        ({"dose": {"unit": "mcg", "value": "500"}}, {"dose": "500 mcg"}),
        ({"effects": {"nausea": 2, "dark urine": "1"}}, {"effects": "nausea 2; dark urine 1"}),
        ({"effects": ["nausea 2", {"rash": 1}]}, {"effects": "nausea 2; rash 1"}),
        ({"effects": False}, {"effects": "none"}),
        ({"effects": []}, {}),
        ({"effects": {}}, {}),
        ({"effects": None, "slot": None, "note": ""}, {}),
        ({"new_medicine": ["zinc", "cetirizine"]}, {"new_medicine": "zinc; cetirizine"}),
        (
            {"painkiller": "opioid", "painkiller_name": ["codeine"]},
            {"painkiller": "opioid", "painkiller_name": "codeine"},
        ),
        ({"results": ["alt 31 U/L", "inr 1.1"]}, {"results": "alt 31 U/L; inr 1.1"}),
        ({"note": 5}, {"note": "5"}),
    ],
)  # fmt: skip
def test_ways_to_write_json(fields: dict[str, Any], text: dict[str, str]) -> None:
    day = {"date": "2026-11-02"}
    assert said(read(as_json(day | fields))) == said(read(as_json(day | text)))
    assert said(read("\ufeff \n" + as_json(day | fields))) == said(read(as_json(day | text)))


def test_json_without_entries_is_a_diary_of_holes() -> None:
    assert read(as_json()) == Diary()


DAY = {"date": "2026-11-02"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[]", f"top level: a list `entries` is missing; {FORMS} is expected"),
        ("{}", f"top level: a list `entries` is missing; {FORMS} is expected"),
        ('{"entries": {}}', f"top level: a list `entries` is missing; {FORMS} is expected"),
        (as_json(patient="p"), "top level: 'patient' is not read; only `entries` stands here"),
        (as_json("x"), f"entry 1: an object with the date and other fields is expected; there are {LISTED}"),
        (as_json(DAY, {"mood": 1}), f"entry 2: no field 'mood'; there are {LISTED}"),
        (as_json({}), "entry 1, date: '': write a day like 2026-11-28"),
        (as_json(DAY | {"slot": True}), "entry 1, slot: true is no answer here: write the text of the table"),
        (
            as_json(DAY | {"effects": True}),
            "entry 1, effects: true is no answer here: write false (none) or the text of the table",
        ),
        (as_json(DAY | {"slot": ["night"]}), "entry 1, slot: a list: a text is expected"),
        (as_json(DAY | {"results": {}}), "entry 1, results: an object: a text or a list is expected"),
        (as_json(DAY | {"results": [{}]}), "entry 1, results: an object: a text or a list is expected"),
        (as_json(DAY | {"results": [5]}), "entry 1, results: 5 in a list: texts are expected"),
        (as_json(DAY | {"results": [None]}), "entry 1, results: null in a list: texts are expected"),
        (as_json(DAY | {"dose": {"value": 5}}), "entry 1, dose: an object: a text is expected"),
        (as_json(DAY | {"effects": {"a": [2]}}), "entry 1, effects: a list: a text or a list is expected"),
        (
            as_json(DAY | {"dose": 4.5}),
            "entry 1, dose: '4.5': '4.5' does not state a number and a unit: write it like '4.5 mg'",
        ),
        (as_json(DAY | {"pgic": 5.5}), "entry 1, pgic: '5.5': a whole number from 1 to 7 is expected"),
        (as_json(DAY | {"symptoms": 10**40}), "entry 1, symptoms: no number of this world"),
        (
            '{"entries": [{"date": "2026-11-02", "sleep": 1e999}]}',
            "entry 1, sleep: 1E+999 is no number of this world",
        ),
        (
            '{"entries": [{"date": "2026-11-02", "sleep": 1e99999999999999999999}]}',
            "a number with an exponent beyond all numbers: write it out",
        ),
        ('{"entries": [{"date": "2026-11-02", "sleep": NaN}]}', "NaN is not a JSON number"),
        ('{"entries": [{"date": "2026-11-02", "date": ""}]}', "object: the key 'date' is given twice"),
        ('{"entries": [', "line 1, column 14: Expecting value"),
        (b'{"entries": ["\xe9"]}', "byte 14: not UTF-8 text (invalid continuation byte)"),
        ('{"entries": ' + "[" * 100_000, "nested too deep to be a record"),
        (as_json(DAY, DAY), "entry 2: a second entry for 2026-11-02, the first is entry 1"),
        (
            '{"resourceType": "Patient"}',
            "top level: a QuestionnaireResponse or a Bundle of them is expected, found 'Patient'",
        ),
    ],
)  # fmt: skip
def test_json_that_is_refused(text: str | bytes, wanted: str) -> None:
    assert refusal(text) == wanted


# --- files -------------------------------------------------------------------------------------------


def test_by_content_and_not_by_name(tmp_path: Path) -> None:
    for name, text in (("diary.json", PLAIN), ("diary.csv", as_json(DAY)), ("diary", PLAIN)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert diary_of(tmp_path / name, KNOWN).entries


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    with pytest.raises(BadInput, match=re.escape(f"diary {path}: cannot be read: No such file")):
        diary_of(path, KNOWN)
    path.write_text("date\nx\n", encoding="utf-8")
    with pytest.raises(BadInput, match=re.escape(f"diary {path}: line 2, date: 'x': write a day")):
        diary_of(path, KNOWN)


def test_what_was_left_out_of_fhir_is_told(tmp_path: Path) -> None:
    both = [{"resource": {"resourceType": "Patient"}}, {"resource": fhir({})}]
    tree = {"resourceType": "Bundle", "entry": both}
    path = tmp_path / "diary.json"
    path.write_text(json.dumps(tree), encoding="utf-8")
    told: list[tuple[str, str]] = []
    assert diary_of(path, KNOWN, lambda *note: told.append(note)).entries
    assert told == [("Bundle", "not read, for it is no diary: 1 Patient")]
    assert diary_of(path, KNOWN).entries


# --- the page ----------------------------------------------------------------------------------------


def test_the_file_of_the_page_is_read_and_begins_as_the_page_says() -> None:
    table = (HOW_TO / "diary.csv").read_text(encoding="utf-8")
    days = {e.day for e in diary_of(HOW_TO / "diary.csv", KNOWN).entries}
    assert (max(days) - min(days)).days + 1 == 30
    assert len(days) == 29  # the page speaks of gaps: a day is missing
    (shown,) = re.findall(r"```text\n(date,.*?)```", PAGE, re.DOTALL)
    assert table.startswith(shown)


def test_the_page_names_every_column() -> None:
    table = PAGE[: PAGE.index("## ")]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(COLUMNS)


def test_the_examples_of_the_page_say_the_same() -> None:
    flat, fhir_text = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    by_day = {e.day: e for e in said(read(flat))}
    table = {e.day: e for e in said(diary_of(HOW_TO / "diary.csv", KNOWN))}
    assert by_day[date(2026, 11, 25)] == table[date(2026, 11, 25)]
    (entry,) = said(read(fhir_text))
    assert entry.day == date(2026, 11, 25)
    assert [(f.name, f.grade) for f in entry.effects or ()] == [("vivid dreams", 1)]
    assert (entry.taken, entry.dose, entry.painkiller) == (Taken.YES, Dose.mg(1), Painkiller.NO)


# --- laws --------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["nausea", "dark urine", "vivid dreams", "itching left ear", "self-harm"])
GRADED = st.lists(st.tuples(NAMES, st.integers(0, 3)), min_size=1, max_size=3)
DRUG = st.sampled_from(["codeine", "paracetamol", "the blue ones"])
DRUGS = st.lists(DRUG, min_size=1, max_size=2, unique=True)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20) | st.sampled_from(
    ['a "quoted" word', "a, b; c\td", "two\nlines", "=1+1", "\u2028"]
)


@st.composite
def entries(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Entries in the richest form: what JSON may hold."""
    found = []
    for n in draw(st.lists(st.integers(0, 400), min_size=1, max_size=4, unique=True)):
        told = draw(st.sampled_from([*Painkiller]))
        maybe: dict[str, st.SearchStrategy[Any]] = {
            "slot": st.sampled_from(["morning", "night"]),
            "taken": st.booleans() | st.sampled_from(["late", "unknown"]),
            "dose": st.sampled_from([{"value": "4.5", "unit": "mg"}, {"value": "500", "unit": "microgram"}]),
            "symptoms": st.integers(0, 10),
            "effects": GRADED.map(dict),
            "sleep": st.integers(0, 10),
            "pgic": st.integers(1, 7),
            "painkiller": st.just(str(told)),
            "new_medicine": DRUGS,
            "pregnancy_test": st.booleans(),
            "operation_on": st.sampled_from([False, "2027-02-03"]),
            "results": st.just(["alt 31 U/L limit 40"]) | st.just(["inr 1.1", "pregnancy-test negative"]),
            "note": TEXT,
        }
        entry: dict[str, Any] = {"date": (date(2026, 1, 1) + timedelta(days=n)).isoformat()}
        entry |= {name: draw(value) for name, value in maybe.items() if draw(st.booleans())}
        if "painkiller" in entry and told is not Painkiller.NO and draw(st.booleans()):
            entry |= {"painkiller_name": draw(DRUGS)}
        found.append(entry)
    return found


WORDS = {
    "taken": ("missed", "yes"), "pregnancy_test": ("negative", "positive"), "operation_on": ("none", ""),
}  # fmt: skip


def cell(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return WORDS[name][value]
    if name == "dose":
        return f"{value['value']} {value['unit']}"
    if isinstance(value, dict):
        return "; ".join(f"{effect} {grade}" for effect, grade in value.items())
    return "; ".join(value) if isinstance(value, list) else str(value)


def table(found: list[dict[str, Any]], delimiter: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows({name: cell(name, value) for name, value in entry.items()} for entry in found)
    return out.getvalue()


def answers(name: str, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, bool):
        return [{"valueBoolean": value}]
    if isinstance(value, int):
        return [{"valueInteger": value}]
    if name == "dose":
        return [{"valueQuantity": {"value": float(value["value"]), "unit": value["unit"]}}]
    if name in ("date", "operation_on"):
        return [{"valueDate": value}]
    return [{"valueString": part} for part in (value if isinstance(value, list) else [value])]


def fhir(entry: dict[str, Any], **fields: Any) -> dict[str, Any]:
    items = [
        {"linkId": name, "answer": answers(name, value)} for name, value in entry.items() if name != "effects"
    ]
    for name, grade in entry.get("effects", {}).items():
        below = [{"linkId": "grade", "answer": [{"valueInteger": grade}]}]
        items.append({"linkId": "effect", "answer": [{"valueString": name, "item": below}]})
    return {
        "resourceType": "QuestionnaireResponse", "status": "completed", "authored": "2026-11-28",
        "questionnaire": "urn:x/openldn-diary", "item": items, **fields,
    }  # fmt: skip


@settings(deadline=None, derandomize=True, database=None)
@given(entries())
def test_table_json_and_fhir_give_the_same_diary(found: list[dict[str, Any]]) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": fhir(entry)} for entry in found]}
    flat = [{name: cell(name, value) for name, value in entry.items()} for entry in found]
    wanted = said(read(json.dumps({"entries": found})))
    assert len(wanted) == len(found)
    for text in (json.dumps({"entries": flat}), json.dumps(bundle), *(table(found, d) for d in ",;\t")):
        assert said(read(text)) == wanted


def read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadInput):
        read(data)


@settings(deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=60), st.sampled_from([b"", b"{", b"[", b"date,note\n", b"date;slot\n2026-11-02;"]))
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    read_or_refused(start + data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2026-11-02"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*COLUMNS, "value", "unit", "nausea"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@settings(deadline=None, derandomize=True, database=None)
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), JSON, max_size=4) | JSON, max_size=3))
def test_any_json_is_read_or_refused(found: list[Any]) -> None:
    read_or_refused(json.dumps({"entries": found}).encode())
    read_or_refused(json.dumps({"entries": [DAY | e for e in found if isinstance(e, dict)]}).encode())


@settings(deadline=None, derandomize=True, database=None)
@given(entries(), st.integers(0, 10**6), st.binary(max_size=3), st.integers(0, 8))
def test_a_damaged_file_is_read_or_refused(
    found: list[dict[str, Any]], at: int, instead: bytes, length: int
) -> None:
    for text in (table(found, ";"), json.dumps({"entries": found}), json.dumps(fhir(found[0]))):
        data = text.encode()
        start = at % (len(data) + 1)
        read_or_refused(data[:start] + instead + data[start + length :])
