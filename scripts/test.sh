#!/usr/bin/env bash
# Runs every check, installing what is missing first. Stops at the first check that fails.
set -euo pipefail
started=$SECONDS
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"

# Runs one check: `check NAME COMMAND...`.
check() {
    local name="$1" begun=$SECONDS
    shift
    printf '==> %s\n' "$name"
    if ! "$@"; then
        printf '==> %s FAILED after %d s\n' "$name" $((SECONDS - begun))
        exit 1
    fi
    printf '==> %s passed in %d s\n' "$name" $((SECONDS - begun))
}

check 'Rust formatting' cargo fmt --all --check
if [ -f contracts/foundry.toml ]; then
    check 'Solidity formatting' forge fmt --check --root contracts
    # The compiler's path in foundry.toml counts from where forge is run.
    check 'generated Poseidon' contracts/tools/poseidon.py primitives/src/poseidon/constants.rs contracts/generated/Poseidon.sol --check
    check 'Solidity tests' env -C contracts forge test
fi
check 'Rust tests' cargo nextest run --locked --workspace --no-fail-fast
# The same selection of crates as above, so that what does not depend on the feature is compiled once.
check 'benchmarks' env SKIP_WASM_BUILD=1 cargo nextest run --locked --workspace \
    --features zkfusion-runtime/runtime-benchmarks --test benchmarks
# Lints need no runtime in wasm.
check 'Rust lints' env SKIP_WASM_BUILD=1 cargo clippy --locked --workspace --all-targets -- -D warnings
printf '==> everything passed in %d s\n' $((SECONDS - started))
