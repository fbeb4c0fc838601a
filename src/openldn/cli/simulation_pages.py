"""The page of the simulator, made of its model, its parameters and the published values."""

from __future__ import annotations

from collections.abc import Iterator

from openldn.cli.reference_markdown import page_head, table
from openldn.pharmacology import kernel
from openldn.pharmacology.claims import ACCOUNTS, asked
from openldn.pharmacology.ldn_model import LDN_MODEL
from openldn.pharmacology.parameter_sets import default_set
from openldn.pharmacology.reference_problem import REFERENCE_PROBLEM
from openldn.pharmacology.validation import Compared, compared, mouse_patterns


def write_kernels() -> None:
    """Write the compiled models out anew."""
    kernel.write([LDN_MODEL, REFERENCE_PROBLEM])


def simulator_page() -> Iterator[str]:
    """The whole page; it takes some seconds, because everything is simulated anew."""
    yield from page_head(
        "The simulator",
        "Written by `openldn simulate report`. It explains and never decides: nothing that screens, plans,"
        " dispenses or reviews reads it. [How to use it](../how-to/simulate.md).",
        "",
    )
    yield from _validation(compared())
    yield from _accounts()
    yield from _mice()
    yield from _parameters()
    yield from _model()


def _validation(rows: tuple[Compared, ...]) -> Iterator[str]:
    said = [row for row in rows if row.said is not None]
    conflicts = [row for row in said if row.is_conflict]
    yield from (
        "## Published values beside what the model says",
        "",
        f"{len(rows)} published values; the model says something of {len(said)}. {len(conflicts)} differ more"
        " than twofold and stand in bold: they are conflicts between studies, or the model is wrong there."
        " *fit* was fitted to, *validate* was not.",
        "",
    )
    headings = ("study", "what", "seen", "model", "off", "use", "how it was seen")
    shown = [
        (r.study, r.what, f"{r.seen} {r.unit}", f"{r.said:.3g}", _off(r), r.use or "-", r.level) for r in said
    ]
    yield from table(headings, shown)
    yield from ("", "Of these it says nothing:", "")
    silent = [(r.study, r.what, f"{r.seen} {r.unit}", r.why_not) for r in rows if r.said is None]
    yield from table(("study", "what", "seen", "why not"), silent)
    yield ""


def _off(row: Compared) -> str:
    if row.off is None:
        return "-"
    text = f"{100 * row.off:+.0f} %"
    return f"**{text}**" if row.is_conflict else text


def _accounts() -> Iterator[str]:
    yield from (
        "## The guide's accounts, and what overturns them",
        "",
        "The constants of the fast site were chosen so that these hold: that is no evidence for them.",
        "",
    )
    rows = []
    for answer in map(asked, ACCOUNTS):
        alone = [
            f"{o.parameter} = {o.value:g} ({o.basis}): {o.clause.measured} {o.measure:.3g}"
            for o in answer.overturned_by
        ]
        pairs = [
            f"{a.parameter} = {a.value:g} with {b.parameter} = {b.value:g}:"
            f" {a.clause.measured} {a.measure:.3g}"
            for a, b in answer.by_two
        ]
        measured = zip(answer.account.clauses, answer.measures, strict=True)
        rival = [n for n, measures in answer.by_variant.items() if not answer.of(measures)]
        rows.append(
            (
                f"{answer.account.says} ({', '.join(answer.account.claims)})",
                "; ".join(
                    f"{c.measured}: {m:.3g} (more than {c.holds_above:g} is asked)" for c, m in measured
                ),
                "; ".join(alone or pairs) or "neither end of any range, and no two ends",
                ", ".join(rival) or "none",
                answer.account.caveat,
            )
        )
    headings = (
        "account", "at the default set", "overturned by", "rival hypotheses that overturn it", "to be known",
    )  # fmt: skip
    yield from table(headings, rows)
    yield ""


def _mice() -> Iterator[str]:
    yield from (
        "## The order in mice",
        "",
        "Zagon gave mice with neuroblastoma naltrexone in several patterns. The model is given the same"
        " patterns, with the kinetics of people and doses in proportion (4.5 mg for 0.1 mg/kg), and nothing"
        " was fitted. Only the order can be compared, and signalling is a *hypothesis*: no effect on a tumour"
        " is simulated, and none in people follows.",
        "",
    )
    headings = ("study", "mice", "model", "morphine blocked", "tumours", "latency", "survival", "signalling")
    rows = [
        (
            f"{p.study} ({p.citation})",
            p.mouse,
            p.modelled,
            p.block,
            f"{p.incidence:g} %",
            p.latency,
            p.survival,
            f"{p.signalling:+.2f}",
        )
        for p in mouse_patterns()
    ]
    yield from table(headings, rows)
    yield ""


def _parameters() -> Iterator[str]:
    chosen = default_set()
    yield from ("## Parameters", "", f"Set `{chosen.name}`, from `{chosen.source}`.", "")
    rows = [
        (
            f"`{name}`",
            p.value,
            p.unit,
            f"{p.low} to {p.high}" if p.low is not None else "",
            str(p.basis),
            f"{p.cv} %" if p.cv else "",
            p.because,
        )
        for name, p in chosen.parameters.items()
    ]
    yield from table(("parameter", "value", "unit", "range", "basis", "between people", "why"), rows)
    yield from (
        "",
        "Outputs count as compared only for doses within these (mg); outside they are extrapolated:",
        "",
    )
    domains = [
        (
            f"`{d.output}`",
            f"{d.least} to {d.most}",
            str(d.often),
            d.hours or "-",
            d.because,
        )
        for d in chosen.domains
    ]
    yield from table(("output", "mg", "doses", "hours after the last", "why"), domains)
    yield from ("", "Rival hypotheses are values of parameters:", "")
    rivals = [
        (f"`{name}`", v.title, ", ".join(f"{k} = {x}" for k, x in v.values.items()) or "the set", v.because)
        for name, v in chosen.variants.items()
    ]
    yield from table(("hypothesis", "what", "values", "why"), rivals)
    yield ""


def _model() -> Iterator[str]:
    yield from (
        "## The model",
        "",
        "Time in hours, amounts in micrograms of the base, concentrations in ng/mL.",
    )
    yield from ("", "```text")
    yield from (f"{name}' = {text}" for name, text in LDN_MODEL.linear.items())
    yield from (f"{name} = {text}" for name, text in LDN_MODEL.algebra.items())
    for name, turnover in LDN_MODEL.turnover.items():
        yield f"{name}' = ({turnover.rate}) * (({turnover.drive}) - {name})"
    yield from ("```", "")
    rows = [
        (f"`{name}`", o.title, o.unit, str(o.standing), f"`{o.expression}`")
        for name, o in LDN_MODEL.outputs.items()
    ]
    yield from table(("output", "what", "unit", "how far it is trusted", "made of"), rows)
