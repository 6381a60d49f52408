# One command each for what a person does with the project. Everything a command needs is installed first,
# once: stamps in build/ remember what is done, so that the second run starts at once.

PYTHON ?= python3
BIN := .venv/bin
STAMPS := build/stamps
# NAME=call: only that group of benchmarks
NAME ?=

export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test style types types-python types-browser imports pytest soak bench screenshots lock format clean

help:
	@echo 'make demo          the whole service with the demo world, on this machine'
	@echo 'make test          style, types, import rules and all tests, with two real browsers'
	@echo 'make soak          the long runs: crashes at random moments, bad networks, fuzzing'
	@echo 'make bench         measures with ratios; NAME=routing|media|call|documents|staff for one group'
	@echo 'make style types   two parts of make test alone'
	@echo 'make format        lay out the Python files'
	@echo 'make screenshots   take the pictures of docs/images anew, and one of every page and state into build/screenshots; says what is cut off or covered'
	@echo 'make lock          write requirements.lock anew from pyproject.toml'

demo: $(STAMPS)/demo-packages $(STAMPS)/python $(STAMPS)/node
	@exec $(BIN)/virtual-window demo

# The checks that only read share the machine by two; each prints what it found in one piece.
test:
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target style types imports
	@$(MAKE) --no-print-directory pytest

style: $(STAMPS)/python
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: types-python types-browser

types-python: $(STAMPS)/python
	$(BIN)/mypy

types-browser: $(STAMPS)/node
	cd web && npx --no-install tsc --project .

imports: $(STAMPS)/python
	$(BIN)/lint-imports --no-cache

# What is watched in real time has the machine for itself; the rest shares it by two.
pytest: $(STAMPS)/test-packages $(STAMPS)/python $(STAMPS)/node
	$(BIN)/pytest --durations=15 --numprocesses 2 --dist loadscope --no-loadscope-reorder -m 'not live and not soak'
	$(BIN)/pytest --durations=15 -m 'live and not soak' tests/browser tests/media

soak: $(STAMPS)/test-packages $(STAMPS)/python $(STAMPS)/node
	$(BIN)/pytest -m soak --timeout 3600 --verbose

bench: $(STAMPS)/bench-packages $(STAMPS)/python $(STAMPS)/node
	$(BIN)/python -m tests.bench $(NAME)

screenshots: $(STAMPS)/test-packages $(STAMPS)/python $(STAMPS)/node
	$(BIN)/python -m tests.browser.screenshots docs/images
	$(BIN)/python -m tests.browser.gallery build/screenshots

format: $(STAMPS)/python
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The lock names versions and hashes, never where they come from: that is each machine's own setting. It is made with
# Debian's own Python, because some packages need more on 3.11.2 than on later patch releases.
LOCK_PYTHON ?= /usr/bin/python3
lock:
	@test -x build/lock/bin/pip-compile || { $(LOCK_PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet 'pip-tools>=7.5'; }
	$(LOCK_PYTHON) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups']['dev'], sep='\n')" > build/dev.in
	build/lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file requirements.lock pyproject.toml build/dev.in

clean:
	rm -rf build .venv web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(STAMPS)/%-packages: deploy/debian/packages.sh
	@mkdir -p $(STAMPS)
	@deploy/debian/packages.sh $*
	@touch $@

# --no-deps and --no-build-isolation: nothing comes in past the lock. pyproject.toml is a prerequisite because the
# commands it declares are written at installation.
$(STAMPS)/python: requirements.lock pyproject.toml | $(STAMPS)/demo-packages
	@echo 'Installing the Python packages of requirements.lock'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/node: web/package.json web/package-lock.json | $(STAMPS)/demo-packages
	@echo 'Installing the browser packages of web/package-lock.json'
	@cd web && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@
