#!/usr/bin/env bash
# Builds the example programs into ${ZKFUSION_CACHE:-~/.cache/zkfusion}/guests/*.wasm, or into the
# folder named as argument, and benchmark programs into its folder programs.
set -euo pipefail
. "$(dirname "$0")/../scripts/env.sh"

out="${1:-$ZKFUSION_CACHE/guests}"
mkdir -p "$out"
out="$(cd "$out" && pwd)"
cd "$ZKFUSION_ROOT/guests"

# The SDK and what is in Rust. A calling cargo's toolchain and flags are for another target.
unset RUSTUP_TOOLCHAIN RUSTC RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
target="$ZKFUSION_CACHE/target-guests"
CARGO_TARGET_DIR="$target" cargo ${WASM_BUILD_TOOLCHAIN:++"$WASM_BUILD_TOOLCHAIN"} build --quiet --release --locked

# Other builds may be at work on the same folder.
install_if_changed() { cmp -s "$1" "$2" || { cp "$1" "$2.$$" && mv "$2.$$" "$2"; }; }
install_rust() { install_if_changed "$target/wasm32v1-none/release/${1//-/_}.wasm" "$2/$1.wasm"; }
for example in token raffle; do install_rust "$example" "$out"; done
mkdir -p "$out/programs"
for manifest in programs/*/Cargo.toml; do install_rust "$(basename "$(dirname "$manifest")")" "$out/programs"; done

# The C example and the C benchmark program: the command that zkfusion.h shows.
c="$(mktemp -d)"
trap 'rm -rf "$c"' EXIT
install_c() {
    local name="$1" folder="$2"
    shift 2
    clang --target=wasm32 -O3 -nostdlib -ffreestanding -I examples/c-counter \
        -Wl,--no-entry -Wl,--export=zkmain -Wl,-z,stack-size=8192 -Wl,--stack-first -Wl,--strip-all \
        -o "$c/$name.wasm" "$@"
    install_if_changed "$c/$name.wasm" "$folder/$name.wasm"
}
install_c c-counter "$out" examples/c-counter/counter.c
install_c kernels "$out/programs" programs/kernels/*.c

# The AssemblyScript benchmark program: the command that README.md shows. Its compiler takes seconds
# to start.
install_assemblyscript() {
    local source="$1" wasm="$2"
    [ "$wasm" -nt "$source" ] && [ "$wasm" -nt "$ZKFUSION_ROOT/package-lock.json" ] && return
    command -v asc >/dev/null || { echo 'guests/build.sh: the AssemblyScript compiler asc is missing: run make setup' >&2; return 1; }
    asc "$source" --optimize --outFile "$c/assemblyscript.wasm"
    mv "$c/assemblyscript.wasm" "$wasm"
}
install_assemblyscript programs/orders/orders.ts "$out/programs/orders.wasm"
