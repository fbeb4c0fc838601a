"""A diary of text: every column, every gap kept as a gap, every refusal with its place and a way out."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from openldn.knowledge.effect_schema import Complaint
from openldn.knowledge.load import load_knowledge
from openldn.quantities import Dose
from openldn.record.diary import (
    COLUMNS,
    BadDiary,
    Diary,
    Entry,
    Felt,
    Painkiller,
    Slot,
    Taken,
    read_diary,
)

KNOWN = load_knowledge()
DAY = date(2026, 11, 28)


def entry(**fields: str) -> Entry:
    return read_diary([("line 2", {"date": "2026-11-28"} | fields)], KNOWN).entries[0]


def refusal(**fields: str) -> str:
    with pytest.raises(BadDiary) as refused:
        entry(**fields)
    return str(refused.value)


def test_only_the_day_has_to_be_there_and_nothing_is_filled_in() -> None:
    assert entry() == Entry(day=DAY, where="line 2")


def test_blank_cells_are_no_answers() -> None:
    assert entry(**{name: "  " for name in COLUMNS if name != "date"}) == Entry(day=DAY, where="line 2")


@pytest.mark.parametrize(
    ("column", "text", "field", "value"),
    [
        ("slot", "Morning", "slot", Slot.MORNING),
        ("slot", "night", "slot", Slot.NIGHT),
        *[("taken", str(word), "taken", word) for word in Taken],
        *[("painkiller", str(word).upper(), "painkiller", word) for word in Painkiller],
        ("dose", "4.5 mg", "dose", Dose.mg("4.5")),
        ("dose", "500 micrograms", "dose", Dose.mcg("500")),
        ("symptoms", "0", "symptoms", 0),
        ("symptoms", "10", "symptoms", 10),
        ("sleep", "0", "sleep", 0),
        ("sleep", "10", "sleep", 10),
        ("pgic", "1", "pgic", 1),
        ("pgic", "7", "pgic", 7),
        ("pregnancy_test", "Positive", "pregnancy_test", True),
        ("pregnancy_test", "negative", "pregnancy_test", False),
        ("operation_on", "2027-02-03", "operation", date(2027, 2, 3)),
        ("operation_on", "None", "no_operation", True),
        ("effects", "none", "effects", ()),
        ("effects", "-", "effects", ()),
        ("new_medicine", "none", "new_medicines", ()),
        ("note", " home late; took it at one ", "note", "home late; took it at one"),
    ],
)
def test_a_column_is_read(column: str, text: str, field: str, value: object) -> None:
    assert getattr(entry(**{column: text}), field) == value


def test_effects_are_known_by_any_of_their_names() -> None:
    assert entry(effects="feeling sick 2;Dark-Urine 1; flu  like 3; itchy ears 0;").effects == (
        Felt("nausea", Complaint.NAUSEA, 2),
        Felt("dark urine", Complaint.LIVER, 1),
        Felt("flu-like feeling", Complaint.FLU_LIKE, 3),
        Felt("itchy ears", Complaint.OTHER, 0),
    )


@pytest.mark.parametrize("effect", KNOWN.effects)
def test_every_effect_is_read_by_its_id_its_name_and_each_further_name(effect: str) -> None:
    known = KNOWN.effects[effect]
    for name in (effect, effect.replace("-", "_"), known.name, *known.names, known.name.upper()):
        assert entry(effects=f"{name} 1").effects == (Felt(known.name, known.taken_for, 1),), name


def test_medicines_are_identified_in_a_patients_words() -> None:
    found = entry(painkiller="not named", painkiller_name="codeine; asdf 3", new_medicine="omeprazole")
    codeine, other = found.painkillers
    assert [n.drug.name for n in codeine.identity.named] == ["codeine"]
    assert other.name == "asdf 3"
    assert [m.name for m in found.new_medicines] == ["omeprazole"]


def test_results_keep_their_unit_limit_and_day() -> None:
    alt, tsh, cows, pregnancy = entry(
        results="SGPT >120 U/L limit 40; tsh 2.1 mIU/L; cows 5; pregnancy-test detected"
    ).results
    assert alt.amount
    assert (alt.measure, alt.amount.low, alt.amount.high) == ("alt", Fraction(120), None)
    assert (alt.upper_limit, alt.taken, alt.shown, alt.id) == (
        Fraction(40), DAY, "SGPT >120 U/L limit 40", "diary line 2",
    )  # fmt: skip
    assert tsh.amount
    assert (tsh.amount.low, tsh.upper_limit) == (Fraction(21, 10), None)
    assert cows.amount
    assert cows.amount.high == 5
    assert (pregnancy.measure, pregnancy.answer) == ("pregnancy-test", "positive")


GRADED = "write each with its grade from 0 to 3, like 'nausea 2', or 'none'"
HOW = "write a test in one word, a value, its unit, the upper limit: 'alt 120 U/L limit 40'"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"date": ""}, "line 2, date: '': write a day like 2026-11-28"),
        ({"date": "28.11.2026"}, "line 2, date: '28.11.2026': write a day like 2026-11-28"),
        ({"date": "2026-02-29"}, "line 2, date: '2026-02-29': write a day like 2026-11-28"),
        ({"date": "2026-W48-6"}, "line 2, date: '2026-W48-6': write a day like 2026-11-28"),
        ({"date": "20261128"}, "line 2, date: '20261128': write a day like 2026-11-28"),
        ({"mood": "3"}, f"line 2: no field 'mood'; there are {', '.join(COLUMNS)}"),
        ({"slot": "noon"}, "line 2, slot: 'noon': one of morning, night is expected"),
        ({"taken": "ja"}, "line 2, taken: 'ja': one of yes, late, missed, unknown is expected"),
        (
            {"painkiller": "yes"},
            "line 2, painkiller: 'yes': one of no, not an opioid, opioid, not named is expected",
        ),
        ({"symptoms": "11"}, "line 2, symptoms: '11': a whole number from 0 to 10 is expected"),
        ({"symptoms": "-1"}, "line 2, symptoms: '-1': a whole number from 0 to 10 is expected"),
        ({"symptoms": "3.0"}, "line 2, symptoms: '3.0': a whole number from 0 to 10 is expected"),
        ({"sleep": "٣"}, "line 2, sleep: '٣': a whole number from 0 to 10 is expected"),
        ({"pgic": "0"}, "line 2, pgic: '0': a whole number from 1 to 7 is expected"),
        (
            {"dose": "4.5"},
            "line 2, dose: '4.5': '4.5' does not state a number and a unit: write it like '4.5 mg'",
        ),
        (
            {"dose": ".5 mg"},
            "line 2, dose: '.5 mg': '.5' is not a number: a leading zero is missing: write 0.5",
        ),
        ({"effects": "nausea"}, f"line 2, effects: 'nausea': {GRADED}"),
        ({"effects": "nausea 4"}, f"line 2, effects: 'nausea 4': {GRADED}"),
        ({"effects": "2"}, f"line 2, effects: '2': {GRADED}"),
        ({"effects": ";"}, f"line 2, effects: ';': {GRADED}"),
        ({"effects": "none; nausea 2"}, f"line 2, effects: 'none; nausea 2': {GRADED}"),
        (
            {"effects": "nausea 1, dark urine 2"},
            "line 2, effects: 'nausea 1, dark urine 2': "
            "put a semicolon between two effects, like 'nausea 2; headache 1'",
        ),
        (
            {"effects": "nausea 1 dark urine 2"},
            "line 2, effects: 'nausea 1 dark urine 2': "
            "put a semicolon between two effects, like 'nausea 2; headache 1'",
        ),
        (
            {"painkiller": "no", "painkiller_name": "codeine"},
            "line 2, painkiller_name: 'codeine': a name, and `painkiller` does not say that one was taken",
        ),
        (
            {"painkiller_name": "codeine"},
            "line 2, painkiller_name: 'codeine': a name, and `painkiller` does not say that one was taken",
        ),
        ({"pregnancy_test": "+"}, "line 2, pregnancy_test: '+': positive or negative is expected"),
        ({"operation_on": "soon"}, "line 2, operation_on: 'soon': write a day like 2026-11-28"),
        ({"results": "alt"}, f"line 2, results: 'alt': {HOW}"),
        ({"results": "alt 1e5 U/L"}, f"line 2, results: 'alt 1e5 U/L': 'alt 1e5 U/L': {HOW}"),
        ({"results": "alt -5 U/L"}, f"line 2, results: 'alt -5 U/L': 'alt -5 U/L': {HOW}"),
        (
            {"results": "alt 50 U/L limit -40"},
            f"line 2, results: 'alt 50 U/L limit -40': 'alt 50 U/L limit -40': {HOW}",
        ),
        ({"results": "alt nan U/L"}, f"line 2, results: 'alt nan U/L': 'alt nan U/L': {HOW}"),
        (
            {"results": "ferritin 20 ug/L"},
            "line 2, results: 'ferritin 20 ug/L': 'ferritin' is none of " + ", ".join(sorted(KNOWN.measures)),
        ),
    ],
)
def test_a_refusal_names_the_place_and_a_way_out(fields: dict[str, str], message: str) -> None:
    assert refusal(**fields) == message


def test_a_unit_of_another_test_is_refused_with_the_units_there_are() -> None:
    # A slip in the first scores of a taper would hide every rise after it.
    assert "sows-gossop goes from 0 to 30" in refusal(results="sows-gossop 300")
    assert "cows goes from 0 to 48" in refusal(results="cows 140")
    assert refusal(results="alt 50 mg limit 40").startswith(
        "line 2, results: 'alt 50 mg limit 40': 'alt 50 mg limit 40': mg is no unit of "
        "Alanine aminotransferase (ALT) (units: u/l, "
    )


@pytest.mark.parametrize("more", ["x", "1 negative", "negative limit 4", "negative positive", ">negative"])
def test_an_answer_with_anything_beside_it_is_refused(more: str) -> None:
    assert refusal(results=f"pregnancy-test {more}").startswith("line 2, results: ")


@pytest.mark.parametrize(
    "fields",
    [
        {"symptoms": "9" * 5000},
        {"dose": "9" * 5000 + " mg"},
        {"dose": "1" + ",000" * 2000 + " mg"},
        {"results": f"alt {'9' * 5000} U/L"},
        {"results": "alt 1e999999999 U/L"},
        {"results": f"alt 50 U/L limit {'9' * 5000}"},
    ],
    ids=["symptoms", "dose", "dose with commas", "results", "an exponent", "a limit"],
)
def test_numbers_without_end_are_refused_at_once(fields: dict[str, str]) -> None:
    assert refusal(**fields).startswith(f"line 2, {next(iter(fields))}: ")


def test_a_second_entry_for_a_day_and_slot_names_both_places() -> None:
    rows = [("line 2", {"date": "2026-11-28", "slot": "night"}), ("line 9", {"date": "2026-11-28"})]
    assert len(read_diary(rows, KNOWN).entries) == 2
    rows.append(("line 12", {"date": "2026-11-28", "slot": "night"}))
    with pytest.raises(BadDiary, match="line 12: a second entry for 2026-11-28, night, the first is line 2"):
        read_diary(rows, KNOWN)
    with pytest.raises(BadDiary, match="line 9: a second entry for 2026-11-28, the first is line 9"):
        read_diary([rows[1], rows[1]], KNOWN)


def test_entries_are_in_the_order_of_their_days_and_found_by_day() -> None:
    night, morning, before = (
        Entry(day=DAY, slot=Slot.NIGHT),
        Entry(day=DAY, slot=Slot.MORNING),
        Entry(day=DAY - timedelta(days=2)),
    )
    diary = Diary((night, morning, before))
    assert diary.entries == (before, morning, night)
    assert diary.on(DAY) == (morning, night)
    assert diary.on(DAY - timedelta(days=1)) == ()
    assert diary.until(DAY - timedelta(days=1)).entries == (before,)
    assert list(diary.between(DAY - timedelta(days=2), DAY)) == [before, morning, night]
    assert list(diary.between(DAY, DAY - timedelta(days=2))) == []
