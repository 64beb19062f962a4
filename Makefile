# From an empty machine with Python 3.11+ and make: `make demo`, `make test`.

# The first of these that runs and is new enough; `make PYTHON=/path/to/python` overrides it.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := src tests bench tools

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test lint check format docs bench bench-quality bench-scale bench-live fixtures \
	full wheel clean

help:  ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

setup: $(READY)  ## make the virtual environment

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is wanted; none was found. Install one, or run make PYTHON=/path/to/python." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(READY)  ## hunt in synthetic traffic with planted campaigns
	$(BIN)/stillhunt demo

lint: $(READY)  ## read the code: style, types, floors, sizes, a test file for each module
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/sizes.py
	$(BIN)/python tools/mirror.py

test: lint  ## all that must hold before a change goes in
	NUMBA_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --quiet -n 2 --dist loadgroup

format: $(READY)  ## put the code into its one form
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix --quiet $(CODE)

docs: $(READY)  ## write the pages that are made from code
	$(BIN)/python tools/commands_page.py
	$(BIN)/python tools/evidence_page.py
	$(BIN)/python tools/formats_page.py
	$(BIN)/python tools/scenarios_page.py
	$(BIN)/python tools/settings_page.py
	$(BIN)/python tools/words_page.py

check: format docs test  ## format, write pages, then test: before every commit

bench: $(READY)  ## speed, memory and what is found in real prompts
	for script in kernel speed clean; do $(BIN)/python bench/$$script.py || exit 1; done

$(VENV)/.peers: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

bench-quality: $(VENV)/.peers  ## play the open benchmark, peers too, and write docs/benchmark.md
	$(BIN)/python bench/quality.py

bench-scale: $(VENV)/.peers  ## a small disclosure, where its seconds go, linking alone, many files
	$(BIN)/python bench/scale.py --rows 1000000 --folder build/scale
	$(BIN)/python bench/stages.py build/scale/feb1000000 --threads 2
	$(BIN)/python bench/link_scale.py --accounts 30000 --peers 'SciPy connected components'
	$(BIN)/python bench/jsonlines.py --files 1000

bench-live: $(READY)  ## a steady stream, kills counted, and what leaks before names, into docs/live.md
	$(BIN)/python bench/live.py --write
	$(BIN)/python bench/recovery.py --write
	$(BIN)/python bench/live_leak.py --page

$(VENV)/.fixtures: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,fixtures]'
	@touch $@

fixtures: $(VENV)/.fixtures  ## let the emitters write the cases of the formats again, show changes
	$(BIN)/python tools/fixtures/regenerate.py

full: check bench wheel  ## check, benchmarks, and a wheel that installs on its own

wheel: $(READY)  ## build a wheel, and install it where nothing else is
	rm -rf build/wheel build/bare
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir build/wheel .
	$(PYTHON) -m venv build/bare
	build/bare/bin/python -m pip install --quiet --disable-pip-version-check build/wheel/*.whl
	build/bare/bin/stillhunt --version

clean:  ## remove what make has made
	rm -rf $(VENV) build dist stillhunt-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
