# Sourced by the other scripts: what buf is asked about the contract.

# buf wants every imported file in one module: the contract and, beside it, the
# google/api files of the Python package.
# copy_contract FOLDER
copy_contract() {
  local installed
  installed=$("$ROSTER_PYTHON" -c 'import google.api, os; print(os.path.dirname(google.api.__path__[0]))')
  mkdir -p "$1/google"
  cp -r proto/buf.yaml proto/roster "$1/"
  cp -r "$installed/api" "$installed/rpc" "$1/google/"
}

# in_contract_copy COMMAND…: runs it in a copy that lives for as long.
in_contract_copy() (
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  copy_contract "$copy"
  cd "$copy"
  "$@"
)

buf() { "$(dirname "$ROSTER_PYTHON")/buf" "$@"; }

# Nothing that a partner's program was made from may go or change its meaning.
refuse_breaks() { buf breaking --path roster --against "$released"; }

write_released() { buf build --path roster --exclude-source-info --output "$released"; }

released="$PWD/proto/released.binpb"
