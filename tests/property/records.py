"""Core records made by hypothesis."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final

from hypothesis import strategies as st

from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.names import Identity
from openldn.record.interview import Interview, Question, Said
from openldn.record.patient import DrugList, Kind, ListState, Medication, Record, Recorded, Skipped

AS_OF: Final = date(2026, 6, 15)
RANK: Final = {"suitable": 2, "caution": 1, "cannot tell": 0, "contraindicated": 0}


@cache
def known() -> Knowledge:
    """The rules."""
    return load_knowledge()


OPIOIDS: Final = (
    "Oxycodone 5 mg tablet", "Morphine 10 mg prolonged release tablet", "Tramadol 50 mg capsule",
    "Methadone 10 mg tablet", "Fentanyl 25 microgram per hour transdermal patch", "Codeine 30 mg",
    "Buprenorphine extended release injection", "Buprenorphine 8 mg sublingual tablet", "Kratom",
)  # fmt: skip
OTHERS: Final = ("Metformin 500 mg", "Naltrexone 50 mg tablet", "Naloxone nasal spray", "Loperamide 2 mg",
                 "Levothyroxine 50 microgram", "Lofexidine 0.18 mg", "Dextromethorphan syrup")  # fmt: skip


def identity(text: str) -> Identity:
    """What a text names."""
    return known().vocabulary.drugs.identify((), (text,))


def near(back: int, ahead: int = 0) -> st.SearchStrategy[date]:
    """A day around the day of the decision."""
    return st.integers(-back, ahead).map(lambda n: AS_OF + timedelta(days=n))


@st.composite
def medications(draw: st.DrawFn, texts: tuple[str, ...] = OPIOIDS + OTHERS) -> Medication:
    """An entry of a drug list."""
    text = draw(st.sampled_from(texts))
    until = draw(st.none() | near(400, 30))
    return Medication(
        id=f"m{draw(st.integers(0, 10**6))}",
        kind=draw(st.sampled_from([k for k in Kind if k is not Kind.INTERVIEW])),
        status=draw(st.sampled_from(Recorded)),
        recorded_status="status",
        text=text,
        identity=identity(text),
        texts=(text,),
        ordered=draw(st.none() | near(800)),
        runs_until=until,
        runs_until_from="supply ends" if until else "",
    )


@st.composite
def interviews(draw: st.DrawFn) -> Interview:
    """An interview, mostly recent and clean."""
    said = st.sampled_from((Said.NO, Said.NO, Said.NO, Said.NOT_KNOWN))
    clean = draw(st.booleans())
    answers = {q: Said.NO if clean else draw(said) for q in Question}
    held = draw(near(40))
    since = draw(st.none() | st.integers(0, 60).map(lambda n: held - timedelta(days=n)))
    return Interview(held, "x", answers, (), since)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A record, often good enough for a caution or better."""
    good = st.sampled_from((ListState.LISTED, ListState.LISTED, ListState.NONE_KNOWN, *ListState))
    dated = draw(st.one_of(near(20), near(20), st.none(), near(100, 3)))
    state = draw(good)
    gaps = draw(st.sampled_from(((), (), (), ("a page is missing",))))
    lost = draw(st.sampled_from(((), (), (), (Skipped("entry[3]", "unreadable", matters=True),))))
    return Record(
        drug_list=DrugList(state, dated, "list", "", gaps),
        medications=tuple(draw(st.lists(medications(), max_size=3))),
        skipped=lost,
        interview=draw(st.one_of(st.none(), interviews(), interviews(), interviews())),
    )
