# One word a task. Each first lets scripts/setup see that .venv matches the locks, which takes no time when it does.
.DEFAULT_GOAL := help
.PHONY: help run test check bench docs prove faults soak mutants lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile

run:  ## serve the clinic with invented patients, and say where; its state lies below ./var
	@scripts/setup
	.venv/bin/openldn clinic serve --demonstration

test:  ## all tests; ends with a count of what could not run here and why
	@scripts/setup test
	.venv/bin/pytest -n 2

check:  ## style, types, layers and the knowledge files
	@scripts/setup test
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/openldn knowledge check

bench:  ## how fast, with the figures printed
	@scripts/setup peers
	.venv/bin/python benchmarks/bench.py
	.venv/bin/python benchmarks/simulation.py

docs:  ## the pages of docs/ as a site in ./site
	@scripts/setup test
	.venv/bin/zensical build --clean --strict

prove:  ## remove each safety control in turn, a test must notice; visit every state of follow-up
	@scripts/setup test
	.venv/bin/python tests/safety/prove.py
	.venv/bin/openldn prove --page docs/safety/follow-up-proof.md

faults:  ## make every fault of follow-up by machine: something must notice (half an hour)
	@scripts/setup test
	.venv/bin/python tests/safety/faults.py --page

soak:  ## the long tests: kills, full disk, fuzz, load
	@scripts/setup test
	.venv/bin/python tests/soak/run.py
	.venv/bin/python tests/second/million.py --mornings 200000

mutants:  ## does any test notice when the screening is changed? (a quarter of an hour)
	@scripts/setup mutants
	.venv/bin/mutmut run --max-children 2
	.venv/bin/mutmut results

lock:  ## write requirements/*.txt anew from pyproject.toml
	@scripts/setup
	scripts/lock

# ./var stays: it holds what people made.
clean:  ## take away all that can be made again
	rm -rf .venv site dist mutants .coverage .cache .*_cache .hypothesis tests/npm/node_modules
	find . -type d -name __pycache__ -prune -exec rm -rf {} +
