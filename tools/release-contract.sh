#!/usr/bin/env bash
# The contract as it is now becomes the one that later changes are compared with.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
source tools/install.sh
source tools/contract.sh

need_python_packages
step "lint" in_contract_copy buf lint
step "released contract" in_contract_copy write_released
