"""The label of one batch of a plan: every field that is asked for, or no label.

Millilitres stand on it only for the strength that is dispensed. Another strength makes another plan, and so
another label.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from openldn import __version__
from openldn.knowledge.formulation_schema import Form, Holds
from openldn.knowledge.load import Knowledge
from openldn.leaflets.papers import code_of, templates
from openldn.leaflets.wording import day_text, dose_text, how_to_measure, item_text, times_text
from openldn.plan.steps import Plan, Step
from openldn.plan.supply import Batch
from openldn.quantities import CannotMeasure

_ROUTES: Final = {Form.CREAM: "For the skin", Form.DROPS: "Under the tongue"}


@dataclass(frozen=True, slots=True)
class Handed:
    """What a pharmacy adds to a plan when it hands a batch out."""

    patient: str
    supplier: str
    """Name and address."""
    number: str
    """Of the batch."""
    supplied: date


def label_fields(plan: Plan, batch: Batch, handed: Handed, knowledge: Knowledge) -> dict[str, str]:
    """Every field of a label, in the order of the rule.

    Raises:
        CannotMeasure: a field is empty, the batch is past its date, or nothing of the plan is taken from it.
    """
    steps = steps_from(plan, batch)
    if not steps:
        raise CannotMeasure("nothing of this plan is taken from that batch")
    if handed.supplied > batch.last_use or handed.supplied < batch.made:
        raise CannotMeasure(f"handed out between {batch.made} and {batch.last_use}, not on {handed.supplied}")
    article = plan.article
    excipients = article.formulation.excipients.items()
    named = {h: [n.removeprefix("findings/excipient-") for n, held in excipients if held is h] for h in Holds}
    says = {Holds.YES: "", Holds.TRACE: "traces of ", Holds.ASK: "not stated, ask the supplier: "}
    held = [f"{words}{', '.join(named[h])}" for h, words in says.items() if named[h]]
    found = {
        "patient": handed.patient.strip(),
        "supplier": handed.supplier.strip(),
        "supplied": day_text(handed.supplied),
        "made": day_text(batch.made),
        "drug": f"naltrexone hydrochloride, {article.name}",
        "total": item_text(batch.item, batch.dispensed),
        "directions": f"{times_text(plan.times)}: "
        + "; ".join(_direction(s, _last(plan, batch)) for s in steps),
        "warnings": (
            "Blocks opioid medicines: do not take with opioids, carry your card. One dose missed: never two."
        ),
        "use until": day_text(batch.last_use),
        "storage": article.formulation.beyond_use.storage["en"],
        "batch": handed.number.strip(),
        "compounded": "Compounded for this patient; not a licensed product",
        "route": _ROUTES.get(article.formulation.form, "By mouth"),
        "children": "Keep out of the sight and reach of children",
        "excipients": "; ".join(held) or "none that is asked about",
    }
    rule = knowledge.rule("dispensing/label-fields")
    wanted = rule.words("fields", plan.verdict.as_of)
    missing = [name for name in wanted if not found.get(name)]
    if missing:
        raise CannotMeasure(rule.text["en"].format(missing=", ".join(missing)))
    return {name: found[name] for name in wanted}


def steps_from(plan: Plan, batch: Batch) -> tuple[Step, ...]:
    """The steps of a plan that are taken from a batch: those that begin before it ends, and end after it."""
    last = _last(plan, batch)
    return tuple(s for s in plan.steps if s.starts <= last and s.ends >= batch.made)


def _last(plan: Plan, batch: Batch) -> date:
    """The last day on which a batch is taken from: its own, or the day before the next is made."""
    later = [b.made - timedelta(days=1) for b in plan.batches if b.item == batch.item and b.made > batch.made]
    return min([*later, batch.last_use])


def _direction(step: Step, last: date) -> str:
    dose = dose_text(step.dose, micrograms_too=True)
    days = f"{day_text(step.starts)} to {day_text(min(step.ends, last))}"
    return f"{days} {dose}, {how_to_measure(step.measured)}"


def label_html(fields: dict[str, str], plan: Plan) -> str:
    """A label as an HTML page without any outside file; its code holds the plan's number, no patient."""
    return (
        templates()
        .get_template("label.html")
        .render(fields=fields, plan=plan, code=code_of(plan.id), version=__version__)
    )
