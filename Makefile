.DEFAULT_GOAL := help

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
