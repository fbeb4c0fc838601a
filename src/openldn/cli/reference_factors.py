"""The reference page of morphine equivalents: each table with its factors and their sources."""

from __future__ import annotations

from collections.abc import Iterator

from openldn.cli.reference_markdown import page_head, seen_in, table
from openldn.knowledge.factor_schema import Factor
from openldn.knowledge.load import Knowledge


def factors_page(knowledge: Knowledge) -> Iterator[str]:
    """All tables, as lines."""
    yield from page_head(
        "Factors of morphine equivalents",
        "For judging risk, never for changing one opioid to another. Tables are conventions and are never"
        " mixed; what a table does not hold is undefined, not zero.",
        "",
    )
    for found in knowledge.opioid_factors.values():
        yield from (
            f'## <a id="{found.id}"></a>{found.title}',
            "",
            f"{found.because}. Unit: {found.unit}.",
            "",
        )
        yield from table(("opioid", "route", "per", "factor", "note", "source"), map(_row, found.factors))
        for left_out in found.excluded:
            yield from ("", f"Left out: {left_out.drug}, {left_out.because} ({seen_in(left_out.source)}).")
        yield ""


def _row(factor: Factor) -> tuple[str, ...]:
    bands = "; ".join(f"{b.value} above {b.above}" + (f" to {b.to}" if b.to else "") for b in factor.bands)
    return (
        factor.drug,
        factor.route,
        factor.per,
        factor.value or bands,
        factor.note or "",
        seen_in(factor.source),
    )
