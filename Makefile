# `make lab`, and `make test` in the repository, do everything from nothing, in the folder .venv. All
# paths are relative, so it may lie in a folder with spaces in its name. A class gets the first part
# of this file (see publish/student_kit.py).

# Call e.g. `make lab PYTHON=/opt/python3.12/bin/python3` to choose an interpreter.
PYTHON ?=
CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11)
VENV = .venv/bin/python
COLAB = .venv-colab/bin/python
FIRST_LESSON = notebooks/00_first_painting.ipynb
# The lessons are written for TensorFlow; vgg19-lite may be trained with any backend.
lab: export KERAS_BACKEND = tensorflow
export TF_CPP_MIN_LOG_LEVEL = 3
# The kernel of .venv goes before one of the same name in the user's home.
export JUPYTER_PREFER_ENV_PATH = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# An inherited backend, Agg say, would keep the figures out of the notebooks.
unexport MPLBACKEND

.PHONY: help lab FORCE

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' Makefile

# ---- for students -------------------------------------------------------------------------

# With no display there is no browser to open; Jupyter prints the address instead.
DISPLAY_FOUND = $(or $(DISPLAY),$(WAYLAND_DISPLAY),$(BROWSER),$(filter Darwin,$(shell uname)))
# A photo to upload is one message to the server, and Tornado allows 10 MB: room for 50 MB.
LAB_OPTIONS = $(if $(filter 0,$(shell id -u)),--allow-root) $(if $(DISPLAY_FOUND),,--no-browser) \
  --ServerApp.tornado_settings="{'websocket_max_message_size': 60000000}"

lab: .venv/installed-lab  ## open the first lesson in JupyterLab (options: LAB_ARGS="--port=9000")
	$(VENV) -m jupyter lab $(LAB_OPTIONS) --LabApp.default_url=/lab/tree/$(FIRST_LESSON) $(LAB_ARGS)

# ---- installation -------------------------------------------------------------------------

# The stamps make a second call instant and offline. An editable install does not survive moving
# the repository to another folder, so the folder is noted and compared.
ifneq ($(shell cat .venv/folder 2>/dev/null),$(CURDIR))
.venv/installed-lab .venv/installed-publish .venv/installed-test: FORCE
endif

.venv/installed-lab: pyproject.toml | $(VENV)
	@echo "Installing the course into .venv: TensorFlow is large, give it some minutes ..."
	$(VENV) -m pip install --quiet --editable ".[tensorflow,lab]"
	@# JupyterLab's pop-up about news would cover the first lesson.
	$(VENV) -m jupyter labextension disable --level=sys_prefix \
	  "@jupyterlab/apputils-extension:announcements" 2>/dev/null
	@printf %s "$(CURDIR)" >.venv/folder
	@touch $@

$(VENV) $(COLAB):
	@for python in $(CANDIDATES); do \
	  if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	      2>/dev/null; then \
	    "$$python" -c 'import ensurepip' 2>/dev/null || { \
	      echo "$$python has no ensurepip: install it (Debian, Ubuntu: apt install python3-venv)."; \
	      exit 1; }; \
	    echo "Creating $(@:/bin/python=) with $$("$$python" --version)"; \
	    exec "$$python" -m venv --clear $(@:/bin/python=); \
	  fi; \
	done; \
	echo "The course needs Python 3.11, 3.12 or 3.13; none of these is one:" $(CANDIDATES)"."; \
	echo "Install one, or say where it is: make $(or $(firstword $(MAKECMDGOALS)),lab) PYTHON=/path/to/python3.12"; \
	exit 1

# ---- for developers -----------------------------------------------------------------------

.PHONY: test lint notebooks colab student-kit slides book test-browser test-robust test-slow test-soak test-vgg19 test-colab mutants bench duel classroom guides gallery distill widths train-fast clean

