#!/usr/bin/env bash
# Puts a load on one node and compares all that the chain did with a re-execution: tests/src/bin/load.rs.
# `make load SECONDS=60 SEED=7`; more options: `scripts/load.sh --help`. `PROFILE=release` measures release builds.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"
profile="${PROFILE:-dev}"
case "$profile" in
dev) folder=debug ;;
*) folder="$profile" ;;
esac
echo "Building (profile $profile; the first time, more than half an hour on 2 cores)" >&2
cargo build --locked --workspace --bins --profile "$profile" >&2
exec "$CARGO_TARGET_DIR/$folder/load" "$@"
