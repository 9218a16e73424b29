#!/usr/bin/env bash
# The faults of `make test`, five times as often: 25 rounds of kills, five of each other fault.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh
source tools/postgres.sh

tools_for_chaos() {
  want_compiler
  want_servers
  install_missing
  need_nextest
}

trap 'at_exit; stop_postgres' EXIT

step "tools" tools_for_chaos
[ -n "${ROSTER_TEST_POSTGRES:-}" ] || step "postgres" start_postgres
step "programs" cargo build --workspace --bins --locked
export ROSTER_CHAOS_ROUNDS="${ROSTER_CHAOS_ROUNDS:-25}"
# The output is the point: what was asked, what was asked again, what was slowest.
step "faults" cargo nextest run --package roster --test stories --locked --no-capture faults:: kills::
