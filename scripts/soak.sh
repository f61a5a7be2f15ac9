#!/usr/bin/env bash
# Kills node, prover and Ethereum at random while messages come: tests/src/bin/soak.rs. `make soak
# KILLS=1000 MINUTES=600 SEED=7`.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"
echo 'Building (the first time, more than half an hour on 2 cores)' >&2
cargo build --locked --workspace --bins >&2
exec "$CARGO_TARGET_DIR/debug/soak" "$@"
