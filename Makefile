.DEFAULT_GOAL := help
COUNT ?= 5000
MINUTES ?= 5
SEED ?=
ARGS ?=

##@ Run

.PHONY: run run-sender run-consumer e2e tickets
run: ## sender and consumer side by side on the local stack, from nothing
	@exec scripts/run both

tickets: ## a ticket office with a page: a crowd comes, things break, each seat is sold once; ARGS="--naive", "--calm", "--proof"
	@exec scripts/tickets $(ARGS)

run-sender: ## the sender alone; ARGS="--rate 100 --count 1000"
	@exec scripts/run sender $(ARGS)

run-consumer: ## the consumer alone, any number of them; ARGS="--workers 8"
	@exec scripts/run consumer $(ARGS)

e2e: ## send COUNT messages, drain them, restart a consumer on the way, compare
	@exec scripts/e2e --count $(COUNT)

##@ Check

.PHONY: test check deny chaos bench mutants package public-api
test: ## every test: units, pipeline, the promises on the real stack, end to end, a minute of chaos
	@scripts/test

chaos: ## break everything for MINUTES while messages flow, then count; SEED=n repeats a run; ARGS="--fifo 20000": in order, ARGS="--mapping": JSON into columns
	@exec scripts/chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: ## speed, latency, cost, memory, beside rivals; ARGS="drain", ARGS="distance", ARGS="tx", ARGS="mapping", ARGS="losses", ARGS="growth --rows 20000000"
	@exec scripts/bench $(ARGS)

check: ## what CI demands of style: format, structure, lints, documentation, deploy
	@cargo fmt --all -- --check
	@scripts/check-structure
	@cargo clippy --workspace --all-targets -- --deny warnings
	@RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --document-private-items --quiet
	@scripts/check-deploy

mutants: ## changes the engine's code in small ways, and lists what no test in virtual time notices; ARGS="--shard 1/8"
	@cargo mutants --version >/dev/null 2>&1 || { echo "make mutants: cargo-mutants is missing: cargo install cargo-mutants --locked" >&2; exit 1; }
	@cargo mutants --package acquit-engine --test-package acquit-engine $(ARGS)

public-api: ## writes what each library makes public to its public-api.txt, for the review of a change; needs cargo-public-api
	@exec scripts/public-api

package: ## what would be published, built from what would be published; needs the network
	@cargo package --workspace --exclude bench --exclude consumer --exclude faultproxy --exclude proof --exclude sender --exclude tickets

deny: ## licences, sources and known vulnerabilities of all dependencies; needs cargo-deny and the network
	@cargo deny check

##@ Local stack

.PHONY: up down status logs env clean
up: ## start LocalStack and the database, or what of them has died
	@scripts/stack up

down: ## stop both; the database's data stays
	@scripts/stack down

status: ## show state, port and address of each
	@scripts/stack status

logs: ## show the last log lines (scripts/stack logs -f follows them)
	@scripts/stack logs

env: ## print the stack's variables; use: eval "$(make -s env)"
	@scripts/stack env

clean: ## stop both and remove everything the stack wrote
	@scripts/stack clean

##@ Help

.PHONY: help
help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
