"""The worksheet of a batch: what is weighed and measured, typed by two, and what a check would catch."""

from __future__ import annotations

from datetime import date

from openldn import __version__
from openldn.dispensing.batches import Batch, Preparation
from openldn.dispensing.beyond_use import BeyondUse
from openldn.dispensing.budget import slips_of
from openldn.leaflets.papers import USUAL_POINTS, templates
from openldn.leaflets.wording import WORKSHEET_NOTE, hundredths_text
from openldn.quantities import Strength


def worksheet_html(batch: Batch, made: Preparation | None, until: BeyondUse, *, made_on: date) -> str:
    """The worksheet as an HTML page without any outside file.

    Args:
        batch: what is made.
        made: from powder: what is weighed and diluted.
        until: the beyond-use date and what sets it.
        made_on: the day of making.
    """
    plan = made.plan if made else None
    steps = [(t, Strength.mg_per_ml(s / 10**6)) for t, s in plan.strengths()] if plan else []
    interval = made.budget.interval if made else None
    return (
        templates()
        .get_template("worksheet.html")
        .render(
            batch=batch,
            formula=batch.formula,
            made=made,
            steps=steps,
            low=hundredths_text(interval.low / interval.nominal) if interval else "",
            high=hundredths_text(interval.high / interval.nominal) if interval else "",
            factors=[(f.name, hundredths_text(f.relative)) for f in made.budget.largest] if made else [],
            slips=slips_of(plan)[:6] if plan else (),
            printed=made_on,
            until=until,
            points=USUAL_POINTS,
            sheet="A4",
            version=__version__,
            note=WORKSHEET_NOTE,
        )
    )
