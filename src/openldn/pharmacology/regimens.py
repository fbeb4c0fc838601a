"""A plan of the core as doses of the simulator: each at its day and clock time."""

from __future__ import annotations

from datetime import datetime

from openldn.knowledge.formulation_schema import Form
from openldn.pharmacology.grid import TICKS
from openldn.pharmacology.simulate import Event, Route
from openldn.plan.steps import Plan

_ROUTES = {Form.DROPS: Route.SUBLINGUAL, Form.CREAM: Route.SKIN}


def events_of(plan: Plan) -> tuple[Event, ...]:
    """Every dose of a plan, in hours since the first.

    Raises:
        ValueError: nothing is taken.
    """
    route, at = _ROUTES.get(plan.article.formulation.form, Route.ORAL), dict(plan.times)
    doses = [(datetime.combine(day, at[slot]), step.dose) for day, slot, step in plan.calendar()]
    if not doses:
        raise ValueError("nothing is taken in this plan")
    doses.sort(key=lambda pair: pair[0])
    first = doses[0][0]
    return tuple(
        Event(round((when - first).total_seconds() / 3600 * TICKS) / TICKS, dose, route)
        for when, dose in doses
    )
