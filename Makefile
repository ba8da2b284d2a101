# `make demo` and `make test` are all the set-up there is.
PYTHON ?= python3.11
VENV ?= .venv
BIN = $(VENV)/bin
DATA ?= $(PRIVBENCH_DATA)
JOBS ?= 2

.PHONY: demo test quick coverage mutants lint notebooks federated reference cmu speed clean

$(BIN)/privbench: setup.py pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=23"
	$(BIN)/pip install --quiet -e ".[test]"
	@touch $@

demo: $(BIN)/privbench  ## The main job on three folds of the embedded synthetic faces.
	$(BIN)/privbench run --defense hybrid --attacker fc3 --folds 3

federated: $(BIN)/privbench  ## Eight drawn people train at home; what their server sees is attacked.
	$(BIN)/pip install --quiet -e ".[federated]"
	$(BIN)/privbench run -d au-federated -a ridge -a lda --dataset synthau:people=8 --folds 4 --fold 0 --out privbench-out/federated
	$(BIN)/privbench updates --config privbench-out/federated/plan.toml -a lda --fold 0 --out privbench-out/federated

lint: $(BIN)/privbench
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

test: lint  ## Everything: what a change must pass.
	$(BIN)/pytest -n $(JOBS)

quick: $(BIN)/privbench  ## All but the slow tests, in about a minute.
	$(BIN)/pytest -n $(JOBS) -m "not slow"

coverage: $(BIN)/privbench  ## The share of lines that the tests in one process reach.
	$(BIN)/pytest --cov=. --cov-report=term:skip-covered

mutants: $(BIN)/privbench  ## Which changes of metrics and verdicts would no test notice? A sample of 80 of each.
	$(BIN)/python tests/mutate.py --sample 80 --seed 0 bench/metrics
	$(BIN)/python tests/mutate.py --sample 80 --seed 0 bench/verdicts

notebooks: $(BIN)/privbench  ## Run the examples and keep their outputs.
	cd examples && ../$(BIN)/jupyter execute --inplace *.ipynb

reference: $(BIN)/privbench  ## The reference run of results/synthfaces.
	$(BIN)/privbench run --config results/synthfaces.toml --out privbench-out/reference

cmu: $(BIN)/privbench  ## The table of results/cmu-faces; DATA is the folder that holds cmu-faces.
	$(BIN)/privbench run --config results/cmu-faces.toml --data-root $(DATA)/cmu-faces --out privbench-out/cmu

speed: $(BIN)/privbench  ## The benchmark of results/speed.md: about an hour on two cores.
	$(BIN)/python bench/speed/speed.py

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
