# Each of these works as the first command in a fresh clone: it makes .venv and installs into it.
#
#   make run      the main job: python main.py
#   make test     the test suite
#   make engines  tests beside other programs: MPI, sweeps that are killed, PostgreSQL, Pyodide; the live figures
#   make check    format, lint, types, fast tests, the size of nn/
#   make lint     the same without the tests
#   make oldest   the fast tests with the oldest packages that pyproject.toml promises (Python 3.11 or 3.12)
#   make kernels  the numerical tests with OpenBLAS's kernels for several kinds of processor
#   make courses  the exercises as nbgrader and Otter-Grader take them, tried with these
#   make accuracy the table in docs/accuracy.md, measured again where runs/accuracy has no finished run
#   make model    the model that comes with digitnet, trained again (unless runs/accuracy/best-0 is there)
#   make messages the catalogues of translations, from the sentences in the code
#   make pages    docs/options.md and the tables of docs/playground.md, from the tables in the code
#   make reader   the network for reading pictures, trained again
#   make bench    seconds per epoch of digitnet and its peers, into docs/performance.md
#   make speedrun seconds from the start of a process to an accuracy, of digitnet and its peers, into docs/speedrun.md
#   make site     the documentation as a site of files, in build/site; PYODIDE=FOLDER: with Python in its pages
#   make site-check  the same, and each of its pages opened in a browser: some minutes
#   make clean    remove what these made, except for runs/

PYTHON ?= python3
ENGINES := tests/test_mpi.py tests/test_sweep_killed.py tests/page/test_course.py tests/test_exercises_in_pyodide.py
BIN := .venv/bin

# The tests start hundreds of processes: with this variable each would compile digitnet's modules again.
unexport PYTHONDONTWRITEBYTECODE

define venv
@test -x $(BIN)/python || { echo "Making a virtual environment in .venv ..."; $(PYTHON) -m venv .venv; }
endef

.PHONY: run test engines check lint oldest kernels courses accuracy model reader pages messages bench speedrun site site-check clean

run: .venv/run.stamp
	$(BIN)/python main.py

# Three processes for two cores: many tests wait for processes, browsers and clocks. Where a test uses NumPy alone, as
# students do, threads of BLAS would wait for each other by spinning, and take up to ten times as long.
test: .venv/dev.stamp
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 3 --dist worksteal --ignore tests/site $(ENGINES:%=--ignore %)

engines: .venv/dev.stamp
	$(BIN)/python -m pytest --numprocesses 3 --dist worksteal $(ENGINES)

check: .venv/dev.stamp
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

lint: .venv/dev.stamp
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check --no-tests

# Without what runs notebooks, whose tools are no part of the promise.
oldest: .venv-oldest/stamp
	.venv-oldest/bin/python -m pytest --numprocesses 2 -m "not slow" \
	    --ignore tests/test_walkthrough.py --ignore tests/test_elsewhere.py

kernels: .venv/dev.stamp
	$(BIN)/python scripts/kernels

courses: .venv/dev.stamp .venv-courses/stamp
	$(BIN)/python -m pytest tests/test_exports_in_courses.py

accuracy: .venv/run.stamp
	$(BIN)/python benchmarks/accuracy.py

model: .venv/run.stamp
	$(BIN)/python benchmarks/accuracy.py --only best
	$(BIN)/python scripts/ship_model.py runs/accuracy/best-0

pages: .venv/run.stamp
	$(BIN)/python scripts/options_page.py
	$(BIN)/python scripts/messages_table.py

messages: .venv/dev.stamp
	$(BIN)/python scripts/translations.py

reader: .venv/run.stamp
	$(BIN)/python scripts/train_reader.py

bench: .venv-bench/stamp
	.venv-bench/bin/python benchmarks/speed.py $(BENCH)

speedrun: SPEEDRUN ?= --targets 98 --curves 3 --write
speedrun: .venv-bench/stamp
	.venv-bench/bin/python benchmarks/speedrun.py $(SPEEDRUN)

site: .venv-site/stamp
	PYTHONPATH="$(CURDIR)" .venv-site/bin/python -m pytest --quiet tests/test_site.py
	PYTHONPATH="$(CURDIR)" .venv-site/bin/python site/build.py build/site $(if $(PYODIDE),--pyodide "$(PYODIDE)")

site-check: site .venv/dev.stamp
	DIGITNET_SITE=build/site $(BIN)/python -m pytest --numprocesses 3 --dist worksteal tests/site

.venv-site/stamp: requirements/run.txt requirements/site.txt
	@test -x .venv-site/bin/python || { echo "Making a virtual environment in .venv-site ..."; \
	    $(PYTHON) -m venv .venv-site; }
	@echo "Installing Sphinx and what it needs into it (requirements/site.txt): once, in about a minute ..."
	@.venv-site/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/site.txt
	@touch $@

.venv-bench/stamp: requirements/run.txt requirements/bench.txt
	@test -x .venv-bench/bin/python || { echo "Making a virtual environment in .venv-bench ..."; \
	    $(PYTHON) -m venv .venv-bench; }
	@echo "Installing the peers into it (requirements/bench.txt): they are large, this takes minutes ..."
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/run.txt
	@for peer in $$(grep == requirements/bench.txt); do \
	    .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check $$peer \
	        || echo "$$peer could not be installed: its contestants are left out"; \
	done
	touch $@

.venv-oldest/stamp: requirements/oldest.txt
	test -x .venv-oldest/bin/python || $(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: -r requirements/oldest.txt
	touch $@

.venv-courses/stamp: requirements/courses.txt
	test -x .venv-courses/bin/python || $(PYTHON) -m venv .venv-courses
	.venv-courses/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/courses.txt
	touch $@

.venv/run.stamp: requirements/run.txt
	$(venv)
	@echo "Installing into it what the main job needs (requirements/run.txt): once, in about a minute ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/run.txt
	@touch $@

.venv/dev.stamp: requirements/run.txt requirements/dev.txt
	$(venv)
	@echo "Installing into it what tests and checks need (requirements/dev.txt): once, in some minutes ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

clean:
	rm -rf .venv .venv-bench .venv-courses .venv-oldest .venv-site build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
