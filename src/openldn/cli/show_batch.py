"""A batch, its capsules, its readings, as a pharmacist reads them on a screen."""

from __future__ import annotations

from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from openldn.cli import terminal
from openldn.dispensing.batches import Batch, Preparation
from openldn.dispensing.beyond_use import BeyondUse
from openldn.dispensing.budget import Spread, slips_of
from openldn.dispensing.capsule_batches import CapsuleBatch, Uniformity
from openldn.dispensing.dilution import DilutionPlan
from openldn.dispensing.making import Making
from openldn.dispensing.readings import Outcome
from openldn.dispensing.substance import as_shown, uncorrected
from openldn.knowledge.formula_schema import AnyFormula
from openldn.leaflets.wording import WORKSHEET_NOTE, day_text, hundredths_text
from openldn.quantities import Mass, Strength


def show_making(made: Making, chance: Spread | None, uniformity: Uniformity | None) -> None:
    """What is made, how, how far off it may be, until when it is good."""
    if isinstance(made.batch, CapsuleBatch):
        assert uniformity is not None
        _show_capsules(made.batch, uniformity)
    else:
        _show_liquid(made.batch, made.preparation, chance)
    _show_until(made.until)
    _show_source(made.batch.formula)


def _show_liquid(batch: Batch, made: Preparation | None, chance: Spread | None) -> None:
    formula = batch.formula
    terminal.out.print(
        Panel(
            f"{escape(formula.title)}\n{batch.volume} of {batch.strength}: {batch.drug} in all",
            title="Batch",
            title_align="left",
        )
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("take", "of", ""):
        table.add_column(heading)
    if batch.tablets is not None:
        table.add_row(str(batch.tablets), f"tablets of {formula.in_a_tablet}", f"hold {batch.drug}")
    elif made is not None and made.flask is not None:
        table.add_row(str(made.shown), made.lot.substance.title, f"in the flask of {made.flask.holds}")
    elif made is not None:
        table.add_row(str(made.shown), made.lot.substance.title, f"holds {batch.drug}")
    for other in batch.others:
        table.add_row(str(other.amount), other.name, other.note or "")
    table.add_row(f"to {batch.volume}", formula.make_up, "")
    terminal.out.print(table)
    if made is not None:
        _show_preparation(made, chance)
    if formula.carries:
        terminal.out.print(f"[yellow]It carries[/] {escape(formula.carries)}")


def _show_until(until: BeyondUse) -> None:
    terminal.out.print(f"[bold]Use until {day_text(until.last_day)}[/]: {escape(until.set_by.said)}")
    for bound in until.bounds[1:]:
        terminal.out.print(f"  [dim]otherwise {day_text(bound.last_day)}: {escape(bound.said)}[/]")
    if not until.set_by.seen:
        terminal.out.print("  [dim]not seen in a source: a pharmacist checks it[/]")


def _show_source(formula: AnyFormula) -> None:
    seen = "" if formula.source.verified else " (not seen in a source)"
    terminal.out.print(f"[dim]{formula.source.ref}: {escape(formula.source.at or '')}{seen}[/]")
    terminal.out.print(f"[dim]{WORKSHEET_NOTE}[/]")


def _show_capsules(batch: CapsuleBatch, uniformity: Uniformity) -> None:
    out, fill = terminal.out, batch.blend.fill
    step = batch.balance.readability
    filler, blend = as_shown(batch.filler, step), as_shown(batch.blend.total, step)
    out.print(
        f"[bold]{batch.capsules} capsules of {batch.dose}[/]: {batch.weighed} of the powder, {filler} of "
        f"{escape(batch.formula.filler)}, mixed"
    )
    for n, mixture in enumerate(batch.mixtures, 1):
        what = "the powder" if n == 1 else "the mixture before"
        weighed = batch.weighed if n == 1 else mixture.weighed
        added = Mass(mixture.made.base - weighed.base)
        out.print(f"Triturate {n}: {weighed} of {what} with {added} of filler, mixed; take {mixture.taken}")
    if (value := uniformity.acceptance_value) is not None:
        passes = "passes" if value <= 15 else "test 20 more"
        out.print(f"Acceptance value {value:.2f}: {passes} (at most 15)")
    out.print(
        f"The blend has to weigh [bold]{blend}[/] before it is filled: only that shows a forgotten drug"
    )
    times = hundredths_text(fill.blind_up_to() / 100)
    out.print(
        f"A fill weighs {as_shown(fill.total, Mass.mg('0.1'))}, {hundredths_text(fill.drug_part)} % of it "
        f"drug: no drug at all and up to {times} times the drug pass a weight check of 10 %. The blend's "
        "weight and the scan of every pot catch that"
    )
    if uniformity.uniform:
        out.print(f"Chance alone spreads the drug by {uniformity.spread_percent:.1f} %")
    else:
        stated = uniformity.particle
        what = f"of {stated} micrometres" if stated else "of a size that nobody stated (--particle)"
        out.print(
            f"[bold red]A dry blend cannot be uniform:[/] particles {what}, at most "
            f"{uniformity.largest:.1f} micrometres would do. Make a liquid"
        )


def show_outcome(outcome: Outcome) -> None:
    """Pass or fail, and every entry that fails with what it fails by."""
    entries, failed = len(outcome.judged), len(outcome.failed)
    if outcome.passed:
        terminal.out.print(f"[bold green]All {entries} readings pass[/]: the batch may be released")
    else:
        terminal.out.print(f"[bold red]{failed} of {entries} readings fail[/]: the batch is not released")
    for judged in outcome.failed:
        assert judged.rule is not None
        line = f"  {judged.entry.key}: {judged.said} ({judged.rule.id})"
        terminal.out.print(line, markup=False, soft_wrap=True)
    for stray in outcome.strays:
        line = f"  {stray.key}: {stray.text} by {stray.by}: the sheet does not ask for it"
        terminal.out.print(line, markup=False, soft_wrap=True)
    if outcome.content is not None:
        terminal.out.print(
            f"As read it holds {hundredths_text(outcome.content)} % of what the sheet asks for"
        )


def _show_preparation(made: Preparation, chance: Spread | None) -> None:
    if made.plan is not None:
        terminal.out.print("[bold]Dilution[/], the most exact within this glassware:")
        for n, (transfer, strength) in enumerate(made.plan.strengths(), 1):
            after = Strength.mg_per_ml(strength / 10**6)
            terminal.out.print(f"  {n}. {transfer.pipette.holds} to {transfer.flask.holds}: {after}")
        terminal.out.print(
            f"  off by at most {hundredths_text(made.plan.error)} %, {made.plan.made} made in all"
        )
        for other in made.others[:3]:
            terminal.out.print(f"  [dim]or {_in_short(other)}[/]")
    wrong = hundredths_text(abs(uncorrected(made.lot)))
    terminal.out.print(f"Weighed as if the powder were all drug, it would be off by {wrong} %")
    interval = made.budget.interval
    low, high = interval.low / interval.nominal, interval.high / interval.nominal
    within = f"; 95 % of chance lies within {_chance(made, chance)}" if chance else ""
    terminal.out.print(
        f"What is made holds {hundredths_text(low)} to {hundredths_text(high)} % of the label "
        f"while each tool keeps its tolerance{within}"
    )
    for factor in made.budget.largest[:3]:
        terminal.out.print(f"  [dim]{escape(factor.name)}: {hundredths_text(factor.relative)} %[/]")
    if made.plan is not None:
        worst = slips_of(made.plan)[0]
        terminal.out.print(
            f"[bold]Worst single slip:[/] {escape(worst.what)}, {worst.times} times; caught by: "
            f"{escape(worst.caught_by)}"
        )


def _chance(made: Preparation, chance: Spread) -> str:
    nominal = float(made.budget.interval.nominal)
    return f"{100 * chance.low / nominal:.1f} to {100 * chance.high / nominal:.1f} %"


def _in_short(plan: DilutionPlan) -> str:
    steps = ", ".join(f"{t.pipette.holds} to {t.flask.holds}" for t in plan.transfers)
    return f"{steps}: {hundredths_text(plan.error)} %, {plan.made} in all"
