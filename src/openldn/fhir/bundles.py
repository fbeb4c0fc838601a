"""Take a FHIR bundle of any type apart: its resources, what they point to, what was not delivered.

Nothing is dropped in silence: an entry without a readable resource is noted as something that may
matter. Of several versions of a resource the newest counts; a deleted one is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from openldn.fhir.fields import Fields
from openldn.fhir.resource_types import DRUG_ENTRIES, KNOWN
from openldn.record.patient import Skipped


@dataclass(slots=True)
class Contents:
    """The resources of one bundle, by type and in order, and how to find them."""

    resources: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """(entry id, resource type, resource)"""
    skipped: list[Skipped] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    by_url: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    timestamp: Any = None
    pointed_at: set[int] = field(default_factory=set)
    """Identities of resources that some entry pointed to."""

    def note(self, where: str, reason: str) -> None:
        """Keep a field that could not be read; other fields of its entry still count."""
        self.skipped.append(Skipped(where, reason))

    def lost(self, where: str, reason: str) -> None:
        """Keep an entry that could not be read and may matter."""
        self.skipped.append(Skipped(where, reason, matters=True))

    def of_type(self, resource_type: str) -> Iterator[Fields]:
        """All resources of one type."""
        for entry_id, found, resource in self.resources:
            if found == resource_type:
                yield Fields(resource, entry_id, self.note)

    def resolve(self, holder: Fields, reference: Fields) -> Fields | None:
        """The resource that `reference` in `holder` points to: contained, by full address, or by id."""
        target = reference.text("reference")
        found = self._find(holder, target) if target else None
        if found is None:
            return None
        self.pointed_at.add(id(found))
        return Fields(found, f"{found.get('resourceType')}/{found.get('id', target)}", self.note)

    def _find(self, holder: Fields, target: str) -> dict[str, Any] | None:
        if target.startswith("#"):
            contained = holder.json.get("contained")
            for item in contained if isinstance(contained, list) else [contained]:
                if isinstance(item, dict) and f"#{str(item.get('id', '')).lstrip('#')}" == target:
                    return item
        plain = target.removeprefix("#").split("/_history/")[0].split("|")[0]
        parts = plain.split("/")
        bare = parts[-1].removeprefix("urn:uuid:").removeprefix("urn:oid:")
        return (
            self.by_url.get(plain)
            or self.by_id.get("/".join(parts[-2:]))
            or self.by_id.get(f"Medication/{bare}")
            or self.by_url.get(f"urn:uuid:{bare}")
        )


def open_bundle(tree: dict[str, Any]) -> Contents:
    """Take one bundle (or one resource on its own) apart."""
    contents = Contents()
    if tree.get("resourceType") == "Bundle":
        _bundle(tree, "", contents)
    else:
        _resource(tree, "resource", contents)
    _newest_versions(contents)
    return contents


def _bundle(bundle: dict[str, Any], prefix: str, contents: Contents) -> None:
    entries = bundle.get("entry")
    if "timestamp" in bundle and contents.timestamp is None:
        contents.timestamp = bundle["timestamp"]
    links = bundle.get("link")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next":
            contents.gaps.append("the bundle has a next page that was not delivered")
    if entries is None:
        return
    if isinstance(entries, dict):
        entries = [entries]
    if not isinstance(entries, list):
        contents.lost(f"{prefix}Bundle.entry", "a list of entries expected")
        return
    deleted: set[str] = set()
    for n, entry in enumerate(entries):
        if bundle.get("type") == "history" and _deletes(entry):
            deleted.add(str(entry["request"].get("url", "")).split("/_history/")[0])
        if deleted and _is_version_of(entry, deleted):
            contents.skipped.append(Skipped(f"{prefix}entry[{n}]", "deleted later in the history"))
            continue
        _entry(entry, f"{prefix}entry[{n}]", contents)


def _deletes(entry: Any) -> bool:
    request = entry.get("request") if isinstance(entry, dict) else None
    return isinstance(request, dict) and request.get("method") == "DELETE"


def _is_version_of(entry: Any, deleted: set[str]) -> bool:
    """Whether an entry of a history (newest first) is an older version of a deleted resource."""
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return isinstance(resource, dict) and f"{resource.get('resourceType')}/{resource.get('id')}" in deleted


def _entry(entry: Any, where: str, contents: Contents) -> None:
    if not isinstance(entry, dict):
        contents.lost(where, "an object expected")
        return
    resource = entry.get("resource")
    request, response = entry.get("request"), entry.get("response")
    if resource is None:
        if isinstance(response, dict):
            status = str(response.get("status", ""))
            if not status.startswith("2"):
                contents.gaps.append(f"{where}: the server answered {status or 'nothing'}")
            return
        if isinstance(request, dict) and request.get("method") == "DELETE":
            contents.skipped.append(Skipped(where, f"deleted: {request.get('url', 'resource')}"))
            return
        contents.lost(where, "no resource in it")
        return
    url = entry.get("fullUrl")
    if isinstance(resource, dict) and isinstance(url, str):
        contents.by_url.setdefault(url.split("/_history/")[0], resource)
    _resource(resource, where, contents)


def _resource(resource: Any, where: str, contents: Contents) -> None:
    if not isinstance(resource, dict):
        contents.lost(where, "a resource expected")
        return
    kind = resource.get("resourceType")
    if kind == "Bundle":
        _bundle(resource, f"{where}.", contents)
        return
    if kind == "OperationOutcome":
        _outcome(resource, where, contents)
        return
    if not isinstance(kind, str) or kind not in KNOWN:
        contents.lost(where, f"{kind!r} is not a FHIR resource type" if kind else "resourceType is missing")
        return
    own_id = resource.get("id")
    name = f"{kind}/{own_id}" if isinstance(own_id, str) and own_id else f"{where} ({kind})"
    contents.resources.append((name, kind, resource))
    if isinstance(own_id, str):
        contents.by_id.setdefault(f"{kind}/{own_id}", resource)
    inner = resource.get("contained")
    for n, item in enumerate(inner if isinstance(inner, list) else []):
        own_kind = item.get("resourceType") if isinstance(item, dict) else None
        if isinstance(own_kind, str) and own_kind in DRUG_ENTRIES:
            contents.resources.append((f"{name}.contained[{n}]", own_kind, {**item, "contained": inner}))


def _outcome(outcome: dict[str, Any], where: str, contents: Contents) -> None:
    issues = outcome.get("issue")
    for issue in issues if isinstance(issues, list) else [issues]:
        severity = issue.get("severity") if isinstance(issue, dict) else None
        if severity in ("fatal", "error") or not isinstance(severity, str):
            contents.gaps.append(f"{where}: the server reports an error")
            return
    contents.skipped.append(Skipped(where, "a message of the server, no record"))


def _newest_versions(contents: Contents) -> None:
    """Keep one version of a resource: by meta.lastUpdated, else the first (a history lists newest first)."""
    newest: dict[str, int] = {}
    for n, (name, _, resource) in enumerate(contents.resources):
        before = newest.get(name)
        if before is None:
            newest[name] = n
        elif resource == contents.resources[before][2]:
            continue
        elif not _versioned(resource) or not _versioned(contents.resources[before][2]):
            newest[f"{name} (again, {n})"] = n
        elif _updated(resource) > _updated(contents.resources[before][2]):
            newest[name] = n
    if len(newest) != len(contents.resources):
        kept = set(newest.values())
        for n, (name, _, _) in enumerate(contents.resources):
            if n not in kept:
                contents.skipped.append(Skipped(name, "an older version or a copy of the same entry"))
        contents.resources = [contents.resources[n] for n in sorted(kept)]


def _versioned(resource: dict[str, Any]) -> bool:
    meta = resource.get("meta")
    return isinstance(meta, dict) and isinstance(meta.get("lastUpdated"), str)


def _updated(resource: dict[str, Any]) -> str:
    return str(resource["meta"]["lastUpdated"])
