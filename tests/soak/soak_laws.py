"""What has to hold for each mutant: no crash, nothing lost, no verdict above that of its original.

A mutant is compared with its original unless a mutation made another patient of it ("validly changed"):

1. naming: a mutation inside the name of an entry after which the entry is still readable and names fewer
   drugs, findings or tests that matter (of two codings, the opioid's is gone; the other says which drug it is
   instead). An entry whose name became unreadable is compared.
2. absence: a key taken away (delete, null, empty) whose absence is itself a statement: a List's
   emptyReason or entries, a "next" link, "do not perform", "was not taken", an intent, one of several
   bounds or repeats of a supply, a death, a day of a procedure, a comparator, a laboratory's limit, an answer
   of an interview.
   The same keys made unreadable are compared.
3. entry: a whole entry taken out of the bundle.
4. number: a readable number of a dosage, supply or result replaced by another readable number.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from soak_mutants import RAW_KINDS, Key, Mutation, mutate, raw_mutant
from soak_originals import Original, knowledge, matters, ranks

from openldn.fhir.interview import QUESTIONNAIRE
from openldn.fhir.json_text import BadInput
from openldn.fhir.read import read_records
from openldn.fhir.resource_types import DRUG_ENTRIES, KNOWN
from openldn.record.patient import ListState, Record

_NAMING: Final = frozenset(
    {"medicationCodeableConcept", "medicationReference", "medication", "code", "ingredient", "contained",
     "category", "reaction", "linkId", "description", "valueCodeableConcept"}
)  # fmt: skip
_ABSENT_VALUES: Final = frozenset(
    {"referenceRange", "high", "comparator", "deceasedDateTime", "deceasedBoolean"}
)
_DAYS: Final = frozenset(
    {"performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod", "start"}
)
_VALUES: Final = frozenset({"valueQuantity", "referenceRange", "valueInteger", "valueDecimal"})
_NAMED_KINDS: Final = (
    "Condition",
    "AllergyIntolerance",
    "Procedure",
    "ServiceRequest",
    "Appointment",
    "Observation",
)
_SUPPLY: Final = frozenset({"dispenseRequest", "dosageInstruction", "dosage", "daysSupply"})
_ANSWERS: Final = frozenset({"item", "answer", "valueBoolean", "valueDate", "questionnaire"})
_ABSENCE: Final = frozenset(
    {"emptyReason", "link", "relation", "doNotPerform", "wasNotTaken", "wasNotGiven", "intent"}
)


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


def _changed_validly(original: Original, done: list[Mutation], records: tuple[Record, ...]) -> str:
    """Why the mutant is another patient; empty when it has to be compared."""
    for mutation in done:
        path, kind = mutation.path, mutation.kind
        keys = {k for k in path if isinstance(k, str)}
        taken = kind in ("delete", "null", "empty")
        if kind == "delete" and len(path) == 2 and path[0] == "entry":
            return "entry"
        resource = _resource_at(original.tree, path)
        resource_type = str(resource.get("resourceType", ""))
        drug = resource_type.startswith("Medication")
        named = drug or resource_type in _NAMED_KINDS
        if taken and keys & (_ABSENCE | _ABSENT_VALUES | (_DAYS if resource_type in _NAMED_KINDS else set())):
            return "absence"
        if taken and resource_type == "QuestionnaireResponse" and keys & _ANSWERS:
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
        if resource_type == "Observation" and kind == "huge number" and keys & _VALUES:
            return "number"
        if named and keys & _NAMING and matters(records) < original.matters:
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
        seen |= {c.id for c in r.conditions} | {p.id for p in r.procedures} | {a.id for a in r.allergies}
        seen |= {t.id.split(".component")[0] for t in r.results}
    skipped = {s.where for r in records for s in r.skipped}
    asked = any(r.interview is not None for r in records)
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
        if kind in _NAMED_KINDS or kind == "QuestionnaireResponse":
            read = asked and kind == "QuestionnaireResponse" and QUESTIONNAIRE in str(resource)
            if name not in seen and name not in skipped and not read:
                expected[kind] += 1
        elif kind in DRUG_ENTRIES:
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
        elif kind not in ("Patient", "List", "Composition", "Bundle") and name not in skipped:
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
        reached = ranks(records, original.as_of, own_interview=original.own_interview)
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
    for therapy, rank in reached.items():
        if original.ranks[therapy]:
            tally.counts[f"compared with an original that allowed {therapy}"] += 1
        if rank > original.ranks[therapy]:
            tally.failures.append(f"{therapy} rose {original.ranks[therapy]} to {rank} | {said}")


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
