"""A million random mornings through both engines. Exit status 1 where they differ.

.venv/bin/python tests/second/million.py [--mornings 1000000] [--seed 20261128]
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import Counter
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from histories import Tally, compare

REPORT: Final = Path(__file__).resolve().parents[2] / "docs" / "safety" / "two-engines.md"
CHUNK: Final = 40


def _part(seed: int) -> Tally:
    return compare(seed, range(CHUNK), words=False)


def main() -> int:
    """Compare until so many mornings are reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mornings", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261128)
    given = parser.parse_args()
    mornings, rules, differences, histories = 0, Counter[str](), list[str](), 0
    with multiprocessing.Pool(2) as pool:
        for tally in pool.imap(_part, range(given.seed, given.seed + 10**6)):
            mornings, histories = mornings + tally.mornings, histories + CHUNK
            rules += tally.rules
            differences += tally.differences
            if sys.stdout.isatty() or histories % (50 * CHUNK) == 0:
                end = "" if sys.stdout.isatty() else "\n"
                print(f"\r{mornings:,} mornings, {len(differences)} differences", end=end, flush=True)
            if mornings >= given.mornings or len(differences) > 20:
                pool.terminate()
                break
    print(f"two engines: {histories:,} histories, {mornings:,} mornings, {len(differences)} differences")
    for difference in differences[:5]:
        print(difference)
    if not differences and mornings >= 200_000:
        REPORT.write_text(_page(given.seed, histories, mornings, rules), encoding="utf-8")
    return 1 if differences else 0


def _page(seed: int, histories: int, mornings: int, rules: Counter[str]) -> str:
    lines = [
        "# Two engines",
        "",
        f"Written by `make soak`: {histories:,} random histories from seed {seed}, {mornings:,} mornings. "
        "The two engines proposed the same on each. How often each rule was proposed:",
        "",
        "| rule | mornings |",
        "|---|---:|",
        *(f"| {rule} | {count:,} |" for rule, count in sorted(rules.items())),
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
