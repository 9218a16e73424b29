#!/usr/bin/env bash
# Builds the five programs and starts them with a PostgreSQL of their own, for a person who wants to
# see the second shape. REPLICAS=2 starts two of each service. Ctrl-C stops all that was started.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh
source tools/postgres.sh

up="$PWD/data/up"
replicas="${REPLICAS:-1}"
memories=(identity license import notify)
programs="${CARGO_TARGET_DIR:-$PWD/target}/release"
declare -A peers # service → addresses with commas
pids=()
admins=()

tools_for_up() {
  want_compiler
  add_postgres_to_path
  want initdb postgresql
  install_missing
}

build() {
  cargo build --release --locked --bins --package roster --package gateway \
    --package identity-svc --package license-svc --package import-svc --package notify-svc
}

alone() {
  mkdir -p -m 700 "$PWD/data" "$up"
  exec 9>"$up/lock"
  flock --nonblock 9 || fail "make up runs already in this folder."
  trap 'down; at_exit' EXIT
}

# A port of the system's choice may be taken before it is used; a random one rarely is.
unused_port() {
  local port
  while port=$((20000 + RANDOM % 12000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# PostgreSQL refuses to run as root, and another user may not see into this folder.
cluster() {
  postgres_user=postgres
  id postgres >/dev/null 2>&1 || postgres_user=nobody
  cluster="$up/postgres"
  [ "$(id -u)" != 0 ] || cluster="/var/tmp/roster-up-$(cksum <<<"$PWD" | cut -d ' ' -f 1)"
  password_file="$up/password"
  [ -s "$password_file" ] || (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$password_file")
  [ -s "$cluster/data/PG_VERSION" ] || make_cluster
  postgres_port=$(unused_port)
  (cd / && as_postgres pg_ctl start --silent --wait --pgdata "$cluster/data" --log "$cluster/log" --options \
    "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300" \
    >/dev/null 9>&-) || { cat "$cluster/log" >&2; return 1; }
}

make_cluster() {
  mkdir -p -m 700 "$cluster"
  [ "$(id -u)" != 0 ] || chown "$postgres_user" "$cluster"
  (cd / && as_postgres bash -c 'umask 077 && cat >"$1/password" && initdb --pgdata "$1/data" \
    --username postgres --auth scram-sha-256 --pwfile "$1/password" --encoding UTF8 --locale C.UTF-8 >/dev/null &&
    rm "$1/password"' initdb "$cluster" <"$password_file")
}

# Files with the URLs, so that no password stands in a list of processes.
urls() {
  local role service
  for role in postgres roster_run; do
    for service in "${memories[@]}"; do
      (umask 077 && echo "postgres://$role:$(<"$password_file")@127.0.0.1:$postgres_port/roster_$service" \
        >"$up/$role-$service.url")
    done
  done
}

certificates() {
  [ -d "$up/certificates" ] || "$programs/roster" dev certificates "$up/certificates"
}

# As the owner of the tables; then a login that may only run, because the owner is above row-level security.
migrate() {
  local service
  urls
  for service in "${memories[@]}"; do
    ROSTER_POSTGRES_FILE=$up/postgres-$service.url "$programs/$service-svc" migrate
  done
  PGPASSWORD=$(<"$password_file") psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --host 127.0.0.1 \
    --port "$postgres_port" --username postgres <<'SQL'
\getenv password PGPASSWORD
SELECT 'CREATE ROLE roster_run LOGIN IN ROLE roster_app'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'roster_run') \gexec
ALTER ROLE roster_run PASSWORD :'password';
SQL
}

choose_ports() {
  local service number
  for service in "${memories[@]}"; do
    peers[$service]=""
    for ((number = 0; number < replicas; number++)); do
      peers[$service]+="${peers[$service]:+,}127.0.0.1:$(unused_port)"
    done
  done
  port=8080
  (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null || return 0
  port=$(unused_port)
  say "Port 8080 is taken: see the address below."
}

# start SERVICE NUMBER ADDRESS SETTING=VALUE…
start() {
  local service=$1 name="$1-$2" program="$programs/$1-svc" admin own="$up/certificates/$1"
  [ "$service" != gateway ] || program="$programs/gateway"
  admin="127.0.0.1:$(unused_port)"
  env ROSTER_LISTEN="$3" ROSTER_ADMIN_LISTEN="$admin" ROSTER_KEYS="$own/keys" \
    ROSTER_TLS_CERTIFICATE="$own/certificate.pem" ROSTER_TLS_KEY="$own/key.pem" \
    ROSTER_TLS_AUTHORITY="$up/certificates/authority.pem" ROSTER_LOG_FILTER=info \
    ROSTER_PEER_IDENTITY="${peers[identity]}" ROSTER_PEER_LICENSE="${peers[license]}" \
    ROSTER_PEER_IMPORT="${peers[import]}" ROSTER_PEER_NOTIFY="${peers[notify]}" \
    ROSTER_MODE=development ROSTER_PUBLIC_ORIGIN="http://127.0.0.1:$port" "${@:4}" \
    "$program" serve >"$up/$name.log" 2>&1 9>&- &
  pids+=($!)
  admins+=("$name $admin")
}

start_all() {
  local service address number
  for service in "${memories[@]}"; do
    number=0
    for address in ${peers[$service]//,/ }; do
      start "$service" $((number += 1)) "$address" ROSTER_MIGRATE=never \
        ROSTER_POSTGRES_FILE="$up/roster_run-$service.url"
    done
  done
  start gateway 1 "127.0.0.1:$port"
  local seconds
  for ((seconds = 0; seconds < 60; seconds++)); do
    unready=""
    for service in "${admins[@]}"; do
      is_ready "${service#* }" || unready+=" ${service% *}"
    done
    [ -n "$unready" ] || return 0
    sleep 1
  done
  fail "Not ready:$unready. Their logs are in data/up/."
}

is_ready() {
  (
    exec 3<>"/dev/tcp/${1%:*}/${1#*:}"
    printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
    head -n 1 <&3 | grep -q ' 200 '
  ) 2>/dev/null
}

down() {
  [ ${#pids[@]} = 0 ] || kill -TERM "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true
  [ -z "${postgres_port:-}" ] || (cd / && as_postgres pg_ctl stop --silent --mode fast --pgdata "$cluster/data") || true
}

step "tools" tools_for_up
step "build" build
alone
step "postgres" cluster
step "certificates" certificates
step "migrate" migrate
choose_ports
step "start" start_all
say ""
say "Roster listens on http://127.0.0.1:$port: $replicas of each service, logs in data/up/."
ROSTER_POSTGRES_FILE=$up/roster_run-identity.url "$programs/identity-svc" setup-link --migrate never \
  --keys "$up/certificates/identity/keys" --public-origin "http://127.0.0.1:$port"
say "Mails arrive at http://127.0.0.1:$port/dev/mailbox"
say "Ctrl-C stops everything; what was written stays."
wait "${pids[@]}"
