#!/usr/bin/env bash
# Builds the example programs into ${ZKFUSION_CACHE:-~/.cache/zkfusion}/guests/*.wasm, or into the folder named as argument.
set -euo pipefail
. "$(dirname "$0")/../scripts/env.sh"

out="${1:-$ZKFUSION_CACHE/guests}"
mkdir -p "$out"
out="$(cd "$out" && pwd)"
cd "$ZKFUSION_ROOT/guests"

# The SDK and the Rust examples. A calling cargo's toolchain and flags are for another target.
unset RUSTUP_TOOLCHAIN RUSTC RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
target="$ZKFUSION_CACHE/target-guests"
CARGO_TARGET_DIR="$target" cargo ${WASM_BUILD_TOOLCHAIN:++"$WASM_BUILD_TOOLCHAIN"} build --quiet --release --locked

install_if_changed() { cmp -s "$1" "$2" || { cp "$1" "$2.new" && mv "$2.new" "$2"; }; }
for example in token raffle; do
    install_if_changed "$target/wasm32v1-none/release/$example.wasm" "$out/$example.wasm"
done

# The C example: the command that zkfusion.h shows.
c="$(mktemp -d)"
trap 'rm -rf "$c"' EXIT
clang --target=wasm32 -mcpu=mvp -O3 -nostdlib -ffreestanding \
    -Wl,--no-entry -Wl,--export=zkmain -Wl,-z,stack-size=8192 -Wl,--stack-first -Wl,--strip-all \
    -o "$c/c-counter.wasm" examples/c-counter/counter.c
install_if_changed "$c/c-counter.wasm" "$out/c-counter.wasm"
