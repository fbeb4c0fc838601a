"""How fast: reading and deciding apart, each against a bare `json` parse of the same bytes in the same run.

Medians of repeated runs; the records are built here from the shipped example, so that any machine can
run it. Writes no file; asserts nothing.
"""

from __future__ import annotations

import copy
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from openldn.cli.demo import EXAMPLES
from openldn.fhir.read import read_records
from openldn.followup.review import judged, review
from openldn.followup.weaning.review import review_taper
from openldn.knowledge.load import HERE, load_from, load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.plan.choice import choose, needs_of
from openldn.plan.ladders import profile_named
from openldn.plan.stock import read_stock, shipped_stock
from openldn.plan.titration import Wanted
from openldn.plan.weaning.stock import read_units
from openldn.plan.weaning.taper import Asked as TaperAsked
from openldn.plan.weaning.taper import Piece, Taper, schedule
from openldn.proofs.explore import Explorer
from openldn.proofs.plans import courses
from openldn.proofs.symbols import alphabet
from openldn.quantities import Dose, DoseRate
from openldn.record.diary import read_diary
from openldn.screening.screen import screen
from openldn.screening.verdict import Caution, Suitable

DAY = date(2021, 1, 28)


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """The median of repeated runs, in milliseconds."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def bundle(drugs: int, observations: int) -> bytes:
    """The example bundle with its drug entries and observations multiplied, each with an id of its own."""
    example = json.loads((EXAMPLES / "fibromyalgia.json").read_bytes())
    entries: dict[str, list[dict[str, Any]]] = {}
    for entry in example["entry"]:
        entries.setdefault(entry["resource"]["resourceType"], []).append(entry)
    patient = entries["Patient"]
    grown = (
        patient + _grown(entries["MedicationRequest"], drugs) + _grown(entries["Observation"], observations)
    )
    return json.dumps({**example, "entry": grown}).encode()


def _grown(entries: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    grown = []
    for n in range(count):
        entry = copy.deepcopy(entries[n % len(entries)])
        entry["resource"]["id"] = f"copy-{n}"
        entry["fullUrl"] = f"urn:uuid:copy-{n}"
        grown.append(entry)
    return grown


def report(name: str, data: bytes, entries: int, repeats: int) -> None:
    """Print one line: parse, read, decide, and their ratios."""
    names = load_knowledge().vocabulary
    (record,) = read_records(data, names)
    parse = median_ms(lambda: json.loads(data), repeats)
    read = median_ms(lambda: read_records(data, names), repeats)
    decide = median_ms(lambda: screen(record, Therapy.LDN, load_knowledge(), as_of=DAY), repeats)
    both = read + decide
    print(
        f"{name:22}{len(data) / 1e3:9.0f} kB{entries:7} entries  json {parse:7.3f} ms  read {read:7.3f} ms"
        f"  decide {decide:6.3f} ms  all/json {both / parse:4.1f}  {read / entries * 1000:5.1f} us an entry"
        f"  {1000 / both:7.0f} a second"
    )


def plans() -> None:
    """Print what a plan costs beside the screening it rests on, for two stocks."""
    known = load_knowledge()
    (record,) = read_records((EXAMPLES / "fibromyalgia.json").read_bytes(), known.vocabulary)
    screening = screen(record, Therapy.LDN, known, as_of=DAY)
    verdict = screening.verdict
    assert isinstance(verdict, Suitable | Caution)
    decide = median_ms(lambda: screen(record, Therapy.LDN, known, as_of=DAY), 50)
    strengths = [f"{n / 2:g} mg" for n in range(1, 10)]
    packs = {"formulation": "capsule-gelatin", "strengths": strengths, "pack": "30"}
    many = read_stock({"pharmacy": "P", "products": [packs, {"formulation": "liquid-nz"}]}, known, as_of=DAY)
    for stock, name in (
        (shipped_stock(known, as_of=DAY), "assumed stock"),
        (many, "nine strengths in packs"),
    ):
        for ladder in ("standard", "sensitive"):
            wanted = Wanted(DAY, profile_named(ladder, verdict, known, as_of=DAY))
            needs = needs_of(record, verdict, as_of=DAY)
            taken = median_ms(partial(choose, verdict, wanted, stock, needs, known, as_of=DAY), 10)
            print(f"plan, {ladder:10} {name:24}{taken:8.1f} ms, {taken / decide:5.1f} screenings")


def reviews() -> None:
    """Print what a review of half a year costs, and how many states a proof visits in a second."""
    known = load_knowledge()
    course = next(c for c in courses(known) if c.name == "intervals 7 / 7 / 0")
    plan = course.plans[0]
    days = [(plan.began + timedelta(days=n)).isoformat() for n in range(180)]
    good = {"taken": "yes", "effects": "none", "painkiller": "no", "symptoms": "6"}
    diary = read_diary([(day, {"date": day} | good) for day in days], known)
    as_of = plan.began + timedelta(days=180)
    whole = median_ms(lambda: review(plan, diary, known, as_of=as_of), 30)
    only = median_ms(lambda: judged(plan, diary, known, as_of=as_of), 30)
    print(
        f"review of 180 days: {whole:.1f} ms, {1000 / whole:.0f} a second; "
        f"without its words {only:.1f} ms, {whole / only:.1f} times"
    )
    letters = alphabet(known, course.grades).symbols
    began = time.perf_counter()
    found = Explorer(course.setting, letters, combined=False).explore(20)
    seconds = time.perf_counter() - began
    print(
        f"proof of 20 days: {found.states:,} states in {seconds:.1f} s, {found.states / seconds:,.0f} "
        f"states and {found.transitions / seconds:,.0f} transitions a second"
    )


def tapers() -> None:
    """Print what the best taper of a year costs with few and many strengths, and a review of it."""
    known = load_knowledge()
    verdict = Suitable(Therapy.TAPER, DAY, None)
    for drug, daily, stock in (
        ("oxycodone", "80 mg", "5 mg"),
        ("oxycodone", "80 mg", "5 mg, 7.5 mg, 10 mg, 15 mg, 20 mg, 30 mg"),
        ("morphine", "200 mg", "5 mg ER, 10 mg ER, 15 mg ER, 30 mg ER, 60 mg ER, 100 mg ER"),
        ("oxycodone", "80 mg", "5 mg, 10 mg, 1 mg/mL @0.5 mL"),
        ("fentanyl", "100 mcg/h", "12 mcg/h, 25 mcg/h, 50 mcg/h, 75 mcg/h, 100 mcg/h"),
    ):
        units = tuple(read_units([stock]))
        kind = DoseRate if units[0].piece is Piece.PATCH else Dose
        amount = kind.parse(daily).base
        asked = TaperAsked(
            known.drugs[drug], amount, units, DAY, rate=Fraction(1, 10), interval=30, max_step=None
        )
        found = schedule(asked, known, as_of=DAY)
        days = (found.steps[-1].ends - DAY).days + 1
        taken = median_ms(partial(schedule, asked, known, as_of=DAY), 10)
        print(f"taper, {drug:10} {daily:9} {len(units)} units, {days:4} days {taken:9.1f} ms")
    weekly = schedule(TaperAsked(known.drugs["oxycodone"], Dose.mg(40).base, tuple(read_units(["5 mg"])), DAY,
                                 duration=56, max_step=None), known, as_of=DAY)  # fmt: skip
    taper = Taper(verdict, weekly, "Dr A", DAY + timedelta(days=30))
    days_of = [(DAY + timedelta(days=n)).isoformat() for n in range(90)]
    diary = read_diary([(d, {"date": d, "taken": "yes", "effects": "none"}) for d in days_of], known)
    whole = median_ms(partial(review_taper, taper, diary, known, as_of=DAY + timedelta(days=90)), 30)
    print(f"review of a taper of 90 days: {whole:.1f} ms, {1000 / whole:.0f} a second")


def main() -> None:
    """Run all."""
    small = (EXAMPLES / "percocet.json").read_bytes()
    report("small (percocet)", small, 4, 500)
    report("shipped example", (EXAMPLES / "fibromyalgia.json").read_bytes(), 20, 300)
    report("200 drug entries", bundle(200, 0), 201, 100)
    report("large, mostly results", bundle(200, 1500), 1701, 30)
    report("very large", bundle(2000, 15000), 17001, 5)
    plans()
    reviews()
    tapers()
    print(f"knowledge, all files: {median_ms(lambda: load_from(HERE), 10):.0f} ms")
    command = [sys.executable, "-m", "openldn.cli", "screen", str(EXAMPLES / "percocet.json"), "--json"]
    cold = median_ms(lambda: subprocess.run(command, capture_output=True, check=False), 5)
    print(f"one record, cold, as a command: {cold:.0f} ms")


if __name__ == "__main__":
    main()
