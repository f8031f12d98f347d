# Маршрут · Marshrut. Two commands are enough: `make demo` shows the product, `make test` proves it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PORT ?= 8000
RESET ?=
FACES ?= yes
ARGS ?=
JOBS ?= 2

# Processes that tests start keep what they compiled: half a second for each of them.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
STAMPS := .venv/stamps
LOCAL_PACKAGES := ./packaging/dlib ./packaging/opencv-python-headless
DESCRIPTION := setup.cfg pyproject.toml constraints.txt $(wildcard packaging/*/setup.cfg)
PLUGIN_PACKAGES := $(wildcard examples/marshrut-example-plugins/setup.cfg examples/marshrut-example-plugins/pyproject.toml)
# Debian's own pip is too old to build every package without a warning.
PIP_VERSION := pip>=25,<27
PIP := $(BIN)/python -m pip --disable-pip-version-check
# setuptools warns about every editable installation; what is wrong still is an error.
PIP_INSTALL := PYTHONWARNINGS=ignore $(PIP) install --quiet --no-warn-script-location --constraint constraints.txt

.PHONY: help
help: ## Say what there is to make
	@echo "Маршрут · Marshrut: a learning and attestation platform that a school runs itself."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  make demo PORT=8123 RESET=1     another port; start afresh"
	@echo "  make test ARGS='tests/unit -k plan'   only these tests"

.PHONY: demo
demo: install ## Run a demo school here: web and worker in the foreground, Ctrl-C stops all
	@exec $(BIN)/lms demo run --port $(PORT) $(if $(RESET),--reset)

.PHONY: test
test: install-dev test-assets ## Install what the suite needs and run all of it
	@$(BIN)/python tools/suite.py --jobs $(JOBS) $(ARGS)

# The program that ratios are taken to: LMS_BENCH_FLOOR, else one beside the checkout, else tests/bench/floor.py.
BENCH_FLOOR := $(or $(LMS_BENCH_FLOOR),$(abspath $(wildcard ../shared/bench/floor.py)))

.PHONY: bench
bench: install-dev ## Measure speed, memory and growth as ratios of one run (build/bench.json)
	@$(if $(BENCH_FLOOR),LMS_BENCH_FLOOR='$(BENCH_FLOOR)') $(BIN)/python -m pytest tests/bench -p no:cacheprovider --figures build/bench.json $(ARGS)

.PHONY: lighthouse
lighthouse: ## Install Lighthouse 12 for `make measure` (needs Node.js; 200 MB, for measuring only)
	@test -d var/cache/test-assets/lighthouse/node_modules/lighthouse || PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --no-audit --no-fund --prefix var/cache/test-assets/lighthouse lighthouse@12.8.2

.PHONY: measure
measure: install-dev test-assets lighthouse ## Measure quality on the data that LMS_TEST_DATA points to (build/measures.json)
	@$(BIN)/python -m pytest tests/measure -p no:cacheprovider --figures build/measures.json $(ARGS)

.PHONY: check
check: lint types imports ## Lint, types and import contracts

.PHONY: lint
lint: install-dev ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: format
format: install-dev ## Format the code and sort its imports
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: types
types: install-dev ## Check types
	@$(BIN)/mypy

.PHONY: imports
imports: install-dev ## Check that imports only go down the floors of the house
	@$(BIN)/lint-imports --no-cache

.PHONY: strings
strings: install-dev ## Collect the strings of every feature and compile its translations
	@$(BIN)/python tools/i18n.py update

.PHONY: docs
docs: install-dev ## Write the pages of docs/ that the code knows best: settings, permissions, plug-in groups
	@$(BIN)/python tools/docs.py update

.PHONY: frontend
frontend: ## Rebuild the committed styles, scripts and fonts (needs Node.js)
	@cd frontend && npm ci --silent --no-audit --no-fund && npm run --silent build

.PHONY: frontend-check
frontend-check: ## Check that the committed styles and scripts come from their sources (needs Node.js)
	@cd frontend && npm ci --silent --no-audit --no-fund && npm run --silent check

.PHONY: coverage
coverage: install-dev test-assets ## Run the suite without a browser and say what no test reaches
	@$(BIN)/python -m pytest -n $(JOBS) -m "not browser" --cov --cov-report=term-missing:skip-covered $(ARGS)

.PHONY: mutants
mutants: install-dev ## Break the rules of examinations on purpose, in a copy, and show that a test notices (minutes)
	@$(BIN)/python tools/mutants.py $(ARGS)

# ── installing ──────────────────────────────────────────────────────────────────────────────────

.PHONY: install
install: $(STAMPS)/run ## Make the virtual environment and install the product

.PHONY: install-dev
install-dev: debian-test $(STAMPS)/dev $(STAMPS)/plugins ## Install what the suite and the checks need, too

.PHONY: test-assets
test-assets: install-dev ## Fetch what only the tests need: axe-core and photographs of faces
	@$(BIN)/python tools/test_assets.py

.PHONY: debian-run
debian-run:
	@tools/debian_packages.sh run

.PHONY: debian-test browser-deps
debian-test browser-deps: ## Install the Debian packages that the suite needs (root), or name the command
	@tools/debian_packages.sh test

$(STAMPS)/venv: | debian-run
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making the virtual environment .venv"; python3 -m venv --clear .venv; }
	@$(PIP) install --quiet --no-warn-script-location '$(PIP_VERSION)'
	@mkdir -p $(STAMPS) && touch $@

# The two local packages bridge names that the registry keeps apart; each says why in its setup.cfg.
$(STAMPS)/run: $(DESCRIPTION) $(STAMPS)/venv | debian-run
	@echo "Installing Marshrut (a minute or two the first time)"
	@$(PIP_INSTALL) $(if $(filter no,$(FACES)),--editable .,$(LOCAL_PACKAGES) --editable '.[faces]')
	@touch $@

$(STAMPS)/dev: $(DESCRIPTION) $(STAMPS)/venv | debian-test
	@echo "Installing Marshrut with its tests (a minute or two the first time)"
	@$(PIP_INSTALL) $(LOCAL_PACKAGES) --editable '.[dev]'
	@touch $@ $(STAMPS)/run

$(STAMPS)/plugins: $(PLUGIN_PACKAGES) $(STAMPS)/dev
	@$(if $(PLUGIN_PACKAGES),$(PIP_INSTALL) --no-deps --editable ./examples/marshrut-example-plugins)
	@touch $@

.PHONY: constraints
constraints: install-dev ## Write constraints.txt from what is installed
	@$(BIN)/python tools/constraints.py

.PHONY: clean
clean: ## Remove what the builds made (the demo school in var/ stays)
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.*
