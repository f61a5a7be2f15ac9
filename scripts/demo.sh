#!/usr/bin/env bash
# Installs what is missing, builds, and runs the whole path once: tests/src/bin/demo.rs.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"
echo 'Building (the first time, more than half an hour on 2 cores)' >&2
cargo build --locked --workspace --bins >&2
exec "$CARGO_TARGET_DIR/debug/demo" "$@"
