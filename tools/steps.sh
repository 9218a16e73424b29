# Sourced by the other scripts: where things are kept, and how a step is told.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Everything that a script installs without the system's package manager.
tools="${ROSTER_TOOLS:-$PWD/.tools}"

say() { printf '%s\n' "$*"; }

fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

# step TITLE COMMAND…: runs the command and says how long it took. A failing command
# ends the script (`set -e`, which `||` would switch off); at_exit then names the step.
step() {
  current_step=$1
  local began=$SECONDS
  shift
  say "==> $current_step"
  "$@"
  say "    $current_step: $((SECONDS - began)) s"
  current_step=""
}

current_step=""
at_exit() {
  [ -z "$current_step" ] || printf '\nFailed: %s\n' "$current_step" >&2
}
trap at_exit EXIT
trap 'exit 130' INT TERM
