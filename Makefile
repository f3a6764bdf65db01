# Baoxiu 报修. `make help` lists what can be made.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin
WORKERS ?= 3
DATA ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install install-dev install-advisor install-accurate run demo chat test lint format bench bench-nlu bench-kb soak year scripts lock clean browser pictures

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

install: .venv/.installed ## the desk and its locked dependencies into .venv
install-dev: .venv/.installed-dev ## the same with what tests and checks need
install-accurate: .venv/.installed-accurate ## a second, slower encoder for what is unsure (understanding.accurate)
install-advisor: .venv/.installed-advisor ## what an optional model needs (advisor in config.yaml)

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found (set PYTHON=/path/to/python)."; exit 1; }
	$(PYTHON) -m venv .venv

# uv when it is there (quicker), else the venv's own pip; both install exactly the locked versions.
define install_lock
	@if command -v uv >/dev/null 2>&1; then \
		VIRTUAL_ENV="$(CURDIR)/.venv" uv pip install -q --compile-bytecode --require-hashes -r $(1); \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); \
	fi
endef

.venv/.installed: requirements.lock Makefile | .venv/bin/python
	$(call install_lock,requirements.lock)
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "baoxiu.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@$(BIN)/python -m compileall -q bot handlers nlu scheduler storage
	@$(BIN)/python -m bot nlu train
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	$(call install_lock,requirements-dev.lock)
	@touch $@

.venv/.installed-accurate: requirements-accurate.lock .venv/.installed
	$(call install_lock,requirements-accurate.lock)
	@$(BIN)/python -m bot nlu train
	@touch $@

.venv/.installed-advisor: requirements-advisor.lock .venv/.installed
	$(call install_lock,requirements-advisor.lock)
	@touch $@

run: install ## start the desk with simulated customers on http://127.0.0.1:8080
	@BOT__DEMO=$${BOT__DEMO:-true} $(BIN)/python -m bot run

demo: install ## a year of 20,000 orders in build/demo, to look at (ORDERS=… SEED=…)
	@BOT__DATA_DIR=$${BOT__DATA_DIR:-build/demo} $(BIN)/python -m bot demo $(if $(ORDERS),--orders $(ORDERS)) $(if $(SEED),--seed $(SEED))

chat: install ## talk to the desk in the terminal
	@$(BIN)/python -m bot chat

test: install-dev browser ## every test, on SQLite and PostgreSQL, with a real browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

# Browser tests want Debian's Chromium and Chinese glyphs; as root with apt they are installed.
browser:
	@if [ ! -x /usr/bin/chromium ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			chromium fonts-wqy-microhei >/dev/null || echo "Chromium could not be installed."; \
	fi

lint: install-dev ## style, types, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install-dev ## mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-dev ## speed beside a plain echo bot; prints a table
	$(BIN)/python -m tests.bench

bench-nlu: install-dev ## understanding beside TF-IDF + LinearSVC and NLP.js (DATA=folder with data sets)
	@if command -v npm >/dev/null 2>&1 && [ ! -d build/nlpjs/node_modules ]; then \
		npm install --silent --no-fund --no-audit --prefix build/nlpjs node-nlp@4 || echo "NLP.js could not be installed."; \
	fi
	$(BIN)/python -m tests.bench.understanding $(DATA) $(ARGS)

bench-kb: install-dev ## how well and quickly articles are found (DATA=folder: public questions too)
	$(BIN)/python -m tests.bench.knowledge $(if $(DATA),--data $(DATA)) $(if $(ENTRIES),--entries $(ENTRIES))

soak: install-dev ## an hour of simulated faults (SECONDS=… for another length)
	$(BIN)/python -m tests.simulation --seconds $${SECONDS:-3600}

year: install-dev ## a simulated year of 3,000 customers, on PostgreSQL of 500 (CUSTOMERS=… ON_POSTGRESQL=…)
	YEAR_CUSTOMERS=$${CUSTOMERS:-3000} YEAR_ON_POSTGRESQL=$${ON_POSTGRESQL:-500} $(BIN)/python -m pytest -s --durations=2 tests/year

scripts: install-dev ## every conversation script through every channel, on both databases (SCRIPTS="words of some")
	SCRIPTS="$${SCRIPTS:-all}" $(BIN)/python -m pytest tests/contract/test_channels.py -k "not every"

pictures: install-dev browser ## the pictures of the README and docs, taken anew
	$(BIN)/python -m pytest -q tests/browser --update-screenshots -k "readme or both_customers or two_agents or of_wechat"

lock: ## write the lock files anew from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --upgrade pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --extra advisor pyproject.toml -c requirements.lock -o requirements-advisor.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --extra accurate pyproject.toml -c requirements.lock -o requirements-accurate.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --extra dev --extra advisor pyproject.toml -c requirements.lock -c requirements-advisor.lock \
		-o requirements-dev.lock

clean: ## remove what was installed and built (not your data)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
