# The commands that people and CI type. `make run` and `make test` need nothing installed beforehand.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run demo test test-all bench-search lint format lock setup setup-dev clean
.NOTPARALLEL:

VENV := .venv/bin
export PATH := $(CURDIR)/.cache/bin:$(PATH)
ARGS ?=
# Tests start many Python processes; where the environment forbids compiled modules, each would compile Django anew.
unexport PYTHONDONTWRITEBYTECODE
PYTEST_PROCESSES ?= $(shell nproc 2>/dev/null || echo 1)
TEST_SETTINGS := DJANGO_SETTINGS_MODULE=mediacenter.settings SECRET_KEY=only-for-checks-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx \
	DATABASE_URL=postgresql://nobody@127.0.0.1:1/none

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

run: setup  ## start everything on this machine; Ctrl-C stops it (ARGS="--port 9000")
	@exec $(VENV)/mediacenter run $(ARGS)

demo:  ## fill the running instance with agencies, people and some thirty assets
	@deploy/bootstrap.sh demo
	@exec $(VENV)/mediacenter demo $(ARGS)

test: lint  ## linters, types, and all tests but the slow ones, with coverage
	@$(VENV)/python -m pytest -m "not slow" -n $(PYTEST_PROCESSES) --cov --cov-report=term:skip-covered $(ARGS)

test-all: lint  ## the same with the slow tests (large files, faults, benchmarks)
	@$(VENV)/python -m pytest -n $(PYTEST_PROCESSES) --cov --cov-report=term:skip-covered $(ARGS)

bench-search: setup-dev  ## the search over made-up works (ARGS="--rows 1000000 --seconds 20"; minutes, and gigabytes in /tmp)
	@$(VENV)/python -m tests.bench.bench_search $(ARGS)

lint: setup-dev  ## ruff, mypy, import-linter, missing migrations
	@$(VENV)/ruff check --quiet .
	@$(VENV)/ruff format --check --quiet .
	@$(TEST_SETTINGS) $(VENV)/mypy --no-error-summary
	@$(VENV)/lint-imports --no-logo >/dev/null || $(VENV)/lint-imports
	@$(TEST_SETTINGS) $(VENV)/python -W "ignore:Got an error checking a consistent migration history" -m django makemigrations --check --dry-run

format: setup-dev  ## let ruff rewrite what it can
	@$(VENV)/ruff check --fix --quiet . ; $(VENV)/ruff format --quiet .

lock:  ## resolve the dependencies of pyproject.toml anew (needs uv)
	@command -v uv >/dev/null || { echo "install uv first: pip install uv" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

setup:  ## what `make run` needs: system and Python packages, front-end files
	@deploy/bootstrap.sh run

setup-dev:  ## what `make test` needs
	@deploy/bootstrap.sh test

clean:  ## remove what can be made again (never the data folder)
	rm -rf .cache .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
