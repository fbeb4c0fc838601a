"""Slips of every class, injected from outside text, and what caught each.

`python tests/slips/slips.py --page` writes docs/safety/slips.md. The classes stand in classes.yaml; they were
written down before the checks.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Final

from workbench import DAY, GRAMS, KNOWN, Done, Slip, made, scenario

from openldn.cli.batch_inputs import readings_of
from openldn.cli.tables import csv_rows
from openldn.dispensing.capsule_batches import CapsuleBatch
from openldn.dispensing.hand_over import Counter as AtCounter
from openldn.dispensing.hand_over import hand_over
from openldn.dispensing.making import Making
from openldn.dispensing.orders import FIELDS, checked_order
from openldn.dispensing.readings import Reading, judge
from openldn.knowledge.strict_yaml import read_yaml
from openldn.plan.saved import plan_of
from openldn.plan.steps import Plan
from openldn.record.interview import Said

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PAGE: Final = ROOT / "docs" / "safety" / "slips.md"
EACH: Final = 120
"""Slips of each class and channel."""
CLASSES: Final = read_yaml((HERE / "classes.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Found:
    """A slip that was injected, and what became of it."""

    kind: str
    channel: str
    what: str
    factor: Fraction
    """How many times the intended dose the patient would have taken, had nobody noticed."""
    caught_by: tuple[str, ...]

    @property
    def is_large(self) -> bool:
        """Whether it is of a factor of two or more, either way."""
        return self.factor >= 2 or self.factor <= Fraction(1, 2)


_Drawn = tuple[str, Fraction, tuple[str, ...]] | None
"""What it is, its factor, what caught it; None: this batch has no place for it."""


def _through_a_file(readings: tuple[Reading, ...], folder: Path) -> tuple[Reading, ...]:
    """The readings as a table on a disk, read as a command reads them."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("entry", "read", "by"))
    writer.writerows((r.key, r.text, r.by) for r in readings)
    path = folder / "readings.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return readings_of(path)


def _judged(of: Making, readings: tuple[Reading, ...], folder: Path) -> tuple[str, ...]:
    found = judge(of.sheet, _through_a_file(readings, folder), KNOWN, as_of=DAY)
    rules = [f"{j.rule.id} ({j.entry.key})" for j in found.failed if j.rule]
    return tuple(rules) + tuple(f"not asked for ({r.key})" for r in found.strays)


# --- at the bench ------------------------------------------------------------------------------------


def _acted(slip: Slip, what: str, of: Making, random: Random, folder: Path) -> _Drawn:
    done = made(of, slip, random)
    return what, done.factor, _judged(of, done.typed(), folder)


def _transfers(of: Making) -> int:
    plan = of.preparation.plan if of.preparation else None
    return len(plan.transfers) if plan else 0


def _mixtures(of: Making) -> int:
    return len(of.batch.mixtures) if isinstance(of.batch, CapsuleBatch) else 0


def acted(kind: str, of: Making, random: Random, folder: Path) -> _Drawn:
    """A slip at the bench, that both people read as it is."""
    tablets = not isinstance(of.batch, CapsuleBatch) and of.preparation is None
    steps, mixtures = _transfers(of), _mixtures(of)
    choices: list[tuple[Slip, str]] = []
    if kind == "unit":
        choices += [(Slip("weighed", times=Fraction(1000)), "grams weighed for milligrams")] * (not tablets)
        choices.append((Slip("label unit", times=Fraction(1000)), "a thousandfold unit on the label"))
    elif kind == "decimal place":
        choices.append((Slip("weighed", times=Fraction(10)), "ten times the drug weighed or counted"))
        choices += [(Slip("weighed", times=Fraction(1, 10)), "a tenth of the drug weighed")] * (not tablets)
        for n in range(1, steps + 1):
            choices.append((Slip("another pipette", n, Fraction(10)), "ten times the pipette"))
            choices.append((Slip("another volume", n, Fraction(10)), "ten times the flask"))
        choices += [(Slip("another pipette", 1, Fraction(10)), "ten times of the triturate")] * bool(mixtures)
    elif kind == "salt and water":
        if tablets:
            return None
        choices += [(Slip("another salt", word=w), f"{w} for anhydrous") for w in GRAMS if w != "anhydrous"]
        choices.append((Slip("not corrected"), "weighed without the lot's correction"))
        choices.append((Slip("another certificate", word="98.5/14.1"), "the pot of another certificate"))
    elif kind == "skipped step":
        choices += [(Slip("skipped", n), f"step {n} left out") for n in range(1, steps + mixtures + 1)]
        choices += [(Slip("no drug"), "the drug forgotten in the blend")] * isinstance(of.batch, CapsuleBatch)
    elif kind == "repeated step":
        choices.append((Slip("weighed twice"), "the drug weighed or counted in twice"))
        for n in range(1, steps + 1):
            choices.append((Slip("pipetted twice", n), "the pipette taken twice"))
            choices.append((Slip("diluted twice", n), "diluted once more in a flask without a label"))
        choices += [(Slip("pipetted twice", 1), "the triturate taken twice")] * bool(mixtures)
    elif kind == "swapped products":
        choices += [(Slip("powder for tablets"), "powder put into the recipe for tablets")] * tablets
        if not tablets:
            choices.append((Slip("another pot", word="Z999"), "the pot of another drug"))
        for n in range(2, steps + 2):
            choices.append((Slip("another flask", n), "taken from the flask before"))
        for n in range(1, steps + 1):
            choices.append((Slip("another pipette", n, Fraction(5, 2)), "another pipette"))
            choices.append((Slip("another volume", n, Fraction(1, 2)), "another flask"))
    elif kind == "yield":
        for times in (Fraction(1, 2), Fraction(2), Fraction(5, 4), Fraction(9, 10)):
            choices.append((Slip("yield", times=times), "made up to another volume or number"))
    elif kind == "per mL or per bottle":
        choices.append((Slip("label swapped"), "per mL and per bottle changed round on the label"))
    if not choices:
        return None
    slip, what = random.choice(choices)
    return _acted(slip, what, of, random, folder)


