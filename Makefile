# The commands of the project; a bare `make` lists them. Every step is also `python -m vaelib …` or `snakemake …`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYDEVD_DISABLE_FILE_VALIDATION := 1

SETTINGS := FIGURE PAPER SAMPLE PYTHON
UNKNOWN := $(filter-out $(addsuffix =%,$(SETTINGS)),$(MAKEOVERRIDES))
ifneq ($(UNKNOWN),)
$(error There is no setting $(UNKNOWN): expected one of $(SETTINGS))
endif
# Snakemake takes one process at a time in a folder, and a killed one leaves its lock, of which --quiet says nothing
LOCKED = { test -z "$$(ls -A .snakemake/locks 2>/dev/null)" || echo "Another build is at work in this folder, or one that was killed has left its lock. If none is at work: .venv/bin/snakemake --unlock, then again."; exit 1; }

.PHONY: help book check test reproduce verify bench slurm-check pdf slides notebooks clean

help:  ## this list
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"Python 3.11 or newer is needed, found {v.major}.{v.minor}. Set PYTHON=python3.x.")'
	@echo "Installing into .venv: 6 GB, most of it PyTorch, a few minutes."
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[book,test]'
	@touch $@

book: .venv/installed  ## the site, from the published results: installs, fetches MNIST, runs the notebooks, prints its path
	@echo "Executing the notebooks and building the book: six to fifteen minutes. Its warnings are errors."
	@snakemake --quiet all -- book || $(LOCKED)
	@echo "The book: $(CURDIR)/_build/html/index.html"

check: .venv/installed  ## lint, and the tests that need no kernel, browser, build or training: a few minutes
	ruff check . && ruff format --check --quiet .
	pytest -q -n 2 -m "not slow" --ignore tests/browser --ignore tests/site tests

# The browser's tests come first, in their order: one file of them takes longest. What all notebooks store is compared
# with what the site's build computes; nbval would execute each of them once more, and does so with the paper's figures.
test: .venv/installed  ## all tests: the library, the notebooks' stored outputs, the site
	ruff check . && ruff format --check --quiet .
	pytest -n 2 --dist loadfile --no-loadscope-reorder tests
	pytest -n 2 --dist loadscope --nbval notebooks/figure_*.ipynb
	@command -v chromium >/dev/null || echo "All passed, but the site was not tested in a browser: Chromium was not found. On Debian: apt install chromium, then make test again."

reproduce: .venv/installed  ## FIGURE=n, PAPER=name or all: trains what it needs here, prints ours beside the published numbers
	snakemake --config recompute=1 figure=$(FIGURE) paper=$(PAPER) -- sweep || $(LOCKED)
	python -m vaelib compare --recompute $(if $(FIGURE),--figure $(FIGURE)) $(if $(PAPER),--paper $(PAPER))

verify: .venv/installed  ## SAMPLE=n: retrains so many published experiments, drawn at random, and says which differ
	python -m vaelib verify --sample $(or $(SAMPLE),3)

bench: .venv/installed  ## measures training and Theorem 1 against others in one run, ten minutes, for the page Cost
	python -m pip install --quiet --disable-pip-version-check --no-deps -r benchmarks/requirements.txt \
	    || echo "pythae is not to be had here; measuring without it."
	python -m benchmarks

slurm-check: .venv/installed  ## the smoke sweep through profiles/slurm, on a SLURM installed for it (Debian, root; minutes)
	@profiles/slurm/check.sh

pdf: book  ## the book as one file for paper, printed by Chromium
	@command -v chromium >/dev/null || { echo "Chromium prints the book and was not found; on Debian: apt install chromium."; exit 1; }
	jupyter-book build _build/book --path-output _build/pdf --all --quiet -n -W --keep-going \
	    --builder custom --custom-builder singlehtml >/dev/null
	@cp _build/pdf/_build/singlehtml/book/intro.html _build/pdf/_build/singlehtml/book.html  # where its pictures are
	chromium --headless --no-sandbox --disable-gpu --disable-background-networking --no-pdf-header-footer \
	    --virtual-time-budget=60000 --print-to-pdf=_build/book.pdf \
	    file://$(CURDIR)/_build/pdf/_build/singlehtml/book.html 2>/dev/null
	@echo "The book: $(CURDIR)/_build/book.pdf"

slides: .venv/installed  ## the lecture's fifteen slides, as one HTML file, and as a PDF where Chromium is
	@snakemake --quiet all -- _build/slides/slides.html || $(LOCKED)
	@command -v chromium >/dev/null && chromium --headless --no-sandbox --disable-gpu --disable-background-networking \
	    --no-pdf-header-footer --print-to-pdf=_build/slides/slides.pdf file://$(CURDIR)/_build/slides/slides.html \
	    2>/dev/null && echo "On paper: $(CURDIR)/_build/slides/slides.pdf" || echo "No PDF: Chromium prints it."
	@echo "The slides: $(CURDIR)/_build/slides/slides.html"

notebooks: .venv/installed  ## executes the notebooks in place and normalises them, for a commit
	for notebook in notebooks/*.ipynb; do papermill --no-progress-bar --cwd notebooks $$notebook $$notebook; done
	python -m vaelib normalise notebooks/*.ipynb
	python -m vaelib nine book/static/nine.png

clean:  ## removes what was built (the site, caches); leaves .venv, data and runs alone
	rm -rf _build .snakemake .pytest_cache .hypothesis .ruff_cache
