# make demo   a council meeting on this machine        make test    everything that holds the project's promises
# make check  lint, types, import directions           make format  put files in the one format
# make bench  measure                                  make lock    choose newer packages within pyproject.toml

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test unit stories check format bench lock clean
# The virtual environment's programs last, except those called by path: the machine's own Node.js goes first.
export PATH := $(PATH):$(CURDIR)/.venv/bin
# Dozens of processes are started: what Python compiles for one is there for the next.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Unit tests wait for databases and browsers: half as many workers again as there are cores.
WORKERS := $(shell cores=$$(nproc 2>/dev/null || echo 2); n=$$((cores + cores / 2)); echo $$((n > 8 ? 8 : n)))
UNIT := $(PYTEST) -n $(WORKERS) --dist worksteal -m "not story"
# Stories wait more than they work, and are handed out one by one, the longest first (tests/conftest.py);
# those that hold pictures against clocks have the machine for themselves. Only files that hold any are read.
FILES_WITH = $(shell grep -rlE --include='test_*.py' 'mark\.($(1))\>' tests)
STORIES = $(PYTEST) -n 4 --dist load --maxschedchunk 1 -m "story and not timed" $(call FILES_WITH,story)
TIMED = $(PYTEST) -m timed $(call FILES_WITH,timed)

help:
	@sed -n '/^#/!q;s/^# *//p' Makefile

demo: .venv/.demo node_modules/.package-lock.json
	@exec $(BIN)/python -m orchestrator demo

# The checks go on beside the unit tests, which leave them room; what they say comes after.
test: .venv/.test node_modules/.package-lock.json
	@said=$$(mktemp); ($(MAKE) --no-print-directory check >$$said 2>&1; echo $$? >$$said.code) & checks=$$!; \
	failed=0; $(MAKE) --no-print-directory .venv/.programs || failed=1; \
	$(UNIT) $(PYTEST_ARGS) || failed=1; \
	wait $$checks; cat $$said; test "$$(cat $$said.code)" = 0 || failed=1; rm -f $$said $$said.code; \
	$(STORIES) $(PYTEST_ARGS) || failed=1; $(TIMED) $(PYTEST_ARGS) || failed=1; exit $$failed

unit: .venv/.test node_modules/.package-lock.json .venv/.programs
	$(UNIT) $(PYTEST_ARGS)

stories: .venv/.test node_modules/.package-lock.json .venv/.programs
	$(STORIES) $(PYTEST_ARGS)
	$(TIMED) $(PYTEST_ARGS)

check: .venv/.test node_modules/.package-lock.json
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/.test
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format .

bench: .venv/.test node_modules/.package-lock.json
	@for name in engine appends sse crowd adjourn playing listing ingest cast schedule bytes; do $(BIN)/python -m tests.bench.$$name || exit 1; done

# --- what the above need; stamp files say what is installed -------------------------------------------

.venv/.made:
	@tools/setup.sh venv
	@touch $@

.venv/.demo: requirements/demo.lock pyproject.toml | .venv/.made
	@tools/setup.sh python requirements/demo.lock
	@touch $@

.venv/.test: requirements/test.lock pyproject.toml | .venv/.made
	@tools/setup.sh python requirements/test.lock
	@touch $@

node_modules/.package-lock.json: package-lock.json package.json | .venv/.made
	@tools/setup.sh node
	@touch $@

.venv/.programs: | .venv/.made
	@tools/setup.sh programs
	@touch $@

COMPILE = uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"
lock: | .venv/.made
	@command -v uv >/dev/null || $(BIN)/python -m pip install --quiet uv
	$(COMPILE) pyproject.toml --all-extras --group build --group test -o requirements/test.lock
	$(COMPILE) pyproject.toml --extra demo --group build -c requirements/test.lock -o requirements/demo.lock
	$(COMPILE) --group node -o requirements/node.lock
	$(COMPILE) --group uv -o requirements/uv.lock
	npm install --ignore-scripts --package-lock-only

clean:
	rm -rf .venv node_modules build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
