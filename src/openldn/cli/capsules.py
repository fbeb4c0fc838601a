"""`openldn capsules`: what goes into a batch, what its blend must weigh, what no weight check sees.

Exit status 3 where a dry blend cannot be uniform.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Final

import typer

from openldn import __version__
from openldn.answers.values import SCHEMA, dose_json, to_text
from openldn.cli import options, terminal
from openldn.cli.compound import read_lot
from openldn.dispensing.capsules import Blend, Packing, acceptance_value, fill_of, largest_particle, spread
from openldn.dispensing.substance import Lot, as_shown, to_weigh
from openldn.dispensing.weighing import Balance, triturations
from openldn.fhir.json_text import BadInput
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.wording import WORKSHEET_NOTE
from openldn.quantities import CannotMeasure, Dose, Mass, NotAnAmount, number_text

_CAPACITY: Final = Mass.parse("200 g")
_LARGEST: Final = Mass.parse("20 g")
"""The most that is mixed at once in a mortar."""
_UNKNOWN_PARTICLE: Final = 100
"""Micrometres, where nobody states a size: coarse."""


def capsules_command(
    dose: Annotated[str, typer.Option(metavar="DOSE", help="Of one capsule.")],
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")],
    filler_alone: Annotated[
        str,
        typer.Option(metavar="MASS", help="What one shell holds of filler alone, measured with these lots."),
    ],
    drug_alone: Annotated[str, typer.Option(metavar="MASS", help="What one shell holds of the drug alone.")],
    lot: Annotated[str, typer.Option(metavar="'NUMBER; assay=99.2; water=5'", help="The powder.")],
    over: Annotated[int, typer.Option(min=0, max=20, help="Percent made beyond, for losses.")] = 5,
    particle: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Largest particle of the drug, micrometres.")
    ] = None,
    assays: Annotated[
        str | None,
        typer.Option(metavar="'98, 101, ...'", help="Ten contents found, in percent of the label."),
    ] = None,
    balance: Annotated[str, typer.Option(metavar="MASS", help="The step of the balance.")] = "1 mg",
    as_json: options.AsJson = False,
) -> None:
    """Packing statistics, the blend's weight, and how many times the dose passes a weight check."""
    try:
        each, powder = Dose.parse(dose), read_lot(lot)
        fill = fill_of(each, Packing(Mass.parse(filler_alone), Mass.parse(drug_alone)))
        made = -(-count * (100 + over) // 100)
        blend, step = Blend(fill, made), Mass.parse(balance)
        drug = Dose(each.base * made)
        weighed, triturate, filler = _weighed(drug, blend, powder, Balance(step, step, _CAPACITY))
        value = acceptance_value(_assays(assays)) if assays else None
    except (BadInput, CannotMeasure, NotAnAmount) as error:
        terminal.fail(str(error), as_json, "capsules")
    limit, size = largest_particle(each), particle or _UNKNOWN_PARTICLE
    uniform = size <= limit
    answer: dict[str, Any] = {
        "schema": f"{SCHEMA}/capsules",
        "version": __version__,
        "dose": dose_json(each),
        "made": made,
        "weigh": str(weighed),
        "triturate": triturate,
        "filler": str(as_shown(filler, step)),
        "blend": str(as_shown(blend.total, step)),
        "fill": str(as_shown(fill.total, Mass.mg("0.1"))),
        "drug_part_percent": _percent(fill.drug_part),
        "passes_weight_check_up_to": number_text(Fraction(round(fill.blind_up_to() * 10), 10)),
        "largest_particle_micrometres": round(limit, 1),
        "particle_micrometres": particle,
        "spread_percent": round(spread(each, size), 1),
        "uniform": uniform,
        "acceptance_value": None if value is None else round(value, 2),
        "note": WORKSHEET_NOTE,
    }
    if as_json:
        typer.echo(to_text(answer))
    else:
        _show(answer)
    if not uniform:
        raise typer.Exit(terminal.NOT_ALLOWED)


def _weighed(
    drug: Dose, blend: Blend, lot: Lot, balance: Balance
) -> tuple[Mass, list[dict[str, str]], Fraction]:
    """What is weighed of the powder; where that is too little, the triturate it is taken from.

    Returns:
        The powder, the mixtures, and the filler that is still to be added, in nanograms.
    """
    rule = load_knowledge().rule("dispensing/weighing")
    part = rule.number("part", date.max) / 100
    exact = to_weigh(drug, lot)
    if exact >= balance.least(part).base:
        return as_shown(exact, balance.readability), [], blend.filler
    found = triturations(Mass(drug.base), balance, part=part, largest=_LARGEST)
    fits = [t for t in found if t.mixtures[-1].taken.base - drug.base < blend.filler]
    if not fits:
        raise CannotMeasure("the triturate would be more than all the filler: take a finer balance")
    mixtures = fits[0].mixtures
    first = as_shown(to_weigh(Dose(mixtures[0].weighed.base), lot), balance.readability)
    rows = []
    for n, mixture in enumerate(mixtures):
        weighed = mixture.weighed if n else first
        rows.append(
            {
                "weigh": str(weighed),
                "filler": str(Mass(mixture.made.base - weighed.base)),
                "take": str(mixture.taken),
            }
        )
    return first, rows, blend.filler - (mixtures[-1].taken.base - drug.base)


def _assays(text: str) -> tuple[Fraction, ...]:
    try:
        found = tuple(Fraction(part.strip()) for part in text.split(","))
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"--assays: {text!r}: write ten percentages with commas between") from None
    if len(found) != 10:
        raise BadInput(f"--assays: {len(found)} values: the first stage is of ten")
    return found


def _percent(part: Fraction) -> str:
    return number_text(Fraction(round(part * 10_000), 100))


def _show(a: dict[str, Any]) -> None:
    out = terminal.out
    out.print(f"[bold]{a['made']} capsules[/]: {a['weigh']} of the powder, {a['filler']} of filler, mixed")
    for n, row in enumerate(a["triturate"], 1):
        what = "the powder" if n == 1 else "the mixture before"
        mixed = f"{row['weigh']} of {what} with {row['filler']} of filler"
        out.print(f"Triturate {n}: {mixed}, mixed; take {row['take']}")
    if (value := a["acceptance_value"]) is not None:
        out.print(f"Acceptance value {value}: {'passes' if value <= 15 else 'test 20 more'} (at most 15)")
    out.print(
        f"The blend has to weigh [bold]{a['blend']}[/] before it is filled: only that shows a forgotten drug"
    )
    out.print(
        f"A fill weighs {a['fill']}, {a['drug_part_percent']} % of it drug: no drug at all and up to "
        f"{a['passes_weight_check_up_to']} times the drug pass a weight check of 10 %. The blend's weight "
        "and the scan of every pot catch that"
    )
    if a["uniform"]:
        out.print(f"Chance alone spreads the drug by {a['spread_percent']} %")
    else:
        stated = a["particle_micrometres"]
        what = f"of {stated} micrometres" if stated else "of a size that nobody stated (--particle)"
        out.print(
            f"[bold red]A dry blend cannot be uniform:[/] particles {what}, at most "
            f"{a['largest_particle_micrometres']} micrometres would do. Make a liquid"
        )
    out.print(f"[dim]{a['note']}[/]")
