#!/usr/bin/env bash
# Builds the container image without pulling one: FROM scratch, out of our programs and Debian's packages.
#   tools/image.sh [TAG]            release build, tag roster:dev
# ROSTER_IMAGE_PROFILE=dev takes the programs of the tests; ROSTER_IMAGE_STORAGE is a folder for the image instead of the user's own.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh

programs=(identity-svc license-svc import-svc notify-svc gateway)
tag="${1:-roster:dev}"
profile="${ROSTER_IMAGE_PROFILE:-release}"

tools_for_image() {
  want_compiler
  want buildah buildah
  want strip binutils
  [ -f /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
  [ -d /usr/share/zoneinfo ] || missing+=(tzdata)
  install_missing
}

build_programs() {
  # All of them: a choice of packages would build everything below them anew, with fewer features.
  cargo build --profile "$profile" --locked --workspace --bins
  built="${CARGO_TARGET_DIR:-target}/$profile"
  [ "$profile" != dev ] || built="${CARGO_TARGET_DIR:-target}/debug"
}

# The root of the image: a folder.
gather() {
  root=$(mktemp -d)
  mkdir -p "$root"/{usr/bin,usr/share,etc/ssl/certs,tmp}
  for program in "${programs[@]}"; do
    strip -o "$root/usr/bin/$program" "$built/$program"
    gather_libraries "$built/$program"
  done
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  cp -r /usr/share/zoneinfo "$root/usr/share/"
  echo 'roster:x:65532:65532::/:/sbin/nologin' >"$root/etc/passwd"
  echo 'roster:x:65532:' >"$root/etc/group"
  note_packages
  chmod -R u=rwX,go=rX "$root"
}

# The libraries that a program names, and the loader, where the program looks for them.
gather_libraries() {
  local library
  for library in $(ldd "$1" | grep -o '/[^ ]*'); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
}

# Which package each foreign file is from, and its version: what an auditor asks first.
note_packages() {
  local file package
  mkdir -p "$root/usr/share/roster"
  {
    for file in $(cd "$root" && find . -name '*.so*' -type f | cut -c2-) /etc/ssl/certs/ca-certificates.crt; do
      # A library is known by its name below /usr or without it; what no package owns is a package's own making.
      package=$({ dpkg-query -S "$file" "/usr$file" 2>/dev/null || true; } | cut -d: -f1 | sort -u)
      dpkg-query -W -f '${Package} ${Version}\n' "${package:-ca-certificates}"
    done
    dpkg-query -W -f '${Package} ${Version}\n' tzdata
  } | sort -u >"$root/usr/share/roster/packages"
}

# chroot isolation and vfs need no privileges that a container on a build machine lacks.
build_image() {
  local storage=()
  [ -z "${ROSTER_IMAGE_STORAGE:-}" ] ||
    storage=(--root "$ROSTER_IMAGE_STORAGE/root" --runroot "$ROSTER_IMAGE_STORAGE/run")
  buildah --storage-driver vfs "${storage[@]}" build --quiet --isolation chroot --tag "$tag" \
    --file Containerfile "$root"
}

root=""
trap 'at_exit; [ -z "$root" ] || rm -rf "$root"' EXIT

step "tools for the image" tools_for_image
step "programs" build_programs
step "gather" gather
step "image $tag" build_image
