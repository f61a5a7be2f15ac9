#!/usr/bin/env bash
# Changes cells of an honest witness of the circuit's tables, and says which changes nothing
# refuses. `N` changes (a million), chosen by `SEED` (1): `make mutate N=5000000 SEED=7`.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ZKFUSION_ROOT"
export N="${N:-1000000}" SEED="${SEED:-1}"
exec cargo test --locked --package zkfusion-air --test tables -- \
    --ignored --nocapture --exact mutation::as_many_changed_cells_as_wanted_are_refused
