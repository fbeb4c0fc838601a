"""The soak: mutated bundles by the hundred thousand. Exit status 1 on any failure.

.venv/bin/python tests/soak/run.py [--count 110000] [--seed 20261123] [--cases FOLDER]
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

import soak_laws
import soak_mutants
import soak_originals

REPORT: Final = soak_originals.ROOT / "docs" / "reference" / "soak.md"
CHUNK: Final = 250
COMMANDS: Final = 50


@cache
def _originals(folder: Path | None) -> list[soak_originals.Original]:
    return soak_originals.originals(folder)


def _part(job: tuple[Path | None, int, int, int]) -> soak_laws.Tally:
    folder, seed, first, last = job
    return soak_laws.run_part(_originals(folder), seed, range(first, last))


def commands(found: list[soak_originals.Original], seed: int) -> soak_laws.Tally:
    """Broken texts through the command line: exit 2, a message, no traceback."""
    from typer.testing import CliRunner

    from openldn.cli.app import app

    tally, rng = soak_laws.Tally(), random.Random(seed)
    small = sorted(found, key=lambda o: -o.weight)[:12]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mutant.json"
        for n in range(COMMANDS):
            kind = soak_mutants.RAW_KINDS[n % len(soak_mutants.RAW_KINDS)]
            path.write_bytes(soak_mutants.raw_mutant(rng.choice(small), kind, rng))
            result = CliRunner().invoke(app, ["screen", str(path), "--as-of", "2026-11-01"])
            tally.counts["through the command line"] += 1
            escaped = result.exception is not None and not isinstance(result.exception, SystemExit)
            if result.exit_code != 2 or escaped or "Traceback" in result.output:
                tally.failures.append(f"exit {result.exit_code} ({result.exception!r}) | command {n}: {kind}")
    return tally


def _table(tally: soak_laws.Tally, seed: int) -> str:
    rows = [("seed", str(seed)), *((k, f"{n:,}") for k, n in sorted(tally.counts.items()))]
    rows += [(f"mutation: {k}", f"{n:,}") for k, n in sorted(tally.kinds.items())]
    rows.append(("result", f"{len(tally.failures):,} failures"))
    lines = ["# Soak", "", "Written by `make soak`.", "", "| What | Count |", "|---|---:|"]
    return "\n".join([*lines, *(f"| {what} | {count} |" for what, count in rows), ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=110_000)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--cases", type=Path, default=None)
    parser.add_argument("--no-report", action="store_true", help="leave docs/reference/soak.md as it is")
    given = parser.parse_args(arguments)
    found = _originals(given.cases)
    total = soak_laws.Tally()
    starts = range(0, given.count, CHUNK)
    jobs = [(given.cases, given.seed, n, min(n + CHUNK, given.count)) for n in starts]
    with multiprocessing.Pool(2) as pool:
        for n, part in enumerate(pool.imap(_part, jobs), start=1):
            total.add(part)
            if sys.stdout.isatty():
                print(f"\r{n * 100 // len(jobs):3} %  {len(total.failures)} failures", end="", flush=True)
    if sys.stdout.isatty():
        print()
    total.add(commands(found, given.seed))
    shapes = Counter(f.split(" | ")[0][:60] for f in total.failures)
    for shape, count in shapes.most_common(20):
        print(f"{count:6}  {shape}")
    for failure in total.failures[:40]:
        print(failure)
    if not given.no_report:
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(_table(total, given.seed), encoding="utf-8")
    counts = ", ".join(f"{k} {n:,}" for k, n in sorted(total.counts.items()))
    print(f"soak: {len(found)} originals, seed {given.seed}; {counts}; {len(total.failures)} failures")
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
