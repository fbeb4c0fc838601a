"""Plans and products as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from openldn.answers.values import DISCLAIMER
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import unverified
from openldn.leaflets.wording import (
    amount_text,
    bite_text,
    day_text,
    how_to_measure,
    item_text,
    supply_text,
    times_text,
    tolerance_text,
    with_days,
)
from openldn.plan.choice import Candidate, Choice, Weight
from openldn.plan.ladders import Proposal, other_authors, profile_rules
from openldn.plan.steps import Plan
from openldn.plan.stock import Stock
from openldn.quantities import Dose


def show_plan(
    console: Console, plan: Plan, choice: Choice, proposed: Iterable[Proposal], knowledge: Knowledge
) -> None:
    """Print one plan: its steps first, then why they are so, then what goes with them."""
    table = Table(
        title=f"Plan {plan.id}: {escape(plan.article.name)}, {times_text(plan.times)}", title_justify="left"
    )
    for heading in ("from", "to", "days", "dose", "measure", "halved"):
        table.add_column(heading, justify="right" if heading in ("days", "dose") else "left")
    for step in plan.steps:
        off = tolerance_text(step.measured)
        halved = f"{step.halved[0].text('mg')}: {how_to_measure(step.halved[1])}" if step.halved else "pause"
        table.add_row(
            day_text(step.starts),
            day_text(step.ends),
            str(step.days),
            step.dose.text("mg"),
            how_to_measure(step.measured) + (f", {off}" if off else ""),
            halved,
        )
    console.print(table)
    console.print(f"[bold]Profile {plan.profile.name}[/]: {escape(plan.profile.said)}")
    for proposal in proposed:
        chosen = " (chosen)" if proposal.name == plan.profile.name else ""
        console.print(f"    [dim]proposed: {proposal.name}{chosen}, {escape(proposal.because)}[/]")
    for rule in other_authors(plan.profile, knowledge):
        console.print(f"    [dim]another author: {escape(rule.text['en'])} ({rule.id}, {rule.status})[/]")
    for bite in plan.bites:
        console.print(f"[yellow]limited[/] {escape(bite_text(bite))}: {escape(bite.limiter.said)}")
    _show_supply(console, plan)
    for candidate in choice.candidates:
        _show_candidate(console, candidate, chosen=candidate.plan is plan)
    for due in plan.course.due:
        console.print(f"{day_text(due.on)}  {due.kind}: {escape(with_days(due.what))} [dim]{due.rule}[/]")
    console.print(f"Sign by {day_text(plan.course.sign_by)}; after that the verdict has to be made anew.")
    if plan.first_dose_check:
        console.print(
            f"[bold]Before the first dose on {day_text(plan.starts)}[/] (any yes: do not start, call)"
        )
        for question in plan.first_dose_check:
            console.print(f"  ? {question}")
    console.print("[bold]Do not take the next dose and call your prescriber if:[/]")
    for sign in plan.stop_signs:
        console.print(f"  ! {sign}")
    console.print("[bold]Signed with the plan:[/]")
    for contingency in plan.course.contingencies:
        console.print(f"  - {escape(contingency.sign)}: {escape(contingency.do)}")
    doubtful = [f"{r} ({', '.join(u)})" for r in plan.rules if (u := unverified(knowledge.rule(r)))]
    console.print(f"[dim]rules: {', '.join(plan.rules)}[/]")
    console.print(f"[dim]not seen in a source: {escape('; '.join(doubtful))}[/]")
    console.print(f"[dim]{DISCLAIMER}[/]")


def _show_supply(console: Console, plan: Plan) -> None:
    for batch in plan.batches:
        left = amount_text(batch.item, batch.left_over)
        console.print(
            f"Supply {item_text(batch.item, batch.dispensed)}, made on "
            f"{day_text(batch.made)}, used until {day_text(batch.last_use)}; left over then: {left}"
        )
    cost = "" if plan.score.unpriced else f"; price {float(plan.score.cost):,.2f}"
    console.print(f"In all: {supply_text(plan.supplied())}{cost}")


def _show_candidate(console: Console, candidate: Candidate, *, chosen: bool) -> None:
    mark = "chosen" if chosen else ("also fits" if candidate.fits else "does not fit")
    why = f": {candidate.refused}" if candidate.refused else ""
    console.print(f"[dim]{mark}: {escape(candidate.article.name)}{escape(why)}[/]")
    for ground in candidate.grounds:
        if ground.weight is not Weight.REFUSES:
            console.print(f"    [dim]{ground.weight}: {escape(ground.said)} ({ground.rule.id})[/]")


def show_refused(console: Console, choice: Choice) -> None:
    """Print why no product fits, and what would."""
    console.print("[bold]No product at hand fits.[/]")
    for candidate in choice.candidates:
        console.print(f"  {escape(candidate.article.name)}: {escape(candidate.refused)}")
    console.print("[bold]This change would:[/]" if choice.changes else "No single change that we know would.")
    for change in choice.changes:
        console.print(f"  + {escape(change)}")


def show_stock(console: Console, stock: Stock) -> None:
    """Print the products at hand."""
    table = Table(title=f"Products ({escape(stock.pharmacy)})", title_justify="left")
    for heading in ("product", "strengths", "release", "beyond use", "holds", "to be asked"):
        table.add_column(heading, overflow="fold")
    for article in stock.articles:
        formulation = article.formulation
        keep = formulation.beyond_use
        marks = {h: [] for h in ("yes", "trace", "ask")}  # type: dict[str, list[str]]
        for finding, holds in formulation.excipients.items():
            if holds in marks:
                marks[holds].append(finding.removeprefix("findings/excipient-"))
        traces = [f"{name} (trace)" for name in marks["trace"]]
        table.add_row(
            escape(f"{formulation.title} ({formulation.id.removeprefix('formulations/')})"),
            ", ".join(f"{i.strength.text('mg')}{'' if i.pieces else ' per mL'}" for i in article.items),
            str(formulation.release),
            f"{keep.days} days {keep.storage['en']}{'' if keep.source.verified else ' (unverified)'}",
            ", ".join([*marks["yes"], *traces]),
            ", ".join(marks["ask"]) or "what is not named",
        )
    console.print(table)
    console.print("[dim]An excipient that is not named may be in it: ask the supplier.[/]")


def show_profiles(console: Console, knowledge: Knowledge) -> None:
    """Print all published ladders."""
    table = Table(title="Published ladders", title_justify="left")
    for heading in ("profile", "what", "for", "standing"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "profile")
    for name, rule in profile_rules(knowledge).items():
        conditions = ", ".join(knowledge.findings[f].name for f in rule.findings)
        standing = str(rule.status) if rule.parameters else f"{rule.status}; cannot be planned from"
        table.add_row(name, rule.text["en"], conditions or "anything", standing)
    console.print(table)


def show_explained(console: Console, fields: dict[str, Any], altered: bool) -> None:
    """Print why each step of a saved plan is as it is, from the plan's own JSON."""
    profile, product = fields["profile"], fields["product"]
    verdict = fields["verdict"]
    if altered:
        console.print("[bold red]ALTERED[/]: the content does not belong to this plan number. It is void.")
    console.print(f"[bold]Plan {fields['id']}[/] of {fields['as_of']}, verdict {verdict}")
    console.print(f"Profile {profile['name']} ({profile['status'] or 'typed'}): {escape(profile['says'])}")
    if profile["because"]:
        console.print(f"    [dim]{profile['rule']}: {escape(profile['because'])}[/]")
    for other in profile["other_authors"]:
        console.print(
            f"    [dim]another author: {escape(other['says'])} ({other['rule']}, {other['status']})[/]"
        )
    for change in fields["changed_by_limits"]:
        was, now = (_shown(change[k]) for k in ("was", "now"))
        console.print(
            f"Limit {change['rule']}: {change['kind']} {was} became {now}. {escape(change['says'])}"
        )
    console.print(f"Product: {escape(product['name'])}. {escape(product['note'])}")
    for candidate in fields["candidates"]:
        if not candidate["fits"]:
            console.print(f"    [dim]not {escape(candidate['product'])}: {escape(candidate['refused'])}[/]")
    for n, step in enumerate(fields["steps"], 1):
        console.print(f"[bold]Step {n}[/], {step['starts']} to {step['ends']}: {_shown(step['dose'])}")
        console.print(f"    {escape(_how(step))}")
        halved = step["halved"]
        told = f"{_shown(halved['dose'])}, {_how(halved)}" if halved else "nothing measurable: pause"
        console.print(f"    halved: {escape(told)}")
    for due in fields["due"]:
        console.print(f"{due['on']} {due['kind']}: {escape(due['what'])} [dim]({due['rule']})[/]")
    for reason in fields["screening"]["reasons"]:
        console.print(f"[dim]{reason['severity']}: {escape(reason['text'])} ({reason['rule']})[/]")
    console.print(f"[dim]{DISCLAIMER}[/]")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return Dose(int(value["nanograms"])).text("mg")
    return f"{value} days" if isinstance(value, int) else str(value)


def _how(measured: dict[str, Any]) -> str:
    """Why a measure is as it is, from its JSON."""
    if "fills" in measured:
        fills = " then ".join(f"{v['value']} mL" for v in measured["fills"])
        syringe = f"{measured['syringe']['capacity']['value']} mL syringe"
        off = f", {measured['tolerance']}" if measured["tolerance"] else ""
        return f"{fills} in the {syringe}: the smallest with the fewest fills on its marks{off}"
    if "count" in measured:
        many = "s" if measured["count"] > 1 else ""
        each = _shown(measured["each"])
        return f"{measured['count']} {measured['of']}{many} of {each}: the nearest at or below"
    pieces = " + ".join(_shown(p) for p in measured["pieces"])
    return f"{pieces}: the fewest pieces from the fewest strengths"
