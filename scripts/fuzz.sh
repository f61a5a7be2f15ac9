#!/usr/bin/env bash
# Compares random modules in the VM and in wasmi, and checks the circuit's constraints for some of
# them: `make fuzz SECONDS=600`. `SEED` chooses the modules (the clock, if it is left out). A module
# that behaves differently is written to a file, and `make fuzz WASM=FILE SEED=N` compares it again.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"
export DURATION="${DURATION:-60}" SEED="${SEED:-}" WASM="${WASM:-}" GUESTS="$ZKFUSION_CACHE/guests"
exec cargo test --locked --package zkfusion-air --test tables -- \
    --ignored --nocapture --exact fuzz::modules_behave_as_in_wasmi_for_as_long_as_wanted
