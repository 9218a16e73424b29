#!/usr/bin/env bash
# Everything that must hold before a change is taken.
# ROSTER_TEST_POSTGRES, if set, names a server to use instead of a throwaway one.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh
source tools/postgres.sh

tools_for_tests() {
  want_compiler
  want_python
  want_node
  want_servers
  want_containers
  install_missing
  need_python_packages
  need_kubernetes_packages
  need_node_packages clients/typescript
  need_node_packages tools/node
  need_nextest
}

# Runnable examples in documentation: an opening fence (every other one) without a word or with "rust".
has_doc_examples() {
  grep -rhE '^ *//[/!] ```' --include '*.rs' ./*/src |
    awk 'NR % 2 && /```(rust|no_run|should_panic)?$/ { found = 1 } END { exit !found }'
}

# An empty run would close with "0 passed", so there is none if there is nothing to run.
doc_examples() {
  has_doc_examples || return 0
  cargo test --workspace --doc --locked --quiet
}

python_client() {
  (cd clients/python && GRPC_VERBOSITY=NONE "$ROSTER_PYTHON" -m unittest discover --start-directory tests)
}

# Manifests and image; the image is made of the programs that the tests run.
kubernetes() {
  (cd k8s/tests && "$ROSTER_KUBERNETES_PYTHON" -m unittest)
}

trap 'at_exit; stop_postgres' EXIT

step "tools" tools_for_tests
[ -n "${ROSTER_TEST_POSTGRES:-}" ] || step "postgres" start_postgres
step "lint" bash tools/lint.sh
step "broken contracts" bash tools/test-contract.sh
step "python client" python_client
step "typescript client" node clients/typescript/make.mjs
step "doc examples" doc_examples
step "build tests" cargo nextest run --workspace --locked --no-run
step "kubernetes" kubernetes
# Last, so that its summary closes the output.
step "tests" cargo nextest run --workspace --locked
