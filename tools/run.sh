#!/usr/bin/env bash
# Builds what is missing and starts Roster for a person who wants to try it.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh

# Port 0 lets the operating system choose; Roster prints the address it got.
choose_port() {
  port=8080
  (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null || return 0
  port=0
  say "Port 8080 is taken: the operating system chooses another, see the address below."
}

compiler() {
  want_compiler
  install_missing
}

step "compiler" compiler
step "build" cargo build --release --locked --package roster
choose_port
exec cargo run --quiet --release --locked --package roster -- \
  serve --data ./data --listen "127.0.0.1:$port"
