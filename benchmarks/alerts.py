"""How often does a screening interrupt, and which rules do it? Counted over the 59 public records.

.venv/bin/python benchmarks/alerts.py [--write]   (writes docs/reference/alerts.md)
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from openldn.fhir.read import read_records
from openldn.knowledge.load import load_knowledge
from openldn.knowledge.schema import Therapy
from openldn.screening.screen import screen
from openldn.screening.verdict import Verdict

ROOT: Final = Path(__file__).resolve().parents[1]
CASES: Final = ROOT.parent / "shared" / "cases" / "fhir"
PAGE: Final = ROOT / "docs" / "reference" / "alerts.md"
TIERS: Final = ("interrupt", "list", "report")


def verdicts() -> Iterator[Verdict]:
    """The verdict of every public record for LDN, on its own day, without an interview."""
    knowledge = load_knowledge()
    with (CASES / "labels.csv").open(encoding="utf-8") as rows:
        for label in csv.DictReader(rows):
            for record in read_records((CASES / label["file"]).read_bytes(), knowledge.vocabulary):
                day = date.fromisoformat(label["as_of"])
                yield screen(record, Therapy.LDN, knowledge, as_of=day).verdict


def page() -> str:
    """The counts as a page of the docs."""
    found = list(verdicts())
    reasons = [r for v in found for r in (*v.reasons, *v.notes)]
    by_tier = {tier: Counter(r.rule.id for r in reasons if r.severity.tier == tier) for tier in TIERS}
    per_100 = {tier: 100 * counts.total() / len(found) for tier, counts in by_tier.items()}
    once = sum(any(r.severity.tier == "interrupt" for r in v.reasons) for v in found)
    others = sum(
        any(r.severity.tier == "interrupt" and not _is_about_opioids(r.rule.id) for r in v.reasons)
        for v in found
    )
    words = Counter(v.word for v in found).most_common()
    lines = [
        "# Alerts",
        "",
        "Written by `benchmarks/alerts.py --write` over the public records of `shared/cases/fhir`, for LDN",
        "and without an interview. They were gathered for their opioids: half of them hold one. So the",
        "counts say which rules speak, and not how often they would in a clinic.",
        "",
        f"{len(found)} records: {', '.join(f'{n} {word}' for word, n in words)}.",
        f"Interrupting reasons for 100 records: {per_100['interrupt']:.0f} ({once} of {len(found)} records"
        f" have one; {others} have one that is not about opioids or the drug list)."
        f" In the list: {per_100['list']:.0f}. In the report only: {per_100['report']:.0f}.",
        "",
    ]
    for tier in TIERS:
        lines += [f"## {tier.capitalize()}", "", "| rule | for 100 records |", "| --- | ---: |"]
        lines += [
            f"| [{rule}]({rule}.md) | {100 * n / len(found):.0f} |"
            for rule, n in sorted(by_tier[tier].items(), key=lambda row: (-row[1], row[0]))
        ]
        lines.append("")
    return "\n".join(lines)


def _is_about_opioids(rule: str) -> bool:
    return rule.removeprefix("screening/").startswith(("opioid", "drug-", "antagonist", "interview"))


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    print(page())
