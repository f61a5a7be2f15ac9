#!/usr/bin/env bash
# Runs the tests of networks of several nodes: zombienet/tests. `make zombienet`.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"
exec cargo nextest run --locked --workspace --no-capture --ignore-default-filter \
    -E 'package(zkfusion-zombienet)' "$@"
