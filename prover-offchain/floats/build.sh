#!/usr/bin/env bash
# Compiles the library to wasm: prover-offchain/vm/src/floats/library.wasm, or the file named as
# argument. Prints the version of the compiler.
#
# One call of the compiler on one crate without dependencies, paths or debug information: the same
# compiler makes the same bytes anywhere. It is told to keep branches as they are written: a step
# that is not taken costs nothing, and what would replace a branch costs two or more.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/env.sh

compiler=(rustc ${WASM_BUILD_TOOLCHAIN:++"$WASM_BUILD_TOOLCHAIN"})
out="${1:-../vm/src/floats/library.wasm}"
flags=(--edition 2021 --crate-type cdylib --crate-name floats --target wasm32v1-none
    -C opt-level=3 -C codegen-units=1 -C panic=abort -C strip=symbols)
for option in two-entry-phi-node-folding-threshold phi-node-folding-threshold sink-common-insts hoist-common-insts; do
    flags+=(-C "llvm-args=-$option=0")
done
"${compiler[@]}" "${flags[@]}" -o "$out" src/lib.rs
chmod 644 "$out"
"${compiler[@]}" --version | cut -d ' ' -f 2
