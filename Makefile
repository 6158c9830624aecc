# One comment per target. `make run` and `make test` are all that a newcomer needs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test check bench lock

# Serve the portal on http://127.0.0.1:8000, with a sample catalog on the first start.
run: $(VENV)/run.stamp
	$(BIN)/shuyuan serve --samples samples

# Every test, in two processes; parts whose server or browser is missing are skipped with the command that enables them.
test: $(VENV)/test.stamp
	$(BIN)/python -m compileall -q catalog ingest search tests # once, not in each of the processes that tests start
	$(BIN)/python -m tests.engines $(BIN)/python -m pytest --numprocesses 2 --dist worksteal

# Lint, types and import contracts.
check: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Measure against real data and print a table; writes benchmarks/results.json.
bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.permission

# Renew the pinned versions.
lock: $(VENV)/test.stamp
	$(BIN)/uv pip compile --quiet --python-version 3.11 --all-extras --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --upgrade pyproject.toml -o constraints.txt

$(VENV)/run.stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[vectors,test,check]'
	touch $@
