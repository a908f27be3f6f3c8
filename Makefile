# Everything a fresh machine with Python 3.11 and make needs; nothing is installed outside this folder.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
FEEDS ?= ../shared/feeds

.PHONY: help demo test lint pictures clean feeds hostile bench-feeds contracts faults

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/	/'

$(READY): pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@# --inexact keeps uv itself; bytecode is compiled now because every flow run is a fresh process
	$(BIN)/uv sync --quiet --frozen --inexact --compile-bytecode
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
	$(BIN)/uv sync --quiet --frozen --inexact --group bench
	$(BIN)/python -m benchmarks.feeds $(FEEDS)
	$(BIN)/pytest tests/feed/test_real_feeds.py tests/feed/test_polls.py tests/test_polls.py

hostile: $(READY) ## hostile feeds over HTTP: bounded time and memory, the others go on
	$(BIN)/pytest tests/feed/test_hostile.py tests/feed/test_retrieve.py tests/feed/test_fetch.py

bench-feeds: $(READY) ## what a feed costs, beside feedparser, fastfeedparser and reader
	$(BIN)/uv sync --quiet --frozen --inexact --group bench
	$(BIN)/python -m benchmarks.feed_cost $(FEEDS)

contracts: $(READY) ## every network against the wall, real servers and the vendors' own clients
	$(BIN)/uv sync --quiet --frozen --inexact --group oracles
	$(BIN)/python -m tests.real.servers install
	$(BIN)/pytest tests/networks tests/oracles tests/test_limits.py tests/wall

faults: $(READY)  ## every network and fault: after recovery exactly one post; prints the table
	$(BIN)/python -m tests.faults

pictures: $(READY)  ## the README's pictures, taken from a running demo in a real browser
	$(BIN)/python -m deployments.pictures

clean:           ## forget the environment and the demo's state
	rm -rf .venv .piquet
