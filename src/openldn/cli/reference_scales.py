"""The reference page of the scales: items, answers, bands, differences that matter, licences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openldn.cli.reference_markdown import page_head, seen_in, table
from openldn.cli.scale import answer_text
from openldn.knowledge.load import Knowledge
from openldn.knowledge.scale_schema import Band, Difference, Item, Scale


def scales_page(knowledge: Knowledge) -> Iterator[str]:
    """All scales, as lines."""
    yield from page_head(
        "Scales",
        "A missing answer is never a zero. A difference that matters to a group is no verdict on one person."
        " Where a wording is *not shipped*, what stands here is ours: ask from the scale's own form. Licences"
        " are a reading by engineers, not legal advice.",
        "",
    )
    scales = [knowledge.scales[name] for name in sorted(knowledge.scales)]
    yield from table(
        ("scale", "answered by", "items", "total", "better", "licence allows"), map(_overview_row, scales)
    )
    for scale in scales:
        yield from _scale(scale)


def _overview_row(scale: Scale) -> tuple[str, ...]:
    return (
        f"[{scale.id}](#{scale.id})",
        ", ".join(scale.answered_by),
        str(len(scale.items)),
        f"{scale.lowest} to {scale.highest}",
        scale.better,
        scale.licence.ships,
    )


def _scale(scale: Scale) -> Iterator[str]:
    yield from ("", f'## <a id="{scale.id}"></a>{scale.name}', "")
    yield from table(("", "", "source"), _facts(scale))
    yield from ("", "### Items", "")
    if scale.question:
        yield from (f"> {scale.question.wording}", "", f"({seen_in(scale.question.source)})", "")
    yield from table(("item", "wording", "about", "allowed", "LOINC", "source"), map(_item_row, scale.items))
    if scale.bands:
        yield from ("", "### Bands", "")
        yield from table(("band", "total", "source"), map(_band_row, scale.bands))
    if scale.mid or scale.mdc:
        yield from ("", "### Differences that matter", "")
        yield from table(
            ("kind", "points", "percent", "means", "among", "source"),
            (
                *_difference_rows("minimal important, of a group", scale.mid),
                *_difference_rows("minimal detectable, of one person", scale.mdc),
            ),
        )
    if scale.note:
        yield from ("", f"{scale.note}.")


def _facts(scale: Scale) -> Iterator[tuple[str, ...]]:
    yield ("id, version", f"`{scale.id}`, `{scale.version}`", "")
    yield ("window", scale.window or "no source says", "")
    yield ("total", "the item itself" if scale.formula == "itself" else "sum of the items", "")
    missing = scale.missing
    yield (
        "unanswered",
        f"no total without {missing.needed}; asked again: {missing.ask_again}",
        seen_in(missing.source),
    )
    if scale.measures == "change":
        yield ("change", "is itself a change: no difference is computed between two scores", "")
    if scale.percent:
        yield ("percent", f"from a baseline of {scale.percent.floor} on", seen_in(scale.percent.source))
    if scale.loinc:
        codes = [("total", scale.loinc.total), ("panel", scale.loinc.panel)]
        yield ("LOINC", ", ".join(f"{what} {c}" for what, c in codes if c), seen_in(scale.loinc.source))
    yield ("licence", scale.licence.text, seen_in(scale.licence.source))
    yield ("references", ", ".join(f"`{r}`" for r in scale.references), "")
    yield ("reviewed by", scale.reviewed or "nobody yet", "")


def _item_row(item: Item) -> tuple[str, ...]:
    return (
        f"`{item.id}`{', **safety**' if item.safety else ''}",
        item.wording,
        item.about or "",
        "; ".join(answer_text(a) for a in item.answers),
        item.loinc or "",
        seen_in(item.source),
    )


def _band_row(band: Band) -> tuple[str, ...]:
    limits = f"{band.at_least} and more" + (f", below {band.below}" if band.below is not None else "")
    return (band.name, limits, seen_in(band.source))


def _difference_rows(kind: str, differences: Iterable[Difference]) -> Iterator[tuple[str, ...]]:
    for difference in differences:
        yield (
            kind,
            "" if difference.points is None else str(difference.points),
            "" if difference.percent is None else f"{difference.percent} %",
            difference.means,
            difference.population,
            seen_in(difference.source),
        )
