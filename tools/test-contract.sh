#!/usr/bin/env bash
# Shows that a break of the released contract is refused and an addition is not.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh
source tools/contract.sh

users=roster/identity/v1/user_service.proto

# refused TITLE SED-SCRIPT: the contract so edited must not pass, and for this very reason.
refused() {
  local why
  sed -i "$2" "$users"
  why=$(refuse_breaks 2>&1) && fail "buf let pass: $1"
  grep -q "$users.*$3" <<<"$why" || fail "buf refused \"$1\" for another reason: $why"
}

renumbered() { refused "another field number" '/^message CreateUserRequest/,/^}/s/request_id = 5/request_id = 55/' '"5".*deleted'; }
removed() { refused "no GetUser" '/^  rpc GetUser(/,/^  }/d' '"GetUser".*deleted'; }
added() {
  sed -i '/^message CreateUserRequest/a\  string one_more = 99;' "$users"
  grep -q one_more "$users"
  refuse_breaks
}

need_python_packages
for change in renumbered removed added; do
  in_contract_copy "$change"
done
