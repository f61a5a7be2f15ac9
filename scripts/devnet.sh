#!/usr/bin/env bash
# Installs what is missing, then says that `make devnet` does not exist yet.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
echo "make devnet: not there yet" >&2
exit 1
