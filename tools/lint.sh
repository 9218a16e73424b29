#!/usr/bin/env bash
# Formatting, the contract and clippy. `make test` runs it first.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh
source tools/contract.sh

# Rules that load, and that speak and keep silent as their tests say.
alerts() (
  cd k8s/alerts
  promtool check rules roster.rules.yml >/dev/null
  promtool test rules roster.test.yml >/dev/null
)

tools_for_lint() {
  want_compiler
  want_python
  install_missing
  need_component rustfmt rustfmt
  need_component cargo-clippy clippy
  need_python_packages
  need_promtool
}

step "tools for lint" tools_for_lint
step "format" cargo fmt --all --check
step "contract" in_contract_copy buf lint
step "released contract" in_contract_copy refuse_breaks
step "alerts" alerts
step "clippy" cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
