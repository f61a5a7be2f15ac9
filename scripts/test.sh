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
check 'Rust formatting of programs' env -C guests cargo fmt --all --check
check 'Rust formatting of the verifier in wasm' cargo fmt --manifest-path tests/verifier-wasm/Cargo.toml --check
if [ -f contracts/foundry.toml ]; then
    check 'Solidity formatting' forge fmt --check --root contracts
    # The compiler's path in foundry.toml counts from where forge is run.
    check 'generated Poseidon' contracts/tools/poseidon.py primitives/src/poseidon/constants.rs contracts/generated/Poseidon.sol --check
    check 'Solidity tests' env -C contracts forge test
fi
rm -rf "$CARGO_TARGET_DIR/debug/states"
check 'Rust tests' cargo nextest run --locked --workspace --no-fail-fast
# The same selection of crates as above, so that what does not depend on the feature is compiled once.
check 'benchmarks, and what pallets promise of the states that networks left' \
    env SKIP_WASM_BUILD=1 ZKFUSION_STATES='end_to_end equivocation finality restart' \
    cargo nextest run --locked --workspace \
    --features zkfusion-runtime/runtime-benchmarks,zkfusion-runtime/try-runtime --test benchmarks --test try_state
# Lints need no runtime in wasm.
check 'Rust lints' env SKIP_WASM_BUILD=1 cargo clippy --locked --workspace --all-targets -- -D warnings
check 'Rust documentation' env SKIP_WASM_BUILD=1 RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps
# What only ever runs as WebAssembly is in workspaces of its own. Clippy needs the libraries of its own
# toolchain for the target, which Debian's compiler (debian-wasm.sh) does not give it.
if compgen -G "$(rustc --print sysroot)/lib/rustlib/wasm32v1-none/lib/libcore-*" >/dev/null; then
    target="$ZKFUSION_CACHE/target-guests"
    check 'Rust lints of programs' env -C guests CARGO_TARGET_DIR="$target" cargo clippy --locked -- -D warnings
    check 'Rust lints of the verifier in wasm' env CARGO_TARGET_DIR="$target" cargo clippy --locked \
        --target wasm32v1-none --manifest-path tests/verifier-wasm/Cargo.toml -- -D warnings
else
    printf '==> no lints of programs: the toolchain of clippy has no library for wasm32v1-none\n'
fi
printf '==> everything passed in %d s\n' $((SECONDS - started))
