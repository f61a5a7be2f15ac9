#!/usr/bin/env bash
# Makes Debian's Rust compiler able to build for wasm32v1-none and links it into rustup as
# `debian-wasm`.
#
# For machines that cannot reach the rustup server. Debian ships the compiler and the library
# sources but not the compiled `core` and `alloc` for this target, so they are built here once, with
# the bitcode that the runtime's link-time optimisation needs. Does nothing when the result is there
# and belongs to the installed compiler.
set -euo pipefail
. "$(dirname "$0")/env.sh"

SYSROOT_LIB=/usr/lib/rustlib/wasm32v1-none/lib
STAMP="$SYSROOT_LIB/.zkfusion-rustc"
TOOLCHAIN="$ZKFUSION_CACHE/debian-wasm"
LINK="${RUSTUP_HOME:-$HOME/.rustup}/toolchains/debian-wasm"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

version="$(/usr/bin/rustc --version)"
if [ "$(cat "$STAMP" 2>/dev/null)" != "$version" ]; then
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/src"
    printf '[package]\nname = "std-seed"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
    printf '#![no_std]\nextern crate alloc;\n' >"$work/src/lib.rs"
    (
        cd "$work"
        unset CARGO_TARGET_DIR RUSTUP_TOOLCHAIN RUSTC CARGO
        export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C embed-bitcode=yes"
        /usr/bin/cargo build --quiet --release --target wasm32v1-none -Zbuild-std=core,alloc
    )
    as_root mkdir -p "$SYSROOT_LIB"
    as_root rm -f "$SYSROOT_LIB"/lib{core,alloc,compiler_builtins}-*.rlib
    as_root cp "$work"/target/wasm32v1-none/release/deps/lib{core,alloc,compiler_builtins}-*.rlib "$SYSROOT_LIB/"
    printf '%s\n' "$version" | as_root tee "$STAMP" >/dev/null
    # What was compiled against the previous library does not link with this one.
    rm -rf "$CARGO_TARGET_DIR"/*/wbuild
fi

mkdir -p "$TOOLCHAIN/bin"
ln -sfn /usr/bin/rustc "$TOOLCHAIN/bin/rustc"
ln -sfn /usr/bin/cargo "$TOOLCHAIN/bin/cargo"
ln -sfn /usr/lib "$TOOLCHAIN/lib"
[ "$(readlink -f "$LINK" 2>/dev/null)" = "$(readlink -f "$TOOLCHAIN")" ] || rustup toolchain link debian-wasm "$TOOLCHAIN"
