#!/usr/bin/env bash
# Formatting, the contract and clippy. `make test` runs it first.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh
source tools/contract.sh

tools_for_lint() {
  want_compiler
  want_python
  install_missing
  need_component rustfmt rustfmt
  need_component cargo-clippy clippy
  need_python_packages
}

step "tools for lint" tools_for_lint
step "format" cargo fmt --all --check
step "contract" in_contract_copy buf lint
step "released contract" in_contract_copy refuse_breaks
step "clippy" cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
