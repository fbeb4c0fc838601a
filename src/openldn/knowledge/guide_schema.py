"""The shape of what the guide says and what the literature says to it.

Frozen; an unknown key is refused.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from openldn.knowledge.schema import Source, Status, Text

Capability = Literal["clinic", "opioids", "dispensing", "pharmacology"]
"""Parts of OpenLDN that are still to be built."""


class Planned(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule or record that comes with a later capability."""

    capability: Capability
    what: Text


class Claim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement of the guide in our words, how it stands in the literature, and what became of it.

    What became of it: the rules, conditions and leaflet statements that name it (found by the loader),
    or what is planned, or why nothing can be computed from it.
    """

    id: Text
    says: Text
    at: Text
    kind: Literal["dose", "mech", "SE", "form", "prec", "evid", "cond", "proc", "hist"]
    status: Status
    literature: Text
    unverified: tuple[Text, ...] = ()
    """Parts of `literature` that were recalled and not seen in a source."""
    references: tuple[Text, ...] = ()
    asks: Text | None = None
    """What the statement asks of a system, as read by those who compiled it."""
    planned: Planned | None = None
    not_computable: Text | None = None


class Reference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source, once: what to look for, where, and how it stands."""

    title: Text
    year: Text | None = None
    doi: Text | None = None
    pmid: Text | None = None
    registry: Text | None = None
    url: Text | None = None
    status: Literal["as-printed", "corrected", "retracted", "registry-only", "unverified"]
    """`registry-only`: a register's entry; no paper was found."""
    unverified: tuple[Literal["title", "year", "doi", "pmid"], ...] = ()
    """Fields that were recalled and not seen."""
    note: Text | None = None

    @property
    def marks(self) -> str:
        """How the source stands, where that is worth a word."""
        recalled = f"recalled: {', '.join(self.unverified)}" if self.unverified else ""
        return "; ".join(filter(None, ["" if self.status == "as-printed" else self.status.upper(), recalled]))


class Figure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often something was seen on LDN and beside it, as one study or review printed it."""

    event: dict[str, Text]
    ldn: Text | None = None
    control: Text | None = None
    """The same on placebo or the drug compared with; None: nothing was compared."""
    ratio: Text | None = None
    """How many times the placebo's, where only that was printed."""
    outcome: Text | None = None
    """Of the study that is the source: `ldn` and `control`, or `ratio`, are taken from there."""
    note: Text | None = None
    source: Source

    def __post_init__(self) -> None:
        """Refuse a figure with both or neither."""
        if self.outcome is None and (
            (self.ldn is None) == (self.ratio is None) or (self.ratio and self.control)
        ):
            raise ValueError("either ldn (and control), or ratio, or outcome")


class Expectation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a patient is told before agreeing: known, not known, to be expected. Its id is its file."""

    id: Text
    topic: Literal[
        "what-it-is", "not-known", "side-effects", "early-worsening", "benefit",
        "painkillers", "travel", "everyday", "emergency",
        "taper", "taper-danger", "taper-agree", "uldn", "uldn-agree",
    ]  # fmt: skip
    title: dict[str, Text]
    text: dict[str, Text]
    claims: tuple[Text, ...] = ()
    references: tuple[Text, ...] = ()
    status: Status
    conditions: tuple[Text, ...] = ()
    """Only for these conditions (ids of knowledge/conditions); none: for everyone."""
    figures: tuple[Figure, ...] = ()
    syntheses: tuple[Text, ...] = ()
    """Pooled questions about side effects whose answers are told too (files of knowledge/syntheses)."""
    reviewed: Text | None = None
