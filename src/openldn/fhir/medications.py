"""Read one entry of the drug list: order, statement, dispensing or administration.

Status words of DSTU2 to R5 are understood; an unknown one is unclear, never ended. Which drug it is
comes from every code and text of the entry and of the Medication it points to.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from openldn.fhir.directions import directions_of, supply_of
from openldn.fhir.dosage import (
    administration_day,
    dispense_runs_until,
    order_runs_until,
    statement_runs_until,
    taken_as_needed,
)
from openldn.fhir.fields import Fields
from openldn.knowledge.names import NOT_NAMED, Code, DrugNames
from openldn.record.patient import Kind, Medication, Recorded

Resolve = Callable[[Fields, Fields], Fields | None]
"""Takes an entry and a reference in it; returns the resource it points to."""

_KINDS: Final = {
    "MedicationRequest": Kind.ORDER,
    "MedicationOrder": Kind.ORDER,
    "MedicationPrescription": Kind.ORDER,
    "MedicationStatement": Kind.STATEMENT,
    "MedicationUsage": Kind.STATEMENT,
    "MedicationDispense": Kind.DISPENSE,
    "MedicationAdministration": Kind.ADMINISTRATION,
}
_VOID: Final = frozenset({"cancelled", "draft", "entered-in-error", "not-done", "not-taken", "declined"})
_ENDED: Final = frozenset({"completed", "stopped", "ended"})
_ACTIVE: Final = {
    Kind.ORDER: frozenset({"active"}),
    Kind.STATEMENT: frozenset({"active"}),
    Kind.DISPENSE: frozenset(),
    Kind.ADMINISTRATION: frozenset({"in-progress"}),
}
_NEGATIONS: Final = ("doNotPerform", "wasNotTaken", "wasNotGiven")
_INTENTS: Final = frozenset(
    [
        "proposal",
        "plan",
        "order",
        "original-order",
        "reflex-order",
        "filler-order",
        "instance-order",
        "option",
    ]
)
_NAMED_BY: Final = ("medicationCodeableConcept", "medicationReference", "medication")


def read_medication(
    resource: Fields, entry_id: str, resolve: Resolve, names: DrugNames
) -> tuple[Medication, tuple[str, ...]]:
    """Read an entry; besides, the references in it that lead nowhere and name nothing."""
    kind = _KINDS[resource.text("resourceType")]
    codes, texts, dangling = _named(resource, resolve)
    text = max(texts, key=len, default="") or ", ".join(map(str, codes))
    wrong: list[str] = []

    def noted(where: str, reason: str) -> None:
        wrong.append(where)
        resource.note(where, reason)

    ordered, (until, told) = _days(kind, Fields(resource.json, resource.path, noted))
    if wrong:  # a day reckoned from half of what was written may be too early
        until, told = None, ""
    identity = names.identify(codes, texts) if codes or texts else NOT_NAMED
    instructions = list(resource.each("dosageInstruction" if kind is Kind.ORDER else "dosage"))
    medication = Medication(
        id=entry_id,
        kind=kind,
        status=_status(kind, resource),
        recorded_status=_recorded_status(resource),
        text=text,
        identity=identity,
        codes=codes,
        texts=texts,
        ordered=ordered,
        runs_until=until,
        runs_until_from=told,
        as_needed=taken_as_needed(instructions),
        end_unreadable=bool(wrong),
        directions=directions_of(instructions),
        supply=supply_of(resource),
        routes=_routes(instructions),
    )
    return medication, dangling if not identity.readable else ()


def _routes(instructions: list[Fields]) -> tuple[str, ...]:
    """What the dosage says of the route, by its names and texts."""
    silent = (Fields(i.json, i.path, lambda where, why: None) for i in instructions)
    return tuple(dict.fromkeys(text for i in silent for text in i.concept("route")[1]))


def read_product(medication: Fields, entry_id: str, resolve: Resolve, names: DrugNames) -> Medication:
    """Read a Medication that no entry points to: a drug is named, whether it is taken is not."""
    codes: list[Code] = []
    texts: list[str] = []
    _contents_of(medication, resolve, codes, texts)
    text = max(texts, key=len, default="") or ", ".join(map(str, codes))
    identity = names.identify(codes, texts) if codes or texts else NOT_NAMED
    return Medication(
        id=entry_id,
        kind=Kind.PRODUCT,
        status=Recorded.UNCLEAR,
        recorded_status="named without an order or a statement",
        text=text,
        identity=identity,
        codes=tuple(codes),
        texts=tuple(texts),
    )


def _recorded_status(resource: Fields) -> str:
    status = resource.text("status") or "status missing"
    if resource.flag("doNotPerform"):
        return f"{status} (do not perform)"
    intent = resource.text("intent")
    return f"{status} ({intent})" if intent in ("proposal", "plan", "option") else status


def _status(kind: Kind, resource: Fields) -> Recorded:
    status = resource.text("status").lower()
    not_meant = any(resource.flag(key) for key in _NEGATIONS)
    if status in _VOID or not_meant or resource.text("intent") == "proposal":
        return Recorded.VOID
    if status in _ENDED:
        return Recorded.ENDED
    if any(resource.json.get(key) is not None and resource.flag(key) is None for key in _NEGATIONS):
        return Recorded.UNCLEAR
    if (
        kind is Kind.ORDER
        and resource.json.get("intent") is not None
        and resource.text("intent") not in _INTENTS
    ):
        return Recorded.UNCLEAR
    return Recorded.ACTIVE if status in _ACTIVE[kind] or _said_to_take(resource) else Recorded.UNCLEAR


def _said_to_take(resource: Fields) -> bool:
    """FHIR R5: the status says only that a statement was recorded; adherence says whether it is taken."""
    adherence = resource.one("adherence")
    codes = adherence.concept("code")[0] if adherence else ()
    return any(code.code == "taking" for code in codes)


def _named(resource: Fields, resolve: Resolve) -> tuple[tuple[Code, ...], tuple[str, ...], tuple[str, ...]]:
    codes: list[Code] = []
    texts: list[str] = []
    dangling: list[str] = []
    for key in _NAMED_BY:
        value = resource.json.get(key)
        if value is None:
            continue
        if isinstance(value, str) or key == "medicationCodeableConcept":
            _add(codes, texts, resource.concept(key))
            continue
        holder = resource.one(key)
        if holder is None:
            continue
        if key == "medication" and "concept" in holder.json:
            _add(codes, texts, holder.concept("concept"))
        reference = holder.one("reference") if isinstance(holder.json.get("reference"), dict) else holder
        _follow(resource, reference or holder, resolve, codes, texts, dangling)
    return tuple(codes), tuple(dict.fromkeys(texts)), tuple(dangling)


def _add(codes: list[Code], texts: list[str], more: tuple[tuple[Code, ...], tuple[str, ...]]) -> None:
    codes.extend(more[0])
    texts.extend(more[1])


def _follow(
    resource: Fields,
    reference: Fields,
    resolve: Resolve,
    codes: list[Code],
    texts: list[str],
    dangling: list[str],
) -> None:
    if display := reference.text("display"):
        texts.append(display)
    medication = resolve(resource, reference)
    if medication is None:
        if address := reference.text("reference"):
            dangling.append(f"{reference.path} points to {address}, which is not in the record")
        return
    _contents_of(medication, resolve, codes, texts)


def _contents_of(medication: Fields, resolve: Resolve, codes: list[Code], texts: list[str]) -> None:
    """Code and ingredients of a Medication."""
    _add(codes, texts, medication.concept("code"))
    for ingredient in medication.each("ingredient"):
        for key in ("itemCodeableConcept", "itemReference", "item"):
            value = ingredient.json.get(key)
            if isinstance(value, dict) and "reference" in value and key != "itemCodeableConcept":
                item = ingredient.one(key)
                target = item and (item.one("reference") if isinstance(value["reference"], dict) else item)
                substance = target and resolve(medication, target)
                texts.extend(filter(None, [target.text("display")] if target else []))
                if substance:
                    _add(codes, texts, substance.concept("code"))
            elif isinstance(value, dict) and "concept" in value:
                item = ingredient.one(key)
                _add(codes, texts, item.concept("concept") if item else ((), ()))
            elif value is not None:
                _add(codes, texts, ingredient.concept(key))


def _days(kind: Kind, resource: Fields) -> tuple[date | None, tuple[date | None, str]]:
    if kind is Kind.ORDER:
        ordered = resource.day("authoredOn") or resource.day("dateWritten")
        return ordered, order_runs_until(resource, ordered)
    if kind is Kind.STATEMENT:
        begun = _first(resource, ("effectiveDateTime", "effectivePeriod", "dateAsserted"))
        return begun, statement_runs_until(resource, begun)
    if kind is Kind.DISPENSE:
        handed = resource.day("whenHandedOver") or resource.day("whenPrepared")
        return handed, dispense_runs_until(resource, handed)
    day = administration_day(resource)
    return day, (day, "given on") if day else (None, "")


def _first(resource: Fields, keys: tuple[str, ...]) -> date | None:
    for key in keys:
        value = resource.json.get(key)
        if isinstance(value, dict):
            period = resource.one(key)
            day = period.day("start") if period else None
        else:
            day = resource.day(key)
        if day:
            return day
    return None
