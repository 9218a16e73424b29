#!/usr/bin/env bash
# Formatting, the contract and clippy. `make test` runs it first.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh

# buf wants every imported file in one module: the contract and, beside it, the
# google/api files of the Python package. The copy lives for the length of the check.
lint_contract() (
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  installed=$("$ROSTER_PYTHON" -c 'import google.api, os; print(os.path.dirname(google.api.__path__[0]))')
  mkdir "$copy/google"
  cp -r proto/buf.yaml proto/roster "$copy/"
  cp -r "$installed/api" "$installed/rpc" "$copy/google/"
  cd "$copy"
  "$tools/python/bin/buf" lint
)

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
step "contract" lint_contract
step "clippy" cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
