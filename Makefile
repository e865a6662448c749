# Everything lives in .venv; nothing is needed beforehand but Python 3.11 and make. `make test` also installs Debian
# packages for the browser and stream tests where it is run by root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core
DEV := $(VENV)/.dev
TRAIN := $(VENV)/.train
# 0: without torch and what trains and exports with it, 1.2 GB on disk instead of 6.9 GB; those tests are then skipped.
TRAINING ?= 1

.PHONY: setup demo test check lock clean

setup: $(CORE)

$(CORE): requirements/core.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Công Vụ needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements/core.lock
	$(BIN)/python -m pip install --quiet --no-compile --no-deps --editable .
	@touch $@

$(DEV): requirements/dev.lock $(CORE)
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements/dev.lock
	@touch $@

$(TRAIN): requirements/train.lock $(DEV)
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements/train.lock
	@touch $@

# Analyse the sample service centre with the real detectors, then serve the review pages.
demo: $(CORE)
	$(BIN)/congvu demo

# All tests, a tiny real training among them. The browser and camera-stream tests need Debian's Chromium and GStreamer:
# `make test-system` installs them where this user may; without them those tests are skipped and say why.
test: $(DEV) $(if $(filter 0,$(TRAINING)),,$(TRAIN)) test-system
	CONGVU_TEST_TRAINING=$(TRAINING) $(BIN)/python -m pytest

.PHONY: test-system
test-system:
	@sh tests/install_system_packages.sh

# The developer's gate.
check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

lock: $(DEV)
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--no-annotate --no-header --output-file requirements/core.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --extra dev --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-annotate --no-header --constraint requirements/core.lock \
		--output-file requirements/dev.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --extra train --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-annotate --no-header --constraint requirements/core.lock \
		--constraint requirements/dev.lock --output-file requirements/train.lock pyproject.toml

clean:
	rm -rf $(VENV) build dist *.egg-info
