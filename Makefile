# Everything a fresh machine with Python 3.11 and make needs; nothing is installed outside this folder.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
FEEDS ?= ../shared/feeds
UV := $(shell command -v uv 2>/dev/null)
# --inexact keeps a uv that lives in .venv.
SYNC := $(or $(UV),$(BIN)/uv) sync --quiet --frozen --inexact

.PHONY: help demo test lint desk clean feeds hostile bench bench-feeds bench-impact contracts faults peer-faults deploy-check doctor-check crash contention day adversity soak year impact fuzz audit-code bom

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/	/'

$(READY): pyproject.toml uv.lock
ifdef UV
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
else
	@# Debian without python3-venv leaves a .venv that has python and no pip, so pip is what tells.
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv >/dev/null 2>&1; test -x $(BIN)/pip || \
		{ echo "Python cannot make a .venv with pip here: install python3-venv (or uv), then run make again." >&2; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
endif
	@# Bytecode is compiled now because every flow run is a fresh process.
	$(SYNC) --compile-bytecode
	@touch $(READY)

demo: $(READY)   ## the main job, embedded: make demo [ONCE=1] [FEED=path-or-url]
	@PYTHONDONTWRITEBYTECODE= exec $(BIN)/piquet demo $(if $(ONCE),--once) $(if $(FEED),--feed '$(FEED)')

test: $(READY)   ## every test, in random order and in parallel
	$(BIN)/pytest $(PYTEST)

lint: $(READY)   ## style and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

feeds: $(READY)  ## every entry of real feeds right, successive polls; FEEDS=folder
	$(SYNC) --group bench
	$(BIN)/python -m benchmarks.feeds $(FEEDS)
	$(BIN)/pytest tests/feed/test_real_feeds.py tests/feed/test_polls.py tests/test_polls.py

hostile: $(READY) ## hostile feeds over HTTP: bounded time and memory, the others go on
	$(BIN)/pytest tests/feed/test_hostile.py tests/feed/test_retrieve.py tests/feed/test_fetch.py \
		tests/feed/test_parse.py tests/feed/test_decode.py

bench: $(READY)  ## what a cycle, a growing ledger and several workers cost; SMALL=1 for a quick look
	$(BIN)/python -m benchmarks

bench-feeds: $(READY) ## what a feed costs, beside feedparser, fastfeedparser and reader
	$(SYNC) --group bench
	$(BIN)/python -m benchmarks.feed_cost $(FEEDS)

bench-impact: $(READY) ## an impact report over 100,000 posts and 1,000,000 snapshots, beside a plain SQL sum; SMALL=1
	$(BIN)/python -m benchmarks.impact

contracts: $(READY) ## every network against the wall, real servers and the vendors' own clients
	$(SYNC) --group oracles
	$(BIN)/python -m tests.real.servers install
	$(BIN)/pytest tests/networks tests/oracles tests/test_limits.py tests/wall

faults: $(READY)  ## every network and fault: after recovery exactly one post; prints the table
	$(BIN)/python -m tests.faults

adversity: $(READY) ## Prefect's server, the ledger, the disk and the clock fail in mid-run; prints the table
	$(BIN)/python -m tests.adversity

peer-faults: $(READY) ## the faults that Piquet's peers suffer, over real sockets; prints the table beside theirs
	$(BIN)/python -m tests.peers $(ROWS)

deploy-check: $(READY) ## docs/deploy.md, followed literally on this machine (as root) up to a strike post
	$(BIN)/python -m tests.deploy

doctor-check: $(READY) ## installations broken in one place each: piquet doctor finds it and nothing else
	$(BIN)/python -m tests.doctor

crash: $(READY)   ## a cycle killed at every step on every network, then at random: KILLS=200 [FAST=1]
	-$(BIN)/python -m tests.real.servers install
	$(BIN)/python -m tests.crash

contention: $(READY) ## 8 processes on one PostgreSQL ledger, 2 on SQLite, some killed: 2,000 posts
	$(BIN)/python -m tests.crash.contention

day: $(READY)     ## a strike day in fast time and the story of 2019, on a wall: DAY=2026-12-05 ZONE=Europe/Paris
	@DAY='$(DAY)' ZONE='$(ZONE)' $(BIN)/python -m tests.day

desk: $(READY)   ## a strike from its eve to its end in a real browser, and the pictures in docs/: [PICTURES=folder]
	$(BIN)/python -m tests.desk

soak: $(READY)    ## simulated hours of one-minute cycles on a real server and worker: nothing may grow; HOURS=24
	@HOURS='$(HOURS)' $(BIN)/python -m tests.soak

year: $(READY)    ## a year of 200 entries a day to 6 accounts: the ledger's size, a cycle's time and memory
	$(BIN)/python -m benchmarks.year

impact: $(READY) ## simulated strikes with and without an effect, then one on the wall and its report: [REPORT=folder]
	@REPORT='$(REPORT)' $(BIN)/python -m tests.impact

fuzz: $(READY)   ## outlet files and block values of anything, longer: never a traceback, one sentence each; EXAMPLES=20000
	FUZZ=$(or $(EXAMPLES),20000) $(BIN)/pytest tests/fuzz --timeout 3600

audit-code: $(READY) ## bandit, schemathesis on the wall, zizmor, pip-audit: 0 where all is clean or argued; OFFLINE=1
	UV_PROJECT_ENVIRONMENT=.venv-audit $(or $(UV),$(BIN)/uv) sync --quiet --frozen --only-group audit
	@UV='$(or $(UV),$(BIN)/uv)' OFFLINE='$(OFFLINE)' EXAMPLES='$(or $(EXAMPLES),30)' $(BIN)/python -m tests.audit

bom: $(READY)    ## the bill of materials, CycloneDX, from the lock: bom.json
	UV_PROJECT_ENVIRONMENT=.venv-audit $(or $(UV),$(BIN)/uv) sync --quiet --frozen --only-group audit
	$(or $(UV),$(BIN)/uv) export --quiet --frozen --no-emit-project --no-dev --extra postgresql -o .venv-audit/locked.txt
	.venv-audit/bin/cyclonedx-py requirements .venv-audit/locked.txt --pyproject pyproject.toml --output-reproducible -o bom.json

clean:           ## forget the environment and the demo's state
	rm -rf .venv .venv-audit .piquet
