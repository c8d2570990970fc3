# The one entry. Needs Python >= 3.11 and make; everything else is built here, in .venv, .venvs and build.
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo lab test test-units test-wholes test-faults lint format bench screenshots dist environments clean

PYTHON = .venv/bin/python
FIND_PYTHON = sh tests/provision/find_python.sh
PROVISION := pyproject.toml tests/provision/environment.py tests/provision/find_python.sh
KERNELS := oldest middle newest
BUILT_KERNELS := $(KERNELS:%=.venvs/%/built)
# What no option or variable of the person who calls may change: tokens stay out, and with them every bill.
CLEAN_ENV := env -u RUNCOMFY_TOKEN -u RUNCOMFY_API_TOKEN -u RUNCOMFY_API_KEY -u YOUR_API_TOKEN \
	-u RUNCOMFY_MODEL_API_BASE -u RUNCOMFY_SERVERLESS_API_BASE
# Jupyter asks for this word where a container has no other user.
AS_ROOT = $(if $(filter 0,$(shell id -u)),--allow-root)
# The tests of the whole: they take the longest, and most of it is waiting.
WHOLES = tests/end_to_end tests/journeys tests/faults
# The pure floors, which must be covered whole.
PURE := runcomfy_jupyter/_domain/*,runcomfy_jupyter/errors.py,runcomfy_jupyter/_client/wire.py

help: ## Say what each target does
	@awk -F ':.*## ' '/^#: / { printf "\n%s\n", substr($$0, 4) } \
		/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

#: To try it

demo: .venv/lab.built ## Execute the quickstart notebook against the sandbox, check its video; no token, no bill
	@cd tests && $(CLEAN_ENV) ../$(PYTHON) -m demo.run

lab: .venv/lab.built ## Open the notebooks in JupyterLab, with the sandbox on
	@$(CLEAN_ENV) RUNCOMFY_SANDBOX=1 .venv/bin/jupyter lab $(AS_ROOT) notebooks/quickstart.ipynb $(ARGS)

#: To change it

test: .venv/dev.built $(BUILT_KERNELS) .venvs/chromium ## Run all tests, on the oldest and the newest too, with coverage; ARGS goes to pytest
	@rm -f .coverage .coverage.*
	@echo "· tests and coverage, in three rows that go side by side: most of their time is waiting …"
	@$(MAKE) -j3 -k test-units test-wholes test-faults
	@$(PYTHON) -m coverage combine --quiet
	@$(PYTHON) -m coverage report
	@$(PYTHON) -m coverage report --include='$(PURE)' --fail-under=100

# Real kernels, browsers and clusters; what fails and is killed; and all the rest, in the oldest and the newest, too.
test-wholes: .venv/dev.built
	@$(CLEAN_ENV) $(PYTHON) -m coverage run -m pytest $(ARGS) tests/end_to_end tests/journeys

test-faults: .venv/dev.built
	@$(CLEAN_ENV) $(PYTHON) -m coverage run -m pytest $(ARGS) tests/faults

test-units: .venv/dev.built
	@$(CLEAN_ENV) $(PYTHON) -m coverage run -m pytest $(ARGS) $(WHOLES:%=--ignore=%)
	@$(MAKE) test-oldest test-newest

test-oldest test-newest: test-%: .venv/dev.built .venvs/%/built
	@echo "· the unit tests in .venvs/$* …"
	@$(CLEAN_ENV) SANDBOX_PYTHON="$(CURDIR)/$(PYTHON)" .venvs/$*/bin/python -m pytest -q -m "not kernel and not browser" \
		$(WHOLES:%=--ignore=%) --ignore=tests/sandbox --ignore=tests/docs --ignore=tests/release

lint: .venv/dev.built ## Check style, types and imports
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: .venv/dev.built ## Mend what style checks can mend
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: .venv/dev.built ## Measure speed, load and growth beside their targets (10 minutes); ARGS names pieces
	@cd tests && $(CLEAN_ENV) ../$(PYTHON) -m bench.run $(ARGS)

screenshots: .venv/dev.built .venvs/newest/built .venvs/chromium ## Make the pictures of docs/ from the real thing
	@cd tests && $(CLEAN_ENV) ../$(PYTHON) -m screenshots.make

#: To release it

dist: .venv/release.built ## Build and check wheel and sdist; try the wheel on the oldest and the newest, clean
	@cd tests && $(CLEAN_ENV) ../$(PYTHON) -m release.check

#: To build and to tidy

environments: .venv/dev.built $(BUILT_KERNELS) .venvs/chromium ## Build everything the tests need, without running them

clean: ## Remove everything that make and the tools have built
	rm -rf .venv .venvs build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# environment.py skips what its own stamp says is built: not every change of pyproject.toml changes what is installed.
.venv/lab.built: $(PROVISION)
	@python=$$($(FIND_PYTHON)) && "$$python" tests/provision/environment.py lab
	@touch $@

.venv/dev.built: $(PROVISION)
	@python=$$($(FIND_PYTHON)) && "$$python" tests/provision/environment.py dev
	@touch $@

.venv/release.built: $(PROVISION)
	@python=$$($(FIND_PYTHON)) && "$$python" tests/provision/environment.py release
	@touch $@

.venvs/%/built: $(PROVISION)
	@python=$$($(FIND_PYTHON)) && "$$python" tests/provision/environment.py $*
	@touch $@

.venvs/chromium: .venv/dev.built tests/provision/chromium.py tests/support/browser.py
	@mkdir -p $(@D)
	@cd tests && ../$(PYTHON) -m provision.chromium > ../$@
