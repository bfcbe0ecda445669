# Everything here needs Python 3.11 or later, and make. What Python needs is installed into .venv,
# each package checked against its hash.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
INSTALLED := .venv/.installed
SPANS ?= build/demo/spans
TRACE ?=
SERVICE ?= intake
MESSAGE ?=
TESTS ?=
RUN ?=
# Each worker has a Kafka and a PostgreSQL of its own; more than four would want much memory.
SIDE_BY_SIDE := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: help demo up test check format trace migration pin benchmarks clean

help: ## what can be made
	@awk -F':.*## ' '/^[a-z]+:.*##/ {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(INSTALLED) ## one real story through all four services, and an account of it in build/demo
	$(PY) -m deploy.demo

up: $(INSTALLED) ## the whole stack, until Ctrl-C; its data stay in var/stack
	$(PY) -m deploy.local up

test: $(INSTALLED) ## all tests, or those of TESTS=tests/meetings
	$(PY) -m pytest $(or $(TESTS),$(SIDE_BY_SIDE))

check: $(INSTALLED) ## format, lint, types, imports, generated documents
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m deploy.contracts check
	$(PY) -m tests.traceability check

format: $(INSTALLED) ## put the code into its form
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

trace: $(INSTALLED) ## the longest story of SPANS=directory, or the one of TRACE=id
	@$(PY) -m deploy.local.trace $(SPANS) $(TRACE)

migration: $(INSTALLED) ## a new migration: SERVICE=intake MESSAGE="what changes"
	$(PY) -m deploy.local.migration $(SERVICE) "$(MESSAGE)"

# uv lives in an environment of its own: nothing else here needs it. Runtime first, because what
# the others pin is held to it.
pin: ## new versions into requirements/*.txt, with hashes and without addresses
	$(PYTHON) -m venv var/pin
	var/pin/bin/python -m pip install --quiet --upgrade uv
	for file in requirements/runtime.in $(filter-out requirements/runtime.in,$(wildcard requirements/*.in)); do \
		var/pin/bin/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes \
			--no-header --no-emit-index-url --no-emit-find-links \
			--output-file $${file%.in}.txt $$file || exit 1; \
	done

benchmarks: .venv/.benchmarks ## what it can carry on this machine; RUN=year, RUN=growth: the long ones
	$(PY) -m benchmarks $(RUN)

.venv/.benchmarks: requirements/benchmarks.txt $(INSTALLED)
	$(PY) -m pip install --quiet --require-hashes -r requirements/benchmarks.txt
	@touch $@

clean: ## what demo, up, pin and the checks have left; not .venv
	rm -rf build var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(INSTALLED): requirements/dev.txt requirements/runtime.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@echo "installing packages into .venv: about a minute the first time"
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: chaos
chaos: $(INSTALLED) ## break it on purpose and check: SEED=7 FAULTS=100 SECONDS=3600
	$(PY) -m tests.chaos $(if $(FAULTS),--faults $(FAULTS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

.PHONY: secrecy
secrecy: $(INSTALLED) ## nothing leaked, at length: PAIRS=100000 REAL_PAIRS=600 SEED=7, and every mutant
	MUTANTS=all PAIRS=$(or $(PAIRS),100000) REAL_PAIRS=$(or $(REAL_PAIRS),600) $(if $(SEED),SEED=$(SEED)) \
		$(PY) -m pytest tests/secrecy
