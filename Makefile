# make studio   the environment, and the studio on the starter project
# make test     the same environment with test tools, and the whole suite

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell command -v $(name) 2>/dev/null)))
BIN := .venv/bin

.PHONY: studio test check environment tools
.NOTPARALLEL:

studio: environment
	@$(BIN)/ttune new quickstart --if-missing
	@$(BIN)/ttune quickstart

test: check
	$(BIN)/python -m pytest -n logical --maxprocesses 4

check: tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy bootstrap.py
	$(BIN)/lint-imports

environment tools:
	@test -n "$(PYTHON)" || { echo "set-up: no python3 here: install Python 3.11, 3.12 or 3.13" >&2; exit 1; }
	@$(PYTHON) bootstrap.py $(if $(filter tools,$@),--test)
