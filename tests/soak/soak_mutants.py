"""Mutations of FHIR bundles, and of the text that holds them."""

from __future__ import annotations

import copy
import json
import random
import re
from dataclasses import dataclass
from typing import Any, Final

from soak_originals import Original

Key = str | int


@dataclass(frozen=True)
class Mutation:
    """What was done, and where in the original."""

    kind: str
    path: tuple[Key, ...]


def _place(tree: dict[str, Any], rng: random.Random) -> tuple[Any, Key, tuple[Key, ...]] | None:
    """A random place (holder, key, path), every second time inside an entry about a drug."""
    entries = tree.get("entry")
    here: Any = tree
    path: list[Key] = []
    if isinstance(entries, list) and entries and rng.random() < 0.93:
        drugs = [n for n, e in enumerate(entries) if _is_drug(e)]
        n = rng.choice(drugs) if drugs and rng.random() < 0.45 else rng.randrange(len(entries))
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
