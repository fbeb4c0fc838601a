"""The knowledge that a decision was made with, kept once a version of its files."""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from openldn.clinic.store.models import Snapshot
from openldn.knowledge.load import HERE, Knowledge, load_from

_KINDS: Final = (".yaml", ".csv")
_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)


def current() -> Snapshot:
    """The snapshot of the knowledge shipped with this version."""
    archive, sha256 = _archive()
    found, _ = Snapshot.objects.get_or_create(sha256=sha256, defaults={"archive": archive})
    return found


def knowledge_of(snapshot: Snapshot) -> Knowledge:
    """The knowledge as it was.

    Raises:
        BadKnowledge: this version can no longer read it.
    """
    return _read(bytes(snapshot.archive))


@lru_cache(maxsize=4)
def _read(content: bytes) -> Knowledge:
    """Decisions of one time were made with one archive: it is read once for all of them."""
    with TemporaryDirectory() as folder, zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
        return load_from(Path(folder))


@cache
def _archive() -> tuple[bytes, str]:
    """All knowledge files in the order of their names, and the hash of the archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in HERE.rglob("*") if p.suffix in _KINDS):
            archive.writestr(zipfile.ZipInfo(path.relative_to(HERE).as_posix(), _NO_DATE), path.read_bytes())
    content = buffer.getvalue()
    return content, hashlib.sha256(content).hexdigest()
