# Everything that a clean clone needs: `make run` and `make test`. Python 3.11 or newer is the only other wish.
# DATABASE_URL, PORT, TELECOBRO_VAR and TELECOBRO_DEMO come from the environment or this command line
# (`make run PORT=9000`): make hands both on to what it starts.

PYTHON ?= python3
PIP := .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard app/translations/*/LC_MESSAGES/*.po))
SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -type f -print)

.PHONY: run test setup lint bench faults assets browser catalogue clean

run: .venv/.runtime assets
	@.venv/bin/python run.py

test: setup browser
	@.venv/bin/pytest -n auto --dist loadgroup

setup: .venv/.runtime .venv/.development assets

lint: .venv/.development
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: setup
	@.venv/bin/python -m tests.bench

faults: setup
	@.venv/bin/python -m tests.faults
	@.venv/bin/python -m tests.attempts

# Brings the Spanish catalogue up to date with the sources and prints what waits for its translation.
catalogue: setup
	@.venv/bin/python -m tests.catalogue

assets: app/static/dist/.built $(CATALOGUES)

# Removes what can be made again; never var/, which holds the data.
clean:
	rm -rf .venv frontend/node_modules app/static/dist $(CATALOGUES)
	find app tests migrations -name __pycache__ -type d -exec rm -rf {} +

# umask: the embedded PostgreSQL refuses to run as root, so its binaries must be readable to another user.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Telecobro needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	       && echo "Installing python3-venv …" && $(APT) update && $(APT) install -y python3-venv >/dev/null; } \
	  || { echo "Python cannot make a virtual environment: install python3-venv (as root) and try again." >&2; exit 1; }
	@umask 022 && $(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.runtime: .venv/.made requirements.txt
	@echo "Installing packages …"
	@umask 022 && $(PIP) -r requirements.txt
	@touch $@

.venv/.development: .venv/.runtime requirements-dev.txt
	@echo "Installing the packages for tests and checks …"
	@umask 022 && $(PIP) -r requirements-dev.txt
	@touch $@

# Node comes from a Python package, so nothing but pip is asked for.
frontend/node_modules/.ready: frontend/package-lock.json | .venv/.runtime
	@cd frontend && PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --no-audit --no-fund --loglevel=error
	@touch $@

app/static/dist/.built: frontend/node_modules/.ready $(SOURCES)
	@echo "Building the assets …"
	@cd frontend && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent build
	@touch $@

%.mo: %.po | .venv/.runtime
	@.venv/bin/pybabel --quiet compile --input-file=$< --output-file=$@

# The browser tests drive the system's Chromium.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	       && echo "Installing chromium …" && $(APT) update && $(APT) install -y chromium >/dev/null; } \
	  || { echo "The browser tests need Chromium: install the package chromium (as root) and try again." >&2; exit 1; }
