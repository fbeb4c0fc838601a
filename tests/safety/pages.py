"""The pages of docs/safety: the hazard log, the intended use, and what noticed each control's absence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import ndiff
from html import escape
from typing import Final

from cases import ACCEPTED_ALONE, Control, Hazard, IntendedUse, Likelihood, Log, Mutation, Severity

_UNSIGNED: Final = "**Ours and unreviewed: a Clinical Safety Officer has to sign.**"


@dataclass(frozen=True, slots=True)
class Proof:
    """A control, and the test that noticed that it was gone."""

    control: Control
    noticed_by: str


def hazards_page(log: Log) -> str:
    """The hazard log, each control with its tests and what takes it away."""
    return "\n".join([*_head(log), *(line for h in log.hazards for line in _hazard(h, log))])


def _head(log: Log) -> Iterator[str]:
    controls, still = list(log.controls), [h for h in log.hazards if h.open]
    yield "# Hazard log\n"
    yield "Made from `docs/safety/hazards.yaml` by `python tests/safety/prove.py --page`; do not edit.\n"
    yield (
        f"{len(log.hazards)} hazards, {len(controls)} controls; {len(still)} hazards still miss something. "
        "`make prove` takes each control away in turn and asks its tests whether they notice: "
        "[the answers](proof.md). What the program is for: [intended use](intended-use.md).\n"
    )
    yield f"{_UNSIGNED if log.reviewed is None else f'Reviewed: {log.reviewed}.'} Scales: {log.seen}.\n"
    yield "## Hazards\n"
    yield "| | hazard | severity | likelihood | risk before | risk now | controls |"
    yield "| --- | --- | --- | --- | :-: | :-: | --: |"
    for hazard in log.hazards:
        before, after = hazard.likelihood.before, hazard.likelihood.after
        change = f"{before} to {after}" if after else before
        yield (
            f"| [{hazard.id}](#{hazard.id.lower()}) | {hazard.hazard} | {hazard.severity} | {change} "
            f"| {log.risk(hazard, before)} | {log.risk(hazard, after) if after else 'not built'} "
            f"| {len(hazard.controls)} |"
        )
    yield "\n## Risk\n"
    yield f"| likelihood | {' | '.join(Severity)} |"
    yield f"| --- |{' :-: |' * len(Severity)}"
    for likelihood in reversed(Likelihood):
        row = log.matrix[likelihood]
        yield f"| {likelihood} | {' | '.join(str(row[s]) for s in Severity)} |"
    yield ""
    for risk, words in sorted(log.acceptance.items(), reverse=True):
        signed = "; needs a named sign-off" if risk > ACCEPTED_ALONE else ""
        yield f"- {risk}: {words}{signed}"
    yield ""


def _hazard(hazard: Hazard, log: Log) -> Iterator[str]:
    before, after = hazard.likelihood.before, hazard.likelihood.after
    now = f"risk now {log.risk(hazard, after)} ({after})" if after else "no control built yet"
    yield f'## <a id="{hazard.id.lower()}"></a>{hazard.id} {hazard.hazard}\n'
    yield f"- Cause: {hazard.cause}"
    yield f"- Effect: {hazard.effect}"
    alone = f"risk without controls {log.risk(hazard, before)} ({before})"
    yield f"- {str(hazard.severity).capitalize()}; {alone}, {now}"
    if hazard.sign_off:
        yield f"- Accepted by {hazard.sign_off}"
    if hazard.open:
        yield f"- **Open**: {hazard.open}"
    yield ""
    for control in hazard.controls:
        yield f'### <a id="{control.id.lower()}"></a>{control.id} {control.what}\n'
        yield "Tests:\n"
        yield from (f"- `{test}`" for test in control.tests)
        loaded = " (refused when the knowledge is loaded)" if control.refused_at_load else ""
        yield f"\nTaken away in `{control.mutation.file}`{loaded}:\n"
        yield "```diff"
        yield from _diff(control.mutation)
        yield "```\n"


def _diff(mutation: Mutation) -> Iterator[str]:
    old, new = mutation.replace.strip("\n").splitlines(), mutation.by.strip("\n").splitlines()
    return (line.rstrip() for line in ndiff(old, new) if not line.startswith("? "))


def proof_page(proofs: Sequence[Proof]) -> str:
    """Each control, what was changed, and the test that noticed."""
    lines = [
        "# Proof of the controls\n",
        "Written by `make prove`: every control of the [hazard log](hazards.md) was taken away in turn, "
        "and of the tests it names this one failed first. With nothing changed all of them pass.\n",
        "| control | what was changed | test that noticed |",
        "| --- | --- | --- |",
        *(proof_row(proof) for proof in proofs),
    ]
    return "\n".join([*lines, ""])


def proof_row(proof: Proof) -> str:
    """One row of the proof."""
    return f"{proof_of(proof.control)} {_cell(proof.noticed_by)} |"


def proof_of(control: Control) -> str:
    """What a row says before the test: it goes stale when the control or its change is another one."""
    mutation = control.mutation
    new = _code(mutation.by) if mutation.by.strip() else "nothing"
    change = f"{mutation.file.removeprefix('src/openldn/')}: {_code(mutation.replace)} became {new}"
    return f"| [{control.id}](hazards.md#{control.id.lower()}) | {change} |"


def _code(text: str) -> str:
    return _cell(" ".join(text.split()))


def _cell(text: str) -> str:
    """Text as code in a table: nothing in it is markup."""
    inert = escape(text, quote=False).replace("|", "&#124;").replace("[", "&#91;").replace("]", "&#93;")
    return f"<code>{inert}</code>"


def intended_use_page(uses: IntendedUse) -> str:
    """What each package is for, for whom, and what it is not for."""
    signed = _UNSIGNED if uses.signed is None else f"Signed: {uses.signed}."
    lines = [
        "# Intended use\n",
        "Made from `docs/safety/intended-use.yaml` by `python tests/safety/prove.py --page`; do not edit.\n",
        f"{uses.whole}\n",
        f"{signed} Classes of IEC 62304 are a proposal.\n",
    ]
    for package, use in uses.packages.items():
        lines += [
            f"## {package}\n",
            f"- For: {use.what_for}",
            f"- Used by: {use.used_by}",
            f"- Not for: {use.not_for}",
            f"- IEC 62304 class {use.software_class}, proposed: {use.class_because}",
            f"- Regulation: {use.regulatory}. Source: {use.source}\n",
        ]
    return "\n".join(lines)
