# Everything a newcomer or CI runs. `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first that runs and is new enough: a name on the PATH may be a version manager's shim of nothing.
PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CLIENTS := $(VENV)/.clients
# One process a core, each with servers of its own. A file stays in one process, for its fixtures' sake; the slow suites
# come early in the alphabet, so they begin first.
SPREAD := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

$(READY): pyproject.toml
	@test -n "$(PYTHON)" \
		|| { echo "remindersync needs Python 3.11 or newer: install one, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

$(CLIENTS): $(READY)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev,clients]'
	@touch $(CLIENTS)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## Run everything here, with a Salesforce org in a box, and open pages to look at; Ctrl-C ends it
	@exec $(BIN)/remindersync demo

.PHONY: demo-check
demo-check: $(READY) ## Run the same without a browser: sync a sample both ways, verify both sides, end
	@exec $(BIN)/remindersync demo --check

.PHONY: test
test: $(CLIENTS) ## Run every suite at its quick size (at most 15 minutes on 2 cores)
	@$(BIN)/python -m pytest $(SPREAD) -m "not full"

.PHONY: test-full
test-full: $(CLIENTS) ## Run every suite at the sizes the project is judged by, and keep the log in docs/proof/
	@mkdir -p docs/proof
	@log=docs/proof/$$(date -u +%Y-%m-%d).log; $(BIN)/python -m pytest $(SPREAD) > $$log 2>&1; ended=$$?; \
		tail -n 40 $$log; exit $$ended

CHAOS_SECONDS ?= 300
CHAOS_SEED ?= 1

.PHONY: chaos
chaos: $(READY) ## Kill, freeze, stop and cut everything while people work; CHAOS_SECONDS and CHAOS_SEED say how long and what
	@CHAOS_SECONDS=$(CHAOS_SECONDS) CHAOS_SEED=$(CHAOS_SEED) $(BIN)/python -m pytest -q -s tests/chaos/test_chaos.py

.PHONY: bench
bench: $(READY) ## Measure the org in a box, calls beside a plain loop, lost updates, and how fast pages answer; print tables
	@mkdir -p build
	@$(BIN)/python benchmarks/orgsim_speed.py --json build/orgsim_speed.json
	@$(BIN)/python benchmarks/calls.py --json build/calls.json
	@$(BIN)/python benchmarks/lost_updates.py --json build/lost_updates.json
	@$(BIN)/python benchmarks/command_center.py --json build/command_center.json

.PHONY: mutation
mutation: $(READY) ## Change the pure core bit by bit and see what no test notices (half an hour; goes on where it was stopped; ONLY='remindersync.merge*' for a part)
	@PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTEST_PLUGINS=_hypothesis_pytestplugin \
		nice -n 19 $(BIN)/mutmut run --max-children 1 $(ONLY)
	@$(BIN)/mutmut results

.PHONY: pictures
pictures: $(READY) ## Take pictures of every page for docs/images, light, dark and as on a phone (needs a Chromium)
	@$(BIN)/python -m tests.browser.pictures

.PHONY: docs
docs: $(READY) ## Write the pages that are made from the code
	@$(BIN)/python docs/generate.py

.PHONY: check
check: $(READY) ## Lint, types, import contracts and unit tests (under two minutes)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/unit

.PHONY: clean
clean: ## Remove the virtual environment and everything the demo left
	@rm -rf $(VENV) .remindersync
