"""The label of one batch of a plan: every field that is asked for, or no label.

Millilitres stand on it only for the strength that is dispensed. Another strength makes another plan, and so
another label.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from openldn import __version__
from openldn.dispensing.hand_over import Supply
from openldn.knowledge.formulation_schema import Form, Holds
from openldn.knowledge.load import Knowledge
from openldn.leaflets.papers import code_of, drawn_code, templates
from openldn.leaflets.wording import day_text, dose_text, how_to_measure, item_text, times_text
from openldn.plan.steps import Plan, Step
from openldn.plan.supply import Batch, last_day_of
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


def label_fields(plan: Plan, supply: Supply, handed: Handed, knowledge: Knowledge) -> dict[str, str]:
    """Every field of a label, in the order of the rule.

    Raises:
        CannotMeasure: a field is empty, the batch is past its date, or nothing of the plan is taken from it.
    """
    steps = tuple(s for s in plan.steps if s.starts <= supply.until and s.ends >= supply.since)
    if not steps:
        raise CannotMeasure("nothing of this plan is taken from that batch")
    if not supply.made <= handed.supplied <= supply.last_use:
        raise CannotMeasure(
            f"handed out between {supply.made} and {supply.last_use}, not on {handed.supplied}"
        )
    article = plan.article
    product = article.formulation
    excipients = (supply.formula.held_beside(product) if supply.formula else product.excipients).items()
    named = {h: [n.removeprefix("findings/excipient-") for n, held in excipients if held is h] for h in Holds}
    says = {Holds.YES: "", Holds.TRACE: "traces of ", Holds.ASK: "not stated, ask the supplier: "}
    held = [f"{words}{', '.join(named[h])}" for h, words in says.items() if named[h]]
    found = {
        "patient": handed.patient.strip(),
        "supplier": handed.supplier.strip(),
        "supplied": day_text(handed.supplied),
        "made": day_text(supply.made),
        "drug": f"naltrexone hydrochloride, {article.name}",
        "total": item_text(supply.item, supply.amount),
        "directions": f"{times_text(plan.times)}: " + "; ".join(_direction(s, supply) for s in steps),
        "warnings": (
            "Blocks opioid medicines: do not take with opioids, carry your card. One dose missed: never two."
        ),
        "use until": day_text(supply.last_use),
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


def supply_of(plan: Plan, batch: Batch) -> Supply:
    """A batch as the plan foresees it."""
    last = last_day_of(batch, plan.batches, plan.ends)
    return Supply(batch.item, batch.dispensed, batch.made, last, batch.made, batch.last_use)


def _direction(step: Step, supply: Supply) -> str:
    dose = dose_text(step.dose, micrograms_too=True)
    first, last = max(step.starts, supply.since), min(step.ends, supply.until)
    days = f"{day_text(first)} to {day_text(last)}"
    return f"{days} {dose}, {how_to_measure(step.measured)}"


def label_html(fields: dict[str, str], plan: Plan) -> str:
    """A label as an HTML page without any outside file; its codes hold plan and batch, no patient."""
    return (
        templates()
        .get_template("label.html")
        .render(
            fields=fields,
            plan=plan,
            code=code_of(plan.id),
            batch_code=drawn_code(fields["batch"], f"Code of batch {fields['batch']}"),
            version=__version__,
        )
    )