# --- one of the two types it wrong -------------------------------------------------------------------


_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(.*)", re.DOTALL)


def typed(kind: str, of: Making, random: Random, folder: Path) -> _Drawn:
    """A slip of one of the two: the other reads what is there."""
    done = made(of, Slip(), random)
    found = _mistyped(kind, done, random)
    if found is None:
        return None
    key, text, factor, what = found
    if text == done.texts[key]:
        return None
    return what, factor, _judged(of, done.typed({key: text}), folder)


def _mistyped(kind: str, done: Done, random: Random) -> tuple[str, str, Fraction, str] | None:
    def pick(accept: Callable[[str, str], bool]) -> tuple[str, str]:
        keys = [(k, t) for k, t in done.texts.items() if accept(k, t)]
        return random.choice(keys) if keys else ("", "")

    def is_amount(_key: str, text: str) -> bool:
        return text.endswith((" mg", " mL", " g", "micrograms", "microgram"))

    if kind == "unit":
        key, text = pick(lambda k, t: " mg" in t or "microgram" in t)
        swapped = re.sub(r"micrograms?$", "mg", text) if "microgram" in text else text.replace(" mg", " g")
        return (key, swapped, Fraction(1000), "a unit") if key else None
    if kind == "decimal place":
        key, text = pick(is_amount)
        number, rest = _NUMBER.fullmatch(text).groups()  # type: ignore[union-attr]
        return key, f"{_plain(Fraction(number) * 10)}{rest}", Fraction(10), "a decimal place"
    if kind == "per mL or per bottle":
        one, all_of_it = done.texts["label.one"], done.texts["label.all"]
        key, text = random.choice([("label.one", all_of_it), ("label.all", one)])
        return key, text, Fraction(2), "the other figure of the label"
    if kind == "salt and water":
        key, text = pick(lambda k, _: k in ("drug.substance", "drug.assay", "drug.water"))
        if not key:
            return None
        other = "dihydrate" if key == "drug.substance" else _plain(Fraction(text) + Fraction(3))
        return key, other, Fraction("1.09"), "a certificate of another lot"
    if kind == "swapped products":
        key, text = pick(lambda k, _: k.endswith((".pot", ".from", ".into")))
        return (key, f"{text[:-1]}{(int(text[-1]) + 1) % 10}", Fraction(2), "another code") if key else None
    if kind == "yield":
        key, text = pick(lambda k, _: k in ("made", "capsules", "flasks", "pots"))
        number, rest = _NUMBER.fullmatch(text).groups()  # type: ignore[union-attr]
        return key, f"{_plain(Fraction(number) * 2)}{rest}", Fraction(2), "twice the number"
    key, text = pick(is_amount)
    number, rest = _NUMBER.fullmatch(text).groups()  # type: ignore[union-attr]
    slips = [number[:-1], number[1:], number[1:2] + number[:1] + number[2:], _other_line(done, key, random)]
    wrong = random.choice([s for s in slips if s and s.strip(".")] or ["7"])
    as_read = wrong if " " in wrong else f"{wrong}{rest}"
    value = _NUMBER.fullmatch(as_read)
    ratio = Fraction(value[1].rstrip(".") or 0) / Fraction(number) if value else Fraction(1)
    return key, as_read, ratio or Fraction(1, 1000), "digits, or another line"


