"""Effects and pooling beside what R's metafor makes of the same studies (metafor/make_expected.R)."""

from __future__ import annotations

import json
from math import exp, inf
from pathlib import Path
from typing import Any

import pytest

from openldn.evidence.effects import Effect, clopper_pearson, newcombe, of_counts, of_means, wilson
from openldn.evidence.pooling import pool
from openldn.knowledge.study_schema import Count, Summary

HERE = Path(__file__).parent / "metafor"
SETS = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(HERE.glob("*.json"))}
SINGLE = SETS.pop("single")
CLOSE = 1e-6


def same(expected: Any) -> Any:
    return pytest.approx(expected, rel=CLOSE, abs=CLOSE)


def effects_in(name: str, measure: str) -> list[tuple[float, float]]:
    found = SETS[name]["effects"][measure]
    return list(zip(found["yi"], found["vi"], strict=True))


POOLED = [(name, measure) for name, content in SETS.items() for measure in content["pooled"]]


def test_there_are_ten_published_data_sets_and_two_of_ours() -> None:
    ours = [name for name in SETS if name.startswith("ours-")]
    assert len(ours) == 2
    assert len(SETS) - len(ours) >= 10


@pytest.mark.parametrize(("name", "measure"), POOLED)
def test_pooling(name: str, measure: str) -> None:
    expected = SETS[name]["pooled"][measure]["PM"]
    effects = effects_in(name, measure)
    for least, test in ((0.0, "knha"), (1.0, "adhoc")):
        found, there = pool(effects, least_factor=least), expected[test]
        assert found.k == expected["k"]
        assert found.value == same(expected["beta"])
        assert found.tau2 == same(expected["tau2"])
        assert 100 * found.i2 == same(expected["I2"])
        assert (found.q, found.q_p) == same((expected["QE"], expected["QEp"]))
        assert found.se == same(there["se"])
        assert (found.low, found.high) == same((there["ci.lb"], there["ci.ub"]))
        assert found.p == same(there["pval"])
        assert found.prediction == same((there["pi.lb"], there["pi.ub"]))


@pytest.mark.parametrize(("name", "measure"), POOLED)
def test_one_common_effect(name: str, measure: str) -> None:
    expected = SETS[name]["pooled"][measure]["EE"]
    there = (expected["beta"], expected["z"]["ci.lb"], expected["z"]["ci.ub"])
    assert pool(effects_in(name, measure)).common == same(there)


@pytest.mark.parametrize(("name", "measure"), POOLED)
def test_leaving_one_out(name: str, measure: str) -> None:
    expected = SETS[name]["pooled"][measure]["PM"].get("leave1out")
    found = pool(effects_in(name, measure), least_factor=0.0).without
    if expected is None:
        assert found == ()
        return
    there = list(zip(expected["estimate"], expected["ci.lb"], expected["ci.ub"], strict=True))
    assert [x for row in found for x in row] == same([x for row in there for x in row])


@pytest.mark.parametrize(("name", "measure"), POOLED)
def test_small_studies(name: str, measure: str) -> None:
    found = pool(effects_in(name, measure)).small_studies
    if len(effects_in(name, measure)) < 10:
        assert found is None, "with few trials nothing can be told"
        return
    expected = SETS[name]["regtest"][measure]
    assert found is not None
    assert (found.slope, found.t, found.p) == same((expected["slope"], expected["zval"], expected["pval"]))


def tables_of(row: dict[str, Any]) -> tuple[Count, Count]:
    return Count(events=row["ai"], of=row["n1i"]), Count(events=row["ci"], of=row["n2i"])


def by_measure(effects: tuple[Effect, ...]) -> dict[str, Effect]:
    return {e.measure: e for e in effects}


@pytest.mark.parametrize("name", [n for n, content in SETS.items() if content["kind"] == "counts"])
def test_effects_of_counts(name: str) -> None:
    rows = SETS[name]["studies"]
    found = [by_measure(of_counts(*tables_of(r))) for r in rows]
    # Nobody or everybody had it: metafor takes ratios of the halves it adds, ours says nothing of ratios.
    empty = {n for n, r in enumerate(rows) if r["ai"] + r["ci"] in (0, r["n1i"] + r["n2i"])}
    assert all(set(found[n]) == {"RD"} for n in empty)
    for measure in ("RR", "OR", "RD"):
        expected = SETS[name]["effects"][measure]
        whole = [n for n in range(len(rows)) if n not in empty]
        if measure == "RD":  # metafor adds a half there too; ours stays the plain difference
            whole = [
                n
                for n, r in enumerate(rows)
                if 0 not in (r["ai"], r["ci"], r["n1i"] - r["ai"], r["n2i"] - r["ci"])
            ]
        assert whole
        assert [found[n][measure].yi for n in whole] == same([expected["yi"][n] for n in whole])
        assert [found[n][measure].vi for n in whole] == same([expected["vi"][n] for n in whole])


@pytest.mark.parametrize("name", [n for n, content in SETS.items() if content["kind"] == "means"])
def test_effects_of_means(name: str) -> None:
    found = [
        by_measure(
            of_means(
                Summary(mean=r["m1i"], sd=r["sd1i"], n=r["n1i"]),
                Summary(mean=r["m2i"], sd=r["sd2i"], n=r["n2i"]),
            )
        )
        for r in SETS[name]["studies"]
    ]
    for measure in ("MD", "SMD"):
        expected = SETS[name]["effects"][measure]
        assert [e[measure].yi for e in found] == same(expected["yi"])
        assert [e[measure].vi for e in found] == same(expected["vi"])


@pytest.mark.parametrize(
    "table", SINGLE["tables"], ids=lambda t: f"{t['ai']}of{t['n1i']}-{t['ci']}of{t['n2i']}"
)
def test_intervals_of_one_table(table: dict[str, Any]) -> None:
    one, other = tables_of(table)
    for count, arm in zip((one, other), table["arms"], strict=True):
        assert wilson(count) == same(tuple(arm["wilson"]))
        assert clopper_pearson(count) == same(tuple(arm["clopper_pearson"]))
    expected = table["newcombe_rd"]
    assert newcombe(one, other) == same((expected["lower"], expected["upper"]))
    found = by_measure(of_counts(one, other))
    exact = {k: inf if v == "Inf" else v for k, v in table["conditional_or"].items()}
    if exact["estimate"] is None:
        assert set(found) == {"RD"}
        return
    odds = found["OR"]
    assert (odds.value, odds.low, odds.high) == same((exact["estimate"], exact["lower"], exact["upper"]))
    assert found["OR"].p == same(table["fisher"]["pval"])
    yi, vi = (table["effects"]["RR"][key] for key in ("yi", "vi"))
    ratio = found["RR"]
    assert (ratio.value, ratio.yi, ratio.vi) == same((exp(yi), yi, vi))
