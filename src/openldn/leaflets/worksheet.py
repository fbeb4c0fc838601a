"""The worksheet of a batch: what is weighed and measured, typed by two, and what a check would catch.

Each flask and pot has a label to be cut out; its code is what has to be scanned, and no patient is in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from openldn import __version__
from openldn.dispensing.batches import Batch, Preparation
from openldn.dispensing.budget import slips_of
from openldn.dispensing.capsule_batches import CapsuleBatch
from openldn.dispensing.making import Making
from openldn.dispensing.readings import pot_code
from openldn.dispensing.substance import as_shown
from openldn.leaflets.papers import USUAL_POINTS, drawn_code, templates
from openldn.leaflets.wording import WORKSHEET_NOTE, hundredths_text
from openldn.quantities import Mass, Strength

_Row = tuple[str, str, str]
"""What, how much, a note."""


def worksheet_html(making: Making) -> str:
    """The worksheet as an HTML page without any outside file."""
    batch, made = making.batch, making.preparation
    interval = made.budget.interval if made else None
    return (
        templates()
        .get_template("worksheet.html")
        .render(
            formula=batch.formula,
            number=making.inputs.number,
            to_make=_to_make(batch),
            rows=tuple(_capsule_rows(batch) if isinstance(batch, CapsuleBatch) else _rows(batch, made)),
            steps=tuple(_steps(made)) if made else (),
            mixtures=tuple(_mixtures(batch)) if isinstance(batch, CapsuleBatch) else (),
            carries=batch.formula.carries if isinstance(batch, Batch) else None,
            blend=as_shown(batch.blend.total, batch.balance.readability)
            if isinstance(batch, CapsuleBatch)
            else None,
            low=hundredths_text(interval.low / interval.nominal) if interval else "",
            high=hundredths_text(interval.high / interval.nominal) if interval else "",
            factors=[(f.name, hundredths_text(f.relative)) for f in made.budget.largest] if made else [],
            slips=slips_of(made.plan)[:6] if made and made.plan else (),
            entries=making.sheet.entries,
            labels=tuple(_labels(making)) if making.inputs.number else (),
            printed=making.inputs.made,
            until=making.until,
            points=USUAL_POINTS,
            sheet="A4",
            version=__version__,
            note=WORKSHEET_NOTE,
        )
    )


def _to_make(batch: Batch | CapsuleBatch) -> tuple[str, str]:
    if isinstance(batch, CapsuleBatch):
        return f"{batch.capsules} capsules of {batch.dose}", f"{batch.drug} in all"
    return f"{batch.volume} of {batch.strength}", f"{batch.drug} in all"


def _rows(batch: Batch, made: Preparation | None) -> Iterator[_Row]:
    if batch.tablets is not None:
        one = batch.formula.in_a_tablet
        yield f"naltrexone hydrochloride, tablets of {one}, whole", str(batch.tablets), ""
    if made is not None:
        where = f", in the flask of {made.flask.holds}" if made.flask else ""
        yield f"{made.lot.substance.title}{where}", str(made.shown), f"lot {made.lot.number}"
    for other in batch.others:
        yield other.name, str(other.amount), other.note or ""
    yield f"{batch.formula.make_up}, to", str(batch.volume), ""


def _capsule_rows(batch: CapsuleBatch) -> Iterator[_Row]:
    yield batch.lot.substance.title, str(batch.weighed), f"lot {batch.lot.number}"
    filler = as_shown(batch.filler, batch.balance.readability)
    yield (
        f"{batch.formula.filler}{', beside what is in the triturates' if batch.mixtures else ''}",
        str(filler),
        "",
    )


def _steps(made: Preparation) -> Iterator[tuple[str, str, str]]:
    for transfer, strength in made.plan.strengths() if made.plan else ():
        after = Strength.mg_per_ml(strength / 10**6)
        yield str(transfer.pipette.holds), str(transfer.flask.holds), str(after)


def _mixtures(batch: CapsuleBatch) -> Iterator[tuple[str, str, str]]:
    for n, mixture in enumerate(batch.mixtures):
        weighed = mixture.weighed if n else batch.weighed
        yield str(weighed), str(Mass(mixture.made.base - weighed.base)), str(mixture.taken)


def _labels(making: Making) -> Iterator[tuple[str, str, Markup]]:
    """What each flask and pot bears: its code in letters, what it is, the code drawn."""
    number, made = making.sheet.number, making.preparation
    if made and made.plan and made.flask:
        start = f"{made.flask.holds}, first solution, 1 mg per mL"
        strengths = [str(Strength.mg_per_ml(s / 10**6)) for _, s in made.plan.strengths()]
        words = [start, *(f"step {n}, {strength}" for n, strength in enumerate(strengths, 1))]
    elif isinstance(making.batch, CapsuleBatch):
        words = [f"triturate {n}" for n in range(1, len(making.batch.mixtures) + 1)]
    else:
        words = []
    first = 0 if made else 1
    for n, word in enumerate(words, first):
        code = pot_code(number, n)
        yield code, word, drawn_code(code, f"Code of {code}")
    yield number, "the batch, on its bottle", drawn_code(number, f"Code of batch {number}")