def _other_line(done: Done, key: str, random: Random) -> str:
    return random.choice([t for k, t in done.texts.items() if k != key and t[0].isdigit()])


def _plain(value: Fraction) -> str:
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


# --- it stands wrong in the order --------------------------------------------------------------------


def order(random: Random) -> dict[str, str]:
    """A right order, as a CSV row has it."""
    number, kind = f"O-{random.randrange(100, 999)}", random.random()
    days = random.choice([14, 28, 42])
    if kind < 0.4:
        amount = days * 2 + random.choice([0, 2, 4])
        holds, figures = f"{amount} micrograms", ("1 microgram", "1 mL", "2")
        cells = ("uldn-liquid", "anhydrous", "1 microgram per mL", f"{amount} mL", holds, *figures)
    elif kind < 0.7:
        dose = random.choice(["0.5", "1", "1.5", "3", "4.5"])
        holds, figures = f"{_plain(Fraction(dose) * days)} mg", (f"{dose} mg", "1 capsule", "1")
        strength = f"{dose} mg per capsule"
        cells = ("capsule-gelatin", "anhydrous", strength, f"{days} capsules", holds, *figures)
    else:
        dose = random.choice(["0.5", "1", "1.5", "2", "3", "4.5"])
        amount = -int(-Fraction(dose) * days // 1)
        figures = (f"{dose} mg", f"{dose} mL", "1")
        cells = ("liquid-nz-powder", "anhydrous", "1 mg per mL", f"{amount} mL", f"{amount} mg", *figures)
    return dict(zip(FIELDS, (number, *cells, str(days)), strict=True))


def ordered(kind: str, random: Random) -> _Drawn:
    """A slip in one figure of an order."""
    row = order(random)
    found = _misordered(kind, row, random)
    if found is None:
        return None
    changed, factor, what = found
    if changed == row:
        return None
    return what, factor, _through_orders(changed)


def _through_orders(row: dict[str, str]) -> tuple[str, ...]:
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerow(row)
    ((_, read),) = csv_rows(text.getvalue().encode(), FIELDS, needed=FIELDS)
    return tuple(f"{p.rule.id} ({p.field})" for p in checked_order(read, KNOWN, as_of=DAY).problems)


def _misordered(
    kind: str, row: dict[str, str], random: Random
) -> tuple[dict[str, str], Fraction, str] | None:
    if kind == "unit":
        field = random.choice(["strength", "holds", "dose"])
        text = row[field]
        swapped = (
            re.sub(r"micrograms?", "mg", text) if "microgram" in text else text.replace("mg", "micrograms", 1)
        )
        return (
            {**row, field: swapped},
            Fraction(1000) if "microgram" in text else Fraction(1, 1000),
            f"{field}: a unit",
        )
    if kind == "decimal place":
        field = random.choice(["strength", "amount", "holds", "dose", "taken", "times", "days"])
        times = random.choice([Fraction(10), Fraction(1, 10)])
        number, rest = _NUMBER.fullmatch(row[field]).groups()  # type: ignore[union-attr]
        return {**row, field: f"{_plain(Fraction(number) * times)}{rest}"}, times, f"{field}: a decimal place"
    if kind == "per mL or per bottle":
        per = "capsule" if "capsule" in row["amount"] else "mL"
        one = row["strength"].split(" per ")[0]
        wrong = random.choice([{"strength": f"{row['holds']} per {per}"}, {"holds": one}])
        number = Fraction(_NUMBER.fullmatch(row["holds"])[1]) / Fraction(_NUMBER.fullmatch(one)[1])  # type: ignore[index]
        return {**row, **wrong}, number if "strength" in wrong else 1 / number, "per mL and per bottle"
    if kind == "salt and water":
        word = random.choice(["base", "dihydrate", "tetrahydrate", ""])
        factor = Fraction(GRAMS["anhydrous"]) / Fraction(GRAMS[word]) if word else Fraction(1)
        return {**row, "substance": word}, factor, f"substance: {word or 'left out'}"
    if kind == "handed out":
        other = random.choice(
            [p for p in ("uldn-liquid", "liquid-nz-powder", "capsule-gelatin") if p != row["product"]]
        )
        return {**row, "product": other}, Fraction(1000), "another product"
    return None


# --- at the counter ----------------------------------------------------------------------------------


_SAVED: Final = ROOT / "docs" / "how-to" / "review-plan.json"


def handed_out(random: Random, plan: Plan, of: Making, folder: Path) -> _Drawn:
    """Something else goes over the counter."""
    done = made(of, Slip(), random)
    judged = judge(of.sheet, _through_a_file(done.typed(), folder), KNOWN, as_of=DAY)
    compounded = of.compounded(judged)
    batch = plan.batches[0]
    on = max(compounded.made, batch.made)
    right = AtCounter(on, (Said.NO,) * 3, (), plan.id, compounded.number, batch.used, plan.starts)
    slips = [
        ("another patient's plan", Fraction(1000), replace(right, plan_scanned="X-1")),
        ("another batch", Fraction(1000), replace(right, batch_scanned="B-99X")),
        ("ten times as much", Fraction(10), replace(right, amount=batch.dispensed * 10)),
        ("an opioid was taken", Fraction(1000), replace(right, answers=(Said.YES,))),
    ]
    if compounded.one != batch.item.strength or compounded.pieces != batch.item.pieces:
        ratio = Fraction(compounded.one.base, batch.item.strength.base)
        slips = [("another product or strength", ratio, right)]
    what, factor, at = random.choice(slips)
    found = hand_over(plan, batch.item, compounded, at, KNOWN)
    return what, factor, tuple(c.rule.id for c in found.checks if not c.passed)


# --- all ---------------------------------------------------------------------------------------------


def injected(folder: Path, *, each: int = EACH, seed: int = 8) -> Iterator[Found]:
    """Slips of every class by every channel, so many of each."""
    import json

    plan = plan_of(json.loads(_SAVED.read_text(encoding="utf-8")), KNOWN)
    for row in CLASSES:
        kind = row["class"]
        for channel in row["channels"]:
            random = Random(f"{seed} {kind} {channel}")
            count = 0
            while count < each:
                drawn = _drawn(kind, channel, random, plan, folder)
                if drawn is None:
                    continue
                count += 1
                yield Found(kind, channel, *drawn)


def _drawn(kind: str, channel: str, random: Random, plan: Plan, folder: Path) -> _Drawn:
    if channel == "ordered":
        return ordered(kind, random)
    of = scenario(random)
    if kind == "handed out":
        return handed_out(random, plan, of, folder)
    return acted(kind, of, random, folder) if channel == "acted" else typed(kind, of, random, folder)


def page(found: list[Found]) -> str:
    """The detection table."""
    lines = [
        "# Slips at the bench, in orders and at the counter",
        "",
        "Written by `python tests/slips/slips.py --page`, checked by `tests/slips/test_slips.py`. The",
        "classes were written down before the checks (`tests/slips/classes.yaml`). Each slip comes from",
        "outside text: an order (CSV), or the readings that two people typed (CSV), as a bench that is",
        "simulated apart makes them. Factor: how many times the intended dose would have been taken.",
        "",
        "| Class | Channel | Slips | Of factor 2 or more | Caught of these | Smaller | Caught of these |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in CLASSES:
        for channel in row["channels"]:
            of = [f for f in found if (f.kind, f.channel) == (row["class"], channel)]
            large, small = [f for f in of if f.is_large], [f for f in of if not f.is_large]
            cells = (row["class"], channel, len(of), len(large), sum(bool(f.caught_by) for f in large),
                     len(small), sum(bool(f.caught_by) for f in small))  # fmt: skip
            lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "## What caught them", "", "| Rule | Slips |", "|---|---|"]
    rules = Counter(rule.split(" (")[0] for f in found for rule in set(_rules(f)))
    lines += [f"| {rule} | {count} |" for rule, count in sorted(rules.items(), key=lambda r: (-r[1], r[0]))]
    lines += ["", "## What was not caught", "", "| Class | What | Factor | Slips |", "|---|---|---|---|"]
    missed: dict[tuple[str, str], list[Fraction]] = {}
    for f in found:
        if not f.caught_by:
            missed.setdefault((f.kind, f.what), []).append(f.factor)
    for (kind, what), factors in sorted(missed.items()):
        span = f"{float(min(factors)):.3f} to {float(max(factors)):.3f}"
        lines.append(f"| {kind} | {what} | {span} | {len(factors)} |")
    if not missed:
        lines.append("| none | | | |")
    lines += [
        "",
        "Not among them, because no check here can see it: two people who both type what the sheet asks",
        "for without looking; a pot or flask that bears the wrong label from the beginning; a drug that is",
        "not what its certificate says; poor mixing. For these there is only an assay. And an order whose",
        "figures are all wrong in the same way: only the signed plan tells.",
        "",
    ]
    return "\n".join(lines)


def _rules(found: Found) -> Iterator[str]:
    yield from (rule.split(" (")[0] for rule in found.caught_by)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        everything = list(injected(Path(name)))
    text = page(everything)
    if "--page" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    print(text)
