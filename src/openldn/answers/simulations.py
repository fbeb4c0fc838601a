"""Simulations as JSON and as pictures: each with version, parameters and how far it is trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from openldn import __version__
from openldn.answers.values import SCHEMA
from openldn.leaflets.curves import ROUNDING, Curve, curves_svg
from openldn.pharmacology.claims import Answer, Decides, Overturned
from openldn.pharmacology.ldn_model import LDN_MODEL
from openldn.pharmacology.many import Difference, PerPerson
from openldn.pharmacology.model import Standing
from openldn.pharmacology.parameter_sets import default_set
from openldn.pharmacology.population import BANDS, bands
from openldn.pharmacology.simulate import NOTE, Course, SelfCheck

SHOWN: Final = ("NTX", "M6bN", "occ_brain", "S", "E", "R")
_MARKS: Final = {
    Standing.VALIDATED: "compared with what was measured",
    Standing.EXTRAPOLATED: "extrapolated: nobody has measured this",
    Standing.HYPOTHESIS: "hypothesis: no measurement behind it",
}


def mark_of(standing: Standing) -> str:
    """How far something may be trusted, in words."""
    return _MARKS[standing]


def simulation_json(
    courses: Mapping[str, Course], outputs: Sequence[str], check: SelfCheck | None, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """Courses by name, each output with its unit and standing; of people the bands; and what was asked."""
    first = next(iter(courses.values()))
    return {
        "schema": f"{SCHEMA}/simulation",
        "version": first.version,
        "engine": str(first.engine),
        "parameters": first.parameters,
        "asked": dict(asked),
        "hours": [float(h) for h in first.hours],
        "courses": {
            name: {
                output: {
                    "title": course.model.outputs[output].title,
                    "unit": course.model.outputs[output].unit,
                    "standing": str(course.standing[output]),
                    "caveat": course.model.outputs[output].caveat,
                    **_values(course, output),
                }
                for output in outputs
            }
            for name, course in courses.items()
        },
        "self_check": check and {"worst": check.worst, "output": check.output, "hour": check.hour},
        "note": NOTE,
    }


def _values(course: Course, output: str) -> dict[str, Any]:
    if course.values.shape[-1] == 1:
        return {"values": [float(f"{v:.6g}") for v in course.of(output)[:, 0]]}
    found = bands(course, output)
    rows = zip(found.percentiles, found.values, strict=True)
    return {"percentiles": {str(p): [float(f"{v:.6g}") for v in row] for p, row in rows}}


def drawn(courses: Mapping[str, Course], output: str, *, account: str = "", styled: bool = True) -> str:
    """A picture of one output of several courses; bands hold 5 to 95 of 100 people.

    Args:
        courses: by name.
        output: what is drawn.
        account: the rival hypothesis, if it is one; the picture names it.
        styled: as `curves_svg` has it.

    Raises:
        ValueError: more courses than one picture can show.
    """
    first = next(iter(courses.values()))
    standing = max((c.standing[output] for c in courses.values()), key=list(Standing).index)
    curves = []
    for name, course in courses.items():
        if course.values.shape[-1] == 1:
            curves.append(Curve(name, course.of(output)[:, 0].tolist()))
        else:
            low, middle, high = bands(course, output, (5, 50, 95)).values
            curves.append(Curve(name, middle.tolist(), low.tolist(), high.tolist()))
    of = first.model.outputs[output]
    most = 1.0 if output.startswith("occ") else None
    hours, mark = first.hours.tolist(), mark_of(standing)
    if account:
        mark = f"{mark}; by the account {account}"
    return curves_svg(of.title, of.unit, hours, curves, mark=mark, most=most, styled=styled)


def figure(value: float) -> str:
    """A value with three figures; what is nearer to zero than rounding is 0."""
    return f"{0.0 if abs(value) < ROUNDING else value:.3g}"


def told(course: Course, output: str) -> tuple[float, float, float]:
    """Least, mean and greatest of an output over what was simulated, of the median person."""
    middle = np.median(course.of(output), axis=1)
    mean = np.trapezoid(middle, course.hours) / np.ptp(course.hours)
    return float(middle.min()), float(mean), float(middle.max())


def band(course: Course, output: str) -> tuple[float, float] | None:
    """Between which 90 of 100 people lie, over what was simulated; None for one person."""
    if course.values.shape[-1] == 1:
        return None
    low, high = bands(course, output, (5, 95)).values
    return float(low.min()), float(high.max())


def accounts_json(answers: Sequence[Answer]) -> dict[str, Any]:
    """The guide's accounts, whether they hold, and what overturns them."""
    return {
        "schema": f"{SCHEMA}/accounts",
        "accounts": [
            {
                "account": a.account.key,
                "says": a.account.says,
                "claims": list(a.account.claims),
                "standing": str(Standing.HYPOTHESIS),
                "caveat": a.account.caveat,
                "clauses": [
                    {"measured": c.measured, "measure": float(f"{m:.4g}"), "holds_above": c.holds_above}
                    for c, m in zip(a.account.clauses, a.measures, strict=True)
                ],
                "holds": a.holds,
                "overturned_by": [_overturned_json(o) for o in a.overturned_by],
                "overturned_by_two": [[_overturned_json(o) for o in pair] for pair in a.by_two],
                "by_hypothesis": {
                    name: {"holds": a.of(measures), "measures": [float(f"{m:.4g}") for m in measures]}
                    for name, measures in a.by_variant.items()
                },
            }
            for a in answers
        ],
        "note": NOTE,
    }


def _overturned_json(found: Overturned) -> dict[str, Any]:
    return {
        "parameter": found.parameter,
        "value": found.value,
        "basis": str(found.basis),
        "measured": found.clause.measured,
        "measure": float(f"{found.measure:.4g}"),
    }


def trial_json(
    doses: Sequence[str], output: str, found: Difference, arms: Sequence[PerPerson], about: Mapping[str, Any]
) -> dict[str, Any]:
    """A virtual trial: both arms, and each person against themselves."""
    of = LDN_MODEL.outputs[output]
    return {
        "schema": f"{SCHEMA}/trial",
        "version": __version__,
        "parameters": default_set().fingerprint(default_set().values),
        **about,
        "output": output,
        "title": of.title,
        "unit": of.unit,
        "caveat": of.caveat,
        "arms": [
            {
                "dose": dose,
                "standing": str(arm.standing[output]),
                "mark": mark_of(arm.standing[output]),
                "percentiles": {
                    str(p): float(f"{v:.6g}")
                    for p, v in zip(BANDS, np.percentile(arm.of(output)[:, 1], BANDS), strict=True)
                },
            }
            for dose, arm in zip(doses, arms, strict=True)
        ],
        "difference": {
            "mean": float(f"{found.mean:.6g}"),
            "low": float(f"{found.low:.6g}"),
            "high": float(f"{found.high:.6g}"),
            "more": round(found.more, 4),
        },
        "note": NOTE,
    }


def decides_json(account: str, rows: Sequence[Decides], size: int, seed: int) -> dict[str, Any]:
    """Sobol indices of an account's measure."""
    return {
        "schema": f"{SCHEMA}/decides",
        "account": account,
        "size": size,
        "seed": seed,
        "indices": [
            {"parameter": r.parameter, "first": round(r.first, 3), "total": round(r.total, 3)} for r in rows
        ],
        "note": NOTE,
    }