# Two at a time; not more, as each may hold a kernel with TensorFlow in it.
PYTEST = $(VENV) -m pytest --numprocesses=2 --dist=worksteal
# A notebook's cells stay together.
NBVAL = $(PYTEST) --dist=loadfile --nbval-lax --nbval-current-env --nbval-cell-timeout=300
# What builds the kit and the slides; whoever has installed the tests has it already.
PUBLISH = $(or $(wildcard .venv/installed-test),.venv/installed-publish)

test test-slow test-colab notebooks bench duel gallery widths train-fast: export KERAS_BACKEND = tensorflow

# Nobody is there to press a button: widgets do their work at once (see nstlib/notebook.py).
test test-slow notebooks: export NST_HEADLESS = 1
# Tests and built notebooks must not depend on settings and downloads in the user's home.
test test-slow notebooks: export KERAS_HOME = $(CURDIR)/build/keras
test test-slow notebooks: export IPYTHONDIR = $(CURDIR)/build/ipython
test test-slow notebooks: | build/ipython
build/ipython:
	@mkdir -p $@

test: lint  ## check: style, unit tests, doctests, every student's notebook cell by cell
	MPLBACKEND=Agg $(PYTEST) -m "not slow"
	$(VENV) -m pytest tests/robust -k "00_first and not solutions or finds"
	$(VENV) -m pytest tests/browser/test_jupyterlab.py -k first_lesson
	NST_FAST=1 $(NBVAL) notebooks/*.ipynb

test-slow: .venv/installed-test  ## what that leaves out for its time: instructor's notebooks, long trainings (half an hour)
	MPLBACKEND=Agg $(PYTEST) -m slow
	$(NBVAL) notebooks/instructor/*.ipynb

lint: .venv/installed-test  ## check style, format, types and spelling
	$(VENV) -m ruff check
	$(VENV) -m ruff format --check
	$(VENV) -m mypy
	$(VENV) -m codespell_lib README.md CHANGELOG.md .github docs nstlib tests notebooks publish

notebooks: .venv/installed-test  ## build and run the notebooks (some of them: LESSONS="00 03")
	$(VENV) publish/build.py $(LESSONS)

colab: $(PUBLISH)  ## put your fork's name everywhere: make colab REPO=owner/name
	@test -n "$(REPO)" || { echo "Say which repository on GitHub: make colab REPO=owner/name"; exit 1; }
	$(VENV) publish/build.py --repository "$(REPO)"

student-kit: $(PUBLISH)  ## pack dist/nst-course.zip for a class, without solutions
	$(VENV) publish/student_kit.py

slides: $(PUBLISH)  ## make dist/slides, a deck of each lesson (some: LESSONS="00 03")
	$(VENV) publish/slides/make_slides.py $(LESSONS)

book: .venv/installed-test  ## make dist/book, the lessons as a website (SOLUTIONS=no: without)
	$(VENV) publish/book/make_book.py $(if $(filter no,$(SOLUTIONS)),--without-solutions)

test-browser: .venv/installed-test  ## lessons, slides and website in Chromium
	$(VENV) -m pytest tests/browser

test-robust: .venv/installed-test  ## every notebook read-only, in an odd folder, its cells twice (half an hour)
	$(VENV) -m pytest tests/robust

test-soak: export NST_SOAK = 5
test-soak: .venv/installed-test  ## every solution checked again and again, with other inputs (an hour)
	$(PYTEST) tests/test_check.py -k "right or told or same_mistake or library_passes"

test-vgg19: .venv/installed-test  ## every lesson with VGG-19, tiny, with weights made for it (10 minutes)
	$(VENV) tests/robust/vgg19.py

# The library's tests; what builds notebooks, lints, trains and measures nobody runs in Colab.
COLAB_TESTS = $(wildcard tests/test_check*.py tests/test_image_*.py) $(patsubst %,tests/test_%.py, \
  accessible cli control conventions line_search_behaviour losses mask_painter memory networks \
  objective optimizers pictures plots precision profile progress references run settings sliders \
  stylize two_loops widgets worker)
test-colab: export KERAS_HOME = $(CURDIR)/build/keras
test-colab: export IPYTHONDIR = $(CURDIR)/build/ipython
test-colab: | build/ipython
test-colab: .venv-colab/installed  ## every lesson with Colab's versions, in an environment of its own
	$(COLAB) -m pytest --disable-warnings --durations=15 tests/colab/test_colab.py
	NST_HEADLESS=1 MPLBACKEND=Agg $(COLAB) -m pytest --disable-warnings nstlib $(COLAB_TESTS)

mutants: .venv/installed-test  ## put small mistakes into the library: do the tests notice? (half an hour)
	$(VENV) tests/mutate.py $(MUTANTS)

bench: .venv/installed-test  ## measure against other implementations, into benchmarks/RESULTS.md
	$(VENV) benchmarks/bench.py $(BENCH_ARGS)

duel: .venv/installed-test  ## compare Adam with L-BFGS, into data/optimizer_duel.json
	$(VENV) benchmarks/duel.py $(DUEL_ARGS)

classroom: .venv/installed-test .venv/installed-lab  ## measure many students on this machine, into benchmarks/CLASSROOM.md
	$(VENV) benchmarks/classroom.py $(CLASSROOM_ARGS)
	$(VENV) docs/fill_guides.py

guides: | $(VENV)  ## put what was planned and measured into docs/teaching.md and docs/deploying.md
	$(VENV) docs/fill_guides.py

gallery: .venv/installed-test  ## paint the nine pairs of docs/gallery.md again
	$(VENV) docs/make_gallery.py

distill: .venv/installed-test  ## train vgg19-lite from TEACHERS=folder into build/vgg19-lite.npz
	@test -d "$(TEACHERS)" || { echo "Say where the teachers are: make distill TEACHERS=folder"; exit 1; }
	mkdir -p build
	$(VENV) -m nstlib.training.distill "$(TEACHERS)" --output build/vgg19-lite.npz

widths: .venv/installed-test  ## train small networks of several widths, into data/small_networks.json (20 minutes)
	$(VENV) benchmarks/widths.py $(WIDTHS_ARGS)

train-fast: .venv/installed-test  ## train the fast networks from TEACHERS=folder, STYLES=folders
	@test -d "$(TEACHERS)" || { echo "Say where the photographs are: make train-fast TEACHERS=folder"; exit 1; }
	$(VENV) -m nstlib.training.transfer_network "$(TEACHERS)" data/style $(STYLES)
	$(VENV) -m nstlib.training.any_style "$(TEACHERS)" data/style

clean:  ## delete caches and build products (.venv stays; delete it to begin from nothing)
	rm -rf build/keras build/ipython build/slides build/book build/play build/axe dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path './.venv*' -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) \
	  -exec rm -rf {} +

# ---- installation for developers -----------------------------------------------------------

$(COLAB): CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3)
.venv/installed-test: pyproject.toml | $(VENV)
	@echo "Installing the course and its tests into .venv: give it some minutes ..."
	$(VENV) -m pip install --quiet --editable ".[tensorflow,lab,test,browser,book]"
	@printf %s "$(CURDIR)" >.venv/folder
	@touch $@

.venv/installed-publish: pyproject.toml | $(VENV)
	@echo "Installing what builds the kit and the slides into .venv ..."
	$(VENV) -m pip install --quiet --editable ".[publish]"
	@printf %s "$(CURDIR)" >.venv/folder
	@touch $@

# nstlib is not installed: the lessons have to find it by themselves, as in Colab.
.venv-colab/installed: tests/colab/constraints.txt | $(COLAB)
	@echo "Installing the versions that Colab has into .venv-colab: give it some minutes ..."
	@$(COLAB) -m pip install --quiet --requirement $< hypothesis jupytext nbclient || { echo \
	  "Colab's versions could not be installed: pip needs a connection, this first time."; exit 1; }
	@$(COLAB) -c 'import sys; v = sys.version.split()[0]; v.startswith("3.13.") or \
	  print(f"Colab has Python 3.13, .venv-colab has {v}: to change it, delete it and say PYTHON=...")'
	@touch $@
