# Sourced by the other scripts: finds what is needed, installs what is missing,
# and says plainly what to do where it may not install.

# missing_packages PROGRAM:PACKAGE…: the Debian packages of the programs that are absent.
missing_packages() {
  local pair
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || printf '%s ' "${pair#*:}" | tr ',' ' '
  done
}

# install_packages PACKAGE…: through the system's package manager, if this user may.
install_packages() {
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
    sudo -n true 2>/dev/null || fail "Missing: $*
This user may not install packages. As an administrator:  apt-get install $*"
  fi
  command -v apt-get >/dev/null || fail "Missing: $*
These are Debian's names; install them with this system's package manager."
  say "    installing $*"
  "${as_root[@]}" apt-get -qq update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

# The Rust crates compile a little C: the database engine, cryptography, compression.
need_compiler() {
  command -v cargo >/dev/null || fail "Missing: cargo. Install Rust 1.95 or later, for example with rustup."
  need_packages cc:gcc,libc6-dev
}

need_packages() {
  local missing
  read -ra missing <<<"$(missing_packages "$@")"
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# Python with what it takes to make an environment of its own.
need_python() {
  need_packages python3:python3
  python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
}

# Formatter and linter are parts of the toolchain that a minimal install leaves out.
need_component() {
  "$1" --version >/dev/null 2>&1 && return
  command -v rustup >/dev/null || fail "Missing: $1 of the Rust toolchain."
  rustup component add "$2"
}

# Everything that the tests start: a database server, a browser and its driver, Python.
need_test_programs() {
  add_postgres_to_path
  need_packages initdb:postgresql chromium:chromium,fonts-dejavu-core chromedriver:chromium-driver
  need_python
  add_postgres_to_path
  command -v initdb >/dev/null || fail "PostgreSQL's initdb is nowhere in PATH or /usr/lib/postgresql."
}

# Debian keeps the server programs of each version in a folder of their own.
add_postgres_to_path() {
  local newest
  newest=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  [ -z "$newest" ] || export PATH="$newest:$PATH"
}

# Contract tools and the Python client's libraries, as pinned in tools/requirements.txt.
need_python_packages() {
  local stamp="$tools/python/installed"
  export ROSTER_PYTHON="$tools/python/bin/python"
  cmp -s tools/requirements.txt "$stamp" && "$ROSTER_PYTHON" -c '' 2>/dev/null && return
  rm -rf "$tools/python"
  mkdir -p "$tools"
  python3 -m venv "$tools/python"
  "$ROSTER_PYTHON" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --requirement tools/requirements.txt
  cp tools/requirements.txt "$stamp"
}

# The test runner, built once into the tools folder where the machine has none.
need_nextest() {
  export PATH="$tools/cargo/bin:$PATH"
  cargo nextest --version >/dev/null 2>&1 && return
  cargo install cargo-nextest --locked --version 0.9.143 --root "$tools/cargo" --target-dir "$tools/build"
  rm -rf "$tools/build"
}
