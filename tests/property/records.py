"""Records made by hypothesis: drug lists with known and unknown parts, and interviews."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from openldn.knowledge.load import load_knowledge
from openldn.knowledge.names import NOT_NAMED
from openldn.record.interview import Interview, Question, Said
from openldn.record.patient import DrugList, Kind, ListState, Medication, Record, Recorded, Skipped

DAY = date(2026, 6, 15)
NAMES = load_knowledge().names
OPIOIDS = (
    "oxycodone 5 mg", "OxyContin", "tramadol", "methadone", "fentanyl patch", "Suboxone",
    "buprenorphine implant", "co-codamol", "kratom", "morphine oral solution", "opioid analgesic",
)  # fmt: skip
OTHERS = (
    "ibuprofen", "lisinopril 10 mg", "loperamide", "naltrexone 4.5 mg", "naloxone spray", "dextromethorphan",
    "painkiller", "samidorphan", "pholcodine",
)  # fmt: skip

days = st.integers(-400, 40).map(lambda n: DAY + timedelta(days=n))


def medications(texts: tuple[str, ...]) -> st.SearchStrategy[Medication]:
    """Entries named by one of `texts`."""
    return st.builds(
        _medication,
        text=st.sampled_from(texts),
        kind=st.sampled_from([Kind.ORDER, Kind.STATEMENT, Kind.DISPENSE, Kind.ADMINISTRATION]),
        status=st.sampled_from(Recorded),
        ordered=st.none() | days,
        runs_until=st.none() | days,
        number=st.integers(0, 10**6),
    )


def _medication(
    text: str, kind: Kind, status: Recorded, ordered: date | None, runs_until: date | None, number: int
) -> Medication:
    return Medication(
        f"entry-{number}",
        kind,
        status,
        status,
        text,
        NAMES.identify((), (text,)),
        (),
        (text,),
        ordered,
        runs_until,
    )


interviews = st.builds(
    Interview,
    held=days,
    by=st.just("Dr A"),
    answers=st.dictionaries(st.sampled_from(Question), st.sampled_from([Said.NO, Said.NOT_KNOWN]))
    | st.just(dict.fromkeys(Question, Said.NO)),
    no_opioid_since=st.none() | st.just(DAY - timedelta(days=200)),
)

records = st.builds(
    Record,
    drug_list=st.builds(
        DrugList, state=st.sampled_from([ListState.LISTED, ListState.NONE_KNOWN]), dated=st.none() | days
    )
    | st.just(DrugList(ListState.LISTED, DAY)),
    medications=st.lists(medications(OPIOIDS + OTHERS), max_size=4).map(tuple),
    interview=st.none() | interviews | st.just(Interview(DAY, "Dr A", dict.fromkeys(Question, Said.NO))),
)

LOST = Skipped("entry[9]", "no resource in it", matters=True)
UNNAMED = NOT_NAMED
