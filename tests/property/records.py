"""Core records made by hypothesis."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from openldn.knowledge.findings import UNREADABLE, Meanings
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.measures import amount
from openldn.knowledge.names import Identity
from openldn.record.interview import Health, Interview, Question, Said
from openldn.record.patient import (
    Allergy,
    Born,
    Condition,
    DrugList,
    Kind,
    ListState,
    Medication,
    Patient,
    Procedure,
    Record,
    Recorded,
    Skipped,
    Stage,
)
from openldn.record.results import TestResult

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
                 "Levothyroxine 50 microgram", "Lofexidine 0.18 mg", "Dextromethorphan syrup",
                 "Tacrolimus 1 mg", "Methotrexate 10 mg", "Pembrolizumab", "Prednisone 5 mg",
                 "Vivitrol 380 mg", "Disulfiram 200 mg")  # fmt: skip
CONDITIONS: Final = (
    "Cirrhosis of liver", "Fatty liver", "Acute hepatitis", "Liver failure", "Ascites", "Jaundice",
    "Chronic kidney disease", "End stage renal disease", "Pregnancy", "Kidney transplant",
    "Opioid dependence", "Opioid withdrawal", "Suicidal ideation", "Depression", "Malignant melanoma",
    "Palliative care", "Alcoholism",
    "Crohn's disease", "Fibromyalgia", "Breastfeeding", "Lactose intolerance", "Hysterectomy",
)  # fmt: skip
RESULTS: Final = {
    "alt": ("25", "70", "125", "210"), "ast": ("25", "130"), "bilirubin": ("0.6", "2", "3"),
    "egfr": ("20", "45", "90"), "creatinine": ("0.8", "3"), "albumin": ("2.5", "4"), "inr": ("1", "2"),
    "phq9-item-9": ("0", "2"), "body-weight": ("30", "70"),
    "child-pugh-class": ("A", "B", "C"), "ascites": ("none", "mild"), "encephalopathy": ("none",),
    "pregnancy-status": ("pregnant", "not pregnant"), "pregnancy-test": ("positive", "negative"),
}  # fmt: skip


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


def meanings(text: str) -> Meanings:
    """What a text names."""
    return known().vocabulary.findings.identify((), (text,)) if text else UNREADABLE


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """A diagnosis, often over."""
    text = draw(st.sampled_from(CONDITIONS))
    return Condition(
        id=f"c{draw(st.integers(0, 10**6))}",
        text=text,
        meanings=meanings(text),
        clinical_status=draw(st.sampled_from(("active", "active", "resolved", "inactive", ""))),
        onset=draw(st.none() | near(800)),
        abated=draw(st.sampled_from((None, None, AS_OF - timedelta(days=90)))),
        recorded=draw(st.none() | near(400, 3)),
    )


@st.composite
def results(draw: st.DrawFn) -> TestResult:
    """A result on one side or the other of what decides."""
    measure = known().measures[draw(st.sampled_from(sorted(RESULTS)))]
    value = draw(st.sampled_from(RESULTS[measure.id]))
    scored = measure.unit is not None
    return TestResult(
        id=f"r{draw(st.integers(0, 10**6))}",
        text=measure.name,
        measure=measure.id,
        status=draw(st.sampled_from(("final", "final", "final", "preliminary", "zzz"))),
        taken=draw(st.one_of(near(60), near(60), near(500), st.none(), near(1, 3))),
        shown=value,
        amount=amount(Fraction(value), draw(st.sampled_from(("", "", "", "<", ">")))) if scored else None,
        answer=None if scored else value,
    )


@st.composite
def procedures(draw: st.DrawFn) -> Procedure:
    """An operation or transplant, done or planned."""
    text = draw(st.sampled_from(("Cholecystectomy", "Kidney transplantation", "Dressing of wound")))
    return Procedure(
        f"p{draw(st.integers(0, 10**6))}", text, meanings(text), draw(st.sampled_from(Stage)),
        draw(st.none() | near(60, 60)),
    )  # fmt: skip


@st.composite
def patients(draw: st.DrawFn) -> Patient:
    """Mostly an adult, sometimes a child, sometimes with half a date of birth."""
    first = AS_OF - timedelta(days=draw(st.one_of(st.integers(7000, 28000), st.integers(1500, 7000))))
    last = first + timedelta(days=draw(st.sampled_from((0, 0, 0, 30, 364))))
    died = draw(
        st.sampled_from((None, None, None, None, AS_OF - timedelta(days=3), AS_OF + timedelta(days=3)))
    )
    return Patient(
        "p", Born(first, last, "x"), draw(st.sampled_from(("female", "male", "other", ""))),
        f"on {died}" if died else "", died,
    )  # fmt: skip


@st.composite
def allergies(draw: st.DrawFn) -> Allergy:
    """An allergy."""
    text = draw(st.sampled_from(("Penicillin", "Lactose", "Naltrexone")))
    status = draw(st.sampled_from(("active", "resolved", "")))
    return Allergy(f"a{draw(st.integers(0, 10**6))}", text, identity(text), meanings(text), status)


@st.composite
def interviews(draw: st.DrawFn) -> Interview:
    """An interview, mostly recent and clean."""
    said = st.sampled_from((Said.NO, Said.NO, Said.NO, Said.NOT_KNOWN))
    clean = draw(st.booleans())
    answers = {q: Said.NO if clean else draw(said) for q in Question}
    held = draw(near(40))
    since = draw(st.none() | st.integers(0, 60).map(lambda n: held - timedelta(days=n)))
    health = {q: Said.NO if clean else draw(st.sampled_from(Said)) for q in Health}
    on = draw(st.none() | near(5, 40)) if health[Health.OPERATION_PLANNED] is Said.YES else None
    return Interview(held, "x", answers, (), since, health, on)


@st.composite
def quiet_records(draw: st.DrawFn) -> Record:
    """A record that allows both therapies but for one or two things."""
    born = AS_OF - timedelta(days=draw(st.integers(8000, 26000)))
    held = AS_OF - timedelta(days=draw(st.integers(0, 30)))
    opioid = draw(st.sampled_from((None, None, "Morphine 10 mg tablet")))
    other = draw(st.sampled_from((None, None, *OTHERS)))
    drugs = tuple(_in_use(text) for text in (opioid, other) if text)
    kinds = draw(st.lists(st.sampled_from(("conditions", "results", "procedures", "allergies")), max_size=2))
    made = {
        "conditions": conditions(),
        "results": results(),
        "procedures": procedures(),
        "allergies": allergies(),
    }
    some = {kind: tuple(draw(made[kind]) for _ in range(kinds.count(kind))) for kind in made}
    return Record(
        patient=Patient("p", Born(born, born, "x"), draw(st.sampled_from(("female", "male")))),
        drug_list=DrugList(ListState.LISTED, AS_OF - timedelta(days=draw(st.integers(0, 30))), "list"),
        medications=drugs,
        no_known_problems=draw(st.booleans()),
        interview=Interview(
            held, "x", dict.fromkeys(Question, Said.NO), (), None, dict.fromkeys(Health, Said.NO)
        ),
        **dict[str, Any](some),
    )


def _in_use(text: str) -> Medication:
    return Medication(text, Kind.STATEMENT, Recorded.ACTIVE, "active", text, identity(text), texts=(text,))


def records() -> st.SearchStrategy[Record]:
    """A record: every second one quiet but for one or two things."""
    return st.one_of(quiet_records(), any_records())


@st.composite
def any_records(draw: st.DrawFn) -> Record:
    """A record with anything in it, sometimes good enough for a caution or better."""
    good = st.sampled_from((ListState.LISTED, ListState.LISTED, ListState.NONE_KNOWN, *ListState))
    dated = draw(st.one_of(near(20), near(20), st.none(), near(100, 3)))
    state = draw(good)
    gaps = draw(st.sampled_from(((), (), (), ("a page is missing",))))
    lost = draw(st.sampled_from(((), (), (), (Skipped("entry[3]", "unreadable", matters=True),))))
    clinical = draw(st.booleans())
    some = 3 if clinical else 0
    return Record(
        patient=draw(patients()),
        conditions=tuple(draw(st.lists(conditions(), max_size=some))),
        no_known_problems=draw(st.booleans()),
        results=tuple(draw(st.lists(results(), max_size=2 * some))),
        procedures=tuple(draw(st.lists(procedures(), max_size=some))),
        allergies=tuple(draw(st.lists(allergies(), max_size=1 if clinical else 0))),
        drug_list=DrugList(state, dated, "list", "", gaps),
        medications=tuple(draw(st.lists(medications(), max_size=3))),
        skipped=lost,
        interview=draw(st.one_of(st.none(), interviews(), interviews(), interviews())),
    )
