# Everything a person needs. Each target sets up what it uses; nothing must be installed by hand but
# Python 3.11 or newer, make and git.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
READY_DEV := .venv/.ready-dev
BROWSER := .venv/.browser
READY_CLUSTER := .venv/.ready-cluster
# Where `make cluster` listens: ten ports from this one on.
PORT ?= 3000
# MoviePy wants an older Pillow than vidfactory.
MOVIEPY := .venv-bench
READY_BENCH := $(MOVIEPY)/.ready

# A process for each core, and all tests of a file in the same one: they share what is made once for the file.
SPREAD := --numprocesses logical --maxprocesses 8 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo test ui screen lint bench clean cluster cluster-stop cluster-proof in-cluster

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(READY) $(BROWSER) ## Make the environment: .venv, the pinned requirements, a Chromium

demo: setup ## Make the sample short, with no key and no network
	$(BIN)/vidfactory demo

test: $(READY_DEV) $(BROWSER) ## Run the tests
	$(BIN)/python -m pytest $(SPREAD)

ui: setup ## Open Dagster on http://127.0.0.1:3000
	$(BIN)/vidfactory ui

screen: setup ## Open the screening room on http://127.0.0.1:3001: look at videos, approve or reject them
	$(BIN)/vidfactory screen

lint: $(READY_DEV) ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY_DEV) $(READY_BENCH) ## Race MoviePy and the bare encoder for half an hour; writes BENCHMARKS.md
	$(BIN)/python -m benchmarks --moviepy $(MOVIEPY)/bin/python

cluster: $(READY_CLUSTER) $(BROWSER) ## A studio of many machines on this one: PostgreSQL, Redis, an object store, two workers
	$(BIN)/python -m deploy.cluster --port $(PORT) start

in-cluster: $(READY_CLUSTER) ## A command on it, like: make in-cluster DO="new finance --seconds 45"
	$(BIN)/python -m deploy.cluster --port $(PORT) run -- $(DO)

cluster-stop: $(READY_CLUSTER) ## End it from another terminal
	$(BIN)/python -m deploy.cluster stop

cluster-proof: $(READY_CLUSTER) $(READY_DEV) $(BROWSER) ## Twelve shorts on one that is harmed meanwhile; half an hour
	$(BIN)/python -m deploy.proof

clean: ## Remove the environments; what was made in data/studio stays
	rm -rf .venv .venv-swift $(MOVIEPY)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "vidfactory needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv .venv

$(READY): .venv/bin/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(READY_DEV): $(READY) requirements-dev.txt requirements-cluster.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -r requirements-cluster.txt
	@touch $@

$(READY_CLUSTER): $(READY) requirements-cluster.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-cluster.txt
	@touch $@

$(READY_BENCH): .venv/bin/python benchmarks/requirements.txt
	$(BIN)/python -m venv $(MOVIEPY)
	$(MOVIEPY)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

$(BROWSER): $(READY)
	$(BIN)/vidfactory browser
	@touch $@
