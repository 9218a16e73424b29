# The door. `make` lists what can be done; each target is one script in tools/.

.DEFAULT_GOAL := help
.PHONY: help run up test chaos lint fmt release-contract bench bench-growth bench-peers

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## build what is missing and start Roster on http://127.0.0.1:8080
	@bash tools/run.sh

up: ## build the five programs and start them with a PostgreSQL of their own (REPLICAS=2: two of each)
	@bash tools/up.sh

test: ## install what the tests need, then check and test everything
	@bash tools/test.sh

chaos: ## kill, stop, freeze and restart processes under work, five times as often (docs/reliability.md)
	@bash tools/chaos.sh

lint: ## formatting, the contract and clippy, without the tests
	@bash tools/lint.sh

fmt: ## format the Rust sources
	@cargo fmt --all

release-contract: ## what the contract says now is promised from now on (docs/partners.md)
	@bash tools/release-contract.sh

bench: ## speed: ours beside the limits, one line a figure; bench-LINE measures one
	@bash tools/bench.sh

bench-growth: ## list, search, check and import among 10 k, 100 k and 1 M users
	@bash tools/bench.sh growth

bench-peers: ## ours beside better-auth and django-import-export
	@bash tools/bench.sh peers

bench-%:
	@bash tools/bench.sh $*
