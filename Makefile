# Every target explains itself: `make help`. A fresh machine needs Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ATTUNE_PORT ?= 8000
ATTUNE_DATA ?= .attune
SCALE ?= 1
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
PYTHON_IMAGE ?= python:3.11-slim-bookworm
STAND_IN_IMAGES ?=

# What Python compiles is kept, whatever the environment says: the tests start some hundred processes, and each would
# compile SQLAlchemy and the rest anew, which takes four times as long as to start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench pictures soak chaos image compose-test kubernetes-test sbom lock

help: ## Show what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

setup: $(VENV)/.installed ## Make .venv and install what the lock file names

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Attune needs Python 3.11 or later; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) >/dev/null || { rm -rf $(VENV); echo "Could not make $(VENV): install Python's venv module (Debian, Ubuntu: apt install python3-venv), then run make again"; exit 1; }
	@echo "Installing what requirements.lock names …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## Start the platform with a demo practice (ATTUNE_PORT, ATTUNE_DATA)
	@$(BIN)/attune up --port $(ATTUNE_PORT) --data $(ATTUNE_DATA)

test: setup ## Run every test, with a real Kafka (installs Java and Maven where it can)
	@$(BIN)/python -m deploy.local.prerequisites
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

check: setup ## Format, lint, types, import contracts and shape tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q tests/shape

format: setup ## Format and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## Measure beside the same work done by hand
	@$(BIN)/python -m tests.bench

pictures: setup ## Take the pictures of docs/pictures anew, of a platform that runs (make run)
	@$(BIN)/python -m tests.browser.pictures http://localhost:$(ATTUNE_PORT)

soak: setup ## Harm the event path and attack privacy for long (SCALE=1; 0.01: minutes)
	@$(BIN)/python -m deploy.local.prerequisites
	@$(BIN)/python -m tests.soak --scale $(SCALE)
	@ATTUNE_SOAK_SCALE=$(SCALE) $(BIN)/pytest -q tests/path/machine tests/path/test_stopped_relay.py tests/eventlog/test_bad_network.py
	@ATTUNE_SOAK_SCALE=$(SCALE) $(BIN)/pytest -q -s tests/privacy tests/chassis/test_fuzz.py tests/vault/test_swaps.py tests/audit/test_tampering.py

chaos: setup ## Harm the whole stack: processes, disks, broker, clocks (SCALE=1; 0.1: each once; as root)
	@$(BIN)/python -m deploy.local.prerequisites
	@$(BIN)/python -m tests.chaos --scale $(SCALE)

image: ## Build the image attune:VERSION (PYTHON_IMAGE: another base)
	@docker build --build-arg PYTHON_IMAGE=$(PYTHON_IMAGE) --build-arg VERSION=$(VERSION) \
	  --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(git show -s --format=%cI HEAD) --tag attune:$(VERSION) .

compose-test: setup ## Run docker-compose.yml for real (STAND_IN_IMAGES=folder: without a registry)
	@$(BIN)/python -m tests.compose $(if $(STAND_IN_IMAGES),--stand-ins $(STAND_IN_IMAGES))

kubernetes-test: setup ## Prove the manifests on the current cluster (KUBERNETES=folder of up.sh: on one that it starts)
	@$(BIN)/python -m tests.kubernetes.live $(if $(KUBERNETES),--kubernetes $(KUBERNETES))

sbom: image ## Write sbom.cdx.json: the image's parts, as CycloneDX
	@docker run --rm --entrypoint cat attune:$(VERSION) /opt/attune/sbom.cdx.json > sbom.cdx.json

lock: setup ## Write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --extra local --extra dev pyproject.toml -o requirements.lock
