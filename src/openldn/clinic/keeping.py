"""Keeping a decision with all it was made from; what an act of care says when it is not possible."""

from __future__ import annotations

from datetime import date
from typing import Any

from openldn import __version__
from openldn.clinic.store import chain, snapshots
from openldn.clinic.store.models import Account, Decision, Kind, Patient


class Refused(Exception):
    """Something that is not possible now; says why and what would have worked."""


def keep(
    patient: Patient,
    kind: Kind,
    as_of: date,
    word: str,
    inputs: dict[str, Any],
    answer: dict[str, Any],
    *,
    by: Account | None,
) -> Decision:
    """Keep an answer of the core, its inputs, and the knowledge of the day."""
    return Decision.objects.create(
        patient=patient,
        kind=kind,
        as_of=as_of,
        word=word,
        inputs=inputs,
        answer=answer,
        sha256=chain.digest([inputs, answer]),
        snapshot=snapshots.current(),
        version=__version__,
        made_by=by,
    )
