# Sourced by test.sh: a PostgreSQL server that lives for one test run.
# Loopback only, a port from the operating system, no durability, gone at exit.

postgres_folder=""

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
    return
  fi
  runuser -u "$postgres_user" -- "$@"
}

start_postgres() {
  postgres_user=postgres
  id postgres >/dev/null 2>&1 || postgres_user=nobody
  postgres_folder=$(mktemp -d)
  [ "$(id -u)" != 0 ] || chown "$postgres_user" "$postgres_folder"
  (cd / && as_postgres initdb --pgdata "$postgres_folder/data" --username postgres --auth trust \
    --encoding UTF8 --locale C.UTF-8 --no-sync >"$postgres_folder/initdb.log")

  # Between finding a free port and binding it another program may take it: try again.
  local attempt
  for attempt in 1 2 3; do
    start_postgres_on "$(free_port)" && return
  done
  cat "$postgres_folder/log" >&2
  return 1
}

start_postgres_on() {
  local port=$1
  (cd / && as_postgres pg_ctl start --silent --wait --pgdata "$postgres_folder/data" --log "$postgres_folder/log" \
    --options "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 \
      -c fsync=off -c synchronous_commit=off -c full_page_writes=off" >/dev/null) || return 1
  export ROSTER_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

stop_postgres() {
  [ -n "$postgres_folder" ] || return 0
  (cd / && as_postgres pg_ctl stop --silent --mode immediate --pgdata "$postgres_folder/data" >/dev/null 2>&1) || true
  rm -rf "$postgres_folder"
  postgres_folder=""
}
