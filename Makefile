# `make help` lists the targets. PYTHON3 picks another interpreter: make book PYTHON3=python3.12
PYTHON3 ?= python3
PYTHON := .venv/bin/python
INSTALLED := .venv/installed
BENCH_PYTHON := .venv-bench/bin/python
BENCH_INSTALLED := .venv-bench/installed
ADAPTERS_PYTHON := .venv-adapters/bin/python
ADAPTERS_INSTALLED := .venv-adapters/installed
COLAB_PYTHON := .venv-colab/bin/python
COLAB_INSTALLED := .venv-colab/installed
DIST_PYTHON := .venv-dist/bin/python
DIST_INSTALLED := .venv-dist/installed
EDIT_PYTHON := .venv-edit/bin/python
EDIT_INSTALLED := .venv-edit/installed
NODE_INSTALLED := node_modules/.installed
SCRIPTS := vae_tutorial/explorables/built
HTML := _build/html

.DEFAULT_GOAL := help
.PHONY: book sphinx check style chapter test notebooks js check-js bench pdf slides test-matrix test-colab test-adapters \
  dist release git-drivers repoint serve clean help

book: $(INSTALLED) ## Build the pages into _build/html
	.venv/bin/jupyter-book build book --config _config.yml --path-output . --quiet -n -W --keep-going
	@echo "The book is built. Open $(HTML)/index.html"

# Jupyter Book 1 is in maintenance. What it hands to Sphinx is written into _build/sphinx/conf.py; the pages are the same.
sphinx: $(INSTALLED) ## Build the same pages with Sphinx alone, without Jupyter Book, into _build/sphinx/html
	$(PYTHON) -m bookkit.commands.sphinx
	$(PYTHON) -m sphinx -q -n -W --keep-going -c _build/sphinx -d _build/sphinx/doctrees book _build/sphinx/html
	@echo "The book is built. Open _build/sphinx/html/index.html"

# Two processes with one thread each (conftest.py) suit any machine; tests/support/schedule.py says who runs with whom.
PYTEST := $(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: style ## In two to three minutes: style, types, and every law that needs neither a browser nor a notebook's run
	$(PYTEST) -m "not slow" tests --ignore tests/browser

style: $(INSTALLED) $(if $(shell command -v npm),check-js)
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

# The last step is pytest, which closes with its own count.
test: book style $(EDIT_INSTALLED) ## Build the book, check style and types, run every test and every notebook
	$(PYTEST)

chapter: $(INSTALLED) ## Format, run and store one chapter, then try its laws and its planted error (ONLY=name)
	$(PYTHON) -m bookkit.commands.chapter $(ONLY)

notebooks: $(INSTALLED) ## Format and re-run the notebooks, and store normalised outputs (ONLY="name name" for some)
	$(PYTHON) -m ruff format $(or $(foreach name,$(ONLY),book/$(name).ipynb),book bookkit)
	$(PYTHON) -m bookkit.commands.notebooks $(ONLY)
	$(PYTHON) -m bookkit.commands.roads
	$(PYTHON) -m bookkit.commands.about

# Stored, because neither installing nor importing the package needs node; a test holds them equal to a fresh build.
js: $(NODE_INSTALLED) ## Bundle the scripts of the moving figures into vae_tutorial/explorables/built
	rm -rf $(SCRIPTS)
	npm run --silent build -- --outdir=$(SCRIPTS)

check-js: $(NODE_INSTALLED) ## Check style and types of the scripts, and test their numerics under node
	npm run --silent lint
	npm run --silent types
	npm run --silent test

# Training is timed on one thread and on two: which is faster depends on the network, and so do the ratios.
bench: $(BENCH_INSTALLED) ## Time training and evidence against peers, in an environment of their own
	$(BENCH_PYTHON) -m benchmarks.adapters
	for threads in 1 2; do \
	  $(BENCH_PYTHON) -m benchmarks.training_step --threads $$threads && \
	  $(BENCH_PYTHON) -m benchmarks.training_peers --threads $$threads || exit 1; done
	$(BENCH_PYTHON) -m benchmarks.evidence

pdf: book ## Print the whole book into _build/book.pdf (needs Chromium)
	$(PYTHON) -m bookkit.commands.pdf

slides: $(INSTALLED) ## Make slides of the lecturer's road into _build/slides.html (needs Chromium)
	$(PYTHON) -m bookkit.commands.slides

test-matrix: $(INSTALLED) ## Run the notebooks under other threads and vector units (ONLY="name name" for some)
	$(PYTHON) -m bookkit.commands.matrix $(ONLY)

test-colab: $(INSTALLED) $(COLAB_INSTALLED) ## Run each notebook alone under Colab's versions (ONLY="name name" for some)
	$(PYTHON) -m bookkit.commands.colab --base $(COLAB_PYTHON) $(ONLY)

test-adapters: $(ADAPTERS_INSTALLED) ## Hold the adapters to the libraries themselves, in an environment of their own
	$(ADAPTERS_PYTHON) -m pytest tests/adapters

dist: $(DIST_INSTALLED) ## Build the wheel and the source archive into dist/, and check them as an index would
	rm -rf dist
	$(DIST_PYTHON) -m build --quiet
	$(DIST_PYTHON) -m twine check --strict dist/*

release: $(INSTALLED) ## Prepare a release: write the version wherever it stands: make release VERSION=0.2.0
	$(PYTHON) -m bookkit.commands.release $(VERSION)

git-drivers: $(INSTALLED) $(EDIT_INSTALLED) ## Let git show and merge notebooks by their cells, in this clone
	$(PYTHON) -m bookkit.commands.git_drivers

repoint: $(INSTALLED) ## Put another repository in place of this one's address: make repoint URL=https://github.com/you/book
	$(PYTHON) -m bookkit.commands.repoint $(URL)

serve: book ## Build the pages and show them at http://127.0.0.1:8000
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory $(HTML) 8000

clean: ## Remove what was built; the environment in .venv stays
	rm -rf _build build dist .mypy_cache .pytest_cache .ruff_cache *.egg-info

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

# The stamp is newer than both files that say what to install, so a second run installs nothing.
$(INSTALLED): requirements.txt pyproject.toml
	$(PYTHON3) -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(NODE_INSTALLED): package-lock.json .npmrc
	npm ci --silent
	@touch $@

$(BENCH_INSTALLED): requirements/bench.txt pyproject.toml
	$(PYTHON3) -m venv .venv-bench
	$(BENCH_PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements/bench.txt
	$(BENCH_PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(ADAPTERS_INSTALLED): requirements.txt requirements/adapters.txt pyproject.toml
	$(PYTHON3) -m venv .venv-adapters
	$(ADAPTERS_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(ADAPTERS_PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements/adapters.txt
	$(ADAPTERS_PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(COLAB_INSTALLED): requirements/colab.txt
	$(PYTHON3) -m venv .venv-colab
	$(COLAB_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements/colab.txt
	@touch $@

$(DIST_INSTALLED): requirements/dist.txt
	$(PYTHON3) -m venv .venv-dist
	$(DIST_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements/dist.txt
	@touch $@

$(EDIT_INSTALLED): requirements/edit.txt
	$(PYTHON3) -m venv .venv-edit
	$(EDIT_PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements/edit.txt
	@touch $@
