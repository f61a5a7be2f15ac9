#!/usr/bin/env bash
# Runs the tests of networks of several nodes, zombienet/tests, and checks the states that they
# leave: `make zombienet`.
#
# One of them upgrades the runtime to a next version (the feature `next-version`), which knows the
# hash of its metadata as a release does. Its wasm is built before, in a folder of its own; the
# crates around it are only checked.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"
next="$ZKFUSION_CACHE/target-next"
# A debug build does not compress the wasm, which is then too large for a transaction.
CARGO_TARGET_DIR="$next" WASM_BUILD_TYPE=release \
    cargo check --locked --package zkfusion-runtime --features next-version,metadata-hash
export ZKFUSION_NEXT_RUNTIME="$next/debug/wbuild/zkfusion-runtime/zkfusion_runtime.compact.compressed.wasm"
rm -rf "$CARGO_TARGET_DIR/debug/states"
cargo nextest run --locked --workspace --no-capture --ignore-default-filter \
    -E 'package(zkfusion-zombienet)' "$@"
# Each version of the runtime checks the states of its own.
features='zkfusion-runtime/runtime-benchmarks,zkfusion-runtime/try-runtime'
SKIP_WASM_BUILD=1 ZKFUSION_STATES='equivocation finality relaying staking sync' \
    cargo nextest run --locked --workspace --no-capture --features "$features" --test try_state
SKIP_WASM_BUILD=1 ZKFUSION_STATES='upgrade' \
    cargo nextest run --locked --workspace --no-capture \
    --features "$features,zkfusion-runtime/next-version" --test try_state
