# Two commands for a newcomer: `make demo` and `make test`. `make check` runs the gates.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST_ARGS ?=
# Half of a test's time is spent waiting for a command, a socket or the disk.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(3 * (os.cpu_count() or 1))')

INSTALL := $(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python install --quiet

.PHONY: demo test check check-types check-rest docs format lock lock-check install clean

install: $(INSTALLED)

# The lock is installed by hash: by uv, which pip installs from it first and which is much faster. uv does not read pip's
# settings, so pip does it where uv cannot. The package itself is installed from this folder.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("cloudcrate needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --without-pip $(VENV)
	@echo "Installing into $(VENV), once (about 800 MB on disk) ..."
	@awk '/^[^ ]/ {of_uv = /^uv==/} of_uv' requirements.lock > $(VENV)/uv.lock
	@$(INSTALL) --require-hashes -r $(VENV)/uv.lock
	@UV_HTTP_TIMEOUT=20 $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode \
		-r requirements.lock 2>/dev/null || $(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(INSTALLED)
	@$(BIN)/cloudcrate demo

# Compiled first: commands under test start in two thirds of the time where Python may not write its cache, and pytest's
# workers need not each rewrite the assertions of every test; where few tests are asked for that would cost more.
test: $(INSTALLED)
	@$(BIN)/python -m compileall -q src
	@[ -n "$(PYTEST_ARGS)" ] || printf '%s\n' tests/unit 'tests --ignore=tests/unit' | xargs -P2 -L1 \
		env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -qq --collect-only >/dev/null || true
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

check: $(INSTALLED) lock-check
	@$(MAKE) --no-print-directory --output-sync --jobs=2 check-types check-rest

check-types:
	$(BIN)/mypy

check-rest:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/python tests/architecture/exceptions_count.py
	$(BIN)/python docs/generate.py --check

# The reference pages say what the code says: after changing a command, a printed value, a setting or a tool.
docs: $(INSTALLED)
	$(BIN)/python docs/generate.py

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

LOCK := uv pip compile pyproject.toml --universal --generate-hashes --all-extras --group dev --quiet

lock: $(INSTALLED)
	$(BIN)/$(LOCK) -o requirements.lock

# Compiling again with the lock as it stands must change nothing: it fits pyproject.toml.
lock-check: $(INSTALLED)
	@cp requirements.lock $(VENV)/requirements.lock
	@$(BIN)/$(LOCK) -o $(VENV)/requirements.lock
	@grep -v '^#' requirements.lock > $(VENV)/lock.is && grep -v '^#' $(VENV)/requirements.lock > $(VENV)/lock.would
	@cmp -s $(VENV)/lock.is $(VENV)/lock.would || { echo "requirements.lock does not fit pyproject.toml: run make lock"; exit 1; }

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
