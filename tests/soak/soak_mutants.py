"""Mutated FHIR bundles and what has to hold for each of them.

A mutant is compared with its original unless a mutation made another patient of it ("validly changed"):

1. naming: a mutation inside the name of a drug after which the entry is still readable and names fewer
   drugs that matter (of two codings, the opioid's is gone; the other says which drug it is instead).
   An entry whose name became unreadable is compared.
2. absence: a key taken away (delete, null, empty) whose absence is itself a statement: a List's
   emptyReason or entries, a "next" link, "do not perform", "was not taken", an intent, one of several
   bounds or repeats of a supply. The same keys made unreadable are compared.
3. entry: a whole entry taken out of the bundle.
4. number: a readable number of a dosage or supply replaced by another readable number.
"""

from __future__ import annotations

import copy
import csv
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from openldn.fhir.json_text import BadInput
from openldn.fhir.read import read_records
from openldn.fhir.resource_types import DRUG_ENTRIES, KNOWN
from openldn.knowledge.load import Knowledge, load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.record.interview import Interview, Question, Said
from openldn.record.patient import ListState, Record
from openldn.screening.screen import screen

ROOT: Final = Path(__file__).resolve().parents[2]
CASES: Final = ROOT.parent / "shared" / "cases" / "fhir"
EXAMPLE: Final = ROOT / "src" / "openldn" / "cli" / "example"
RANK: Final = {"suitable": 2, "caution": 1, "cannot tell": 0, "contraindicated": 0}
AS_OF: Final = date(2026, 11, 1)

Key = str | int
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
_NAMING: Final = frozenset(
    {"medicationCodeableConcept", "medicationReference", "medication", "code", "ingredient", "contained"}
)
_SUPPLY: Final = frozenset({"dispenseRequest", "dosageInstruction", "dosage", "daysSupply"})
_ABSENCE: Final = frozenset(
    {"emptyReason", "link", "relation", "doNotPerform", "wasNotTaken", "wasNotGiven", "intent"}
)


@dataclass(frozen=True)
class Original:
    """An unmutated bundle with what was decided about it."""

    name: str
    tree: dict[str, Any]
    as_of: date
    ranks: dict[Therapy, int]
    weight: float
    matters: int


@dataclass(frozen=True)
class Mutation:
    """What was done, and where in the original."""

    kind: str
    path: tuple[Key, ...]


