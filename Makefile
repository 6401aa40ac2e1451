# Needs python3 and make; everything else is fetched into .venv and .cache. `make help` lists what there is.
.DEFAULT_GOAL := help
# What makes patients ill must not reach our own tools.
unexport PYTHONPATH PYTHONHOME
PYTHON3 ?= python3
PYTHON := .venv/bin/python
EVERYDAY := not slow and not network and not reproduction
# Arguments for pytest, as in: make test ARGS='-x -k journal'
ARGS ?=

.PHONY: help setup demo test test-all test-faults fuzz tox reproductions bench bench-cases bench-lock bench-images test-images bench-server lint style types layers format locks man package docs docs-pictures serve clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 24

setup: .venv/.ready ## make .venv with the toolkit, the server and the tools

.venv/.ready: pyproject.toml reference_server/pyproject.toml scripts/setup.sh
	@PYTHON3=$(PYTHON3) sh scripts/setup.sh
	@touch $@

demo: setup ## break an environment as the handbook does, then diagnose, treat and undo
	@$(PYTHON) scripts/demo.py

test: setup ## the everyday suite: minutes, no network
	$(PYTHON) -m pytest -m "$(EVERYDAY)" $(ARGS)

test-all: setup ## everything, reproductions included: hours, needs the package index
	$(PYTHON) -m pytest $(ARGS)

test-faults: setup ## kill treat at every step and at random moments
	TTS_DOCTOR_FAULTS=$${TTS_DOCTOR_FAULTS:-1000} $(PYTHON) -m pytest -k "fault or kill" $(ARGS)

fuzz: setup ## feed the readers of strangers' bytes a million inputs each (FUZZ=10000 for fewer)
	FUZZ=$${FUZZ:-1000000} $(PYTHON) -m pytest tests/fuzz $(ARGS)

tox: ## everything on every Python that is present here (ARGS='--only server' for a part): long
	@sh scripts/run_tox.sh $(ARGS)

reproductions: setup ## build every playbook's disease, see it fail, treat it, see it run
	$(PYTHON) -m pytest -m reproduction -n 2 $(ARGS)

lint: style types layers docs ## ruff, mypy --strict, the layers, the documentation

style: setup
	$(PYTHON) -m ruff check

types: setup
	$(PYTHON) -m mypy
	cd reference_server && ../$(PYTHON) -m mypy

layers: setup
	.venv/bin/lint-imports

format: setup ## let ruff order the imports
	$(PYTHON) -m ruff check --select I --fix

locks: setup ## compute the locks in constraints/ anew (needs the index)
	@sh scripts/make_locks.sh

bench: setup ## speed, memory and found defects beside pip check, uv pip check and importing everything
	@$(PYTHON) bench/compare.py

bench-cases: setup ## treat and naive repairs on the same broken environments (CASES=all, or ARGS=FOLDER of cases)
	@CASES="$(CASES)" $(PYTHON) bench/cases.py $(ARGS)

bench-lock: setup ## `lock` beside uv pip compile and pip-compile (needs the index)
	@$(PYTHON) bench/lock.py

test-images: setup ## build, run and check images for PYTHONS (3.8 to 3.12) with a container engine, its own where none runs
	@bash scripts/test_images.sh $${PYTHONS:-3.8 3.9 3.10 3.11 3.12}

bench-images: setup ## the generated image beside the handbook's and one by hand (needs an engine that has the base)
	@$(PYTHON) bench/images.py

bench-server: setup ## the server beside the handbook's design and plain gunicorn (SOAK=10000, KILLS=60 for more)
	@$(PYTHON) bench/server.py

man: setup ## write the manual page from the command line's grammar
	$(PYTHON) scripts/write_man_page.py

package: setup ## build sdist and wheel, check them, install them in every way (needs the index)
	$(PYTHON) -m pytest tests/package $(ARGS)

docs: setup ## build the documentation into site/, without a warning
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict

docs-pictures: setup ## take the documentation's pictures of the terminal anew (needs the index)
	$(PYTHON) scripts/take_pictures.py

serve: setup ## the reference server on http://127.0.0.1:8000
	.venv/bin/tts-server serve

clean: ## remove what make made
	rm -rf .venv .demo .cache .tox site
