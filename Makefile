# Needs Python 3.11 or newer with pip and venv, bash, and make; nothing else. `make help` lists the targets.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
JOBS ?= auto
FAST := not slow and not chaos and not browser
PYTEST := $(BIN)/python -m pytest

.PHONY: help run test lint check real browser chaos bench lock settings clean

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(VENV)/.run ## Install, start everything embedded and play the sample (ARGS=--exit ends after it)
	@$(BIN)/whetstone sample play $(ARGS)

test: $(VENV)/.dev ## Install and run the fast tests on embedded services (ARGS goes to pytest)
	@$(PYTEST) -m "$(FAST)" -n $(JOBS) --dist loadfile -q $(ARGS)

lint: $(VENV)/.dev ## Check style, types, layers, dependencies, spelling and generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/codespell
	@$(BIN)/python -m schemas.generate --check
	@$(BIN)/python -m streams.settings_reference | diff deploy/settings/reference.env - \
	    || { echo "deploy/settings/reference.env is not up to date: make settings" >&2; exit 1; }

check: lint test ## What should pass before a commit

real: $(VENV)/.dev ## The tests that need services, on Apache Kafka, Redis and PostgreSQL of this machine
	@WHETSTONE_TEST_SERVICES=real $(PYTEST) -m "services and not chaos and not browser" -q $(ARGS)

browser: $(VENV)/.dev ## The tests in Chromium
	@$(PYTEST) -m "browser and not chaos" -q $(ARGS)

chaos: $(VENV)/.dev ## The tests that kill processes
	@$(PYTEST) -m chaos -q $(ARGS)

bench: $(VENV)/.bench ## Measure against peers (ARGS: engine, pipeline, latency, …)
	@$(BIN)/whetstone bench $(or $(ARGS),engine)

settings: $(VENV)/.dev ## Write the reference of all settings
	@$(BIN)/python -m streams.settings_reference > deploy/settings/reference.env

clean: ## Remove what was installed and cached (not .whetstone, which holds data)
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- installing: one set of locked versions, checked by hash; the stamps make a second run quick -----------------

define install
	@echo "installing $(1)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 15) else "Python 3.11, 3.12, 3.13 or 3.14 is needed; choose one: make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	$(call install,requirements.txt)

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.txt)
	@touch $(VENV)/.run

$(VENV)/.bench: requirements-bench.txt pyproject.toml | $(BIN)/python
	$(call install,requirements-bench.txt)
	@touch $(VENV)/.run $(VENV)/.dev

# --- locking: the largest set first, the smaller ones within its versions ----------------------------------------

LOCK = env -u UV_FIND_LINKS -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL \
    $(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS) \
    pyproject.toml --extra embedded --group build

lock: | $(BIN)/python ## Resolve all versions anew (ARGS=--upgrade takes newer ones)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(LOCK) --group dev --group bench -o requirements-bench.txt
	@$(LOCK) --group dev -c requirements-bench.txt -o requirements-dev.txt
	@$(LOCK) -c requirements-bench.txt -o requirements.txt
	@! grep -nE '://|^-|^ +-[^-]|@ file' requirements*.txt
