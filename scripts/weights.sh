#!/usr/bin/env bash
# Measures the weights of our own pallets in the runtime's wasm, and writes runtime/src/weights: `make weights`.
# `STEPS` says how many values of each component are measured, and `REPEAT` how often. Builds in a folder of its own, since
# the benchmarks are compiled into the runtime.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"
export STEPS="${STEPS:-5}" REPEAT="${REPEAT:-10}"
TODAY="$(date --utc +%F)"
export TODAY CARGO_TARGET_DIR="$ZKFUSION_CACHE/target-weights" WASM_BUILD_TYPE=release
cargo test --locked --package zkfusion-runtime --features runtime-benchmarks --test benchmarks -- \
    --ignored --nocapture --exact measure::weights_are_measured_and_written
cargo fmt --package zkfusion-runtime
