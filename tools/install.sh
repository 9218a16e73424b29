# Sourced by the other scripts: finds what is needed, installs what is missing,
# and says plainly what to do where it may not install.

# Debian packages that were found to be missing, so that they are named and installed at once.
missing=()

# want PROGRAM PACKAGE…: the program, or the packages that bring it.
want() {
  command -v "$1" >/dev/null || missing+=("${@:2}")
}

# The Rust crates compile a little C: the database engine, cryptography, compression.
want_compiler() {
  command -v cargo >/dev/null || fail "Missing: cargo. Install Rust 1.95 or later, for example with rustup."
  want cc gcc libc6-dev
}

# Python with what it takes to make an environment of its own.
want_python() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
}

# What checks the OpenAPI document and runs the TypeScript client.
want_node() {
  want node nodejs
  want npm npm
}

# What the tests start: a database server, a browser and its driver.
want_servers() {
  add_postgres_to_path
  want initdb postgresql
  want chromium chromium fonts-dejavu-core
  want chromedriver chromium-driver
}

# Installs what is missing through the system's package manager, if this user may.
install_missing() {
  [ ${#missing[@]} != 0 ] || return 0
  local as_root=() how="apt-get install ${missing[*]}"
  command -v apt-get >/dev/null || fail "Missing, by the names of Debian's packages: ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
    sudo -n true 2>/dev/null || fail "Missing: ${missing[*]}
This user may not install packages. As an administrator:  $how"
  fi
  say "    $how"
  "${as_root[@]}" apt-get -qq update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
  missing=()
  add_postgres_to_path
}

# Formatter and linter are parts of the toolchain that a minimal install leaves out.
need_component() {
  "$1" --version >/dev/null 2>&1 && return
  command -v rustup >/dev/null || fail "Missing: $1 of the Rust toolchain."
  rustup component add "$2"
}

# Debian keeps the server programs of each version in a folder of their own.
add_postgres_to_path() {
  local newest
  newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ ! -d "$newest" ] || export PATH="$newest:$PATH"
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

# need_node_packages FOLDER: the packages of FOLDER/package-lock.json, nothing newer, and no script of
# theirs is run. They are kept among the tools, FOLDER/node_modules leads there.
need_node_packages() {
  local kept="$tools/node/${1//\//-}"
  ln -sfn "$kept/node_modules" "$1/node_modules"
  cmp -s "$1/package-lock.json" "$kept/installed" && [ -d "$kept/node_modules" ] && return
  rm -rf "$kept"
  mkdir -p "$kept"
  cp "$1/package.json" "$1/package-lock.json" "$1/.npmrc" "$kept/"
  npm ci --prefix "$kept" --ignore-scripts --silent
  cp "$1/package-lock.json" "$kept/installed"
}

# What checks alerts. Only this program of Debian's package: installed as a whole it would start a server.
need_promtool() {
  export PATH="$tools/prometheus/usr/bin:$PATH"
  command -v promtool >/dev/null && return
  command -v apt-get >/dev/null || fail "Missing: promtool, of Debian's package prometheus."
  mkdir -p "$tools/prometheus"
  (
    cd "$tools/prometheus"
    apt-get download -qq prometheus
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool
    rm prometheus_*.deb
  )
}

# The test runner, built once into the tools folder where the machine has none.
need_nextest() {
  export PATH="$tools/cargo/bin:$PATH"
  cargo nextest --version >/dev/null 2>&1 && return
  cargo install cargo-nextest --locked --version 0.9.143 --root "$tools/cargo" --target-dir "$tools/build"
  rm -rf "$tools/build"
}

# What checks the manifests, in a Python environment of its own.
need_kubernetes_packages() {
  local folder="$tools/kubernetes"
  export ROSTER_KUBERNETES_PYTHON="$folder/bin/python"
  cmp -s k8s/tests/requirements.txt "$folder/installed" && "$ROSTER_KUBERNETES_PYTHON" -c '' 2>/dev/null && return
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$ROSTER_KUBERNETES_PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps --requirement k8s/tests/requirements.txt
  cp k8s/tests/requirements.txt "$folder/installed"
}

# What builds and runs the image. Where it cannot be installed the image's tests say so and are skipped.
want_containers() {
  [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || return 0
  command -v apt-get >/dev/null || return 0
  apt-cache show buildah podman runc >/dev/null 2>&1 || return 0
  want buildah buildah
  want podman podman
  want runc runc
  want strip binutils
  [ -f /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
  [ -d /usr/share/zoneinfo ] || missing+=(tzdata)
}