@dataclass
class Tally:
    """Counts of a run."""

    kinds: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in another count."""
        self.kinds += other.kinds
        self.counts += other.counts
        self.failures += other.failures


@cache
def knowledge() -> Knowledge:
    """The rules, read once a process."""
    return load_knowledge()


def clean_interview(held: date) -> Interview:
    """All seven questions answered no."""
    return Interview(held, "soak", dict.fromkeys(Question, Said.NO))


def _ranks(records: tuple[Record, ...], as_of: date) -> dict[Therapy, int]:
    asked = [r.with_interview(clean_interview(as_of)) for r in records]
    return {
        t: max((RANK[screen(r, t, knowledge(), as_of=as_of).verdict.word] for r in asked), default=0)
        for t in (Therapy.LDN, Therapy.ULDN)
    }


def _matters(records: tuple[Record, ...]) -> int:
    """How many names, contradictions and unreadable drugs stand in the records."""
    found = [m.identity for r in records for m in r.medications]
    return sum(len(i.named) + bool(i.conflict) + (not i.readable) for i in found)


def _drug(text: str, code: str = "") -> dict[str, Any]:
    coding = {"coding": [{"system": RXNORM, "code": code, "display": text}]} if code else {}
    return {"text": text, **coding}


def _order(n: int, text: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest", "id": f"m{n}", "status": status, "intent": "order",
        "subject": {"reference": "Patient/p"}, "medicationCodeableConcept": _drug(text),
        "authoredOn": "2026-10-20", **more,
    }  # fmt: skip


def _synthetic() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    metformin = _order(1, "Metformin 500 mg tablet", "active")
    taken = {"resourceType": "MedicationStatement", "id": "s1", "status": "completed",
             "medicationCodeableConcept": _drug("Oxycodone 5 mg tablet"),
             "effectivePeriod": {"start": "2024-01-01", "end": "2024-02-01"}}  # fmt: skip
    listing = {"resourceType": "List", "id": "l", "status": "current", "date": "2026-10-30",
               "code": {"coding": [{"system": "http://loinc.org", "code": "10160-0"}]},
               "entry": [{"item": {"reference": "MedicationRequest/m1"}}]}  # fmt: skip
    supply = {"expectedSupplyDuration": {"value": 30, "unit": "days"}, "numberOfRepeatsAllowed": 5}
    none = {"resourceType": "MedicationStatement", "id": "n", "status": "unknown",
            "medicationCodeableConcept": {"coding": [{"code": "no-known-medications"}]}}  # fmt: skip
    yield "clean", [metformin, _order(2, "Levothyroxine 50 microgram tablet", "active")]
    yield "clean-listed", [metformin, listing]
    yield "none-known", [none]
    yield "ended-statement", [metformin, taken]
    yield (
        "ended-recently",
        [metformin, {**taken, "effectivePeriod": {"start": "2026-10-01", "end": "2026-10-31"}}],
    )
    yield "ended-supply", [metformin, _order(2, "Tramadol", "completed", authoredOn="2026-01-01",
                                             dispenseRequest=supply)]  # fmt: skip
    yield "ended-supply-recently", [metformin, _order(2, "Tramadol", "completed", authoredOn="2026-05-07",
                                                      dispenseRequest=supply)]  # fmt: skip
    yield "active-supply-over", [metformin, _order(2, "Codeine 30 mg", "active", authoredOn="2025-01-01",
                                                   dispenseRequest=supply)]  # fmt: skip
    yield "active", [metformin, _order(2, "Morphine 10 mg tablet", "active")]
    yield "cancelled", [metformin, _order(2, "Morphine 10 mg tablet", "cancelled")]
    yield "proposal", [metformin, _order(2, "Morphine 10 mg tablet", "active", intent="proposal")]
    yield "not-performed", [metformin, _order(2, "Morphine 10 mg tablet", "active", doNotPerform=True)]
    yield "by-reference", [
        {"resourceType": "Medication", "id": "d", "code": _drug("Oxycodone 5 mg", "7804")},
        metformin, {**{k: v for k, v in _order(2, "", "stopped").items() if k != "medicationCodeableConcept"},
                    "medicationReference": {"reference": "Medication/d"}},
    ]  # fmt: skip


def bundles(folder: Path | None) -> list[tuple[str, dict[str, Any], date, float]]:
    """Name, tree, day of the decision and weight of every original.

    Raises:
        SystemExit: CI is set and the folder is not there.
    """
    found: list[tuple[str, dict[str, Any], date, float]] = []
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1980-05-05", "gender": "female"}
    lab = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "ALT"},
           "effectiveDateTime": "2026-10-01", "valueQuantity": {"value": 22.5, "unit": "U/L"}}  # fmt: skip
    for name, resources in _synthetic():
        entries = [{"fullUrl": f"http://x/{r['resourceType']}/{r['id']}", "resource": r}
                   for r in (patient, *resources, lab)]  # fmt: skip
        tree = {"resourceType": "Bundle", "type": "collection", "timestamp": "2026-10-31T08:00:00Z",
                "entry": entries}  # fmt: skip
        found.append((f"synthetic {name}", tree, AS_OF, 1.0))
    real: list[tuple[Path, date]] = []
    cases = folder or CASES
    if (cases / "labels.csv").is_file():
        with (cases / "labels.csv").open(encoding="utf-8") as rows:
            real = [(cases / r["file"], date.fromisoformat(r["as_of"][:10])) for r in csv.DictReader(rows)]
    elif folder or os.environ.get("CI"):
        raise SystemExit(f"no cases in {cases}")
    else:
        real = [(p, date(2021, 2, 1)) for p in sorted(EXAMPLE.glob("*.json"))]
    shares = [1 / max(path.stat().st_size, 3000) ** 1.5 for path, _ in real]
    scale = 1.5 * len(found) / sum(shares)
    for (path, day), share in zip(real, shares, strict=True):
        found.append((path.name, json.loads(path.read_bytes()), day, share * scale))
    return found


def originals(folder: Path | None = None) -> list[Original]:
    """All originals, each screened with a clean interview."""
    made = []
    for name, tree, day, weight in bundles(folder):
        records = read_records(json.dumps(tree).encode(), knowledge().vocabulary)
        made.append(Original(name, tree, day, _ranks(records, day), weight, _matters(records)))
    return made


# --- mutations ---------------------------------------------------------------------------------------


def _place(tree: dict[str, Any], rng: random.Random) -> tuple[Any, Key, tuple[Key, ...]] | None:
    """A random place (holder, key, path), mostly inside an entry about a drug."""
    entries = tree.get("entry")
    here: Any = tree
    path: list[Key] = []
    if isinstance(entries, list) and entries and rng.random() < 0.93:
        drugs = [n for n, e in enumerate(entries) if _is_drug(e)]
        n = rng.choice(drugs) if drugs and rng.random() < 0.7 else rng.randrange(len(entries))
        path, here = ["entry", n], entries[n]
        if isinstance(here, dict) and isinstance(here.get("resource"), dict) and rng.random() < 0.95:
            path, here = [*path, "resource"], here["resource"]
    while isinstance(here, dict | list) and here:
        key: Key = rng.choice(list(here)) if isinstance(here, dict) else rng.randrange(len(here))
        below = here[key]  # type: ignore[index]
        if not isinstance(below, dict | list) or not below or rng.random() < 0.35:
            return here, key, (*path, key)
        path, here = [*path, key], below
    return None


def _is_drug(entry: Any) -> bool:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return isinstance(resource, dict) and str(resource.get("resourceType", "")).startswith("Medication")


def _garbled(text: str, rng: random.Random) -> str:
    cut = rng.randrange(len(text) + 1)
    junk = rng.choice(["\ufffd", "\x00", "\x07", "\ufffd\ufffd\ufffd", "\x7f\x01"])
    return text[:cut] + junk + rng.choice(["", text[cut + 1 :]])


def _nested(depth: int) -> Any:
    value: Any = {"text": "deep"}
    for n in range(depth):
        value = [value] if n % 2 else {"extension": value}
    return value


def _wrong_type(value: Any, rng: random.Random) -> Any:
    kinds: list[Any] = ["\ufffd", 7, True, [], {}, [7], {"x": 7}, [[]], [None], -1.5]
    return rng.choice([k for k in kinds if type(k) is not type(value)])


_BROKEN_DATES: Final = ("2021-13-45", "0000-00-00", "2021-02-30", "99999-01-01", "yesterday", "20210101", " ",
                        "2021-1-1", "31.12.2020", "2021-02-03T25", "-2020-01-01")  # fmt: skip
ALL_KINDS: Final = ("delete", "null", "wrong type", "garble", "unknown word", "unknown type", "unknown code",
                    "empty", "deep nesting", "long text", "huge number", "broken date", "dangling reference",
                    "duplicate entry", "shuffle")  # fmt: skip


def _change(value: Any, key: Key, kind: str, rng: random.Random) -> tuple[bool, Any]:
    """Whether this kind of mutation fits here, and the new value."""
    text = isinstance(value, str)
    if kind == "null":
        return True, None
    if kind == "wrong type":
        return True, _wrong_type(value, rng)
    if kind == "garble":
        return text, _garbled(value, rng) if text else None
    if kind == "unknown word":
        return key in ("status", "intent"), rng.choice(["zzz", "aktiv?", "", "\ufffd"])
    if kind == "unknown type":
        return key == "resourceType", rng.choice(["Medicine", "medicationrequest", "MedicationRequest ", ""])
    if kind == "unknown code":
        return key == "code" and text, rng.choice(["zz-000", "", "999999999"])
    if kind == "empty":
        return isinstance(value, list | dict), [] if isinstance(value, list) else {}
    if kind == "deep nesting":
        return True, _nested(rng.choice([5, 50, 300]))
    if kind == "long text":
        return text, f"{value}{chr(0xFFFD) * rng.choice([1000, 20000])}" if text else None
    if kind == "huge number":
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        return numeric, rng.choice([10**15, 10**40, 10**400, -(10**40), 1e308, 0, -1])
    if kind == "broken date":
        dated = text and re.match(r"\d{4}-\d\d", value) is not None
        return dated, rng.choice(_BROKEN_DATES)
    if kind == "dangling reference":
        return key == "reference" and text, rng.choice(["Medication/nowhere", "#nowhere", "urn:uuid:0", ""])
    return False, None


def mutate(tree: dict[str, Any], rng: random.Random) -> list[Mutation]:
    """Change the tree in one to three places; says what was done. Copies and shuffles come last."""
    done: list[Mutation] = []
    wanted = sorted((rng.choice(ALL_KINDS) for _ in range(rng.choice((1, 1, 2, 3)))), key=ALL_KINDS.index)
    for kind in wanted:
        entries = tree.get("entry")
        if kind in ("duplicate entry", "shuffle"):
            if isinstance(entries, list) and entries:
                if kind == "shuffle":
                    rng.shuffle(entries)
                else:
                    copied = copy.deepcopy(rng.choice(entries))
                    entries.insert(rng.randrange(len(entries) + 1), copied)
                done.append(Mutation(kind, ("entry",)))
            continue
        for _ in range(40):
            place = _place(tree, rng)
            if place is None:
                break
            holder, key, path = place
            if kind == "delete":
                del holder[key]
                done.append(Mutation(kind, path))
                break
            fits, value = _change(holder[key], key, kind, rng)
            if fits:
                holder[key] = value
                done.append(Mutation(kind, path))
                break
    return done


# --- what has to hold --------------------------------------------------------------------------------


def _changed_validly(original: Original, done: list[Mutation], records: tuple[Record, ...]) -> str:
    """Why the mutant is another patient; empty when it has to be compared."""
    for mutation in done:
        path, kind = mutation.path, mutation.kind
        keys = {k for k in path if isinstance(k, str)}
        taken = kind in ("delete", "null", "empty")
        if kind == "delete" and len(path) == 2 and path[0] == "entry":
            return "entry"
        resource = _resource_at(original.tree, path)
        drug = str(resource.get("resourceType", "")).startswith("Medication")
        if taken and keys & _ABSENCE:
            return "absence"
        if (
            taken
            and resource.get("resourceType") in ("List", "Composition")
            and keys & {"entry", "section"}
            and (("resource" in path and keys - {"entry", "resource"}) or path[3:4] == ("entry",))
        ):
            return "absence"
        if drug and taken and keys & _SUPPLY:
            return "absence"
        if drug and kind == "huge number" and keys & _SUPPLY:
            return "number"
        if drug and keys & _NAMING and _matters(records) < original.matters:
            return "naming"
    return ""


def _resource_at(tree: dict[str, Any], path: tuple[Key, ...]) -> dict[str, Any]:
    if len(path) > 2 and path[0] == "entry" and isinstance(path[1], int):
        resource = tree["entry"][path[1]].get("resource")
        return resource if isinstance(resource, dict) else {}
    return {}


def lost(tree: dict[str, Any], records: tuple[Record, ...]) -> list[str]:
    """Entries of a bundle that stand neither in the records nor among what was skipped."""
    seen = {m.id for r in records for m in r.medications}
    for r in records:
        seen |= {c.id for c in r.conditions} | {c.id for c in r.labs} | {a.id for a in r.allergies}
    skipped = {s.where for r in records for s in r.skipped}
    gaps = " ".join(g for r in records for g in r.drug_list.gaps)
    said_none = any(
        r.drug_list.state in (ListState.NONE_KNOWN, ListState.NO_INFORMATION, ListState.EMPTY_REASON)
        or r.drug_list.state is ListState.LISTED
        for r in records
    )
    none_words = ("no-known-medications", "no-medication-info", "787481004", "no known", "no-drug")
    counted: Counter[str] = Counter()
    for record in records:
        for type_name, count in record.not_read.items():
            counted[type_name] = max(counted[type_name], count)
    expected: Counter[str] = Counter()
    references: list[str] = []
    missing: list[str] = []
    for where, entry in _entries(tree, ""):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(resource, dict) or not isinstance(kind, str) or kind not in KNOWN:
            if (
                where not in skipped
                and where not in gaps
                and not (isinstance(entry, dict) and "response" in entry)
            ):
                missing.append(where)
            continue
        own = resource.get("id")
        name = f"{kind}/{own}" if isinstance(own, str) and own else f"{where} ({kind})"
        if kind in DRUG_ENTRIES or kind in ("Condition", "Observation", "AllergyIntolerance"):
            said = json.dumps(resource).lower()
            none = kind in DRUG_ENTRIES and said_none and any(word in said for word in none_words)
            if name not in seen and name not in skipped and not none:
                missing.append(name)
        elif kind == "Medication":
            url = entry.get("fullUrl")
            names = {str(own or ""), str(url or "").split("/")[-1].split(":")[-1]} - {""}
            references = references or re.findall(r'"reference": "([^"]*)"', json.dumps(tree))
            pointed = any(reference.endswith(own_name) for reference in references for own_name in names)
            if name not in seen and name not in skipped and not pointed:
                missing.append(name)
        elif kind == "OperationOutcome":
            if where not in skipped and where not in gaps:
                missing.append(where)
        elif kind not in ("Patient", "List", "Composition", "Bundle", "QuestionnaireResponse") and (
            name not in skipped
        ):
            expected[kind] += 1
    return missing + [f"{k}: {n} in it, {counted[k]} counted" for k, n in expected.items() if counted[k] < n]


def _entries(bundle: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    entries = bundle.get("entry")
    for n, entry in enumerate([entries] if isinstance(entries, dict) else entries or []):
        where = f"{prefix}entry[{n}]"
        yield where, entry
        inner = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(inner, dict) and inner.get("resourceType") == "Bundle":
            if isinstance(inner.get("entry"), dict | list):
                yield from _entries(inner, f"{where}.")
            elif inner.get("entry") is not None:
                continue


def try_mutant(original: Original, rng: random.Random, tally: Tally, label: str) -> None:
    """Make one mutant and check it."""
    tree = copy.deepcopy(original.tree)
    done = mutate(tree, rng)
    tally.kinds.update(m.kind for m in done)
    tally.counts["mutants"] += 1
    said = f"{label} {original.name}: " + "; ".join(f"{m.kind} at {'.'.join(map(str, m.path))}" for m in done)
    data = json.dumps(tree, ensure_ascii=rng.random() < 0.5).encode()
    try:
        records = read_records(data, knowledge().vocabulary)
        ranks = _ranks(records, original.as_of)
    except BadInput:
        tally.counts["refused as bad input"] += 1
        return
    except Exception as error:  # noqa: BLE001 - whatever escapes is the finding
        tally.failures.append(f"exception {type(error).__name__}: {error} | {said}")
        return
    if gone := lost(tree, records):
        tally.failures.append(f"lost {gone[:3]} | {said}")
    if why := _changed_validly(original, done, records):
        tally.counts[f"not compared: {why}"] += 1
        return
    tally.counts["compared"] += 1
    for therapy, rank in ranks.items():
        if original.ranks[therapy]:
            tally.counts[f"compared with an original that allowed {therapy}"] += 1
        if rank > original.ranks[therapy]:
            tally.failures.append(f"{therapy} rose {original.ranks[therapy]} to {rank} | {said}")


RAW_KINDS: Final = (
    "duplicate key",
    "not a number",
    "wrong top level",
    "truncated",
    "invalid UTF-8",
    "UTF-16",
)


def raw_mutant(original: Original, kind: str, rng: random.Random) -> bytes:
    """Bytes that have to be refused."""
    text = json.dumps(original.tree, indent=rng.choice([None, 1]), ensure_ascii=False)
    if kind == "duplicate key":
        found = rng.choice(list(re.finditer(r'\{\s*("[A-Za-z]+"):', text)))
        twin = rng.choice([found[1], found[1].replace("e", "\\u0065")])
        return f"{text[: found.start() + 1]}{twin}: null, {text[found.start() + 1 :]}".encode()
    if kind == "not a number":
        found = rng.choice(list(re.finditer(r'": "[^"\\]*"', text)))
        junk = rng.choice(["NaN", "Infinity", "-Infinity"])
        return f'{text[: found.start()]}": {junk}{text[found.end() :]}'.encode()
    if kind == "wrong top level":
        return rng.choice([f"[{text}]", '"Bundle"', "7", "null", "true", "[]", "", "{}"]).encode()
    if kind == "truncated":
        return text[: rng.randrange(1, len(text) - 1)].encode()
    if kind == "invalid UTF-8":
        data = text.encode()
        at = rng.randrange(1, len(data))
        return (
            data[:at] + rng.choice([b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"]) + data[at:]
        )
    return text.encode(rng.choice(["utf-16", "utf-16-le", "utf-16-be"]))


def try_raw(original: Original, rng: random.Random, tally: Tally, label: str) -> None:
    """Break the text itself and see that it is refused."""
    kind = rng.choice(RAW_KINDS)
    data = raw_mutant(original, kind, rng)
    tally.kinds[f"text: {kind}"] += 1
    tally.counts["broken texts"] += 1
    try:
        read_records(data, knowledge().vocabulary)
    except BadInput:
        return
    except Exception as error:  # noqa: BLE001 - whatever escapes is the finding
        tally.failures.append(f"exception {type(error).__name__}: {error} | {label} {original.name}: {kind}")
        return
    tally.failures.append(f"accepted a broken text | {label} {original.name}: {kind}")


def run_part(found: list[Original], seed: int, numbers: range) -> Tally:
    """The mutants of these numbers; one in twenty breaks the text itself."""
    tally = Tally()
    weights = [o.weight for o in found]
    for n in numbers:
        rng = random.Random(f"{seed}:{n}")
        original = rng.choices(found, weights)[0]
        (try_raw if rng.random() < 0.05 else try_mutant)(original, rng, tally, f"#{n}")
    return tally
