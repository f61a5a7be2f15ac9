# The build environment; sourced by every script and usable from an interactive shell:
# `. scripts/env.sh`. Sourcing it changes nothing on disk. shellcheck shell=bash

ZKFUSION_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
ZKFUSION_CACHE="${ZKFUSION_CACHE:-$HOME/.cache/zkfusion}"
export ZKFUSION_ROOT ZKFUSION_CACHE

# A Node.js of our own where the distribution's is too old; the Ethereum tools themselves, without
# their npm shims.
case "$(uname -m)" in
aarch64 | arm64) _machine=arm64 ;;
*) _machine=amd64 ;;
esac
for _directory in "$HOME/.cargo/bin" "$ZKFUSION_CACHE/node/node_modules/node/bin" "$ZKFUSION_ROOT/node_modules/.bin" \
    "$ZKFUSION_ROOT/node_modules/@foundry-rs/anvil-linux-$_machine/bin" \
    "$ZKFUSION_ROOT/node_modules/@foundry-rs/forge-linux-$_machine/bin"; do
    case ":$PATH:" in
    *":$_directory:"*) ;;
    *) PATH="$_directory:$PATH" ;;
    esac
done
export PATH

# Build output lives outside the checkout, so that clones share compiled dependencies.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$ZKFUSION_CACHE/target}"
export WASM_BUILD_WORKSPACE_HINT="$ZKFUSION_ROOT"

# Where the pinned toolchain cannot be downloaded, the installed stable one serves if it is new
# enough (setup.sh says).
_toolchains="${RUSTUP_HOME:-$HOME/.rustup}/toolchains"
_channel="$(sed -n 's/^channel = "\(.*\)"/\1/p' "$ZKFUSION_ROOT/rust-toolchain.toml")"
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && ! compgen -G "$_toolchains/$_channel-*" >/dev/null; then
    if compgen -G "$_toolchains/stable-*" >/dev/null; then export RUSTUP_TOOLCHAIN=stable; fi
fi

# Where rustup could not supply the wasm32v1-none target, Debian's compiler does (see
# debian-wasm.sh).
if [ -z "${WASM_BUILD_TOOLCHAIN:-}" ] && [ -e "$_toolchains/debian-wasm" ]; then
    export WASM_BUILD_TOOLCHAIN=debian-wasm
fi
unset _directory _machine _toolchains _channel
