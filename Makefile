# make chat   serves the web chat on http://127.0.0.1:7860
# make test   checks and tests everything
# Both set up what they need on a fresh machine; a second run installs nothing.

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: setup chat index check test test-wordpress soak bench evaluate browser nginx redis systemd clean

setup: $(VENV)/.installed

chat: setup
	$(BIN)/python app.py

index: setup
	$(BIN)/python -m bot build

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/oxlint --deny-warnings bot/web/static
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_layers.py tests/test_exports.py

test: check browser nginx redis systemd $(VENV)-forum/.installed
	$(BIN)/pytest -n 2 --dist loadfile

# Not in `make test`: it wants Debian's WordPress, PHP and MariaDB, as root (tests/wordpress/run.sh).
test-wordpress: $(VENV)/.installed-dev
	$(BIN)/pytest --override-ini addopts=--strict-markers tests/wordpress

# Ten thousand hostile requests, crowds, kill -9: minutes of load. `make test` runs a short form.
soak: $(VENV)/.installed-dev
	$(BIN)/python -m tests.soak

bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_page

# The last four sets ask about eight other articles.
evaluate: SECOND = SEEDS_DIR=tests/second_corpus INDEX_DIR=index/second
evaluate: setup
	$(BIN)/python -m bot evaluate --ablation tests/questions/dev.jsonl
	$(BIN)/python -m bot evaluate --ablation tests/questions/own.jsonl
	$(BIN)/python -m bot evaluate tests/questions/more.jsonl
	$(BIN)/python -m bot evaluate tests/questions/fresh.jsonl
	$(BIN)/python -m bot evaluate tests/questions/unseen.jsonl
	$(SECOND) $(BIN)/python -m bot evaluate --ablation tests/questions/second.jsonl
	$(SECOND) $(BIN)/python -m bot evaluate tests/questions/fresh_second.jsonl
	$(SECOND) $(BIN)/python -m bot evaluate tests/questions/unseen_second.jsonl
	$(SECOND) $(BIN)/python -m bot evaluate tests/questions/more_second.jsonl

# torch first: asked for later, by another package's open range, pip takes a newer and larger one.
$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements.txt)"
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(VENV)-forum/.installed: requirements-forum.txt
	$(PYTHON) -m venv $(VENV)-forum
	$(VENV)-forum/bin/pip install --quiet --disable-pip-version-check -r requirements-forum.txt
	touch $@

# Installs Debian's package of a program that only tests need: names, package, what it is for.
debian = @PATH="$$PATH:/usr/sbin" command -v $(1) > /dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null \
	&& echo "Installing Debian's $(2) for $(3)" \
	&& apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $(2) > /dev/null; } \
	|| echo "NO $(2): it is not installed and cannot be installed here; $(3) will not run"

nginx:
	$(call debian,nginx,nginx-light,the tests behind a proxy)

redis:
	$(call debian,redis-server,redis-server,the tests of shared limits)

systemd:
	$(call debian,systemd-analyze,systemd,the check of the systemd unit)

browser:
	$(call debian,chromium chromium-browser google-chrome,chromium,the browser tests)

clean:
	rm -rf $(VENV) $(VENV)-forum .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find index -mindepth 1 -not -name README.md -not -name 'votes.*' -not -name 'counts.*' -not -name closed -delete
