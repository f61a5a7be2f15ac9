#!/usr/bin/env bash
# Installs what building, testing and running zkFusion needs, on Debian 12 or later and on Ubuntu
# 22.04 or later.
#
# Idempotent, and silent when there is nothing to do. Runs as root or with sudo; works with the
# rustup server reachable or not. What cannot be installed is named at the end, and the exit status
# is 1.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

NEXTEST_VERSION=0.9.151
MINIMUM_RUST=1.91
MINIMUM_NODE=20
# What npm is asked for where the distribution's Node.js is too old.
NODE_VERSION=22.23.3
WASM_TARGET=wasm32v1-none
# Debian's own compiler, for where rustup's server cannot be reached.
DEBIAN_RUST=(rustc-web cargo-web rust-web-src rust-web-llvm lld-22)
# Seconds to wait for servers that may be unreachable.
PROBE_SECONDS=60

missing=()

say() { printf 'setup: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
lacks() { missing+=("$1"); }
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        return 1
    fi
}

# Installs Debian packages: `apt_install PACKAGE...`.
apt_install() {
    have apt-get || return 1
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    if [ -z "${apt_is_fresh:-}" ]; then
        as_root apt-get update -qq >/dev/null 2>&1 || say "the package lists could not be refreshed"
        apt_is_fresh=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# What the distribution supplies, as PROBE=PACKAGE; a probe is a command or a file.
SYSTEM_PACKAGES=(git=git curl=curl cc=build-essential make=make pkg-config=pkg-config protoc=protobuf-compiler
    /usr/include/google/protobuf/any.proto=libprotobuf-dev /usr/include/openssl/ssl.h=libssl-dev clang=clang wasm-ld=lld python3=python3 node=nodejs npm=npm)

# Prints the packages whose probe fails.
absent_system_packages() {
    local entry
    for entry in "${SYSTEM_PACKAGES[@]}"; do
        case "$entry" in
        /*) [ -e "${entry%%=*}" ] ;;
        *) have "${entry%%=*}" ;;
        esac || printf '%s\n' "${entry##*=}"
    done
}

install_system_packages() {
    local packages
    mapfile -t packages < <(absent_system_packages)
    [ "${#packages[@]}" = 0 ] && return
    apt_install ca-certificates "${packages[@]}" || say "apt-get could not install all of: ${packages[*]}"
    mapfile -t packages < <(absent_system_packages)
    [ "${#packages[@]}" = 0 ] || lacks "system packages: as root, apt-get install ${packages[*]}"
}

# Node.js new enough for the npm packages, through npm where the distribution's is too old.
install_node() {
    local found
    have node && have npm || return 0
    found="$(node --version)"
    at_least "$MINIMUM_NODE" "${found#v}" && return
    say "installing Node.js $NODE_VERSION, since ${found#v} is too old"
    mkdir -p "$ZKFUSION_CACHE/node"
    (cd "$ZKFUSION_CACHE/node" && npm install --silent --no-save --prefix . "node@$NODE_VERSION" >&2) || true
    . "$ZKFUSION_ROOT/scripts/env.sh"
    hash -r
    found="$(node --version)"
    at_least "$MINIMUM_NODE" "${found#v}" ||
        lacks "Node.js $MINIMUM_NODE or later (found ${found#v}): see https://nodejs.org/en/download"
}

# rustup, the pinned toolchain, rustfmt and clippy.
install_rust() {
    local channel found
    channel="$(sed -n 's/^channel = "\(.*\)"/\1/p' "$ZKFUSION_ROOT/rust-toolchain.toml")"
    if ! have rustup && ! have cargo; then
        say "installing rustup"
        curl --proto '=https' --tlsv1.2 -sSf --max-time "$PROBE_SECONDS" https://sh.rustup.rs -o "$scratch/rustup.sh" &&
            sh "$scratch/rustup.sh" -y -q --profile minimal --default-toolchain none --no-modify-path >&2 ||
            say "the rustup server cannot be reached"
    fi
    if have rustup && ! rustup toolchain list 2>/dev/null | grep -q "^$channel-"; then
        say "installing Rust $channel"
        timeout 600 rustup toolchain install "$channel" --profile minimal --component clippy,rustfmt >&2 ||
            say "Rust $channel cannot be downloaded: trying the stable toolchain that is installed"
    fi
    unset RUSTUP_TOOLCHAIN
    . "$ZKFUSION_ROOT/scripts/env.sh"
    if ! cargo --version >/dev/null 2>&1; then
        lacks "Rust $channel: install it from https://rustup.rs (the server could not be reached from here)"
        return
    fi
    found="$(rustc --version | cut -d ' ' -f 2)"
    at_least "$MINIMUM_RUST" "$found" || lacks "Rust $MINIMUM_RUST or later (found $found)"
    local tool
    for tool in fmt:rustfmt clippy:clippy; do
        cargo "${tool%%:*}" --version >/dev/null 2>&1 && continue
        timeout "$PROBE_SECONDS" rustup component add "${tool##*:}" >&2 2>/dev/null ||
            lacks "the Rust component ${tool##*:}: rustup component add ${tool##*:}"
    done
}

# A compiler for the runtime and the guests.
install_wasm_target() {
    have rustc || return 0
    [ -d "$(rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib" ] && return
    if [ -n "${WASM_BUILD_TOOLCHAIN:-}" ] &&
        [ "$(cat /usr/lib/rustlib/$WASM_TARGET/lib/.zkfusion-rustc 2>/dev/null)" = "$(/usr/bin/rustc --version)" ]; then
        return
    fi
    say "installing the target $WASM_TARGET"
    if have rustup && timeout "$PROBE_SECONDS" rustup target add "$WASM_TARGET" >/dev/null 2>&1; then return; fi
    say "rustup cannot supply it: preparing Debian's compiler instead"
    if ! dpkg -s "${DEBIAN_RUST[@]}" >/dev/null 2>&1; then apt_install "${DEBIAN_RUST[@]}" >&2 || true; fi
    "$ZKFUSION_ROOT/scripts/debian-wasm.sh" >&2 ||
        lacks "the Rust target $WASM_TARGET: rustup target add $WASM_TARGET (or, on Debian 12, the packages ${DEBIAN_RUST[*]})"
}

# anvil, forge, the Solidity compiler and the AssemblyScript compiler.
install_node_packages() {
    local stamp="$ZKFUSION_ROOT/node_modules/.package-lock.installed" tool
    have npm || return 0
    if ! cmp -s "$ZKFUSION_ROOT/package-lock.json" "$stamp"; then
        say "installing the npm packages of package.json"
        # Not `npm ci`: it refuses a lock file without the other platforms' binaries, which some
        # registries do not carry. Versions and hashes are the lock file's either way.
        if (cd "$ZKFUSION_ROOT" && npm install --no-save --ignore-scripts --silent >&2); then
            cp "$ZKFUSION_ROOT/package-lock.json" "$stamp"
        else
            lacks "the npm packages of package.json: run npm install --no-save"
            return
        fi
    fi
    for tool in anvil forge asc; do
        "$tool" --version >/dev/null 2>&1 || lacks "$tool: it is installed but does not run"
    done
}

install_nextest() {
    have cargo || return 0
    cargo nextest --version >/dev/null 2>&1 && return
    say "installing cargo-nextest $NEXTEST_VERSION (a few minutes)"
    CARGO_TARGET_DIR="$ZKFUSION_CACHE/nextest-build" cargo install --quiet --locked "cargo-nextest@$NEXTEST_VERSION" >&2 ||
        lacks "cargo-nextest: cargo install --locked cargo-nextest@$NEXTEST_VERSION"
    rm -rf "$ZKFUSION_CACHE/nextest-build"
}

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$ZKFUSION_CACHE"
if have flock; then
    exec 9>"$ZKFUSION_CACHE/setup.lock"
    flock 9
fi

install_system_packages
install_node
install_rust
install_wasm_target
install_node_packages
install_nextest

if [ "${#missing[@]}" != 0 ]; then
    say "this is missing and could not be installed here:"
    for item in "${missing[@]}"; do say "  - $item"; done
    exit 1
fi
